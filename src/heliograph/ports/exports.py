"""What the room of exports needs of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliograph.model.exports import Export


class ExportStore(Protocol):
    """Exports and the pieces of their files. Each call is one transaction, durable on return; raises `StoreFailure`."""

    async def add(self, export: Export) -> int:
        """Keep a new one (its id is not looked at); its id."""

    async def of_account(self, account_id: int, after: int, limit: int) -> list[Export]:
        """Those of an account with id > `after`, in order of id."""

    async def find(self, account_id: int, export_id: int) -> Export | None:
        """One of an account by its id."""

    async def next(self) -> Export | None:
        """The first that is waiting or running."""

    async def go_on(self, export: Export, piece: bytes, rest: Export | None = None) -> None:
        """Put `export` in the place of what stood under its id, `piece` (b"" = none) behind the file so far, and keep
        `rest` as a new one."""

    async def pieces(self, export_id: int, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        """Pieces of a file with a number > `after`, in order, each with its number."""
