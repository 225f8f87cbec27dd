"""What rented numbers need of a store."""

from __future__ import annotations

from typing import Protocol

from heliograph.model.rents import RentedNumber


class RentStore(Protocol):
    """There are as many rows as the operator has numbers. Raises `StoreFailure`."""

    async def all(self) -> list[RentedNumber]:
        """All of them, in order of number."""

    async def save(self, rent: RentedNumber) -> None:
        """Keep it in place of the one before, durably."""

    async def remove(self, number: str) -> None:
        """Nobody has it any more."""
