"""What an account may send in a day, to whom, and at what hours: the terms its owner or an operator set for it.

Values only. `core.terms` applies them at intake, so they hold on every door.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """0 and empty are no limit; the numbers are messages, whatever their length, in a day of the account's zone.

    `per_text` is to one number with one text, `per_address` from one caller's address or end user's. `prefixes` are
    beginnings of international numbers, those with a minus in front are forbidden; the longest that fits decides, and
    where only forbidden ones stand all others are allowed. `hours` (from, until) are full hours of the day, 0 to 24,
    the second not included; a message outside them waits for the first, or is refused with `refused_outside`;
    `subscribers_hours` reads the clock at the recipient's. `longest_s` cuts validities. A request to more than
    `most_recipients` is refused. No part costs less than in the tariff `least_tariff`.
    """

    per_day: int = 0
    per_number: int = 0
    per_text: int = 0
    per_address: int = 0
    prefixes: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None
    refused_outside: bool = False
    subscribers_hours: bool = False
    longest_s: int = 0
    most_recipients: int = 0
    least_tariff: str = ""

    @property
    def counts(self) -> bool:
        """Whether anything is limited a day."""
        return bool(self.per_day or self.per_number or self.per_text or self.per_address)


UNLIMITED = Limits()
