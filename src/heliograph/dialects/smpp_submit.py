"""submit_sm, data_sm and submit_multi into submissions (SMPP 3.4, 4.4, 4.5, 4.7; smsc-protocols.md 2.2, smsclub.md 7).

A text is decoded whatever data_coding says it is; what is no text goes to the carrier octet by octet, with its own
header. Of a message that the customer has split himself each part is a submission, which says of what it is a part;
his segmentation is kept. Nothing here knows a socket, a clock, or what anything costs.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, NamedTuple

from heliograph.channels.sms import udh
from heliograph.channels.sms.alphabet import decode_gsm7, decode_ucs2
from heliograph.channels.sms.content import is_unicode, message_class
from heliograph.channels.sms.national import alphabet
from heliograph.dialects.smpp import Flavour
from heliograph.model.message import Content, Kind, PartOf, Priority, Submission
from heliograph.model.receipt import INTERMEDIATE
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.fields import SmeAddress
from heliograph.protocols.smpp.pdu import DataSm, SubmitMulti, SubmitSm, Tlvs
from heliograph.protocols.smpp.status import Status
from heliograph.protocols.smpp.times import BadTime, parse

PASSED: Final = (
    tlv.USSD_SERVICE_OP,
    tlv.ITS_SESSION_INFO,
    tlv.ITS_REPLY_TYPE,
    tlv.USER_MESSAGE_REFERENCE,
    tlv.USER_RESPONSE_CODE,
    tlv.SOURCE_PORT,
    tlv.DESTINATION_PORT,
    tlv.SOURCE_ADDR_SUBUNIT,
    tlv.DEST_ADDR_SUBUNIT,
    tlv.SOURCE_SUBADDRESS,
    tlv.DEST_SUBADDRESS,
    tlv.PAYLOAD_TYPE,
    tlv.PRIVACY_INDICATOR,
    tlv.LANGUAGE_INDICATOR,
    tlv.CALLBACK_NUM,
    tlv.CALLBACK_NUM_PRES_IND,
    tlv.CALLBACK_NUM_ATAG,
    tlv.NUMBER_OF_MESSAGES,
    tlv.DISPLAY_TIME,
    tlv.SMS_SIGNAL,
    tlv.MS_VALIDITY,
    tlv.MS_MSG_WAIT_FACILITIES,
    tlv.ALERT_ON_MESSAGE_DELIVERY,
)
"""Parameters of submit_sm and data_sm that a carrier by SMPP is given as they are (3.4, 4.4.1, 4.7.1)."""
_PASSED: Final = frozenset({parameter.tag for parameter in PASSED})
_LONGEST_PARAMETER: Final = 255

Submit = SubmitSm | DataSm | SubmitMulti

ISO: Final = b"ISO"
"""The system_type that makes Latin-1 of data_coding 0 (smsc-protocols.md 2.1)."""

FAILED_ONLY: Final = "?failed"
"""Ends the target of a message whose sender wants to hear of its failure alone."""
DELIVERED_ONLY: Final = "?delivered"
"""The same for success alone (SMPP 5.0, 4.7.21)."""
NO_END: Final = "?no-end"
"""The same for what is not the end alone."""

LONGEST_S: Final = 99 * 366 * 86_400
"""A validity is cut to that; the absolute times of SMPP reach no further."""

_HEADER: Final = 0x40
"""esm_class: the text begins with a header (3.4, 5.2.12)."""
_CHARSETS: Final = {6: "iso8859_5", 7: "iso8859_8"}
"""data_coding of Cyrillic and Hebrew octets (3.4, 5.2.19); SMSC's rule of bits 2 and 3 knows neither."""
_SPLIT: Final = frozenset({udh.CONCATENATED, udh.CONCATENATED_WIDE})
_BINARY: Final = 0x04
_LATIN_1: Final = 0x03
_NOT_PRINTED: Final = bytes(code for code in range(0x20) if code not in b"\n\r\t")
_COMMENT: Final = re.compile(r"\r?\n~~~\r?\n")
_WORDS: Final = (Kind.TEXT, Kind.FLASH)
"""What may be the same as before; data, and parts of a message, look the same without being so."""
_SPECIAL: Final = {"__HLR__": Kind.HLR, "__PING__": Kind.PING}
_WITHOUT_CHANNEL: Final = ("__CALL__", "__VIBER__", "__SOC__")
_ENDS: Final = {0: NO_END, 1: "", 2: FAILED_ONLY, 3: DELIVERED_ONLY}
"""registered_delivery's bits 0 and 1 (3.4, 5.2.17)."""
_INTERMEDIATE: Final = 0x10
"""Its bit 4: intermediate notifications are wanted, too."""
_SUFFIXES: Final = {end: said for end, said in _ENDS.items() if end} | {
    end | _INTERMEDIATE: said + INTERMEDIATE for end, said in _ENDS.items()
}


