"""Every call of `/v1`, once: its path, what it takes, what it answers, who may make it.

The door takes its paths from here and its document is made from here, so neither can know a call the other does not.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from msgspec import Struct

from heliograph.dialects.native_messages import SendMessages, Sent
from heliograph.dialects.native_views import (
    BalanceView,
    IncomingPage,
    IncomingView,
    LedgerPage,
    MessagePage,
    MessageQuery,
    MessageView,
    NoQuery,
    Paging,
    Preview,
    TraceView,
)
from heliograph.model.refusal import Reason

B = TypeVar("B", bound=Struct, covariant=True)
Q = TypeVar("Q", bound=Struct, covariant=True)
A = TypeVar("A", bound=Struct, covariant=True)

ROOT: Final = "/v1"


class Scope(enum.StrEnum):
    """What a token must be allowed for a call."""

    READ = "read"
    """Every token."""
    SEND = "send"
    """Tokens with the scope `live` or `test`."""
    MANAGE = "manage"
    """Tokens with the scope `live`: what it changes has no test form."""


class NoBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing."""


class NoAnswer(Struct, frozen=True):
    """Nothing: 204."""


@dataclass(frozen=True)
class Call(Generic[B, Q, A]):
    """`path` is below `ROOT`; `{id}` in it is digits. `keyed`: it takes an idempotency key. `errors` are problems it
    may answer with besides those any call may."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    body: type[B]
    query: type[Q]
    answer: type[A]
    scope: Scope
    status: int = 200
    keyed: bool = False
    errors: tuple[str, ...] = ()
    tells: str = ""

    @property
    def whole_path(self) -> str:
        """As callers write it."""
        return ROOT + self.path


_READ, _SEND, _MANAGE = Scope.READ, Scope.SEND, Scope.MANAGE
_SENDING: Final = (Reason.NO_MONEY, Reason.DUPLICATE, Reason.KEY_REUSED)

SEND = Call(
    "sendMessages",
    "POST",
    "/messages",
    "messages",
    "Send messages",
    SendMessages,
    NoQuery,
    Sent,
    _SEND,
    202,
    keyed=True,
    errors=_SENDING,
    tells="What is answered 202 is kept for good; each message says what became of it. Only when none was accepted the "
    "answer is a problem. A test token does everything but send and pay.",
)
PREVIEW = Call(
    "previewMessages",
    "POST",
    "/preview",
    "messages",
    "What messages would cost, and which character forces Unicode",
    SendMessages,
    NoQuery,
    Preview,
    _READ,
)
MESSAGES = Call(
    "listMessages",
    "GET",
    "/messages",
    "messages",
    "Messages, the newest first",
    NoBody,
    MessageQuery,
    MessagePage,
    _READ,
)
MESSAGE = Call(
    "getMessage",
    "GET",
    "/messages/{id}",
    "messages",
    "One message",
    NoBody,
    NoQuery,
    MessageView,
    _READ,
    errors=(Reason.NOT_FOUND,),
    tells="The id of any part of it will do.",
)
TRACE = Call(
    "traceMessage",
    "GET",
    "/messages/{id}/trace",
    "messages",
    "The whole story of a message",
    NoBody,
    NoQuery,
    TraceView,
    _READ,
    errors=(Reason.NOT_FOUND,),
)
CANCEL = Call(
    "cancelMessage",
    "POST",
    "/messages/{id}/cancel",
    "messages",
    "Take back a message that waits",
    NoBody,
    NoQuery,
    MessageView,
    _SEND,
    errors=(Reason.NOT_FOUND, "conflict"),
    tells="What a carrier has, or may have, cannot be taken back: 409.",
)
INCOMING = Call(
    "listIncoming",
    "GET",
    "/incoming",
    "incoming",
    "Incoming messages, the newest first",
    NoBody,
    Paging,
    IncomingPage,
    _READ,
)
ONE_INCOMING = Call(
    "getIncoming",
    "GET",
    "/incoming/{id}",
    "incoming",
    "One incoming message",
    NoBody,
    NoQuery,
    IncomingView,
    _READ,
    errors=(Reason.NOT_FOUND,),
)
BALANCE = Call("getBalance", "GET", "/balance", "money", "The balance", NoBody, NoQuery, BalanceView, _READ)
LEDGER = Call(
    "listLedger", "GET", "/ledger", "money", "The ledger, the newest first", NoBody, Paging, LedgerPage, _READ
)

AnyCall = Call[Struct, Struct, Struct]

CALLS: Final[tuple[AnyCall, ...]] = (
    SEND,
    PREVIEW,
    MESSAGES,
    MESSAGE,
    TRACE,
    CANCEL,
    INCOMING,
    ONE_INCOMING,
    BALANCE,
    LEDGER,
)
"""All of them, in the order of the document."""
