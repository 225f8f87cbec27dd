"""What an account asks of its past: which messages, which answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentSearch:
    """Messages of an account accepted from `since` to before `until` (ms), newest first; those it deleted are left out.

    `recipients` () = to anybody; `before` an id, 0 = from the newest; `channel` as in `Message`.
    """

    account_id: int
    since: int
    until: int
    recipients: tuple[str, ...] = ()
    before: int = 0
    most: int = 1_000
    channel: str = "sms"


@dataclass(frozen=True, slots=True)
class IncomingSearch:
    """Texts that came for an account since a moment (ms), newest first. `after` and `before` are ids, themselves
    excluded, `before` 0 = from the newest; `to` "" = to any of its numbers. Calls are none."""

    account_id: int
    since: int = 0
    after: int = 0
    to: str = ""
    most: int = 1_000
    before: int = 0
