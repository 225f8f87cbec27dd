"""What counting wrong logins needs of a store, so that a block outlives the process and holds on every node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliograph.model.logins import WrongLogins


class LoginStore(Protocol):
    """Durable on return; raises `StoreFailure`."""

    async def add(self, counted: Sequence[WrongLogins]) -> None:
        """Write down what was counted. Numbers are in the order in which processes can read them."""

    async def since(self, number: int, limit: int) -> list[tuple[int, WrongLogins]]:
        """What was written down after a number (0 = all), each with its own, in order."""

    async def forget(self, before: int) -> None:
        """Drop what was counted before a moment (ms) and blocks nobody since then."""
