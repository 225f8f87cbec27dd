"""Money by `/v1`: what there is, and where it went."""

from __future__ import annotations

from collections.abc import Iterable

from heliograph.core.purses import Purses
from heliograph.dialects import native_calls as calls
from heliograph.dialects.native_call import NoBody
from heliograph.dialects.native_views import BalanceView, LedgerPage, NoQuery, Paging, balance_view, ledger_line
from heliograph.doors.v1_work import Asked, Bound, bound
from heliograph.ports import Store


class Money:
    """The works of the calls about money."""

    def __init__(self, *, purses: Purses, store: Store) -> None:
        self._purses = purses
        self._store = store

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.BALANCE, self._balance)
        yield bound(calls.LEDGER, self._ledger)

    def _balance(self, asked: Asked[NoBody, NoQuery]) -> BalanceView:
        purse, purses = asked.account.purse, self._purses
        balance = purses.balance(purse)
        return balance_view(balance, purses.spendable(purse) - balance, purses.currency(purse))

    async def _ledger(self, asked: Asked[NoBody, Paging]) -> LedgerPage:
        query, purse = asked.query, asked.account.purse
        found = await self._store.entries(purse, int(query.cursor or 0), query.limit)
        more = str(found[-1][0]) if len(found) == query.limit else None
        return LedgerPage([ledger_line(*one) for one in found], self._purses.currency(purse), more)
