"""Short links and their visits, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.links import Clicks, Days, NewLink, ShortLink
from heliograph.model.message import MessageId
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.texts import kept, told

_TARGETS: Final = """
    INSERT INTO link_target (account_id, address, added_at)
    SELECT $1, address, $3 FROM unnest($2::text[]) AS new (address)
    ON CONFLICT DO NOTHING
"""
_ADD: Final = """
    INSERT INTO short_link (code, target_id, message_id, opened_at, made_at)
    SELECT new.code, t.id, 0, 0, $4 FROM unnest($2::text[], $3::text[]) AS new (code, address)
    JOIN link_target t ON t.account_id = $1 AND t.address = new.address
"""
_SENT: Final = """
    UPDATE short_link SET message_id = new.message_id FROM unnest($1::text[], $2::bigint[]) AS new (code, message_id)
    WHERE short_link.code = new.code
"""
_FIND: Final = """
    SELECT l.code, t.account_id, t.id, t.address, l.message_id, l.opened_at
    FROM short_link l JOIN link_target t ON t.id = l.target_id WHERE l.code = $1
"""
_UNTOLD: Final = """
    SELECT l.code, t.account_id, t.id, t.address, l.message_id, l.opened_at
    FROM short_link l JOIN link_target t ON t.id = l.target_id
    WHERE l.code > $1 AND l.opened_at > 0 AND l.is_told = 0 AND l.message_id > 0 ORDER BY l.code LIMIT $2
"""
_TOLD: Final = "UPDATE short_link SET is_told = 1 WHERE code = ANY($1::text[])"
_OPEN: Final = "UPDATE short_link SET opened_at = $1 WHERE code = $2 AND opened_at = 0 RETURNING code"
_COUNT: Final = """
    INSERT INTO link_day (target_id, day, visits, bots) VALUES ($1, $2, $3, $4)
    ON CONFLICT (target_id, day) DO UPDATE
    SET visits = link_day.visits + excluded.visits, bots = link_day.bots + excluded.bots
"""
_BY_ID: Final = "SELECT id FROM link_target WHERE account_id = $1 AND id = $2"
_BY_ADDRESS: Final = "SELECT id FROM link_target WHERE account_id = $1 AND address = $2"
_SUMS: Final = """
    SELECT coalesce(sum(visits), 0)::bigint, coalesce(sum(visits) FILTER (WHERE day >= $1), 0)::bigint,
        coalesce(sum(visits) FILTER (WHERE day = $2), 0)::bigint,
        coalesce(sum(visits) FILTER (WHERE day = $2 - 1), 0)::bigint
    FROM link_day WHERE target_id = $3
"""
_MOST_ID: Final = 2**31
"""Ids are below it; larger numbers are asked for, too."""


class PostgresLinks:
    """`ports.links.LinkStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account_id: int, links: Sequence[NewLink], at: int) -> None:
        addresses = [kept(link.target) for link in links]
        async with self._database.group() as database:
            await database.execute(_TARGETS, account_id, sorted(set(addresses)), at)
            await database.execute(_ADD, account_id, [link.code for link in links], addresses, at)

    async def sent(self, codes: Sequence[tuple[str, MessageId]]) -> None:
        async with self._database.group() as database:
            await database.execute(_SENT, [code for code, _ in codes], [message_id for _, message_id in codes])

    async def find(self, code: str) -> ShortLink | None:
        rows = await self._database.rows(_FIND, kept(code))
        return ShortLink(*told(rows[0])) if rows else None

    async def untold(self, after: str, limit: int) -> list[ShortLink]:
        return [ShortLink(*told(row)) for row in await self._database.rows(_UNTOLD, after, limit)]

    async def told(self, codes: Sequence[str]) -> None:
        async with self._database.group() as database:
            await database.execute(_TOLD, codes)

    async def visited(self, link: ShortLink, day: int, is_bot: bool, at: int) -> bool:
        async with self._database.group() as database:
            await database.execute(_COUNT, link.target_id, day, int(not is_bot), int(is_bot))
            return not is_bot and bool(await database.fetch(_OPEN, at, link.code))

    async def clicks(self, account_id: int, target: str, target_id: int, days: Days) -> Clicks | None:
        if target_id >= _MOST_ID:
            return None
        async with self._database.reading() as reader:
            asked = (_BY_ID, account_id, target_id) if target_id else (_BY_ADDRESS, account_id, kept(target))
            found = await reader.rows(*asked)
            if not found:
                return None
            sums = (await reader.rows(_SUMS, days.month, days.today, found[0][0]))[0]
        return Clicks(found[0][0], *sums)
