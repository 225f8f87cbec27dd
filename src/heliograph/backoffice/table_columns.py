"""What the tables of contacts and stop lists may hold, as the command line reads them and the desks check them.

Beside `verbs` all that one who only asks a gateway has to know; it imports nothing of ours.
"""

from __future__ import annotations

from typing import Final

MOST_ROWS: Final = 500
"""Rows handed over, or given, at a time."""
MOST_LONG_TEXT: Final = 1_000
"""Characters of the longest cell."""
OF_CONTACTS: Final = (
    "phone", "name", "last_name", "first_name", "middle_name", "birthday", "comments", "tags", "other_phones", "own_id",
)  # fmt: skip
"""What a row may have; `phone` may hold several numbers, separated by commas or semicolons."""
OF_MAILS: Final = ("mail", *OF_CONTACTS[1:])
"""The same with e-mail addresses."""
OF_STOP_LISTS: Final = ("phone", "blocks")
"""What a row may have; `blocks` is a number (0, 1, 2) or its word, everything if it is empty."""
