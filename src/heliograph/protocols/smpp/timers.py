"""What is due on a session, as arithmetic (SMPP 3.4, 7.2): no timer runs here, the caller says what time it is.

Times are milliseconds of a monotonic clock, spans are milliseconds, a span of 0 switches its timer off.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Due(Enum):
    """What time has brought. Values are words for people."""

    NOTHING = "nothing"
    NO_BIND = "no bind came in time"
    ENQUIRE = "the link is to be enquired"
    NO_ANSWER = "the enquiry of the link had no answer in time"
    IDLE = "the peer was silent for too long"


@dataclass(frozen=True, slots=True)
class Spans:
    """How long things may take. `response_ms` is also how long an answer to enquire_link may take."""

    session_init_ms: int = 5_000
    """From the connection to the bind (session_init_timer)."""
    enquire_link_ms: int = 60_000
    """Silence after which the link is enquired (enquire_link_timer)."""
    inactivity_ms: int = 0
    """Silence after which the session ends (inactivity_timer)."""
    response_ms: int = 30_000
    """From a request to its answer (response_timer)."""


class Timers:
    """The timers of one session, opened at `now`."""

    def __init__(self, spans: Spans, now: int) -> None:
        self.spans = spans
        self._opened = now
        self._heard = now
        self._enquired: int | None = None
        self._bound = False

    def bound(self, now: int) -> None:
        """The session is bound: from now on the link is watched."""
        self._bound = True
        self._heard = now

    def heard(self, now: int) -> None:
        """A whole PDU came from the peer; half of one is no sign of life."""
        self._heard = now
        self._enquired = None

    def enquired(self, now: int) -> None:
        """An enquire_link of ours has gone."""
        self._enquired = now

    def due(self, now: int) -> Due:
        """What is to be done at `now`."""
        for due, at in self._all():
            if now >= at:
                return due
        return Due.NOTHING

    def next_due(self) -> int | None:
        """When the next thing is due; None if all timers are off."""
        return min((at for _, at in self._all()), default=None)

    def _all(self) -> list[tuple[Due, int]]:
        """What is due when, the graver first."""
        spans = self.spans
        if not self._bound:
            return [(Due.NO_BIND, self._opened + spans.session_init_ms)] if spans.session_init_ms else []
        found: list[tuple[Due, int]] = []
        if spans.inactivity_ms:
            found.append((Due.IDLE, self._heard + spans.inactivity_ms))
        if self._enquired is not None:
            if spans.response_ms:
                found.append((Due.NO_ANSWER, self._enquired + spans.response_ms))
        elif spans.enquire_link_ms:
            found.append((Due.ENQUIRE, self._heard + spans.enquire_link_ms))
        return found
