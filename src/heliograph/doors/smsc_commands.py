"""The door for commands: texts of an account's own telephone to a number of ours (smsc-protocols.md 5).

An incoming text is looked at before it is kept: a command is no ordinary message, and its PIN is never written down.
What a command asks is done once: its notice is kept with the text, a mailing and the word that it was begun are one
group, and so are the answer and the word that the notice is settled. The same text twice, such as a carrier brings when
our acknowledgement was lost, is one command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from heliograph.backoffice.commands import CommandGuard, CommandSettings
from heliograph.core.cancel import Cancel
from heliograph.core.directory import Directory
from heliograph.core.intake import Moving
from heliograph.core.purses import Purses
from heliograph.dialects import smsc_commands as words
from heliograph.dialects.smsc_answer import FAILED, PARAMETERS
from heliograph.dialects.smsc_commands import Command, Verb
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_send import NAME as MAILED
from heliograph.dialects.smsc_send import Caller, groups_named, read_order
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_send import Groups
from heliograph.model.account import Account
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import Content, Message, Priority, State, Submission
from heliograph.model.receipt import Incoming, Notice, NoticeResult, NoticeState
from heliograph.model.refusal import Answer, Reason, Refused
from heliograph.model.rows import NoticeMove, Row
from heliograph.ports import Clock, Delivered, Store, StoreFailure

NAME: Final = "commands"
"""The door's name, as messages and `closed_doors` have it, and the scheme of its notices."""

MOST_RECIPIENTS: Final = 500
"""Of one mailing: a group of the journal, so that it is begun as a whole. Larger ones are for jobs.php."""
LATEST_MS: Final = 3_600_000
"""What could not be done for so long is not done any more."""

_ANSWERED: Final = "native"
_LOOK_BACK_MS: Final = 7 * 24 * 3_600_000
_LATER: Final = frozenset({Reason.BUSY, Reason.QUEUE_FULL, Reason.TOO_MANY_REQUESTS, Reason.INTERNAL})
Settled = Callable[[list[Delivered]], None]


class Admits(Protocol):
    """What is needed of intake."""

    def submit_then(
        self, submissions: list[Submission], then: Callable[[list[Answer]], None], moving: Moving | None = None
    ) -> None:
        """One answer per submission; `moving` makes rows for the same group."""


class _Later(Exception):
    """It cannot be done now."""


