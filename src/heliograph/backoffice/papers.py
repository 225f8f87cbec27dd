"""Invoices for sub-clients, and acts of what was done for them in a month.

An invoice is what its owner asks a sub-client to pay. An act is made when it is first asked for, once the month is over
in the sub-client's zone, from what its messages cost; from then on it stays as it is, whatever becomes of the messages.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.backoffice.subclient_figures import DAY_MS, SubclientFigures
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.core.zones import offset_s
from heliograph.model.account import Account
from heliograph.model.money import Micro
from heliograph.model.subclient import Flag, Paper, PaperKind, Parties
from heliograph.ports import Clock
from heliograph.ports.subclients import SubclientStore

MOST_SERVICE: Final = 1_000
"""Characters of what an invoice is for."""


class Papers:
    """Every method raises `StoreFailure` when the store cannot."""

    def __init__(
        self,
        *,
        store: SubclientStore,
        directory: Directory,
        purses: Purses,
        figures: SubclientFigures,
        clock: Clock,
        zone: str,
    ) -> None:
        self._store = store
        self._directory = directory
        self._purses = purses
        self._figures = figures
        self._clock = clock
        self._zone = zone
        self._one_at_a_time = asyncio.Lock()

    async def invoice(self, asker: Account, account: Account, amount: Micro, service: str) -> int:
        """Make an invoice; its id. Raises `NotSaved` if a sub-client asks for itself and may not pay."""
        if asker.id == account.id and account.profile is not None and account.profile.has(Flag.MAY_NOT_PAY):
            raise NotSaved
        currency = self._purses.currency(account.purse)
        paper = Paper(0, PaperKind.INVOICE, account.id, "", self._clock.now(), amount, currency, service)
        return await self._store.add_paper(paper)

    async def of(self, account: Account, kind: PaperKind, paper_id: int) -> Paper:
        """A paper of a sub-client by its id. Raises `NothingFound`."""
        paper = await self._store.paper(paper_id)
        if paper is None or paper.account_id != account.id or paper.kind is not kind:
            raise NothingFound
        return paper

    async def act(self, account: Account, year: int, month: int) -> Paper:
        """The act of a month. Raises `NothingFound` if the month is not over, or nothing was sent in it."""
        number = f"{year:04}-{month:02}"
        async with self._one_at_a_time:
            kept = await self._store.act(account.id, number)
            if kept is not None:
                return kept
            first, after = _first_day(year, month), _first_day(year + month // 12, month % 12 + 1)
            now = self._clock.now()
            if after * DAY_MS > now + self._offset_s(account) * 1000:
                raise NothingFound
            (row,) = await self._figures.in_all([account], self._zone_of(account), first, after - 1)
            if not row.messages:
                raise NothingFound
            paper = Paper(0, PaperKind.ACT, account.id, number, now, row.spent, row.currency, "", row.messages)
            return replace(paper, id=await self._store.add_paper(paper))

    async def pdf(self, account: Account, paper: Paper) -> bytes:
        """A paper as it is handed over; drawn off the loop."""
        from heliograph.backoffice.paper_pdf import draw  # what it draws with is read by who needs it, not at start

        owner, profile = self._directory.account(account.parent), account.profile
        day = datetime.fromtimestamp(paper.at // 1000 + self._offset_s(account), UTC)
        parties = Parties(
            contractor=owner.login if owner is not None else "",
            customer=(profile.person if profile is not None else "") or account.login,
            requisites=profile.requisites if profile is not None else "",
            contract=profile.contract if profile is not None else "",
            language=account.settings.language,
            day=f"{day:%d.%m.%Y}",
        )
        return await asyncio.to_thread(draw, paper, parties)

    def _zone_of(self, account: Account) -> str:
        return account.settings.zone or self._zone

    def _offset_s(self, account: Account) -> int:
        return offset_s(self._zone_of(account), self._clock.now())


def _first_day(year: int, month: int) -> int:
    """The first day of a month, in days since the epoch."""
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1000 // DAY_MS
