"""What retention needs of a store: short removals, one transaction each, and what there is to remove."""

from __future__ import annotations

from typing import Protocol

from heliograph.model.retention import Kept, Slice, Standing


class RetentionStore(Protocol):
    """Raises `StoreFailure`. `before` is ms since the epoch: what is older goes, if it may (`model.retention`)."""

    async def make_ready(self, now: int, days: int) -> None:
        """Make room for what is to come, where tables are cut in pieces; `days` is how long messages are kept, 0 = for
        ever. Waits for nobody: what cannot be done now is done at a later call."""

    async def remove(self, what: Kept, before: int, now: int, after: int, most: int) -> Slice:
        """Look at some `most` rows from `after` on (0: from the oldest) and remove those that may go. What they cost
        is added to what is kept about removed ones, in the same transaction."""

    async def standing(self, what: Kept, before: int, now: int) -> Standing:
        """What there is, and how much of it `remove` would take away; looked for off the loop, changes nothing."""
