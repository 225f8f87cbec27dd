"""SMS Club's door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.doors.smsclub import SmsClubDoor

if TYPE_CHECKING:
    from heliograph.app import Gateway


def smsclub_door(gateway: Gateway) -> SmsClubDoor:
    """The JSON API."""
    return SmsClubDoor(
        directory=gateway.directory,
        intake=gateway.intake,
        store=gateway.store,
        purses=gateway.purses,
        clock=gateway.clock,
        settings=gateway.settings.smsclub,
    )
