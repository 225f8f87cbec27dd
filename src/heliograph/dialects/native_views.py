"""What `/v1` shows of messages, money and texts: nouns of ours as the structs its document is made of.

Ids are strings, times milliseconds since 1970-01-01 UTC, amounts decimal texts in the currency of the account. Nothing
of routes, connectors or other accounts is in them; the trace tells its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType, field

from heliograph.channels.sms import Coding, Language, split
from heliograph.channels.sms.content import alphabet_kept, languages_kept
from heliograph.channels.sms.lens import Look
from heliograph.channels.sms.split import Measured
from heliograph.dialects.native import STATES, Problem, problem_of
from heliograph.dialects.native_messages import DECIMALS, KINDS, LATEST, Id, KindName, Moment, Price
from heliograph.model.message import FINAL, Message
from heliograph.model.money import Entry, Micro, show_balance, show_price
from heliograph.model.receipt import Incoming
from heliograph.model.refusal import Refused

MOST_ON_PAGE: Final = 200

StateName = Annotated[
    str,
    Meta(
        description="Where it stands. `sent`: handed to a carrier, or being handed over; `in_doubt`: handed over, no "
        "answer known; `unknown`: handed over, and no result came.",
        extra_json_schema={"enum": sorted(set(STATES.values()))},
    ),
]
Cursor = Annotated[
    str, Meta(pattern="^[0-9]{1,16}$", description="`next` of the page before; without it the newest are shown.")
]
Limit = Annotated[int, Meta(ge=1, le=MOST_ON_PAGE, description="How many at most.")]
Next = Annotated[str | None, Meta(description="The `cursor` of the next page; null on the last.")]

Ids = Annotated[
    str,
    Meta(
        pattern="^[0-9]{1,16}(,[0-9]{1,16})*$",
        max_length=8_500,
        description="These messages, up to 500 ids with commas between them; then nothing else counts.",
    ),
]
Recipient = Annotated[str, Meta(max_length=40, description="To this number only.")]
Since = Annotated[int, Meta(ge=0, le=LATEST, description="Accepted at this moment or later.")]
Until = Annotated[int, Meta(ge=0, le=LATEST, description="Accepted before this moment.")]


class NoQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing."""


class Paging(Struct, forbid_unknown_fields=True, frozen=True):
    """A page of a list, the newest first."""

    limit: Limit = 50
    cursor: Cursor | None = None


class MessageQuery(Struct, forbid_unknown_fields=True, frozen=True):
    """Which messages."""

    limit: Limit = 50
    cursor: Cursor | None = None
    id: Ids | None = None
    to: Recipient | None = None
    since: Since | None = None
    until: Until | None = None


class SubscriberNetwork(Struct, frozen=True):
    """What a look-up found out; "" for what it did not."""

    imsi: str
    mcc: str
    mnc: str
    country: str
    operator: str
    roaming_country: str
    roaming_operator: str


class MessageView(Struct, frozen=True):
    """A message as it stands now."""

    id: Id
    request_id: Annotated[Id, Meta(description="The first message of the request it came in by.")]
    sender: Annotated[str, Meta(description="The name it is sent under.")] = field(name="from")
    to: Annotated[str, Meta(description="The number in digits.")]
    kind: KindName
    text: str
    state: StateName
    final: Annotated[bool, Meta(description="Nothing more is to be expected.")]
    error: Annotated[int, Meta(description="Why it was not delivered, 0 for none (docs/callbacks.md).")]
    parts: int
    price: Annotated[Price, Meta(description="What it cost after refunds.")]
    accepted_at: Moment
    send_at: Moment
    expires_at: Moment
    final_at: Annotated[Moment | None, Meta(description="When it came to its end; null until then.")]
    reference: str
    mailing: Annotated[str | None, Meta(description="The mailing it belongs to.")]
    data: Annotated[str | UnsetType, Meta(description="The octets of a binary message, as hex.")] = UNSET
    network: Annotated[SubscriberNetwork | UnsetType, Meta(description="The result of a look-up (`hlr`).")] = UNSET


class MessagePage(Struct, frozen=True):
    """A page of messages, the newest first."""

    messages: list[MessageView]
    next: Next


class TraceEventView(Struct, frozen=True):
    """One event; what else it has depends on `event`."""

    event: str
    at: Moment
    sentence: Annotated[str, Meta(description="What happened, in plain English.")]


class TraceView(Struct, frozen=True):
    """The whole story of a message, in order. Each event has facts of its own besides."""

    message_id: int
    events: list[TraceEventView]


class BalanceView(Struct, frozen=True):
    """What there is to spend."""

    balance: Annotated[str, Meta(description="The balance, rounded down to six decimals.")]
    credit: Annotated[str, Meta(description="How far below zero it may go.")]
    currency: Annotated[str, Meta(examples=["UAH"])]


class LedgerLine(Struct, frozen=True):
    """One entry: charges and refunds of a moment are added up; the messages from `first_id` to `last_id` are the
    detail."""

    id: str
    at: Moment
    kind: Annotated[str, Meta(description="`charge`, `refund`, `repriced` (a pair), `top-up` or `correction`.")]
    amount: Annotated[str, Meta(description="What it did to the balance: below zero, it was taken.")]
    count: int
    first_id: Annotated[str | None, Meta(description="The first message it is about.")]
    last_id: Annotated[str | None, Meta(description="The last message it is about.")]
    note: str


class LedgerPage(Struct, frozen=True):
    """A page of the ledger, the newest first."""

    entries: list[LedgerLine]
    currency: str
    next: Next


