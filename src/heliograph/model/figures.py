"""What was sent in some time, counted: by day, account, sender, operator, as far as somebody asks."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from heliograph.model.money import Micro


class By(enum.StrEnum):
    """What figures are told apart by."""

    DAY = "day"
    ACCOUNT = "account"
    SENDER = "sender"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Question:
    """Messages accepted from `since` to before `until` (ms), of `account_id` or, with 0, of all. Days are those of a
    clock `offset_s` east of UTC."""

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
