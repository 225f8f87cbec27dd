"""`store check`: do ledger, purses and message rows agree, and does every row belong to one that exists?

Each query reads tables from end to end and answers with few rows, so it may run in a thread beside a working gateway,
on one moment's state (`Database.aside`). Nothing here changes anything.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from heliograph.model.message import AttemptState, State
from heliograph.model.receipt import NoticeState, ReceiptFate
from heliograph.ports import StoreFailure
from heliograph.store.sqlite.database import Reader

DAMAGE = "PRAGMA quick_check(5)"

PURSES = "SELECT id, balance FROM purse ORDER BY id"
DEBITS = "SELECT debit, sum(amount) FROM ledger GROUP BY debit"
CREDITS = "SELECT credit, sum(amount) FROM ledger GROUP BY credit"
LINES = "SELECT purse, sum(amount), sum(count) FROM ledger WHERE kind = ? GROUP BY purse"
PRICES = (
    "SELECT purse, sum(price), sum((price <> 0) * CASE own_parts WHEN '' THEN 1 ELSE parts END), "
    "sum(refunded) FROM message GROUP BY purse"
)
"""The parts a message was joined of were charged one by one."""

_STATES = ", ".join(str(state.value) for state in State)
_ATTEMPT_STATES = ", ".join(str(state.value) for state in AttemptState)
_FATES = ", ".join(str(fate.value) for fate in ReceiptFate)
_PROGRESS = ", ".join(str(progress.value) for progress in NoticeState)

ROWS: tuple[tuple[str, str], ...] = (
    (
        "ledger lines move nothing, or from an account to itself",
        "SELECT count(*), min(id) FROM ledger WHERE amount <= 0 OR debit = credit",
    ),
    (
        "messages gave back more than their price, or less than nothing",
        "SELECT count(*), min(id) FROM message WHERE refunded < 0 OR refunded > price",
    ),
    ("messages are in a state that is none", f"SELECT count(*), min(id) FROM message WHERE state NOT IN ({_STATES})"),
    (
        "messages own a part id of the next one",
        "SELECT count(*), min(id) FROM (SELECT id, lag(id + CASE own_parts WHEN '' THEN parts ELSE 1 END) "
        "OVER (ORDER BY id) AS free FROM message) "
        "WHERE free > id",
    ),
    (
        "messages have an id that the counter has yet to give",
        "SELECT count(*), min(id) FROM message "
        "WHERE id + CASE own_parts WHEN '' THEN parts ELSE 1 END > (SELECT value FROM counter WHERE name = 'message')",
    ),
    (
        "parts belong to a message that does not exist, or have a row of their own all the same",
        "SELECT count(*), min(id) FROM part_of WHERE NOT EXISTS (SELECT 1 FROM message WHERE message.id = message_id) "
        "OR EXISTS (SELECT 1 FROM message WHERE message.id = part_of.id)",
    ),
    (
        "attempts belong to no message, or to parts it has not got",
        "SELECT count(*), min(message_id) FROM attempt WHERE NOT EXISTS "
        "(SELECT 1 FROM message WHERE id = message_id AND part_first BETWEEN 1 AND part_last AND part_last <= parts)",
    ),
    (
        "attempts are in a state that is none",
        f"SELECT count(*), min(message_id) FROM attempt WHERE state NOT IN ({_ATTEMPT_STATES})",
    ),
    (
        "receipts have a fate that is none, or speak of no message although they are not parked",
        f"SELECT count(*), min(id) FROM receipt WHERE fate NOT IN ({_FATES}) "
        "OR (fate <> 1 AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = message_id))",
    ),
    (
        "incoming messages answer one that does not exist",
        "SELECT count(*), min(id) FROM incoming "
        "WHERE answers > 0 AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = answers)",
    ),
    (
        "notices speak of a message that does not exist",
        "SELECT count(*), min(id) FROM notice "
        "WHERE message_id > 0 AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = message_id)",
    ),
    (
        "notices speak of an incoming message that does not exist, or of nothing",
        "SELECT count(*), min(id) FROM notice WHERE (incoming_id = 0 AND message_id = 0) "
        "OR (incoming_id > 0 AND NOT EXISTS (SELECT 1 FROM incoming WHERE incoming.id = incoming_id))",
    ),
    (
        "notices stand where none can stand",
        f"SELECT count(*), min(id) FROM notice WHERE progress NOT IN ({_PROGRESS}) "
        "OR (progress = 1) <> (settled_at = 0)",
    ),
    (
        "events have an id that the counter has yet to give",
        "WITH free (id) AS (SELECT value FROM counter WHERE name = 'event') SELECT count(*), min(id) FROM ("
        "SELECT id FROM notice WHERE id >= (SELECT id FROM free) UNION ALL "
        "SELECT id FROM receipt WHERE id >= (SELECT id FROM free) UNION ALL "
        "SELECT id FROM incoming WHERE id >= (SELECT id FROM free) UNION ALL "
        "SELECT id FROM incoming_part WHERE id >= (SELECT id FROM free))",
    ),
)
"""What is wrong, and how many there are and the first of them."""


def faults(reader: Reader) -> list[str]:
    """A sentence for each fault; [] is sound."""
    try:
        damage = [str(row[0]) for row in reader.rows(DAMAGE)]
    except StoreFailure as failure:  # some damage stops the very look for damage
        damage = [str(failure)]
    if damage != ["ok"]:
        return [f"the file is damaged: {line}" for line in damage]
    return _money(reader) + [
        f"{count} {what}, the first is {first}" for what, sql in ROWS for count, first in reader.rows(sql) if count
    ]


def _money(reader: Reader) -> list[str]:
    """Opening + top-ups − charges + refunds = closing, and charges and refunds are what the messages say (P6)."""
    debits: dict[str, int] = dict(reader.rows(DEBITS))
    credits: dict[str, int] = dict(reader.rows(CREDITS))
    balances = {f"purse:{purse}": balance for purse, balance in reader.rows(PURSES)}
    found = []
    for name in sorted(name for name in {*debits, *credits, *balances} if name.startswith("purse:")):
        ledger = credits.get(name, 0) - debits.get(name, 0)
        if name not in balances:
            found.append(f"the ledger names {name}, which does not exist")
        elif ledger != balances[name]:
            found.append(f"{name} holds {balances[name]}, its ledger says {ledger}")
    charges = {purse: (amount, count) for purse, amount, count in reader.rows(LINES, ("charge",))}
    refunds = {purse: amount for purse, amount, _ in reader.rows(LINES, ("refund",))}
    prices = {purse: (price, count, refunded) for purse, price, count, refunded in reader.rows(PRICES)}
    for purse in sorted({*charges, *refunds, *prices}):
        price, count, refunded = prices.get(purse, (0, 0, 0))
        charged, lines = charges.get(purse, (0, 0))
        if (price, count) != (charged, lines):
            found.append(
                f"{count} messages cost purse:{purse} {price}, the ledger charged it {charged} for {lines} messages"
            )
        if refunded != refunds.get(purse, 0):
            found.append(f"messages gave purse:{purse} {refunded} back, the ledger says {refunds.get(purse, 0)}")
    return found
