"""Removing what is old, a hundred rows a group: as short as any other group, so nobody waits.

Rows are looked at in the order of ids, which is that of time but for clocks that were set back: a walk ends where a
whole look finds nothing old enough. How far texts are blanked and traces are gone is noted, so that the next walk, also
after a restart, begins there. Space that is free is used again; the file does not shrink.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import apsw

from heliograph.model.retention import DAY_MS, LATE_MS, Kept, Slice, Standing
from heliograph.store.columns import figures
from heliograph.store.sqlite.database import Database, Reader

_FINAL: Final = "state IN (8, 9, 10, 11, 12, 13, 14, 15)"
_OVER: Final = f"{_FINAL} AND expires_at < ?2"
"""?2 is so long ago that no receipt is to come."""
_TOLD: Final = "NOT EXISTS (SELECT 1 FROM notice WHERE message_id > 0 AND message_id = message.id AND progress = 1)"
_SAYS: Final = "(text <> '' OR data IS NOT NULL OR segments IS NOT NULL)"
_MASKED: Final = (
    "CASE WHEN length({0}) > 4 THEN substr({0}, 1, 2) || replace(hex(zeroblob(length({0}) - 4)), '00', '*') "
    "|| substr({0}, -2) ELSE replace(hex(zeroblob(length({0}))), '00', '*') END"
)
"""The first two and the last two characters of a number, as the log has them; of what is masked, itself."""
_TO, _GIVEN, _FROM = _MASKED.format("recipient"), _MASKED.format("recipient_given"), _MASKED.format("sender")
_HAS_NUMBER: Final = f"(recipient <> {_TO} OR recipient_given <> {_GIVEN})"
_HEARD: Final = "NOT EXISTS (SELECT 1 FROM notice WHERE incoming_id > 0 AND incoming_id = incoming.id AND progress = 1)"
_MARKED: Final = (Kept.TEXTS, Kept.NUMBERS, Kept.TRACE, Kept.INCOMING_NUMBERS)
_LOOK: Final = {
    Kept.TEXTS: f"SELECT id, accepted_at < ?1, {_FINAL} AND accepted_at < ?1 FROM message WHERE id > ?3 AND ?2 IS ?2 "
    "ORDER BY id LIMIT ?4",
    Kept.TRACE: f"SELECT id, accepted_at < ?1, {_OVER} AND accepted_at < ?1 FROM message WHERE id > ?3 "
    "ORDER BY id LIMIT ?4",
    Kept.MESSAGES: f"SELECT id, accepted_at < ?1, {_OVER} AND accepted_at < ?1 AND {_TOLD} FROM message WHERE id > ?3 "
    "ORDER BY id LIMIT ?4",
    Kept.NOTICES: "SELECT id, created_at < ?1, created_at < ?1 AND progress <> 1 FROM notice WHERE id > ?3 "
    "AND ?2 IS ?2 ORDER BY id LIMIT ?4",
    Kept.INCOMING: f"SELECT id, received_at < ?1, received_at < ?1 AND {_HEARD} FROM incoming WHERE id > ?3 "
    "AND ?2 IS ?2 ORDER BY id LIMIT ?4",
    Kept.PARKED: "SELECT id, received_at < ?1, received_at < ?1 AND fate = 1 FROM receipt WHERE id > ?3 AND ?2 IS ?2 "
    "ORDER BY id LIMIT ?4",
}
_LOOK[Kept.NUMBERS] = _LOOK[Kept.MESSAGES]
_LOOK[Kept.INCOMING_NUMBERS] = _LOOK[Kept.INCOMING]
"""Id, whether it is old enough, and whether it may go."""
_BLANK: Final = f"UPDATE message SET text = '', data = NULL, udh = NULL, segments = NULL WHERE id = ? AND {_SAYS}"
_MASK: Final = (
    f"UPDATE receipt SET recipient = {_TO} WHERE message_id > 0 AND message_id = ?",
    f"UPDATE message SET recipient = {_TO}, recipient_given = {_GIVEN} WHERE id = ? AND {_HAS_NUMBER}",
)
_MASK_INCOMING: Final = f"UPDATE incoming SET sender = {_FROM} WHERE id = ? AND sender <> {_FROM}"
_OF_TRACE: Final = (
    "DELETE FROM attempt WHERE message_id = ?",
    "DELETE FROM receipt WHERE message_id > 0 AND message_id = ?",
)
_MONEY: Final = """
    INSERT INTO removed_money (purse, price, count, refunded)
    SELECT purse, sum(price), sum((price <> 0) * CASE own_parts WHEN '' THEN 1 ELSE parts END), sum(refunded)
    FROM message WHERE id IN (SELECT value FROM json_each(?)) GROUP BY purse
    ON CONFLICT (purse) DO UPDATE SET price = removed_money.price + excluded.price,
        count = removed_money.count + excluded.count, refunded = removed_money.refunded + excluded.refunded
