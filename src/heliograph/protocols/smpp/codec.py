"""Bytes ↔ PDUs: for each PDU of the table a straight-line reader and a one-template writer, made once at import.

`SOURCE` is the generated source; tracebacks show its lines. A reader takes what is right as fast as plain Python can
and leaves everything else to `_carefully`, which goes through the table field by field and knows the exact complaint.
A PDU that cannot be read is a value, never an exception: it keeps its sequence number, so it can be answered.
"""

from __future__ import annotations

import linecache
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final, get_type_hints

from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.fields import BadField, CString, Int, Kind, Listed, Missing, checked
from heliograph.protocols.smpp.pdu import ALL, BY_ID, RESPONSE, Pdu
from heliograph.protocols.smpp.source import HEAD, readers, writer
from heliograph.protocols.smpp.status import Status

_read_head: Final = struct.Struct(">4x3I").unpack_from


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What came instead of a PDU. `status` is what to answer with, `why` says it in words without any content."""

    command_id: int
    sequence_number: int
    status: int
    why: str
    octets: bytes

    @property
    def is_response(self) -> bool:
        """True for what must not be answered, or two sides would nack each other for ever."""
        return bool(self.command_id & RESPONSE)

    def __repr__(self) -> str:
        """Without its octets."""
        return f"<unreadable 0x{self.command_id:08X} {self.sequence_number}: {self.why}>"


class CannotEncode(ValueError):
    """A PDU of ours holds what has no form on the wire: the bug, or the check that is missing, is on this side."""


def table_of(pdu: type[Pdu]) -> dict[str, Kind]:
    """The mandatory fields of a PDU in the order they travel."""
    hints = get_type_hints(pdu, include_extras=True)
    return {field.name: hints[field.name].__metadata__[0] for field in fields(pdu)[3:]}


def decode(octets: bytes) -> Pdu | Unreadable:
    """The PDU of these octets, a whole one as `framing` cuts it out. Raises nothing."""
    try:
        command_id, command_status, sequence_number = _read_head(octets)
    except struct.error:
        return Unreadable(0, 0, Status.ESME_RINVCMDLEN, "shorter than a header", octets)
    try:
        reader = _READERS[command_id]
    except KeyError:
        return Unreadable(command_id, sequence_number, Status.ESME_RINVCMDID, "an unknown command", octets)
    return reader(octets, command_status, sequence_number)


def encode(pdu: Pdu) -> bytes:
    """The octets of a PDU. Raises `CannotEncode`."""
    try:
        return _WRITERS[pdu.command_id](pdu)
    except (LookupError, ValueError, TypeError, OverflowError, struct.error) as error:
        raise CannotEncode(f"{pdu.name}: {error}") from error


def _carefully(kind: type[Pdu], octets: bytes, command_status: int, sequence_number: int) -> Pdu | Unreadable:
    """Read what the fast reader did not take: what is odd and tolerated, or the complaint about it."""
    pdu = kind(command_status=command_status, sequence_number=sequence_number)
    at = HEAD
    for name, field in _TABLES[kind].items():
        try:
            value, at = field.read(octets, at)
        except Missing as missing:
            if kind.may_end_early:
                break
            return _unreadable(pdu, octets, missing.status, f"{name} {missing.why}")
        except BadField as bad:
            if isinstance(field, CString) and kind.may_end_early and 0 not in octets[at:]:
                return _ended_by_a_string(pdu, octets, at, name, field)
            return _unreadable(pdu, octets, bad.status, f"{name} {bad.why}")
        setattr(pdu, name, value)
    try:
        pdu.tlvs = tlv.read_what_can_be(octets, at) if kind.keeps_rest else tlv.read(octets, at)
    except BadField as bad:
        return _unreadable(pdu, octets, bad.status, bad.why)
    return pdu


def _ended_by_a_string(pdu: Pdu, octets: bytes, at: int, name: str, field: CString) -> Pdu | Unreadable:
    """Many a response ends with its message_id and without the NUL."""
    try:
        setattr(pdu, name, field.read_unended(octets, at))
    except BadField as bad:
        return _unreadable(pdu, octets, bad.status, f"{name} {bad.why}")
    return pdu


def _unreadable(pdu: Pdu, octets: bytes, status: int, why: str) -> Unreadable:
    return Unreadable(pdu.command_id, pdu.sequence_number, status, f"{pdu.name}: {why}", octets)


def _refuse(name: str, text: bytes, limit: int) -> None:
    try:
        checked(text, limit)
    except ValueError as error:
        raise CannotEncode(f"{name} has {error}") from None


def _empty_body(table: dict[str, Kind]) -> bytes:
    """The mandatory fields when there is nothing in them."""
    return b"".join(b"\0" * field.size if isinstance(field, Int) else b"\0" for field in table.values())


def _namespace() -> dict[str, object]:
    """What the generated source may name."""
    names: dict[str, object] = {
        "new": object.__new__,
        "carefully": _carefully,
        "problems": (IndexError, ValueError, struct.error),
        "head": struct.Struct(">4I").pack,
        "pack_I": struct.Struct(">I").pack,
        "read_tlvs": tlv.read,
        "write_tlvs": tlv.write,
        "refuse": _refuse,
    }
    for kind, table in _TABLES.items():
        names[kind.__name__] = kind
        names[f"EMPTY_{kind.name}"] = _empty_body(table)
        for name, field in table.items():
            if isinstance(field, Listed):
                names[f"read_{name}"] = field.read
                names[f"write_{name}"] = field.write
    for letters in set(re.findall(r"\bread_([BI]{2,})\(", SOURCE)):
        names[f"read_{letters}"] = struct.Struct(f">{letters}").unpack_from
    return names


_TABLES: Final = {kind: table_of(kind) for kind in ALL}

SOURCE: Final = "\n".join(
    line for kind, table in _TABLES.items() for line in (*readers(kind, table), "", *writer(kind, table), "")
)
"""The readers and writers, as text."""

_FILE: Final = "<made from heliograph.protocols.smpp.pdu>"
linecache.cache[_FILE] = (len(SOURCE), None, SOURCE.splitlines(keepends=True), _FILE)
_MADE: Final = _namespace()
exec(compile(SOURCE, _FILE, "exec"), _MADE)  # noqa: S102 - our own table is all that is in it

_READERS: Final[dict[int, Callable[[bytes, int, int], Pdu | Unreadable]]] = {
    command_id: _MADE[f"read_{kind.name}"]  # type: ignore[misc]
    for command_id, kind in BY_ID.items()
}
_WRITERS: Final[dict[int, Callable[[Pdu], bytes]]] = {
    command_id: _MADE[f"write_{kind.name}"]  # type: ignore[misc]
    for command_id, kind in BY_ID.items()
}
