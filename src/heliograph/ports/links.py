"""What short links need of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliograph.model.links import Clicks, Days, NewLink, ShortLink
from heliograph.model.message import MessageId


class LinkStore(Protocol):
    """Each call that writes is one transaction, durable on return; raises `StoreFailure`."""

    async def add(self, account_id: int, links: Sequence[NewLink], at: int) -> None:
        """Keep new links (≤ 1,000) of an account; equal targets are one."""

    async def sent(self, codes: Sequence[tuple[str, MessageId]]) -> None:
        """Which message each code (≤ 1,000) went out in."""

    async def find(self, code: str) -> ShortLink | None:
        """The link of a code."""

    async def visited(self, link: ShortLink, day: int, is_bot: bool, at: int) -> bool:
        """Count a visit on a day of the account's calendar; True if it is the first one of a person by this code."""

    async def untold(self, after: str, limit: int) -> list[ShortLink]:
        """Links a person has opened whose messages may yet be CLICKED for it: with codes > `after`, in their order."""

    async def told(self, codes: Sequence[str]) -> None:
        """Nothing more is to become of the messages of these, because they were opened."""

    async def clicks(self, account_id: int, target: str, target_id: int, days: Days) -> Clicks | None:
        """The visits to a target of an account, by its id, else by its address."""
