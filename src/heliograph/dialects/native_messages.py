"""Sending by `/v1`: requests into submissions, answers of intake into what the caller reads.

The structs here *are* the interface: its document is made of them, and they alone decide what is well-formed. A request
is one text to many, or many messages each with what it has of its own; what a message leaves out, the request says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType, field

from heliograph.channels.sms.numbering import normalise_smsc
from heliograph.dialects import native
from heliograph.dialects.native import FROM_CODE, TO_CODE, Problem, problem_of, wrong
from heliograph.model.message import Content, Kind, Message, MessageId, Priority, Submission
from heliograph.model.money import show_price
from heliograph.model.refusal import Accepted, Answer, Reason, Refused

MOST: Final = 500
"""Messages of one request: a group of the journal, so that an idempotency key and its messages are one transaction."""
DECIMALS: Final = 6
LONGEST_TEXT: Final = 40_000
LONGEST_DATA: Final = 2 * 140 * 255
LONGEST_NUMBER: Final = 40
LATEST: Final = 4_102_444_800_000
"""2100-01-01."""
LONGEST_VALIDITY_S: Final = 30 * 86_400

KindWord = Literal["text", "flash", "binary", "wap_push", "hlr", "ping"]
Number = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_NUMBER,
        description="A phone number, international: `+380671112233`. Blanks, brackets and dashes do not count.",
        examples=["+380671112233"],
    ),
]
KindName = Annotated[
    KindWord,
    Meta(
        description="What is sent: `flash` is shown at once; `binary` is `data` with `udh`; `wap_push` is an address "
        "and, on the second line of `text`, its title; `hlr` asks whether the number is reachable, `ping` sends what "
        "nobody sees; these two have no text."
    ),
]
Sender = Annotated[
    str, Meta(min_length=1, max_length=20, description="A sender name of the account; without it the account's usual.")
]
Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_TEXT,
        description="The text, in any alphabet.",
        examples=["Hello from Heliograph"],
    ),
]
Hex = Annotated[str, Meta(max_length=LONGEST_DATA, pattern="^([0-9A-Fa-f]{2})+$")]
Moment = Annotated[int, Meta(ge=0, le=LATEST, description="Milliseconds since 1970-01-01 UTC.")]
SendAt = Annotated[
    int, Meta(ge=0, le=LATEST, description="When to send, in milliseconds since 1970-01-01 UTC; without it at once.")
]
ValidFor = Annotated[
    int, Meta(ge=1, le=LONGEST_VALIDITY_S, description="Seconds for which delivery is tried, from `send_at` on.")
]
Reference = Annotated[str, Meta(max_length=200, description="A note of yours; it is kept and shown, never sent.")]
PriorityName = Annotated[
    Literal["urgent", "normal", "bulk"], Meta(description="Which goes first; above 100 messages the usual is `bulk`.")
]
Id = Annotated[str, Meta(pattern="^[0-9]{1,16}$", description="The id of a message.", examples=["100000001"])]
TemplateId = Annotated[
    str, Meta(pattern="^[0-9]{1,16}$", description="The id of a template of the account, in the place of a text.")
]
Fields = Annotated[
    dict[Annotated[str, Meta(pattern="^[A-Za-z_][A-Za-z0-9_]{0,39}$")], Annotated[str, Meta(max_length=1_000)]],
    Meta(
        max_length=50,
        description="What stands in the template for `{name}`; each place must be filled.",
        examples=[{"code": "4711"}],
    ),
]
Price = Annotated[str, Meta(description="An amount with six decimals, in the currency of the account.")]


class OneMessage(Struct, forbid_unknown_fields=True, frozen=True):
    """One message of a request. What it leaves out is taken from the request."""

    to: Number
    text: Text | None = None
    template: TemplateId | None = None
    fields: Fields | None = None
    sender: Sender | None = field(default=None, name="from")
    kind: KindName | None = None
    data: Annotated[Hex | None, Meta(description="The octets of a binary message, as hex.")] = None
    udh: Annotated[Hex | None, Meta(description="Its user data header with its length octet, as hex.")] = None
    send_at: SendAt | None = None
    valid_for: ValidFor | None = None
    reference: Reference | None = None


class SendMessages(Struct, forbid_unknown_fields=True, frozen=True):
    """What to send: `to` for one text to one or many, or `messages`; one of the two, 500 at most."""

    to: Annotated[
        Number | Annotated[list[Number], Meta(min_length=1, max_length=MOST)] | None,
        Meta(description="One number, or a list of them."),
    ] = None
    messages: Annotated[
        Annotated[list[OneMessage], Meta(min_length=1, max_length=MOST)] | None,
        Meta(description="Messages with texts of their own."),
    ] = None
    text: Text | None = None
    template: TemplateId | None = None
    fields: Fields | None = None
    sender: Sender | None = field(default=None, name="from")
    kind: KindName = "text"
    data: Annotated[Hex | None, Meta(description="The octets of a binary message, as hex.")] = None
    udh: Annotated[Hex | None, Meta(description="Its user data header with its length octet, as hex.")] = None
    send_at: SendAt | None = None
    valid_for: ValidFor | None = None
    priority: PriorityName | None = None
    reference: Reference | None = None
    short_links: Annotated[
        bool, Meta(description="Each message gets short links of its own in the place of those in its text.")
    ] = False


class Caller(NamedTuple):
    """Who sends, as the door found out. `sender` is for messages that name none; `is_test` leaves nothing."""

    account_id: int
    door: str
    peer: str
    sender: str
    is_test: bool


class SentMessage(Struct, frozen=True):
    """What became of one message of the request, in its order."""

    to: Annotated[str, Meta(description="The number in digits; of one that was refused as you wrote it.")]
    state: Annotated[Literal["accepted", "scheduled", "refused"], Meta(description="Accepted means kept: it is safe.")]
    id: Id | UnsetType = UNSET
    parts: Annotated[int | UnsetType, Meta(description="How many parts it is charged as.")] = UNSET
    price: Price | UnsetType = UNSET
    problem: Annotated[Problem | UnsetType, Meta(description="Why it was refused.")] = UNSET


class Sent(Struct, frozen=True):
    """The answer to a request of which at least one message was accepted. The same key gets the same answer."""

    messages: list[SentMessage]
    accepted: Annotated[int, Meta(ge=0)]
    refused: Annotated[int, Meta(ge=0)]
    parts: Annotated[int, Meta(ge=0)]
    price: Price
    currency: Annotated[str, Meta(examples=["UAH"])]


class AllRefused(Problem, frozen=True):
    """The problem of a request of which no message was accepted, with each one's own."""

    messages: tuple[SentMessage, ...] = ()


