"""Longer messages from handsets come in parts, in any order: here they wait for each other and become one text.

Parts belong together if both addresses, the reference and the total are the same. Each is a row before the carrier
hears that it was taken, so a restart loses none and none is asked for twice. A part that comes again is passed over,
also for a while after its message was put together. What is not whole in time, or finds no room, goes on as what there
is of it, marked (decisions.md 22).
"""

from __future__ import annotations

import asyncio
import functools
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from heliograph.channels.sms import udh
from heliograph.channels.sms.received import Received, data_of, text_of
from heliograph.core.journal import Journal, Verdict
from heliograph.core.mo import OwnerOfIncoming
from heliograph.model.receipt import Incoming, IncomingPart, Notice
from heliograph.model.rows import PartGone, PartJoined, Row
from heliograph.ports import Clock, Store

WAIT_MS: Final = 10 * 60_000
"""How long the first part of a message waits for the last."""
MOST_WAITING: Final = 10_000
"""Messages that wait for parts; above it the oldest goes on without."""
MOST_OCTETS: Final = 16 << 20
"""Of text in them."""
MOST_REMEMBERED: Final = 20_000
"""Messages that were put together whose parts are known again."""
GAP: Final = "[…]"
"""Stands in a text for parts that never came."""
_PAGE: Final = 1_000

Key = tuple[str, str, str, str, int]


@dataclass(slots=True)
class _Set:
    """The parts of one message, by their number."""

    first_at: int
    parts: dict[int, IncomingPart] = field(default_factory=dict)
    octets: int = 0

    def add(self, part: IncomingPart) -> bool:
        """Take a part; True if all are there."""
        self.parts[part.number] = part
        self.octets += len(part.octets)
        return len(self.parts) == part.total


@dataclass(slots=True)
class _Done:
    """What is remembered of a message that was put together: checksums by number, ids of the rows."""

    at: int
    checksums: dict[int, int]
    ids: list[int]


