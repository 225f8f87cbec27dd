"""Attempts that a carrier took and whose receipt may come: a bounded memory of (connector, upstream id).

The store knows them all; this only saves the look-up for what is fresh. It also remembers receipts that came before
their answer, so that the answer finds them.
"""

from __future__ import annotations

from collections import OrderedDict

from heliograph.model.message import Attempt
from heliograph.model.receipt import KeptReceipt, Receipt

Key = tuple[str, str]
MOST_ATTEMPTS = 30_000
MOST_EARLY = 10_000
MOST_ENDED = 10_000


class Awaiting:
    """Both sides of a match, newest kept."""

    def __init__(
        self, most_attempts: int = MOST_ATTEMPTS, most_early: int = MOST_EARLY, most_ended: int = MOST_ENDED
    ) -> None:
        self._attempts: OrderedDict[Key, list[Attempt]] = OrderedDict()
        self._ended: OrderedDict[Key, Attempt] = OrderedDict()
        self._early: OrderedDict[Key, list[KeptReceipt]] = OrderedDict()
        self._most_attempts = most_attempts
        self._most_early = most_early
        self._most_ended = most_ended

    def __len__(self) -> int:
        return len(self._attempts)

    def add(self, attempt: Attempt) -> bool:
        """Remember a taken attempt; True if a receipt for it came before its answer."""
        key = (attempt.connector, attempt.upstream_id)
        same = self._attempts.get(key)
        if same is None:
            self._attempts[key] = [attempt]
            if len(self._attempts) > self._most_attempts:
                self._attempts.popitem(last=False)
        else:
            same.append(attempt)
        return key in self._early

    def find(self, receipt: Receipt) -> Attempt | None:
        """The newest remembered attempt with this upstream id, to the receipt's number if several used the id; one that
        waits for a receipt before one that has its own."""
        key = (receipt.connector, receipt.upstream_id)
        found = choose(self._attempts.get(key) or (), receipt.recipient)
        if found is None and (ended := self._ended.get(key)) is not None:
            return choose([ended], receipt.recipient)
        return found

    def forget(self, attempt: Attempt) -> None:
        """The attempt has its final receipt; it is remembered a while longer to know a repeat."""
        key = (attempt.connector, attempt.upstream_id)
        same = self._attempts.get(key)
        if same is not None and attempt in same:
            same.remove(attempt)
            if not same:
                del self._attempts[key]
            self._ended[key] = attempt
            if len(self._ended) > self._most_ended:
                self._ended.popitem(last=False)

    def park(self, kept: KeptReceipt) -> None:
        """Remember a receipt that matches nothing yet."""
        self._early.setdefault((kept.receipt.connector, kept.receipt.upstream_id), []).append(kept)
        if len(self._early) > self._most_early:
            self._early.popitem(last=False)

    def parked_before(self, moment: int, most: int) -> list[KeptReceipt]:
        """Up to `most` remembered parked receipts received before `moment` (ms), the oldest first."""
        found: list[KeptReceipt] = []
        for same in self._early.values():
            found += [kept for kept in same if kept.receipt.received_at < moment]
            if len(found) >= most:
                break
        return found[:most]

    def unpark(self, kept: KeptReceipt) -> None:
        """The receipt has found its attempt in another way."""
        key = (kept.receipt.connector, kept.receipt.upstream_id)
        same = self._early.get(key, [])
        if kept in same:
            same.remove(kept)
            if not same:
                del self._early[key]

    def take_parked(self, attempt: Attempt) -> list[KeptReceipt]:
        """The parked receipts for this attempt, oldest first; they are forgotten here."""
        return self._early.pop((attempt.connector, attempt.upstream_id), [])


def choose(attempts: list[Attempt] | tuple[()], recipient: str) -> Attempt | None:
    """Of attempts that share an upstream id, the newest to `recipient`; the newest of all if none fits or "" is given.

    With several candidates and a number that fits none, nothing is chosen: a status on another's message is worse
    than a parked receipt.
    """
    if not attempts:
        return None
    if not recipient:
        return attempts[-1]
    for attempt in reversed(attempts):
        if attempt.message.recipient == recipient:
            return attempt
    return attempts[-1] if len(attempts) == 1 else None
