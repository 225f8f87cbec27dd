"""Attempts that a carrier took and whose receipt may come: a bounded memory of (connector, upstream id), and of
(connector, number) for carriers whose receipts name nothing else.

The store knows them all; this only saves the look-up for what is fresh. It also remembers receipts that came before
their answer, so that the answer finds them.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Sequence

from heliograph.model.message import Attempt, AttemptState
from heliograph.model.receipt import KeptReceipt, Receipt
from heliograph.model.retention import LATE_MS

Key = tuple[str, str]
MOST_ATTEMPTS = 30_000
MOST_EARLY = 10_000
MOST_ENDED = 10_000
MOST_OF_ONE_ID = 100
NAMELESS_MS = 3 * 24 * 3_600_000
"""How long after its answer an attempt may be meant by a receipt that names its number alone."""
_UNREPORTED = frozenset({AttemptState.TAKEN, AttemptState.SILENT})


class Awaiting:
    """Both sides of a match, newest kept. `nameless` are the connectors whose receipts may name no message."""

    def __init__(
        self,
        most_attempts: int = MOST_ATTEMPTS,
        most_early: int = MOST_EARLY,
        most_ended: int = MOST_ENDED,
        *,
        nameless: Collection[str] = (),
    ) -> None:
        self._nameless = frozenset(nameless)
        self._by_number: OrderedDict[Key, deque[Attempt]] = OrderedDict()
        self._numbered = 0
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
        if attempt.connector in self._nameless:
            self._add_by_number(attempt)
        if not attempt.upstream_id:
            return False
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
        waits for a receipt before one that has its own. Without an id, where that is a carrier's habit, the oldest that
        waits for a receipt from this number. None whose message may be removed by now: only the store knows."""
        if not receipt.upstream_id:
            return self._find_by_number(receipt)
        key = (receipt.connector, receipt.upstream_id)
        found = choose(self._attempts.get(key) or (), receipt.recipient)
        if found is None and (ended := self._ended.get(key)) is not None:
            found = choose([ended], receipt.recipient)
        if found is not None and receipt.received_at > found.message.expires_at + LATE_MS:
            return None
        return found

    def _add_by_number(self, attempt: Attempt) -> None:
        key = (attempt.connector, attempt.message.recipient)
        self._by_number.setdefault(key, deque()).append(attempt)
        self._by_number.move_to_end(key)
        self._numbered += 1
        while self._numbered > self._most_attempts:
            same = next(iter(self._by_number.values()))
            same.popleft()
            self._numbered -= 1
            if not same:
                self._by_number.popitem(last=False)

    def _find_by_number(self, receipt: Receipt) -> Attempt | None:
        key = (receipt.connector, receipt.recipient)
        same = self._by_number.get(key)
        if same is None:
            return None
        while same:
            oldest = same[0]
            is_meant = oldest.state in _UNREPORTED and receipt.received_at - oldest.answered_at <= NAMELESS_MS
            if is_meant and receipt.state is None:
                return oldest
            same.popleft()
            self._numbered -= 1
            if is_meant:
                return oldest
        del self._by_number[key]
        return None

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
        """Remember a receipt that matches nothing yet, if it names something: of one id a hundred at most."""
        if not kept.receipt.upstream_id:
            return
        same = self._early.setdefault((kept.receipt.connector, kept.receipt.upstream_id), [])
        same.append(kept)
        if len(same) > MOST_OF_ONE_ID:
            del same[0]
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
        same = [one for one in self._early.get(key, ()) if one.id != kept.id]
        if same:
            self._early[key] = same
        else:
            self._early.pop(key, None)

    def take_parked(self, attempt: Attempt) -> list[KeptReceipt]:
        """The parked receipts for this attempt, oldest first, up to one that ends it; they are forgotten here. More may
        be meant for other parts, where all got one id."""
        key = (attempt.connector, attempt.upstream_id)
        same = self._early.pop(key, [])
        ending = next((at for at, kept in enumerate(same, 1) if kept.receipt.state is not None), len(same))
        if ending < len(same):
            self._early[key] = same[ending:]
        return same[:ending]


def choose(attempts: Sequence[Attempt], recipient: str, spoken_of: Collection[Attempt] = frozenset()) -> Attempt | None:
    """Of attempts that share an upstream id, the newest to `recipient`; the newest of all if none fits or "" is given.
    One that waits for its receipt comes first, and has none among those `spoken_of`.

    With several candidates and a number that fits none, nothing is chosen: a status on another's message is worse
    than a parked receipt.
    """
    if len(attempts) < 2:
        return attempts[0] if attempts else None
    fit = [attempt for attempt in reversed(attempts) if not recipient or attempt.message.recipient == recipient]
    waiting = (one for one in fit if one.state in _UNREPORTED and one not in spoken_of)
    return next(waiting, fit[0] if fit else None)
