"""Looking back: ids are found on a connection of its own, on the index by account.

Ids are given in order of time but for clocks that were set back, so a day's first id is found by halving, an hour
early and an hour late, and each row's own time decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.figures import Figure, Question
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import MessageId
from heliograph.model.receipt import Incoming
from heliograph.store.postgres import figures, incoming
from heliograph.store.postgres.database import Database, Reader
from heliograph.store.postgres.texts import kept

_SLACK_MS: Final = 3_600_000
_ENDS: Final = "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM message"
_FROM: Final = "SELECT id, accepted_at FROM message WHERE id >= $1 ORDER BY id LIMIT 1"
SENT: Final = """
    SELECT id FROM message
    WHERE account_id = $1 AND id + 0 >= $2 AND id + 0 < $3 AND id >= $2 AND id < $3
    AND accepted_at >= $4 AND accepted_at < $5 AND channel = $6
    AND NOT hidden
    AND ($7::text[] IS NULL OR CASE WHEN recipient <> '' THEN recipient ELSE recipient_given END = ANY($7::text[]))
    ORDER BY id + 0 DESC LIMIT $8
"""
"""`id` says which ranges there are to look at, `id + 0` is in the index."""
_RECEIVED: Final = """
    SELECT id FROM incoming
    WHERE account_id = $1 AND id + 0 > $2 AND received_at >= $3 AND NOT is_call AND ($4 = '' OR recipient = $4)
    AND id + 0 < $6 ORDER BY id + 0 DESC LIMIT $5
"""
_MOST_ID: Final = 2**62


class PostgresHistory:
    """`ports.history.HistoryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sent(self, search: SentSearch) -> list[MessageId]:
        recipients = [kept(one) for one in search.recipients] or None
        async with self._database.aside() as reader:
            first = await _first_since(reader, search.since - _SLACK_MS)
            end = await _first_since(reader, search.until + _SLACK_MS)
            before = min(end, search.before) if search.before else end
            values = (search.account_id, first, before, search.since, search.until, kept(search.channel), recipients)
            return [row[0] for row in await reader.rows(SENT, *values, search.most)]

    async def counted(self, question: Question) -> list[Figure]:
        async with self._database.aside() as reader:
            return await figures.counted(reader, question)

    async def received(self, search: IncomingSearch) -> list[int]:
        values = (search.account_id, min(search.after, _MOST_ID), search.since, kept(search.to), search.most)
        before = search.before or _MOST_ID
        async with self._database.aside() as reader:
            return [row[0] for row in await reader.rows(_RECEIVED, *values, before)]

    async def incoming(self, ids: Sequence[int]) -> list[Incoming]:
        async with self._database.reading() as reader:
            found = await incoming.by_ids(reader, ids)
        return [found[one] for one in ids if one in found]


async def _first_since(reader: Reader, at: int) -> MessageId:
    """The first id from which on messages were accepted at `at` or later; one above the last if there are none."""
    low, high = (await reader.rows(_ENDS))[0]
    high += 1
    while low < high:
        middle = (low + high) // 2
        rows = await reader.rows(_FROM, middle)
        if not rows or rows[0][1] >= at:
            high = middle
        else:
            low = rows[0][0] + 1
    return int(low)
