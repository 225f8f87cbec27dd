"""SMSC's `tinyurls.php`: how often a short link was followed, in four formats (smsc-directory.md 8)."""

from __future__ import annotations

from typing import Final, NamedTuple

from heliograph.dialects.smsc_answer import (
    Answer,
    Format,
    Style,
    Value,
    block,
    csv,
    elements,
    finish,
    json_object,
    pairs,
)
from heliograph.dialects.smsc_command import number_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_time import OffsetS
from heliograph.dialects.smsc_words import show_time
from heliograph.model.links import Clicks, Days

COMMANDS: Final = ("get",)
EFFECTIVE: Final = frozenset({*COMMANDS, "link", "id"})
MOST_LINK: Final = 2_000


class Asked(NamedTuple):
    """A link by its id, else by its address."""

    target: str
    target_id: int


def read_link(request: Request) -> Asked:
    """Which link is asked for. Raises `WrongRequest`."""
    target_id, target = number_of(request, "id"), request.get("link").strip()
    if not (target_id or target) or len(target) > MOST_LINK:
        raise WrongRequest
    return Asked(target, target_id)


def days_at(now: int, offset_s: OffsetS) -> Days:
    """The days that are counted apart, by the clock of the account: `now` in ms."""
    offset = offset_s(now)
    today = (now // 1000 + offset) // 86_400
    return Days(today - int(show_time(now, offset)[:2]) + 1, today)


def clicks_answer(style: Style, clicks: Clicks) -> Answer:
    """The counts of one link."""
    members: list[tuple[str, Value]] = [
        ("id", clicks.id),
        ("cnt", clicks.all),
        ("cnt_mon", clicks.month),
        ("cnt_day", clicks.today),
        ("cnt_yes", clicks.yesterday),
    ]
    if style.fmt is Format.JSON:
        return finish(style, json_object(members))
    if style.fmt is Format.XML:
        return finish(style, block("tinyurl", elements(members)))
    return finish(style, csv([value for _, value in members]) if style.fmt is Format.CSV else pairs(members))
