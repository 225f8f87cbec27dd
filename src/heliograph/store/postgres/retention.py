"""Removing what is old: whole ranges of messages where a range is over, else a few hundred rows a group.

A range goes in steps that may break off anywhere and are taken up again: what hangs on its messages goes in small
groups; the range is taken out, with what must stay of it moved to the rest; then its money is added to that of
removed messages and its table dropped, in one transaction. Messages of ranges that will go as a whole are left alone
by the walk over rows; a range that holds more than an eighth of the time messages are kept is too coarse to wait for.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from asyncpg import LockNotAvailableError  # type: ignore[import-untyped]

from heliograph.model.retention import DAY_MS, LATE_MS, Kept, Slice, Standing
from heliograph.ports import StoreFailure
from heliograph.store.columns import figures
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.failures import is_temporary, words
from heliograph.store.postgres.partitions import (
    AHEAD,
    CEILING,
    RANGES,
    RANGES_OF,
    Range,
    left_over,
    make_room,
    ranges,
    ranges_of,
    take_out,
    times,
)
from heliograph.store.postgres.statements import Connection

_FINAL: Final = "state IN (8, 9, 10, 11, 12, 13, 14, 15)"
_OVER: Final = f"{_FINAL} AND expires_at < $2"
"""$2 is so long ago that no receipt is to come."""
_TOLD: Final = "NOT EXISTS (SELECT 1 FROM notice WHERE message_id > 0 AND message_id = message.id AND progress = 1)"
_HEARD: Final = "NOT EXISTS (SELECT 1 FROM notice WHERE incoming_id > 0 AND incoming_id = incoming.id AND progress = 1)"
_SAYS: Final = "(text <> '' OR data IS NOT NULL OR segments IS NOT NULL)"
_TOLD_EACH: Final = (
    "(SELECT 1 FROM notice WHERE message_id > 0 AND message_id = message.id AND progress = 1 LIMIT 1) IS NULL"
)
_HEARD_EACH: Final = (
    "(SELECT 1 FROM notice WHERE incoming_id > 0 AND incoming_id = incoming.id AND progress = 1 LIMIT 1) IS NULL"
)
"""The same asked of each row: of `NOT EXISTS` the planner makes a look at all notices, which is right for many rows."""
_MASKED: Final = (
    "CASE WHEN length({0}) > 4 THEN left({0}, 2) || repeat('*', length({0}) - 4) || right({0}, 2) "
    "ELSE repeat('*', length({0})) END"
)
"""The first two and the last two characters of a number, as the log has them; of what is masked, itself."""
_TO, _GIVEN, _FROM = _MASKED.format("recipient"), _MASKED.format("recipient_given"), _MASKED.format("sender")
_HAS_NUMBER: Final = f"(recipient <> {_TO} OR recipient_given <> {_GIVEN})"
LOOK: Final = {
    Kept.TEXTS: f"SELECT id, accepted_at < $1, {_FINAL} AND accepted_at < $1 FROM message "
    "WHERE id > $3 AND $2::bigint IS NOT NULL ORDER BY id LIMIT $4",
    Kept.TRACE: f"SELECT id, accepted_at < $1, {_OVER} AND accepted_at < $1 FROM message "
    "WHERE id > $3 ORDER BY id LIMIT $4",
    Kept.MESSAGES: f"SELECT id, accepted_at < $1, {_OVER} AND accepted_at < $1 AND {_TOLD_EACH} FROM message "
    "WHERE id > $3 ORDER BY id LIMIT $4",
    Kept.NOTICES: "SELECT id, created_at < $1, created_at < $1 AND progress <> 1 FROM notice "
    "WHERE id > $3 AND $2::bigint IS NOT NULL ORDER BY id LIMIT $4",
    Kept.INCOMING: f"SELECT id, received_at < $1, received_at < $1 AND {_HEARD_EACH} FROM incoming "
    "WHERE id > $3 AND $2::bigint IS NOT NULL ORDER BY id LIMIT $4",
    Kept.PARKED: "SELECT id, received_at < $1, received_at < $1 AND fate = 1 FROM receipt "
    "WHERE id > $3 AND $2::bigint IS NOT NULL ORDER BY id LIMIT $4",
}
LOOK[Kept.NUMBERS] = LOOK[Kept.MESSAGES]
LOOK[Kept.INCOMING_NUMBERS] = LOOK[Kept.INCOMING]
"""Id, whether it is old enough, and whether it may go."""
_ATTEMPTS: Final = "DELETE FROM attempt WHERE message_id = ANY($1::bigint[])"
_RECEIPTS: Final = "DELETE FROM receipt WHERE message_id > 0 AND message_id = ANY($1::bigint[])"
_NOTICES: Final = "DELETE FROM notice WHERE message_id > 0 AND message_id = ANY($1::bigint[])"
_OWN_PARTS: Final = "SELECT own_parts FROM message WHERE id = ANY($1::bigint[]) AND own_parts <> ''"
_PARTS: Final = "DELETE FROM part_of WHERE id = ANY($1::bigint[])"
_SUMS: Final = """
    INSERT INTO removed_money (purse, price, count, refunded)
    SELECT purse, sum(price)::bigint,
        coalesce(sum(CASE own_parts WHEN '' THEN 1 ELSE parts END) FILTER (WHERE price <> 0), 0)::bigint,
        sum(refunded)::bigint
    FROM {} GROUP BY purse
    ON CONFLICT (purse) DO UPDATE SET price = removed_money.price + excluded.price,
        count = removed_money.count + excluded.count, refunded = removed_money.refunded + excluded.refunded
