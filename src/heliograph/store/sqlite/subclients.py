"""What sub-clients sent, spent and were paid, and their papers.

What was spent is in the counters of statistics, the rest in the ledger. It may be much, so it runs off the loop.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from heliograph.model.message import MessageId
from heliograph.model.subclient import Paper
from heliograph.ports.subclients import PaidIn, Released, SentOnce, Spent
from heliograph.store.columns import figures
from heliograph.store.columns import papers as columns
from heliograph.store.columns.messages import sent_once
from heliograph.store.sqlite.database import Database

NEWEST: Final = 2**62
"""Above every id."""

_ONCE: Final = (
    "id, accepted_at, recipient, CASE WHEN text <> '' THEN text ELSE lower(hex(coalesce(data, x''))) END, peer, "
    "own_parts"
)
_WENT: Final = "((part = '' AND own_parts = '') OR tries > 0 OR state IN (2, 3, 4, 5))"
"""Not a part that waits or did not become whole, nor what was refused when it did."""
_SENT: Final = f"""
    SELECT {_ONCE}, 0 FROM message INDEXED BY message_of_account
    WHERE account_id = ? AND id < ? AND refusal = '' AND {_WENT}
    ORDER BY id DESC LIMIT ?
"""
RELEASED: Final = f"""
    SELECT {_ONCE}, at FROM let_go CROSS JOIN message ON message.id = let_go.message_id
    WHERE let_go.account_id = ? AND at >= ? AND (at, message_id) > (?, ?) ORDER BY at, message_id LIMIT ?
"""
LET_GO: Final = "INSERT INTO let_go (account_id, at, message_id) VALUES (?, ?, ?)"
_FORGET: Final = "DELETE FROM let_go WHERE at < ?"
_SPENT: Final = figures.SPENT.format(
    offset="?",
    accounts="IN (SELECT value FROM json_each(?))",
    purses="IN (SELECT value FROM json_each(?))",
    first="?",
    end="?",
)
_PAID_IN: Final = """
    SELECT purse, (at / 1000 + ?) / 86400 AS day,
        sum(CASE WHEN kind = 'rent' THEN 0 WHEN credit = 'purse:' || purse THEN amount ELSE -amount END),
        sum(CASE WHEN kind <> 'rent' THEN 0 WHEN debit = 'purse:' || purse THEN amount ELSE -amount END)
    FROM ledger INDEXED BY ledger_of_purse
    WHERE purse IN (SELECT value FROM json_each(?)) AND kind NOT IN ('charge', 'refund', 'repriced')
        AND at >= ? AND at < ?
    GROUP BY purse, day ORDER BY purse, day
"""
_ADD: Final = f"INSERT INTO paper ({columns.COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_NUMBER: Final = "UPDATE paper SET number = id WHERE id = ? AND number = ''"
_BY_ID: Final = f"SELECT id, {columns.COLUMNS} FROM paper WHERE id = ?"
_ACT: Final = f"SELECT id, {columns.COLUMNS} FROM paper WHERE account_id = ? AND number = ? AND kind = 'act'"


class SqliteSubclients:
    """`ports.subclients.SubclientStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sent(self, account_id: int, before: MessageId, limit: int) -> list[SentOnce]:
        rows = self._database.reader.rows(_SENT, (account_id, before or NEWEST, limit))
        return [sent_once(row) for row in rows]

    async def released(self, account_id: int, since: int, after: Released, limit: int) -> list[SentOnce]:
        values = (account_id, since, *after, limit)
        return [sent_once(row) for row in self._database.reader.rows(RELEASED, values)]

    async def forget_released(self, before: int) -> None:
        async with self._database.group() as database:
            database.execute(_FORGET, (before,))

    async def spent(
        self, accounts: Sequence[int], purses: Sequence[int], since: int, until: int, offset_s: int
    ) -> list[Spent]:
        values = (offset_s, json.dumps(list(accounts)), json.dumps(list(purses)), *figures.slots(since, until))
        return [Spent(*row) for row in await self._database.aside(lambda reader: reader.rows(_SPENT, values))]

    async def paid_in(self, purses: Sequence[int], since: int, until: int, offset_s: int) -> list[PaidIn]:
        values = (offset_s, json.dumps(list(purses)), since, until)
        return [PaidIn(*row) for row in await self._database.aside(lambda reader: reader.rows(_PAID_IN, values))]

    async def add_paper(self, paper: Paper) -> int:
        async with self._database.group() as database:
            database.execute(_ADD, columns.values(paper))
            paper_id = int(database.last_insert_rowid())
            database.execute(_NUMBER, (paper_id,))
        return paper_id

    async def paper(self, paper_id: int) -> Paper | None:
        return _paper(self._database.reader.first(_BY_ID, (paper_id,)))

    async def act(self, account_id: int, number: str) -> Paper | None:
        return _paper(self._database.reader.first(_ACT, (account_id, number)))


def _paper(row: tuple[Any, ...] | None) -> Paper | None:
    return None if row is None else columns.paper_of(row)
