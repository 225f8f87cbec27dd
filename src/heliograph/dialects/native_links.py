"""Clicks on an account's short links by `/v1`."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from heliograph.dialects.native import wrong
from heliograph.dialects.native_call import AnyCall, Call, NoBody, Scope
from heliograph.dialects.native_contacts import RoomId
from heliograph.model.links import Clicks
from heliograph.model.refusal import Reason


class LinkQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Which link: by its address, as it stood in the text, or by its id."""

    link: Annotated[str, Meta(min_length=1, max_length=2_000)] | None = None
    id: Annotated[str, Meta(pattern="^[0-9]{1,16}$")] | None = None


class ClicksView(Struct, frozen=True):
    """How often people followed a link; months and days are those of the account's zone."""

    id: RoomId
    clicks: int
    this_month: int
    today: int
    yesterday: int


CLICKS = Call(
    "countClicks",
    "GET",
    "/links",
    "links",
    "How often a short link was followed",
    NoBody,
    LinkQuery,
    ClicksView,
    Scope.READ,
    errors=(Reason.NOT_FOUND,),
    tells="Links of messages and mailings with `short_links`, and of those sent by SMSC's interface with `tinyurl`.",
)
CALLS: Final[tuple[AnyCall, ...]] = (CLICKS,)


def target_of(query: LinkQuery) -> tuple[str, int]:
    """The address, else the id, of the link that is asked for. Raises `Wrong`."""
    if (query.link is None) is (query.id is None):
        raise wrong(Reason.BAD_REQUEST, "Name the link by its address or by its id.", "link")
    return query.link or "", int(query.id or 0)


def clicks_view(clicks: Clicks) -> ClicksView:
    """The counts of one link."""
    return ClicksView(str(clicks.id), clicks.all, clicks.month, clicks.today, clicks.yesterday)