class Bound(NamedTuple):
    """Whose bind a PDU came over, as the door found out. `senders` are his names, the usual one first; `quarters` is
    his zone, in quarters of an hour ahead of UTC, for times that do not say their own."""

    account_id: int
    door: str
    peer: str
    target: str
    flavour: Flavour
    senders: tuple[str, ...]
    is_iso: bool = False
    quarters: int = 0


class NotTaken(Exception):
    """The PDU is answered with this command_status, and leaves nothing."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def submission(pdu: SubmitSm | DataSm, bound: Bound, now: int) -> Submission:
    """What one PDU asks for; `now` in ms since the epoch, UTC. Raises `NotTaken`."""
    return _filled(pdu, pdu.destination_addr, bound, now)


def submissions(pdu: SubmitMulti, bound: Bound, now: int) -> list[Submission | None]:
    """One for each destination of a submit_multi; None for a distribution list, of which there are none here.

    They share the id of the first one. Raises `NotTaken`.
    """
    addresses = [one.destination_addr if isinstance(one, SmeAddress) else None for one in pdu.dest_address]
    numbers = [address for address in addresses if address is not None]
    if not numbers:
        return [None] * len(addresses)
    first = _filled(pdu, numbers[0], bound, now)
    made: list[Submission | None] = []
    for address in addresses:
        if address is None:
            made.append(None)
            continue
        given = address.decode("latin-1")
        made.append(
            Submission(
                account_id=first.account_id,
                door=first.door,
                dialect=first.dialect,
                sender=first.sender,
                recipient=bound.flavour.normalise(given),
                recipient_given=given,
                content=first.content,
                peer=first.peer,
                validity_s=first.validity_s,
                due_at=first.due_at,
                priority=first.priority,
                batch=len(numbers),
                shown_id="",
                duplicate_window_s=first.duplicate_window_s,
                receipt_target=first.receipt_target,
                comment=first.comment,
                part=first.part,
            )
        )
    return made


def _filled(pdu: Submit, address: bytes, bound: Bound, now: int) -> Submission:
    flavour = bound.flavour
    content, comment, part = _content(pdu, bound)
    if pdu.tlvs and (parameters := _passed(pdu.tlvs)):
        content = replace(content, parameters=parameters)
    given = address.decode("latin-1")
    due_at, validity_s, priority = None, None, None
    if isinstance(pdu, DataSm):
        lives_s = tlv.QOS_TIME_TO_LIVE.of(pdu.tlvs) if pdu.tlvs else None
        validity_s = min(lives_s, LONGEST_S) if lives_s else None
    else:
        if pdu.schedule_delivery_time or pdu.validity_period:
            due_at, validity_s = _times(pdu, bound, now)
        if pdu.priority_flag:
            priority = Priority.URGENT
    asked = pdu.registered_delivery & 0x13
    return Submission(
        account_id=bound.account_id,
        door=bound.door,
        dialect=flavour.tongue,
        sender="HLR" if content.kind is Kind.HLR else _sender(pdu, bound),
        recipient=flavour.normalise(given),
        recipient_given=given,
        content=content,
        peer=bound.peer,
        validity_s=validity_s,
        due_at=due_at,
        priority=priority,
        duplicate_window_s=flavour.duplicate_window_s if content.kind in _WORDS and part is None else 0,
        receipt_target=bound.target + _SUFFIXES[asked] if asked else None,
        comment=comment,
        part=part,
    )


def _sender(pdu: Submit, bound: Bound) -> str:
    """The sender's name; for none, or `.`, the account's usual one where the flavour has such."""
    given = pdu.source_addr.decode("latin-1")
    if given not in ("", "."):
        return given
    if not bound.flavour.default_sender:
        raise NotTaken(Status.ESME_RINVSRCADR)
    return bound.senders[0] if bound.senders else ""


def _times(pdu: SubmitSm | SubmitMulti, bound: Bound, now: int) -> tuple[int | None, int | None]:
    """When it is due, and how many seconds it then lives."""
    try:
        due_at = parse(pdu.schedule_delivery_time, now, quarters=bound.quarters)
    except BadTime:
        raise NotTaken(Status.ESME_RINVSCHED) from None
    due = max(due_at or now, now)
    if not pdu.validity_period:
        return due_at, None
    try:
        # A relative validity counts from the submission on (3.4, 4.4.1), as an absolute one does.
        expires_at = parse(pdu.validity_period, now, quarters=bound.quarters)
    except BadTime:
        raise NotTaken(Status.ESME_RINVEXPIRY) from None
    assert expires_at is not None
    validity_s = (expires_at - due) // 1000
    if validity_s <= 0:
        raise NotTaken(Status.ESME_RINVEXPIRY)
    return due_at, min(validity_s, LONGEST_S)


# -- what is to be said ----------------------------------------------------------------------------------------------


def _content(pdu: Submit, bound: Bound) -> tuple[Content, str, PartOf | None]:
    """Content, comment, and of what it is a part."""
    octets, header = _octets(pdu)
    coding = pdu.data_coding
    elements = udh.read(header)[0] if header else ()
    place = udh.find_concatenation(elements) if header else None
    if place is not None and place.total > 1:
        content = _as_cut(octets, header, elements, coding, bound)
        window_s = bound.flavour.duplicate_window_s if content.kind in _WORDS else 0
        reference = f"{16 if place.wide else 8}:{place.reference}"
        return content, "", PartOf(reference, place.total, place.number, window_s)
    if header or _is_binary(coding, octets, bound):
        return _as_it_is(octets, header, coding, bound), "", None
    if not octets:
        raise NotTaken(_no_text(bound))
    text = _text(octets, coding, bound)
    comment = ""
    if bound.flavour.special_texts:
        kind, text, comment = _special(octets, text, coding, bound)
        if kind is not Kind.TEXT:
            return Content(kind=kind), comment, None
    if coding == 0 and not bound.is_iso:
        return Content(text), comment, None
    named = message_class(coding)
    if named == 0:
        return Content(text, Kind.FLASH, coding=8 if is_unicode(coding) else None, written=coding & 0x0C), comment, None
    if named is not None:
        return Content(text, coding=coding), comment, None
    written = (coding & 0x7F) or _LATIN_1
    return Content(text, coding=8 if _is_ucs2(coding) else None, written=written), comment, None


def _octets(pdu: Submit) -> tuple[bytes, bytes]:
    """What is to be delivered, and the header before it; the sar parameters become such a header."""
    tlvs = pdu.tlvs
    octets = b"" if isinstance(pdu, DataSm) else pdu.short_message
    if tlvs:
        payload = tlv.MESSAGE_PAYLOAD.of(tlvs)
        if payload:
            if octets:  # one or the other (3.4, 5.3.2.32)
                raise NotTaken(Status.ESME_RINVMSGLEN)
            octets = payload
    if pdu.esm_class & _HEADER:
        try:
            udh.read(octets)
        except udh.BadHeader:
            raise NotTaken(Status.ESME_RINVESMCLASS) from None
        end = 1 + octets[0]
        return octets[end:], octets[:end]
    if tlvs:
        total = tlv.SAR_TOTAL_SEGMENTS.of(tlvs)
        number = tlv.SAR_SEGMENT_SEQNUM.of(tlvs)
        reference = tlv.SAR_MSG_REF_NUM.of(tlvs)
        if total and number and reference is not None and 1 < total <= 255 and number <= total:
            return octets, udh.concatenation(reference, total, number, wide=reference > 0xFF)
    return octets, b""


def _passed(tlvs: Tlvs) -> tuple[tuple[int, bytes], ...]:
    """What goes on to the carrier, whatever its length says; the last of several with one tag."""
    passed: dict[int, bytes] = {}
    for tag, value in tlvs:
        if tag in _PASSED:
            if len(value) > _LONGEST_PARAMETER:
                raise NotTaken(Status.ESME_RINVPARLEN)
            passed[tag] = value
    return tuple(passed.items())


def _is_binary(coding: int, octets: bytes, bound: Bound) -> bool:
    """data_coding 2, or one that says 8-bit data; 4 carries Latin-1 texts as well (smsc-protocols.md 2.2)."""
    if coding == 2:
        return True
    if coding != _BINARY and (coding < 0x10 or coding & 0x0C != _BINARY):
        return False
    return bound.flavour.name == "plain" or octets.translate(None, _NOT_PRINTED) != octets


def _as_it_is(octets: bytes, header: bytes, coding: int, bound: Bound) -> Content:
    """Octets that go to the carrier untouched. The text of one that has any is kept for those who look at it."""
    if not octets and not header:
        raise NotTaken(_no_text(bound))
    elements, _ = udh.read(header) if header else ((), b"")
    is_text = bool(elements) and all(element.iei in _SPLIT for element in elements)
    if not is_text or _is_binary(coding, octets, bound):
        return Content("", Kind.BINARY, octets, header, coding if coding != 2 else _BINARY)
    return Content(_text(octets, coding, bound), Kind.BINARY, octets, header, _coding_out(coding, bound))


def _as_cut(octets: bytes, header: bytes, elements: tuple[udh.Element, ...], coding: int, bound: Bound) -> Content:
    """A part of what the customer has cut himself, which goes to the carrier as he cut it."""
    segments = (header + octets,)
    if _is_binary(coding, octets, bound) or udh.find_ports(elements) is not None:
        return Content("", Kind.BINARY, coding=coding if coding != 2 else _BINARY, segments=segments)
    kind = Kind.FLASH if message_class(coding) == 0 else Kind.TEXT
    locking, single = udh.find_languages(elements)
    is_national = bool(locking or single) and not is_unicode(coding)
    text = alphabet(locking, single).decode(octets) if is_national else _text(octets, coding, bound)
    return Content(text, kind, coding=_coding_out(coding, bound), segments=segments)


def _coding_out(coding: int, bound: Bound) -> int:
    """The data_coding a carrier is told of a part whose octets are the customer's: 1 and 3 are Latin-1 everywhere."""
    if coding == 0 and bound.is_iso:
        return 3
    if coding == _BINARY and bound.flavour.name != "plain":
        return 3
    return coding