KINDS: Final[dict[Kind, KindWord]] = {
    Kind.TEXT: "text",
    Kind.FLASH: "flash",
    Kind.BINARY: "binary",
    Kind.WAP_PUSH: "wap_push",
    Kind.HLR: "hlr",
    Kind.PING: "ping",
}
_KINDS: Final[dict[str, Kind]] = {word: kind for kind, word in KINDS.items()}
_PRIORITIES: Final[dict[str, Priority]] = {priority.name.lower(): priority for priority in Priority}
_WITHOUT_TEXT: Final = (Kind.HLR, Kind.PING)


def submissions_of(request: SendMessages, caller: Caller) -> list[Submission]:
    """Read a request. Raises `Wrong` for what is wrong with all of it; a wrong number is its own message's fault."""
    if (request.to is None) == (request.messages is None):
        raise wrong(Reason.BAD_REQUEST, "Give either `to` or `messages`.", "/to")
    if request.messages is not None:
        found = [
            _submission(request, one, _content(request, one, f"/messages/{place}"), caller)
            for place, one in enumerate(request.messages)
        ]
    else:
        content = _content(request, None, "")
        found = [_submission(request, OneMessage(number), content, caller) for number in numbers_of(request)]
    for submission in found:
        submission.batch = len(found)
    return found


def _submission(request: SendMessages, one: OneMessage, content: Content, caller: Caller) -> Submission:
    comment = request.reference if one.reference is None else one.reference
    return Submission(
        account_id=caller.account_id,
        door=caller.door,
        dialect=native.NAME,
        sender=one.sender or request.sender or caller.sender,
        recipient=normalise_smsc(one.to, ()) if any(map(str.isdigit, one.to)) else "",
        recipient_given=one.to,
        content=content,
        peer=caller.peer,
        validity_s=one.valid_for or request.valid_for,
        due_at=request.send_at if one.send_at is None else one.send_at,
        priority=_PRIORITIES[request.priority] if request.priority is not None else None,
        comment=comment or "",
        is_test=caller.is_test,
    )


