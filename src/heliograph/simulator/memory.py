"""What a simulated carrier remembers, in a file of its own: the parts it took, the receipts and texts it still owes.

Lines (`simulator.lines`) are appended before the carrier answers, one write for a batch. They are not synced: what a
process wrote survives its `kill -9`, and a simulated carrier need not survive its machine. After a restart the carrier
goes on from the file, as a real one would; a last line that was cut off counts as not written. Texts of messages are
not kept, only a checksum (CRC-32) of them.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from heliograph.simulator import lines
from heliograph.simulator.lines import Acknowledged, DueReceipt, Given, OwedText, Record, TakenPart

COMPACT_ABOVE = 64 << 20
"""Bytes of a file above which what is done is dropped at the next start."""

MOST_SILENT = 100_000
"""Messages whose tries are remembered over a restart."""


class OwedReceipts(NamedTuple):
    """Receipt `number` (from 0) of each of these parts, all alike and due together."""

    parts: list[TakenPart]
    number: int

    @property
    def receipt(self) -> DueReceipt:
        """What they say, and when."""
        return self.parts[0].receipts[self.number]


@dataclass
class CarrierLedger:
    """What a carrier's file says, for a checker: a third ledger beside the client's and the gateway's."""

    taken: list[TakenPart] = field(default_factory=list)
    texts: list[OwedText] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    silent: dict[tuple[str, int], int] = field(default_factory=dict)
    """(Recipient, checksum) → number of the try, of what was taken last without a receipt to come: perhaps without an
    answer either."""
    unread: int = 0
    """Whole lines that could not be understood: somebody else wrote into the file."""

    @property
    def times(self) -> Counter[tuple[int, int]]:
        """How often each (message id, part) was taken."""
        return Counter((part.message_id, part.part) for part in self.taken)

    def owed(self) -> list[OwedReceipts]:
        """Receipts not acknowledged, one by one, in the order of their parts."""
        return [
            OwedReceipts([part], number)
            for part in self.taken
            for number in range(len(part.receipts))
            if lines.word(part.serial, number) not in self.acknowledged
        ]

    def owed_texts(self) -> list[OwedText]:
        """Texts not acknowledged."""
        return [text for text in self.texts if text.serial not in self.acknowledged]


def read_ledger(path: Path) -> CarrierLedger:
    """Read a carrier's file, whatever state it was left in; a file that does not exist is empty."""
    ledger = CarrierLedger()
    for record in _records(path):
        match record:
            case TakenPart():
                ledger.taken.append(record)
            case OwedText():
                ledger.texts.append(record)
            case Acknowledged():
                ledger.acknowledged.update(record.words)
            case None:
                ledger.unread += 1
    return ledger


