"""SMPP 3.4 as byte machines that know nothing of us: bytes and times in, PDUs and bytes out.

Where to look: `pdu` every PDU as a table of fields, `fields` what kinds of field there are, `tlv` the optional
parameters, `status` every command_status, `codec` bytes ↔ PDUs, `framing` a stream cut into PDUs, `states` who may send
what when, `window` requests without an answer, `timers` what is due, `session` all of these as one talk, `sides` its
two sides, `events` what it tells, `times` the time format, `receipt` what a delivery receipt says, `receipt_text` and
`receipt_date` how. Sections are those of SMPP 3.4, issue 1.2.
"""
