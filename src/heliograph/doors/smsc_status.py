"""SMSC's `status.php` and `/rest/status/` (smsc-messages.md 3).

It counts requests (1.9), looks the messages up by phone and the id their customer knows, and lets the dialect answer.
Whose messages they are is decided by the account alone: another's are not found, whatever is asked.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping

from heliograph.core.deletion import Deletion
from heliograph.core.directory import Directory
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.dialects.smsc_answer import CREDENTIALS, FAILED, LIMIT, TOO_MANY_AT_ONCE, Answer, ok
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_status import Asked, Question, View, read_question, status_answer
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import AtOnce, SmscSettings, Windows
from heliograph.model.account import Account
from heliograph.model.message import Message
from heliograph.ports import Clock, Store

MOST_LOOKED_UP = 100
"""Keys of one question to the store: some 5 ms; between two of them others have their turn."""


class Status:
    """The script `status`. Raises `UnknownZone` for a setting that is none."""

    def __init__(
        self, *, directory: Directory, store: Store, deletion: Deletion, clock: Clock, settings: SmscSettings
    ) -> None:
        self._directory = directory
        self._store = store
        self._deletion = deletion
        self._clock = clock
        self._settings = settings
        self._of_one = Windows(settings.same_statuses)
        self._of_many = Windows(settings.mass_statuses)
        self.limits = {"of_one": self._of_one, "of_many": self._of_many}
        self.at_once = AtOnce(settings.statuses_at_once)
        offset_s(settings.zone, 0)

    async def answer(self, call: Call) -> Answer:
        """How the messages asked for stand, or that they were deleted."""
        question = read_question(call.request, self._settings.max_statuses, self._settings.corrections)
        if question.delete and not call.may_send:
            raise WrongRequest(CREDENTIALS)
        account_id = call.account.id
        if not self.at_once.enter(account_id):
            raise WrongRequest(LIMIT, TOO_MANY_AT_ONCE)
        try:
            self._count(question, account_id)
            found = await self._found(question, call.account)
            if question.delete:
                return await self._delete(call, found)
            return status_answer(call.style, question, found, self._view(call.account))
        finally:
            self.at_once.leave(account_id)

    def _count(self, question: Question, account_id: int) -> None:
        """Five requests a minute for the same message, one for many. The form of many with one message in it is none
        for many: clients use it all the time."""
        now = self._clock.monotonic()
        if len(question.asked) > 1:
            is_allowed = self._of_many.hit(str(account_id), now)
        else:
            only = question.asked[0]
            is_allowed = self._of_one.hit(f"{account_id} {only.shown_id} {only.recipients[0]}", now)
        if not is_allowed:
            raise WrongRequest(LIMIT)

    async def _found(self, question: Question, account: Account) -> list[Message | None]:
        keys = list(dict.fromkeys([(to, one.shown_id) for one in question.asked for to in one.recipients]))
        by_key: dict[tuple[str, str], Message] = {}
        for start in range(0, len(keys), MOST_LOOKED_UP):
            if start:
                await asyncio.sleep(0)
            by_key.update(await self._store.shown(account.id, keys[start : start + MOST_LOOKED_UP]))
        since = account.shown_since(self._clock.now())
        return [_of(one, by_key, since) for one in question.asked]

    async def _delete(self, call: Call, found: list[Message | None]) -> Answer:
        messages = [message for message in found if message is not None]
        if len(messages) < len(found) or not await self._deletion.delete(messages):
            raise WrongRequest(FAILED)
        return ok(call.style)

    def _view(self, account: Account) -> View:
        return View(
            functools.partial(offset_s, self._zone(account)),
            account.settings.language or self._settings.language,
            account.second_purse,
            self._directory.operator,
        )

    def _zone(self, account: Account) -> str:
        """The account's zone, if this machine knows it."""
        zone = account.settings.zone or self._settings.zone
        try:
            offset_s(zone, self._clock.now())
        except UnknownZone:
            return self._settings.zone
        return zone


def _of(one: Asked, by_key: Mapping[tuple[str, str], Message], since: int) -> Message | None:
    """The message asked for, unless its customer deleted it or may not see what is older than `since`."""
    for recipient in one.recipients:
        message = by_key.get((recipient, one.shown_id))
        if message is not None:
            return None if message.hidden or message.accepted_at < since else message
    return None
