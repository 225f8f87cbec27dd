"""The limits of an account, applied: who may be sent to, at what hour, and how many a day.

`prefix_allowed`, `due` and `local_day` are arithmetic. `DayCounts` remembers what was sent today, of accounts with such
limits alone; what it counts is reserved before the commit and given back if the message was not kept, and a start
fills it from the store. Days are those of the account's zone and begin at its midnight (smsc-directory.md 3.2).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final

from heliograph.channels.sms.numbering import Operator
from heliograph.core.directory import Directory
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.model.account import Account
from heliograph.model.limits import Limits
from heliograph.model.message import MessageId
from heliograph.model.refusal import Reason
from heliograph.model.rows import DayCount, DayLimit
from heliograph.ports.subclients import Released, SentOnce, SubclientStore

Counted = tuple[int, Limits, int, str, str, str]
"""What `DayCounts` is told of a message: whose limits, which, the day, recipient, text, peer."""

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
PAGE: Final = 500
MOST_HELD_MS: Final = 10 * 60_000
"""Parts wait for each other no longer (decisions.md 11: five minutes)."""
WHATEVER: Final = 2**62
"""A limit that is never reached."""
FOR: Final = " for "
"""In `Submission.peer`: the caller's address, and whose request he passed on."""


def prefix_allowed(prefixes: tuple[str, ...], recipient: str) -> bool:
    """Whether a number may be sent to: the longest beginning that fits decides."""
    longest, is_allowed, any_allowed = -1, False, False
    for prefix in prefixes:
        is_forbidden = prefix[0] == "-"
        digits = prefix[1:] if is_forbidden else prefix
        any_allowed |= not is_forbidden
        if len(digits) > longest and recipient.startswith(digits):
            longest, is_allowed = len(digits), not is_forbidden
    return is_allowed if longest >= 0 else not any_allowed


def due(hours: tuple[int, int], zone: str, at: int) -> int:
    """The first moment from `at` (ms) on that lies within the hours, by the clocks of a zone."""
    start, end = hours
    if start == end or (start, end) == (0, 24):
        return at
    for _ in range(3):  # a change of the clocks may move what was found
        local = at + _offset_ms(zone, at)
        midnight, hour = local - local % DAY_MS, local % DAY_MS // HOUR_MS
        inside = start <= hour < end if start < end else hour >= start or hour < end
        if inside:
            return at
        begin = midnight + start * HOUR_MS
        at += (begin if begin > local else begin + DAY_MS) - local
    return at


def zone_of(hours: str) -> str:
    """The zone so many hours east of UTC, as a numbering plan writes it: `3`, `-5`, `5.5`; UTC for anything else."""
    try:
        minutes = round(float(hours) * 60)
    except (ValueError, OverflowError):
        return "UTC"
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def clock_of(limits: Limits, operator: Operator | None, account: Account) -> str:
    """The zone by whose clocks the hours are read: the recipient's where that is wanted and known."""
    theirs = operator.tz if limits.subscribers_hours and operator is not None else ""
    return zone_of(theirs) if theirs else account.settings.zone


def local_day(zone: str, at: int) -> int:
    """The number of the day on the wall calendar of a zone."""
    return (at + _offset_ms(zone, at)) // DAY_MS


async def counts_of_today(directory: Directory, store: SubclientStore, now: int) -> DayCounts:
    """What the store holds of today, of accounts whose messages are counted: for the start."""
    counts = DayCounts()
    for account in list(directory.accounts()):
        limits, zone = directory.limits(account), account.settings.zone
        if not limits.counts:
            continue
        day = local_day(zone, now)
        since = day * DAY_MS - _offset_ms(zone, now)
        async for sent in _let_go(store, account.id, since):
            counts.load(account.limits_of or account.id, limits, day, sent.recipient, sent.text, sent.peer)
    return counts


