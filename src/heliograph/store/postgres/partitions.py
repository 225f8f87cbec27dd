"""Messages in ranges of ids, each a table: room for what is to come is made ahead, what is over goes as a whole.

Ids only grow, so a range is about a stretch of time; it holds what comes in a day, or in as many days that some
sixteen hold all that is kept, and two million ids at least. `message_rest` takes whatever no range holds: a node's old
ids, what is not over when its range goes, and all that comes while no range could be made. So no accept waits for
any of this, and none is refused. Whoever makes or drops a range holds the advisory lock of it; who cannot have a
table's lock at once comes again later.
"""

# ruff: noqa: S608 - statements are put together from names the database itself told, and from numbers

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from heliograph.store.postgres.statements import Connection

AHEAD: Final = 1_000_000
"""A new range is made when so few ids are left of the last one: fifty seconds at twenty thousand a second."""
LEAST: Final = 2_000_000
MOST: Final = 1_000_000_000
MOST_COPIED: Final = 5_000_000
"""The ids of a range in a copy."""
RANGES: Final = 16
"""What every statement pays for: sixteen cost a group nothing that could be measured (docs/decisions)."""
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000

RANGES_OF: Final = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'message'::regclass
"""
LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('heliograph ranges ' || current_schema(), 0))"
NOT_LONG: Final = "SET LOCAL lock_timeout = '100ms'"
CEILING: Final = "SELECT value FROM counter WHERE name = 'message'"
OVERFLOWN: Final = "SELECT EXISTS (SELECT 1 FROM message_rest WHERE id >= $1)"
FIRST: Final = "SELECT id, accepted_at FROM message WHERE id >= $1 ORDER BY id LIMIT 1"
LAST: Final = "SELECT id, accepted_at FROM message WHERE id < $1 AND id >= $2 ORDER BY id DESC LIMIT 1"
OPTIONS: Final = (
    "fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000, "
    "autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000"
)
REMOVED: Final = "message_removed_"
"""What a range is called once it is none any more and its money has yet to be added up."""
LEFT_OVER: Final = """
    SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
    AND relname LIKE 'message\\_removed\\_%' ORDER BY relname
"""
_BOUNDS: Final = re.compile(r"FROM \((?:'?(-?\d+)'?|MINVALUE)\) TO \('?(\d+)'?\)")


class Range(NamedTuple):
    """A table of messages with ids from `first` to before `end`."""

    table: str
    first: int
    end: int


async def ranges(connection: Connection) -> list[Range]:
    """Those there are, lowest first; not the rest."""
    return ranges_of(await connection.fetch(RANGES_OF))


def ranges_of(rows: Iterable[Sequence[object]]) -> list[Range]:
    """What `RANGES_OF` answers, lowest first; not the rest."""
    found = []
    for table, bound in rows:
        bounds = _BOUNDS.search(str(bound))
        if bounds is not None:
            found.append(Range(str(table), int(bounds[1] or 0), int(bounds[2])))
    return sorted(found, key=lambda one: one.first)


async def make_room(connection: Connection, *, days: float = 1.0, now: int = 0) -> bool:
    """A range for what comes next, if the last one is nearly used up. False if somebody else is at it. Raises what the
    driver raises, also where a lock cannot be had at once."""
    ceiling = int(await connection.fetchval(CEILING))
    if ceiling + AHEAD <= (await _last(connection)).end:
        return True
    async with _alone(connection) as is_ours:
        if is_ours:
            last = await _last(connection)  # somebody may just have made one
            if ceiling + AHEAD > last.end:
                first = last.end
                if await connection.fetchval(OVERFLOWN, first):
                    first = ceiling + AHEAD  # what came meanwhile stays in the rest
                await _make(connection, first, first + await _size(connection, last, ceiling, days, now))
    return is_ours


async def reach(connection: Connection, message_id: int) -> None:
    """A range that holds this id, for who fills an empty database in the order of ids, within his transaction."""
    last = await _last(connection)
    if last.table and message_id >= last.end:  # an older schema has no ranges
        await _make(connection, last.end, message_id + MOST_COPIED)


@asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[bool]:
    """A transaction that changes the ranges; False, with nothing locked, while somebody else is at them."""
    await connection.execute("BEGIN")
    try:
        await connection.execute(NOT_LONG)
        yield bool(await connection.fetchval(LOCK))
        await connection.execute("COMMIT")
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise


async def _make(connection: Connection, first: int, end: int) -> None:
    await connection.execute(
        f"CREATE TABLE message_{first} PARTITION OF message FOR VALUES FROM ({first}) TO ({end}) WITH ({OPTIONS})"
    )


async def _last(connection: Connection) -> Range:
    found = await ranges(connection)
    return found[-1] if found else Range("", 0, 0)


async def _size(connection: Connection, last: Range, ceiling: int, days: float, now: int) -> int:
    """As many ids as came in so many days, by what came since the last range began."""
    rows = await connection.fetch(FIRST, last.first)
    if not rows or now - int(rows[0][1]) < HOUR_MS:
        return LEAST
    a_day = (ceiling - int(rows[0][0])) * DAY_MS / (now - int(rows[0][1]))
    return min(max(int(a_day * days), LEAST), MOST)


async def times(connection: Connection, one: Range) -> tuple[int, int] | None:
    """When the first and the last message of a range were accepted; None of an empty one."""
    first = await connection.fetch(FIRST, one.first)
    last = await connection.fetch(LAST, one.end, one.first)
    return (int(first[0][1]), int(last[0][1])) if first and last else None


async def take_out(connection: Connection, one: Range, staying: Sequence[int]) -> bool:
    """Make a range none any more, all at once: its table is put aside to be added up and dropped, and what stays of it
    is in the rest. False if somebody else is at it."""
    aside = f"{REMOVED}{one.end}"
    async with _alone(connection) as is_ours:
        if is_ours:
            await connection.execute(f"ALTER TABLE message DETACH PARTITION {one.table}")
            await connection.execute(f"ALTER TABLE {one.table} RENAME TO {aside}")
            if staying:
                columns = await _columns(connection, aside)
                await connection.execute(
                    f"WITH staying AS (DELETE FROM {aside} WHERE id = ANY($1::bigint[]) RETURNING *) "
                    f"INSERT INTO message ({columns}) SELECT {columns} FROM staying",
                    list(staying),
                )
    return is_ours


async def _columns(connection: Connection, table: str) -> str:
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped "
        "ORDER BY attnum",
        table,
    )
    return ", ".join(str(row[0]) for row in rows)


async def left_over(connection: Connection) -> list[str]:
    """Tables that were taken out and not added up yet."""
    return [str(row[0]) for row in await connection.fetch(LEFT_OVER)]
