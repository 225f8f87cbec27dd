"""Messages by `/v1`: sent, previewed, looked at, traced, taken back; and what people wrote.

Nothing is decided here about a message: intake, history and cancel do that. An idempotency key is a row in the group of
its messages, so a repetition, also after a crash, is answered with what the first request was answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

import msgspec
from msgspec import UNSET, UnsetType

from heliograph.backoffice.history import History
from heliograph.backoffice.links import ShortLinks
from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.templates import Templates
from heliograph.channels.sms import Language, NotText, TooLong
from heliograph.channels.sms.lens import look
from heliograph.channels.sms.numbering import normalise_smsc
from heliograph.core.cancel import Cancel
from heliograph.core.directory import Directory
from heliograph.core.guards import Claim, Idempotency, KeyReused, Replay
from heliograph.core.intake import UNDECIDED, Moving
from heliograph.core.purses import Purses
from heliograph.core.trace import tell
from heliograph.dialects import native_calls as calls
from heliograph.dialects.native import CONFLICT, wrong
from heliograph.dialects.native_call import NoBody
from heliograph.dialects.native_filling import filled, needs_filling, templates_named
from heliograph.dialects.native_messages import (
    NOT_PAID,
    AllRefused,
    Caller,
    SendMessages,
    answers_of,
    decided,
    kept,
    numbers_of,
    sent,
    submissions_of,
)
from heliograph.dialects.native_views import (
    IncomingPage,
    IncomingView,
    MessagePage,
    MessageQuery,
    MessageView,
    NoQuery,
    Paging,
    Preview,
    TextView,
    incoming_view,
    message_view,
    preview,
    text_view,
)
from heliograph.doors.later import Later
from heliograph.doors.v1_keys import REPLAYED, digest_of, key_of
from heliograph.doors.v1_work import DOOR, Asked, Bound, bound
from heliograph.model.account import Account
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import FINAL, Kind, Message, Submission
from heliograph.model.refusal import Accepted, Answer, Reason, Refused
from heliograph.model.rows import Row
from heliograph.model.templates import Template
from heliograph.ports import Clock, Store
from heliograph.protocols.http import HttpResponse

MOST_IDS: Final = 500
MOST_TEMPLATES: Final = 20
"""Templates that one request may name."""
_FOREVER: Final = 2**53


class Submits(Protocol):
    """What is needed of intake."""

    def submit_then(
        self, submissions: list[Submission], then: Callable[[list[Answer]], None], moving: Moving | None = None
    ) -> None:
        """One answer per submission; `moving` makes rows for the same group."""

    def quote(self, submissions: list[Submission]) -> list[Message | Refused]:
        """What each would become."""


class _Prepared(NamedTuple):
    """What is handed to intake, and the codes of the short links in each text, where links are shortened."""

    submissions: list[Submission]
    codes: list[list[str]]


class Messages:
    """The works of the calls about messages. `links` is None where links cannot be shortened."""

    def __init__(
        self,
        *,
        directory: Directory,
        intake: Submits,
        idempotency: Idempotency,
        store: Store,
        history: History,
        cancel: Cancel,
        purses: Purses,
        templates: Templates,
        links: ShortLinks | None,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._intake = intake
        self._idempotency = idempotency
        self._store = store
        self._history = history
        self._cancel = cancel
        self._purses = purses
        self._templates = templates
        self._links = links
        self._clock = clock

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.SEND, self._send)
        yield bound(calls.PREVIEW, self._preview)
        yield bound(calls.MESSAGES, self._messages)
        yield bound(calls.MESSAGE, self._message)
        yield bound(calls.TRACE, self._trace)
        yield bound(calls.CANCEL, self._take_back)
        yield bound(calls.INCOMING, self._incoming)
        yield bound(calls.ONE_INCOMING, self._one_incoming)

    # -- sending ---------------------------------------------------------------------------------------------------

    def _send(self, asked: Asked[SendMessages, NoQuery]) -> Awaitable[HttpResponse]:
        """Without a task where nothing has to be looked up or kept before: most requests."""
        body, key = asked.body, key_of(asked)
        if key:
            return self._send_once(asked, key)
        if body.short_links or needs_filling(body):
            return self._send_prepared(asked)
        submissions = self._submissions(asked, body)
        response: Later[HttpResponse] = Later()

        def then(answers: list[Answer]) -> None:
            try:
                told: HttpResponse | Exception = self._sent(asked, answers)
            except Exception as error:
                told = error
            response.tell(told)

        self._intake.submit_then(submissions, then)
        return response

    async def _send_prepared(self, asked: Asked[SendMessages, NoQuery]) -> HttpResponse:
        prepared = await self._prepared(asked)
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()

        def then(answers: list[Answer]) -> None:
            if not answered.done():
                answered.set_result(answers)

        self._intake.submit_then(prepared.submissions, then)
        return await self._linked(asked, prepared, await answered)

    def _submissions(self, asked: Asked[SendMessages, NoQuery], body: SendMessages) -> list[Submission]:
        account = asked.account
        sender = self._directory.usual_name(account)
        return submissions_of(body, Caller(account.id, DOOR, asked.request.peer, sender, asked.guest.is_test))

    async def _filled(self, asked: Asked[SendMessages, NoQuery]) -> SendMessages:
        """The request with texts in the place of templates."""
        if not needs_filling(asked.body):
            return asked.body
        found: dict[int, Template] = {}
        named = templates_named(asked.body)
        if len(named) > MOST_TEMPLATES:
            raise wrong(Reason.TOO_MANY_ITEMS, f"At most {MOST_TEMPLATES} templates at once.", "/messages")
        for number in named:
            with suppress(NothingFound):
                found[number] = await self._templates.of(asked.account.id, number)
        return filled(asked.body, found)

    async def _prepared(self, asked: Asked[SendMessages, NoQuery]) -> _Prepared:
        """Each recipient gets links of his own, kept before they leave."""
        submissions = self._submissions(asked, await self._filled(asked))
        links = self._links_for(asked)
        return _Prepared(submissions, await links.shorten(asked.account.id, submissions) if links is not None else [])

    def _links_for(self, asked: Asked[SendMessages, NoQuery]) -> ShortLinks | None:
        if asked.body.short_links and self._links is None:
            raise wrong(Reason.UNSUPPORTED, "This gateway has no address for short links.", "/short_links")
        return self._links if asked.body.short_links else None

    async def _linked(
        self, asked: Asked[SendMessages, NoQuery], prepared: _Prepared, answers: list[Answer]
    ) -> HttpResponse:
        if self._links is not None and prepared.codes:
            await self._links.sent(prepared.codes, answers)
        return self._sent(asked, answers)

    def _sent(self, asked: Asked[SendMessages, NoQuery], answers: Sequence[Answer]) -> HttpResponse:
        said = sent(numbers_of(asked.body), answers, self._purses.currency(asked.account.purse))
        return asked.problem(said) if isinstance(said, AllRefused) else asked.answer(said)

    async def _send_once(self, asked: Asked[SendMessages, NoQuery], key: str) -> HttpResponse:
        """A repetition is answered before anything is looked up: the template may be another by then, or gone."""
        digest = digest_of(asked, "/messages")
        claim = await self._idempotency.claim(asked.account.id, key, digest, self._clock.now())
        if isinstance(claim, KeyReused):
            raise wrong(Reason.KEY_REUSED)
        if isinstance(claim, Replay):
            return await self._again(asked, claim)
        try:
            prepared = await self._prepared(asked)
        except BaseException:
            claim.release()
            raise
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._carry_out(prepared.submissions, claim, answered)
        answers = await asyncio.shield(answered)
        if all(isinstance(one, Refused) and one.reason is Reason.DUPLICATE for one in answers):
            theirs = await self._idempotency.claim(asked.account.id, key, digest, self._clock.now())
            if isinstance(theirs, KeyReused):  # another node was first
                raise wrong(Reason.KEY_REUSED)
            if isinstance(theirs, Replay):
                return await self._again(asked, theirs)
            theirs.release()
        return await self._linked(asked, prepared, answers)

    def _carry_out(self, submissions: list[Submission], claim: Claim, answered: asyncio.Future[list[Answer]]) -> None:
        """The messages and their key in one group; whoever waits for the key hears the outcome even if the caller
        goes."""
        numbers: tuple[int, ...] = ()

        def moving(answers: Sequence[Answer], messages: list[Message]) -> Sequence[Row]:
            nonlocal numbers
            refused = [one.reason if isinstance(one, Refused) and one is not UNDECIDED else None for one in answers]
            numbers = kept(refused, [message.id for message in messages])
            return [claim.row(numbers, self._clock.now(), NOT_PAID)]

        def then(answers: list[Answer]) -> None:
            if any(isinstance(one, Accepted) for one in answers):
                claim.done(decided(numbers, answers))
            else:
                claim.release()
            if not answered.done():
                answered.set_result(answers)

        try:
            self._intake.submit_then(submissions, then, moving)
        except BaseException:
            claim.release()
            raise

    async def _again(self, asked: Asked[SendMessages, NoQuery], replay: Replay) -> HttpResponse:
        ids = [number for number in replay.message_ids if number > 0]
        messages = await self._store.messages(ids, asked.account.id)
        asked.headers = [*asked.headers, REPLAYED]
        return self._sent(asked, answers_of(replay.message_ids, messages))

    async def _preview(self, asked: Asked[SendMessages, NoQuery]) -> Preview:
        submissions = self._submissions(asked, await self._filled(asked))
        links = self._links_for(asked)
        if links is not None:
            links.sample(submissions)
        quotes = self._intake.quote(submissions)
        shown = self._text(submissions[0], asked.account)
        return preview(numbers_of(asked.body), quotes, self._purses.currency(asked.account.purse), shown)

    @staticmethod
    def _text(submission: Submission, account: Account) -> TextView | UnsetType:
        content, allowed = submission.content, account.settings.national
        if content.kind not in (Kind.TEXT, Kind.FLASH):
            return UNSET
        try:
            seen = look(content.text, languages=tuple(Language), allowed=allowed)
            return text_view(content.text, seen, allowed)
        except (NotText, TooLong):
            return UNSET

    # -- what became of them ---------------------------------------------------------------------------------------

    async def _messages(self, asked: Asked[NoBody, MessageQuery]) -> MessagePage:
        query, account = asked.query, asked.account
        if query.id is not None:
            ids = sorted({int(one) for one in query.id.split(",")}, reverse=True)
            if len(ids) > MOST_IDS:
                raise wrong(Reason.TOO_MANY_ITEMS, f"At most {MOST_IDS} ids at once.", "id")
            return MessagePage([message_view(one) for one in await self._of(account, ids)], None)
        since = max(account.shown_since(self._clock.now()), query.since or 0)
        search = SentSearch(
            account.id,
            since,
            query.until or _FOREVER,
            (_recipient(query.to),) if query.to is not None else (),
            int(query.cursor or 0),
            query.limit,
        )
        try:
            found = await self._history.sent(search)
        except NothingFound:
            found = []
        more = str(found[-1].id) if len(found) == query.limit else None
        return MessagePage([message_view(one) for one in found], more)

    async def _of(self, account: Account, ids: Sequence[int]) -> list[Message]:
        """Those of these that the account may see, the newest first."""
        since = account.shown_since(self._clock.now())
        found = await self._store.messages(ids, account.id)
        seen = [one for one in found if not one.hidden and one.accepted_at >= since]
        return sorted(seen, key=lambda message: message.id, reverse=True)

    async def _one(self, account: Account, number: int) -> Message:
        found = await self._of(account, [number])
        if not found:
            raise NothingFound
        return found[0]

    async def _message(self, asked: Asked[NoBody, NoQuery]) -> MessageView:
        return message_view(await self._one(asked.account, asked.number))

    async def _trace(self, asked: Asked[NoBody, NoQuery]) -> HttpResponse:
        message = await self._one(asked.account, asked.number)
        trace = await tell(self._store, self._directory, message.id)
        if trace is None:
            raise NothingFound
        return HttpResponse(
            200, [("Content-Type", "application/json"), *asked.headers], msgspec.json.encode(trace.as_json())
        )

    async def _take_back(self, asked: Asked[NoBody, NoQuery]) -> MessageView:
        message = await self._one(asked.account, asked.number)
        done: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        await self._cancel.cancel([message.id], asked.account.id, done.set_result)
        if not await asyncio.shield(done):
            now = await self._one(asked.account, asked.number)
            why = "has come to its end" if now.state in FINAL else "is with a carrier"
            raise wrong(CONFLICT, f"The message {why}.")
        return message_view(await self._one(asked.account, asked.number))

    # -- what people wrote -----------------------------------------------------------------------------------------

    async def _incoming(self, asked: Asked[NoBody, Paging]) -> IncomingPage:
        query = asked.query
        search = IncomingSearch(asked.account.id, before=int(query.cursor or 0), most=query.limit)
        try:
            found = await self._history.received(search)
        except NothingFound:
            found = []
        more = str(found[-1].id) if len(found) == query.limit else None
        return IncomingPage([incoming_view(one) for one in found], more)

    async def _one_incoming(self, asked: Asked[NoBody, NoQuery]) -> IncomingView:
        found = await self._store.history.incoming([asked.number])
        if not found or found[0].account_id != asked.account.id or found[0].is_call:
            raise NothingFound
        return incoming_view(found[0])


def _recipient(given: str) -> str:
    """The number as it is kept, or what was written where that is none."""
    return (normalise_smsc(given, ()) if any(map(str.isdigit, given)) else "") or given
