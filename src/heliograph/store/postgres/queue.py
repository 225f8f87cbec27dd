"""The table of messages as a queue: who is next, who is due, who is overdue, how many wait.

Each question has a partial index over the rows that can be an answer, so that it costs the same however much is
stored; a test asks the planner.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from heliograph.ports import Recent, Waiting
from heliograph.store.columns import messages as columns
from heliograph.store.postgres import messages
from heliograph.store.postgres.database import Reader

HEADS = f"""
    SELECT {messages.COLUMNS} FROM message
    WHERE state = 3 AND next_try_at = 0 AND node = $5 AND connector = $1 AND priority = $2 AND id + 0 > $3
    ORDER BY id + 0 LIMIT $4
"""
RETRIES = f"""
    SELECT {messages.COLUMNS} FROM message
    WHERE state = 3 AND next_try_at > 0 AND node = $4 AND connector = $1 AND next_try_at <= $2
    ORDER BY next_try_at LIMIT $3
"""
_NAME = """
    SELECT message.connector FROM message
    WHERE state = 3 AND next_try_at {} 0 AND node = owner.id {} ORDER BY message.connector LIMIT 1
"""
_NAMES = """
    {0} (connector) AS (
        SELECT ({1}) UNION ALL SELECT ({2}) FROM {0} WHERE {0}.connector IS NOT NULL
    )
"""
_ABOVE = "AND message.connector > {}.connector"
WAITED_FOR = f"""
    SELECT DISTINCT waited.connector
    FROM (SELECT 0 AS id UNION SELECT $1::integer UNION SELECT id FROM node WHERE is_vacant) AS owner, LATERAL (
        WITH RECURSIVE
        {_NAMES.format("fresh", _NAME.format("=", ""), _NAME.format("=", _ABOVE.format("fresh")))},
        {_NAMES.format("later", _NAME.format(">", ""), _NAME.format(">", _ABOVE.format("later")))}
        SELECT connector FROM fresh UNION ALL SELECT connector FROM later
    ) AS waited WHERE waited.connector IS NOT NULL
"""
"""From name to name in each index: it costs a look for each, however many messages wait."""
UNREPORTED = f"""
    SELECT {messages.COLUMNS} FROM message
    WHERE state = 4 AND next_try_at > 0 AND node = $6 AND route_id = $1 AND next_try_at <= $2
    AND (next_try_at, id + 0) > ($3::bigint, $4::bigint) ORDER BY next_try_at, id + 0 LIMIT $5
"""
SCHEDULED = f"SELECT {messages.COLUMNS} FROM message WHERE state = 2 AND due_at <= $1 ORDER BY due_at LIMIT $2"
OVERDUE = f"""
    SELECT {messages.COLUMNS} FROM message
    WHERE state IN (1, 2, 3, 6) AND expires_at <= $1 AND state <> 1 ORDER BY expires_at LIMIT $2
"""
HELD = f"""
    SELECT {messages.COLUMNS} FROM message WHERE state = 1 AND node = $3 AND id + 0 > $1 ORDER BY id + 0 LIMIT $2
"""
ALL = f"SELECT {messages.COLUMNS} FROM message WHERE id > $1 ORDER BY id LIMIT $2"
SILENT = f"""
    SELECT {messages.COLUMNS} FROM message WHERE state IN (4, 5) AND expires_at < $1 ORDER BY expires_at LIMIT $2
"""
UNDECIDED = f"""
    SELECT {messages.COLUMNS} FROM message WHERE id = ANY(ARRAY(
        SELECT message.id FROM message
        WHERE state IN (4, 5) AND message.node = $3 AND message.id + 0 > $1
        AND CASE parts
            WHEN 1 THEN NOT EXISTS (
                SELECT 1 FROM attempt
                WHERE message_id = message.id AND (attempt.state IN (2, 5, 6, 7) OR try_no = message.tries)
            )
            ELSE EXISTS (
                SELECT 1 FROM generate_series(1, message.parts) AS part (number) WHERE NOT EXISTS (
                    SELECT 1 FROM attempt
                    WHERE message_id = message.id AND part_first <= number AND part_last >= number
                    AND (attempt.state IN (2, 5, 6, 7) OR try_no = message.tries)
                )
            )
        END
        ORDER BY message.id + 0 LIMIT $2
    )) ORDER BY id
"""
"""A part is decided once a carrier took it on any try, or its present try is answered. An earlier try that failed or
was in doubt decides nothing about the one that was on its way when we ended."""

NEWEST = "SELECT coalesce(max(id), 0) FROM message"
RECENT = """
    SELECT id, refusal = '', account_id, dialect, sender, recipient, text, accepted_at,
        kind, coalesce(data, ''), coalesce(udh, ''), sender_asked, part, connector
    FROM message WHERE id <= $1 AND id > $2 AND accepted_at >= $3 ORDER BY id
"""
RECENT_SPAN = 131_072
"""Ids that are looked through at a time: the blocks of several nodes, so that a slow one's old messages among them
end nothing."""
CENSUS = "SELECT state, count(*) FROM message GROUP BY state"
WAITING = (
    "SELECT account_id, sum(parts) FROM message WHERE state IN (1, 2, 3, 6) GROUP BY account_id ORDER BY account_id"
)


async def waiting(reader: Reader) -> list[Waiting]:
    """What waits, per account."""
    return [Waiting(account_id, parts) for account_id, parts in await reader.rows(WAITING)]


async def recent(reader: Reader, since: int, most: int) -> list[Recent]:
    """Messages accepted since, oldest first, among the `most` newest ids. Looks back a span at a time until a span
    has none: ids come in the order of time, but for what a clock set back or several nodes have mixed."""
    pages: list[list[Recent]] = []
    upto = int((await reader.rows(NEWEST))[0][0])
    last = upto - most
    while upto > last:
        below = max(upto - RECENT_SPAN, last)
        rows = await reader.rows(RECENT, upto, below, since)
        if not rows:
            break
        pages.append([columns.recent_of(row) for row in rows if row[1]])
        upto = below
    return [one for page in reversed(pages) for one in page]
