"""Another text for a message that has not left: the same id, other words, priced anew.

What replaces a message is admitted like a fresh one: its account, sender, number, route and price are looked at as they
are by now. What was paid goes back and what it costs by now is charged in the one group that changes the row; if that
cannot be paid, or anything else refuses it, the message stays as it was. While the group is under way nobody hands the
message over, ends it or releases it. What a carrier has seen is not replaced, nor what a mailing sent, nor parts that
became one message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from heliograph.core.admission import Admission, Call, NotAdmitted
from heliograph.core.backlog import Backlog
from heliograph.core.dispatch import Dispatch
from heliograph.core.holding import Holding
from heliograph.core.journal import Journal, Verdict
from heliograph.core.purses import Purses
from heliograph.core.routing import TEST_MODE
from heliograph.model.message import Kind, Message, MessageId, OwnPart, State, Submission
from heliograph.model.refusal import Accepted, Answer, Reason, Refused
from heliograph.model.rows import Replaced, charges_of
from heliograph.ports import Clock, Store

SOON_MS: Final = 2_000
"""What is due within that time is as good as released: another node may be reading it."""

_HELD, _QUEUED, _SCHEDULED = State.HELD, State.QUEUED, State.SCHEDULED
_KINDS: Final = frozenset({Kind.TEXT, Kind.FLASH, Kind.BINARY})
_NOT_HERE: Final = Refused(Reason.NOT_FOUND)

Read = Callable[[Message], Submission | None]
"""What is wanted of the message as it stands, due_at or validity_s None where they stay; None if it is not meant."""


@dataclass(slots=True)
class _Change:
    """A message, what it becomes, and what is held until the commit."""

    old: Message
    new: Message
    was_in_memory: bool = False


class Replace:
    """`validity_s` and `names_in_text` as for intake. Everything runs in the loop's thread."""

    def __init__(
        self,
        *,
        admission: Admission,
        store: Store,
        journal: Journal,
        dispatch: Dispatch,
        holding: Holding,
        purses: Purses,
        backlog: Backlog,
        clock: Clock,
    ) -> None:
        self._admission = admission
        self._store = store
        self._journal = journal
        self._dispatch = dispatch
        self._holding = holding
        self._purses = purses
        self._backlog = backlog
        self._clock = clock

    async def replace(self, message_id: MessageId, account_id: int, read: Read, done: Callable[[Answer], None]) -> None:
        """Give an account's message what `read` makes of it; `done` hears after the commit, or at once why not.

        NOT_FOUND says that there is no such message, or that it does not wait any more. Raises `StoreFailure` when it
        cannot be read, and what `read` raises; nothing has changed then.
        """
        if not self._journal.is_open or self._journal.is_full:
            done(Refused(Reason.BUSY))
            return
        found = await self._store.messages([message_id], account_id)
        old = next((one for one in found if one.id == message_id), None)
        wanted = read(old) if old is not None and self._may_change(old) else None
        if old is None or wanted is None:
            done(_NOT_HERE)
            return
        try:
            change = _Change(old, self._admitted(old, wanted))
        except NotAdmitted as refusal:
            done(refusal.refused)
            return
        refused = self._take_ids(change.new, old) or self._pay(old, change.new)
        if refused is not None:
            done(Refused(refused))
        elif not self._hold(change):
            self._give_back(old, change.new)
            done(_NOT_HERE)
        else:
            self._write(change, done)

    def _may_change(self, old: Message) -> bool:
        """Nothing of it has left, and it is nobody else's business."""
        if old.tries or old.campaign or old.content.kind not in _KINDS or (old.content.segments and old.part is None):
            return False
        if old.state is _QUEUED:
            return self._dispatch.is_ours(old)
        return old.state is _HELD or (old.state is _SCHEDULED and old.due_at > self._clock.now() + SOON_MS)

    def _admitted(self, old: Message, wanted: Submission) -> Message:
        """What it becomes; raises `NotAdmitted`."""
        now = self._clock.now()
        call = Call(now)
        lives_ms = old.expires_at - old.due_at
        is_moved, is_limited = wanted.due_at is not None, wanted.validity_s is not None
        wanted = replace(
            wanted,
            due_at=wanted.due_at or old.due_at,
            validity_s=wanted.validity_s or max(1, -(-lives_ms // 1000)),
            is_test=old.route_id == TEST_MODE.id,
        )
        new = self._admission.message(wanted, self._admission.account(wanted, call), call)
        if old.part is not None and new.parts > 1:
            raise NotAdmitted(Reason.TEXT_TOO_LONG)
        if new.due_at <= max(old.due_at, now) and not is_moved:
            new.due_at = old.due_at
        if not is_limited:
            new.expires_at = min(new.expires_at, new.due_at + lives_ms)
        new.id, new.request_id, new.shown_id, new.accepted_at = old.id, old.request_id, old.shown_id, old.accepted_at
        new.door, new.dialect, new.peer, new.priority = old.door, old.dialect, old.peer, old.priority
        new.node, new.epoch, new.part, new.replaced_at = old.node, old.epoch, old.part, now
        new.integration_id, new.comment, new.hidden = old.integration_id, old.comment, old.hidden
        new.state = old.state
        if new.state is _QUEUED:
            new.connector = old.connector
            if new.route_id != old.route_id:
                new.connector = self._dispatch.connector_for(new.route_id)
            new.next_try_at = new.due_at  # its id is older than what its connector has fetched already
        return new

    def _take_ids(self, new: Message, old: Message) -> Reason | None:
        """Ids for the parts it has not had; each that it had goes on leading to it."""
        ids = list(old.part_ids)
        missing = new.parts - len(ids)
        if not old.own_parts and missing <= 0:
            return None
        if missing > 0:
            first = self._store.take_ids(missing)
            if first is None:
                return Reason.BUSY
            ids += range(first, first + missing)
        new.own_parts = tuple([OwnPart(part_id, new.accepted_at) for part_id in ids[: new.parts]])
        return None

    def _pay(self, old: Message, new: Message) -> Reason | None:
        """Hold what the new one costs beyond the old one; what it costs less is given back after the commit."""
        more = new.price - (old.price if old.purse == new.purse else 0)
        return None if more <= 0 or self._purses.reserve(new.purse, more) else Reason.NO_MONEY

    def _hold(self, change: _Change) -> bool:
        old = change.old
        if old.state is _HELD:
            return self._holding.withdraw(old) is not None
        was_in_memory = self._dispatch.hold(old)
        change.was_in_memory = bool(was_in_memory)
        return was_in_memory is not None

    def _write(self, change: _Change, done: Callable[[Answer], None]) -> None:
        old, new = change.old, change.new
        known = set(old.part_ids) if old.own_parts else {old.id}
        row = Replaced(
            new,
            old.state,
            old.purse,
            old.price,
            charges_of(old),
            tuple([part_id for part_id in new.part_ids if part_id not in known]) if new.own_parts else (),
        )

        def then(verdict: Verdict) -> None:
            reason = verdict.get(new.id)
            self._after_commit(change, is_new=reason is None)
            done(Accepted(new) if reason is None else _NOT_HERE if reason is Reason.BUSY else Refused(reason))

        self._journal.add([row], then)

    def _after_commit(self, change: _Change, *, is_new: bool) -> None:
        old, new = change.old, change.new
        if is_new:
            self._give_back(new, old)
            self._backlog.moved(old, old.state, None)
            self._backlog.moved(new, None, new.state)
        else:
            self._give_back(old, new)
        if old.state is _HELD:
            self._holding.committed([new if is_new else old])
        else:
            self._dispatch.changed(old, new if is_new else None, was_in_memory=change.was_in_memory)

    def _give_back(self, stays: Message, goes: Message) -> None:
        """What is paid beyond what the message that stays costs."""
        less = goes.price - (stays.price if stays.purse == goes.purse else 0)
        if less > 0:
            self._purses.give_back(goes.purse, less)
