"""Messages of a tool as submit_sm, and what is delivered to it as words for people and programs. Pure."""

from __future__ import annotations

from typing import Final, Literal

from heliograph.channels.sms.alphabet import NotText
from heliograph.channels.sms.content import encode
from heliograph.channels.sms.received import receive, text_of
from heliograph.channels.sms.split import TooLong
from heliograph.model.message import Content
from heliograph.protocols.smpp import receipt, tlv
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm, SubmitSm, Tlvs

Long = Literal["udh", "payload"]

HEADER: Final = 0x40
SHORTEST_NUMBER: Final = 7


class NotSendable(Exception):
    """What was to be sent has no form in SMPP; says why."""


def submits(
    sender: str, number: str, text: str, *, long: Long = "udh", registered: int = 1, reference: int = 0
) -> list[SubmitSm]:
    """The submit_sm of a text: several for a long one, or one with message_payload. Raises `NotSendable`."""
    try:
        encoded = encode(Content(text), reference=reference & 0xFF)
        ton, npi, source = _source(sender)
        destination = number.removeprefix("+").encode("ascii")
    except (NotText, TooLong, UnicodeEncodeError) as error:
        raise NotSendable(str(error)) from None
    bodies: list[tuple[int, bytes, Tlvs]] = [
        (HEADER if part.udh else 0, part.udh + part.octets, ()) for part in encoded.parts
    ]
    if len(bodies) > 1 and long == "payload":
        bodies = [(0, b"", (tlv.MESSAGE_PAYLOAD(b"".join([part.octets for part in encoded.parts])),))]
    return [
        SubmitSm(
            source_addr_ton=ton,
            source_addr_npi=npi,
            source_addr=source,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=destination,
            esm_class=esm_class,
            registered_delivery=registered,
            data_coding=encoded.data_coding,
            short_message=octets,
            tlvs=tlvs,
        )
        for esm_class, octets, tlvs in bodies
    ]


def _source(sender: str) -> tuple[int, int, bytes]:
    bare = sender.removeprefix("+")
    if not (bare.isascii() and bare.isdigit()):
        return (5, 0, sender.encode("latin-1")) if sender else (0, 0, b"")
    return (1, 1, bare.encode()) if len(bare) >= SHORTEST_NUMBER else (0, 0, bare.encode())


def delivered(pdu: DeliverSm | DataSm) -> dict[str, object]:
    """What was delivered: `receipt` (an id) with `state` and `err`, or `incoming` (a text)."""
    ends = {"from": pdu.source_addr.decode("latin-1"), "to": pdu.destination_addr.decode("latin-1")}
    said = receipt.read(pdu)
    if said is not None:
        return {"receipt": said.id, "state": said.stat, "err": said.err, **ends}
    octets = pdu.short_message if isinstance(pdu, DeliverSm) else b""
    if not octets and pdu.tlvs:
        octets = tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) or b""
    part = receive(octets, pdu.data_coding, has_header=bool(pdu.esm_class & HEADER))
    if part.is_binary:
        return {"incoming": "", "data": part.octets.hex(), **ends}
    return {"incoming": text_of([part]), **ends}
