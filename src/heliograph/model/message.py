"""The message: what a customer asked for, what we keep of it, and the states it may pass through.

`Submission` is a request before it is ours; `Message` is a promise after it is. `MOVES` is the one table of legal
state changes (docs/states.md is drawn from it); nothing else decides what may follow what. This module never asks
who sends a message or how: it holds no I/O, no clock and no rule of any provider.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MessageId = int
"""Positive, from one counter, below 2**53; a message of n parts owns n consecutive ids and is named by the first."""

FIRST_MESSAGE_ID = 100_000_001
"""Nine digits, so that clients of both providers take it for an id of theirs (smsclub.md 2.2)."""


class State(enum.IntEnum):
    """Where a message stands. The numbers are stored: never renumber, only add."""

    HELD = 1
    SCHEDULED = 2
    QUEUED = 3
    SENDING = 4
    IN_DOUBT = 5
    PAUSED = 6
    SENT = 7
    DELIVERED = 8
    READ = 9
    CLICKED = 10
    UNDELIVERABLE = 11
    EXPIRED = 12
    REJECTED = 13
    CANCELLED = 14
    UNKNOWN = 15


_S = State

NEW: frozenset[State] = frozenset({_S.HELD, _S.SCHEDULED, _S.QUEUED, _S.SENDING, _S.REJECTED})
"""The states a message may be born in."""

MOVES: dict[State, frozenset[State]] = {
    _S.HELD: frozenset({_S.SCHEDULED, _S.QUEUED, _S.CANCELLED, _S.REJECTED, _S.UNDELIVERABLE}),
    _S.SCHEDULED: frozenset({_S.QUEUED, _S.PAUSED, _S.CANCELLED, _S.EXPIRED, _S.REJECTED}),
    _S.PAUSED: frozenset({_S.SCHEDULED, _S.QUEUED, _S.CANCELLED, _S.EXPIRED}),
    _S.QUEUED: frozenset({_S.SENDING, _S.PAUSED, _S.CANCELLED, _S.EXPIRED, _S.REJECTED}),
    _S.SENDING: frozenset({_S.SENT, _S.QUEUED, _S.REJECTED, _S.IN_DOUBT}),
    _S.IN_DOUBT: frozenset({_S.SENT, _S.DELIVERED, _S.UNDELIVERABLE, _S.EXPIRED, _S.QUEUED, _S.UNKNOWN}),
    _S.SENT: frozenset({_S.DELIVERED, _S.UNDELIVERABLE, _S.EXPIRED, _S.UNKNOWN, _S.QUEUED}),
    _S.UNKNOWN: frozenset({_S.DELIVERED, _S.UNDELIVERABLE, _S.EXPIRED}),
    _S.DELIVERED: frozenset({_S.READ, _S.CLICKED}),
    _S.READ: frozenset({_S.CLICKED}),
    _S.CLICKED: frozenset(),
    _S.UNDELIVERABLE: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""Every legal move (decisions.md 1; for HELD → SCHEDULED and HELD → CANCELLED see docs/decisions/0009). SENT → QUEUED
only by a fail-over policy; UNKNOWN is our own guess, so a late receipt beats it."""

FINAL: frozenset[State] = frozenset(
    {_S.DELIVERED, _S.READ, _S.CLICKED, _S.UNDELIVERABLE, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.UNKNOWN}
)
"""States a customer may take as the end."""

WAITING: frozenset[State] = frozenset({_S.HELD, _S.SCHEDULED, _S.QUEUED, _S.PAUSED})
"""States in which certainly nothing has left the house."""

UPSTREAM: frozenset[State] = frozenset({_S.SENDING, _S.SENT, _S.IN_DOUBT})
"""States in which a carrier has, or may have, the message."""


def may_move(old: State | None, new: State) -> bool:
    """Tell whether `old` → `new` is legal; `old` None means the message is being born."""
    return new in NEW if old is None else new in MOVES[old]


class Priority(enum.IntEnum):
    """The lane a message waits in; the lower goes first (decisions.md 5)."""

    URGENT = 0
    NORMAL = 1
    BULK = 2


