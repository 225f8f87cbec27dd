"""Money: integers of 10⁻⁶ of a currency, shown and read without a float in sight (decisions.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

Micro = int
"""An amount in 10⁻⁶ of its currency; may be negative in a balance that has credit."""

UNIT = 1_000_000

REPRICED: Final = "repriced"
"""The kind of entry that gives back what a replaced message cost, and of the one that charges it anew."""


class NotMoney(ValueError):
    """A text that is no decimal amount with at most six decimals."""


def parse_amount(text: str) -> Micro:
    """Read "12.5" as 12 500 000: at most six decimals, 12 digits before them. Raises `NotMoney` for anything else."""
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text)
    whole, _, decimals = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 12 or len(decimals) > 6:
        raise NotMoney(text)
    if decimals and not (decimals.isascii() and decimals.isdigit()):
        raise NotMoney(text)
    return sign * (int(whole) * UNIT + int(decimals.ljust(6, "0")))


def show_balance(amount: Micro, decimals: int) -> str:
    """Write a balance rounded down (towards −∞), so that nobody is shown money he has not got."""
    step = int(10 ** (6 - decimals))
    return _decimal(amount // step, decimals)


def show_price(amount: Micro, decimals: int) -> str:
    """Write a price rounded half up."""
    step = int(10 ** (6 - decimals))
    return _decimal((2 * amount + step) // (2 * step), decimals)


def _decimal(units: int, decimals: int) -> str:
    sign, units = ("-", -units) if units < 0 else ("", units)
    if decimals == 0:
        return f"{sign}{units}"
    text = str(units).rjust(decimals + 1, "0")
    return f"{sign}{text[:-decimals]}.{text[-decimals:]}"


@dataclass(slots=True)
class Purse:
    """A balance of one account. `credit` is how far below zero it may go (≥ 0)."""

    id: int
    account_id: int
    currency: str
    balance: Micro
    credit: Micro = 0

    @property
    def spendable(self) -> Micro:
        """What may still be spent."""
        return self.balance + self.credit


class Entry(NamedTuple):
    """One balanced line of the ledger: `amount` moves from account `debit` to account `credit`.

    The names are `purse:<id>`, `income`, `bank`. One entry per purse, kind and group; the message rows between
    `first_id` and `last_id` are the detail. `kind` is `charge`, `refund`, `repriced`, `top-up` or
    `correction`.
    """

    at: int
    kind: str
    purse: int
    debit: str
    credit: str
    amount: Micro
    count: int  # type: ignore[assignment]  # a tuple's own `count` is of no use here
    first_id: int
    last_id: int
    note: str = ""
