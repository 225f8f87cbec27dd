"""What a replace_sm asks for: the submit_sm that would have brought the message as it is to be (SMPP 3.4, 4.10).

The PDU says neither data_coding nor esm_class: they stay those of the submission. What it leaves empty stays, too, but
registered_delivery, which always counts. A part of a longer message stays that part, whether its new octets begin with
its header or, as with the sar parameters, not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from heliograph.channels.sms import udh
from heliograph.dialects.smpp_submit import Bound, NotTaken, submission
from heliograph.model.message import Kind, Message, PartOf, State, Submission
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.pdu import ReplaceSm, SubmitSm, Tlvs
from heliograph.protocols.smpp.status import Status
from heliograph.protocols.smpp.times import absolute

_HEADER: Final = 0x40
_CODING: Final = 0x0C
_FLASH: Final = 0x10


def replacement(pdu: ReplaceSm, old: Message, bound: Bound, now: int) -> Submission | None:
    """What the message is to be; due_at and validity_s are None where they stay.

    None if source_addr is not the one it was submitted with. Raises `NotTaken`.
    """
    payload = tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) if pdu.tlvs else None
    octets = pdu.short_message or payload or b""
    keeps = not octets
    esm_class, tlvs = _form(octets, old) if octets else (0, ())
    if payload:
        if pdu.short_message:
            raise NotTaken(Status.ESME_RINVMSGLEN)
        tlvs = (*tlvs, (tlv.MESSAGE_PAYLOAD.tag, payload))
    schedule = pdu.schedule_delivery_time
    if not schedule and old.state is State.SCHEDULED and pdu.validity_period:
        schedule = absolute(old.due_at)
    asked = SubmitSm(
        source_addr=pdu.source_addr,
        destination_addr=old.recipient_given.encode("latin-1", "replace"),
        esm_class=esm_class,
        schedule_delivery_time=schedule,
        validity_period=pdu.validity_period,
        registered_delivery=pdu.registered_delivery,
        data_coding=0 if keeps else data_coding(old),
        short_message=b"-" if keeps else pdu.short_message,
        tlvs=tlvs,
    )
    wanted = submission(asked, bound, now)
    if wanted.sender != (old.sender_asked or old.sender):
        return None
    content = wanted.content
    if keeps:
        content = replace(old.content, written=old.coding >> 24)
    elif _place(wanted.part) != _place(old.part):
        raise NotTaken(Status.ESME_RREPLACEFAIL)
    if content.kind not in (Kind.TEXT, Kind.FLASH, Kind.BINARY):
        raise NotTaken(Status.ESME_RREPLACEFAIL)
    return replace(
        wanted,
        recipient=old.recipient,
        recipient_given=old.recipient_given,
        channel=old.channel,
        content=replace(content, parameters=old.content.parameters),
        due_at=wanted.due_at if pdu.schedule_delivery_time else None,
        duplicate_window_s=0,
        part=old.part,
    )


def data_coding(message: Message) -> int:
    """The data_coding its octets were submitted in, as far as it tells."""
    content, written = message.content, message.coding >> 24
    if content.kind is Kind.FLASH and not content.segments:
        return _FLASH | (0x08 if content.coding is not None else written & _CODING)
    return written or content.coding or 0


def _form(octets: bytes, old: Message) -> tuple[int, Tlvs]:
    """esm_class, and the parameters, that make the octets what the old ones were."""
    if old.part is None:
        return (_HEADER if old.content.udh else 0), ()
    said = _of_header(octets)
    if said is not None:
        if _place(said) != _place(old.part):
            raise NotTaken(Status.ESME_RINVESMCLASS)
        return _HEADER, ()
    reference = int(old.part.reference.partition(":")[2])
    return 0, (
        (tlv.SAR_MSG_REF_NUM.tag, reference.to_bytes(2, "big")),
        (tlv.SAR_TOTAL_SEGMENTS.tag, bytes((old.part.total,))),
        (tlv.SAR_SEGMENT_SEQNUM.tag, bytes((old.part.number,))),
    )


def _of_header(octets: bytes) -> PartOf | None:
    """The part whose header the octets begin with."""
    try:
        place = udh.find_concatenation(udh.read(octets)[0])
    except udh.BadHeader:
        return None
    if place is None:
        return None
    return PartOf(f"{16 if place.wide else 8}:{place.reference}", place.total, place.number)


def _place(part: PartOf | None) -> tuple[str, int, int] | None:
    """Which part it is; the width of a reference is not told by the sar parameters."""
    return None if part is None else (part.reference.partition(":")[2], part.total, part.number)
