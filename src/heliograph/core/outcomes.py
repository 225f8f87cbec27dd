"""What connectors answer: each attempt's outcome becomes rows, and where the message goes next.

Taken, refused, out of reach, in doubt: `Outcomes.settled` takes them in lists, in any order and grouping, and adds one
work to the journal for the whole list. The policy is `retry` and the route's `in_doubt`; this module only carries it
out.
"""

from __future__ import annotations

from collections.abc import Callable

from heliograph.core.awaiting import Awaiting
from heliograph.core.backlog import Backlog
from heliograph.core.directory import Directory
from heliograph.core.dispatch import Dispatch
from heliograph.core.endings import Ended, Endings, move_of
from heliograph.core.journal import Failpoint, Journal, Verdict
from heliograph.core.line import Line
from heliograph.core.retry import Again, after_failure
from heliograph.core.standing import best_attempts, parts_taken, parts_to_send
from heliograph.core.upstream_ids import UpstreamIds
from heliograph.model.message import Attempt, AttemptState, Message, MessageId, State
from heliograph.model.outcome import Failed, InDoubt, Outcome, Taken
from heliograph.model.rows import Row, attempt_move
from heliograph.ports import Clock, Settled

_TAKEN, _IN_DOUBT, _SENT = AttemptState.TAKEN, AttemptState.IN_DOUBT, State.SENT


