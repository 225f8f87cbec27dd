"""The one way in: submissions become messages, or are refused with a reason.

Every door calls `submit`; no rule of the business lives in a door. Per item: account → sender, recipient, text → stop
list → route → price (`admission`) → limits → duplicate → money; then ids, slots and one work for the journal for all
that is left of a call, and the answer after its commit. What is held before the commit (money, the duplicate key, the
slot) is given back if the store did not take the item.

Calls of one turn of the loop go this way side by side, step by step, and so does what one group of the journal wrote:
a hundred callers with a message each cost much less than a hundred times one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from heliograph.core.admission import Admission, Call, NotAdmitted
from heliograph.core.backlog import Backlog
from heliograph.core.directory import Directory
from heliograph.core.dispatch import Dispatch
from heliograph.core.errors import OF_REASON
from heliograph.core.guards import DuplicateKey, Duplicates, between_nodes, scope_of
from heliograph.core.holding import Holding
from heliograph.core.journal import Fault, Journal, Verdict
from heliograph.core.limits import TokenBucket
from heliograph.core.purses import Purses
from heliograph.core.terms import Counted, DayCounts, local_day, row_of
from heliograph.model.account import PASS, Account
from heliograph.model.limits import Limits
from heliograph.model.message import Message, PartOf, Priority, State, Submission
from heliograph.model.refusal import Accepted, Answer, Reason, Refused
from heliograph.model.rows import Fence, Row
from heliograph.ports import Clock, Store

_HELD, _QUEUED, _SCHEDULED = State.HELD, State.QUEUED, State.SCHEDULED
UNDECIDED = Refused(Reason.INTERNAL)
"""Stands where the answer of an admitted item will stand after the commit."""

PASSING = frozenset({Reason.BUSY, Reason.QUEUE_FULL, Reason.TOO_MANY_REQUESTS, Reason.NO_MONEY})
"""Refusals of today. A mailing is admitted in order up to the first of them, and goes on from there."""

Moving = Callable[[Sequence[Answer], list[Message]], Sequence[Row]]
"""(the answers so far, UNDECIDED for what is admitted; the messages that will be kept) → rows of the same group."""


@dataclass(slots=True)
class _Draft:
    """An admitted item with what it holds until the commit."""

    index: int
    message: Message
    duplicate: DuplicateKey | None
    refused: Refused | None = None
    day: Counted | None = None


@dataclass(slots=True)
class _Request:
    """What was submitted in one call."""

    submissions: list[Submission]
    then: Callable[[list[Answer]], None]
    moving: Moving | None
    answers: list[Answer]
    drafts: list[_Draft] = field(default_factory=list)


def decided(answers: Sequence[Answer]) -> int:
    """How many items stand before the first that has to be tried again."""
    for index, answer in enumerate(answers):
        if isinstance(answer, Refused) and answer.reason in PASSING:
            return index
    return len(answers)


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
        holding: Holding,
        watch: Callable[[list[Message]], None],
        on_fault: Fault,
        days: DayCounts | None = None,
        names_in_text: bool = False,
    ) -> None:
        self._purses = purses
        self._duplicates = duplicates
        self._backlog = backlog
        self._journal = journal
        self._dispatch = dispatch
        self._store = store
        self._clock = clock
        self._admission = Admission(directory, fence, validity_s, names_in_text=names_in_text)
        self._holding = holding
        self._watch = watch
        self._on_fault = on_fault
        self._submitted: list[_Request] = []
        self._committed: list[tuple[_Request, Verdict]] = []
        journal.after_group = self._after_group
        self._days = days or DayCounts()
        self._speeds: dict[int, TokenBucket] = {}
        self.is_stopping = False
        self.nodes = 1
        """How many take messages for the same accounts: each grants its share of their speed."""
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

    def submit_then(
        self, submissions: list[Submission], then: Callable[[list[Answer]], None], moving: Moving | None = None
    ) -> None:
        """The same for callers that cannot wait. What is submitted in one turn of the loop is admitted together, after
        it: one list costs a fifth less than as many calls.

        `moving` makes rows for the same group: a mailing's cursor moves with its messages, or not at all, and so does
        an idempotency key. It is asked only if something was admitted.
        """
        self._submitted.append(_Request(submissions, then, moving, [UNDECIDED] * len(submissions)))
        if len(self._submitted) == 1:
            asyncio.get_running_loop().call_soon(self._admit)

    def quote(self, submissions: list[Submission]) -> list[Message | Refused]:
        """What each would become: parts, price, operator; or why not. It has no id, and nothing is reserved or kept."""
        call, admission = Call(self._clock.now()), self._admission
        quotes: list[Message | Refused] = []
        for submission in submissions:
            try:
                quotes.append(admission.message(submission, admission.account(submission, call), call))
            except NotAdmitted as refusal:
                quotes.append(refusal.refused)
        return quotes

    # -- admission -------------------------------------------------------------------------------------------------

    def _admit(self) -> None:
        """All that was submitted in one turn of the loop."""
        submitted, self._submitted = self._submitted, []
        if self.is_stopping or not self._journal.is_open or self._journal.is_full:
            for request in submitted:
                request.answers = [Refused(Reason.BUSY) for _ in request.submissions]
                self._answer(request)
            return
        call = Call(self._clock.now())
        for request in submitted:
            try:
                self._reserve(request, call)
                self._take_ids(request)
            except Exception as error:  # a bug that one request finds is not the others'
                self._fail(request, error)
        self._place([request for request in submitted if request.drafts])
        for request in submitted:
            if request.drafts:
                self._keep(request)
            else:
                self.refused += len(request.answers)
                self._answer(request)
        self._after_group()

    def _keep(self, request: _Request) -> None:
        """One work for the journal: its items are written together, and fail alone."""
        drafts = request.drafts
        size = sum([len(draft.message.content.text) + len(draft.message.content.data) for draft in drafts])
        bulk = all(draft.message.priority is Priority.BULK for draft in drafts)
        try:
            rows = self._rows(request)
        except Exception as error:
            self._on_fault("admission", error)
            request.answers = [UNDECIDED] * len(request.answers)
            self._commit(request, {draft.message.id: Reason.INTERNAL for draft in drafts})
        else:
            self._journal.accept(rows, partial(self._commit, request), size=size, bulk=bulk)

    def _rows(self, request: _Request) -> list[Row]:
        """What one request writes."""
        drafts, submissions = request.drafts, request.submissions
        rows: list[Row] = [draft.message for draft in drafts]
        if self._duplicates.is_shared:
            rows += [
                between_nodes(submissions[draft.index], draft.message.id, draft.message.accepted_at)
                for draft in drafts
                if draft.duplicate is not None
            ]
        if self._days.is_shared:
            rows += [row_of(draft.message.id, draft.day) for draft in drafts if draft.day is not None]
        if request.moving is not None:
            rows += request.moving(request.answers, [draft.message for draft in drafts])
        return rows

    def _fail(self, request: _Request, error: Exception) -> None:
        """A bug of ours: it is told so, and what was reserved for it is given back."""
        self._on_fault("admission", error)
        for draft in request.drafts:
            self._give_back(draft)
        request.drafts = []
        request.answers = [UNDECIDED] * len(request.answers)

    def _answer(self, request: _Request) -> None:
        try:
            request.then(request.answers)
        except Exception as error:  # a bug of who asked is not the others'
            self._on_fault("answer", error)

    # -- what is reserved ------------------------------------------------------------------------------------------

    def _reserve(self, request: _Request, call: Call) -> None:
        """The items that are let in become drafts, each with its money and its duplicate key; the rest are answered."""
        admission, submissions, answers, drafts = self._admission, request.submissions, request.answers, request.drafts
        for index, submission in enumerate(submissions):
            account: Account | None = None
            duplicate: DuplicateKey | None = None
            day: Counted | None = None
            try:
                account = admission.account(submission, call)
                message = admission.message(submission, account, call)
                self._check_load(message.parts, call)
                if submission.part is not None:
                    self._take_part(message, submission.part, account)
                if submission.duplicate_window_s > 0:
                    duplicate = self._reserve_duplicate(submission, call.now)
                if call.limits is not None and call.limits.counts and message.state is not _HELD:
                    day = self._count(message, account, call.limits)
                if message.price and not self._purses.reserve(message.purse, message.price):
                    raise NotAdmitted(Reason.NO_MONEY)
                drafts.append(_Draft(index, message, duplicate, None, day))
                call.let_in(message.parts)
            except Exception as error:
                if duplicate is not None:
                    self._duplicates.release(duplicate)
                if day is not None:
                    self._days.give_back(*day)
                refused = answers[index] = self._refusal(error)
                if submission.campaign and refused.reason in PASSING:
                    answers[index:] = [refused] * (len(answers) - index)
                    break
                if account is not None and submission.keep_refused and refused.reason in OF_REASON:
                    drafts.append(_Draft(index, admission.refused(submission, account, refused, call), None, refused))

    def _refusal(self, error: Exception) -> Refused:
        if isinstance(error, NotAdmitted):
            return error.refused
        self._on_fault("admission", error)  # a bug that one item finds is not the others'
        return UNDECIDED

    def _check_load(self, parts: int, call: Call) -> None:
        """What the same call let in already is not in the backlog yet."""
        bounds = call.bounds
        assert bounds is not None
        if self._backlog.is_full_for(bounds, call.parts_of.get(bounds.id, 0) + parts, call.parts_in + parts):
            raise NotAdmitted(Reason.QUEUE_FULL)
        speed: float = bounds.settings.speed
        if speed:
            speed /= self.nodes
            bucket = self._speeds.get(bounds.id)
            if bucket is None or bucket.rate != speed:
                bucket = self._speeds[bounds.id] = TokenBucket(speed, max(speed, 255))
            monotonic = self._clock.monotonic()
            if bucket.available(monotonic) < parts:
                raise NotAdmitted(Reason.TOO_MANY_REQUESTS)
            bucket.spend(monotonic, parts)

    def _take_part(self, message: Message, part: PartOf, account: Account) -> None:
        """A part of a longer message waits for the others, unless its account wants it to go alone."""
        message.part = part
        if account.settings.parts == PASS:
            return
        if not self._holding.has_room(account.id):
            raise NotAdmitted(Reason.QUEUE_FULL)
        message.state = _HELD
        if self._holding.elsewhere is not None:
            message.node = 0

    def _count(self, message: Message, account: Account, limits: Limits) -> Counted:
        """One more today; raises `NotAdmitted` if that is one too many."""
        day = local_day(account.settings.zone, message.accepted_at)
        text = message.content.text or message.content.data.hex()
        counted = (account.limits_of or account.id, limits, day, message.recipient, text, message.peer)
        reason = self._days.reserve(*counted)
        if reason is not None:
            raise NotAdmitted(reason)
        return counted

    def _reserve_duplicate(self, submission: Submission, now: int) -> DuplicateKey:
        key = self._duplicates.reserve(
            scope_of(submission.dialect),
            submission.account_id,
            submission.sender,
            submission.recipient,
            submission.content.text,
            submission.duplicate_window_s,
            now,
        )
        if isinstance(key, Reason):
            raise NotAdmitted(key)
        return key

    def _take_ids(self, request: _Request) -> None:
        """Ids in order, consecutive for the whole call where so many are at hand; an item without one is BUSY.

        A call may bring several requests, such as all PDUs of one read: each is as long as its `batch` says.
        """
        drafts, submissions = request.drafts, request.submissions
        if not drafts:
            return
        following = self._store.take_ids(sum([draft.message.parts for draft in drafts]))
        request_id = end = 0
        short = False
        for draft in list(drafts):
            while end <= draft.index:
                end += submissions[end].batch
                request_id = 0
            message = draft.message
            first = None if short else self._store.take_ids(message.parts) if following is None else following
            if first is None:
                short = message.campaign > 0  # what comes behind in a mailing waits, too
                drafts.remove(draft)
                self._give_back(draft)
                request.answers[draft.index] = Refused(Reason.BUSY)
                continue
            if following is not None:
                following += message.parts
            request_id = request_id or first
            message.id, message.request_id = first, request_id
            if message.shown_id == "":
                message.shown_id = None if first == request_id else str(request_id)

    def _place(self, requests: list[_Request]) -> None:
        """Slots for all as one list; where that finds a bug, for each request alone."""
        try:
            self._take_slots([draft.message for request in requests for draft in request.drafts])
        except Exception as error:
            if len(requests) == 1:
                self._fail(requests[0], error)
                return
            for request in requests:
                self._place([request])

    def _take_slots(self, messages: list[Message]) -> None:
        """Slots for those that may go at once; from here on all are counted in the backlog. None if it raises."""
        try:
            passed = [message for message in messages if message.part is not None and message.state is _QUEUED]
            for message in passed:
                message.connector = self._holding.connector_of(message)
            self._dispatch.place([message for message in messages if message.state is _QUEUED])
            for message in passed:
                self._holding.went(message)
        except Exception:
            for message in messages:
                self._dispatch.release(message)
            raise
        for message in messages:
            self._backlog.moved(message, None, message.state)

    # -- after the commit ------------------------------------------------------------------------------------------

    def _commit(self, request: _Request, verdict: Verdict) -> None:
        """The journal has written it, or could not."""
        self._committed.append((request, verdict))

    def _after_group(self) -> None:
        """What a group of the journal brought goes its way as one list; then all who asked for it are answered."""
        if not self._committed:
            return
        committed, self._committed = self._committed, []
        going: list[Message] = []
        held: list[Message] = []
        kept: list[Message] = []
        for request, verdict in committed:
            for draft in request.drafts:
                if self._decide(draft, verdict, request.answers):
                    message = draft.message
                    kept.append(message)
                    if message.state is _HELD:
                        held.append(message)
                    elif draft.refused is None and message.state is not _SCHEDULED:
                        going.append(message)
        for take, messages in ((self._dispatch.committed, going), (self._holding.committed, held), (self._watch, kept)):
            try:
                if messages:
                    take(messages)
            except Exception as error:  # a bug behind the door: it is kept, and whoever asked is told so
                self._on_fault("after commit", error)
        for request, _ in committed:
            accepted = sum([isinstance(answer, Accepted) for answer in request.answers])
            self.accepted += accepted
            self.refused += len(request.answers) - accepted
            self._answer(request)

    def _decide(self, draft: _Draft, verdict: Verdict, answers: list[Answer]) -> bool:
        """Put the answer of an item in its place. True if the store has taken it; else it is given back."""
        message, refused = draft.message, draft.refused
        if verdict and (reason := verdict.get(message.id)) is not None:
            self._give_back(draft, reason)
            self._backlog.moved(message, message.state, None)
            self._dispatch.release(message)
            answers[draft.index] = Refused(reason)
            return False
        if draft.duplicate is not None:
            self._duplicates.confirm(draft.duplicate, message.accepted_at)
        if refused is not None:
            answers[draft.index] = Refused(refused.reason, refused.detail, refused.field, message)
        else:
            answers[draft.index] = Accepted(message)
        return True

    def _give_back(self, draft: _Draft, reason: Reason = Reason.BUSY) -> None:
        """The duplicate key, the place in the day's count, and the money: unless the store has found that it is not
        there, spent on another node."""
        message = draft.message
        if draft.day is not None:
            self._days.give_back(*draft.day)
        if draft.duplicate is not None:
            self._duplicates.release(draft.duplicate)
        if message.price and not (reason is Reason.NO_MONEY and self.nodes > 1):
            self._purses.give_back(message.purse, message.price)
