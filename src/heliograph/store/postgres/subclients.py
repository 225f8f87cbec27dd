"""What sub-clients sent, spent and were paid, and their papers. Sums are looked for on a connection of their own."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from heliograph.model.message import MessageId
from heliograph.model.subclient import Paper
from heliograph.ports.subclients import PaidIn, Released, SentOnce, Spent
from heliograph.store.columns import figures
from heliograph.store.columns import papers as columns
from heliograph.store.columns.messages import sent_once
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.statements import insert
from heliograph.store.postgres.texts import kept

NEWEST: Final = 2**62
"""Above every id."""
_MOST_PAPER: Final = 2**31
"""Ids of papers are below it; larger numbers are asked for, too."""

_ONCE: Final = (
    "id, accepted_at, recipient, CASE WHEN text <> '' THEN text ELSE encode(coalesce(data, ''), 'hex') END, peer, "
    "own_parts"
)
_WENT: Final = "((part = '' AND own_parts = '') OR tries > 0 OR state IN (2, 3, 4, 5))"
"""Not a part that waits or did not become whole, nor what was refused when it did."""
_SENT: Final = f"""
    SELECT {_ONCE}, 0 FROM message
    WHERE account_id = $1 AND id + 0 < $2 AND refusal = '' AND {_WENT}
    ORDER BY id + 0 DESC LIMIT $3
"""
RELEASED: Final = f"""
    SELECT {_ONCE}, at FROM (
        SELECT at, message_id FROM let_go
        WHERE account_id = $1 AND at >= $2 AND (at, message_id) > ($3, $4) ORDER BY at, message_id LIMIT $5
    ) AS gone JOIN message ON message.id = gone.message_id ORDER BY at, id
"""
LET_GO: Final = insert("let_go", "account_id integer, at bigint, message_id bigint")
_FORGET: Final = "DELETE FROM let_go WHERE at < $1"
_SPENT: Final = figures.SPENT.format(
    offset="$1::bigint",
    accounts="= ANY($2::integer[])",
    purses="= ANY($3::integer[])",
    first="$4",
    end="$5",
)
_PAID_IN: Final = """
    SELECT purse, (at / 1000 + $1::bigint) / 86400 AS day,
        sum(CASE WHEN kind = 'rent' THEN 0 WHEN credit = 'purse:' || purse THEN amount ELSE -amount END)::bigint,
        sum(CASE WHEN kind <> 'rent' THEN 0 WHEN debit = 'purse:' || purse THEN amount ELSE -amount END)::bigint
    FROM ledger
    WHERE purse = ANY($2::integer[]) AND kind NOT IN ('charge', 'refund', 'repriced') AND at >= $3 AND at < $4
    GROUP BY purse, day ORDER BY purse, day
"""
_ADD: Final = f"INSERT INTO paper ({columns.COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id"
_NUMBER: Final = "UPDATE paper SET number = id WHERE id = $1 AND number = ''"
_BY_ID: Final = f"SELECT id, {columns.COLUMNS} FROM paper WHERE id = $1"
_ACT: Final = f"SELECT id, {columns.COLUMNS} FROM paper WHERE account_id = $1 AND number = $2 AND kind = 'act'"


class PostgresSubclients:
    """`ports.subclients.SubclientStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sent(self, account_id: int, before: MessageId, limit: int) -> list[SentOnce]:
        return [sent_once(row) for row in await self._database.rows(_SENT, account_id, before or NEWEST, limit)]

    async def released(self, account_id: int, since: int, after: Released, limit: int) -> list[SentOnce]:
        rows = await self._database.rows(RELEASED, account_id, since, *after, limit)
        return [sent_once(row) for row in rows]

    async def forget_released(self, before: int) -> None:
        async with self._database.group() as database:
            await database.execute(_FORGET, before)

    async def spent(
        self, accounts: Sequence[int], purses: Sequence[int], since: int, until: int, offset_s: int
    ) -> list[Spent]:
        async with self._database.aside() as reader:
            rows = await reader.rows(_SPENT, offset_s, list(accounts), list(purses), *figures.slots(since, until))
        return [Spent(*row) for row in rows]

    async def paid_in(self, purses: Sequence[int], since: int, until: int, offset_s: int) -> list[PaidIn]:
        async with self._database.aside() as reader:
            return [PaidIn(*row) for row in await reader.rows(_PAID_IN, offset_s, list(purses), since, until)]

    async def add_paper(self, paper: Paper) -> int:
        async with self._database.group() as database:
            paper_id = int(await database.fetchval(_ADD, *[kept(value) for value in columns.values(paper)]))
            await database.execute(_NUMBER, paper_id)
        return paper_id

    async def paper(self, paper_id: int) -> Paper | None:
        if not 0 < paper_id < _MOST_PAPER:
            return None
        return _paper(await self._database.rows(_BY_ID, paper_id))

    async def act(self, account_id: int, number: str) -> Paper | None:
        return _paper(await self._database.rows(_ACT, account_id, number))


def _paper(rows: Sequence[tuple[Any, ...]]) -> Paper | None:
    return columns.paper_of(rows[0]) if rows else None