def _text(octets: bytes, coding: int, bound: Bound) -> str:
    """Text of octets in any data_coding; what is unknown is taken by its bits 2 and 3."""
    if coding == 0 and not bound.is_iso:
        return decode_gsm7(octets)
    if _is_ucs2(coding):
        return decode_ucs2(octets)
    if coding in _CHARSETS and bound.flavour.name == "plain":
        return octets.decode(_CHARSETS[coding], "replace")
    if coding == 1 and octets.isascii() and octets.translate(None, _NOT_PRINTED) != octets:
        return decode_gsm7(octets)  # npm's smpp says 1 of the GSM alphabet; ASCII texts have no such letters
    if coding in (0, 1, 3) or coding & 0x0C == _BINARY:
        return octets.decode("latin-1")
    return decode_gsm7(octets)


def _is_ucs2(coding: int) -> bool:
    return coding & 0x0C == 0x08


def _no_text(bound: Bound) -> int:
    return Status.ESME_RINVMSGLEN if bound.flavour.name == "plain" else Status.ESME_RSUBMITFAIL


def _special(octets: bytes, text: str, coding: int, bound: Bound) -> tuple[Kind, str, str]:
    """Kind, text and comment of a text that has something besides words in it.

    Many a client writes ASCII where it says the default alphabet, in which `_` and `~` have other codes.
    """
    if b"__" not in octets and b"~~~" not in octets and "__" not in text and "~~~" not in text:
        return Kind.TEXT, text, ""
    if not _is_ucs2(coding) and (octets.startswith(b"__") or b"\n~~~" in octets):
        said, _, note = octets.partition(b"~~~")
        plain = octets.decode("latin-1")
        text = plain if octets.startswith(b"__") else _text(said, coding, bound) + "~~~" + note.decode("latin-1")
    text, *rest = _COMMENT.split(text, maxsplit=1)
    comment = rest[0].rstrip("\r\n") if rest else ""
    if text.startswith(_WITHOUT_CHANNEL):
        raise NotTaken(Status.ESME_RSUBMITFAIL)
    for prefix, kind in _SPECIAL.items():
        if text.startswith(prefix):
            return kind, "", comment
    if not text.strip():
        raise NotTaken(Status.ESME_RSUBMITFAIL)
    return Kind.TEXT, text, comment
