"""SMSC's `send.php` and `/rest/send/` (smsc-messages.md 2, 9).

The dialect reads, intake decides, the dialect answers; here is what lies between: whose sender and zone are the usual
ones, the same request asked twice (1.9), a request of ten thousand numbers in portions, and what a price is made of.
A request whose answer got lost is never carried out twice: as long as we run the request itself is remembered, and in
the first minute after a start what the store holds stands in for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from heliograph.backoffice.links import ShortLinks
from heliograph.backoffice.refusals import NothingFound
from heliograph.core.directory import Directory
from heliograph.core.errors import OF_REASON, NetworkError
from heliograph.core.guards import DuplicateKey, Duplicates
from heliograph.core.intake import Moving
from heliograph.core.purses import Purses
from heliograph.core.zones import offset_s
from heliograph.dialects.smsc_answer import BUSY, CREDENTIALS, LIMIT, PARAMETERS, Answer
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_send import EFFECTIVE, NAME, PRICE_ONLY, Caller, Order, groups_named, read_order
from heliograph.dialects.smsc_sent import Line, Outcome, send_answer
from heliograph.dialects.smsc_templates import template_named, with_template
from heliograph.dialects.smsc_words import refused_status, shown_id
from heliograph.doors.later import Later
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, name_of, same, words_of
from heliograph.model.account import Account
from heliograph.model.message import Message, Submission
from heliograph.model.refusal import Accepted, Reason, Refused
from heliograph.model.refusal import Answer as Decision
from heliograph.model.rows import Guard
from heliograph.model.templates import Template
from heliograph.ports import Clock, Recent

PORTION: Final = 500
"""Recipients handed to intake at once: as many as a group of the journal holds (decisions.md 4)."""

_SCOPE: Final = "smsc"
_OUR_STATE: Final = frozenset({Reason.BUSY, Reason.QUEUE_FULL, Reason.INTERNAL})


class Admits(Protocol):
    """What the script needs of intake."""

    def submit_then(
        self, submissions: list[Submission], then: Callable[[list[Decision]], None], moving: Moving | None = None
    ) -> None:
        """One answer per submission, in order, once what was accepted is durable, with the rows of `moving`."""

    def quote(self, submissions: list[Submission]) -> list[Message | Refused]:
        """What each would become and cost, or why not."""


class _Once(NamedTuple):
    """A request that may be carried out: its key in memory, and what it asks for."""

    key: DuplicateKey
    account_id: int
    words: str


Groups = Callable[[int, Collection[str], int], Awaitable[Mapping[str, Sequence[str]]]]
"""Of an account's contacts the MSISDNs in each of these groups, by number or id, those that exist; at most so many."""


TemplateOf = Callable[[int, int], Awaitable[Template]]
"""The template of an account by id; raises `NothingFound`."""


