"""The row of an event notification; the lists in it are JSON."""

from __future__ import annotations

import json
from typing import Any

from heliograph.model.alarms import Alarm

COLUMNS = "account_id, name, failure, recovery, recipients, groups, sender, is_flash"


def values(alarm: Alarm) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    return (
        alarm.account_id,
        alarm.name,
        alarm.failure,
        alarm.recovery,
        json.dumps(alarm.recipients),
        json.dumps(alarm.groups),
        alarm.sender,
        alarm.is_flash,
    )


def alarm_of(row: tuple[Any, ...]) -> Alarm:
    """The alarm that stands in a row of id and `COLUMNS`."""
    alarm_id, account_id, name, failure, recovery, recipients, groups, sender, is_flash = row
    to, of = tuple(json.loads(recipients)), tuple(json.loads(groups))
    return Alarm(alarm_id, account_id, name, failure, recovery, to, of, sender, bool(is_flash))
