"""Messages by the id their customer knows them by (decisions.md 3): his own, or that of the request's first message.

Such ids come in any order, so a group that accepts messages writes no index of them (decisions.md 6). The newest are
kept in memory, told by every group; `file` moves them into the table `shown` in sorted batches, and notes up to which
id of a message all are there. After a start what is not is read by id. A message that is written late, with an id below
that mark, lowers it in its own group: so whatever is killed when, nothing is ever missed, and filing twice harms
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from heliograph.model.message import UPSTREAM, Message, MessageId
from heliograph.store.shown import Key, our_ids, pick
from heliograph.store.sqlite import attempts, messages
from heliograph.store.sqlite.database import Reader

UNTIL = "SELECT message_id FROM shown_until"
MOVE_UNTIL = "UPDATE shown_until SET message_id = ?"
NEWEST = "SELECT coalesce(max(id), 0) FROM message"
UNFILED = """
    SELECT id, account_id, shown_id, recipient, recipient_given FROM message
    WHERE id > ? AND shown_id IS NOT NULL ORDER BY id
"""
FILE = "INSERT OR IGNORE INTO shown (account_id, shown_id, recipient, message_id) VALUES (?, ?, ?, ?)"
FILED = "SELECT max(message_id) FROM shown WHERE account_id = ? AND shown_id = ? AND recipient = ?"

BATCH = 400
"""Messages filed in one group: some 3 ms of writing among a million others in no order."""
MOST_UNREAD = 50_000
"""Ids without a shown id of their own after which the mark moves all the same, so that a start reads few of them."""


class Shown:
    """What is not filed yet, and where the rest is. Belongs to the loop's thread."""

    def __init__(self) -> None:
        self._until = 0
        self._newest = 0
        self._is_loaded = False
        self._unfiled: dict[MessageId, tuple[int, str, str]] = {}
        self._by_key: dict[tuple[int, str, str], MessageId] = {}

    def open(self, reader: Reader) -> None:
        """Read the mark; what is not filed is read when it is first asked for."""
        self._until = int(reader.rows(UNTIL)[0][0])

    def load(self, reader: Reader) -> None:
        """Read what is not filed, once."""
        if self._is_loaded:
            return
        self._newest = int(reader.rows(NEWEST)[0][0])
        for message_id, account_id, shown_id, recipient, given in reader.rows(UNFILED, (self._until,)):
            self._add(message_id, (account_id, shown_id, recipient or given))
        self._is_loaded = True

    def write_in(self, database: apsw.Connection, new: Sequence[Message]) -> None:
        """Lower the mark, in the group that writes these messages, if it is above one of them."""
        if new:
            lowest = min([message.id for message in new])
            if lowest <= self._until and any(message.shown_id is not None for message in new):
                database.execute(MOVE_UNTIL, (lowest - 1,))

    def written(self, kept: Sequence[Message]) -> None:
        """These messages have just become durable."""
        for message in kept:
            message_id = message.id
            if message_id > self._newest:
                self._newest = message_id
            if message.shown_id is not None:
                recipient = message.recipient or message.recipient_given
                self._add(message_id, (message.account_id, message.shown_id, recipient))
                self._until = min(self._until, message_id - 1)

    @property
    def is_due(self) -> bool:
        """True when there is something to file."""
        return bool(self._unfiled) or self._newest - self._until > MOST_UNREAD

    def file_in(self, database: apsw.Connection) -> list[MessageId]:
        """File a batch, lowest ids first, within an open group; returns the ids for `filed`."""
        batch = sorted(self._unfiled)[:BATCH] if len(self._unfiled) > BATCH else list(self._unfiled)
        rows = sorted([(*self._unfiled[message_id], message_id) for message_id in batch])
        database.executemany(FILE, rows)
        database.execute(MOVE_UNTIL, (self._mark(batch),))
        return batch

    def filed(self, batch: Sequence[MessageId]) -> None:
        """The group that filed them is durable."""
        self._until = self._mark(batch)
        for message_id in batch:
            key = self._unfiled.pop(message_id)
            if self._by_key.get(key) == message_id:
                del self._by_key[key]

    def find(self, reader: Reader, account_id: int, keys: Sequence[Key]) -> dict[Key, Message]:
        """The newest message of an account under each key; our own id counts where no shown id does."""
        self.load(reader)
        asked = list(dict.fromkeys(keys))
        ids = {key: self._newest_under(reader, account_id, key) for key in asked}
        shown = messages.by_ids(reader, sorted({message_id for message_id in ids.values() if message_id}))
        found = pick(asked, ids, shown, messages.owning(reader, our_ids(asked), account_id))
        attempts.load(reader, [message for message in found.values() if message.state in UPSTREAM])
        return found

    def _newest_under(self, reader: Reader, account_id: int, key: Key) -> MessageId:
        recipient, shown_id = key
        filed = reader.rows(FILED, (account_id, shown_id, recipient))[0][0] or 0
        return max(int(filed), self._by_key.get((account_id, shown_id, recipient), 0))

    def _add(self, message_id: MessageId, key: tuple[int, str, str]) -> None:
        self._unfiled[message_id] = key
        self._by_key[key] = max(message_id, self._by_key.get(key, 0))

    def _mark(self, batch: Sequence[MessageId]) -> MessageId:
        """Up to which id all are filed once `batch` is."""
        left = self._unfiled.keys() - set(batch)
        return min(left) - 1 if left else self._newest
