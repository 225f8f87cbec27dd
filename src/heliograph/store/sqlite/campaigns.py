"""Mailings in three tables: the mailing with its cursor, its texts, its targets.

What sends again for a mailing is a row of its own, whose targets come with the ends of the other's messages.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import apsw

from heliograph.model.campaign import NEVER, Campaign, CampaignState, Target, Undelivered, Wording
from heliograph.model.message import MessageId
from heliograph.model.rows import Guard
from heliograph.store.columns import campaigns as columns
from heliograph.store.sqlite import guards
from heliograph.store.sqlite.database import Database

MOST_LISTED: Final = 1_000
MOST_UNDER_WAY: Final = 100

_MARKS: Final = ", ".join("?" * len(columns.COLUMNS.split(",")))
_SELECT: Final = f"""
    SELECT id, {columns.SEEN} FROM (
        SELECT one.*, coalesce(again.parts, 0) AS again_parts, coalesce(again.cost, 0) AS again_cost,
            coalesce(again.stopped_by, '') AS again_stopped_by
        FROM campaign one LEFT JOIN campaign again ON again.parent = one.id AND again.parent > 0
    )
"""
_ADD: Final = f"INSERT INTO campaign ({columns.COLUMNS}) VALUES ({_MARKS})"
_GET: Final = f"{_SELECT} WHERE id = ?"
_OF_ACCOUNT: Final = f"""
    SELECT * FROM (
        {_SELECT} WHERE account_id = ? AND created_at >= ? AND created_at < ? AND parent = 0
        ORDER BY id DESC LIMIT {MOST_LISTED}
    ) ORDER BY id
"""
_UNDER_WAY: Final = f"""
    SELECT id, {columns.COLUMNS} FROM campaign WHERE state <= 2 AND start_at <= ?
    ORDER BY start_at LIMIT {MOST_UNDER_WAY}
"""
_ADD_WORDING: Final = "INSERT INTO campaign_wording (campaign_id, number, body) VALUES (?, ?, ?)"
_WORDINGS: Final = "SELECT body FROM campaign_wording WHERE campaign_id = ? ORDER BY number"
_ADD_TARGET: Final = f"INSERT INTO campaign_target (campaign_id, {columns.TARGET}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_TARGETS: Final = f"""
    SELECT {columns.TARGET} FROM campaign_target WHERE campaign_id = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?
"""
_GROUPS: Final = f"SELECT {columns.TARGET} FROM campaign_target WHERE campaign_id = ? AND group_id > 0 ORDER BY ordinal"
_MOVE: Final = """
    UPDATE campaign SET state = ?1, stopped_by = ?2, start_at = iif(parent > 0 AND ?1 = 1, created_at, start_at)
    WHERE id = ?3 AND state IN ({})
"""
"""One that sends again and goes on after a pause looks whether there is something to do, and sleeps again."""
_REPEAT: Final = """
    UPDATE campaign SET state = 1, start_at = ?, repeats_left = ?, ordinal = 0, contact_id = 0, done = 0
    WHERE id = ? AND state = 2
"""
_REMOVE: Final = tuple(
    f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM campaign WHERE id = ?1 OR (parent = ?1 AND parent > 0))"
    for table, key in (("campaign_target", "campaign_id"), ("campaign_wording", "campaign_id"), ("campaign", "id"))
)
_AGAIN: Final = "SELECT id FROM campaign WHERE parent = ? AND parent > 0"
_TARGET_AGAIN: Final = """
    INSERT INTO campaign_target (campaign_id, ordinal, recipient, recipient_given, group_id, wording, message_id)
    SELECT id, recipients, ?, ?, 0, 0, ? FROM campaign WHERE parent = ? AND parent > 0 AND state <= 3
"""
_WAKE: Final = """
    UPDATE campaign SET recipients = recipients + 1, start_at = min(start_at, ?)
    WHERE parent = ? AND parent > 0 AND state <= 3
"""
_SLEEP: Final = f"UPDATE campaign SET state = 1, start_at = {NEVER} WHERE id = ? AND state = 2 AND ordinal = recipients"
_PAUSED: Final = """
    SELECT id FROM message WHERE campaign = ? AND campaign > 0 AND state = 6 AND id > ? ORDER BY id LIMIT ?
