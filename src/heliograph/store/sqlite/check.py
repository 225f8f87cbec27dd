"""`store check`: do ledger, purses and message rows agree, and does every row belong to one that exists?

Each query reads tables from end to end and answers with few rows, so it may run in a thread beside a working gateway,
on one moment's state (`Database.aside`). Nothing here changes anything.
"""

from __future__ import annotations

from heliograph.ports import StoreFailure
from heliograph.store.soundness import ROWS, Sums, money_faults, row_fault
from heliograph.store.sqlite.database import Reader

DAMAGE = "PRAGMA quick_check(5)"

PURSES = "SELECT id, balance FROM purse ORDER BY id"
DEBITS = "SELECT debit, sum(amount) FROM ledger GROUP BY debit"
CREDITS = "SELECT credit, sum(amount) FROM ledger GROUP BY credit"
REFUNDS = "SELECT purse, sum(amount) FROM ledger WHERE kind = 'refund' GROUP BY purse"
CHARGES = """
    SELECT purse, sum(CASE credit WHEN 'income' THEN amount ELSE -amount END),
        sum(CASE credit WHEN 'income' THEN count ELSE -count END)
    FROM ledger WHERE kind IN ('charge', 'repriced') GROUP BY purse
"""
PRICES = """
    SELECT purse, sum(price), sum(count), sum(refunded) FROM (
        SELECT purse, sum(price) AS price, sum((price <> 0) * CASE own_parts WHEN '' THEN 1 ELSE parts END) AS count,
            sum(refunded) AS refunded
        FROM message GROUP BY purse
        UNION ALL SELECT purse, price, count, refunded FROM removed_money
    ) GROUP BY purse
"""
"""Messages that are there and those that retention removed. The parts a message was joined of were charged one by
one."""


def faults(reader: Reader) -> list[str]:
    """A sentence for each fault; [] is sound."""
    try:
        damage = [str(row[0]) for row in reader.rows(DAMAGE)]
    except StoreFailure as failure:  # some damage stops the very look for damage
        damage = [str(failure)]
    if damage != ["ok"]:
        return [f"the file is damaged: {line}" for line in damage]
    return money_faults(_sums(reader)) + [
        row_fault(what, count, first) for what, sql in ROWS for count, first in reader.rows(sql) if count
    ]


def _sums(reader: Reader) -> Sums:
    return Sums(
        debits=dict(reader.rows(DEBITS)),
        credits=dict(reader.rows(CREDITS)),
        balances={f"purse:{purse}": balance for purse, balance in reader.rows(PURSES)},
        charges={purse: (amount, count) for purse, amount, count in reader.rows(CHARGES)},
        refunds=dict(reader.rows(REFUNDS)),
        prices={purse: (price, count, refunded) for purse, price, count, refunded in reader.rows(PRICES)},
    )