"""
_FIGURES: Final = figures.on_removal("id IN (SELECT value FROM json_each(?))")
_SHOWN: Final = """
    DELETE FROM shown WHERE (account_id, shown_id, recipient, message_id) IN (
        SELECT account_id, shown_id, CASE recipient WHEN '' THEN recipient_given ELSE recipient END, id
        FROM message WHERE id = ? AND shown_id IS NOT NULL
    )
"""
_OWN_PARTS: Final = "SELECT own_parts FROM message WHERE id = ? AND own_parts <> ''"
_PART_GONE: Final = "DELETE FROM part_of WHERE id = ?"
_MARK: Final = "SELECT value FROM retention WHERE name = ?"
_MOVE_MARK: Final = """
    INSERT INTO retention (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = max(retention.value, excluded.value)
"""
_FOLLOWED: Final = (
    "NOT (opened_at > 0 AND is_told = 0 AND message_id > 0) AND NOT EXISTS ("
    f"SELECT 1 FROM message WHERE id = message_id AND NOT {_FINAL})"
)
"""Nobody waits for its click, and its message, if there is one, has ended."""
_OLD_LINKS: Final = f"SELECT code FROM short_link WHERE made_at < ? AND {_FOLLOWED} ORDER BY made_at LIMIT ?"
_CLICKED: Final = "SELECT DISTINCT target_id FROM link_day WHERE target_id > ? ORDER BY target_id LIMIT ?"
_OLD_DAYS: Final = "SELECT count(*), sum(visits), sum(bots) FROM link_day WHERE target_id = ? AND day > 0 AND day < ?"
_SUM_UP: Final = """
    INSERT INTO link_day (target_id, day, visits, bots) VALUES (?, 0, ?, ?)
    ON CONFLICT (target_id, day) DO UPDATE
    SET visits = link_day.visits + excluded.visits, bots = link_day.bots + excluded.bots
"""
_DAYS_GONE: Final = "DELETE FROM link_day WHERE target_id = ? AND day > 0 AND day < ?"
_OLD_EXPORTS: Final = "SELECT id FROM export WHERE asked_at < ? ORDER BY id LIMIT 1"

_STANDING: Final = {
    Kept.TEXTS: f"SELECT count(*), min(accepted_at), sum({_FINAL} AND accepted_at < ?1) FROM message "
    f"WHERE {_SAYS} AND ?2 IS ?2",
    Kept.TRACE: "SELECT count(*), min(accepted_at), "
    f"sum(message.{_OVER} AND accepted_at < ?1) FROM attempt JOIN message ON message.id = message_id",
    Kept.MESSAGES: f"SELECT count(*), min(accepted_at), sum({_OVER} AND accepted_at < ?1 AND {_TOLD}) FROM message",
    Kept.NOTICES: "SELECT count(*), min(created_at), sum(created_at < ?1 AND progress <> 1) FROM notice WHERE ?2 IS ?2",
    Kept.NUMBERS: f"SELECT count(*), min(accepted_at), sum({_OVER} AND accepted_at < ?1 AND {_TOLD}) FROM message "
    f"WHERE {_HAS_NUMBER}",
    Kept.INCOMING_NUMBERS: f"SELECT count(*), min(received_at), sum(received_at < ?1 AND {_HEARD}) FROM incoming "
    f"WHERE sender <> {_FROM} AND ?2 IS ?2",
    Kept.INCOMING: f"SELECT count(*), min(received_at), sum(received_at < ?1 AND {_HEARD}) FROM incoming "
    "WHERE ?2 IS ?2",
    Kept.LINKS: f"SELECT count(*), min(made_at), sum(made_at < ?1 AND {_FOLLOWED}) FROM short_link WHERE ?2 IS ?2",
    Kept.PARKED: "SELECT count(*), min(received_at), sum(received_at < ?1) FROM receipt WHERE fate = 1 AND ?2 IS ?2",
    Kept.DOWNLOADS: "SELECT count(*), min(asked_at), sum(asked_at < ?1) FROM export WHERE ?2 IS ?2",
    Kept.CLICKS: f"SELECT count(*), min(day) * {DAY_MS}, sum(day < ?1 / {DAY_MS}) FROM link_day "
    "WHERE day > 0 AND ?2 IS ?2",
}


class SqliteRetention:
    """`ports.retention.RetentionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make_ready(self, now: int, days: int) -> None:
        """There is one table of messages."""

    async def remove(self, what: Kept, before: int, now: int, after: int, most: int) -> Slice:
        if what is Kept.CLICKS:
            return await self._sum_up_clicks(before, after, most)
        if what is Kept.DOWNLOADS:
            return await self._remove_download(before)
        if what is Kept.LINKS:
            return await self._remove_links(before, most)
        reader = self._database.reader
        start = after or (self._mark(reader, what) if what in _MARKED else 0)
        rows = reader.rows(_LOOK[what], (before, now - LATE_MS, start, most))
        doomed = [row[0] for row in rows if row[2]]
        removed = 0
        if doomed:
            async with self._database.group() as database:
                removed = _REMOVE[what](database, doomed)
                if not after and what in _MARKED:
                    database.execute(_MOVE_MARK, (what.value, _leading(rows, start)))
        is_over = len(rows) < most or not any(row[1] for row in rows)
        return Slice(removed, 0 if is_over else rows[-1][0])

    async def standing(self, what: Kept, before: int, now: int) -> Standing:
        row = await self._database.aside(lambda reader: reader.first(_STANDING[what], (before, now - LATE_MS)))
        return Standing(*(int(value or 0) for value in row)) if row is not None else Standing(0, 0, 0)

    def _mark(self, reader: Reader, what: Kept) -> int:
        row = reader.first(_MARK, (what.value,))
        return int(row[0]) if row is not None else 0

    async def _sum_up_clicks(self, before: int, after: int, most: int) -> Slice:
        day, removed = before // DAY_MS, 0
        targets = [row[0] for row in self._database.reader.rows(_CLICKED, (after, most))]
        async with self._database.group() as database:
            for target in targets:
                count, visits, bots = next(iter(database.execute(_OLD_DAYS, (target, day))))
                if count:
                    database.execute(_SUM_UP, (target, visits, bots))
                    database.execute(_DAYS_GONE, (target, day))
                    removed += count
        return Slice(removed, targets[-1] if len(targets) == most else 0)

    async def _remove_links(self, before: int, most: int) -> Slice:
        codes = self._database.reader.rows(_OLD_LINKS, (before, most))
        if codes:
            async with self._database.group() as database:
                database.executemany("DELETE FROM short_link WHERE code = ?", codes)
        return Slice(len(codes), int(len(codes) == most))

    async def _remove_download(self, before: int) -> Slice:
        row = self._database.reader.first(_OLD_EXPORTS, (before,))
        if row is None:
            return Slice(0, 0)
        async with self._database.group() as database:
            database.execute("DELETE FROM export_piece WHERE export_id = ?", row)
            database.execute("DELETE FROM export WHERE id = ?", row)
        return Slice(1, int(row[0]))


def _leading(rows: Iterable[tuple[Any, ...]], start: int) -> int:
    """The id up to which all may go."""
    for message_id, _, may_go in rows:
        if not may_go:
            return start
        start = message_id
    return start


def _blank(database: apsw.Connection, ids: list[int]) -> int:
    before = database.total_changes()
    database.executemany(_BLANK, [(one,) for one in ids])
    return database.total_changes() - before


def _mask(database: apsw.Connection, ids: list[int]) -> int:
    rows = [(one,) for one in ids]
    database.executemany(_SHOWN, rows)
    database.executemany(_MASK[0], rows)
    before = database.total_changes()
    database.executemany(_MASK[1], rows)
    return database.total_changes() - before


def _mask_incoming(database: apsw.Connection, ids: list[int]) -> int:
    before = database.total_changes()
    database.executemany(_MASK_INCOMING, [(one,) for one in ids])
    return database.total_changes() - before


def _remove_trace(database: apsw.Connection, ids: list[int]) -> int:
    before = database.total_changes()
    for sql in _OF_TRACE:
        database.executemany(sql, [(one,) for one in ids])
    return database.total_changes() - before


def _remove_messages(database: apsw.Connection, ids: list[int]) -> int:
    database.execute(_MONEY, (json.dumps(ids),))
    database.execute(_FIGURES, (json.dumps(ids),))
    database.execute(_MOVE_MARK, ("removed", ids[-1]))
    for one in ids:
        for (own_parts,) in database.execute(_OWN_PARTS, (one,)).fetchall():
            database.executemany(_PART_GONE, [(int(line.split(" ")[0]),) for line in str(own_parts).split("\n")])
    for sql in (*_OF_TRACE, "DELETE FROM notice WHERE message_id > 0 AND message_id = ?", _SHOWN):
        database.executemany(sql, [(one,) for one in ids])
    database.executemany("DELETE FROM message WHERE id = ?", [(one,) for one in ids])
    return len(ids)


def _remove_notices(database: apsw.Connection, ids: list[int]) -> int:
    database.executemany("DELETE FROM notice WHERE id = ? AND progress <> 1", [(one,) for one in ids])
    return len(ids)


def _remove_incoming(database: apsw.Connection, ids: list[int]) -> int:
    database.executemany("DELETE FROM notice WHERE incoming_id > 0 AND incoming_id = ?", [(one,) for one in ids])
    database.executemany("DELETE FROM incoming WHERE id = ?", [(one,) for one in ids])
    return len(ids)


def _remove_parked(database: apsw.Connection, ids: list[int]) -> int:
    database.executemany("DELETE FROM receipt WHERE id = ? AND fate = 1", [(one,) for one in ids])
    return len(ids)


_REMOVE: Final = {
    Kept.TEXTS: _blank,
    Kept.NUMBERS: _mask,
    Kept.INCOMING_NUMBERS: _mask_incoming,
    Kept.TRACE: _remove_trace,
    Kept.MESSAGES: _remove_messages,
    Kept.NOTICES: _remove_notices,
    Kept.INCOMING: _remove_incoming,
    Kept.PARKED: _remove_parked,
}