"""
_WAITING: Final = """
    SELECT id FROM message WHERE campaign = ? AND campaign > 0 AND state <= 3 AND id > ? ORDER BY id LIMIT ?
"""
ADVANCE: Final = """
    UPDATE campaign
    SET ordinal = ?, contact_id = ?, done = done + ?, refused = refused + ?, parts = parts + ?, cost = cost + ?
    WHERE id = ?
"""


def send_again(database: apsw.Connection, undelivered: Sequence[Undelivered]) -> None:
    """A target for each, and the mailing that sends again is woken; nothing where there is none."""
    for one in undelivered:
        database.execute(_TARGET_AGAIN, (one.recipient, one.recipient_given, one.message_id, one.campaign_id))
        database.execute(_WAKE, (one.at, one.campaign_id))


class SqliteCampaigns:
    """`ports.campaigns.CampaignStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        campaign: Campaign,
        wordings: Sequence[Wording],
        targets: Sequence[Target],
        again: Wording | None = None,
        guard: Guard | None = None,
    ) -> int:
        async with self._database.group() as database:
            id_ = _add(database, campaign, wordings)
            database.executemany(_ADD_TARGET, [(id_, *columns.target_values(target)) for target in targets])
            if again is not None:
                _add(database, columns.sends_again(campaign, id_), [again])
            if guard is not None:
                database.execute(guards.PUT, guards.values(guard._replace(message_ids=(id_,))))
        return id_

    async def get(self, campaign_id: int) -> Campaign | None:
        row = self._database.reader.first(_GET, (campaign_id,))
        return None if row is None else columns.campaign_of(row)

    async def of_account(self, account_id: int, since: int, until: int) -> list[Campaign]:
        return [columns.campaign_of(row) for row in self._database.reader.rows(_OF_ACCOUNT, (account_id, since, until))]

    async def under_way(self, now: int) -> list[Campaign]:
        return [columns.campaign_of(row) for row in self._database.reader.rows(_UNDER_WAY, (now,))]

    async def wordings(self, campaign_id: int) -> list[Wording]:
        return [columns.wording_of(body) for (body,) in self._database.reader.rows(_WORDINGS, (campaign_id,))]

    async def targets(self, campaign_id: int, from_ordinal: int, limit: int) -> list[Target]:
        return [Target(*row) for row in self._database.reader.rows(_TARGETS, (campaign_id, from_ordinal, limit))]

    async def groups(self, campaign_id: int) -> list[Target]:
        return [Target(*row) for row in self._database.reader.rows(_GROUPS, (campaign_id,))]

    async def move(
        self, campaign_id: int, state: CampaignState, sources: Sequence[CampaignState], stopped_by: str = ""
    ) -> bool:
        async with self._database.group() as database:
            marks = ", ".join("?" * len(sources))
            database.execute(_MOVE.format(marks), (int(state), stopped_by, campaign_id, *map(int, sources)))
            return database.changes() > 0

    async def repeat(self, campaign: Campaign) -> None:
        async with self._database.group() as database:
            database.execute(_REPEAT, (campaign.start_at, campaign.repeats_left, campaign.id))

    async def again(self, campaign_id: int) -> int:
        row = self._database.reader.first(_AGAIN, (campaign_id,))
        return 0 if row is None else int(row[0])

    async def sleep(self, campaign_id: int) -> None:
        async with self._database.group() as database:
            database.execute(_SLEEP, (campaign_id,))

    async def remove(self, campaign_id: int) -> None:
        async with self._database.group() as database:
            for statement in _REMOVE:
                database.execute(statement, (campaign_id,))

    async def waiting(self, campaign_id: int, after: MessageId, limit: int) -> list[MessageId]:
        return [row[0] for row in self._database.reader.rows(_WAITING, (campaign_id, after, limit))]

    async def paused(self, campaign_id: int, after: MessageId, limit: int) -> list[MessageId]:
        return [row[0] for row in self._database.reader.rows(_PAUSED, (campaign_id, after, limit))]


def _add(database: apsw.Connection, campaign: Campaign, wordings: Sequence[Wording]) -> int:
    database.execute(_ADD, columns.values(campaign))
    id_ = int(database.last_insert_rowid())
    database.executemany(_ADD_WORDING, columns.wording_values(id_, wordings))
    return id_
