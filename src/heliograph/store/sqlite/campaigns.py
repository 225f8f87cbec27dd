"""Mailings in three tables: the mailing with its cursor, its texts, its targets."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from heliograph.model.campaign import Campaign, CampaignMove, CampaignState, Cursor, Repeat, Target, Wording
from heliograph.model.message import MessageId
from heliograph.store.sqlite.database import Database

MOST_LISTED: Final = 1_000
MOST_UNDER_WAY: Final = 100

_COLUMNS: Final = (
    "account_id, name, start_at, recipients, created_at, door, dialect, peer, zone, repeat, repeats_left, period_ms, "
    "every_ms, validity_s, state, ordinal, contact_id, done, refused, parts, cost"
)
_MARKS: Final = ", ".join("?" * len(_COLUMNS.split(",")))
_SELECT: Final = f"SELECT id, {_COLUMNS} FROM campaign"
_ADD: Final = f"INSERT INTO campaign ({_COLUMNS}) VALUES ({_MARKS})"
_GET: Final = f"{_SELECT} WHERE id = ?"
_OF_ACCOUNT: Final = f"""
    SELECT * FROM (
        {_SELECT} WHERE account_id = ? AND created_at >= ? AND created_at < ? ORDER BY id DESC LIMIT {MOST_LISTED}
    ) ORDER BY id
"""
_UNDER_WAY: Final = f"{_SELECT} WHERE state <= 2 AND start_at <= ? ORDER BY start_at LIMIT {MOST_UNDER_WAY}"
_ADD_WORDING: Final = "INSERT INTO campaign_wording (campaign_id, number, body) VALUES (?, ?, ?)"
_WORDINGS: Final = "SELECT body FROM campaign_wording WHERE campaign_id = ? ORDER BY number"
_TARGET: Final = "ordinal, recipient, recipient_given, group_id, wording, due_at"
_ADD_TARGET: Final = f"INSERT INTO campaign_target (campaign_id, {_TARGET}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_TARGETS: Final = f"""
    SELECT {_TARGET} FROM campaign_target WHERE campaign_id = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?
"""
_GROUPS: Final = f"SELECT {_TARGET} FROM campaign_target WHERE campaign_id = ? AND group_id > 0 ORDER BY ordinal"
_MOVE: Final = "UPDATE campaign SET state = ? WHERE id = ? AND state IN ({})"
_REPEAT: Final = """
    UPDATE campaign SET state = 1, start_at = ?, repeats_left = ?, ordinal = 0, contact_id = 0, done = 0
    WHERE id = ? AND state = 2
"""
_REMOVE: Final = tuple(
    f"DELETE FROM {table} WHERE {key} = ?"
    for table, key in (("campaign_target", "campaign_id"), ("campaign_wording", "campaign_id"), ("campaign", "id"))
)
_WAITING: Final = """
    SELECT id FROM message WHERE campaign = ? AND campaign > 0 AND state <= 3 AND id > ? ORDER BY id LIMIT ?
"""
ADVANCE: Final = """
    UPDATE campaign
    SET ordinal = ?, contact_id = ?, done = done + ?, refused = refused + ?, parts = parts + ?, cost = cost + ?
    WHERE id = ?
"""

_WORDING: Final = msgspec.json.Decoder(Wording)


def advance_values(move: CampaignMove) -> tuple[int, ...]:
    """The values for `ADVANCE`."""
    return (*move.cursor, move.done, move.refused, move.parts, move.cost, move.campaign_id)


class SqliteCampaigns:
    """`ports.campaigns.CampaignStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, campaign: Campaign, wordings: Sequence[Wording], targets: Sequence[Target]) -> int:
        async with self._database.group() as database:
            database.execute(_ADD, _values(campaign))
            id_ = int(database.last_insert_rowid())
            bodies = [msgspec.json.encode(wording).decode() for wording in wordings]
            database.executemany(_ADD_WORDING, [(id_, number, body) for number, body in enumerate(bodies)])
            database.executemany(_ADD_TARGET, [(id_, *_target_values(target)) for target in targets])
        return id_

    async def get(self, campaign_id: int) -> Campaign | None:
        row = self._database.reader.first(_GET, (campaign_id,))
        return None if row is None else _campaign(row)

    async def of_account(self, account_id: int, since: int, until: int) -> list[Campaign]:
        return [_campaign(row) for row in self._database.reader.rows(_OF_ACCOUNT, (account_id, since, until))]

    async def under_way(self, now: int) -> list[Campaign]:
        return [_campaign(row) for row in self._database.reader.rows(_UNDER_WAY, (now,))]

    async def wordings(self, campaign_id: int) -> list[Wording]:
        return [_WORDING.decode(body) for (body,) in self._database.reader.rows(_WORDINGS, (campaign_id,))]

    async def targets(self, campaign_id: int, from_ordinal: int, limit: int) -> list[Target]:
        return [Target(*row) for row in self._database.reader.rows(_TARGETS, (campaign_id, from_ordinal, limit))]

    async def groups(self, campaign_id: int) -> list[Target]:
        return [Target(*row) for row in self._database.reader.rows(_GROUPS, (campaign_id,))]

    async def move(self, campaign_id: int, state: CampaignState, sources: Sequence[CampaignState]) -> bool:
        async with self._database.group() as database:
            marks = ", ".join("?" * len(sources))
            database.execute(_MOVE.format(marks), (int(state), campaign_id, *map(int, sources)))
            return database.changes() > 0

    async def repeat(self, campaign: Campaign) -> None:
        async with self._database.group() as database:
            database.execute(_REPEAT, (campaign.start_at, campaign.repeats_left, campaign.id))

    async def remove(self, campaign_id: int) -> None:
        async with self._database.group() as database:
            for statement in _REMOVE:
                database.execute(statement, (campaign_id,))

    async def waiting(self, campaign_id: int, after: MessageId, limit: int) -> list[MessageId]:
        return [row[0] for row in self._database.reader.rows(_WAITING, (campaign_id, after, limit))]


def _values(campaign: Campaign) -> tuple[Any, ...]:
    return (
        campaign.account_id, campaign.name, campaign.start_at, campaign.recipients, campaign.created_at, campaign.door,
        campaign.dialect, campaign.peer, campaign.zone, int(campaign.repeat), campaign.repeats_left, campaign.period_ms,
        campaign.every_ms, campaign.validity_s, int(campaign.state), *campaign.cursor, campaign.done, campaign.refused,
        campaign.parts, campaign.cost,
    )  # fmt: skip


def _target_values(target: Target) -> tuple[Any, ...]:
    return (
        target.ordinal, target.recipient, target.recipient_given, target.group_id, target.wording, target.due_at
    )  # fmt: skip


def _campaign(row: Sequence[Any]) -> Campaign:
    *words, repeat, left, period_ms, every_ms, validity_s, state, ordinal, contact_id, done, refused, parts, cost = row
    id_, account_id, name, start_at, recipients, created_at, door, dialect, peer, zone = words
    return Campaign(
        id_, account_id, name, start_at, recipients, created_at, door, dialect, peer, zone, Repeat(repeat), left,
        period_ms, every_ms, validity_s, CampaignState(state), Cursor(ordinal, contact_id), done, refused, parts, cost,
    )  # fmt: skip