class CommandDoor:
    """Takes commands out of the incoming texts (`core.mo.Commands`) and carries them out (`ports.Notifier`)."""

    def __init__(
        self,
        *,
        guard: CommandGuard,
        directory: Directory,
        store: Store,
        intake: Admits,
        purses: Purses,
        cancel: Cancel,
        groups: Groups,
        caller: Callable[[Call], Caller],
        clock: Clock,
        settings: CommandSettings,
        usual_language: str,
        on_fault: Callable[[str, BaseException], None],
    ) -> None:
        self._guard = guard
        self._directory = directory
        self._store = store
        self._intake = intake
        self._purses = purses
        self._cancel = cancel
        self._groups = groups
        self._caller = caller
        self._clock = clock
        self._settings = settings
        self._usual_language = usual_language
        self._on_fault = on_fault
        self._tasks: set[asyncio.Task[None]] = set()
        self._words: Mapping[Verb, Sequence[str]] = {
            Verb.BALANCE: settings.balance,
            Verb.SEND: settings.send,
            Verb.STATUS: settings.status,
            Verb.STOP: settings.stop,
        }

    # -- what comes in ---------------------------------------------------------------------------------------------

    def take(self, text: Incoming) -> bool | None:
        """None for an ordinary text; whether a command is to be carried out. Its PIN is taken out of the text."""
        account = self._directory.account(text.account_id)
        if account is None or text.missing or NAME in account.settings.closed_doors:
            return None
        command = words.read(text.text, self._words)
        if command is None or not self._guard.is_own(account, text.sender):
            return None
        if self._guard.has_pin(account):
            pin, command = command.without_pin()
            if not pin or not self._guard.is_right(account, pin):
                text.text = f"{command.word} {words.HIDDEN} {command.rest}".rstrip()
                return False
        text.text = command.text
        return not self._guard.is_too_often(account)

    # -- what is done ----------------------------------------------------------------------------------------------

    def window(self, target: str) -> int:
        """One at a time, in their order."""
        return 1

    def notify(self, notices: list[Notice], settled: Settled) -> None:
        task = asyncio.get_running_loop().create_task(self._carry_out(notices, settled))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, notices: list[Notice], settled: Settled) -> None:
        for notice in notices:
            try:
                result = await self._done(notice)
            except (_Later, StoreFailure):
                result = NoticeResult(delivered=False, final=False, answer=notice.answer)
            except Exception as error:
                self._on_fault(NAME, error)
                result = NoticeResult(delivered=False, final=False, answer=notice.answer)
            settled([(notice, result)])

    async def _done(self, notice: Notice) -> NoticeResult:
        """`answer` of the notice is what the telephone is told, from when it is known on."""
        text, account = notice.incoming, self._directory.account(notice.account_id)
        assert text is not None
        command = words.read(text.text, self._words)
        if account is None or command is None or self._directory.is_closed(account):
            return _silent("nobody to answer")
        if self._clock.now() - text.received_at > LATEST_MS:
            return _silent("too late")
        if not notice.answer:
            if await self._is_repeat(text):
                return _silent("the same again")
            notice.answer = await self._answer(account, command, notice)
        return await self._told(account, text, notice)

    async def _is_repeat(self, text: Incoming) -> bool:
        """Whether the same text is there already: of two that are, the first is the command."""
        since = text.received_at - self._settings.same_s * 1000
        search = IncomingSearch(text.account_id, since=since, to=text.recipient, most=100)
        before = [one for one in await self._store.history.received(search) if one < text.id]
        return any(
            one.sender == text.sender and one.text == text.text for one in await self._store.history.incoming(before)
        )

    async def _answer(self, account: Account, command: Command, notice: Notice) -> str:
        match command.verb:
            case Verb.BALANCE:
                return words.balance_answer(self._purses.balance(account.purse), self._purses.currency(account.purse))
            case Verb.STATUS:
                return await self._status(account)
            case Verb.STOP:
                return await self._stop(account)
        try:
            return await self._send(account, command, notice)
        except WrongRequest as wrong:
            return words.error_answer(wrong.number, wrong.text)

    async def _send(self, account: Account, command: Command, notice: Notice) -> str:
        assert notice.incoming is not None
        profile = account.profile
        usual = account.settings.command_targets or words.targets(profile.command_phones if profile else "")
        request = words.request(words.mailing(command, usual))
        call = Call(account, request, notice.incoming.sender, door=NAME)
        caller, named = self._caller(call), groups_named(request)
        if named:
            owner = account.contacts_of or account.id
            caller = caller._replace(groups=await self._groups(owner, named, MOST_RECIPIENTS + 1))
        submissions = read_order(request, caller).submissions
        if len(submissions) > MOST_RECIPIENTS:
            raise WrongRequest(PARAMETERS, "too many recipients")

        def begun(_: Sequence[Answer], messages: list[Message]) -> Sequence[Row]:
            return [_move(notice, NoticeState.WAITING, words.sent_answer(messages), 0)]

        answers = await self._submitted(submissions, begun)
        kept = [answer.message for answer in answers if answer.message is not None]
        told = words.sent_answer(kept)
        if told:
            return told
        reasons = [answer.reason for answer in answers if isinstance(answer, Refused)]
        if any(reason in _LATER for reason in reasons):
            raise _Later
        return words.refused_answer(reasons[0])

    async def _status(self, account: Account) -> str:
        language = account.settings.language or self._usual_language
        for message in await self._newest(account, 20):
            if message.door != NAME or message.dialect != _ANSWERED:
                return words.status_answer(message, language)
        return words.error_answer(FAILED, "no messages")

    async def _stop(self, account: Account) -> str:
        """Take back what the newest mailing of a command has not yet sent."""
        mine = [one for one in await self._newest(account, 500) if one.door == NAME and one.dialect == MAILED]
        ids = [one.id for one in mine if one.request_id == mine[0].request_id and one.state is not State.REJECTED]
        if not ids:
            return words.error_answer(FAILED, "no messages")
        stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        await self._cancel.cancel(ids, account.id, lambda ended: stopped.set_result(len(ended)))
        return words.stopped_answer(await stopped)

    async def _newest(self, account: Account, most: int) -> list[Message]:
        now = self._clock.now()
        ids = await self._store.history.sent(SentSearch(account.id, now - _LOOK_BACK_MS, now + 1, most=most))
        found = await self._store.messages(ids, account.id)
        return sorted(found, key=lambda message: message.id, reverse=True)

    # -- the answer ------------------------------------------------------------------------------------------------

    async def _told(self, account: Account, text: Incoming, notice: Notice) -> NoticeResult:
        """Send the answer and settle the notice in one group."""

        def settled(_: Sequence[Answer], __: list[Message]) -> Sequence[Row]:
            return [_move(notice, NoticeState.DELIVERED, notice.answer, self._clock.now())]

        (answer,) = await self._submitted([self._reply(account, text, notice.answer)], settled)
        if isinstance(answer, Refused) and answer.reason in _LATER:
            raise _Later
        return NoticeResult(delivered=True, final=True, answer=notice.answer)

    def _reply(self, account: Account, text: Incoming, answer: str) -> Submission:
        directory = self._directory
        is_mine = text.recipient in directory.sender_names(account)
        mine = text.recipient if is_mine else directory.usual_name(account)
        return Submission(
            account_id=account.id,
            door=NAME,
            dialect=_ANSWERED,
            sender=mine,
            recipient=text.sender,
            recipient_given=text.sender,
            content=Content(answer),
            priority=Priority.URGENT,
        )

    async def _submitted(self, submissions: list[Submission], moving: Moving) -> list[Answer]:
        answered: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()

        def then(answers: list[Answer]) -> None:
            if not answered.done():
                answered.set_result(answers)

        self._intake.submit_then(submissions, then, moving)
        return await answered


def _move(notice: Notice, progress: NoticeState, answer: str, settled_at: int) -> NoticeMove:
    return NoticeMove(notice.id, progress, notice.tries, notice.next_try_at, answer, settled_at)


def _silent(why: str) -> NoticeResult:
    return NoticeResult(delivered=True, final=True, answer=why)
