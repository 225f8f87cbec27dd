"""Days as an operator writes and reads them: `2026-11-21`, counted from the epoch."""

from __future__ import annotations

from datetime import date
from typing import Final

from heliograph.backoffice.verbs import NotPossible

_EPOCH: Final = date(1970, 1, 1).toordinal()


def day_of(text: str) -> int:
    """The number of a day. Raises `NotPossible` with a sentence."""
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH
    except ValueError:
        raise NotPossible(f"{text!r} is no day; write 2026-11-21") from None


def shown_day(day: int) -> str:
    """The same, written."""
    return date.fromordinal(day + _EPOCH).isoformat()
