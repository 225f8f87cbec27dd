"""A PDU in words: its name, number and status, every field and parameter with its value, but no password. Pure."""

from __future__ import annotations

from dataclasses import fields
from typing import Final, NamedTuple

from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.codec import Unreadable, decode
from heliograph.protocols.smpp.pdu import RESPONSE, Pdu
from heliograph.protocols.smpp.status import named

_IN_HEX: Final = frozenset({"esm_class", "data_coding", "registered_delivery", "interface_version", "protocol_id"})
_OCTETS: Final = frozenset({"short_message"})


class Described(NamedTuple):
    """`fields` are mandatory fields, `parameters` the optional ones, as they travel; `why` says what could not be read,
    "" if all was. `pdu` is None then."""

    name: str
    sequence_number: int
    status: str
    fields: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    pdu: Pdu | None
    why: str = ""


def described(octets: bytes) -> Described:
    """What these octets say. Raises nothing."""
    pdu = decode(octets)
    if isinstance(pdu, Unreadable):
        return Described(f"0x{pdu.command_id:08X}", pdu.sequence_number, "", (), (), None, pdu.why)
    status = named(pdu.command_status) if pdu.command_id & RESPONSE or pdu.command_status else ""
    found = [(field.name, _value(field.name, getattr(pdu, field.name))) for field in fields(pdu)[3:]]
    parameters = [("rest" if tag == tlv.REST else tlv.named(tag), _parameter(tag, value)) for tag, value in pdu.tlvs]
    return Described(pdu.name, pdu.sequence_number, status, tuple(found), tuple(parameters), pdu)


def _value(name: str, value: object) -> str:
    if name == "password":
        return "not shown"
    if isinstance(value, int):
        return f"0x{value:02X}" if name in _IN_HEX else str(value)
    if isinstance(value, bytes):
        return value.hex() if name in _OCTETS else _text(value)
    if isinstance(value, tuple):
        return ", ".join([_value("", one) if isinstance(one, bytes | int) else _listed(one) for one in value])
    return str(value)


def _listed(one: object) -> str:
    """An entry of a list: an address, the name of a list, a failure."""
    return "/".join([_value("", part) for part in one]) if isinstance(one, tuple) else str(one)


def _parameter(tag: int, value: bytes) -> str:
    known = tlv.BY_TAG.get(tag)
    pair = ((tag, value),)
    if isinstance(known, tlv.Number):
        number = known.of(pair)
        return value.hex() if number is None else str(number)
    if isinstance(known, tlv.Text):
        return _text(known.of(pair) or b"")
    return value.hex()


def _text(octets: bytes) -> str:
    text = octets.decode("latin-1")
    return text if text.isprintable() else octets.hex()
