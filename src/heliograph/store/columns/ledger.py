"""The ledger's rows: what they move, and which of them speak of a message."""

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.message import Message
from heliograph.model.money import Entry, Micro

COLUMNS = "at, kind, purse, debit, credit, amount, count, first_id, last_id, note"
"""The fields of an `Entry`, in order."""


class NoSuchPurse(LookupError):
    """A row charges or refunds a purse that does not exist: a bug, not a failure that trying again would mend."""


def changes(entries: Sequence[Entry]) -> dict[int, Micro]:
    """By how much the lines move each purse they name."""
    sums: dict[int, Micro] = {}
    for entry in entries:
        for name, amount in ((entry.debit, -entry.amount), (entry.credit, entry.amount)):
            kind, _, purse = name.partition(":")
            if kind == "purse":
                sums[int(purse)] = sums.get(int(purse), 0) + amount
    return sums


def speaking_of(message: Message) -> list[tuple[str, int]]:
    """The kinds of entry that speak of a message, each with the time from which on its first line with the message's id
    is the one."""
    kinds = ((message.price, "charge", message.accepted_at), (message.refunded, "refund", message.final_at))
    return [(kind, since) for amount, kind, since in kinds if amount]
