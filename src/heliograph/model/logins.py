"""Wrong logins, as they are written down."""

from __future__ import annotations

from typing import NamedTuple


class WrongLogins(NamedTuple):
    """`times` wrong ones of a peer at a door, counted by the process that `writer` names. `at` is ms since the epoch;
    `blocked_until` > 0: since then the peer is blocked there until that moment."""

    door: str
    peer: str
    at: int
    times: int
    blocked_until: int
    writer: int
