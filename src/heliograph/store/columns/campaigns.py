"""The rows of a mailing, of its texts and of its targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from heliograph.model.campaign import (
    NEVER,
    START,
    Campaign,
    CampaignMove,
    CampaignState,
    Cursor,
    Repeat,
    Target,
    Wording,
)

COLUMNS = (
    "account_id, name, start_at, recipients, created_at, door, dialect, peer, zone, repeat, repeats_left, period_ms, "
    "every_ms, validity_s, state, ordinal, contact_id, done, refused, parts, cost, parent, stopped_by"
)
SEEN = COLUMNS.replace("parts, cost", "parts + again_parts, cost + again_cost").replace(
    "stopped_by", "CASE stopped_by WHEN '' THEN again_stopped_by ELSE stopped_by END"
)
"""What a mailing shows: with the parts and the cost of what was sent again for it, and what stopped that."""
TARGET = "ordinal, recipient, recipient_given, group_id, wording, due_at, message_id"

_WORDING = msgspec.json.Decoder(Wording)


def values(campaign: Campaign) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    return (
        campaign.account_id, campaign.name, campaign.start_at, campaign.recipients, campaign.created_at, campaign.door,
        campaign.dialect, campaign.peer, campaign.zone, int(campaign.repeat), campaign.repeats_left, campaign.period_ms,
        campaign.every_ms, campaign.validity_s, int(campaign.state), *campaign.cursor, campaign.done, campaign.refused,
        campaign.parts, campaign.cost, campaign.parent, campaign.stopped_by,
    )  # fmt: skip


def sends_again(campaign: Campaign, campaign_id: int) -> Campaign:
    """What sends again for a mailing: it sleeps until there is a target."""
    return replace(
        campaign, parent=campaign_id, start_at=NEVER, recipients=0, repeat=Repeat.MANUAL, repeats_left=0, period_ms=0,
        every_ms=0, state=CampaignState.WAITING, cursor=START, done=0, stopped_by="",
    )  # fmt: skip


def target_values(target: Target) -> tuple[Any, ...]:
    """The values of `TARGET`."""
    return (
        target.ordinal, target.recipient, target.recipient_given, target.group_id, target.wording, target.due_at,
        target.message_id,
    )  # fmt: skip


def wording_values(campaign_id: int, wordings: Iterable[Wording]) -> list[tuple[int, int, str]]:
    """campaign_id, number, body of each text, in order."""
    return [(campaign_id, number, msgspec.json.encode(one).decode()) for number, one in enumerate(wordings)]


def wording_of(body: str) -> Wording:
    """The text that stands in a row's body."""
    return _WORDING.decode(body)


def advance_values(move: CampaignMove) -> tuple[int, ...]:
    """ordinal, contact_id, and by how much done, refused, parts and cost grow; id."""
    return (*move.cursor, move.done, move.refused, move.parts, move.cost, move.campaign_id)


def campaign_of(row: Sequence[Any]) -> Campaign:
    """The mailing that stands in a row of id and `COLUMNS`."""
    *words, state, ordinal, contact_id, done, refused, parts, cost, parent, stopped_by = row
    id_, account_id, name, start_at, recipients, created_at, door, dialect, peer, zone, *words = words
    repeat, left, period_ms, every_ms, validity_s = words
    return Campaign(
        id_, account_id, name, start_at, recipients, created_at, door, dialect, peer, zone, Repeat(repeat), left,
        period_ms, every_ms, validity_s, CampaignState(state), Cursor(ordinal, contact_id), done, refused, parts, cost,
        parent, stopped_by,
    )  # fmt: skip
