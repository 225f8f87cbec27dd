"""`store check`: do ledger, purses and message rows agree, and does every row belong to one that exists?

Each query reads tables from end to end and answers with few rows, on a connection of its own and one moment's state
(`Database.aside`), beside a working gateway. Nothing here changes anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from heliograph.store.postgres.database import Reader
from heliograph.store.postgres.partitions import LEFT_OVER
from heliograph.store.soundness import ROWS, Sums, money_faults, row_fault

PURSES = "SELECT id, balance FROM purse ORDER BY id"
DEBITS = "SELECT debit, sum(amount)::bigint FROM ledger GROUP BY debit"
CREDITS = "SELECT credit, sum(amount)::bigint FROM ledger GROUP BY credit"
REFUNDS = "SELECT purse, sum(amount)::bigint FROM ledger WHERE kind = 'refund' GROUP BY purse"
CHARGES = """
    SELECT purse, sum(CASE credit WHEN 'income' THEN amount ELSE -amount END)::bigint,
        sum(CASE credit WHEN 'income' THEN count ELSE -count END)
    FROM ledger WHERE kind IN ('charge', 'repriced') GROUP BY purse
"""
PRICES = """
    SELECT purse, sum(price)::bigint, coalesce(sum(count), 0)::bigint, sum(refunded)::bigint FROM (
        SELECT purse, sum(price) AS price, sum(refunded) AS refunded,
            sum(CASE own_parts WHEN '' THEN 1 ELSE parts END) FILTER (WHERE price <> 0) AS count
        FROM message GROUP BY purse
        UNION ALL SELECT purse, price, refunded, count FROM removed_money
    ) AS one GROUP BY purse
"""
"""Messages that are there and those that retention removed. The parts a message was joined of were charged one by
one."""
_MESSAGES = re.compile(r"FROM message\b")


async def faults(reader: Reader) -> list[str]:
    """A sentence for each fault; [] is sound."""
    aside = [str(row[0]) for row in await reader.rows(LEFT_OVER)]
    found = money_faults(await _sums(reader, aside))
    for what, sql in ROWS:
        for count, first in await reader.rows(_with(aside, sql)):
            if count:
                found.append(row_fault(what, count, first))
    return found


def _with(aside: Sequence[str], sql: str) -> str:
    """A query that counts messages of ranges that retention has taken out and not added up yet among the others."""
    if not aside:
        return sql
    tables = " UNION ALL ".join(f"SELECT * FROM {table}" for table in ("message", *aside))  # noqa: S608
    return _MESSAGES.sub(f"FROM ({tables}) AS message", sql)


async def _sums(reader: Reader, aside: Sequence[str]) -> Sums:
    prices = await reader.rows(_with(aside, PRICES))
    return Sums(
        debits=dict(await reader.rows(DEBITS)),
        credits=dict(await reader.rows(CREDITS)),
        balances={f"purse:{purse}": balance for purse, balance in await reader.rows(PURSES)},
        charges={purse: (amount, count) for purse, amount, count in await reader.rows(CHARGES)},
        refunds=dict(await reader.rows(REFUNDS)),
        prices={purse: (price, count, refunded) for purse, price, count, refunded in prices},
    )
