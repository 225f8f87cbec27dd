"""What the room of event notifications needs of a store."""

from __future__ import annotations

from typing import Protocol

from heliograph.model.alarms import Alarm


class AlarmStore(Protocol):
    """Durable on return; raises `StoreFailure`. What belongs to another account is not there."""

    async def add(self, alarm: Alarm) -> int:
        """Keep a new one; its id."""

    async def of_account(self, account_id: int) -> list[Alarm]:
        """All of an account, in order of id."""

    async def get(self, account_id: int, alarm_id: int) -> Alarm | None:
        """One of them."""

    async def remove(self, account_id: int, alarm_id: int) -> bool:
        """Remove it; False if there is none."""
