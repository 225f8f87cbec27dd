"""What the rooms of sub-clients and their papers need of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from heliograph.model.message import MessageId
from heliograph.model.money import Micro
from heliograph.model.subclient import Paper

Released = tuple[int, MessageId]
"""When a message that had waited was let go, and its id."""


class SentOnce(NamedTuple):
    """One message an account sent: `text` is the hex of its data where it had no text. `whole_at` is when the last of
    its parts had come, where they came one by one, else when it was accepted; `let_go_at` when it was let go after it
    had waited until another day, where that was asked for."""

    id: MessageId
    accepted_at: int
    recipient: str
    text: str
    peer: str
    whole_at: int
    let_go_at: int


class Spent(NamedTuple):
    """What an account sent and spent on one day: refunds are taken off."""

    account_id: int
    day: int
    messages: int
    amount: Micro


class PaidIn(NamedTuple):
    """What came into a purse on one day, less what was taken back; `spent` is what was spent of it but on messages:
    rents of numbers."""

    purse: int
    day: int
    amount: Micro
    spent: Micro = 0


class SubclientStore(Protocol):
    """Sums over messages and ledger, and papers. A day is a number of days since the epoch on a wall calendar that is
    `offset_s` east of UTC."""

    async def sent(self, account_id: int, before: MessageId, limit: int) -> list[SentOnce]:
        """Messages of an account, newest first, id < `before` (0 = from the newest); those refused are left out, and
        parts that wait for others. Their `let_go_at` is 0."""

    async def released(self, account_id: int, since: int, after: Released, limit: int) -> list[SentOnce]:
        """Messages of an account that were let go since then (ms; `rows.LetGo`), in the order of (let_go_at, id), from
        behind `after`."""

    async def forget_released(self, before: int) -> None:
        """Forget when messages were let go before that moment (ms)."""

    async def spent(
        self, accounts: Sequence[int], purses: Sequence[int], since: int, until: int, offset_s: int
    ) -> list[Spent]:
        """Sums per account and day of what was accepted from `since` to before `until` (ms) and paid from one of the
        purses; refused messages are left out. Off the loop, in order of account and day."""

    async def paid_in(self, purses: Sequence[int], since: int, until: int, offset_s: int) -> list[PaidIn]:
        """Sums per purse and day of the ledger's lines that are neither charges nor refunds, rents apart, in that
        order; off the loop."""

    async def add_paper(self, paper: Paper) -> int:
        """Keep a new paper (its id is not looked at); its id."""

    async def paper(self, paper_id: int) -> Paper | None:
        """A paper by its id."""

    async def act(self, account_id: int, number: str) -> Paper | None:
        """The act of an account with this number."""
