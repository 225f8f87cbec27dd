"""The stop list by `/v1`: numbers that get nothing from an account, or only some."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody, Scope
from heliograph.dialects.native_contacts import After, RoomId, msisdn
from heliograph.dialects.native_messages import Number
from heliograph.dialects.native_views import Limit, NoQuery
from heliograph.model.account import Blocks, StopListed
from heliograph.model.refusal import Reason

BlocksWord = Annotated[
    Literal["everything", "mailings", "single"],
    Meta(description="What is kept away: everything, mailings alone, or everything but mailings."),
]


class StopListBody(Struct, forbid_unknown_fields=True, frozen=True):
    """An entry; one for the same number takes the place of the one before."""

    phone: Number
    blocks: BlocksWord = "everything"


class StopListView(Struct, frozen=True):
    """An entry as it is kept."""

    id: RoomId
    phone: Annotated[str, Meta(description="In digits.")]
    blocks: BlocksWord


class StopListPage(Struct, frozen=True):
    """A page of entries, in the order in which they were made."""

    entries: list[StopListView]
    next: Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last.")]


class StopListQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Which entries."""

    limit: Limit = 50
    cursor: After | None = None


_HERE: Final = "stop list"
_GONE: Final = (Reason.NOT_FOUND,)
_WORDS: Final[dict[Blocks, Literal["everything", "mailings", "single"]]] = {
    Blocks.EVERYTHING: "everything",
    Blocks.MAILINGS: "mailings",
    Blocks.SINGLE: "single",
}
_BLOCKS: Final = {word: blocks for blocks, word in _WORDS.items()}

ENTRIES = Call(
    "listStopList",
    "GET",
    "/stop-list",
    _HERE,
    "Numbers that get nothing, the oldest entry first",
    NoBody,
    StopListQuery,
    StopListPage,
    Scope.READ,
)
PUT = Call(
    "addToStopList",
    "POST",
    "/stop-list",
    _HERE,
    "Send nothing to a number any more",
    StopListBody,
    NoQuery,
    StopListView,
    Scope.MANAGE,
    201,
    tells="It counts from this answer on, also for what is scheduled already.",
)
ENTRY = Call(
    "getStopListEntry",
    "GET",
    "/stop-list/{id}",
    _HERE,
    "One entry",
    NoBody,
    NoQuery,
    StopListView,
    Scope.READ,
    errors=_GONE,
)
REMOVE = Call(
    "removeFromStopList",
    "DELETE",
    "/stop-list/{id}",
    _HERE,
    "Let a number be written to again",
    NoBody,
    NoQuery,
    NoAnswer,
    Scope.MANAGE,
    204,
    errors=_GONE,
)
CALLS: Final[tuple[AnyCall, ...]] = (ENTRIES, PUT, ENTRY, REMOVE)


def row_of(body: StopListBody, account_id: int) -> StopListed:
    """An entry as it will be kept. Raises `Wrong`."""
    return StopListed(account_id, msisdn(body.phone, "/phone"), _BLOCKS[body.blocks])


def entry_view(row: StopListed) -> StopListView:
    """An entry as its owner sees it."""
    return StopListView(str(row.id), row.recipient, _WORDS[row.blocks])
