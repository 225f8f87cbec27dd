"""What is kept of numbers that are to be confirmed by a call."""

from __future__ import annotations

from typing import Protocol

from heliograph.model.confirmation import Confirmation


class ConfirmationsStore(Protocol):
    """That a call has come is written as a `ConfirmationMove`, in one group with what is told of it."""

    async def ask(self, confirmation: Confirmation, forget_before: int) -> None:
        """Keep it, durably; some of those asked for before `forget_before` (ms) may go. Raises `StoreFailure`."""

    async def pending(self, phone: str, now: int) -> list[Confirmation]:
        """Those of all accounts that wait for a call of this phone, oldest first."""

    async def asked_since(self, account_id: int, phone: str, since: int) -> int:
        """How often the account has asked for this phone since then (ms), called or not."""
