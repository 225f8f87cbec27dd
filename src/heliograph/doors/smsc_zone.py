"""The clock by which an account of SMSC's interfaces reads and writes dates (smsc-messages.md 11)."""

from __future__ import annotations

import functools
from collections.abc import Callable

from heliograph.core.zones import UnknownZone, offset_s
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.model.account import Account


def offset_of(account: Account, settings: SmscSettings, now: int) -> Callable[[int], int]:
    """Moment (ms) → seconds east of UTC in the account's zone, if this machine knows it, else in the usual one."""
    zone = account.settings.zone or settings.zone
    try:
        offset_s(zone, now)
    except UnknownZone:
        zone = settings.zone
    return functools.partial(offset_s, zone)
