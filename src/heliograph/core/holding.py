"""Parts of long messages that a customer has cut himself wait for each other here and become one message.

Each is accepted, charged and answered alone and is a HELD row before its answer; what happens here follows its commit,
so whatever is killed when, the rows say all there is to know. Parts belong together if account, both addresses,
reference and total are the same, over whichever bind they come. Whole, the message is looked at as one and goes out as
it was cut. A part that comes again takes the place of the first; another text under a number in use begins a new
message. What is not whole in time ends UNDELIVERABLE and is paid back (decisions.md 11).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from heliograph.channels.sms.received import receive, text_of
from heliograph.core.backlog import Backlog
from heliograph.core.dispatch import Dispatch
from heliograph.core.endings import Ended, Endings, move_of
from heliograph.core.errors import OF_REASON, NetworkError
from heliograph.core.guards import DuplicateKey, Duplicates, scope_of
from heliograph.core.journal import Journal, Verdict
from heliograph.core.release import Go, Release
from heliograph.model.message import Content, Kind, Message, MessageId, OwnPart, State
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Row, Whole
from heliograph.ports import Clock, Recent, Store

WAIT_MS: Final = 5 * 60_000
"""How long the first part of a message waits for the last."""
MOST_HELD: Final = 100_000
"""Parts that wait; above it none is taken."""
MOST_OF_ONE: Final = 20_000
"""Of them those of one account, so that none holds up the others."""
MOST_STICKY: Final = 10_000
"""Messages in parts whose connector is remembered for the parts to come (`parts = "pass"`)."""
_AT_ONCE: Final = 500
_PAGE: Final = 1_000
_HELD, _QUEUED, _SCHEDULED = State.HELD, State.QUEUED, State.SCHEDULED

Key = tuple[int, str, str, str, int]


@dataclass(slots=True)
class _Set:
    """The parts of one message, by their number."""

    first_at: int
    parts: dict[int, Message] = field(default_factory=dict)


@dataclass(slots=True)
class _Plan:
    """What follows from some parts, for one work of the journal."""

    rows: list[Row] = field(default_factory=list)
    ended: Ended = field(default_factory=Ended)
    going: list[Message] = field(default_factory=list)
    duplicates: list[tuple[DuplicateKey, int]] = field(default_factory=list)


class Holding:
    """`wait_ms` is how long a first part waits."""

    def __init__(
        self,
        *,
        release: Release,
        journal: Journal,
        store: Store,
        clock: Clock,
        dispatch: Dispatch,
        endings: Endings,
        backlog: Backlog,
        duplicates: Duplicates,
        wait_ms: int = WAIT_MS,
    ) -> None:
        self._release = release
        self._journal = journal
        self._store = store
        self._clock = clock
        self._dispatch = dispatch
        self._endings = endings
        self._backlog = backlog
        self._duplicates = duplicates
        self._wait_ms = wait_ms
        self._waiting: dict[Key, _Set] = {}
        self._held: Counter[int] = Counter()
        self._sticky: dict[Key, str] = {}
        self._left: set[MessageId] | None = None
        """Parts that wait here no more, since the store was asked for parts; None while it is not."""
        self.elsewhere: Callable[[], None] | None = None
        """Told of new parts where another node has all of them (decisions.md 11); None while they wait here."""
        self.joined = 0
        """Messages that became whole."""
        self.incomplete = 0
        """Messages that did not."""

    @property
    def waiting(self) -> int:
        """Messages that wait for parts."""
        return len(self._waiting)

    def has_room(self, account_id: int) -> bool:
        """False while no more parts of this account can be held."""
        return self._held[account_id] < MOST_OF_ONE and self._held.total() < MOST_HELD

    async def load(self, fence: Fence) -> None:
        """After a start: parts that wait go on waiting, and what is whole by now is joined."""
        after = 0
        while found := await self._store.held(after, _PAGE, fence):
            after = found[-1].id
            self.committed(found)

    async def take_in(self, ask: Callable[[], Awaitable[Sequence[Message]]]) -> Sequence[Message]:
        """Parts that are rows, of this node by now, as `ask` finds them in the store; all that it found. Some of them
        may wait here already, or have left while they were on their way."""
        self._left = set()
        try:
            await self._journal.settle()  # what has left is not HELD in the store
            found = await ask()
            await self._journal.settle()  # what is HELD there because it was accepted here is here
            new = [part for part in found if part.state is _HELD and part.id not in self._left]
        finally:
            self._left = None
        self.committed([part for part in new if self._known(part) is None])
        return found

    def committed(self, parts: Sequence[Message]) -> None:
        """These HELD parts are durable."""
        if self.elsewhere is not None:
            self.elsewhere()
            return
        plan = _Plan()
        for part in parts:
            self._add(part, plan)
        self._write(plan)

    async def sweep(self) -> None:
        """What waited too long ends, and is paid back."""
        plan, now = _Plan(), self._clock.now()
        for key, waiting in list(self._waiting.items())[:_AT_ONCE]:
            if abs(now - waiting.first_at) < self._wait_ms:
                break
            self._give_up(key, plan)
        self._write(plan)

    def withdraw(self, part: Message) -> Message | None:
        """Take a part out, to end it; None if it waits no more. The others of its message go on waiting for it."""
        known = self._known(part)
        if known is None or known.part is None:
            return None
        key = _key(known)
        waiting = self._waiting[key]
        del waiting.parts[known.part.number]
        self._has_left(known)
        if not waiting.parts:
            del self._waiting[key]
        return known

    # -- parts that go at once -------------------------------------------------------------------------------------

    def connector_of(self, part: Message) -> str:
        """Where the part before went, "" for a first one: handsets join what one carrier brings."""
        return self._sticky.get(_key(part), "")

    def went(self, part: Message) -> None:
        """Remember where a part goes."""
        self._stick(_key(part), part.connector)

    def remember(self, recent: Iterable[Recent]) -> None:
        """After a start: where parts of the last minutes went, for those to come."""
        for one in recent:
            if one.part is not None and one.connector:
                of = (one.account_id, one.sender, one.recipient, one.part.reference, one.part.total)
                self._stick(of, one.connector)

    def _stick(self, key: Key, connector: str) -> None:
        self._sticky[key] = connector
        if len(self._sticky) > MOST_STICKY:
            del self._sticky[next(iter(self._sticky))]

    # -- waiting ---------------------------------------------------------------------------------------------------

    def _known(self, part: Message) -> Message | None:
        """The same part as it waits here."""
        assert part.part is not None
        waiting = self._waiting.get(_key(part))
        known = waiting.parts.get(part.part.number) if waiting is not None else None
        return known if known is not None and known.id == part.id else None

    def _has_left(self, part: Message) -> None:
        self._held[part.account_id] -= 1
        if self._left is not None:
            self._left.add(part.id)

    def _add(self, part: Message, plan: _Plan) -> None:
        assert part.part is not None
        key, number = _key(part), part.part.number
        waiting = self._waiting.get(key)
        known = waiting.parts.get(number) if waiting is not None else None
        if known is not None and known.content.segments == part.content.segments:
            self._end([known], State.REJECTED, OF_REASON[Reason.DUPLICATE], plan)
        elif known is not None:
            self._give_up(key, plan)
            waiting = None
        if waiting is None:
            waiting = self._waiting[key] = _Set(part.accepted_at)
        waiting.parts[number] = part
        self._held[part.account_id] += 1
        if len(waiting.parts) == part.part.total:
            del self._waiting[key]
            for one in waiting.parts.values():
                self._has_left(one)
            self._join([waiting.parts[number] for number in sorted(waiting.parts)], plan)

    def _give_up(self, key: Key, plan: _Plan) -> None:
        self.incomplete += 1
        parts = self._waiting.pop(key).parts
        self._end([parts[number] for number in sorted(parts)], State.UNDELIVERABLE, NetworkError.PARTS_MISSING, plan)

    def _end(self, parts: list[Message], state: State, error: int, plan: _Plan) -> None:
        now = self._clock.now()
        for part in parts:
            self._has_left(part)
            self._endings.end(part, state, error, now, plan.rows, plan.ended)

    # -- whole -----------------------------------------------------------------------------------------------------

    def _join(self, parts: list[Message], plan: _Plan) -> None:
        now = self._clock.now()
        if not _is_one(parts):
            for part in parts:  # each is a message to the handset, which joins them by their headers
                self._go_or_end(part, self._release.alone(part, now), now, plan)
            return
        self.joined += 1
        message = joined(parts)
        for part in parts:
            self._backlog.moved(part, _HELD, None)
        self._backlog.moved(message, None, _HELD)
        plan.rows.append(Whole(message))
        way = self._release.look(message, now)
        if not isinstance(way, Reason):
            way = self._repeated(message, parts[0], now, plan) or way
        self._go_or_end(message, way, now, plan)

    def _repeated(self, message: Message, first: Message, now: int, plan: _Plan) -> Reason | None:
        """Whether the whole was sent before: that can only be said now."""
        window_s = first.part.duplicate_window_s if first.part is not None else 0
        if not window_s:
            return None
        scope, text = scope_of(message.dialect), message.content.text
        key = self._duplicates.reserve(
            scope, message.account_id, message.sender, message.recipient, text, window_s, now
        )
        if isinstance(key, Reason):
            return key
        plan.duplicates.append((key, message.accepted_at))
        return None

    def _go_or_end(self, message: Message, way: Go | Reason, now: int, plan: _Plan) -> None:
        if isinstance(way, Reason):
            error = OF_REASON.get(way, NetworkError.REJECTED_BY_OPERATOR)
            self._endings.end(message, State.REJECTED, error, now, plan.rows, plan.ended)
        else:
            self._let_go(message, way, now, plan)

    def _let_go(self, message: Message, way: Go, now: int, plan: _Plan) -> None:
        message.state = _SCHEDULED if message.due_at > now else _QUEUED
        if message.state is _QUEUED:
            message.connector = way.connector or self._dispatch.connector_for(message.route_id)
            message.node = self._dispatch.owner_of(message.connector)
            message.next_try_at = way.at  # its id is older than what its connector has fetched already
        plan.rows += [move_of(message), *way.rows]
        plan.going.append(message)

    def _write(self, plan: _Plan) -> None:
        if not plan.rows:
            return

        def then(verdict: Verdict) -> None:
            for key, accepted_at in plan.duplicates:
                self._duplicates.confirm(key, accepted_at)
            self._endings.committed(plan.ended, verdict)
            going = [message for message in plan.going if message.state is _QUEUED]
            for message in going:
                self._dispatch.requeued(message)
            for name in {message.connector for message in going}:
                self._dispatch.ready(name)

        self._journal.add(plan.rows, then)


def joined(parts: Sequence[Message]) -> Message:
    """The message of all its parts, in order: with the id of part 1, the price of all, still HELD."""
    first = parts[0]
    asked = [part for part in parts if _asks(part)]
    targets = asked[0].targets[1:] if asked else first.targets
    return replace(
        first,
        content=_content(parts),
        parts=len(parts),
        priority=min(part.priority for part in parts),
        price=sum(part.price for part in parts),
        expires_at=max(part.expires_at for part in parts),
        targets=targets,
        part=None,
        own_parts=tuple(
            OwnPart(part.id, part.accepted_at, part.shown_id or "", part.targets[0] if _asks(part) else "")
            for part in parts
        ),
        attempts=[],
    )


def _content(parts: Sequence[Message]) -> Content:
    content = parts[0].content
    segments = tuple(segment for part in parts for segment in part.content.segments)
    text = ""
    if content.kind is not Kind.BINARY:
        received = [receive(segment, content.coding or 0, has_header=segment[:1] != b"\0") for segment in segments]
        text = text_of(received) or "".join(part.content.text for part in parts)
    return replace(content, text=text, segments=segments)


def _is_one(parts: Sequence[Message]) -> bool:
    """False where the parts are in different alphabets, were paid from different purses, or only some were paid for at
    all: test mode was switched between them."""
    first = parts[0]
    return all(
        (part.content.coding, part.content.kind, part.purse, part.price > 0, part.due_at > part.accepted_at)
        == (first.content.coding, first.content.kind, first.purse, first.price > 0, first.due_at > first.accepted_at)
        for part in parts
    )


def _asks(part: Message) -> bool:
    return bool(part.targets) and part.targets[0].startswith("smpp:")


def _key(message: Message) -> Key:
    part = message.part
    assert part is not None
    return message.account_id, message.sender_asked or message.sender, message.recipient, part.reference, part.total
