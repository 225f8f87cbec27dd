"""Mailings: what is said to whom, and a cursor over the recipients (decisions.md 15).

A campaign never holds its recipients: its targets are single numbers or groups of contacts, in an order that stays, and
the cursor says how far it has come. The cursor moves in the same transaction as the messages it stands for.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, NamedTuple

from heliograph.model.message import Content, MessageId
from heliograph.model.money import Micro


class CampaignState(enum.IntEnum):
    """Stored: never renumber. What is not above RUNNING has something to do, now or later."""

    WAITING = 1
    """For its time, or for that of its next run."""
    RUNNING = 2
    PAUSED = 3
    """Its owner stopped it for a while, or his money is used up."""
    CANCELLED = 4
    DONE = 5


class Repeat(enum.IntEnum):
    """`rpt`: when a mailing begins again (smsc-messages.md 5.2)."""

    MANUAL = 0
    HOURLY = 1
    DAILY = 2
    WORKING_DAYS = 3
    WEEKENDS = 4
    WEEKLY = 5
    MONTHLY = 6
    YEARLY = 7


@dataclass(frozen=True, slots=True)
class Wording:
    """One text of a mailing with its sender. `{NAME}`, `{LNM}`, `{FNM}` and `{MNM}` in it stand for the names of a
    group's contact. With `short_links` each recipient gets links of his own in the place of those in it."""

    sender: str
    content: Content
    comment: str = ""
    short_links: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One number, or (`group_id`) the contacts of a group in order of id. `wording` is the place of what it is told;
    `due_at` (ms) is for numbers with a time of their own; `message_id` is the message that did not reach the number,
    of a mailing that sends again."""

    ordinal: int
    recipient: str
    recipient_given: str
    group_id: int = 0
    wording: int = 0
    due_at: int | None = None
    message_id: MessageId = 0


class Cursor(NamedTuple):
    """The target a mailing has come to, and of a group the contact it is past; (0, 0) is before everything."""

    ordinal: int = 0
    contact_id: int = 0


START = Cursor()


@dataclass(frozen=True, slots=True)
class Campaign:
    """A mailing as it stands. Times are ms since the epoch UTC; `start_at` is when the run that is next, or under way,
    was to begin. `recipients` were counted when it was made; `done` of them were dealt with in this run; `refused`,
    `parts` and `cost` are of all runs. A mailing with `period_ms` takes its recipients in batches `every_ms` apart.

    One with a `parent` sends again to whom the parent's messages did not reach: those become its targets as their ends
    are known, so that it sleeps (WAITING until `NEVER`) whenever it has come to the end of them. Its customer sees one
    mailing: a parent's `parts` and `cost` are read with those of the other, and so is `stopped_by`, the reason
    (`model.refusal.Reason`) for which it is PAUSED though nobody asked for that, "" for none.
    """

    id: int
    account_id: int
    name: str
    start_at: int
    recipients: int
    created_at: int
    door: str
    dialect: str
    peer: str
    zone: str
    repeat: Repeat = Repeat.MANUAL
    repeats_left: int = 0
    period_ms: int = 0
    every_ms: int = 0
    validity_s: int | None = None
    state: CampaignState = CampaignState.WAITING
    cursor: Cursor = START
    done: int = 0
    refused: int = 0
    parts: int = 0
    cost: Micro = 0
    parent: int = 0
    stopped_by: str = ""


NEVER: Final = 2**53
"""The `start_at` of a mailing that sleeps."""


class Undelivered(NamedTuple):
    """A message of a mailing did not reach its recipient; a target of the mailing that sends again, if there is one."""

    campaign_id: int
    message_id: MessageId
    recipient: str
    recipient_given: str
    at: int


class CampaignMove(NamedTuple):
    """A mailing has come further: its cursor, and what the messages of the same group add."""

    campaign_id: int
    cursor: Cursor
    done: int
    refused: int
    parts: int
    cost: Micro
