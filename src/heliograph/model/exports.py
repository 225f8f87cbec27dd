"""An export: a file of the messages an account sent, made in the background and downloaded later."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ExportState(enum.IntEnum):
    """Where it stands (smsc-directory.md 11). Stored: never renumber."""

    WAITING = 0
    RUNNING = 1
    READY = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class Export:
    """Messages accepted from `since` to before `until` (ms), newest first, each a line.

    `before` is the id that was written last, 0 = none yet: a restart goes on from there. `rows` counts lines.
    """

    id: int
    account_id: int
    name: str
    since: int
    until: int
    asked_at: int
    state: ExportState = ExportState.WAITING
    before: int = 0
    rows: int = 0
