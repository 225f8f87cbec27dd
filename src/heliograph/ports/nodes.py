"""The contract about nodes: leases, take-over and hints of a store that many processes share (decisions.md 8).

Only a store that can be shared has it. Everything here is decided by the store's own clock and written only while the
caller's epoch is still its own; `StoreFailure` says that it could not be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from heliograph.model.message import MessageId
from heliograph.model.node import Identity, Lease, Standing
from heliograph.model.receipt import IncomingPart
from heliograph.model.rows import Fence


class NodeStore(Protocol):
    """What nodes keep about each other."""

    async def join(self, me: Identity) -> Fence | None:
        """A new epoch of this node; from then on every group is written under it or not at all. None: what has this
        name is alive elsewhere, or is being taken over: try again shortly. Raises `StoreError` for another key."""

    async def look(self, *, renew: bool) -> Standing:
        """Renew the lease, and those kept for the dead, and see who is there."""

    async def leave(self) -> None:
        """A clean end: whatever is held is free at once, and what waits is anybody's."""

    async def take_over(self) -> list[int]:
        """Become the keeper of nodes whose lease is over: their epoch is raised, so they change nothing any more."""

    async def settled(self, node: int) -> None:
        """Nothing of a kept node is in doubt any more: what it left waiting is anybody's."""

    async def forget(self, before: int) -> None:
        """Drop nodes that ended before (ms) and left nothing that waits."""

    async def take(self, names: Sequence[str]) -> set[str]:
        """Hold what nobody alive holds; returns those of the names that are ours now."""

    async def tell(self, name: str, detail: str) -> None:
        """Say something about what we hold."""

    async def give_back(self, names: Sequence[str]) -> None:
        """Hold it no more."""

    async def leases(self, beginning: str) -> list[Lease]:
        """What is held by the living, of names that begin so."""

    async def claim(self, connector: str, limit: int) -> int:
        """Own QUEUED messages of this connector that are nobody's; they become retries that are due. How many."""

    async def claim_held(self, limit: int) -> list[MessageId]:
        """The same with HELD parts, of all connectors; their ids, oldest first."""

    async def claim_parts(self, limit: int) -> list[tuple[IncomingPart, int]]:
        """The same with parts of messages from handsets, each with the incoming message it went into, 0 while it
        waits; in the order of ids."""

    async def parts(self, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
        """Such parts that are ours already, with id > `after`, in id order."""

    async def disown(self, connector: str, limit: int) -> int:
        """The reverse: QUEUED messages of ours become nobody's. How many."""

    async def prune_days(self, before: int) -> None:
        """Drop the counts of days (since 1970) before this one."""

    def hint(self, word: str) -> None:
        """Tell all nodes soon, this one not; words are gathered. A hint may be lost."""

    def listen(self, heard: Callable[[str], None]) -> None:
        """Be told of the others' hints."""
