"""The live stream of `/v1`: its call, and what its events are."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from heliograph.dialects.native_call import AnyCall, Call, NoBody, Scope
from heliograph.dialects.native_messages import Moment
from heliograph.dialects.native_views import NoQuery

LAST_EVENT: Final = "Last-Event-ID"


class Missed(Struct, frozen=True):
    """Events were missed that cannot be told any more: look at the lists."""

    since: Annotated[Moment, Meta(description="The start of the gateway that gave the event named; 0 for no event's.")]


EVENTS = Call(
    "streamEvents",
    "GET",
    "/events",
    "events",
    "What happens, as it happens",
    NoBody,
    NoQuery,
    Missed,
    Scope.READ,
    is_stream=True,
    tells="Server-sent events: `message` (as it stands, when it is accepted and when it comes to its end) and "
    "`incoming` (a text that somebody wrote). With `Last-Event-ID` it goes on behind that event; where this cannot be "
    "done, an event `missed` says so. A reader that does not keep up is cut off.",
)
CALLS: Final[tuple[AnyCall, ...]] = (EVENTS,)


def missed_of(last: str) -> int:
    """What the id of an event says of its gateway's start."""
    start = last.partition("-")[0]
    return int(start) if start.isascii() and start.isdigit() and len(start) <= 13 else 0
