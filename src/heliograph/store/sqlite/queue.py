"""The table of messages as a queue: who is next, who is due, who is overdue, how many wait.

Each question has a partial index over the rows that can be an answer, named in the query, so that it costs the same
however much is stored; a query whose index is gone fails instead of reading the table.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from heliograph.ports import Recent, Waiting
from heliograph.store.columns import messages as columns
from heliograph.store.sqlite import messages
from heliograph.store.sqlite.database import Reader

HEADS = f"""
    SELECT {messages.COLUMNS} FROM message INDEXED BY message_fresh
    WHERE state = 3 AND next_try_at = 0 AND connector = ? AND priority = ? AND id > ? ORDER BY id LIMIT ?
"""
RETRIES = f"""
    SELECT {messages.COLUMNS} FROM message INDEXED BY message_retry
    WHERE state = 3 AND next_try_at > 0 AND connector = ? AND next_try_at <= ? ORDER BY next_try_at LIMIT ?
"""
_NAME = """
    SELECT message.connector FROM message INDEXED BY message_{}
    WHERE state = 3 AND next_try_at {} 0 {} ORDER BY message.connector LIMIT 1
"""
_NAMES = """
    {0} (connector) AS (
        SELECT ({1}) UNION ALL SELECT ({2}) FROM {0} WHERE {0}.connector IS NOT NULL
    )
"""
_ANY = "AND message.connector >= ''"
_ABOVE = "AND message.connector > {}.connector"
WAITED_FOR = f"""
    WITH RECURSIVE
    {_NAMES.format("fresh", _NAME.format("fresh", "=", _ANY), _NAME.format("fresh", "=", _ABOVE.format("fresh")))},
    {_NAMES.format("retry", _NAME.format("retry", ">", _ANY), _NAME.format("retry", ">", _ABOVE.format("retry")))}
    SELECT connector FROM fresh WHERE connector IS NOT NULL
    UNION SELECT connector FROM retry WHERE connector IS NOT NULL
"""
"""From name to name in each index: it costs a look for each, however many messages wait."""
UNREPORTED = f"""
    SELECT {messages.COLUMNS} FROM message INDEXED BY message_unreported
    WHERE state = 4 AND next_try_at > 0 AND route_id = ? AND next_try_at <= ? AND (next_try_at, id) > (?, ?)
    ORDER BY next_try_at, id LIMIT ?
"""
SCHEDULED = f"""
    SELECT {messages.COLUMNS} FROM message INDEXED BY message_scheduled
    WHERE state = 2 AND due_at <= ? ORDER BY due_at LIMIT ?
"""
OVERDUE = f"""
    SELECT {messages.COLUMNS} FROM message INDEXED BY message_waiting
    WHERE (state <= 3 OR state = 6) AND expires_at <= ? AND state <> 1 ORDER BY expires_at LIMIT ?
"""
HELD = f"""
    SELECT {messages.COLUMNS} FROM message INDEXED BY message_held
    WHERE state = 1 AND id > ? ORDER BY id LIMIT ?
"""
ALL = f"SELECT {messages.COLUMNS} FROM message WHERE id > ? ORDER BY id LIMIT ?"
SILENT = f"""
    SELECT {messages.COLUMNS} FROM message INDEXED BY message_upstream
    WHERE (state = 4 OR state = 5) AND expires_at < ? ORDER BY expires_at LIMIT ?
"""
UNDECIDED = f"""
    SELECT {messages.COLUMNS} FROM message WHERE id IN (
        SELECT message.id FROM message INDEXED BY message_upstream
        WHERE (state = 4 OR state = 5) AND message.id > ?
        AND CASE parts
            WHEN 1 THEN NOT EXISTS (
                SELECT 1 FROM attempt
                WHERE message_id = message.id AND (attempt.state IN (2, 5, 6, 7) OR try_no = message.tries)
            )
            ELSE EXISTS (
                WITH RECURSIVE part (number) AS (
                    SELECT 1 UNION ALL SELECT number + 1 FROM part WHERE number < message.parts
                )
                SELECT 1 FROM part WHERE NOT EXISTS (
                    SELECT 1 FROM attempt
                    WHERE message_id = message.id AND part_first <= number AND part_last >= number
                    AND (attempt.state IN (2, 5, 6, 7) OR try_no = message.tries)
                )
            )
        END
        ORDER BY message.id LIMIT ?
    ) ORDER BY id
"""
"""A part is decided once a carrier took it on any try, or its present try is answered. An earlier try that failed or
was in doubt decides nothing about the one that was on its way when we ended."""

NEWEST = "SELECT max(id) FROM message"
RECENT = """
    SELECT id, refusal = '', account_id, dialect, sender, recipient, text, accepted_at,
        kind, ifnull(data, x''), ifnull(udh, x''), sender_asked, part, connector
    FROM message WHERE id <= ? ORDER BY id DESC LIMIT ?
"""
RECENT_PAGE = 5_000
CENSUS = "SELECT state, count(*) FROM message GROUP BY state"
WAITING_PAGE = 20_000
"""So many rows at once are grouped in memory; sorting all of millions takes three times as long."""
WAITING_END = f"""
    SELECT expires_at FROM message INDEXED BY message_waiting
    WHERE (state <= 3 OR state = 6) AND expires_at > ? ORDER BY expires_at LIMIT 1 OFFSET {WAITING_PAGE}
"""
WAITING = """
    SELECT account_id, sum(parts) FROM message INDEXED BY message_waiting
    WHERE (state <= 3 OR state = 6) AND expires_at > ? AND expires_at <= ? GROUP BY account_id
"""
LATEST = 2**62
"""After every time."""


def waiting(reader: Reader) -> list[Waiting]:
    """What waits, per account, a page of the index at a time."""
    parts: dict[int, int] = {}
    after, is_last = -1, False
    while not is_last:
        end = reader.first(WAITING_END, (after,))
        is_last, upto = end is None, LATEST if end is None else int(end[0])
        for account_id, count in reader.rows(WAITING, (after, upto)):
            parts[account_id] = parts.get(account_id, 0) + count
        after = upto
    return [Waiting(*one) for one in sorted(parts.items())]


def recent(reader: Reader, since: int, most: int) -> list[Recent]:
    """Messages accepted since, oldest first, among the `most` newest ids. Looks back a page at a time until a page
    has none: ids come in the order of time, but for what a clock set back has mixed."""
    found: list[Recent] = []
    below = newest = int(reader.rows(NEWEST)[0][0] or 0)
    while below > newest - most:
        rows = reader.rows(RECENT, (below, RECENT_PAGE))
        fresh = [row for row in rows if row[7] >= since and row[0] > newest - most]
        found += [columns.recent_of(row) for row in fresh if row[1]]
        if not fresh or len(rows) < RECENT_PAGE:
            break
        below = rows[-1][0] - 1
    found.reverse()
    return found
