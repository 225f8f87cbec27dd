"""Mailings by `/v1`: one text, or each its own, to any number of numbers and groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final, Literal, NamedTuple

from msgspec import Meta, Struct, field

from heliograph.channels.sms.numbering import normalise_smsc
from heliograph.dialects import native
from heliograph.dialects.native import CONFLICT, wrong
from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody, Scope
from heliograph.dialects.native_contacts import After, RoomId
from heliograph.dialects.native_messages import (
    DECIMALS,
    Caller,
    Moment,
    Number,
    Price,
    Reference,
    SendAt,
    Sender,
    Text,
    ValidFor,
)
from heliograph.dialects.native_views import Limit, NoQuery
from heliograph.dialects.smsc_jobs import MOST_REPEATS
from heliograph.model.campaign import Campaign, CampaignState, Repeat, Target, Wording
from heliograph.model.message import Content
from heliograph.model.money import Micro, show_price
from heliograph.model.refusal import Reason

MOST_NUMBERS: Final = 20_000
MOST_GROUPS: Final = 100
LONGEST_SPREAD_S: Final = 7 * 86_400

RepeatWord = Literal["hourly", "daily", "working_days", "weekends", "weekly", "monthly", "yearly"]
_REPEATS: Final = {repeat.name.lower(): repeat for repeat in Repeat if repeat is not Repeat.MANUAL}


class MailingBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A mailing: `to`, `groups`, or both; nobody is told the same twice."""

    name: Annotated[str, Meta(min_length=1, max_length=200, description="What you call it.")]
    text: Annotated[
        Text, Meta(description="`{NAME}`, `{LNM}`, `{FNM}` and `{MNM}` stand for the names of a group's contact.")
    ]
    sender: Sender | None = field(default=None, name="from")
    to: Annotated[list[Number], Meta(max_length=MOST_NUMBERS)] = []
    groups: Annotated[list[RoomId], Meta(max_length=MOST_GROUPS, description="Ids of groups of contacts.")] = []
    send_at: SendAt | None = None
    spread_over: (
        Annotated[
            int,
            Meta(ge=60, le=LONGEST_SPREAD_S, description="Seconds over which its recipients are spread, in batches."),
        ]
        | None
    ) = None
    every: Annotated[
        int, Meta(ge=60, le=LONGEST_SPREAD_S, description="Seconds between two batches of what is spread.")
    ] = 60
    repeat: Annotated[
        RepeatWord | None,
        Meta(description="When it begins again, by the clock of the account's zone; without it once."),
    ] = None
    repeats: Annotated[
        int, Meta(ge=0, le=MOST_REPEATS, description="How often it begins again; 0 = until it is cancelled.")
    ] = 0
    short_links: Annotated[
        bool, Meta(description="Each recipient gets short links of its own in the place of those in the text.")
    ] = False
    valid_for: ValidFor | None = None
    reference: Reference = ""


class MailingView(Struct, frozen=True):
    """A mailing as it stands."""

    id: RoomId
    name: str
    text: str
    sender: str = field(name="from")
    state: Annotated[str, Meta(extra_json_schema={"enum": sorted(state.name.lower() for state in CampaignState)})]
    stopped_by: (
        Annotated[
            str,
            Meta(
                description="Why it is paused, or sends nothing again, though nobody asked for that: `no_money`. It "
                "goes on by `resume`.",
                extra_json_schema={"enum": [Reason.NO_MONEY.value]},
            ),
        ]
        | None
    )
    start_at: Annotated[Moment, Meta(description="When the run that is next, or under way, begins.")]
    repeat: Annotated[str, Meta(extra_json_schema={"enum": sorted(_REPEATS)})] | None
    spread_over: int | None
    created_at: Moment
    recipients: int
    done: Annotated[int, Meta(description="Recipients dealt with so far.")]
    refused: Annotated[int, Meta(description="Recipients of whom no message was accepted.")]
    parts: int
    cost: Price


class MailingPage(Struct, frozen=True):
    """A page of mailings, the newest first."""

    mailings: list[MailingView]
    next: Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last.")]


class MailingQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Which mailings."""

    limit: Limit = 50
    cursor: After | None = None


class CostView(Struct, frozen=True):
    """What a whole run would cost now."""

    cost: Price
    currency: str


_READ, _MANAGE = Scope.READ, Scope.MANAGE
_HERE: Final = "mailings"
_GONE: Final = (Reason.NOT_FOUND,)
_LATE: Final = (Reason.NOT_FOUND, CONFLICT)

MAILINGS = Call(
    "listMailings",
    "GET",
    "/mailings",
    _HERE,
    "The thousand newest mailings, the newest first",
    NoBody,
    MailingQuery,
    MailingPage,
    _READ,
)
ADD = Call(
    "createMailing",
    "POST",
    "/mailings",
    _HERE,
    "A new mailing",
    MailingBody,
    NoQuery,
    MailingView,
    _MANAGE,
    201,
    keyed=True,
    errors=(*_GONE, Reason.KEY_REUSED),
    tells="It begins at its time, and comes to each recipient once, whatever happens to the gateway. Money is taken as "
    "it goes on; without money it pauses, and says so in `stopped_by`. A group that is not there: 404.",
)
MAILING = Call(
    "getMailing", "GET", "/mailings/{id}", _HERE, "One mailing", NoBody, NoQuery, MailingView, _READ, errors=_GONE
)
COST = Call(
    "priceMailing",
    "GET",
    "/mailings/{id}/cost",
    _HERE,
    "What a whole run would cost",
    NoBody,
    NoQuery,
    CostView,
    _READ,
    errors=_GONE,
)


def _turn(name: str, verb: str, summary: str) -> Call[NoBody, NoQuery, MailingView]:
    path = f"/mailings/{{id}}/{verb}"
    return Call(name, "POST", path, _HERE, summary, NoBody, NoQuery, MailingView, _MANAGE, errors=_LATE)


PAUSE = _turn("pauseMailing", "pause", "Send nothing more for a while")
RESUME = _turn("resumeMailing", "resume", "Go on where it stopped")
CANCEL = _turn("cancelMailing", "cancel", "Send nothing more, and take back what waits")
REMOVE = Call(
    "deleteMailing",
    "DELETE",
    "/mailings/{id}",
    _HERE,
    "Forget it; one that is not over is cancelled before",
    NoBody,
    NoQuery,
    NoAnswer,
    _MANAGE,
    204,
    errors=_GONE,
)
CALLS: Final[tuple[AnyCall, ...]] = (MAILINGS, ADD, MAILING, COST, PAUSE, RESUME, CANCEL, REMOVE)


class Order(NamedTuple):
    """A mailing that can be kept."""

    campaign: Campaign
    wordings: list[Wording]
    targets: list[Target]


def order_of(body: MailingBody, caller: Caller, zone: str, now: int, sizes: Mapping[int, int]) -> Order:
    """A mailing as it will be kept. `sizes` are the account's groups with how many each has. Raises `Wrong`."""
    groups = list(dict.fromkeys(int(group) for group in body.groups))
    for place, group in enumerate(groups):
        if group not in sizes:
            raise wrong(Reason.NOT_FOUND, "There is no such group.", f"/groups/{place}")
    numbers: dict[str, tuple[str, str]] = {}
    for given in body.to:
        recipient = normalise_smsc(given, ()) if any(map(str.isdigit, given)) else ""
        numbers.setdefault(recipient or given, (recipient, given))
    recipients = len(numbers) + sum(sizes[group] for group in groups)
    if not recipients:
        raise wrong(Reason.BAD_REQUEST, "It has no recipients.", "/to")
    targets = [Target(place, *number) for place, number in enumerate(numbers.values())]
    targets += [Target(len(numbers) + place, "", f"G{group}", group) for place, group in enumerate(groups)]
    start_at = max(now, body.send_at or now)
    campaign = Campaign(
        0, caller.account_id, body.name, start_at, recipients, now, caller.door, native.NAME, caller.peer, zone,
        validity_s=body.valid_for,
    )  # fmt: skip
    if body.spread_over is not None:
        campaign = replace(campaign, period_ms=body.spread_over * 1000, every_ms=body.every * 1000)
    if body.repeat is not None:
        campaign = replace(campaign, repeat=_REPEATS[body.repeat], repeats_left=body.repeats)
    elif body.repeats:
        raise wrong(Reason.BAD_REQUEST, "It is not said when it begins again.", "/repeat")
    wording = Wording(body.sender or caller.sender, Content(body.text), body.reference, body.short_links)
    return Order(campaign, [wording], targets)


def mailing_view(campaign: Campaign, wording: Wording) -> MailingView:
    """A mailing as its owner sees it."""
    return MailingView(
        str(campaign.id),
        campaign.name,
        wording.content.text,
        wording.sender,
        campaign.state.name.lower(),
        campaign.stopped_by or None,
        campaign.start_at,
        None if campaign.repeat is Repeat.MANUAL else campaign.repeat.name.lower(),
        campaign.period_ms // 1000 or None,
        campaign.created_at,
        campaign.recipients,
        campaign.done,
        campaign.refused,
        campaign.parts,
        show_price(campaign.cost, DECIMALS),
    )


def cost_view(cost: Micro, currency: str) -> CostView:
    """What a run would cost."""
    return CostView(show_price(cost, DECIMALS), currency)
