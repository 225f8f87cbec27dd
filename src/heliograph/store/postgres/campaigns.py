"""Mailings in three tables: the mailing with its cursor, its texts, its targets.

What sends again for a mailing is a row of its own, whose targets come with the ends of the other's messages.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.campaign import NEVER, Campaign, CampaignState, Target, Undelivered, Wording
from heliograph.model.message import MessageId
from heliograph.model.rows import Guard
from heliograph.ports import StoreFailure
from heliograph.store.columns import campaigns as columns
from heliograph.store.postgres import guards
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.statements import Connection, insert, many, run
from heliograph.store.postgres.texts import kept

MOST_LISTED: Final = 1_000
MOST_UNDER_WAY: Final = 100

_MARKS: Final = ", ".join(f"${number}" for number, _ in enumerate(columns.COLUMNS.split(","), 1))
_SELECT: Final = f"""
    SELECT id, {columns.SEEN} FROM (
        SELECT one.*, coalesce(again.parts, 0) AS again_parts, coalesce(again.cost, 0) AS again_cost,
            coalesce(again.stopped_by, '') AS again_stopped_by
        FROM campaign one LEFT JOIN campaign again ON again.parent = one.id AND again.parent > 0
    ) AS whole
"""
_ADD: Final = f"INSERT INTO campaign ({columns.COLUMNS}) VALUES ({_MARKS}) RETURNING id"
_GET: Final = f"{_SELECT} WHERE id = $1::bigint"
_OF_ACCOUNT: Final = f"""
    SELECT * FROM (
        {_SELECT} WHERE account_id = $1 AND created_at >= $2 AND created_at < $3 AND parent = 0
        ORDER BY id + 0 DESC LIMIT {MOST_LISTED}
    ) AS newest ORDER BY id
"""
UNDER_WAY: Final = f"""
    SELECT id, {columns.COLUMNS} FROM campaign WHERE state <= 2 AND start_at <= $1
    ORDER BY start_at LIMIT {MOST_UNDER_WAY}
"""
_ADD_WORDING: Final = insert("campaign_wording", "campaign_id integer, number integer, body text")
_WORDINGS: Final = "SELECT body FROM campaign_wording WHERE campaign_id = $1::bigint ORDER BY number"
_ADD_TARGET: Final = insert(
    "campaign_target",
    "campaign_id integer, ordinal integer, recipient text, recipient_given text, group_id integer, wording integer, "
    "due_at bigint?, message_id bigint",
)
_TARGETS: Final = f"""
    SELECT {columns.TARGET} FROM campaign_target WHERE campaign_id = $1::bigint AND ordinal >= $2
    ORDER BY ordinal LIMIT $3
"""
_GROUPS: Final = f"""
    SELECT {columns.TARGET} FROM campaign_target WHERE campaign_id = $1::bigint AND group_id > 0 ORDER BY ordinal
"""
_MOVE: Final = """
    UPDATE campaign
    SET state = $1::smallint, stopped_by = $4,
        start_at = CASE WHEN parent > 0 AND $1::smallint = 1 THEN created_at ELSE start_at END
    WHERE id = $2::bigint AND state = ANY($3::smallint[]) RETURNING id
"""
"""One that sends again and goes on after a pause looks whether there is something to do, and sleeps again."""
_REPEAT: Final = """
    UPDATE campaign SET state = 1, start_at = $1, repeats_left = $2, ordinal = 0, contact_id = 0, done = 0
    WHERE id = $3 AND state = 2
"""
_REMOVE: Final = tuple(
    f"DELETE FROM {table} WHERE {key} = ANY(ARRAY(SELECT id FROM campaign WHERE id = $1::bigint "
    "UNION ALL SELECT id FROM campaign WHERE parent = $1::bigint AND parent > 0))"
    for table, key in (("campaign_target", "campaign_id"), ("campaign_wording", "campaign_id"), ("campaign", "id"))
)
_AGAIN: Final = "SELECT id FROM campaign WHERE parent = $1::bigint AND parent > 0"
_TARGET_AGAIN: Final = """
    INSERT INTO campaign_target (campaign_id, ordinal, recipient, recipient_given, group_id, wording, message_id)
    SELECT id, recipients, $1, $2, 0, 0, $3 FROM campaign WHERE parent = $4 AND parent > 0 AND state <= 3 FOR UPDATE
"""
_WAKE: Final = """
    UPDATE campaign SET recipients = recipients + 1, start_at = least(start_at, $1)
    WHERE parent = $2 AND parent > 0 AND state <= 3
"""
_SLEEP: Final = f"""
    UPDATE campaign SET state = 1, start_at = {NEVER} WHERE id = $1::bigint AND state = 2 AND ordinal = recipients
