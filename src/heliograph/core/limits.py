"""How often somebody may do something, and how fast something may go.

Two rules and no third (decisions.md 19): API limits are sliding windows over exact timestamps; token buckets shape
speed only, per part. Time is always an argument, in monotonic seconds, so a leap of the wall clock changes nothing
(R24). Every collection keyed by a caller is bounded: a flood of keys costs the flooders memory of ours up to a mark,
then the keys that were quiet longest are forgotten.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

Key = TypeVar("Key", int, str)

_WHOLE_TOKEN = 1e-6
"""A token short of this is whole: `now + wait` is a rounded sum, and its caller must not come back empty-handed."""

_FORGOTTEN = 2
"""Old hits that a new one makes forget: more than come, so what is kept is little more than what counts."""


class SlidingWindow:
    """At most `limit` hits in any stretch of `seconds`; a hit that is `seconds` old no longer counts."""

    __slots__ = ("_hits", "limit", "seconds")

    def __init__(self, limit: int, seconds: float) -> None:
        if limit < 1 or seconds <= 0:
            raise ValueError("a window needs a limit of at least 1 and more than 0 seconds")
        self.limit = limit
        self.seconds = seconds
        self._hits: deque[float] = deque(maxlen=limit)

    def hit(self, now: float) -> bool:
        """Count one hit and tell whether it is allowed; a hit that is refused is not counted."""
        hits = self._hits
        if len(hits) == self.limit and now - hits[0] < self.seconds:
            return False
        for _ in range(_FORGOTTEN):
            if hits and now - hits[0] >= self.seconds:
                hits.popleft()
        hits.append(now)
        return True

    def count(self, now: float) -> None:
        """Count one hit that was allowed elsewhere; of more than the limit the latest count."""
        self._hits.append(now)

    def remaining(self, now: float) -> int:
        """How many hits are allowed right now."""
        hits = self._hits
        while hits and now - hits[0] >= self.seconds:
            hits.popleft()
        return self.limit - len(hits)

    def reset_in(self, now: float) -> float:
        """Seconds until the next hit is allowed; 0.0 while there is room."""
        if self.remaining(now):
            return 0.0
        return self._hits[0] + self.seconds - now

    def is_quiet(self, now: float) -> bool:
        """True once nothing in it counts any more."""
        return not self._hits or now - self._hits[-1] >= self.seconds


class SharedOut(Protocol):
    """A limit of which each node that lives grants its share."""

    limit: int

    def share(self, nodes: int) -> None:
        """Grant so many nodes' share of the whole from now on."""


class SlidingWindows(Generic[Key]):
    """A `SlidingWindow` per key (account id, login, peer). At most `max_keys` are kept, those hit last."""

    def __init__(self, limit: int, seconds: float, max_keys: int = 100_000) -> None:
        if limit < 1 or seconds <= 0 or max_keys < 1:
            raise ValueError("windows need a limit and a number of keys of at least 1, and more than 0 seconds")
        self.limit = self._whole = limit
        self.seconds = seconds
        self._max_keys = max_keys
        self._windows: OrderedDict[Key, SlidingWindow] = OrderedDict()
        self.told: Callable[[Key], None] | None = None
        """Told the key of each hit that was allowed."""

    def __len__(self) -> int:
        return len(self._windows)

    def share(self, nodes: int) -> None:
        """Grant so many nodes' share of the limit from now on, at least one; what was counted is forgotten."""
        limit = -(-self._whole // nodes)
        if limit != self.limit:
            self.limit = limit
            self._windows.clear()

    def hit(self, key: Key, now: float) -> bool:
        """Count one hit of `key` and tell whether it is allowed."""
        is_allowed = self._window(key, now).hit(now)
        if is_allowed and self.told is not None:
            self.told(key)
        return is_allowed

    def count(self, key: Key, times: int, now: float) -> None:
        """Count hits that were allowed elsewhere, whatever the limit."""
        window = self._window(key, now)
        for _ in range(times):
            window.count(now)

    def _window(self, key: Key, now: float) -> SlidingWindow:
        windows = self._windows
        window = windows.get(key)
        if window is None:
            self.sweep(now)
            while len(windows) >= self._max_keys:
                windows.popitem(last=False)
            window = windows[key] = SlidingWindow(self.limit, self.seconds)
        else:
            windows.move_to_end(key)
        return window

    def remaining(self, key: Key, now: float) -> int:
        """How many hits `key` has left right now."""
        window = self._windows.get(key)
        return self.limit if window is None else window.remaining(now)

    def reset_in(self, key: Key, now: float) -> float:
        """Seconds until the next hit of `key` is allowed; 0.0 while there is room."""
        window = self._windows.get(key)
        return 0.0 if window is None else window.reset_in(now)

    def sweep(self, now: float, at_most: int = 8) -> None:
        """Forget up to `at_most` keys of which nothing counts any more; each new key pays for a few."""
        windows = self._windows
        for _ in range(min(at_most, len(windows))):
            key = next(iter(windows))
            if not windows[key].is_quiet(now):
                return
            del windows[key]


class TokenBucket:
    """Speed: `rate` tokens a second, at most `burst` saved up. It starts full."""

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float) -> None:
        _check_speed(rate, burst)
        self.rate = rate
        self.burst = burst
        self._tokens = burst
        self._at: float | None = None

    def available(self, now: float) -> int:
        """How many whole tokens there are; 0 while overdrawn."""
        self._fill(now)
        return max(0, int(self._tokens + _WHOLE_TOKEN))

    def take(self, now: float, wanted: int) -> int:
        """Take up to `wanted` whole tokens and return how many were granted."""
        granted = min(wanted, self.available(now))
        self._tokens -= granted
        return granted

    def spend(self, now: float, count: int) -> None:
        """Take `count` tokens even if that overdraws the bucket: a long message goes whole, the next ones wait."""
        self._fill(now)
        self._tokens -= count

    def wait(self, now: float, wanted: int = 1) -> float:
        """Seconds until `wanted` tokens (or a full bucket, if that is less) are there; 0.0 when they are."""
        self._fill(now)
        missing = min(float(wanted), self.burst) - self._tokens
        return missing / self.rate if missing > _WHOLE_TOKEN else 0.0

    def set_rate(self, rate: float, burst: float | None = None) -> None:
        """Change the speed from the next fill on; what is saved up or owed stays, up to the new `burst`."""
        _check_speed(rate, self.burst if burst is None else burst)
        self.rate = rate
        if burst is not None:
            self.burst = burst
            self._tokens = min(self._tokens, burst)

    def _fill(self, now: float) -> None:
        if self._at is None:
            self._at = now
        elif now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
            self._at = now