class Outcomes:
    """The way of an outcome into the journal."""

    def __init__(
        self,
        *,
        directory: Directory,
        dispatch: Dispatch,
        journal: Journal,
        clock: Clock,
        endings: Endings,
        backlog: Backlog,
        awaiting: Awaiting,
        match_early: Callable[[list[Attempt]], None],
        ids: UpstreamIds,
        failpoint: Failpoint,
    ) -> None:
        self._directory = directory
        self._dispatch = dispatch
        self._journal = journal
        self._clock = clock
        self._endings = endings
        self._backlog = backlog
        self._awaiting = awaiting
        self._match_early = match_early
        self._ids = ids
        self._failpoint = failpoint
        self._failures: dict[MessageId, Failed] = {}
        self.taken = 0
        self.failed = 0
        self.in_doubt = 0

    def settled(self, outcomes: list[Settled]) -> None:
        """Plan what follows from each outcome and journal it in one work."""
        self._failpoint("after_answer")
        now = self._clock.now()
        rows: list[Row] = []
        ended = Ended()
        requeued: list[Message] = []
        taken: list[Attempt] = []
        late: list[Attempt] = []
        lines: dict[str, Line] = {}
        for attempt, outcome in outcomes:
            line = self._dispatch.lines.get(attempt.connector)
            if line is not None:
                lines[line.name] = line
            if type(outcome) is Taken:
                if attempt.state is _IN_DOUBT:
                    self._taken_after_all(attempt, outcome, now, rows, late)
                    continue
                attempt.state = _TAKEN
                attempt.upstream_id = outcome.upstream_id
                attempt.answered_at = now
                rows.append(attempt)
                taken.append(attempt)
                if attempt.message.parts == 1:
                    attempt.message.state = _SENT
                    continue
            else:
                self._not_taken(attempt, outcome, line, now, rows)
            self._decide(attempt.message, now, rows, ended, requeued)
        self._register(taken, lines)
        self._await(late)

        def then(verdict: Verdict) -> None:
            self._endings.committed(ended, verdict)
            for message in self._dispatch.going_again(requeued, verdict):
                self._dispatch.requeued(message)
                lines.setdefault(message.connector, self._dispatch.lines[message.connector])
            for line in lines.values():
                self._dispatch.pump(line)

        if ended.messages or requeued:
            self._journal.add(rows, then)
        else:
            self._journal.add(rows, may_wait=True)  # only ids are to be kept: without them the message is in doubt
        for line in lines.values():
            self._dispatch.pump(line)

    def _taken_after_all(
        self, attempt: Attempt, outcome: Taken, now: int, rows: list[Row], late: list[Attempt]
    ) -> None:
        """Its answer came when it was in doubt already: from now on its receipt will find it. Not while the message
        waits to be sent once more, for then another object may be the one that goes."""
        message = attempt.message
        is_ours = message.state is State.IN_DOUBT or any(one.try_no > attempt.try_no for one in message.attempts)
        if message.is_final or not is_ours:
            return
        late.append(attempt)
        attempt.state, attempt.upstream_id, attempt.answered_at, attempt.detail = _TAKEN, outcome.upstream_id, now, ""
        rows.append(attempt_move(attempt))
        if message.state is State.IN_DOUBT and not parts_to_send(message):
            message.state = State.SENDING  # with all its parts taken that is SENT, which is not written
            rows.append(move_of(message))
            message.state = _SENT

    def _register(self, taken: list[Attempt], lines: dict[str, Line]) -> None:
        monotonic = self._clock.monotonic()
        for line in lines.values():
            line.settled(len(taken), monotonic)
        if not taken:
            return
        self.taken += len(taken)
        self._ids.answered(taken[-1].connector, taken[-1].upstream_id)
        for line in lines.values():
            line.throttles_in_row = 0
        self._await(taken)

    def _await(self, taken: list[Attempt]) -> None:
        early = [attempt for attempt in taken if self._awaiting.add(attempt)]
        if early:
            self._match_early(early)

    def _not_taken(self, attempt: Attempt, outcome: Outcome, line: Line | None, now: int, rows: list[Row]) -> None:
        attempt.answered_at = now
        if isinstance(outcome, Failed):
            self.failed += 1
            attempt.state = AttemptState.FAILED
            attempt.error = outcome.error
            attempt.detail = outcome.detail
            if line is not None and outcome.throttled:
                line.throttled(self._clock.monotonic(), outcome.retry_after_ms)
            known = self._failures.get(attempt.message.id)
            if known is None or (outcome.permanent and not known.permanent):
                self._failures[attempt.message.id] = outcome
        elif isinstance(outcome, InDoubt):
            self.in_doubt += 1
            attempt.state = AttemptState.IN_DOUBT
            attempt.detail = outcome.detail
        rows.append(attempt)
        if attempt.message.parts > 1 and line is not None and isinstance(outcome, Failed) and outcome.permanent:
            self._withdraw(attempt.message, line)

    def _withdraw(self, message: Message, line: Line) -> None:
        """One part failed for good: the parts that were not written yet are not sent (decisions.md 2)."""
        mine = [attempt for attempt in line.outbox if attempt.message is message]
        for attempt in mine:
            line.outbox.remove(attempt)
            message.attempts.remove(attempt)

    def _decide(self, message: Message, now: int, rows: list[Row], ended: Ended, requeued: list[Message]) -> None:
        """Once no try of the message is open: is it all out, does it go again, or is it over?"""
        best = best_attempts(message)
        if any(attempt.state is AttemptState.OPEN for attempt in message.attempts):
            return
        failure = self._failures.pop(message.id, None)
        if not parts_to_send(message):
            message.state = State.SENT
            return
        doubtful = any(attempt is not None and attempt.state is AttemptState.IN_DOUBT for attempt in best)
        if doubtful and (failure is None or not failure.permanent):
            self.decide_doubt(message, now, rows, requeued)
            return
        if failure is None:
            return
        rule = self._directory.routing.rule(message.route_id)
        connectors = rule.connectors if rule is not None else (message.connector,)
        if failure.permanent and rule is not None and not rule.failover_on_refusal:
            connectors = (message.connector,)
        what = after_failure(message, failure, connectors, self._dispatch.is_connected, now)
        if isinstance(what, Again):
            self.requeue(message, what.connector, what.at or now, rows, requeued)
        elif not self._endings.back_to_carrier(message, rows):
            self._endings.end(message, State.REJECTED, what.error, now, rows, ended)

    def decide_doubt(self, message: Message, now: int, rows: list[Row], requeued: list[Message]) -> None:
        """Resend once and mark it, perhaps over another connector, or hold: the route's policy (decisions.md 1)."""
        rule = self._directory.routing.rule(message.route_id)
        if (rule is not None and rule.in_doubt == "hold") or message.maybe_twice:
            message.state = State.IN_DOUBT
            rows.append(move_of(message))
            return
        message.maybe_twice = True
        connector = message.connector
        if rule is not None and rule.failover_on_timeout and not parts_taken(message):
            others = (name for name in rule.connectors if name != connector and self._dispatch.is_connected(name))
            connector = next(others, connector)
        self.requeue(message, connector, now, rows, requeued)

    def requeue(self, message: Message, connector: str, at: int, rows: list[Row], requeued: list[Message]) -> None:
        """Plan another try over `connector`, not before `at` (ms)."""
        self._backlog.moved(message, message.state, State.QUEUED)
        message.state = State.QUEUED
        message.connector = connector
        message.node = self._dispatch.owner_of(connector)
        message.next_try_at = at
        rows.append(move_of(message))
        requeued.append(message)
