"""The stores the suite runs on: one line each. A store that is added here has to pass every story in this folder."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from heliograph.model.message import Attempt, Message
from heliograph.model.receipt import KeptReceipt, Notice
from heliograph.model.refusal import Reason
from heliograph.model.rows import AttemptMove, Move, ReceiptMove
from heliograph.store.sqlite import SqliteStore
from store.postgres.schemas import node_store_in, store_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from heliograph.ports import Store


@dataclass(frozen=True)
class Backend:
    """How to make a store in a folder. `keeps`: another store made there, after the first was closed or its process was
    killed, finds what the first one wrote."""

    name: str
    make: Callable[[Path], Store]
    keeps: bool


class RefusingStore:
    """Another store behind one that refuses single items at random, as several nodes on one database would cause:
    a message because its purse was emptied elsewhere, a fenced move because its row went elsewhere.

    What it refuses it does not write, nor what hangs on it; the rest it writes. `verdicts` keeps what it refused; with
    `share` 0 it refuses nothing.
    """

    def __init__(self, store, *, seed, share=0.25):
        self._store = store
        self._random = random.Random(seed)
        self.share = share
        self.verdicts = {}

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def write(self, rows, fence, at):
        refused = {}
        for row in rows:
            if isinstance(row, Message) and self._random.random() < self.share:
                refused[row.id] = self._random.choice([Reason.NO_MONEY, Reason.DUPLICATE])
        lost = {
            row.message_id: Reason.BUSY
            for row in rows
            if isinstance(row, Move) and row.fenced and self._random.random() < self.share
        }
        kept = [
            row
            for row in rows
            if about(row) not in refused and not (isinstance(row, Move) and row.fenced and row.message_id in lost)
        ]
        verdict = {**lost, **refused, **await self._store.write(kept, fence, at)}
        self.verdicts.update(verdict)
        return verdict


def about(row):
    """The id of the message a row is about, None for the rest."""
    match row:
        case Message():
            return row.id
        case Attempt() | Notice():
            return row.message.id if row.message is not None else None
        case Move() | AttemptMove() | KeptReceipt() | ReceiptMove():
            return row.message_id or None
    return None


BACKENDS = [
    Backend("sqlite", lambda folder: SqliteStore(folder / "store.db"), keeps=True),
    Backend("sqlite-in-memory", lambda folder: SqliteStore(None), keeps=False),
    Backend("postgres-18", lambda folder: node_store_in(18, folder), keeps=True),
    Backend("postgres-16", lambda folder: store_in(16, folder), keeps=True),
    Backend("refusing", lambda folder: RefusingStore(SqliteStore(folder / "store.db"), seed=20_261), keeps=True),
]
