"""What comes back: receipts of carriers, incoming messages, and the notices that carry both home."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from heliograph.model.message import Message, MessageId, Network, State


@dataclass(slots=True)
class Receipt:
    """A carrier's word on one attempt (DLR). `state` None means it is still on its way (ENROUTE, ACCEPTD).

    `done_at` is the carrier's time of it (ms), 0 if it gave none. `recipient` is the number it speaks of, "" if
    unknown: a reused upstream id matches the newest attempt to that number. `detail` is the carrier's own word.
    `network` is what it tells of the subscriber, with the answer to an HLR query.
    """

    connector: str
    upstream_id: str
    state: State | None
    error: int = 0
    received_at: int = 0
    done_at: int = 0
    recipient: str = ""
    detail: str = ""
    network: Network | None = None


class ReceiptFate(enum.IntEnum):
    """Why a receipt has a row of its own (most have none, decisions.md 6). Stored: never renumber."""

    PARKED = 1
    """Matches nothing yet."""
    MATCHED = 2
    """Was parked, has found its attempt."""
    REPEATED = 3
    """Said what was known."""
    CONTRADICTED = 4
    """Came after a final state and said another."""
    INTERMEDIATE = 5
    """Said that it is still on its way."""


@dataclass(slots=True)
class KeptReceipt:
    """A receipt with a row of its own; `message_id` 0 while it is parked."""

    id: int
    receipt: Receipt
    fate: ReceiptFate
    message_id: MessageId = 0
    part: int = 0


@dataclass(slots=True)
class Incoming:
    """A message from a handset (MO), or with `is_call` a call that needed no answer. `account_id` 0 is the operator's
    inbox; `answers` is the message it replies to.

    `id` comes from the counter of events. `sender` is the handset, `recipient` the number it texted or called.
    `sent_at` is the carrier's time, 0 if unknown. `missing` counts the parts of a longer text that never came: where
    they would stand the text has `[…]`. `parameters` are optional parameters of SMPP, tag and value, that the carrier
    set and a customer by SMPP is given as they are.
    """

    id: int
    connector: str
    sender: str
    recipient: str
    text: str
    received_at: int
    sent_at: int = 0
    data: bytes = b""
    account_id: int = 0
    answers: MessageId = 0
    upstream_id: str = ""
    is_call: bool = False
    missing: int = 0
    parameters: tuple[tuple[int, bytes], ...] = ()


@dataclass(slots=True)
class IncomingPart:
    """One part of a longer message from a handset, kept until the others are there.

    `reference` is the handset's, with the kind of it before: "8:17", "16:4711", "sar:17"; parts of one message have
    it, the total and both addresses in common. `number` is 1 to `total`, up to 255. `header` holds the header elements
    (national tables), `octets` what follows them, septets unpacked, in the scheme `data_coding`.
    """

    id: int
    connector: str
    sender: str
    recipient: str
    reference: str
    total: int
    number: int
    received_at: int
    data_coding: int
    header: bytes
    octets: bytes


INTERMEDIATE: Final = "?intermediate"
"""Ends a target that is told, too, what a carrier says of a message that is still on its way."""

Heard = Receipt | Incoming | IncomingPart
"""What a carrier can tell."""


class NoticeState(enum.IntEnum):
    """Where a notice stands. Stored: never renumber."""

    WAITING = 1
    DELIVERED = 2
    GIVEN_UP = 3


@dataclass(slots=True, eq=False)
class Notice:
    """One event on its way to one target; `event_id` never changes over retries and restarts.

    A status notice carries `message`, `state` and `error` as they were at the event; an incoming one `incoming`.
    `part` is 0 for the whole message. `answer` is the target's last word, for the trace (status line or error kind);
    `carriers_word` is what a carrier said of the end in its own words, "" for nothing.
    """

    id: int
    account_id: int
    target: str
    created_at: int
    message: Message | None = None
    incoming: Incoming | None = None
    state: State | None = None
    error: int = 0
    part: int = 0
    progress: NoticeState = NoticeState.WAITING
    tries: int = 0
    next_try_at: int = 0
    answer: str = ""
    settled_at: int = 0
    carriers_word: str = ""

    @property
    def event_id(self) -> str:
        """What the receiver may use to drop repeats."""
        return f"evt_{self.id}"


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """What became of one try to deliver a notice. `final` stops retrying whether `delivered` or not."""

    delivered: bool
    final: bool
    answer: str