"""
PAUSED: Final = """
    SELECT id FROM message WHERE campaign = $1::bigint AND campaign > 0 AND state = 6 AND id + 0 > $2
    ORDER BY id + 0 LIMIT $3
"""
WAITING: Final = """
    SELECT id FROM message WHERE campaign = $1::bigint AND campaign > 0 AND state <= 3 AND id + 0 > $2
    ORDER BY id + 0 LIMIT $3
"""
ADVANCE: Final = many(
    """
    UPDATE campaign
    SET ordinal = new.ordinal, contact_id = new.contact_id, done = campaign.done + new.done,
        refused = campaign.refused + new.refused, parts = campaign.parts + new.parts, cost = campaign.cost + new.cost
    FROM {rows} WHERE campaign.id = new.id
    """,
    "ordinal integer, contact_id integer, done integer, refused integer, parts integer, cost bigint, id integer",
)


async def send_again(database: Connection, undelivered: Sequence[Undelivered]) -> None:
    """A target for each, and the mailing that sends again is woken; nothing where there is none."""
    for one in undelivered:
        values = (kept(one.recipient), kept(one.recipient_given), one.message_id, one.campaign_id)
        await database.execute(_TARGET_AGAIN, *values)
        await database.execute(_WAKE, one.at, one.campaign_id)


class PostgresCampaigns:
    """`ports.campaigns.CampaignStore` on PostgreSQL."""

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
            id_ = await _add(database, campaign, wordings)
            await run(database, _ADD_TARGET, [(id_, *columns.target_values(target)) for target in targets])
            if again is not None:
                await _add(database, columns.sends_again(campaign, id_), [again])
            if guard is not None:
                row = guard._replace(message_ids=(id_,))
                if await guards.put(database, [row], campaign.created_at):
                    raise StoreFailure("the key of a mailing was taken on another node")
        return id_

    async def get(self, campaign_id: int) -> Campaign | None:
        rows = await self._database.rows(_GET, campaign_id)
        return columns.campaign_of(rows[0]) if rows else None

    async def of_account(self, account_id: int, since: int, until: int) -> list[Campaign]:
        return [columns.campaign_of(row) for row in await self._database.rows(_OF_ACCOUNT, account_id, since, until)]

    async def under_way(self, now: int) -> list[Campaign]:
        return [columns.campaign_of(row) for row in await self._database.rows(UNDER_WAY, now)]

    async def wordings(self, campaign_id: int) -> list[Wording]:
        return [columns.wording_of(body) for (body,) in await self._database.rows(_WORDINGS, campaign_id)]

    async def targets(self, campaign_id: int, from_ordinal: int, limit: int) -> list[Target]:
        return [Target(*row) for row in await self._database.rows(_TARGETS, campaign_id, from_ordinal, limit)]

    async def groups(self, campaign_id: int) -> list[Target]:
        return [Target(*row) for row in await self._database.rows(_GROUPS, campaign_id)]

    async def move(
        self, campaign_id: int, state: CampaignState, sources: Sequence[CampaignState], stopped_by: str = ""
    ) -> bool:
        from_states = [int(source) for source in sources]
        async with self._database.group() as database:
            return bool(await database.fetch(_MOVE, int(state), campaign_id, from_states, stopped_by))

    async def repeat(self, campaign: Campaign) -> None:
        async with self._database.group() as database:
            await database.execute(_REPEAT, campaign.start_at, campaign.repeats_left, campaign.id)

    async def again(self, campaign_id: int) -> int:
        rows = await self._database.rows(_AGAIN, campaign_id)
        return int(rows[0][0]) if rows else 0

    async def sleep(self, campaign_id: int) -> None:
        async with self._database.group() as database:
            await database.execute(_SLEEP, campaign_id)

    async def remove(self, campaign_id: int) -> None:
        async with self._database.group() as database:
            for statement in _REMOVE:
                await database.execute(statement, campaign_id)

    async def waiting(self, campaign_id: int, after: MessageId, limit: int) -> list[MessageId]:
        return [row[0] for row in await self._database.rows(WAITING, campaign_id, after, limit)]

    async def paused(self, campaign_id: int, after: MessageId, limit: int) -> list[MessageId]:
        return [row[0] for row in await self._database.rows(PAUSED, campaign_id, after, limit)]


async def _add(database: Connection, campaign: Campaign, wordings: Sequence[Wording]) -> int:
    id_ = int(await database.fetchval(_ADD, *[kept(value) for value in columns.values(campaign)]))
    await run(database, _ADD_WORDING, columns.wording_values(id_, wordings))
    return id_