class Kind(enum.IntEnum):
    """What sort of short message the content is."""

    TEXT = 0
    FLASH = 1
    BINARY = 2
    WAP_PUSH = 3
    HLR = 4
    PING = 5


@dataclass(slots=True, unsafe_hash=True)
class Content:
    """What is to be delivered. Never changed once it is made; not frozen, for there is one for each message, and
    that would make it four times as dear.

    `text` is Unicode without lone surrogates; `data` is the user data of binary kinds; `udh` a header of the customer's
    own, with its length octet. `coding` is the SMPP data_coding the customer fixed, or None to let the channel choose
    the cheapest; `pid` the protocol_id he fixed. `written` is the data_coding of the octets he wrote the text in, where
    they say more than `coding` (below 128; 0 = they do not). `segments` are the parts as he cut them himself, each with
    its header (a 0 where there is none) before its octets: then `coding` is what they are in, and `text` is only for
    who looks at it. `parameters` are optional parameters of SMPP, tag and value, that a carrier by SMPP is given as the
    customer set them.
    """

    text: str = ""
    kind: Kind = Kind.TEXT
    data: bytes = b""
    udh: bytes = b""
    coding: int | None = None
    pid: int | None = None
    segments: tuple[bytes, ...] = ()
    parameters: tuple[tuple[int, bytes], ...] = ()
    written: int = 0


class PartOf(NamedTuple):
    """Which part of a longer message a submission is, by its customer's own header.

    `reference` has its width before: "8:17", "16:4711". Parts of one message have it, `total` (2 to 255)
    and both addresses in common. `number` is 1 to `total`. `duplicate_window_s` is the dialect's duplicate rule, for
    the whole.
    """

    reference: str
    total: int
    number: int
    duplicate_window_s: int = 0


class OwnPart(NamedTuple):
    """A part that had an id of its own before the message was whole.

    `shown_id` is the id its customer was answered where that is another, `target` who asked for a receipt of it;
    "" = none, nobody.
    """

    id: MessageId
    accepted_at: int
    shown_id: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """What an HLR query found out of a subscriber; "" where it is not known or does not apply.

    `mcc` and `mnc` keep their leading zeros. The roaming pair is set only in a foreign network.
    """

    imsi: str = ""
    msc: str = ""
    mcc: str = ""
    mnc: str = ""
    country: str = ""
    operator: str = ""
    roaming_country: str = ""
    roaming_operator: str = ""


@dataclass(slots=True)
class Submission:
    """One recipient's worth of a customer's request, as a dialect understood it; nothing is promised yet.

    `recipient` is the normalised MSISDN (digits, international) or "" when the dialect found the number wrong;
    `recipient_given` is what the customer wrote. `validity_s` counts from the due time; None means the default.
    `peer` is the caller's address, or `192.0.2.1 for 203.0.113.9` where he named the end user he asks for.
    `due_at` is ms since the epoch, None = now. `keep_refused` makes a refusal a stored REJECTED message with an id
    (decisions.md 4). `duplicate_window_s` > 0 asks for the dialect's duplicate rule. `batch` is the number of
    recipients of the request (more than 100 is bulk): so many submissions, or what is left of the call, are one
    request. `shown_id` is the id the customer chose, "" for that of the request's first message, None for our own
    (decisions.md 3); `comment` is a note of his that is kept, never sent. `campaign` is the mailing it belongs to, 0 =
    none. `part` says that it is a part of a longer message, whose others come as submissions of their own. `is_test`:
    nothing leaves and nothing is paid, as for an account in test mode.
    """

    account_id: int
    door: str
    dialect: str
    sender: str
    recipient: str
    recipient_given: str
    content: Content
    channel: str = "sms"
    peer: str = ""
    validity_s: int | None = None
    due_at: int | None = None
    priority: Priority | None = None
    batch: int = 1
    integration_id: int | None = None
    shown_id: str | None = None
    keep_refused: bool = False
    duplicate_window_s: int = 0
    idempotency_key: str | None = None
    receipt_target: str | None = None
    comment: str = ""
    campaign: int = 0
    part: PartOf | None = None
    is_test: bool = False


