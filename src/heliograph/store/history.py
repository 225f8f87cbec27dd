"""How the index by recipient is read, in both databases: run of ids by run, from the newest.

Numbers come in any order, and an index by them would be written all over by what is accepted (decisions.md 6). So ids
are told apart by runs first: what is accepted is put into the run at the end, and a search looks into each run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heliograph.model.message import MessageId

RUN: Final = 12
"""Ids of one run, as a power of two: the entries of 4,096 ids are some forty pages."""
AT_ONCE: Final = 512
"""Runs one query looks into: two million ids."""


def runs_between(first: MessageId, before: MessageId) -> Iterator[list[int]]:
    """The runs that may have ids from `first` to below `before`, some at a time, the newest first."""
    oldest, newest = first >> RUN, (before - 1) >> RUN
    for top in range(newest, oldest - 1, -AT_ONCE):
        yield list(range(max(oldest, top - AT_ONCE + 1), top + 1))
