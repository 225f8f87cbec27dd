"""What a simulated carrier remembers, in a file of its own: the parts it took and the receipts it still owes.

Lines are appended before the carrier answers, one write for a batch. They are not synced: what a process wrote
survives its `kill -9`, and a simulated carrier need not survive its machine. After a restart the carrier goes on from
the file, as a real one would; a last line that was cut off counts as not written.

    T <id> <message> <part> <try> <recipient> <due>:<state>:<error>[,…]     a part was taken
    A <id>.<receipt> [<id>.<receipt> …]                                      receipts were acknowledged
    N <id>                                                                   ids below were given before
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from heliograph.model.message import State

COMPACT_ABOVE = 64 << 20
"""Bytes of a file above which what is done is dropped at the next start."""


class Owed(NamedTuple):
    """A receipt not yet acknowledged. `due_at` is ms since the epoch, `number` its place among the part's receipts."""

    upstream_id: str
    number: int
    recipient: str
    due_at: int
    state: State | None
    error: int


class TakenPart(NamedTuple):
    """A part the carrier took."""

    upstream_id: str
    message_id: int
    part: int
    try_no: int
    recipient: str
    receipts: tuple[tuple[int, State | None, int], ...]
    """(due_at, state, error) of each receipt it will send."""

    def owed(self) -> list[Owed]:
        """Its receipts, as they stand before any is acknowledged."""
        return [
            Owed(self.upstream_id, number, self.recipient, due_at, state, error)
            for number, (due_at, state, error) in enumerate(self.receipts)
        ]


@dataclass
class CarrierLedger:
    """What a carrier's file says, for a checker: a third ledger beside the client's and the gateway's."""

    taken: list[TakenPart] = field(default_factory=list)
    acknowledged: set[tuple[str, int]] = field(default_factory=set)
    next_id: int = 1

    @property
    def times(self) -> Counter[tuple[int, int]]:
        """How often each (message id, part) was taken."""
        return Counter((part.message_id, part.part) for part in self.taken)

    def owed(self) -> list[Owed]:
        """Receipts not acknowledged, in the order of their parts."""
        return [
            owed
            for part in self.taken
            for owed in part.owed()
            if (owed.upstream_id, owed.number) not in self.acknowledged
        ]


def read_ledger(path: Path) -> CarrierLedger:
    """Read a carrier's file, whatever state it was left in; a file that does not exist is empty."""
    ledger = CarrierLedger()
    with contextlib.suppress(FileNotFoundError):
        text = path.read_bytes().decode("ascii", "replace")
        for line in text[: text.rfind("\n") + 1].splitlines():
            _read_line(line, ledger)
    return ledger


def _read_line(line: str, ledger: CarrierLedger) -> None:
    kind, *words = line.split(" ")
    if kind == "T":
        upstream_id, message_id, part, try_no, recipient, receipts = words
        planned = tuple(_receipt(text) for text in receipts.split(",")) if receipts != "-" else ()
        ledger.taken.append(TakenPart(upstream_id, int(message_id), int(part), int(try_no), recipient, planned))
        ledger.next_id = max(ledger.next_id, int(upstream_id) + 1)
    elif kind == "A":
        for word in words:
            upstream_id, _, number = word.rpartition(".")
            ledger.acknowledged.add((upstream_id, int(number)))
    elif kind == "N":
        ledger.next_id = max(ledger.next_id, int(words[0]))


def _receipt(text: str) -> tuple[int, State | None, int]:
    due_at, state, error = text.split(":")
    return int(due_at), State(int(state)) if state != "0" else None, int(error)


class CarrierMemory:
    """Appends to the file, or to nothing if there is none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._next = 1

    def open(self) -> list[Owed]:
        """Go on from the file; returns the receipts still owed. Rewrites a file most of which is done."""
        if self._path is None:
            return []
        ledger = read_ledger(self._path)
        self._next = ledger.next_id
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        size = os.fstat(self._descriptor).st_size
        if size > COMPACT_ABOVE:
            self._compact(self._path, ledger)
        elif size:
            self._end_torn_line(self._path)
        return ledger.owed()

    def _end_torn_line(self, path: Path) -> None:
        """A line cut off by a kill must not swallow the next one."""
        octets = path.read_bytes()
        whole = octets.rfind(b"\n") + 1
        if whole != len(octets):
            os.truncate(path, whole)

    def _compact(self, path: Path, ledger: CarrierLedger) -> None:
        """Keep the parts that are still owed receipts; the new file takes the old one's place whole."""
        self.close()
        unfinished = {owed.upstream_id for owed in ledger.owed()}
        done = [f"{upstream_id}.{number}" for upstream_id, number in ledger.acknowledged if upstream_id in unfinished]
        lines = [f"N {ledger.next_id}\n"]
        lines += [_line(part) for part in ledger.taken if part.upstream_id in unfinished]
        lines += [f"A {' '.join(done)}\n"] if done else []
        draft = path.with_name(f"{path.name}.new")
        draft.write_text("".join(lines), "ascii")
        draft.replace(path)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def next_ids(self, count: int) -> range:
        """Ids for parts; never given before, also not before a restart."""
        first = self._next
        self._next += count
        return range(first, first + count)

    def take(self, parts: Iterable[TakenPart]) -> None:
        """Remember parts before they are answered."""
        if self._descriptor is not None:
            self._write("".join([_line(part) for part in parts]))

    def acknowledge(self, receipts: Iterable[Owed]) -> None:
        """These receipts were taken by the gateway."""
        if self._descriptor is not None:
            self._write("A " + " ".join([f"{owed.upstream_id}.{owed.number}" for owed in receipts]) + "\n")

    def _write(self, text: str) -> None:
        assert self._descriptor is not None
        octets = text.encode("ascii")
        while octets:
            octets = octets[os.write(self._descriptor, octets) :]


def _line(part: TakenPart) -> str:
    receipts = ",".join(
        [f"{due_at}:{0 if state is None else int(state)}:{error}" for due_at, state, error in part.receipts]
    )
    return f"T {part.upstream_id} {part.message_id} {part.part} {part.try_no} {part.recipient} {receipts or '-'}\n"
