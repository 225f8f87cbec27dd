"""How much waits: per account and in all, in parts, and when the answer must be "queue full" (P8).

Counted incrementally from the moves of messages into and out of the waiting states; the store is asked once, at
start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from heliograph.model.account import Account
from heliograph.model.message import WAITING, Message, State
from heliograph.ports import Waiting


class Backlog:
    """`most` bounds all accounts together; an account's own bound is in its settings, and counts for all that are
    `bound_by` it together."""

    def __init__(self, most: int, most_per_account: int, bound_by: Callable[[int], Iterable[int]]) -> None:
        self._most = most
        self._most_per_account = most_per_account
        self._bound_by = bound_by
        self._by_account: defaultdict[int, int] = defaultdict(int)
        self.parts = 0
        self.is_disk_full = False

    def load(self, waiting: Iterable[Waiting]) -> None:
        """Take the store's counts at start."""
        for account_id, parts in waiting:
            self._by_account[account_id] += parts
            self.parts += parts

    def replace(self, waiting: Iterable[Waiting]) -> None:
        """Take the store's counts again, where other nodes change them as well."""
        self._by_account.clear()
        self.parts = 0
        self.load(waiting)

    def of(self, account_id: int) -> int:
        """Parts an account has waiting."""
        return self._by_account.get(account_id, 0)

    def is_full_for(self, account: Account, parts: int, in_all: int) -> bool:
        """True when `parts` more of those an account bounds, and `in_all` more of everybody, would be over a mark."""
        if self.is_disk_full or self.parts + in_all > self._most:
            return True
        most = account.settings.max_waiting or self._most_per_account
        if most == 0:
            return False
        return sum(self._by_account.get(one, 0) for one in self._bound_by(account.id)) + parts > most

    def moved(self, message: Message, old: State | None, new: State | None) -> None:
        """Count a message's move; None stands for before its birth or for forgetting it."""
        was, now = old in WAITING, new in WAITING
        if was == now:
            return
        change = message.parts if now else -message.parts
        self._by_account[message.account_id] += change
        self.parts += change
