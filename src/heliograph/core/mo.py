"""Whose is an incoming message? The rules, in order (decisions.md 22).

A number dedicated to one account is that account's; on a shared number the prefix "login: " names the account; else
it answers the newest message to that phone within seven days, first from that very number, then from any sender over
the same connector; else it goes to the operator's inbox (account 0). A text that is an opt-out word puts its sender on
the stop list of that account, in the same group. A call belongs to the account that waits for a call of that phone to
that number; one that nobody waits for goes on as the owner of the number wants, or leaves nothing. A text to an account
from its own telephone may be a command: then it is nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from heliograph.core.directory import Directory
from heliograph.core.event_ids import next_event_id
from heliograph.core.notify import Notify
from heliograph.model.account import StopListed
from heliograph.model.confirmation import Confirmation
from heliograph.model.receipt import Incoming
from heliograph.model.rows import ConfirmationMove, Row
from heliograph.ports import Clock, Store

REPLY_WINDOW_MS = 7 * 24 * 3600 * 1000


class Commands(Protocol):
    """Who knows a command when it comes."""

    def take(self, text: Incoming) -> bool | None:
        """None for an ordinary text; whether a command is to be carried out. What nobody may read is taken out."""


class OwnerOfIncoming:
    """Finds the account of each incoming message and makes its rows. `commands` None: there are no commands."""

    def __init__(
        self,
        directory: Directory,
        store: Store,
        clock: Clock,
        notify: Notify,
        opt_out_words: Collection[str] = (),
    ) -> None:
        self._directory = directory
        self._store = store
        self._clock = clock
        self._notify = notify
        self._opt_out_words = frozenset(word.casefold() for word in opt_out_words)
        self.commands: Commands | None = None

    async def rows(self, texts: list[Incoming]) -> list[Row]:
        """The incoming rows with the notices their accounts asked for; each gets its id and owner here."""
        rows: list[Row] = []
        for text in texts:
            if text.is_call:
                confirmation = await self._awaited(text)
                if confirmation is None:
                    rows += self._plain_call(text)
                    continue
                text.account_id = confirmation.account_id
                rows.append(ConfirmationMove(confirmation.id, text.received_at))
            self._name(text)
            if not text.is_call:
                await self._find_owner(text)
            rows.append(text)
            heard = self._as_command(text)
            if heard is not None:
                rows.extend(heard)
                continue
            if text.account_id and self._is_opt_out(text):
                rows.append(self._stop(StopListed(text.account_id, text.sender)))
            if text.account_id:
                rows.extend(self._notify.of_incoming(text, self._clock.now()))
        return rows

    def _plain_call(self, call: Incoming) -> list[Row]:
        """A call to a number that is one account's alone goes on as its owner wants; else it leaves nothing."""
        call.account_id = self._directory.owner_of_number(call.recipient)
        if not call.account_id:
            return []
        self._name(call)
        notices = self._notify.of_call(call, self._clock.now())
        return [call, *notices] if notices else []

    def _as_command(self, text: Incoming) -> list[Row] | None:
        """What a command leaves besides itself; None for what is none. It is addressed: it answers nothing."""
        if self.commands is None or not text.account_id or text.answers or text.is_call:
            return None
        acts = self.commands.take(text)
        if acts is None:
            return None
        return [self._notify.of_command(text, self._clock.now())] if acts else []

    async def _awaited(self, call: Incoming) -> Confirmation | None:
        """What this call confirms; a second call of the same moment confirms nothing more."""
        pending = await self._store.confirmations.pending(call.sender, call.received_at)
        return next((one for one in pending if one.number == call.recipient), None)

    def _is_opt_out(self, text: Incoming) -> bool:
        """Whether the text is nothing but one of the words, whatever its case and the points behind it."""
        return text.text.strip(" \t\r\n.!,\"'").casefold() in self._opt_out_words and not text.is_call

    def _stop(self, row: StopListed) -> StopListed:
        """The row for the same group as the text; memory knows at once, and a group that fails comes again."""
        self._directory.stop_ahead(row)
        return row

    def _name(self, text: Incoming) -> None:
        if not text.id:
            text.id = next_event_id(self._store)

    async def _find_owner(self, text: Incoming) -> None:
        dedicated = self._directory.owner_of_number(text.recipient)
        if dedicated:
            text.account_id = dedicated
            return
        login, colon, rest = text.text.partition(": ")
        account = self._directory.by_login(login) if colon else None
        if account is not None:
            text.account_id, text.text = account.id, rest
            return
        since = self._clock.now() - REPLY_WINDOW_MS
        answered = await self._store.newest_to(
            text.connector, text.sender, text.recipient, since
        ) or await self._store.newest_to(text.connector, text.sender, None, since)
        if answered is not None:
            text.account_id, text.answers = answered.account_id, answered.id
