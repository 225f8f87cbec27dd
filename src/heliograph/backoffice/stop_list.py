"""The stop list of an account, as its owner handles it: in the store and in the directory that intake asks.

What is put on it counts from the moment it is answered. Every change is kept with its author, as all of the directory.
"""

from __future__ import annotations

from heliograph.backoffice.refusals import NothingFound
from heliograph.core.directory import Directory
from heliograph.model.account import Account, StopListed
from heliograph.ports import Clock, Store


class StopLists:
    """Entries by account. Every method raises `StoreFailure` when the store cannot."""

    def __init__(self, *, store: Store, directory: Directory, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._clock = clock

    async def put(self, account: Account, row: StopListed) -> int:
        """Put an entry on the list, in place of one for the same number; its id."""
        revision = await self._store.change_directory([row], account.login, self._clock.now())
        self._directory.stop(row, revision)
        kept = await self._store.stop_listed(row.account_id, row.recipient)
        return 0 if kept is None else kept.id

    async def take_off(self, account: Account, recipient: str) -> None:
        """Take a number off the list. Raises `NothingFound`."""
        row = await self._store.stop_listed(account.id, recipient)
        if row is None:
            raise NothingFound
        self._directory.unstop(row, await self._store.remove_from_directory(row, account.login, self._clock.now()))

    async def page(self, account: Account, after: int, limit: int) -> list[StopListed]:
        """Entries with id > `after`. Raises `NothingFound` rather than giving none."""
        found = await self._store.stop_list(account.id, after, limit)
        if not found:
            raise NothingFound
        return found