"""
_MONEY: Final = _SUMS.format("message WHERE id = ANY($1::bigint[])")
_GONE: Final = "DELETE FROM message WHERE id = ANY($1::bigint[])"
_FIGURES: Final = figures.on_removal("id = ANY($1::bigint[])")
REMOVE: Final = {
    Kept.TEXTS: (
        "UPDATE message SET text = '', data = NULL, udh = NULL, segments = NULL "
        f"WHERE id = ANY($1::bigint[]) AND {_SAYS}",
    ),
    Kept.NUMBERS: (
        f"UPDATE receipt SET recipient = {_TO} WHERE message_id > 0 AND message_id = ANY($1::bigint[])",
        f"UPDATE message SET recipient = {_TO}, recipient_given = {_GIVEN} "
        f"WHERE id = ANY($1::bigint[]) AND {_HAS_NUMBER}",
    ),
    Kept.INCOMING_NUMBERS: (
        f"UPDATE incoming SET sender = {_FROM} WHERE id = ANY($1::bigint[]) AND sender <> {_FROM}",
    ),
    Kept.TRACE: (_RECEIPTS, _ATTEMPTS),
    Kept.MESSAGES: (
        _MONEY,
        _FIGURES,
        _ATTEMPTS,
        _RECEIPTS,
        _NOTICES,
        "DELETE FROM message WHERE id = ANY($1::bigint[])",
    ),
    Kept.NOTICES: ("DELETE FROM notice WHERE id = ANY($1::bigint[]) AND progress <> 1",),
    Kept.INCOMING: (
        "DELETE FROM notice WHERE incoming_id > 0 AND incoming_id = ANY($1::bigint[])",
        "DELETE FROM incoming WHERE id = ANY($1::bigint[])",
    ),
    Kept.PARKED: ("DELETE FROM receipt WHERE id = ANY($1::bigint[]) AND fate = 1",),
}
"""The last statement says how many there were."""
_MARKED: Final = (Kept.TEXTS, Kept.NUMBERS, Kept.TRACE, Kept.INCOMING_NUMBERS)
MARK: Final = "SELECT value FROM retention WHERE name = $1"
_MOVE_MARK: Final = """
    INSERT INTO retention (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = greatest(retention.value, excluded.value)
"""
_FOLLOWED: Final = (
    "NOT (opened_at > 0 AND is_told = 0 AND message_id > 0) AND NOT EXISTS ("
    f"SELECT 1 FROM message WHERE id = message_id AND NOT {_FINAL})"
)
"""Nobody waits for its click, and its message, if there is one, has ended."""
_FOLLOWED_EACH: Final = (
    "NOT (opened_at > 0 AND is_told = 0 AND message_id > 0) AND ("
    f"SELECT 1 FROM message WHERE id = message_id AND NOT {_FINAL} LIMIT 1) IS NULL"
)
OLD_LINKS: Final = f"""
    DELETE FROM short_link WHERE code = ANY(ARRAY(
        SELECT code FROM short_link WHERE made_at < $1 AND {_FOLLOWED_EACH} ORDER BY made_at LIMIT $2
    ))
"""
_CLICKED: Final = "SELECT DISTINCT target_id FROM link_day WHERE target_id > $1 ORDER BY target_id LIMIT $2"
_SUM_UP: Final = """
    WITH gone AS (
        DELETE FROM link_day WHERE target_id = ANY($1::integer[]) AND day > 0 AND day < $2
        RETURNING target_id, visits, bots
    ), summed AS (
        INSERT INTO link_day (target_id, day, visits, bots)
        SELECT target_id, 0, sum(visits), sum(bots) FROM gone GROUP BY target_id
        ON CONFLICT (target_id, day) DO UPDATE
        SET visits = link_day.visits + excluded.visits, bots = link_day.bots + excluded.bots
    )
    SELECT count(*) FROM gone
"""
_OLD_EXPORT: Final = "SELECT id FROM export WHERE asked_at < $1 ORDER BY id LIMIT 1"
_STAYING: Final = (
    f"SELECT id FROM message WHERE id >= $3 AND id < $4 AND NOT ({_OVER} AND accepted_at < $1 AND {_TOLD})"
)
MOST_STAYING: Final = 10_000
"""A range of which more must stay is not over."""
HANGING: Final = 1_000
"""Ids whose attempts, receipts and notices go in one group."""

_STANDING: Final = {
    Kept.TEXTS: f"SELECT count(*), min(accepted_at), count(*) FILTER (WHERE {_FINAL} AND accepted_at < $1) "
    f"FROM message WHERE {_SAYS} AND $2::bigint IS NOT NULL",
    Kept.TRACE: "SELECT count(*), min(accepted_at), "
    f"count(*) FILTER (WHERE message.{_OVER} AND accepted_at < $1) FROM attempt JOIN message ON id = message_id",
    Kept.MESSAGES: f"SELECT count(*), min(accepted_at), count(*) FILTER (WHERE {_OVER} AND accepted_at < $1 "
    f"AND {_TOLD}) FROM message",
    Kept.NOTICES: "SELECT count(*), min(created_at), count(*) FILTER (WHERE created_at < $1 AND progress <> 1) "
    "FROM notice WHERE $2::bigint IS NOT NULL",
    Kept.NUMBERS: f"SELECT count(*), min(accepted_at), count(*) FILTER (WHERE {_OVER} AND accepted_at < $1 "
    f"AND {_TOLD}) FROM message WHERE {_HAS_NUMBER}",
    Kept.INCOMING_NUMBERS: "SELECT count(*), min(received_at), "
    f"count(*) FILTER (WHERE received_at < $1 AND {_HEARD}) FROM incoming "
    f"WHERE sender <> {_FROM} AND $2::bigint IS NOT NULL",
    Kept.LINKS: f"SELECT count(*), min(made_at), count(*) FILTER (WHERE made_at < $1 AND {_FOLLOWED}) FROM short_link "
    "WHERE $2::bigint IS NOT NULL",
    Kept.INCOMING: f"SELECT count(*), min(received_at), count(*) FILTER (WHERE received_at < $1 AND {_HEARD}) "
    "FROM incoming WHERE $2::bigint IS NOT NULL",
    Kept.PARKED: "SELECT count(*), min(received_at), count(*) FILTER (WHERE received_at < $1) FROM receipt "
    "WHERE fate = 1 AND $2::bigint IS NOT NULL",
    Kept.DOWNLOADS: "SELECT count(*), min(asked_at), count(*) FILTER (WHERE asked_at < $1) FROM export "
    "WHERE $2::bigint IS NOT NULL",
    Kept.CLICKS: f"SELECT count(*), min(day)::bigint * {DAY_MS}, "
    f"count(*) FILTER (WHERE day < $1::bigint / {DAY_MS}) FROM link_day WHERE day > 0 AND $2::bigint IS NOT NULL",
}


class PostgresRetention:
    """`ports.retention.RetentionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._whole: list[Range] = []

    async def make_ready(self, now: int, days: int) -> None:
        async with self._database.reading() as reader:
            found, ceiling = ranges_of(await reader.rows(RANGES_OF)), (await reader.rows(CEILING))[0][0]
        if found and ceiling + AHEAD <= found[-1].end:
            return
        connection = await self._connected()
        try:
            await make_room(connection, days=max(1.0, days / RANGES), now=now)
        except Exception as error:
            if not is_temporary(error):
                raise
        finally:
            await _let_go(connection)

    async def remove(self, what: Kept, before: int, now: int, after: int, most: int) -> Slice:
        if what is Kept.CLICKS:
            return await self._sum_up_clicks(before, after, most)
        if what is Kept.DOWNLOADS:
            return await self._remove_download(before)
        if what is Kept.LINKS:
            return await self._remove_links(before, most)
        gone = 0
        if what is Kept.MESSAGES and not after:
            gone = await self._remove_ranges(before, now)
        start = after or await self._mark(what)
        if what is Kept.MESSAGES:
            start = self._past_whole(start)
        rows = await self._database.rows(LOOK[what], before, now - LATE_MS, start, most)
        doomed = [row[0] for row in rows if row[2]]
        if what is Kept.MESSAGES:
            doomed = [one for one in doomed if self._past_whole(one - 1) == one - 1]
        if doomed:
            async with self._database.group() as database:
                gone += await _remove(database, what, doomed)
                if not after and what in _MARKED:
                    await database.execute(_MOVE_MARK, what.value, _leading(rows, start))
        is_over = len(rows) < most or not any(row[1] for row in rows)
        return Slice(gone, 0 if is_over else rows[-1][0])

    async def standing(self, what: Kept, before: int, now: int) -> Standing:
        async with self._database.aside() as reader:
            row = (await reader.rows(_STANDING[what], before, now - LATE_MS))[0]
        return Standing(*(int(value or 0) for value in row))

    async def _mark(self, what: Kept) -> int:
        rows = await self._database.rows(MARK, what.value) if what in _MARKED else []
        return int(rows[0][0]) if rows else 0

    # -- whole ranges ----------------------------------------------------------------------------------------------

    async def _remove_ranges(self, before: int, now: int) -> int:
        """Take out what is over, one range; how many messages it had."""
        connection = await self._connected()
        try:
            gone = await self._add_up(connection)
            self._whole = []
            ceiling = int(await connection.fetchval(CEILING))
            for one in await ranges(connection):
                span = await times(connection, one) if one.end <= ceiling else None
                if one.end > ceiling:
                    break
                if span is not None and span[1] - span[0] > (now - before) // 8 + DAY_MS:
                    continue
                self._whole.append(one)
                if span is None or span[1] < before:
                    gone += await self._remove_range(connection, one, before, now)
            return gone
        except LockNotAvailableError:
            return 0  # somebody looks at the table for long, a backup perhaps: at a later walk
        except Exception as error:
            if is_temporary(error):
                raise StoreFailure(f"cannot remove a range of messages: {words(error)}") from error
            raise
        finally:
            await _let_go(connection)

    async def _remove_range(self, connection: Connection, one: Range, before: int, now: int) -> int:
        async with self._database.aside() as reader:
            sql = f"{_STAYING} ORDER BY id LIMIT {MOST_STAYING + 1}"
            staying = [row[0] for row in await reader.rows(sql, before, now - LATE_MS, one.first, one.end)]
            wholes = await reader.rows("SELECT min(id), max(id) FROM message WHERE id >= $1 AND id < $2", *one[1:])
        if len(staying) > MOST_STAYING:
            return 0
        first, last = wholes[0]
        if first is not None:
            await self._remove_what_hangs(int(first), int(last), staying)
        if not await take_out(connection, one, staying):
            return 0
        return await self._add_up(connection)

    async def _remove_what_hangs(self, first: int, last: int, staying: Sequence[int]) -> None:
        """Attempts, receipts, notices and part ids of a range, a thousand ids a group."""
        kept = set(staying)
        for start in range(first, last + 1, HANGING):
            ids = [one for one in range(start, min(start + HANGING, last + 1)) if one not in kept]
            async with self._database.group() as database:
                await _remove_parts(database, ids)
                for sql in (_ATTEMPTS, _RECEIPTS, _NOTICES):
                    await database.execute(sql, ids)
                await database.execute(_MOVE_MARK, "removed", min(start + HANGING, last + 1) - 1)

    async def _add_up(self, connection: Connection) -> int:
        """Tables that were taken out: add up what their messages cost, and drop them."""
        gone = 0
        for table in await left_over(connection):
            await connection.execute("BEGIN")
            try:
                await connection.execute("SET LOCAL statement_timeout = 0")
                await connection.execute(f"LOCK TABLE {table}")
                count = await connection.fetchval(f"SELECT count(*) FROM {table}")
                await connection.execute(_SUMS.format(table))
                await connection.execute(figures.on_removal("true").replace("FROM message", f"FROM {table}"))
                await connection.execute(f"DROP TABLE {table}")
                await connection.execute("COMMIT")
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise
            gone += int(count)
        return gone

    def _past_whole(self, after: int) -> int:
        """`after`, or the last id of the range that follows it where that will go as a whole."""
        for one in self._whole:
            if one.first <= after + 1 < one.end:
                after = one.end - 1
        return after

    async def _connected(self) -> Connection:
        try:
            return await self._database.connect()
        except Exception as error:
            if isinstance(error, StoreFailure) or not is_temporary(error):
                raise
            raise StoreFailure(f"cannot connect: {words(error)}") from error

    # -- the others ------------------------------------------------------------------------------------------------

    async def _sum_up_clicks(self, before: int, after: int, most: int) -> Slice:
        targets = [row[0] for row in await self._database.rows(_CLICKED, after, most)]
        if not targets:
            return Slice(0, 0)
        async with self._database.group() as database:
            removed = int(await database.fetchval(_SUM_UP, targets, before // DAY_MS))
        return Slice(removed, targets[-1] if len(targets) == most else 0)

    async def _remove_links(self, before: int, most: int) -> Slice:
        async with self._database.group() as database:
            count = int((await database.execute(OLD_LINKS, before, most)).split(" ")[-1])
        return Slice(count, int(count == most))

    async def _remove_download(self, before: int) -> Slice:
        found = await self._database.rows(_OLD_EXPORT, before)
        if not found:
            return Slice(0, 0)
        async with self._database.group() as database:
            await database.execute("DELETE FROM export_piece WHERE export_id = $1", found[0][0])
            await database.execute("DELETE FROM export WHERE id = $1", found[0][0])
        return Slice(1, int(found[0][0]))


async def _remove(database: Connection, what: Kept, ids: list[int]) -> int:
    if what is Kept.MESSAGES:
        await _remove_parts(database, ids)
        await database.execute(_MOVE_MARK, "removed", ids[-1])
    count = 0
    for sql in REMOVE[what]:
        count = int((await database.execute(sql, ids)).split(" ")[-1])
    return count


async def _remove_parts(database: Connection, ids: Sequence[int]) -> None:
    texts = [str(row[0]) for row in await database.fetch(_OWN_PARTS, ids)]
    parts = [int(line.split(" ")[0]) for text in texts for line in text.split("\n")]
    if parts:
        await database.execute(_PARTS, parts)


def _leading(rows: Sequence[tuple[Any, ...]], start: int) -> int:
    """The id up to which all may go."""
    for message_id, _, may_go in rows:
        if not may_go:
            return start
        start = int(message_id)
    return start


async def _let_go(connection: Connection) -> None:
    try:
        await connection.close()
    except Exception:
        connection.terminate()
