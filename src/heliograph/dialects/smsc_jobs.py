"""SMSC's `jobs.php`: mailings, read like sends and answered in four formats (smsc-messages.md 5).

What a send says of text, sender and numbers counts here, too, and is read by `smsc_send`. A group stays a group: its
contacts are found when the mailing comes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from heliograph.dialects.smsc_answer import (
    Answer,
    Format,
    Record,
    Style,
    Value,
    block,
    csv,
    elements,
    finish,
    json_object,
    listing,
)
from heliograph.dialects.smsc_command import number_of, text_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_send import EFFECTIVE as SEND_EFFECTIVE
from heliograph.dialects.smsc_send import Caller, groups_named, read_order
from heliograph.dialects.smsc_time import read_day, read_when
from heliograph.dialects.smsc_words import show_money, show_time
from heliograph.model.campaign import Campaign, CampaignState, Repeat, Target, Wording
from heliograph.model.message import Content, Submission
from heliograph.model.money import Micro

COMMANDS: Final = ("add", "del", "cancel", "get", "get_all")
READING: Final = frozenset({"get", "get_all"})
"""Commands that change nothing."""
EFFECTIVE: Final = frozenset(
    {*SEND_EFFECTIVE, *COMMANDS, "name", "rpt", "rptn", "fl[5]", "mes2", "sender2", "start", "end"}
)
"""Parameters that make a difference: two requests with the same are identical."""

SWITCHED_OFF, WAITING, RUNNING, DONE = -2, -1, 0, 1
STATUS: Final = {
    CampaignState.WAITING: WAITING,
    CampaignState.RUNNING: RUNNING,
    CampaignState.PAUSED: SWITCHED_OFF,
    CampaignState.CANCELLED: SWITCHED_OFF,
    CampaignState.DONE: DONE,
}
MOST_REPEATS: Final = 100_000
_GROUP: Final = "\0"
"""Stands before the name of a group where a number would be; no request can hold it."""
_SPREAD: Final = frozenset({"period", "freq"})
_OF_THE_FIRST: Final = frozenset({"list", "cost", "mes2", "sender2", *_SPREAD})
_ANY_NUMBER: Final = "+380671234567"
"""A text is read with a number to send it to; which one does not matter."""


class Order(NamedTuple):
    """A mailing that can be kept. `groups` are the names of its groups, by target; the caller finds their ids. `again`
    is what is said to those the first text does not reach; "" in it stands for what was said before."""

    campaign: Campaign
    wordings: list[Wording]
    targets: list[Target]
    groups: dict[int, str]
    with_cost: bool
    again: Wording | None = None


def read_mailing(request: Request, caller: Caller, zone: str) -> Order:
    """The mailing of `add`. Raises `WrongRequest`: 1 for parameters, 5 for dates."""
    name = text_of(request, "name")
    if not name:
        raise WrongRequest
    with_cost = request.flag("cost")
    when = read_when(request, caller.now, caller.offset_s)
    fields = {name: value for name, value in request.fields.items() if name not in _SPREAD and name != "cost"}
    groups = {group: [f"{_GROUP}{group}"] for group in groups_named(request)}
    sent = read_order(replace(request, fields=fields), caller._replace(groups=groups)).submissions
    short = request.flag("tinyurl")
    again = _again(request, caller, sent[0]) if request.flag("fl[5]") else None
    wordings: dict[Wording, int] = {}
    targets: list[Target] = []
    named: dict[int, str] = {}
    for ordinal, one in enumerate(sent):
        wording = wordings.setdefault(Wording(one.sender, one.content, one.comment, short), len(wordings))
        mark, _, group = one.recipient_given.partition(_GROUP)
        if mark == "+" and group:
            named[ordinal] = group
        due_at = one.due_at if one.due_at != when.due_at else None
        targets.append(Target(ordinal, one.recipient, one.recipient_given, 0, wording, due_at))
    campaign = Campaign(
        0, caller.account_id, name, when.due_at or caller.now, len(targets), caller.now, caller.door, sent[0].dialect,
        caller.peer, zone, Repeat(request.choice("rpt", max(Repeat))), _repeats(request), when.period_ms, when.every_ms,
        sent[0].validity_s,
    )  # fmt: skip
    return Order(campaign, list(wordings), targets, named, with_cost, again)


def _again(request: Request, caller: Caller, first: Submission) -> Wording:
    """`mes2` and `sender2`, the text written as `mes` is; "" where one is not given."""
    sender, text = request.get("sender2").strip(), request.get("mes2")
    if not text:
        return Wording(sender, Content(), first.comment)
    fields = {name: value for name, value in request.fields.items() if name not in _OF_THE_FIRST}
    fields |= {"mes": text, "sender": sender or request.get("sender"), "phones": _ANY_NUMBER}
    (second,) = read_order(replace(request, fields=fields, octets=b"", listed=None), caller).submissions
    return Wording(second.sender if sender else "", second.content, second.comment, request.flag("tinyurl"))


def _repeats(request: Request) -> int:
    """`rptn`, 0 for without end. Raises `WrongRequest`."""
    repeats = number_of(request, "rptn")
    if repeats > MOST_REPEATS:
        raise WrongRequest
    return repeats


def read_id(request: Request) -> int:
    """Which mailing. Raises `WrongRequest`."""
    campaign_id = number_of(request, "id")
    if not campaign_id:
        raise WrongRequest
    return campaign_id


def read_days(request: Request, offset_s: Callable[[int], int], forever: int) -> tuple[int, int]:
    """From when until before when `get_all` looks (ms). Raises `WrongRequest` with error 5."""
    start, end = request.get("start"), request.get("end")
    try:
        return (
            read_day(start, offset_s) if start else 0,
            read_day(end, offset_s, 1) if end else forever,
        )
    except WrongRequest:
        raise WrongRequest(5, "invalid date format") from None


# -- answering ---------------------------------------------------------------------------------------------------------


def added_answer(style: Style, campaign_id: int, cost: Micro | None) -> Answer:
    """The answer of `add`; `cost` is what a run will cost, None if nobody asked."""
    members: list[tuple[str, Value]] = [("id", campaign_id)]
    if cost is not None:
        members.append(("cost", show_money(cost)))
    if style.fmt is Format.JSON:
        return finish(style, json_object(members))
    if style.fmt is Format.XML:
        return finish(style, block("result", elements(members)))
    if style.fmt is Format.CSV:
        return finish(style, csv([value for _, value in members]))
    return finish(style, f"OK, ID - {campaign_id}" + (f", COST - {members[1][1]}" if cost is not None else ""))


class Shown(NamedTuple):
    """A mailing with what it says first."""

    campaign: Campaign
    wording: Wording


def jobs_answer(style: Style, jobs: Sequence[Shown], offset_s: Callable[[int], int], *, only: bool = False) -> Answer:
    """The answer of `get_all`, and of `get` (`only`): every line begins with the id."""
    if style.fmt is Format.JSON:
        if only:
            return finish(style, json_object(_whole(jobs[0], offset_s)))
        return listing(style, "job", "name", [_whole(job, offset_s) for job in jobs])
    records = [_short(job, offset_s) for job in jobs]
    if style.fmt is Format.XML:
        return listing(style, "job", "name", records)
    return listing(style._replace(fmt=Format.CSV), "job", "name", records)


def _short(job: Shown, offset_s: Callable[[int], int]) -> Record:
    campaign = job.campaign
    return [
        ("id", campaign.id),
        ("name", campaign.name),
        ("status", STATUS[campaign.state]),
        ("start_date", show_time(campaign.start_at, offset_s(campaign.start_at))),
        ("sms_cnt", campaign.parts),
        ("cost", show_money(campaign.cost)),
    ]


def _whole(job: Shown, offset_s: Callable[[int], int]) -> Record:
    campaign, wording = job
    return [
        *_short(job, offset_s)[:4],
        ("start_timestamp", campaign.start_at // 1000),
        ("rpt", int(campaign.repeat)),
        ("phones_cnt", campaign.recipients),
        ("sms_cnt", campaign.parts),
        ("cost", show_money(campaign.cost)),
        ("sender", wording.sender),
        ("message", wording.content.text),
    ]
