"""What makes a store sound: do ledger, purses and message rows agree, does every row belong to one that exists?

`ROWS` are questions both databases understand. Nothing here reads or changes anything.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heliograph.model.message import AttemptState, State
from heliograph.model.money import Micro
from heliograph.model.receipt import NoticeState, ReceiptFate
from heliograph.store.belonging import ORPHANS
from heliograph.store.columns import figures

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
        "OVER (ORDER BY id) AS free FROM message) AS following "
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
        "SELECT count(*), min(id) FROM incoming WHERE answers > (SELECT coalesce(max(value), 0) FROM retention "
        "WHERE name = 'removed') AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = answers)",
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
    ("counters of statistics are not what the messages say", figures.DISAGREEING),
    *ORPHANS,
)
"""What is wrong, and how many there are and the first of them."""


def row_fault(what: str, count: int, first: int) -> str:
    """The sentence for what one of `ROWS` found."""
    return f"{count} {what}, the first is {first}"


@dataclass(frozen=True, slots=True)
class Sums:
    """What purses, ledger and messages say about the money.

    `debits` and `credits` are the ledger's, by name of account (`purse:3`); `balances` the purses', by the same names.
    By purse: what its charges took and for how many messages, what its refunds gave, and what its messages cost, how
    many of them, and what they got back.
    """

    debits: Mapping[str, Micro]
    credits: Mapping[str, Micro]
    balances: Mapping[str, Micro]
    charges: Mapping[int, tuple[Micro, int]]
    refunds: Mapping[int, Micro]
    prices: Mapping[int, tuple[Micro, int, Micro]]


def money_faults(sums: Sums) -> list[str]:
    """Opening + top-ups − charges + refunds = closing, and charges and refunds are what the messages say (P6)."""
    found = []
    for name in sorted(name for name in {*sums.debits, *sums.credits, *sums.balances} if name.startswith("purse:")):
        ledger = sums.credits.get(name, 0) - sums.debits.get(name, 0)
        if name not in sums.balances:
            found.append(f"the ledger names {name}, which does not exist")
        elif ledger != sums.balances[name]:
            found.append(f"{name} holds {sums.balances[name]}, its ledger says {ledger}")
    for purse in sorted({*sums.charges, *sums.refunds, *sums.prices}):
        price, count, refunded = sums.prices.get(purse, (0, 0, 0))
        charged, lines = sums.charges.get(purse, (0, 0))
        given_back = sums.refunds.get(purse, 0)
        if (price, count) != (charged, lines):
            found.append(
                f"{count} messages cost purse:{purse} {price}, the ledger charged it {charged} for {lines} messages"
            )
        if refunded != given_back:
            found.append(f"messages gave purse:{purse} {refunded} back, the ledger says {given_back}")
    return found