def _check_speed(rate: float, burst: float) -> None:
    if rate <= 0 or burst < 1:
        raise ValueError("a bucket needs a rate above 0 and a burst of at least 1")


class FailedLogins:
    """Blocks a peer for `block_s` after `limit` failed logins within `window_s` (smsc-messages.md 1.3).

    Peers are addresses as text. An IPv6 caller owns a whole /64, so its addresses count as one peer, and an
    IPv4-mapped address is its IPv4 address.
    """

    def __init__(self, limit: int = 30, window_s: float = 600, block_s: float = 600, max_peers: int = 100_000) -> None:
        self._windows: SlidingWindows[str] | None = (
            SlidingWindows(limit - 1, window_s, max_peers) if limit > 1 else None
        )
        self._block_s = block_s
        self.longest_s = max(window_s, block_s)
        """So long a failure may matter."""
        self._max_peers = max_peers
        self._blocked: OrderedDict[str, float] = OrderedDict()
        self.told: Callable[[str, int, float], None] | None = None
        """Told what was counted here: a peer, how many failures more, for how many seconds it is blocked by that."""

    def blocked(self, peer: str, now: float) -> bool:
        """True while the peer is blocked; its calls are answered without looking at the credentials."""
        if not self._blocked:
            return False
        peer = _one_peer(peer)
        until = self._blocked.get(peer)
        if until is None:
            return False
        if now < until:
            return True
        del self._blocked[peer]
        return False

    def failed(self, peer: str, now: float) -> bool:
        """Count a failed login; True if this one began a block."""
        peer = _one_peer(peer)
        began = self._count(peer, now)
        if self.told is not None:
            self.told(peer, 1, self._block_s if began else 0.0)
        return began

    def heard(self, peer: str, counted_at: float, times: int, blocked_s: float, now: float) -> None:
        """Another process, or an earlier one, counted so many failures of a peer, or has blocked it for `blocked_s`
        more. Both count as if they had been ours."""
        if blocked_s > 0:
            self._block(peer, now, min(blocked_s, self._block_s))
        if self.blocked(peer, now):
            return
        began = [self._count(peer, counted_at) for _ in range(times)]
        if any(began) and self.blocked(peer, now) and self.told is not None:
            self.told(peer, 0, self._blocked[peer] - now)

    def _count(self, peer: str, now: float) -> bool:
        """One failure more; True if it begins a block."""
        if self._windows is not None and self._windows.hit(peer, now):
            return False
        self._block(peer, now, self._block_s)
        return True

    def blocks(self, now: float) -> list[tuple[str, float]]:
        """Who is blocked, and for how many seconds more."""
        return [(peer, until - now) for peer, until in self._blocked.items() if until > now]

    def _block(self, peer: str, now: float, seconds: float) -> None:
        blocked = self._blocked
        while blocked and (len(blocked) >= self._max_peers or next(iter(blocked.values())) <= now):
            blocked.popitem(last=False)
        blocked[peer] = max(now + seconds, blocked.get(peer, 0.0))
        blocked.move_to_end(peer)


def _one_peer(peer: str) -> str:
    if ":" not in peer:
        return peer
    try:
        address = ipaddress.IPv6Address(peer.partition("%")[0])
    except ValueError:
        return peer
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
