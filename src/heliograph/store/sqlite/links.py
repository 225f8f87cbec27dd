"""Short links and their visits, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.links import Clicks, Days, NewLink, ShortLink
from heliograph.model.message import MessageId
from heliograph.store.sqlite.database import Database

_TARGET: Final = "INSERT INTO link_target (account_id, address, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_ADD: Final = """
    INSERT INTO short_link (code, target_id, message_id, opened_at, made_at)
    VALUES (?, (SELECT id FROM link_target WHERE account_id = ? AND address = ?), 0, 0, ?)
"""
_SENT: Final = "UPDATE short_link SET message_id = ? WHERE code = ?"
_FIND: Final = """
    SELECT l.code, t.account_id, t.id, t.address, l.message_id, l.opened_at
    FROM short_link l JOIN link_target t ON t.id = l.target_id WHERE l.code = ?
"""
_UNTOLD: Final = """
    SELECT l.code, t.account_id, t.id, t.address, l.message_id, l.opened_at
    FROM short_link l INDEXED BY short_link_untold JOIN link_target t ON t.id = l.target_id
    WHERE l.code > ? AND l.opened_at > 0 AND l.is_told = 0 AND l.message_id > 0 ORDER BY l.code LIMIT ?
"""
_TOLD: Final = "UPDATE short_link SET is_told = 1 WHERE code = ?"
_OPEN: Final = "UPDATE short_link SET opened_at = ? WHERE code = ? AND opened_at = 0"
_COUNT: Final = """
    INSERT INTO link_day (target_id, day, visits, bots) VALUES (?, ?, ?, ?)
    ON CONFLICT (target_id, day) DO UPDATE
    SET visits = link_day.visits + excluded.visits, bots = link_day.bots + excluded.bots
"""
_BY_ID: Final = "SELECT id FROM link_target WHERE account_id = ? AND id = ?"
_BY_ADDRESS: Final = "SELECT id FROM link_target WHERE account_id = ? AND address = ?"
_SUMS: Final = """
    SELECT coalesce(sum(visits), 0), coalesce(sum(CASE WHEN day >= ? THEN visits ELSE 0 END), 0),
        coalesce(sum(CASE WHEN day = ? THEN visits ELSE 0 END), 0),
        coalesce(sum(CASE WHEN day = ? THEN visits ELSE 0 END), 0)
    FROM link_day WHERE target_id = ?
"""


class SqliteLinks:
    """`ports.links.LinkStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account_id: int, links: Sequence[NewLink], at: int) -> None:
        targets = [(account_id, target, at) for target in dict.fromkeys([link.target for link in links])]
        async with self._database.group() as database:
            database.executemany(_TARGET, targets)
            database.executemany(_ADD, [(link.code, account_id, link.target, at) for link in links])

    async def sent(self, codes: Sequence[tuple[str, MessageId]]) -> None:
        async with self._database.group() as database:
            database.executemany(_SENT, [(message_id, code) for code, message_id in codes])

    async def find(self, code: str) -> ShortLink | None:
        found = self._database.reader.first(_FIND, (code,))
        return None if found is None else ShortLink(*found)

    async def untold(self, after: str, limit: int) -> list[ShortLink]:
        return [ShortLink(*row) for row in self._database.reader.rows(_UNTOLD, (after, limit))]

    async def told(self, codes: Sequence[str]) -> None:
        async with self._database.group() as database:
            database.executemany(_TOLD, [(code,) for code in codes])

    async def visited(self, link: ShortLink, day: int, is_bot: bool, at: int) -> bool:
        is_first = False
        async with self._database.group() as database:
            database.execute(_COUNT, (link.target_id, day, int(not is_bot), int(is_bot)))
            if not is_bot:
                database.execute(_OPEN, (at, link.code))
                is_first = database.changes() > 0
        return is_first

    async def clicks(self, account_id: int, target: str, target_id: int, days: Days) -> Clicks | None:
        reader = self._database.reader
        found = reader.first(_BY_ID, (account_id, target_id)) if target_id else None
        if found is None and not target_id:
            found = reader.first(_BY_ADDRESS, (account_id, target))
        if found is None:
            return None
        sums = reader.rows(_SUMS, (days.month, days.today, days.today - 1, found[0]))[0]
        return Clicks(found[0], *sums)
