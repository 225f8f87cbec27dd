"""Every call of `/v1`, once: those about messages and money, and the lists of the other rooms.

The door takes its paths from here and its document is made from here, so neither can know a call the other does not.
"""

from __future__ import annotations

from typing import Final

from heliograph.dialects import (
    native_accounts,
    native_contacts,
    native_events,
    native_links,
    native_mailings,
    native_numbers,
    native_senders,
    native_stop_list,
    native_templates,
    native_webhooks,
)
from heliograph.dialects.native_call import AnyCall, Call, NoBody, Scope
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
    by_message=True,
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
    *native_events.CALLS,
    *native_webhooks.CALLS,
    *native_contacts.CALLS,
    *native_mailings.CALLS,
    *native_senders.CALLS,
    *native_stop_list.CALLS,
    *native_templates.CALLS,
    *native_numbers.CALLS,
    *native_links.CALLS,
    *native_accounts.CALLS,
)
"""All of them, in the order of the document."""
