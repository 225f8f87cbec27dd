"""Confirming a number by a call from it (smsc-directory.md 10).

The customer asks for a phone and gets a number of ours to show its owner; a call of that phone to that number within
ten minutes confirms it, and `core.mo` tells the account. What several accounts wait for at once is told apart by the
number called. Whoever hears the call (a telephone system of the operator's) reports it over the control socket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.core.event_ids import next_event_id
from heliograph.model.confirmation import Confirmation
from heliograph.ports import Clock, Store

WAIT_MS: Final = 10 * 60_000
DAY_MS: Final = 24 * 3600_000


class TooOften(Exception):
    """The account has asked for this phone as often as it may within a day."""


class NoNumber(Exception):
    """Each of our numbers is taken by another account that waits for the same phone."""


class Confirmations:
    """`numbers` are ours that may be called, digits only, the first is shown first; `a_day` 0 is no limit."""

    def __init__(self, *, store: Store, clock: Clock, numbers: Sequence[str], a_day: int) -> None:
        self._store = store
        self._clock = clock
        self._numbers = numbers
        self._a_day = a_day

    async def ask(self, account_id: int, phone: str) -> str:
        """Wait for a call of `phone`; returns the number to be called. Raises `TooOften`, `NoNumber`, `StoreFailure`.

        Asking again while a call is awaited begins the ten minutes anew, with the same number.
        """
        now, kept = self._clock.now(), self._store.confirmations
        if self._a_day and await kept.asked_since(account_id, phone, now - DAY_MS + 1) >= self._a_day:
            raise TooOften
        pending = await kept.pending(phone, now)
        own = [one.number for one in pending if one.account_id == account_id and one.number in self._numbers]
        taken = {one.number for one in pending if one.account_id != account_id}
        number = next((one for one in [*own, *self._numbers] if one not in taken), None)
        if number is None:
            raise NoNumber
        event_id = next_event_id(self._store)
        await kept.ask(Confirmation(event_id, account_id, phone, number, now, now + WAIT_MS), now - 2 * DAY_MS)
        return number
