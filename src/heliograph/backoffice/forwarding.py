"""What comes in for a sub-client, sent on as its owner wants it: to its phone, by mail; or answered by itself.

Incoming messages, and calls to a number that is the sub-client's alone, are notices like any other: they wait, are
tried again and are never told twice after they were settled. Short messages go through intake and are paid by the
sub-client. Nobody is answered more than once an hour, so two machines that answer each other soon fall silent; and
what a phone sent is not sent on to that phone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from heliograph.backoffice.own_messages import OwnMessages
from heliograph.core.directory import Directory
from heliograph.core.intake import PASSING
from heliograph.core.notify import ANSWER, MAIL, PHONE
from heliograph.model.account import Account
from heliograph.model.receipt import Incoming, Notice, NoticeResult
from heliograph.model.refusal import Accepted
from heliograph.model.subclient import Profile
from heliograph.ports import Clock, Delivered

Normalise = Callable[[str], str]
SendMail = Callable[[str, str, str], Awaitable[NoticeResult]]
"""(address, subject, text) → what became of the mail."""
Settled = Callable[[list[Delivered]], None]

SCHEMES: Final = (PHONE, MAIL, ANSWER)
ANSWERED_FOR_MS: Final = 3_600_000
MOST_REMEMBERED: Final = 10_000
_CALL: Final = {"ru": "Звонок", "uk": "Дзвінок"}
_GONE: Final = NoticeResult(delivered=False, final=True, answer="switched off")
_ITSELF: Final = NoticeResult(delivered=True, final=True, answer="came from there")
_ONCE: Final = NoticeResult(delivered=True, final=True, answer="was answered within the hour")
_TAKEN: Final = NoticeResult(delivered=True, final=True, answer="taken")


class Forwarding:
    """`ports.Notifier` for targets `phone:`, `mail:` and `answer:` with the id of a sub-client."""

    def __init__(
        self, *, directory: Directory, clock: Clock, messages: OwnMessages, normalise: Normalise, send_mail: SendMail
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._messages = messages
        self._normalise = normalise
        self._send_mail = send_mail
        self._answered: dict[tuple[int, str], int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def window(self, target: str) -> int:
        return 8

    def notify(self, notices: list[Notice], settled: Settled) -> None:
        for notice in notices:
            task = asyncio.get_running_loop().create_task(self._tell(notice, settled), name="forwarding")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, notice: Notice, settled: Settled) -> None:
        """One try. Whatever goes wrong is a failure of this notice alone."""
        try:
            result = await self._result(notice)
        except Exception as error:
            result = NoticeResult(delivered=False, final=False, answer=type(error).__name__)
        settled([(notice, result)])

    async def _result(self, notice: Notice) -> NoticeResult:
        account, incoming = self._directory.account(notice.account_id), notice.incoming
        profile = account.profile if account is not None else None
        if account is None or profile is None or incoming is None:
            return _GONE
        match notice.target.partition(":")[0]:
            case "phone":
                return await self._to_phone(account, profile, incoming)
            case "mail":
                return await self._by_mail(account, profile, incoming)
        return await self._answer(account, profile, incoming)

    async def _to_phone(self, account: Account, profile: Profile, incoming: Incoming) -> NoticeResult:
        """To the phone; to the second one where the first cannot be sent to."""
        numbers = [self._normalise(number) for number in (profile.phone, profile.second_phone) if number]
        if incoming.sender in numbers:
            return _ITSELF
        result = _GONE
        for number in numbers:
            result = await self._send(account, number, told(account, incoming))
            if result.delivered or not result.final:
                return result
        return result

    async def _by_mail(self, account: Account, profile: Profile, incoming: Incoming) -> NoticeResult:
        """To the address; to the second one where the first is refused for good."""
        result = _GONE
        for address in (profile.email, profile.second_email):
            if address:
                subject = f"{incoming.sender} → {incoming.recipient}"
                result = await self._send_mail(address, subject, told(account, incoming))
                if result.delivered or not result.final:
                    return result
        return result

    async def _answer(self, account: Account, profile: Profile, incoming: Incoming) -> NoticeResult:
        """From the number that was written to or called, where it is a name of the account's; else as it usually is."""
        text = profile.call_answer if incoming.is_call else profile.answer
        key, now = (account.id, incoming.sender), self._clock.now()
        if not text:
            return _GONE
        if abs(now - self._answered.get(key, -ANSWERED_FOR_MS)) < ANSWERED_FOR_MS:
            return _ONCE
        names = self._directory.sender_names(account)
        own = next((name for name in names if name.lstrip("+") == incoming.recipient), "")
        result = await self._send(account, incoming.sender, text, own)
        if result.delivered:
            self._answered.pop(key, None)
            self._answered[key] = now
            if len(self._answered) > MOST_REMEMBERED:
                del self._answered[next(iter(self._answered))]
        return result

    async def _send(self, account: Account, number: str, text: str, sender: str = "") -> NoticeResult:
        answer = await self._messages.send(account, number, text, sender=sender)
        if isinstance(answer, Accepted):
            return _TAKEN
        return NoticeResult(delivered=False, final=answer.reason not in PASSING, answer=answer.reason.value)


def told(account: Account, incoming: Incoming) -> str:
    """An incoming message or call in words: who it is from, and what it says."""
    if incoming.is_call:
        return f"{_CALL.get(account.settings.language, 'Call')}: {incoming.sender} → {incoming.recipient}"
    return f"{incoming.sender}: {incoming.text or incoming.data.hex().upper()}"