def _content(request: SendMessages, one: OneMessage | None, place: str) -> Content:
    kind = _KINDS[one.kind if one is not None and one.kind is not None else request.kind]
    text = one.text if one is not None and one.text is not None else request.text
    data = one.data if one is not None and one.data is not None else request.data
    header = one.udh if one is not None and one.udh is not None else request.udh
    is_binary = kind is Kind.BINARY
    if kind in _WITHOUT_TEXT or is_binary:
        if text is not None:
            raise wrong(Reason.BAD_REQUEST, f"A message of the kind {KINDS[kind]} has no text.", f"{place}/text")
    elif text is None:
        raise wrong(Reason.BAD_REQUEST, "The text is missing.", f"{place}/text")
    if is_binary and data is None:
        raise wrong(Reason.BAD_REQUEST, "The data is missing.", f"{place}/data")
    if not is_binary and (data is not None or header is not None):
        raise wrong(Reason.BAD_REQUEST, "Only a binary message has data and a header.", f"{place}/data")
    return Content(text or "", kind, bytes.fromhex(data or ""), bytes.fromhex(header or ""))


# -- answers -----------------------------------------------------------------------------------------------------------


def numbers_of(request: SendMessages) -> list[str]:
    """Whom a request names, as it writes them, a number for each message."""
    if request.messages is not None:
        return [one.to for one in request.messages]
    return [request.to] if isinstance(request.to, str) else request.to or []


def sent(given: Sequence[str], answers: Sequence[Answer], currency: str) -> Sent | AllRefused:
    """What became of a request for the numbers `given`; nothing in it changes later, so that a repetition is answered
    with the same."""
    messages: list[SentMessage] = []
    accepted = parts = price = 0
    for number, answer in zip(given, answers, strict=True):
        if isinstance(answer, Refused):
            problem = problem_of(answer.reason)
            messages.append(SentMessage(number, "refused", problem=problem))
            continue
        message = answer.message
        accepted += 1
        parts += message.parts
        price += message.price
        messages.append(
            SentMessage(
                message.recipient,
                "scheduled" if message.due_at > message.accepted_at else "accepted",
                str(message.id),
                message.parts,
                show_price(message.price, DECIMALS),
            )
        )
    if accepted:
        return Sent(messages, accepted, len(messages) - accepted, parts, show_price(price, DECIMALS), currency)
    return _all_refused(messages)


def _all_refused(messages: Sequence[SentMessage]) -> AllRefused:
    """The gravest refusal speaks, ours before the customer's: what he should repeat must not look final."""
    problems = [one.problem for one in messages if isinstance(one.problem, Problem)]
    worst = max(problems, key=lambda problem: problem.status)
    return AllRefused(worst.type, worst.title, worst.status, worst.code, messages=tuple(messages))


def kept(refused: Sequence[Reason | None], ids: Sequence[MessageId]) -> tuple[int, ...]:
    """What is kept beside an idempotency key, per item: the id of an accepted one (None), a number not above zero for
    the reason of another."""
    following = iter(ids)
    return tuple(next(following) if reason is None else -TO_CODE.get(reason, 0) for reason in refused)


NOT_PAID: Final = -TO_CODE[Reason.NO_MONEY]
"""What is kept in the place of a message that the money was not there for any more."""


def decided(numbers: Sequence[int], answers: Sequence[Answer]) -> tuple[int, ...]:
    """`numbers` as `kept` made them, with the reasons of those that were refused since."""
    return tuple(
        -TO_CODE.get(answer.reason, 0) if isinstance(answer, Refused) else number
        for number, answer in zip(numbers, answers, strict=True)
    )


def answers_of(numbers: Sequence[int], messages: Sequence[Message]) -> list[Answer]:
    """The answers that were kept beside a key, of what is still there of the messages."""
    known = {message.id: message for message in messages}
    found: list[Answer] = []
    for number in numbers:
        message = known.get(number)
        if message is not None:
            found.append(Accepted(message, replayed=True))
        else:
            found.append(Refused(FROM_CODE.get(-number, Reason.INTERNAL) if number <= 0 else Reason.NOT_FOUND))
    return found
