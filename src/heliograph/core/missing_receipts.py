"""What a carrier took and sends no receipt for goes once more, over the next connector of its route, where the route
says so (`failover_on_missing_receipt_s`; decisions.md 1).

The first try stays open: a receipt that comes late counts as any other does, and ends the message even while it waits
for its second way. Once only, and never where a receipt has spoken of a part: from then on the message is
`maybe_twice`. If the second way is closed, the message waits for its first carrier again.
"""

from __future__ import annotations

from heliograph.core.directory import Directory
from heliograph.core.dispatch import Dispatch
from heliograph.core.inbound import Inbound
from heliograph.core.journal import Journal, Verdict
from heliograph.core.outcomes import Outcomes
from heliograph.core.routing import Rule
from heliograph.core.standing import waits_for_receipts
from heliograph.model.message import AttemptState, Message, MessageId, State
from heliograph.model.rows import Fence, Row, attempt_move
from heliograph.ports import Clock, Store

BATCH = 500
_WITH_CARRIER = frozenset({State.SENDING, State.SENT})


class MissingReceipts:
    """A job of upkeep, of each node for its own messages."""

    def __init__(
        self,
        *,
        directory: Directory,
        dispatch: Dispatch,
        outcomes: Outcomes,
        inbound: Inbound,
        journal: Journal,
        store: Store,
        clock: Clock,
        fence: Fence,
    ) -> None:
        self._directory = directory
        self._dispatch = dispatch
        self._outcomes = outcomes
        self._inbound = inbound
        self._journal = journal
        self._store = store
        self._clock = clock
        self._fence = fence
        self.moved = 0
        """How many messages went another way."""

    async def look(self) -> None:
        """Send on what has waited long enough."""
        for rule in self._directory.routing.impatient:
            after = (0, 0)
            while (after := await self._look_from(after, rule)) != (0, 0):
                pass

    async def _look_from(self, after: tuple[int, MessageId], rule: Rule) -> tuple[int, MessageId]:
        """A page of the messages of a route; where the next one begins, (0, 0) after the last."""
        now = self._clock.now()
        if not await self._store.unreported(rule.id, now, after, 1, self._fence):
            return 0, 0
        await self._journal.settle()  # what was answered or reported meanwhile is in what is read next
        found = await self._store.unreported(rule.id, now, after, BATCH, self._fence)
        rows: list[Row] = []
        moved: list[Message] = []
        for stored in found:
            message = self._inbound.in_hand(stored)
            if self._is_due(message, rule, now):
                self._send_on(message, rule, now, rows, moved)

        def then(verdict: Verdict) -> None:
            going = self._dispatch.going_again(moved, verdict)
            self.moved += len(going)
            for message in going:
                if message.state is State.QUEUED:
                    self._dispatch.requeued(message)
            for name in {message.connector for message in moved}:
                self._dispatch.pump(self._dispatch.lines[name])

        if rows:
            self._journal.add(rows, then)
            await self._journal.settle()
        return (found[-1].next_try_at, found[-1].id) if len(found) == BATCH else (0, 0)

    def _is_due(self, message: Message, rule: Rule, now: int) -> bool:
        if message.state not in _WITH_CARRIER or message.maybe_twice or message.expires_at <= now:
            return False
        if not waits_for_receipts(message):
            return False
        answered = max(attempt.answered_at for attempt in message.attempts)
        return answered + rule.failover_on_missing_receipt_s * 1000 <= now

    def _send_on(self, message: Message, rule: Rule, now: int, rows: list[Row], moved: list[Message]) -> None:
        other = self._other(message, rule)
        if other is None:
            return
        for attempt in message.attempts:
            if attempt.state is AttemptState.TAKEN:
                attempt.state = AttemptState.SILENT
                attempt.detail = f"no receipt came in {rule.failover_on_missing_receipt_s} s"
                rows.append(attempt_move(attempt))
        message.maybe_twice = True
        self._outcomes.requeue(message, other, now, rows, moved)

    def _other(self, message: Message, rule: Rule) -> str | None:
        """The next connector that has its link, has room in memory and was not tried; None if there is none."""
        tried = {attempt.connector for attempt in message.attempts}
        for name in rule.connectors:
            line = self._dispatch.lines[name]
            if name not in tried and line.connected and (line.lanes.has_room or not line.is_here):
                return name
        return None