class IncomingView(Struct, frozen=True):
    """A text that somebody wrote to a number of the account."""

    id: str
    sender: Annotated[str, Meta(description="Who wrote.")] = field(name="from")
    to: Annotated[str, Meta(description="To which number.")]
    text: str
    missing_parts: Annotated[int, Meta(description="How many parts never came; `[…]` stands for them in `text`.")]
    received_at: Moment
    answers: Annotated[str | None, Meta(description="The message it most likely answers.")]


class IncomingPage(Struct, frozen=True):
    """A page of incoming messages, the newest first."""

    incoming: list[IncomingView]
    next: Next


class ForeignView(Struct, frozen=True):
    """A character that forces Unicode."""

    place: Annotated[int, Meta(description="Where it stands, from 1.", ge=1)]
    character: str
    code_point: Annotated[str, Meta(examples=["U+2019"])]
    name: Annotated[str, Meta(description="Unicode's name of it.")]


class CheaperView(Struct, frozen=True):
    """Another way to write a text, in fewer parts."""

    way: Annotated[str, Meta(description="`substituted`, `national`, `transliterated` or `look_alike`.")]
    text: str
    parts: int


class TextView(Struct, frozen=True):
    """What a text takes, and why."""

    coding: Annotated[str, Meta(description="`gsm7` or `ucs2`.")]
    units: Annotated[int, Meta(description="Septets, or UTF-16 units.")]
    parts: int
    tables: Annotated[list[str], Meta(description="Languages whose national tables are used.")]
    texts: Annotated[list[str], Meta(description="What stands in each part.")]
    forces_unicode: Annotated[list[ForeignView], Meta(description="The first hundred characters that do.")]
    cheaper: list[CheaperView]


class PreviewedMessage(Struct, frozen=True):
    """What one message would become."""

    to: str
    parts: int | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    operator: Annotated[str | UnsetType, Meta(description="The network of the number, mcc and mnc.")] = UNSET
    problem: Annotated[Problem | UnsetType, Meta(description="Why it would be refused.")] = UNSET


class Preview(Struct, frozen=True):
    """What a request would cost, and what its first text takes. Nothing is kept, nothing is reserved."""

    messages: list[PreviewedMessage]
    parts: int
    price: Price
    currency: str
    text: Annotated[TextView | UnsetType, Meta(description="Of the first text, unless it cannot be sent.")] = UNSET


def message_view(message: Message) -> MessageView:
    """A message as its customer sees it."""
    network, content = message.network, message.content
    return MessageView(
        str(message.id),
        str(message.request_id),
        message.sender,
        message.recipient or message.recipient_given,
        KINDS[content.kind],
        content.text,
        STATES[message.state],
        message.state in FINAL,
        message.error,
        message.parts,
        show_price(message.price - message.refunded, DECIMALS),
        message.accepted_at,
        message.due_at,
        message.expires_at,
        message.final_at or None,
        message.comment,
        str(message.campaign) if message.campaign else None,
        content.data.hex() if content.data else UNSET,
        UNSET
        if network is None
        else SubscriberNetwork(
            network.imsi,
            network.mcc,
            network.mnc,
            network.country,
            network.operator,
            network.roaming_country,
            network.roaming_operator,
        ),
    )


def incoming_view(incoming: Incoming) -> IncomingView:
    """An incoming message as its customer sees it."""
    return IncomingView(
        str(incoming.id),
        incoming.sender,
        incoming.recipient,
        incoming.text,
        incoming.missing,
        incoming.received_at,
        str(incoming.answers) if incoming.answers else None,
    )


def ledger_line(entry_id: int, entry: Entry) -> LedgerLine:
    """A line of the ledger as the owner of the purse sees it."""
    amount = -entry.amount if entry.debit == f"purse:{entry.purse}" else entry.amount
    return LedgerLine(
        str(entry_id),
        entry.at,
        entry.kind,
        show_price(amount, DECIMALS),
        entry.count,
        str(entry.first_id) if entry.first_id else None,
        str(entry.last_id) if entry.last_id else None,
        entry.note,
    )


def balance_view(balance: Micro, credit: Micro, currency: str) -> BalanceView:
    """What there is to spend."""
    return BalanceView(show_balance(balance, DECIMALS), show_balance(credit, DECIMALS), currency)


def preview(
    recipients: Sequence[str], quotes: Sequence[Message | Refused], currency: str, text: TextView | UnsetType
) -> Preview:
    """What a request would cost; `recipients` are as they were written."""
    messages: list[PreviewedMessage] = []
    parts = price = 0
    for given, quote in zip(recipients, quotes, strict=True):
        if isinstance(quote, Refused):
            messages.append(PreviewedMessage(given, problem=problem_of(quote.reason)))
            continue
        parts += quote.parts
        price += quote.price
        shown = show_price(quote.price, DECIMALS)
        messages.append(PreviewedMessage(quote.recipient, quote.parts, shown, quote.operator))
    return Preview(messages, parts, show_price(price, DECIMALS), currency, text)


def text_view(text: str, seen: Look, allowed: Sequence[int]) -> TextView:
    """What the lens shows; `allowed` are the languages whose tables the account may use."""
    measured = seen.measured
    return TextView(
        "ucs2" if measured.coding is Coding.UCS2 else "gsm7",
        measured.units,
        measured.parts,
        _tables(measured),
        [part.text for part in split(text, languages=allowed)],
        [ForeignView(place + 1, character, f"U+{ord(character):04X}", name) for place, character, name in seen.foreign],
        [CheaperView(way.way.value, way.text, way.measured.parts) for way in seen.cheaper],
    )


def _tables(measured: Measured) -> list[str]:
    return sorted({Language(number).name.lower() for number in languages_kept(alphabet_kept(measured))})
