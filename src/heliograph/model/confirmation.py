"""A number that is to be confirmed by a call from it (smsc-directory.md 10)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`account_id` waits until `until` (ms) for a call of `phone` to `number`, one of ours.

    `id` comes from the counter of events. `called_at` is 0 until the call has come.
    """

    id: int
    account_id: int
    phone: str
    number: str
    asked_at: int
    until: int
    called_at: int = 0