@dataclass(slots=True, eq=False, weakref_slot=True)
class Message:
    """A message we own: one row of the store, one object in memory while it moves.

    Times are ms since the epoch, UTC. `price` is for all parts, in 10⁻⁶ of the purse's currency, and frozen; `refunded`
    is what was given back of it. `targets` says where its notices go, decided at intake (`endpoint:<id>`,
    `smpp:<system_id>`, `handler`). `next_try_at` 0 means fresh or due; while a carrier
    has it, when it goes another way for want of a receipt (0 = never). `error` is the network or gateway error code, 0
    for none (`core.errors`). `maybe_twice` marks a message resent out of doubt. `node` and `epoch` name the owner
    (decisions.md 8). `shown_id` is the id its customer knows it by where that is not ours; `campaign` is the mailing it
    belongs to, 0 = none; `template` the kind of operator's template its text is (`model.templates.TemplateKind`), 0 =
    none; `hidden` means he deleted it from his sight; `network` is the result of an HLR query. `coding` is SMPP's
    data_coding it was counted in, with the languages of its national tables above: `locking` in bits 8 to 15, `single`
    in 16 to 23 (0 = default), so that it is sent as it was counted whatever is allowed later; bits 24 to 30 are
    `Content.written`, which has no column of its own. `part` says which part of a longer message this row is, until it
    is joined; `own_parts` are the parts it was joined of, in order, which keep their ids. `sender_asked` is the name
    that was asked for where the network shows another, "" where it is `sender`. `replaced_at` is when its customer gave
    it another text, 0 = never. In the store SENT is not written: a SENDING row with an accepted attempt is SENT, which
    saves one row write per message (decisions.md 6).
    """

    id: MessageId
    account_id: int
    channel: str
    sender: str
    recipient: str
    recipient_given: str
    content: Content
    coding: int
    parts: int
    state: State
    priority: Priority
    door: str
    dialect: str
    peer: str
    request_id: MessageId
    accepted_at: int
    due_at: int
    expires_at: int
    connector: str
    route_id: str
    tariff_line: str
    purse: int
    price: int
    revision: int
    targets: tuple[str, ...] = ()
    integration_id: int | None = None
    shown_id: str | None = None
    operator: str = ""
    tries: int = 0
    next_try_at: int = 0
    error: int = 0
    final_at: int = 0
    refunded: int = 0
    maybe_twice: bool = False
    node: int = 0
    epoch: int = 0
    refusal: str = ""
    comment: str = ""
    network: Network | None = None
    hidden: bool = False
    campaign: int = 0
    template: int = 0
    part: PartOf | None = None
    own_parts: tuple[OwnPart, ...] = ()
    sender_asked: str = ""
    replaced_at: int = 0
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """True once a customer may take the state as the end."""
        return self.state in FINAL

    @property
    def part_ids(self) -> Sequence[MessageId]:
        """The ids of its parts, part 1 first: those each had when it came alone, else as many as follow its own."""
        if self.own_parts:
            return [part.id for part in self.own_parts]
        return range(self.id, self.id + self.parts)


class AttemptState(enum.IntEnum):
    """What became of one hand-over of one part. Stored: never renumber."""

    OPEN = 1
    """On its way: handed to the connector, not answered (memory only)."""
    TAKEN = 2
    """The carrier accepted it; a receipt may come."""
    FAILED = 3
    """The carrier refused it, or could not be reached."""
    IN_DOUBT = 4
    """Written to the carrier, no answer known."""
    DELIVERED = 5
    UNDELIVERABLE = 6
    EXPIRED = 7
    SILENT = 8
    """Taken, but no receipt came in the time its route allows: the message goes another way. One that comes counts."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One try to hand parts `part_first`…`part_last` (1-based) of a message to a connector.

    Upstream ids belong to attempts, never to messages (decisions.md 2). Keyed in the store by
    (message id, part_first, try_no). `error` as in `Message`; `detail` is the carrier's own word for it.
    """

    message: Message
    part_first: int
    part_last: int
    try_no: int
    connector: str
    state: AttemptState = AttemptState.OPEN
    upstream_id: str = ""
    sent_at: int = 0
    answered_at: int = 0
    receipt_at: int = 0
    error: int = 0
    detail: str = ""
