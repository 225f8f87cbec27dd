"""Sender names by `/v1`: asked for, shown with how each operator stands to them, given up."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from heliograph.dialects.native import CONFLICT
from heliograph.dialects.native_call import AnyCall, Call, NoAnswer, NoBody, Scope
from heliograph.dialects.native_contacts import RoomId
from heliograph.dialects.native_messages import Moment
from heliograph.dialects.native_views import NoQuery
from heliograph.model.account import Sender, SenderState
from heliograph.model.refusal import Reason
from heliograph.model.senders import FLAGS, OperatorState, Wishes


class SenderBody(Struct, forbid_unknown_fields=True, frozen=True):
    """A name to be registered."""

    name: Annotated[
        str,
        Meta(
            pattern="^([ -~]{1,11}|\\+?[0-9]{3,15})$",
            description="1 to 11 Latin characters, or a number of 3 to 15 digits.",
        ),
    ]
    comment: Annotated[str, Meta(max_length=1_000, description="What you will send under it.")] = ""
    registrations: Annotated[
        list[Annotated[str, Meta(extra_json_schema={"enum": sorted(FLAGS)})]],
        Meta(max_length=len(FLAGS), description="Registrations to ask for (docs/doors/smsc-senders.md)."),
    ] = []


class RegistrationView(Struct, frozen=True):
    """How an operator stands to a name."""

    registration: str
    state: Annotated[str, Meta(extra_json_schema={"enum": sorted(state.name.lower() for state in OperatorState)})]
    substitute: Annotated[str, Meta(description='What the operator shows instead; "" = the name.')]
    changed_at: Moment


class SenderView(Struct, frozen=True):
    """A name with its states."""

    id: RoomId
    name: str
    state: Annotated[
        str,
        Meta(
            description="`active` may be used; `waiting` is looked at by the operator of the gateway.",
            extra_json_schema={"enum": sorted(state.name.lower() for state in SenderState)},
        ),
    ]
    comment: str
    registrations: list[RegistrationView]
    created_at: Moment


class SenderList(Struct, frozen=True):
    """All names the account may see."""

    senders: list[SenderView]
    usual: Annotated[str, Meta(description='The name of messages that say none; "" = there is none.')]


_HERE: Final = "senders"
SENDERS = Call("listSenders", "GET", "/senders", _HERE, "Sender names", NoBody, NoQuery, SenderList, Scope.READ)
ADD = Call(
    "createSender",
    "POST",
    "/senders",
    _HERE,
    "Register a name",
    SenderBody,
    NoQuery,
    SenderView,
    Scope.MANAGE,
    201,
    errors=(CONFLICT,),
    tells="Unless the gateway lets every name in, it waits until its operator has looked at it.",
)
SENDER = Call(
    "getSender",
    "GET",
    "/senders/{id}",
    _HERE,
    "One name",
    NoBody,
    NoQuery,
    SenderView,
    Scope.READ,
    errors=(Reason.NOT_FOUND,),
)
REMOVE = Call(
    "deleteSender",
    "DELETE",
    "/senders/{id}",
    _HERE,
    "Give it up; what waits goes out all the same",
    NoBody,
    NoQuery,
    NoAnswer,
    Scope.MANAGE,
    204,
    errors=(Reason.NOT_FOUND,),
)
CALLS: Final[tuple[AnyCall, ...]] = (SENDERS, ADD, SENDER, REMOVE)


def wishes_of(body: SenderBody) -> Wishes:
    """What the owner wants of a name."""
    return Wishes(body.comment or None, tuple(body.registrations))


def sender_view(sender: Sender) -> SenderView:
    """A name as its owner sees it."""
    return SenderView(
        str(sender.id),
        sender.name,
        sender.state.name.lower(),
        sender.comment,
        [
            RegistrationView(one.flag, one.state.name.lower(), one.substitute, one.changed_at)
            for one in sender.operators
        ],
        sender.created_at,
    )