def _records(path: Path) -> Iterator[Record | None]:
    """Record by record, None for a line that is none; a line cut off at the end is not there."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            try:
                yield lines.read(line[:-1].decode("ascii"))
            except ValueError:
                yield None


@dataclass
class _Unfinished:
    """What a file still owes, gathered without keeping what is done: a file may be long."""

    records: dict[str, TakenPart | OwedText] = field(default_factory=dict)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    """Words by serial, only of parts with several receipts."""
    silent: dict[tuple[str, int], int] = field(default_factory=dict)
    next_serial: int = 0
    count: int = 0

    def read(self, path: Path) -> None:
        for record in _records(path):
            match record:
                case TakenPart() | OwedText():
                    self._add(record)
                case Acknowledged():
                    for word in record.words:
                        self._acknowledge(word)
                case Given():
                    self.next_serial = max(self.next_serial, record.below)

    def _add(self, record: TakenPart | OwedText) -> None:
        self.count += 1
        self.next_serial = max(self.next_serial, int(record.serial) + 1)
        if isinstance(record, TakenPart):
            self.silent.pop((record.recipient, record.checksum), None)
            if not record.receipts and len(self.silent) < MOST_SILENT:
                self.silent[record.recipient, record.checksum] = record.try_no
        if isinstance(record, OwedText) or record.receipts:
            self.records[record.serial] = record

    def _acknowledge(self, word: str) -> None:
        serial = word.partition(".")[0]
        record = self.records.get(serial)
        if record is None:
            return
        words = self.acknowledged.setdefault(serial, set())
        words.add(word)
        if isinstance(record, OwedText) or len(words) >= len(record.receipts):
            del self.records[serial], self.acknowledged[serial]

    def ledger(self) -> CarrierLedger:
        """The same for a carrier that goes on from it."""
        return CarrierLedger(
            [record for record in self.records.values() if isinstance(record, TakenPart)],
            [record for record in self.records.values() if isinstance(record, OwedText)],
            {word for words in self.acknowledged.values() for word in words},
            self.silent,
        )


class CarrierMemory:
    """Appends to the file, or to nothing if there is none.

    `first_serial` counts only where nothing is remembered; `compact_above` is the size in bytes from which a file most
    of which is done is rewritten when it is opened.
    """

    def __init__(self, path: Path | None, first_serial: int = 1, compact_above: int = COMPACT_ABOVE) -> None:
        self._path = path
        self._compact_above = compact_above
        self._descriptor: int | None = None
        self._size = 0
        self._late = ""
        self._next = first_serial

    def open(self) -> CarrierLedger:
        """Go on from the file; returns what is still owed. Rewrites a big file most of which is done. Raises
        `OSError`."""
        if self._path is None:
            return CarrierLedger()
        unfinished = _Unfinished()
        unfinished.read(self._path)
        self._next = max(self._next, unfinished.next_serial)
        self._descriptor = _open(self._path)
        size = os.fstat(self._descriptor).st_size
        self._size = _end_torn_line(self._descriptor, size)
        ledger = unfinished.ledger()
        if size > self._compact_above and len(unfinished.records) < unfinished.count // 2:
            self._compact(self._path, ledger)
        return ledger

    def _compact(self, path: Path, ledger: CarrierLedger) -> None:
        """Keep what is still owed. The new file takes the old one's place whole, or not at all."""
        text = lines.of_given(self._next)
        text += "".join([lines.of_part(part, lines.of_receipts(part.receipts)) for part in ledger.taken])
        text += "".join(map(lines.of_text, ledger.texts))
        text += lines.of_acknowledged(sorted(ledger.acknowledged))
        draft = path.with_name(f"{path.name}.new")
        draft.unlink(missing_ok=True)
        old, old_size = self._descriptor, self._size
        assert old is not None
        self._descriptor, self._size = _open(draft), 0
        if self._write(text):
            draft.replace(path)
            os.close(old)
        else:
            draft.unlink()
            self.close()
            self._descriptor, self._size = old, old_size

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def next_serials(self, count: int) -> list[str]:
        """Numbers for parts and texts; never given before, also not before a restart."""
        first = self._next
        self._next += count
        return [str(serial) for serial in range(first, first + count)]

    def take(self, parts: Iterable[TakenPart]) -> bool:
        """Remember parts before they are answered; False if the file takes nothing more."""
        if self._descriptor is None:
            return True
        text: list[str] = []
        known: tuple[DueReceipt, ...] | None = None
        planned = ""
        for part in parts:
            if part.receipts is not known:
                known = part.receipts
                planned = lines.of_receipts(known)
            text.append(lines.of_part(part, planned))
        return self._write("".join(text))

    def owe(self, texts: Iterable[OwedText]) -> bool:
        """Remember texts from handsets; False if the file takes nothing more."""
        return self._descriptor is None or self._write("".join(map(lines.of_text, texts)))

    def acknowledge(self, receipts: Iterable[OwedReceipts], texts: Iterable[OwedText] = ()) -> None:
        """The gateway has taken these. What cannot be written now goes with the next write."""
        if self._descriptor is None:
            return
        words = [text.serial for text in texts]
        for parts, number in receipts:
            words += [lines.word(part.serial, number) for part in parts] if number else [part.serial for part in parts]
        line = lines.of_acknowledged(words)
        if not self._write(line):
            self._late += line

    def _write(self, text: str) -> bool:
        """Append, whole or not at all."""
        assert self._descriptor is not None
        octets = (self._late + text).encode("ascii")
        written = 0
        try:
            while written < len(octets):
                written += os.write(self._descriptor, octets[written:] if written else octets)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            return False
        self._size += written
        self._late = ""
        return True


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _end_torn_line(descriptor: int, size: int) -> int:
    """A line cut off by a kill must not swallow the next one; returns the size without it."""
    whole = size
    while whole > 0:
        start = max(0, whole - 4096)
        found = os.pread(descriptor, whole - start, start).rfind(b"\n")
        if found >= 0:
            whole = start + found + 1
            break
        whole = start
    if whole < size:
        os.ftruncate(descriptor, whole)
    return whole
