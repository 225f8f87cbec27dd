"""SMS Club's registration of sender names, in the room that SMSC's `senders.php` knows, too (smsclub.md 3.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.backoffice.senders import Senders
from heliograph.dialects.smsclub_json import WrongRequest, error_reply, wrong_reply
from heliograph.dialects.smsclub_originators import read_name, read_registration, registered_reply, states_reply
from heliograph.doors.smsclub import Guest, Work, response_of, stranger
from heliograph.model.account import Account, Sender
from heliograph.model.senders import SenderSearch
from heliograph.ports import StoreFailure
from heliograph.protocols.http import HttpRequest, HttpResponse

REGISTER: Final = "/originators/registration-originators"
STATES: Final = "/originators/stat-originators"


class Originators:
    """The two calls, for the door that finds out who asks."""

    def __init__(self, senders: Senders) -> None:
        self._senders = senders

    def calls(self) -> Mapping[str, Work]:
        """Path → work."""
        return {REGISTER: self._register, STATES: self._states}

    async def _register(self, guest: Guest, request: HttpRequest) -> HttpResponse:
        """A name that is there already is answered with its state."""
        if not guest.may_send:
            return stranger()
        try:
            asked = read_registration(request.body)
        except WrongRequest as wrong:
            return response_of(wrong_reply(wrong))
        known = [sender for sender in self._all(guest.account) if sender.name == asked.name]
        try:
            sender = known[0] if known else await self._senders.add(guest.account, asked.name, asked.wishes)
        except NotSaved:
            return response_of(error_reply(400, "sender_id cannot be registered."))
        except StoreFailure:
            return response_of(error_reply(503))
        return response_of(registered_reply(sender))

    def _states(self, guest: Guest, request: HttpRequest) -> HttpResponse:
        try:
            name = read_name(request.body)
        except WrongRequest as wrong:
            return response_of(wrong_reply(wrong))
        return response_of(
            states_reply(sender for sender in reversed(self._all(guest.account)) if name in ("", sender.name))
        )

    def _all(self, account: Account) -> list[Sender]:
        try:
            return self._senders.search(account, SenderSearch(every=True, most=10_000))
        except NothingFound:
            return []
