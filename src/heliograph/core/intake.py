"""The one way in: submissions become messages, or are refused with a reason.

Every door calls `submit`; no rule of the business lives in a door. Per item: account → limits → sender, recipient,
text → stop list → route → price → duplicate → money → a message with an id, a reserved slot and a state. All items of
a call are one work for the journal, and the answer comes after its commit. What is held before the commit (money, the
duplicate key, the slot) is given back if the store did not take the item.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from heliograph.channels.sms import NotText, TooLong
from heliograph.channels.sms.content import alphabet_kept, weigh
from heliograph.core.backlog import Backlog
from heliograph.core.directory import Directory
from heliograph.core.dispatch import Dispatch
from heliograph.core.errors import OF_REASON, NetworkError
from heliograph.core.guards import DuplicateKey, Duplicates
from heliograph.core.journal import Journal, Verdict
from heliograph.core.limits import TokenBucket
from heliograph.core.purses import Purses
from heliograph.core.routing import TEST_MODE, Rule
from heliograph.model.account import HANDLER, Account
from heliograph.model.message import Content, Kind, Message, MessageId, Priority, State, Submission
from heliograph.model.refusal import Accepted, Answer, Reason, Refused
from heliograph.model.rows import Fence, Row
from heliograph.ports import Clock, Store

BULK_FROM = 101
"""Requests with more recipients than a hundred are bulk (decisions.md 5)."""

WITHOUT_HANDLER = frozenset({"control", "console"})
"""Doors by which people send, not programs: a handler is not told of what they sent (smsc-messages.md 10.1)."""


@dataclass(slots=True)
class _Call:
    """What the items of one call share, found out once: the items of a list mostly differ by their number alone."""

    now: int
    request_id: MessageId = 0
    submission: Submission | None = None
    account: Account | None = None
    endpoints: tuple[str, ...] = ()
    endpoints_and_handler: tuple[str, ...] = ()
    content: Content | None = None
    coding: int = 0
    parts: int = 0


@dataclass(slots=True)
class _Draft:
    """An admitted item with what it holds until the commit."""

    index: int
    message: Message
    duplicate: DuplicateKey | None
    refused: Refused | None = None


class _Refuse(Exception):
    """Leaves the admission of one item; never leaves this module."""

    def __init__(self, reason: Reason, detail: str = "", field: str = "") -> None:
        self.refused = Refused(reason, detail, field)


class Intake:
    """Admission of submissions. `validity_s` is what a message gets whose sender named none."""

    def __init__(
        self,
        *,
        directory: Directory,
        purses: Purses,
        duplicates: Duplicates,
        backlog: Backlog,
        journal: Journal,
        dispatch: Dispatch,
        store: Store,
        clock: Clock,
        fence: Fence,
        validity_s: int,
        watch: Callable[[list[Message]], None],
    ) -> None:
        self._directory = directory
        self._purses = purses
        self._duplicates = duplicates
        self._backlog = backlog
        self._journal = journal
        self._dispatch = dispatch
        self._store = store
        self._clock = clock
        self._fence = fence
        self._validity_s = validity_s
        self._watch = watch
        self._speeds: dict[int, TokenBucket] = {}
        self.is_stopping = False
        self.accepted = 0
        self.refused = 0

    async def submit(self, submissions: list[Submission]) -> list[Answer]:
        """One answer per submission, in order, after everything accepted is durable. Nothing is raised."""
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()

        def then(answers: list[Answer]) -> None:
            if not answered.done():
                answered.set_result(answers)

        self.submit_then(submissions, then)
        return await answered

    def submit_then(self, submissions: list[Submission], then: Callable[[list[Answer]], None]) -> None:
        """The same for callers that cannot wait; `then` may be called before this returns if nothing was admitted."""
        if self.is_stopping or not self._journal.is_open or self._journal.is_full:
            then([Refused(Reason.BUSY) for _ in submissions])
            return
        now = self._clock.now()
        answers: list[Answer] = [Refused(Reason.INTERNAL)] * len(submissions)
        drafts: list[_Draft] = []
        call = _Call(now)
        for index, submission in enumerate(submissions):
            try:
                drafts.append(self._admit(submission, index, call))
            except _Refuse as refusal:
                answers[index] = refusal.refused
        if not drafts:
            self.refused += len(answers)
            then(answers)
            return
        rows: list[Row] = [draft.message for draft in drafts]
        size = sum(len(draft.message.content.text) for draft in drafts)
        bulk = all(draft.message.priority is Priority.BULK for draft in drafts)

        def committed(verdict: Verdict) -> None:
            self._after_commit(drafts, verdict, answers)
            then(answers)

        self._journal.accept(rows, committed, size=size, bulk=bulk)

    def quote(self, submissions: list[Submission]) -> list[Message | Refused]:
        """What each would become: parts, price, operator; or why not. It has no id, and nothing is reserved or kept."""
        call = _Call(self._clock.now())
        quotes: list[Message | Refused] = []
        for submission in submissions:
            try:
                quotes.append(self._message(submission, self._account(submission, call), call))
            except _Refuse as refusal:
                quotes.append(refusal.refused)
        return quotes

    # -- admission -------------------------------------------------------------------------------------------------

    def _admit(self, submission: Submission, index: int, call: _Call) -> _Draft:
        """Check one item from left to right and reserve what it needs; raises `_Refuse` with nothing held."""
        account = self._account(submission, call)
        duplicate: DuplicateKey | None = None
        try:
            message = self._message(submission, account, call)
            self._check_load(account, message.parts, call.now)
            duplicate = self._reserve_duplicate(submission, call.now)
            self._reserve_money(message)
        except _Refuse as refusal:
            if duplicate is not None:
                self._duplicates.release(duplicate)
            if not submission.keep_refused or refusal.refused.reason not in OF_REASON:
                raise
            message = self._kept_refusal(submission, account, refusal.refused, call)
            return _Draft(index, message, None, refusal.refused)
        try:
            self._take_id(message, call)
        except _Refuse:
            if duplicate is not None:
                self._duplicates.release(duplicate)
            raise
        if message.state is State.QUEUED:
            rule = self._directory.routing.rule(message.route_id)
            assert rule is not None
            self._dispatch.place(message, rule.connectors, may_fail_over=rule.failover_on_disconnect)
        self._backlog.moved(message, None, message.state)
        return _Draft(index, message, duplicate)

    def _account(self, submission: Submission, call: _Call) -> Account:
        known = call.submission
        if known is not None and known.account_id == submission.account_id and known.door == submission.door:
            assert call.account is not None
            return call.account
        account = self._directory.account(submission.account_id)
        if account is None or not account.settings.active:
            raise _Refuse(Reason.BAD_CREDENTIALS)
        if submission.door in account.settings.closed_doors:
            raise _Refuse(Reason.DOOR_CLOSED)
        call.submission, call.account, call.content = submission, account, None
        endpoints = [endpoint for endpoint in self._directory.endpoints(account.id) if "status" in endpoint.events]
        call.endpoints = tuple(endpoint.target for endpoint in endpoints if endpoint.kind != HANDLER)
        call.endpoints_and_handler = call.endpoints
        if submission.door not in WITHOUT_HANDLER:
            call.endpoints_and_handler = tuple(endpoint.target for endpoint in endpoints)
        return account

    def _message(self, submission: Submission, account: Account, call: _Call) -> Message:
        """Text, number, sender, route and price: everything that needs no reservation."""
        kind = submission.content.kind
        if kind is not Kind.HLR and not self._directory.may_send_as(account, submission.sender):
            raise _Refuse(Reason.BAD_SENDER, field="sender")
        if not submission.recipient:
            raise _Refuse(Reason.BAD_RECIPIENT, field="recipient")
        if submission.content is not call.content:
            call.coding, call.parts = _measured(submission.content, account.settings.national)
            call.content = submission.content
        now, parts = call.now, call.parts
        if self._directory.stop_listed(account, submission.recipient):
            raise _Refuse(Reason.STOP_LISTED)
        due_at = max(now, submission.due_at or now)
        operator = self._directory.operator(submission.recipient)
        rule = self._directory.routing.choose(account, submission.sender, submission.recipient, operator, kind)
        if rule is None:
            raise _Refuse(Reason.NO_ROUTE)
        if rule.block:
            raise _Refuse(Reason.FORBIDDEN, detail=rule.id)
        line = self._directory.tariffs.price(account.tariff, submission.recipient, operator, kind)
        if line is None:
            raise _Refuse(Reason.NO_TARIFF)
        message = self._blank(submission, account, now)
        message.coding, message.parts = call.coding, parts
        message.due_at = due_at
        message.expires_at = due_at + self._validity(submission, rule) * 1000
        message.state = State.SCHEDULED if due_at > now else State.QUEUED
        message.route_id = TEST_MODE.id if account.settings.test_mode else rule.id
        message.tariff_line = line.id
        message.price = 0 if account.settings.test_mode else line.per_part * parts
        message.purse = account.second_purse if line.purse == "second" and account.second_purse else account.purse
        message.operator = f"{operator.mcc}{operator.mnc}" if operator is not None else ""
        target = submission.receipt_target
        message.targets = (target, *call.endpoints) if target else call.endpoints_and_handler
        return message

    def _validity(self, submission: Submission, rule: Rule) -> int:
        """Seconds from the due time; the route's cap wins over everything."""
        validity_s = submission.validity_s or self._validity_s
        return min(validity_s, rule.max_validity_s) if rule.max_validity_s else validity_s

    def _blank(self, submission: Submission, account: Account, now: int) -> Message:
        priority = submission.priority
        if priority is None:
            priority = Priority.BULK if submission.batch >= BULK_FROM else Priority.NORMAL
        if account.settings.transactional and priority is Priority.NORMAL:
            priority = Priority.URGENT
        return Message(
            id=0,
            account_id=account.id,
            channel=submission.channel,
            sender=submission.sender,
            recipient=submission.recipient,
            recipient_given=submission.recipient_given,
            content=submission.content,
            coding=0,
            parts=1,
            state=State.QUEUED,
            priority=priority,
            door=submission.door,
            dialect=submission.dialect,
            peer=submission.peer,
            request_id=0,
            accepted_at=now,
            due_at=now,
            expires_at=now,
            connector="",
            route_id="",
            tariff_line="",
            purse=account.purse,
            price=0,
            revision=self._directory.revision,
            integration_id=submission.integration_id,
            shown_id=submission.shown_id,
            comment=submission.comment,
            node=self._fence.node,
            epoch=self._fence.epoch,
        )

    def _kept_refusal(self, submission: Submission, account: Account, refused: Refused, call: _Call) -> Message:
        """A refusal that keeps an id: a stored REJECTED message without a charge (decisions.md 4)."""
        message = self._blank(submission, account, call.now)
        message.state = State.REJECTED
        message.final_at = call.now
        message.refusal = refused.reason.value
        message.error = OF_REASON.get(refused.reason, NetworkError.REJECTED_BY_OPERATOR)
        self._take_id(message, call)
        return message

    def _check_load(self, account: Account, parts: int, now: int) -> None:
        if self._backlog.is_full_for(account, parts):
            raise _Refuse(Reason.QUEUE_FULL)
        speed = account.settings.speed
        if speed:
            bucket = self._speeds.get(account.limits_of)
            if bucket is None or bucket.rate != speed:
                bucket = self._speeds[account.limits_of] = TokenBucket(speed, max(speed, 255))
            monotonic = self._clock.monotonic()
            if bucket.available(monotonic) < parts:
                raise _Refuse(Reason.TOO_MANY_REQUESTS)
            bucket.spend(monotonic, parts)

    def _reserve_duplicate(self, submission: Submission, now: int) -> DuplicateKey | None:
        if submission.duplicate_window_s <= 0:
            return None
        key = self._duplicates.reserve(
            submission.dialect,
            submission.account_id,
            submission.sender,
            submission.recipient,
            submission.content.text,
            submission.duplicate_window_s,
            now,
        )
        if isinstance(key, Reason):
            raise _Refuse(key)
        return key

    def _reserve_money(self, message: Message) -> None:
        if message.price and not self._purses.reserve(message.purse, message.price):
            raise _Refuse(Reason.NO_MONEY)

    def _take_id(self, message: Message, call: _Call) -> None:
        first = self._store.take_ids(message.parts)
        if first is None:
            if message.price and message.state is not State.REJECTED:
                self._purses.give_back(message.purse, message.price)
            raise _Refuse(Reason.BUSY)
        call.request_id = call.request_id or first
        message.id, message.request_id = first, call.request_id
        if message.shown_id == "":
            message.shown_id = None if first == call.request_id else str(call.request_id)

    # -- after the commit ------------------------------------------------------------------------------------------

    def _after_commit(self, drafts: list[_Draft], verdict: Verdict, answers: list[Answer]) -> None:
        going: list[Message] = []
        kept: list[Message] = []
        for draft in drafts:
            message = draft.message
            reason = verdict.get(message.id) if verdict else None
            if reason is not None:
                self._give_back(draft)
                answers[draft.index] = Refused(reason)
                continue
            if draft.duplicate is not None:
                self._duplicates.confirm(draft.duplicate, message.accepted_at)
            kept.append(message)
            if draft.refused is not None:
                refused = draft.refused
                answers[draft.index] = Refused(refused.reason, refused.detail, refused.field, message)
                continue
            answers[draft.index] = Accepted(message)
            if message.state is not State.SCHEDULED:
                going.append(message)
        accepted = sum(isinstance(answer, Accepted) for answer in answers)
        self.accepted += accepted
        self.refused += len(answers) - accepted
        self._dispatch.committed(going)
        self._watch(kept)

    def _give_back(self, draft: _Draft) -> None:
        message = draft.message
        if draft.duplicate is not None:
            self._duplicates.release(draft.duplicate)
        if message.state is State.REJECTED:
            return
        if message.price:
            self._purses.give_back(message.purse, message.price)
        self._backlog.moved(message, message.state, None)
        self._dispatch.release(message)


def _measured(content: Content, languages: tuple[int, ...]) -> tuple[int, int]:
    if not content.text and not content.data and content.kind not in (Kind.HLR, Kind.PING):
        raise _Refuse(Reason.BAD_TEXT, "the text is empty", "text")
    try:
        counted = weigh(content, languages=languages)
    except TooLong as error:
        raise _Refuse(Reason.TEXT_TOO_LONG, str(error), "text") from error
    except NotText as error:
        raise _Refuse(Reason.BAD_TEXT, str(error), "text") from error
    return alphabet_kept(counted), counted.parts
