"""Looking back: ids are found off the loop, as one value, on the index by account.

Ids are given in order of time but for clocks that were set back, so a day's first id is found by halving, an hour
early and an hour late, and each row's own time decides. Messages to a number are looked for run by run of ids.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from heliograph.model.figures import Figure, Question
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import MessageId
from heliograph.model.receipt import Incoming
from heliograph.store.history import RUN, runs_between
from heliograph.store.sqlite import figures, incoming
from heliograph.store.sqlite.database import Database, Reader

_SLACK_MS: Final = 3_600_000
_ENDS: Final = "SELECT coalesce((SELECT min(id) FROM {0}), 0), coalesce((SELECT max(id) FROM {0}), 0)"
"""Asked for both at once, SQLite would read the whole table."""
_FROM: Final = "SELECT id, {} FROM {} WHERE id >= ? ORDER BY id LIMIT 1"
_SENT: Final = """
    SELECT json_group_array(id) FROM (
        SELECT id FROM message INDEXED BY {index}
        WHERE account_id = ? AND {which} AND id >= ? AND id < ? AND accepted_at >= ? AND accepted_at < ? AND channel = ?
        AND hidden = 0 ORDER BY id DESC LIMIT ?
    )
"""
_SENT_SMS: Final = _SENT.format(index="message_of_account", which="true")
_SENT_OTHERWISE: Final = _SENT.format(index="message_of_channel", which="channel <> 'sms'")
_SENT_TO: Final = _SENT.format(
    index="message_by_recipient",
    which=f"id >> {RUN} IN (SELECT value FROM json_each(?)) "
    "AND CASE recipient WHEN '' THEN recipient_given ELSE recipient END IN (SELECT value FROM json_each(?))",
)
_RECEIVED: Final = """
    SELECT json_group_array(id) FROM (
        SELECT id FROM incoming INDEXED BY incoming_of_account
        WHERE account_id = ? AND id > ? AND id < ? AND received_at >= ? AND is_call = 0{} ORDER BY id DESC LIMIT ?
    )
"""
_AT: Final = " AND recipient = ?"
_MOST_ID: Final = 2**62


class SqliteHistory:
    """`ports.history.HistoryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sent(self, search: SentSearch) -> list[MessageId]:
        return await self._database.aside(lambda reader: _sent(reader, search))

    async def counted(self, question: Question) -> list[Figure]:
        return await self._database.aside(lambda reader: figures.counted(reader, question))

    async def received(self, search: IncomingSearch) -> list[int]:
        return await self._database.aside(lambda reader: _received(reader, search))

    async def incoming(self, ids: Sequence[int]) -> list[Incoming]:
        found = incoming.by_ids(self._database.reader, ids)
        return [found[one] for one in ids if one in found]


def _sent(reader: Reader, search: SentSearch) -> list[MessageId]:
    first = _first_since(reader, "message", "accepted_at", search.since - _SLACK_MS)
    end = _first_since(reader, "message", "accepted_at", search.until + _SLACK_MS)
    before = min(end, search.before) if search.before else end
    rest = (first, before, search.since, search.until, search.channel)
    if not search.recipients:
        sql = _SENT_SMS if search.channel == "sms" else _SENT_OTHERWISE
        return _ids(reader, sql, [search.account_id, *rest, search.most])
    found: list[MessageId] = []
    recipients = json.dumps(search.recipients)
    for runs in runs_between(first, before):
        if len(found) < search.most:
            values: list[int | str] = [search.account_id, json.dumps(runs), recipients, *rest, search.most - len(found)]
            found += _ids(reader, _SENT_TO, values)
    return found


def _received(reader: Reader, search: IncomingSearch) -> list[int]:
    after = max(search.after, _first_since(reader, "incoming", "received_at", search.since - _SLACK_MS) - 1)
    values: list[int | str] = [search.account_id, after, search.before or _MOST_ID, search.since]
    if search.to:
        values.append(search.to)
    return _ids(reader, _RECEIVED.format(_AT if search.to else ""), [*values, search.most])


def _ids(reader: Reader, sql: str, values: list[int | str]) -> list[int]:
    found = reader.first(sql, tuple(values))
    return sorted(json.loads(found[0]), reverse=True) if found else []


def _first_since(reader: Reader, table: str, time: str, at: int) -> int:
    """The first id from which on rows are of `at` or later; one above the last if there are none."""
    low, high = reader.rows(_ENDS.format(table))[0]
    high += 1
    while low < high:
        middle = (low + high) // 2
        row = reader.first(_FROM.format(time, table), (middle,))
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return int(low)
