"""SMSC's `senders.php`: a command, a room, an answer (smsc-directory.md 5).

The dialect reads and writes, `backoffice.senders` and `backoffice.number_proofs` decide; here a command finds its
method, requests are counted, and a key that may only ask changes nothing.
"""

from __future__ import annotations

from heliograph.backoffice.number_proofs import CannotDeliver, NumberProofs, SentAlready, WrongCode
from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.senders import Senders as Room
from heliograph.core.directory import Directory
from heliograph.dialects.smsc_answer import CREDENTIALS, LIMIT, Answer, ok
from heliograph.dialects.smsc_command import command_of
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_senders import (
    COMMANDS,
    EFFECTIVE,
    NOT_DELIVERED,
    READING,
    SENT_ALREADY,
    WORDS,
    WRONG_CODE,
    added_answer,
    read_name,
    read_named,
    read_number,
    read_search,
    read_wishes,
    senders_answer,
)
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows, same
from heliograph.doors.smsc_zone import offset_of
from heliograph.model.account import Account, Sender
from heliograph.ports import Clock


class Senders:
    """The script `senders`."""

    def __init__(
        self, *, room: Room, proofs: NumberProofs, directory: Directory, clock: Clock, settings: SmscSettings
    ) -> None:
        self._room = room
        self._proofs = proofs
        self._directory = directory
        self._clock = clock
        self._settings = settings
        self._same = Windows(settings.same_senders)
        self._new = Windows(settings.new_senders)
        self.limits = {"same": self._same, "new": self._new}
        self._answers = {
            "add": self._add,
            "chg": self._change,
            "send_code": self._send_code,
            "check_code": self._check_code,
            "del": self._remove,
        }

    async def answer(self, call: Call) -> Answer:
        """The answer to a command; a fourth identical list or a sixth new name within a minute is error 9."""
        command = command_of(call.request, COMMANDS)
        if not call.may_send and command not in READING:
            raise WrongRequest(CREDENTIALS)
        account = self._account(call)
        if command == "get":
            return self._get(call, account)
        return await self._answers[command](call, account)

    def _account(self, call: Call) -> Account:
        """The caller, or the sub-client that he acts for. Raises `NothingFound` for one that is not his."""
        login = call.request.get("user").strip()
        if not login:
            return call.account
        user = self._directory.by_login(login)
        if user is None or user.parent != call.account.id:
            raise NothingFound
        return user

    def _get(self, call: Call, account: Account) -> Answer:
        if not self._same.hit(same(call.account.id, "senders", call.request, EFFECTIVE), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        search = read_search(call.request, offset_of(account, self._settings, self._clock.now()))
        with_operators = call.request.flag("operators")
        found = self._room.search(account, search)
        return senders_answer(call.style, found, with_state=search.every, with_operators=with_operators)

    async def _add(self, call: Call, account: Account) -> Answer:
        name, wishes = read_name(call.request, self._settings.corrections), read_wishes(call.request)
        if not self._new.hit(str(call.account.id), self._clock.monotonic()):
            raise WrongRequest(LIMIT)
        sender = await self._room.add(account, name, wishes, mail=call.request.flag("mail"))
        return added_answer(call.style, sender.id)

    async def _change(self, call: Call, account: Account) -> Answer:
        sender, wishes = self._named(call, account), read_wishes(call.request)
        await self._room.change(sender, wishes)
        return ok(call.style)

    async def _remove(self, call: Call, account: Account) -> Answer:
        await self._room.remove(self._named(call, account))
        return ok(call.style)

    def _named(self, call: Call, account: Account) -> Sender:
        named = read_named(call.request, self._settings.corrections)
        return self._room.find(account.id, named.name, named.sender_id)

    async def _send_code(self, call: Call, account: Account) -> Answer:
        number = read_number(call.request, self._settings.corrections)
        site = call.request.get("site_name").strip()
        if site and not self._proofs.is_site(site):
            raise WrongRequest
        try:
            await self._proofs.send_code(account, number, site)
        except SentAlready:
            raise WrongRequest(SENT_ALREADY, WORDS[SENT_ALREADY]) from None
        except CannotDeliver:
            raise WrongRequest(NOT_DELIVERED, WORDS[NOT_DELIVERED]) from None
        return ok(call.style)

    async def _check_code(self, call: Call, account: Account) -> Answer:
        number, code = read_number(call.request, self._settings.corrections), call.request.get("code").strip()
        if not code:
            raise WrongRequest
        try:
            await self._proofs.check_code(account, number, code)
        except WrongCode:
            raise WrongRequest(WRONG_CODE, WORDS[WRONG_CODE]) from None
        return ok(call.style)