def row_of(message_id: MessageId, counted: Counted, *, decides: bool = True) -> DayCount:
    """What was counted of a message as a row, which says whether there is room on all nodes together; a row that does
    not decide counts whatever the limits."""
    account_id, limits, day, recipient, text, peer = counted
    of_all, of_number = Reason.MESSAGE_LIMIT, Reason.NUMBER_LIMIT
    asked = (
        DayLimit("", limits.per_day, of_all),
        DayLimit(_digest("address", source_of(peer)), limits.per_address, of_all),
        DayLimit(_digest("number", recipient), limits.per_number, of_number),
        DayLimit(_digest("text", recipient, text), limits.per_text, of_number),
    )
    limits_kept = [limit if decides else limit._replace(most=WHATEVER) for limit in asked if limit.most]
    return DayCount(message_id, account_id, day, tuple(limits_kept))


def _digest(kind: str, *told: str) -> str:
    return f"{kind}:{hashlib.blake2b(chr(0).join(told).encode('utf-8', 'surrogatepass'), digest_size=12).hexdigest()}"


async def _let_go(store: SubclientStore, account_id: int, since: int) -> AsyncIterator[SentOnce]:
    """What an account sent since: what was accepted, or became whole, or was let go since then."""
    before, is_over = 0, False
    while not is_over and (page := await store.sent(account_id, before, PAGE)):
        for sent in page:
            if sent.whole_at >= since:
                yield sent
        before, is_over = page[-1].id, page[-1].accepted_at < since - MOST_HELD_MS
    after: Released = (0, 0)
    while page := await store.released(account_id, since, after, PAGE):
        for sent in page:
            if sent.whole_at < since:
                yield sent
        after = page[-1].let_go_at, page[-1].id


def source_of(peer: str) -> str:
    """Whose address counts: the end user's where one was named."""
    return peer.rpartition(FOR)[2]


def _offset_ms(zone: str, at: int) -> int:
    """A zone that this machine does not know any more is UTC."""
    try:
        return offset_s(zone or "UTC", at) * 1000
    except UnknownZone:
        return 0


class _Day:
    """What one account sent on one day. Only what a limit asks for is counted."""

    __slots__ = ("addresses", "day", "numbers", "texts", "total")

    def __init__(self, day: int) -> None:
        self.day = day
        self.total = 0
        self.numbers: Counter[str] = Counter()
        self.texts: Counter[int] = Counter()
        self.addresses: Counter[str] = Counter()


class DayCounts:
    """Counts by account. `reserve` and `give_back` are told the same, once each."""

    def __init__(self) -> None:
        self._days: dict[int, _Day] = {}
        self.is_shared = False
        """Other nodes count, too: rows decide (`row_of`)."""

    def reserve(self, account_id: int, limits: Limits, day: int, recipient: str, text: str, peer: str) -> Reason | None:
        """Count one message, or say which limit is reached; a refused one is not counted."""
        today = self._today(account_id, day)
        if limits.per_day and today.total >= limits.per_day:
            return Reason.MESSAGE_LIMIT
        if limits.per_address and today.addresses[source_of(peer)] >= limits.per_address:
            return Reason.MESSAGE_LIMIT
        if limits.per_number and today.numbers[recipient] >= limits.per_number:
            return Reason.NUMBER_LIMIT
        if limits.per_text and today.texts[hash((recipient, text))] >= limits.per_text:
            return Reason.NUMBER_LIMIT
        self._count(today, limits, recipient, text, peer, 1)
        return None

    def give_back(self, account_id: int, limits: Limits, day: int, recipient: str, text: str, peer: str) -> None:
        """It was not kept after all."""
        today = self._days.get(account_id)
        if today is not None and today.day == day:
            self._count(today, limits, recipient, text, peer, -1)

    def load(self, account_id: int, limits: Limits, day: int, recipient: str, text: str, peer: str) -> None:
        """Count what the store holds of today, whatever the limits."""
        self._count(self._today(account_id, day), limits, recipient, text, peer, 1)

    def _today(self, account_id: int, day: int) -> _Day:
        """A clock that was set back does not begin a new day."""
        today = self._days.get(account_id)
        if today is None or today.day < day:
            today = self._days[account_id] = _Day(day)
        return today

    def _count(self, today: _Day, limits: Limits, recipient: str, text: str, peer: str, by: int) -> None:
        today.total += by
        if limits.per_number:
            today.numbers[recipient] += by
        if limits.per_text:
            today.texts[hash((recipient, text))] += by
        if limits.per_address:
            today.addresses[source_of(peer)] += by