class Joining:
    """`push` lets committed notices go; `wait_ms` is how long a first part waits; `heard` hears of the whole."""

    def __init__(
        self,
        *,
        journal: Journal,
        store: Store,
        clock: Clock,
        owners: OwnerOfIncoming,
        push: Callable[[list[Notice]], None],
        on_fault: Callable[[str, BaseException], None],
        wait_ms: int = WAIT_MS,
        heard: Callable[[list[Incoming]], None] = lambda _: None,
    ) -> None:
        self._journal = journal
        self._heard = heard
        self._store = store
        self._clock = clock
        self._owners = owners
        self._push = push
        self._on_fault = on_fault
        self._wait_ms = wait_ms
        self._waiting: dict[Key, _Set] = {}
        self._octets = 0
        self._done: dict[Key, _Done] = {}
        self._to_join: deque[_Set] = deque()
        self._gone: list[PartGone] = []
        self._left: set[int] | None = None
        """Rows that are to go, or went since the store was asked for parts; None while it is not."""
        self._task: asyncio.Task[None] | None = None
        self.elsewhere: Callable[[], None] | None = None
        """Where nodes share the store one of them has all parts, wherever they came: told of new ones."""
        self.joined = 0
        """Messages that were put together."""
        self.partial = 0
        """Of them those that went on with parts missing."""
        self.repeated = 0
        """Parts that came once more."""

    @property
    def waiting(self) -> int:
        """Messages that wait for parts."""
        return len(self._waiting)

    async def load(self) -> None:
        """After a start: parts that wait go on waiting, and what is whole by now is put together."""
        after = 0
        while found := await self._store.incoming_parts(after, _PAGE):
            after = found[-1][0].id
            self.take_in(found)

    def take_in(self, found: Iterable[tuple[IncomingPart, int]]) -> None:
        """Parts that are rows already, each with the incoming message it went into, 0 while it waits."""
        for part, incoming_id in found:
            if self._knows(part):
                continue
            if incoming_id:
                done = self._done.setdefault(_key(part), _Done(part.received_at, {}, []))
                done.checksums[part.number] = _checksum(part)
                done.ids.append(part.id)
            elif self.elsewhere is not None and self._is_repeated(part):
                self.repeated += 1
                self._drop([part.id])
            else:
                self._add(part)
        self._begin()

    async def take_in_ours(
        self, ask: Callable[[], Awaitable[Sequence[tuple[IncomingPart, int]]]]
    ) -> Sequence[tuple[IncomingPart, int]]:
        """`take_in` what `ask` finds in the store, where most of it is known here; all that it found."""
        self._left = {row.id for row in self._gone}
        try:
            await self._journal.settle()  # rows that went before are not there any more
            found = await ask()
            self.take_in([(part, incoming_id) for part, incoming_id in found if part.id not in self._left])
        finally:
            self._left = None
        return found

    def take(self, parts: list[IncomingPart]) -> list[Row] | None:
        """The rows of new parts, to be committed before the carrier is answered; None if none can be kept now."""
        first_id = self._store.take_event_ids(len(parts)) if parts else 0
        if first_id is None:
            return None
        rows: list[Row] = []
        for number, part in enumerate(parts):
            if self.elsewhere is not None:
                part.id = first_id + number
                rows.append(part)
                continue
            if self._is_repeated(part):
                self.repeated += 1
                continue
            part.id = first_id + number
            rows.append(part)
            self._add(part)
        self._begin()
        return rows

    async def sweep(self) -> None:
        """What waited too long goes on without the rest; what was joined long ago is forgotten."""
        now = self._clock.now()
        while self._waiting and abs(now - next(iter(self._waiting.values())).first_at) >= self._wait_ms:
            self._close(next(iter(self._waiting)))
        while self._done and abs(now - next(iter(self._done.values())).at) >= self._wait_ms:
            self._forget(next(iter(self._done)))
        if self._gone and not self._to_join:  # never before what became of them is written
            self._journal.add(self._gone)
            self._gone = []
        self._begin()

    async def stop(self) -> None:
        """Wait for what is being put together."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    # -- waiting ---------------------------------------------------------------------------------------------------

    def _knows(self, part: IncomingPart) -> bool:
        """True for a row that is here."""
        waiting, done = self._waiting.get(_key(part)), self._done.get(_key(part))
        known = waiting.parts.get(part.number) if waiting is not None else None
        return (known is not None and known.id == part.id) or (done is not None and part.id in done.ids)

    def _is_repeated(self, part: IncomingPart) -> bool:
        key = _key(part)
        waiting = self._waiting.get(key)
        if waiting is not None:
            known = waiting.parts.get(part.number)
            return known is not None and _checksum(known) == _checksum(part)
        done = self._done.get(key)
        return done is not None and done.checksums.get(part.number) == _checksum(part)

    def _add(self, part: IncomingPart) -> None:
        key = _key(part)
        waiting = self._waiting.get(key)
        if waiting is not None and part.number in waiting.parts:
            self._close(key)  # the handset has begun to use the reference for another message
            waiting = None
        if waiting is None:
            waiting = self._waiting[key] = _Set(part.received_at)
        self._octets += len(part.octets)
        if waiting.add(part):
            self._close(key)
        while len(self._waiting) > MOST_WAITING or self._octets > MOST_OCTETS:
            self._close(next(iter(self._waiting)))

    def _close(self, key: Key) -> None:
        """No more parts are waited for."""
        closed = self._waiting.pop(key)
        self._octets -= closed.octets
        self._forget(key)
        checksums = {number: _checksum(part) for number, part in closed.parts.items()}
        self._done[key] = _Done(self._clock.now(), checksums, [part.id for part in closed.parts.values()])
        if len(self._done) > MOST_REMEMBERED:
            self._forget(next(iter(self._done)))
        self._to_join.append(closed)

    def _forget(self, key: Key) -> None:
        done = self._done.pop(key, None)
        if done is not None:
            self._drop(done.ids)

    def _drop(self, part_ids: Sequence[int]) -> None:
        """These rows are of no use any more."""
        self._gone += [PartGone(part_id) for part_id in part_ids]
        if self._left is not None:
            self._left.update(part_ids)

    # -- joining ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._to_join and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._join(), name="joining")

    async def _join(self) -> None:
        """One after the other; what fails is tried again by the next sweep."""
        while self._to_join:
            closed = self._to_join[0]
            text = joined(closed.parts.values())
            try:
                rows = await self._owners.rows([text])
            except Exception as error:
                self._on_fault("joining", error)
                return
            self._to_join.popleft()
            self.joined += 1
            self.partial += text.missing > 0
            notices = [row for row in rows if isinstance(row, Notice)]
            rows += [PartJoined(part.id, text.id) for part in closed.parts.values()]
            self._journal.add(rows, functools.partial(self._committed, text, notices))

    def _committed(self, text: Incoming, notices: list[Notice], _: Verdict) -> None:
        self._push(notices)
        self._heard([text])


def joined(parts: Iterable[IncomingPart]) -> Incoming:
    """The message of these parts, at least one, in any order: its text has `GAP` for each run that is missing."""
    ordered = sorted(parts, key=_number)
    first = ordered[0]
    read = [Received(_elements(part.header), part.octets, part.data_coding) for part in ordered]
    data = data_of([part for part in read if part.is_binary])
    return Incoming(
        0,
        first.connector,
        first.sender,
        first.recipient,
        "" if all(part.is_binary for part in read) else _text(ordered, read),
        max(part.received_at for part in ordered),
        data=data,
        missing=first.total - len(ordered),
    )


def _text(parts: list[IncomingPart], read: list[Received]) -> str:
    pieces: list[str] = []
    run: list[Received] = []
    number = 0
    for part, content in zip(parts, read, strict=True):
        if part.number != number + 1:
            pieces += [text_of(run), GAP]
            run = []
        run.append(content)
        number = part.number
    pieces.append(text_of(run))
    if number != parts[0].total:
        pieces.append(GAP)
    return "".join(pieces)


def _elements(header: bytes) -> tuple[udh.Element, ...]:
    return udh.read(header)[0] if header else ()


def _key(part: IncomingPart) -> Key:
    return part.connector, part.sender, part.recipient, part.reference, part.total


def _number(part: IncomingPart) -> int:
    return part.number


def _checksum(part: IncomingPart) -> int:
    return zlib.crc32(part.octets, zlib.crc32(part.header))
