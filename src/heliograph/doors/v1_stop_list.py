"""The stop list by `/v1`: the account's own entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.stop_list import StopLists
from heliograph.dialects import native_stop_list as calls
from heliograph.dialects.native_call import NoAnswer, NoBody
from heliograph.dialects.native_stop_list import (
    StopListBody,
    StopListPage,
    StopListQuery,
    StopListView,
    entry_view,
    row_of,
)
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_work import Asked, Bound, bound, nothing
from heliograph.model.account import Account, StopListed


class StopListWorks:
    """The works of the calls about the stop list."""

    def __init__(self, stop_lists: StopLists) -> None:
        self._stop_lists = stop_lists

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.ENTRIES, self._entries)
        yield bound(calls.PUT, self._put)
        yield bound(calls.ENTRY, self._entry)
        yield bound(calls.REMOVE, self._remove)

    async def _entries(self, asked: Asked[NoBody, StopListQuery]) -> StopListPage:
        try:
            found = await self._stop_lists.page(asked.account, int(asked.query.cursor or 0), asked.query.limit)
        except NothingFound:
            found = []
        more = str(found[-1].id) if len(found) == asked.query.limit else None
        return StopListPage([entry_view(one) for one in found], more)

    async def _put(self, asked: Asked[StopListBody, NoQuery]) -> StopListView:
        row = row_of(asked.body, asked.account.id)
        return entry_view(replace(row, id=await self._stop_lists.put(asked.account, row)))

    async def _entry(self, asked: Asked[NoBody, NoQuery]) -> StopListView:
        return entry_view(await self._of(asked.account, asked.number))

    async def _remove(self, asked: Asked[NoBody, NoQuery]) -> NoAnswer:
        row = await self._of(asked.account, asked.number)
        await self._stop_lists.take_off(asked.account, row.recipient)
        return nothing()

    async def _of(self, account: Account, number: int) -> StopListed:
        """The entry of an id. Raises `NothingFound`."""
        found = await self._stop_lists.page(account, number - 1, 1)
        if found[0].id != number:
            raise NothingFound
        return found[0]
