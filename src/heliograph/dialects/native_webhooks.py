"""Webhooks by `/v1`: where an account is called, what became of the calls, and once more (docs/webhooks.md)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from heliograph.dialects.native import STATES
from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody, Scope
from heliograph.dialects.native_contacts import RoomId
from heliograph.dialects.native_messages import Moment
from heliograph.dialects.native_views import NoQuery, Paging
from heliograph.model.account import Endpoint
from heliograph.model.receipt import Notice, NoticeState
from heliograph.model.refusal import Reason

EventName = Literal["status", "incoming"]


class WebhookBody(Struct, forbid_unknown_fields=True, frozen=True):
    """An address to be called."""

    url: Annotated[
        str, Meta(pattern="^https?://[!-~]+$", max_length=2_000, examples=["https://shop.example/hooks/sms"])
    ]
    events: Annotated[tuple[EventName, ...], Meta(min_length=1, max_length=2, description="What it is told.")] = (
        "status",
        "incoming",
    )
    window: Annotated[int, Meta(ge=1, le=64, description="Calls under way at once.")] = 8


class WebhookView(Struct, frozen=True):
    """An address that is called."""

    id: RoomId
    url: str
    events: list[str]
    window: int
    active: bool
    secret: Annotated[
        str | UnsetType, Meta(description="Signs the calls (Standard Webhooks); shown when it is made, never again.")
    ] = UNSET


class WebhookList(Struct, frozen=True):
    """All of them."""

    webhooks: list[WebhookView]


class DeliveryView(Struct, frozen=True):
    """One event on its way to one address."""

    event_id: Annotated[str, Meta(description="The `webhook-id` of its calls.")]
    webhook: Annotated[str | None, Meta(description="The id of the webhook; null of what went another way.")]
    state: Annotated[str, Meta(extra_json_schema={"enum": sorted(state.name.lower() for state in NoticeState)})]
    about: Annotated[str, Meta(description="The state it tells of a message, or `incoming`.")]
    message: Annotated[str | None, Meta(description="The message it is about.")]
    tries: int
    answer: Annotated[str, Meta(description="What was answered last.")]
    created_at: Moment
    settled_at: Annotated[Moment | None, Meta(description="When it was delivered or given up.")]


class DeliveryPage(Struct, frozen=True):
    """A page of deliveries, the oldest first."""

    deliveries: list[DeliveryView]
    next: Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last.")]


class ReplayBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Which events are sent once more."""

    events: Annotated[
        Annotated[list[Annotated[str, Meta(pattern="^evt_[1-9][0-9]{0,15}$")]], Meta(min_length=1, max_length=100)]
        | None,
        Meta(description="The ids of events that were given up; without it all of them.", examples=[["evt_17"]]),
    ] = None


class ReplayedView(Struct, frozen=True):
    """What is tried again."""

    again: Annotated[int, Meta(description="Events that are sent once more, with the ids they had.")]
    gone: Annotated[int, Meta(description="Events whose webhook is gone.")]


_HERE: Final = "webhooks"
_GONE: Final = (Reason.NOT_FOUND,)
WEBHOOKS = Call(
    "listWebhooks", "GET", "/webhooks", _HERE, "Addresses that are called", NoBody, NoQuery, WebhookList, Scope.READ
)
ADD = Call(
    "createWebhook",
    "POST",
    "/webhooks",
    _HERE,
    "Call an address",
    WebhookBody,
    NoQuery,
    WebhookView,
    Scope.MANAGE,
    201,
    tells="The answer has the secret that signs its calls, this once.",
)
REMOVE = Call(
    "deleteWebhook",
    "DELETE",
    "/webhooks/{id}",
    _HERE,
    "Call it no more",
    NoBody,
    NoQuery,
    NoAnswer,
    Scope.MANAGE,
    204,
    errors=_GONE,
)
FAILED = Call(
    "listFailedDeliveries",
    "GET",
    "/webhooks/failed",
    _HERE,
    "Events that were given up, the oldest first",
    NoBody,
    Paging,
    DeliveryPage,
    Scope.READ,
)
REPLAY = Call(
    "replayFailedDeliveries",
    "POST",
    "/webhooks/replay",
    _HERE,
    "Send once more what was given up",
    ReplayBody,
    NoQuery,
    ReplayedView,
    Scope.MANAGE,
    errors=_GONE,
    tells="All of it, or the events that are named; if one of these was not given up, none is sent.",
    may_be_empty=True,
)
DELIVERIES = Call(
    "listDeliveries",
    "GET",
    "/messages/{id}/deliveries",
    _HERE,
    "The events of a message, and what became of their calls",
    NoBody,
    NoQuery,
    DeliveryPage,
    Scope.READ,
    errors=_GONE,
)
CALLS: Final[tuple[AnyCall, ...]] = (WEBHOOKS, ADD, REMOVE, FAILED, REPLAY, DELIVERIES)


def notices_named(body: ReplayBody) -> list[int]:
    """The notices whose events a request names."""
    return [int(event.removeprefix("evt_")) for event in body.events or ()]


def webhook_view(endpoint: Endpoint, *, with_secret: bool = False) -> WebhookView:
    """An address as its owner sees it."""
    return WebhookView(
        str(endpoint.id),
        endpoint.url,
        list(endpoint.events),
        endpoint.window,
        endpoint.active,
        endpoint.secret if with_secret else UNSET,
    )


def delivery_view(notice: Notice) -> DeliveryView:
    """A notice as the owner of its target sees it."""
    scheme, _, number = notice.target.partition(":")
    return DeliveryView(
        notice.event_id,
        number if scheme == "endpoint" else None,
        notice.progress.name.lower(),
        STATES[notice.state] if notice.state is not None else "incoming",
        str(notice.message.id) if notice.message is not None else None,
        notice.tries,
        notice.answer,
        notice.created_at,
        notice.settled_at or None,
    )
