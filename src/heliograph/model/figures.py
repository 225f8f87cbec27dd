"""What was sent in some time, counted: by day, account, sender, operator, as far as somebody asks."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, NamedTuple

from heliograph.model.money import Micro


class By(enum.StrEnum):
    """What figures are told apart by."""

    DAY = "day"
    ACCOUNT = "account"
    SENDER = "sender"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Question:
    """Messages accepted from `since` to before `until` (ms, both out to the next quarter of an hour), of `account_id`
    or, with 0, of all. Days are those of a clock `offset_s` east of UTC."""

    account_id: int
    since: int
    until: int
    offset_s: int
    by: tuple[By, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line. What it is not told apart by is -1 or "". Refused messages are counted in `refused` alone; `failed` are
    those that ended undelivered; `amount` is what they cost less refunds. `operator` is MCC and MNC, `day` counts from
    the epoch."""

    day: int
    account_id: int
    sender: str
    operator: str
    messages: int
    parts: int
    delivered: int
    failed: int
    refused: int
    amount: Micro


SLOT_MS: Final = 900_000
"""Counters are kept by quarters of an hour: days begin at one in every time zone of today."""


class Counted(NamedTuple):
    """What messages are counted together under; `slot` counts quarters of an hour of `accepted_at`."""

    account_id: int
    slot: int
    purse: int
    sender: str
    operator: str


class Counts(NamedTuple):
    """How many, and how much in 10⁻⁶ of the purse's currency; as differences, they may be negative."""

    messages: int = 0
    parts: int = 0
    delivered: int = 0
    failed: int = 0
    refused: int = 0
    price: Micro = 0
    refunded: Micro = 0