class Send:
    """The script `send`. `recent` is what the store holds of the last minute before the start."""

    def __init__(
        self,
        *,
        directory: Directory,
        intake: Admits,
        purses: Purses,
        duplicates: Duplicates,
        recent: Iterable[Recent],
        groups: Groups,
        template: TemplateOf,
        links: ShortLinks | None = None,
        clock: Clock,
        settings: SmscSettings,
    ) -> None:
        self._directory = directory
        self._intake = intake
        self._purses = purses
        self._duplicates = duplicates
        self._groups = groups
        self._template = template
        self._links = links
        self._clock = clock
        self._settings = settings
        self._same_costs = Windows(settings.same_costs)
        self.limits = {"same_costs": self._same_costs}
        self._before = {_said(row): row.accepted_at for row in recent if row.dialect == NAME}
        self._started_at = clock.now()

    def answer(self, call: Call) -> Answer | Awaitable[Answer]:
        """Send, or say what it would cost."""
        named, template_id = groups_named(call.request), template_named(call.request)
        if named or template_id:
            return self._look_up_first(call, named, template_id)
        return self._carry_out(call, self.caller(call))

    async def _look_up_first(self, call: Call, named: Collection[str], template_id: int) -> Answer:
        """Groups and the template; of contacts one more than may be asked for is enough to see it."""
        owner, caller = call.account.contacts_of or call.account.id, self.caller(call)
        if named:
            caller = caller._replace(groups=await self._groups(owner, named, self._settings.max_phones + 1))
        if template_id:
            try:
                template = await self._template(call.account.id, template_id)
            except NothingFound:
                raise WrongRequest(PARAMETERS, "template not found") from None
            call = call._replace(request=with_template(call.request, template))
        answer = self._carry_out(call, caller)
        return answer if isinstance(answer, Answer) else await answer

    def _carry_out(self, call: Call, caller: Caller) -> Answer | Awaitable[Answer]:
        order = read_order(call.request, caller)
        links = self._links if self._links is not None and call.request.flag("tinyurl") else None
        if order.cost == PRICE_ONLY:
            if links is not None:
                links.sample(order.submissions)
            return self._quote(call, order)
        if not call.may_send:
            raise WrongRequest(CREDENTIALS)
        key = self._reserve(call, order)
        if links is not None:
            return self._send_with_links(call, order, key, links)
        if len(order.submissions) <= PORTION:
            return self._send_at_once(call, order, key)
        return self._send_in_portions(call, order, key)

    def caller(self, call: Call) -> Caller:
        """Who asks, and what a text of his may be."""
        account, settings = call.account, self._settings
        zone = account.settings.zone or settings.zone
        return Caller(
            account_id=account.id,
            door=call.door,
            peer=call.peer,
            senders=self._senders(account),
            now=self._clock.now(),
            offset_s=lambda at: offset_s(zone, at),
            most_phones=settings.max_phones,
            most_lines=settings.max_list,
            national=account.settings.national,
            corrections=settings.corrections,
        )

    def _senders(self, account: Account) -> Sequence[str]:
        return self._directory.names_usual_first(account)

    # -- the price -----------------------------------------------------------------------------------------------

    def _quote(self, call: Call, order: Order) -> Answer:
        name = same(call.account.id, "send", call.request, EFFECTIVE)
        if not self._same_costs.hit(name, self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        quotes = self._intake.quote(order.submissions)
        lines = [
            self._refused(submission, quote) if isinstance(quote, Refused) else _line(quote)
            for submission, quote in zip(order.submissions, quotes, strict=True)
        ]
        return self._answer(call, order, lines)

    # -- sending -------------------------------------------------------------------------------------------------

    def _send_at_once(self, call: Call, order: Order, key: _Once | None) -> Later[Answer]:
        """One list for intake, and no task: mostly it is one recipient."""
        answer: Later[Answer] = Later()

        def then(decisions: list[Decision]) -> None:
            self._settle(key, decisions)
            try:
                told: Answer | Exception = self._sent(call, order, decisions)
            except Exception as error:
                told = error
            answer.tell(told)

        self._submit_then(order.submissions, then, key)
        return answer

    async def _send_in_portions(self, call: Call, order: Order, key: _Once | None) -> Answer:
        return self._sent(call, order, await self._decided(order, key))

    async def _send_with_links(self, call: Call, order: Order, key: _Once | None, links: ShortLinks) -> Answer:
        """Each recipient gets links of his own, kept before they leave."""
        try:
            codes = await links.shorten(call.account.id, order.submissions)
        except BaseException:
            self._settle(key, [])
            raise
        decisions = await self._decided(order, key)
        await links.sent(codes, decisions)
        return self._sent(call, order, decisions)

    async def _decided(self, order: Order, key: _Once | None) -> list[Decision]:
        """Many recipients, so that nobody else waits for them. They share the id of the first portion's first."""
        decisions: list[Decision] = []
        try:
            for start in range(0, len(order.submissions), PORTION):
                portion = order.submissions[start : start + PORTION]
                first = next((id_ for decision in decisions if (id_ := _id_of(decision))), "")
                for submission in portion if first else ():
                    submission.shown_id = submission.shown_id or first
                decisions += await self._submit(portion, None if start else key)
                if _is_known(decisions):
                    return decisions[:1] * len(order.submissions)
                await asyncio.sleep(0)
        finally:
            self._settle(key, decisions)
        return decisions

    async def _submit(self, submissions: list[Submission], key: _Once | None) -> list[Decision]:
        decided: asyncio.Future[list[Decision]] = asyncio.get_running_loop().create_future()

        def then(decisions: list[Decision]) -> None:
            if not decided.done():
                decided.set_result(decisions)

        self._submit_then(submissions, then, key)
        return await decided

    def _submit_then(
        self, submissions: list[Submission], then: Callable[[list[Decision]], None], key: _Once | None
    ) -> None:
        """Where other nodes may be asked the same, the request is a row of the messages' group: the first has it."""
        if key is None or not self._duplicates.is_shared:
            self._intake.submit_then(submissions, then)
            return
        until = self._clock.now() + self._settings.duplicate_window_s * 1000
        place = (key.account_id, f"request:{name_of(key.words)}", "")
        self._intake.submit_then(
            submissions, then, lambda _, messages: [Guard(*place, tuple([message.id for message in messages]), until)]
        )

    def _sent(self, call: Call, order: Order, decisions: list[Decision]) -> Answer:
        lines = [
            _line(decision.message) if isinstance(decision, Accepted) else self._refused(submission, decision)
            for submission, decision in zip(order.submissions, decisions, strict=True)
        ]
        return self._answer(call, order, lines)

    def _refused(self, submission: Submission, refused: Refused) -> Line:
        """Whose number it is was not looked for, where it was refused before its way was."""
        message, reason = refused.message, refused.reason
        place = self._directory.operator(submission.recipient) if submission.recipient else None
        return Line(
            phone=submission.recipient or submission.recipient_given,
            mccmnc=f"{place.mcc}{place.mnc}" if place is not None else "",
            reason=reason,
            shown_id=shown_id(message) if message is not None else "",
            status=refused_status(reason),
            error=OF_REASON.get(reason, NetworkError.REJECTED_BY_OPERATOR),
        )

    def _answer(self, call: Call, order: Order, lines: list[Line]) -> Answer:
        if lines[0].reason is Reason.DUPLICATE:
            raise WrongRequest(LIMIT)
        if lines[0].reason in _OUR_STATE and all(line.reason is not None for line in lines):
            raise WrongRequest(LIMIT, BUSY)
        account = call.account
        return send_answer(
            call.style, order, Outcome(lines, self._purses.balance(account.purse), account.settings.test_mode)
        )

    # -- the same request twice ------------------------------------------------------------------------------------

    def _reserve(self, call: Call, order: Order) -> _Once | None:
        """The right to carry this request out; raises `WrongRequest` if it was asked for within the last minute."""
        window_s = self._settings.duplicate_window_s
        if not window_s:
            return None
        if self._before:
            self._look_before(order.submissions)
        words = words_of(call.account.id, "send", call.request, EFFECTIVE)
        key = self._duplicates.reserve(_SCOPE, call.account.id, "", "", words, window_s, self._clock.now())
        if isinstance(key, Reason):
            raise WrongRequest(LIMIT, "" if key is Reason.DUPLICATE else BUSY)
        return _Once(key, call.account.id, words)

    def _settle(self, key: _Once | None, decisions: list[Decision]) -> None:
        """Only what was accepted counts as asked: who was refused may ask again at once (decisions.md 14)."""
        if key is None:
            return
        if any(isinstance(decision, Accepted) for decision in decisions):
            self._duplicates.confirm(key.key, self._clock.now())
        else:
            self._duplicates.release(key.key)

    def _look_before(self, submissions: list[Submission]) -> None:
        """Our memory of requests ended with the last process; what it accepted is in the store, message by message."""
        since = self._clock.now() - self._settings.duplicate_window_s * 1000
        if self._started_at < since:
            self._before.clear()
        elif any(self._before.get(_said(submission), 0) > since for submission in submissions):
            raise WrongRequest(LIMIT)


def _said(row: Recent | Submission) -> int:
    """Who was sent what by whom, as a number: two that are equal are the same."""
    said = row if isinstance(row, Recent) else row.content
    return hash((row.account_id, row.sender, row.recipient, said.kind, said.text, said.data, said.udh))


def _is_known(decisions: Sequence[Decision]) -> bool:
    """Another node was asked the same first."""
    first = decisions[0]
    return isinstance(first, Refused) and first.reason is Reason.DUPLICATE


def _id_of(decision: Decision) -> str:
    return shown_id(decision.message) if decision.message is not None else ""


def _line(message: Message) -> Line:
    shown = shown_id(message) if message.id else ""
    return Line(message.recipient, message.operator, message.parts, message.price, None, shown)
