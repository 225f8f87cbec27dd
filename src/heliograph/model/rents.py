"""A number of the operator's that an account has for itself, month by month (smsc-directory.md 9)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RentedNumber:
    """`number` is an MSISDN; it is paid until `until` (ms, the beginning of a month, UTC), 0 = not yet. With `prolong`
    the next month is paid when this one ends."""

    number: str
    account_id: int
    until: int
    prolong: bool
