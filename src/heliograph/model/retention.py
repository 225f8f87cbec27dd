"""What is kept for how long: the classes of what a store holds, and what became of one short removal.

Live messages belong to no class: whatever has not ended, or has a notice on its way, stays. Nor does the ledger, which
is never removed (decisions.md 7, 17).
"""

from __future__ import annotations

import enum
from typing import NamedTuple

DAY_MS = 86_400_000
LATE_MS = 7 * DAY_MS
"""A receipt may come so long after a message's validity: until then nothing of it goes (decisions.md 17)."""


class Kept(enum.Enum):
    """A class of rows with a time of its own. The values name the settings, `messages_days` and so on."""

    TEXTS = "texts"
    """What ended messages say: blanked, the message stays."""
    NUMBERS = "numbers"
    """To whom ended messages went: masked, the message stays."""
    TRACE = "trace"
    """Attempts and receipts of ended messages."""
    NOTICES = "notices"
    """Calls and deliveries that were settled or given up."""
    MESSAGES = "messages"
    """Ended messages with all that hangs on them."""
    INCOMING_NUMBERS = "incoming_numbers"
    """From which numbers texts and calls came: masked, the text stays."""
    INCOMING = "incoming"
    """Texts and calls of handsets, with their notices."""
    PARKED = "parked"
    """Receipts that matched nothing."""
    DOWNLOADS = "downloads"
    """Files of sent messages that customers asked for."""
    LINKS = "links"
    """Short links: their codes lead nowhere any more, their visits stay."""
    CLICKS = "clicks"
    """Visits of short links by day; their sum stays."""


class Slice(NamedTuple):
    """One short removal: how many rows of the class went, and where the next one goes on; 0 at the end."""

    removed: int
    after: int


class Standing(NamedTuple):
    """What a store holds of a class: rows, the oldest one's time (ms; 0 = none), and how many would go now."""

    rows: int
    oldest_at: int
    due: int
