"""What SMS Club's two older gateways have in common: visitors, how a list is handed over, whose messages are told.

Each gateway gets a `Gate` of its own name from one `Gates`, so whoever guesses passwords at one is blocked at both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from heliograph.core.directory import Directory
from heliograph.core.limits import FailedLogins
from heliograph.dialects.smsclub_gate import WrongRequest, refusal_of_all
from heliograph.dialects.smsclub_json import Caller, message_id
from heliograph.doors.portions import Admits, submit_in_portions
from heliograph.doors.smsclub import SmsClubSettings
from heliograph.doors.visitors import ChecksPasswords, Visitors
from heliograph.model.account import Account
from heliograph.model.message import Message, Submission
from heliograph.model.refusal import Answer
from heliograph.ports import Clock, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What gateways are made of."""

    directory: Directory
    passwords: ChecksPasswords
    intake: Admits
    store: Store
    clock: Clock
    settings: SmsClubSettings
    failed: FailedLogins

    def gate(self, name: str) -> Gate:
        """For the gateway of this name: what `closed_doors` of an account and `Submission.door` say."""
        return Gate(name, self)


class Gate:
    """One gateway, behind its words."""

    def __init__(self, name: str, gates: Gates) -> None:
        self._name = name
        self._gates = gates
        self.visitors = Visitors(
            name, directory=gates.directory, passwords=gates.passwords, clock=gates.clock, failed=gates.failed
        )

    def caller(self, account: Account, peer: str) -> Caller:
        """Who sends, for the dialect."""
        return Caller(account.id, self._name, peer, self._gates.settings.duplicate_window_s)

    async def send(self, submissions: list[Submission]) -> list[Answer]:
        """An answer for each. Raises `WrongRequest` if nothing of it is accepted."""
        answers = await submit_in_portions(self._gates.intake, submissions)
        refusal = refusal_of_all(answers)
        if refusal:
            raise WrongRequest(refusal)
        return answers

    async def messages(self, asked: Sequence[str], account: Account) -> list[Message]:
        """Those of the account that have these ids."""
        ids = sorted({number for number in map(message_id, asked) if number})
        return await self._gates.store.messages(ids, account.id) if ids else []
