"""Short links: one code for each recipient and link, so that a click tells whose it was (smsc-directory.md 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class NewLink(NamedTuple):
    """A code that nobody can guess, and where it leads: an http or https address."""

    code: str
    target: str


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A code as it is kept. `message_id` 0: its message was not accepted. `opened_at` 0: no person has come by it."""

    code: str
    account_id: int
    target_id: int
    target: str
    message_id: int
    opened_at: int


class Clicks(NamedTuple):
    """Visits of people to one target of an account: in all, and in some days. `id` is the target's."""

    id: int
    all: int
    month: int
    today: int
    yesterday: int


class Days(NamedTuple):
    """The days that are counted apart, as days since the epoch on the account's calendar."""

    month: int
    """The first of the month."""
    today: int
