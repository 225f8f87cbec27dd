"""Looking back: ids are found on the indexes by account and by recipient, whose plans are sure; sums aside.

Ids are given in order of time but for clocks that were set back, so a day's first id is found by halving, an hour
early and an hour late, and each row's own time decides. Messages to a number are looked for run by run of ids.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.figures import Figure, Question
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import Message, MessageId
from heliograph.model.receipt import Incoming
from heliograph.store.history import RUN, runs_between
from heliograph.store.postgres import figures, incoming, messages
from heliograph.store.postgres.database import Database, Reader
from heliograph.store.postgres.partitions import CEILING
from heliograph.store.postgres.texts import kept

_SLACK_MS: Final = 3_600_000
FILED: Final = 40
"""Characters of a recipient in the index: what is no number may be as long as it likes, and an entry may not."""
_ENDS: Final = "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM {}"
_FROM: Final = "SELECT id, {} FROM {} WHERE id >= $1 ORDER BY id LIMIT 1"
_WITHIN: Final = "accepted_at >= $4 AND accepted_at < $5 AND channel = $6 AND NOT hidden"
_SENT: Final = f"""
    SELECT id FROM message
    WHERE account_id = $1 AND id + 0 >= $2 AND id + 0 < $3 AND id >= $2 AND id < $3 AND {_WITHIN}{{}}
    ORDER BY id + 0 DESC LIMIT $7
"""
"""`id` says which ranges there are to look at, `id + 0` is in the index."""
SENT_SMS: Final = _SENT.format("")
SENT_OTHERWISE: Final = _SENT.format(" AND channel <> 'sms'")
_BY_VALUES: Final = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"
"""Until the transaction ends. A plan that knows no values takes a range of ids for a small one, and reads all of it."""
_RECIPIENT: Final = "CASE recipient WHEN '' THEN recipient_given ELSE recipient END"
_OF_RUN: Final = f"""
    (id >> {RUN}) = run.number AND id >= run.number << {RUN} AND id < (run.number + 1) << {RUN}
    AND left({_RECIPIENT}, {FILED}) = filed.number
"""
"""Run by run, number by number: asked for several at once, PostgreSQL 16 reads an empty table by another index, and
keeps that plan. The bounds say which one range of ids there is to look at."""
SENT_TO: Final = f"""
    SELECT found.id FROM unnest($8::bigint[]) AS run (number), unnest($9::text[]) AS filed (number), LATERAL (
        SELECT id FROM message WHERE {_OF_RUN} AND account_id = $1 AND {_RECIPIENT} = ANY($10::text[])
        AND id >= $2 AND id < $3 AND {_WITHIN} OFFSET 0
    ) AS found ORDER BY found.id DESC LIMIT $7
"""
NEWEST_TO: Final = f"""
    SELECT {messages.COLUMNS} FROM message WHERE id = (
        SELECT found.id FROM unnest($1::bigint[]) AS run (number), unnest($2::text[]) AS filed (number), LATERAL (
            SELECT id FROM message WHERE {_OF_RUN} AND recipient = $3 AND ($4::text IS NULL OR connector = $4)
            AND ($5::text IS NULL OR sender = $5) AND accepted_at >= $6 AND state <> 13 OFFSET 0
        ) AS found ORDER BY found.id DESC LIMIT 1
    )
"""
RECEIVED: Final = """
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
        async with self._database.reading(of_one_moment=True) as reader:
            first = await _first_since(reader, "message", "accepted_at", search.since - _SLACK_MS)
            end = await _first_since(reader, "message", "accepted_at", search.until + _SLACK_MS)
            before = min(end, search.before) if search.before else end
            values = (search.account_id, first, before, search.since, search.until, kept(search.channel))
            if not search.recipients:
                await reader.rows(_BY_VALUES)
                sql = SENT_SMS if search.channel == "sms" else SENT_OTHERWISE
                return [row[0] for row in await reader.rows(sql, *values, search.most)]
            recipients = [kept(one) for one in search.recipients]
            filed = list({one[:FILED] for one in recipients})
            found: list[MessageId] = []
            for runs in runs_between(first, before):
                if len(found) < search.most:
                    more = (search.most - len(found), runs, filed, recipients)
                    found += [row[0] for row in await reader.rows(SENT_TO, *values, *more)]
            return found

    async def counted(self, question: Question) -> list[Figure]:
        async with self._database.aside() as reader:
            return await figures.counted(reader, question)

    async def received(self, search: IncomingSearch) -> list[int]:
        before = search.before or _MOST_ID
        async with self._database.reading() as reader:
            first = await _first_since(reader, "incoming", "received_at", search.since - _SLACK_MS)
            after = max(min(search.after, _MOST_ID), first - 1)
            values = (search.account_id, after, search.since, kept(search.to), search.most)
            return [row[0] for row in await reader.rows(RECEIVED, *values, before)]

    async def incoming(self, ids: Sequence[int]) -> list[Incoming]:
        async with self._database.reading() as reader:
            found = await incoming.by_ids(reader, ids)
        return [found[one] for one in ids if one in found]


async def newest_to(
    reader: Reader, recipient: str, connector: str | None, sender: str | None, since: int
) -> Message | None:
    """The newest message to a number that was not refused, among the two million newest ids."""
    before = int((await reader.rows(CEILING))[0][0]) + 1
    number = kept(recipient)
    values = (next(runs_between(0, before)), [number[:FILED]], number, connector, kept(sender), since)
    found = await messages.select(reader, NEWEST_TO, *values)
    return found[0] if found else None


async def _first_since(reader: Reader, table: str, time: str, at: int) -> int:
    """The first id from which on rows are of `at` or later; one above the last if there are none."""
    low, high = (await reader.rows(_ENDS.format(table)))[0]
    high += 1
    while low < high:
        middle = (low + high) // 2
        rows = await reader.rows(_FROM.format(time, table), middle)
        if not rows or rows[0][1] >= at:
            high = middle
        else:
            low = rows[0][0] + 1
    return int(low)
