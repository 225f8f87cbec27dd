"""The source of fast readers and writers, made from the table of a PDU's fields; `codec` compiles and calls them.

A reader goes straight through the octets. Strings that are mostly empty (service_type, times) are first read as one
octet among the integers around them, which must be 0; where it is not, the reader of the same name with `_at_length`
goes through them one by one. Whatever is not right is left to `carefully`, which has the words for it.
"""

from __future__ import annotations

import struct
from typing import Final

from heliograph.protocols.smpp.fields import Counted, CString, Int, Kind
from heliograph.protocols.smpp.pdu import RESPONSE, Pdu

HEAD: Final = 16
"""Octets of the header (3.2): command_length, command_id, command_status, sequence_number."""

OFTEN_EMPTY: Final = 17
"""C-octet strings of up to so many octets are mostly empty; longer ones (addresses, ids) are mostly not."""


def readers(kind: type[Pdu], table: dict[str, Kind]) -> list[str]:
    """The lines of `read_NAME(data, command_status, sequence_number)`, and of `read_NAME_at_length` where needed."""
    hasty = _Reader(kind, hasty=True)
    lines = hasty.lines(table)
    if hasty.guessed:
        lines += ["", *_Reader(kind, hasty=False).lines(table)]
    return lines


class _Reader:
    """Gathers the lines of one reader. It stands at `at + n`, n known, or at n while all before has a fixed length."""

    def __init__(self, kind: type[Pdu], *, hasty: bool) -> None:
        self._kind = kind
        self._hasty = hasty
        self._base = ""
        self._offset = HEAD
        self._run: list[tuple[str, str]] = []
        """Targets of the integers that follow each other, with the letters `struct` has for them."""
        self._doubtful: list[str] = []
        """Strings in the run that are taken for empty."""
        self._body: list[str] = []
        self.guessed = False
        """True once a string was taken for empty."""

    def lines(self, table: dict[str, Kind]) -> list[str]:
        """The whole function."""
        for name, field in table.items():
            if isinstance(field, Int):
                self._run.append((f"pdu.{name}", "B" if field.size == 1 else "I"))
            elif isinstance(field, CString):
                self._string(name, field)
            elif isinstance(field, Counted):
                self._counted(name)
            else:
                self._unpack()
                self._body.append(f"pdu.{name}, at = read_{name}(data, {self._place()})")
                self._base, self._offset = "at", 0
        self._unpack()
        place = self._place()
        self._body.append(f"pdu.tlvs = read_tlvs(data, {place}) if len(data) != {place} else ()")
        return [
            f"def read_{self._kind.name}{'' if self._hasty else '_at_length'}(data, command_status, sequence_number):",
            "    try:",
            f"        pdu = new({self._kind.__name__})",
            "        pdu.sequence_number = sequence_number",
            "        pdu.command_status = command_status",
            *indented(indented(self._body)),
            "    except problems:",
            f"        return {self._careful()}",
            "    return pdu",
        ]

    def _place(self, more: int = 0) -> str:
        offset = self._offset + more
        if not self._base:
            return str(offset)
        return f"{self._base} + {offset}" if offset else self._base

    def _careful(self) -> str:
        return f"carefully({self._kind.__name__}, data, command_status, sequence_number)"

    def _unpack(self) -> None:
        """Read the integers gathered so far in one go."""
        letters = "".join(letter for _, letter in self._run)
        if letters == "B":
            self._body.append(f"{self._run[0][0]} = data[{self._place()}]")
        elif letters:
            self._body.append(f"{', '.join(target for target, _ in self._run)} = read_{letters}(data, {self._place()})")
        if self._doubtful:
            at_length = f"read_{self._kind.name}_at_length(data, command_status, sequence_number)"
            self._body += [f"if {' or '.join(self._doubtful)}:", f"    return {at_length}"]
            self._body += [f'pdu.{name} = b""' for name in self._doubtful]
        self._offset += struct.calcsize(f">{letters}")
        self._run.clear()
        self._doubtful.clear()

    def _string(self, name: str, field: CString) -> None:
        if self._hasty and field.most <= OFTEN_EMPTY:
            self._run.append((name, "B"))
            self._doubtful.append(name)
            self.guessed = True
            return
        self._unpack()
        self._body += [
            f"end = data.index(0, {self._place()})",
            f"if end > {self._place(field.limit)}:",
            f"    return {self._careful()}",
            f"pdu.{name} = data[{self._place()}:end]",
            "at = end + 1",
        ]
        self._base, self._offset = "at", 0

    def _counted(self, name: str) -> None:
        self._run.append(("count", "B"))
        self._unpack()
        self._body += [
            f"start = {self._place()}",
            "at = start + count",
            "if at > len(data):",
            f"    return {self._careful()}",
            f"pdu.{name} = data[start:at]",
        ]
        self._base, self._offset = "at", 0


def writer(kind: type[Pdu], table: dict[str, Kind]) -> list[str]:
    """The lines of `write_NAME(pdu)`."""
    template = ""
    body: list[str] = []
    values: list[str] = []
    for name, field in table.items():
        if isinstance(field, Int):
            template += "%c" if field.size == 1 else "%b"
            values.append(f"pdu.{name}" if field.size == 1 else f"pack_I(pdu.{name})")
        elif isinstance(field, CString):
            template += "%b\\0"
            body += [
                f"{name} = pdu.{name}",
                f"if {name} and (0 in {name} or len({name}) > {field.limit}):",
                f'    refuse("{name}", {name}, {field.limit})',
            ]
            values.append(name)
        elif isinstance(field, Counted):
            template += "%c%b"
            body.append(f"{name} = pdu.{name}")
            values += [f"len({name})", name]
        else:
            template += "%b"
            values.append(f"write_{name}(pdu.{name})")
    body.append(f'body = b"{template}" % ({", ".join(values)},)' if template else 'body = b""')
    body += [
        "if pdu.tlvs:",
        "    body += write_tlvs(pdu.tlvs)",
    ]
    if kind.command_id & RESPONSE and template:
        # 4.1.2, 4.4.2: an answer that says no has no body.
        body += [
            f"if pdu.command_status and body == EMPTY_{kind.name}:",
            '    body = b""',
        ]
    return [
        f"def write_{kind.name}(pdu):",
        *indented(body),
        f"    return head({HEAD} + len(body), 0x{kind.command_id:08X}, pdu.command_status, pdu.sequence_number) + body",
    ]


def indented(lines: list[str]) -> list[str]:
    """The lines, one level further in."""
    return [f"    {line}" for line in lines]
