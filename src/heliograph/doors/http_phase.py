"""What a connection of the HTTP listener waits for: each has a time limit of its own."""

from __future__ import annotations

import enum


class Phase(enum.Enum):
    """What the time limit is for."""

    FRESH = 0
    IDLE = 1
    HEAD = 2
    BODY = 3
    BUSY = 4
    UNREAD = 5
    """The caller does not read our answers."""
    ENDED = 6
    STREAM = 7
    """An answer without an end is under way."""
