"""The money of the accounts while the gateway runs on SQLite: balances in memory, reserved at submit.

One process owns the file, so memory is the truth and no purse can be spent below −credit (R28). The journal writes
charges and refunds with the groups; here is only the arithmetic around them: what a failed group had reserved is
given back, what a group refunded or topped up is added once it is durable (decisions.md 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from heliograph.model.money import Micro, Purse


class Purses:
    """Balances by purse id. Amounts are Micro (10⁻⁶ of the purse's currency) and never negative."""

    def __init__(self, purses: Iterable[Purse] = ()) -> None:
        self._purses: dict[int, Purse] = {}
        self.load(purses)

    def __contains__(self, purse_id: int) -> bool:
        return purse_id in self._purses

    def load(self, purses: Iterable[Purse]) -> None:
        """Take over what the store says; forgets everything known before. For the start only."""
        self._purses = {purse.id: replace(purse) for purse in purses}

    def put(self, purse: Purse) -> None:
        """Add a purse, or change credit and currency of a known one, whose balance stays what it is here."""
        known = self._purses.get(purse.id)
        if known is None:
            self._purses[purse.id] = replace(purse)
        else:
            known.account_id, known.currency, known.credit = purse.account_id, purse.currency, purse.credit

    def balances(self) -> dict[int, Micro]:
        """All balances by purse, reserved money not included."""
        return {purse.id: purse.balance for purse in self._purses.values()}

    def look_again(self, purse: Purse, before: Micro) -> None:
        """Take over what the store says, where other nodes spend from it as well; unless the balance is not `before`
        any more, which it was when the store was asked."""
        if self.balance(purse.id) == before:
            self._purses[purse.id] = replace(purse)

    def of_account(self, account_id: int) -> tuple[int, ...]:
        """The purses that are an account's own, in order of id: the main one first, then the second."""
        return tuple(sorted(purse.id for purse in self._purses.values() if purse.account_id == account_id))

    def balance(self, purse_id: int) -> Micro:
        """What is left, reserved money not included; 0 for an unknown purse."""
        purse = self._purses.get(purse_id)
        return 0 if purse is None else purse.balance

    def currency(self, purse_id: int) -> str:
        """ISO 4217 code; "" for an unknown purse."""
        purse = self._purses.get(purse_id)
        return "" if purse is None else purse.currency

    def spendable(self, purse_id: int) -> Micro:
        """Balance plus credit: what may still be reserved; 0 for an unknown purse."""
        purse = self._purses.get(purse_id)
        return 0 if purse is None else purse.spendable

    def reserve(self, purse_id: int, amount: Micro) -> bool:
        """Take `amount` away if it is there. Free messages are always paid for; an unknown purse pays nothing else."""
        if amount <= 0:
            return _checked(amount) == 0
        purse = self._purses.get(purse_id)
        if purse is None or purse.balance + purse.credit < amount:
            return False
        purse.balance -= amount
        return True

    def give_back(self, purse_id: int, amount: Micro) -> None:
        """Undo a reservation: the item was refused or its group failed. Raises KeyError for an unknown purse."""
        self._add(purse_id, amount)

    def refund(self, purse_id: int, amount: Micro) -> None:
        """Add what a committed group refunded. Raises KeyError for an unknown purse."""
        self._add(purse_id, amount)

    def top_up(self, purse_id: int, amount: Micro) -> None:
        """Add what a committed ledger entry paid in. Raises KeyError for an unknown purse."""
        self._add(purse_id, amount)

    def _add(self, purse_id: int, amount: Micro) -> None:
        self._purses[purse_id].balance += _checked(amount)


def _checked(amount: Micro) -> Micro:
    if amount < 0:
        raise ValueError("an amount is never negative")
    return amount
