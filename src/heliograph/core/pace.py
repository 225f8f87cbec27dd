"""How fast a carrier that throttles takes parts, found out from what it does take (R10).

Nothing is held back before it throttles. Then its pace is what it took in the last second, a little less each time it
throttles again, and more and more the longer it does not; after a calm minute it is free again. A carrier that goes on
throttling the same share, one part in ten to one in two, however slowly it is given, does so for another reason, and
is given more again. Times are seconds of a monotonic clock.
"""

from __future__ import annotations

from typing import Final

from heliograph.core.limits import TokenBucket

FIRST_SHARE: Final = 0.95
"""Of what it took, what it is given then."""
NEXT_SHARE: Final = 0.93
"""Of that, when it throttles again."""
MUCH: Final = 0.1
MOST: Final = 0.5
"""Throttled of what was given: between these, and the same at a lower pace, the pace is not the reason."""
LEAST_SAME: Final = 0.5
MOST_SAME: Final = 1.6
"""Of the share before: what counts as the same, of twenty parts."""
RELEASE: Final = 1.5
"""What is given then, of what was."""
ENOUGH: Final = 20
"""Parts after which a share says something."""
GROWTH: Final = 0.01
"""A second; doubled every `DOUBLED_S` without throttling, up to `MOST_GROWTH`."""
DOUBLED_S: Final = 5.0
MOST_GROWTH: Final = 0.5
CALM_S: Final = 60.0
UNLIMITED: Final = 1 << 30
_STEP_S: Final = 0.1


class Pace:
    """Of one connector."""

    def __init__(self) -> None:
        self._bucket: TokenBucket | None = None
        self._given = 0
        self._refused = 0
        self._share = 0.0
        self._throttled_at = 0.0
        self._grown_at = 0.0
        self._second = 0.0
        self._count = 0
        self._last = 0

    @property
    def rate(self) -> float:
        """Parts a second it is given at most; 0.0 = all it has room for."""
        return self._bucket.rate if self._bucket is not None else 0.0

    def taken(self, count: int, now: float) -> None:
        """The carrier took so many parts."""
        self._roll(now)
        self._count += count
        self._given += count

    def throttled(self, count: int, now: float) -> None:
        """It said "slower" of so many parts."""
        self._roll(now)
        self._given += count
        self._refused += count
        bucket = self._bucket
        self._throttled_at = self._grown_at = now
        if bucket is None:
            rate = FIRST_SHARE * max(self._count, self._last, 1)
            self._bucket = TokenBucket(max(rate, 1.0), max(1.0, rate / 20))
            self._share = 0.0
        elif self._given < ENOUGH and self._refused < ENOUGH:
            if self._refused == count:
                self._set(bucket.rate * NEXT_SHARE)
            return
        else:
            self._judge(bucket, self._refused / self._given)
        self._given = self._refused = 0

    def _judge(self, bucket: TokenBucket, share: float) -> None:
        is_same = LEAST_SAME * self._share <= share <= MOST_SAME * self._share
        if MUCH <= share <= MOST and is_same:
            self._set(bucket.rate * RELEASE)
        else:
            self._set(bucket.rate * min(NEXT_SHARE, 1 - share))
        self._share = share

    def available(self, now: float) -> int:
        """How many parts it may be given now."""
        bucket = self._bucket
        if bucket is None:
            return UNLIMITED
        if now - self._grown_at >= _STEP_S:
            self._grow(bucket, now)
        return bucket.available(now) if self._bucket is not None else UNLIMITED

    def spend(self, count: int, now: float) -> None:
        """It is given so many."""
        if self._bucket is not None:
            self._bucket.spend(now, count)

    def wait(self, now: float) -> float:
        """Seconds until it may be given one more."""
        return self._bucket.wait(now) if self._bucket is not None else 0.0

    def _grow(self, bucket: TokenBucket, now: float) -> None:
        calm = now - self._throttled_at
        if calm >= CALM_S:
            self._bucket = None
            return
        growth = min(GROWTH * 2 ** (calm / DOUBLED_S), MOST_GROWTH)
        self._set(bucket.rate * (1 + growth * (now - self._grown_at)))
        self._grown_at = now

    def _set(self, rate: float) -> None:
        assert self._bucket is not None
        self._bucket.set_rate(max(rate, 1.0), max(1.0, rate / 20))

    def _roll(self, now: float) -> None:
        """Begin a new second when one is over."""
        if now - self._second >= 1.0:
            self._last = self._count if now - self._second < 2.0 else 0
            self._second, self._count = now, 0
