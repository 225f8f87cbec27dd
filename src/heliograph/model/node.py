"""Nodes: processes that share one store, and what each of them holds (decisions.md 8)."""

from __future__ import annotations

from typing import NamedTuple


class Identity(NamedTuple):
    """A node as it speaks of itself. `name` is its data folder's and never changes, `key_print` a digest of the
    installation's key."""

    name: str
    host: str
    pid: int
    key_print: str


class NodeRow(NamedTuple):
    """A node as the store knows it. `lease_ms` is what its lease has left, below 0 once it is over; `keeper` the node
    that decides what it left in doubt, 0 for none; `is_vacant` once it ended and nothing of it is in doubt."""

    id: int
    name: str
    host: str
    pid: int
    epoch: int
    lease_ms: int
    keeper: int
    is_vacant: bool
    started_at: int

    @property
    def is_alive(self) -> bool:
        """It renews its lease, or could still."""
        return self.lease_ms > 0 and not self.is_vacant and not self.keeper


class Standing(NamedTuple):
    """What a look at the store told: is our epoch still ours, who is there, how far has the directory come."""

    is_ours: bool
    nodes: tuple[NodeRow, ...]
    revision: int


class Lease(NamedTuple):
    """A thing that one node holds; `detail` is what it says about it."""

    name: str
    node: int
    detail: str
