"""Why a customer's item is not accepted: a closed list of reasons that every dialect translates totally.

A test proves that each dialect's map names every `Reason`; adding one here makes that test red until each tongue has
a word for it. Reasons speak of the customer's fault or of our state, never of a provider's codes.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from heliograph.model.message import Message


class Reason(enum.StrEnum):
    """The closed list."""

    BAD_CREDENTIALS = "bad_credentials"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    ADDRESS_BLOCKED = "address_blocked"
    DOOR_CLOSED = "door_closed"
    TOO_MANY_REQUESTS = "too_many_requests"
    BAD_REQUEST = "bad_request"
    BAD_SENDER = "bad_sender"
    BAD_RECIPIENT = "bad_recipient"
    BAD_TEXT = "bad_text"
    BAD_TIME = "bad_time"
    TEXT_TOO_LONG = "text_too_long"
    TOO_MANY_ITEMS = "too_many_items"
    STOP_LISTED = "stop_listed"
    FORBIDDEN = "forbidden"
    MASS_FORBIDDEN = "mass_forbidden"
    OUTSIDE_HOURS = "outside_hours"
    NO_TEMPLATE = "no_template"
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    MESSAGE_LIMIT = "message_limit"
    NUMBER_LIMIT = "number_limit"
    DUPLICATE = "duplicate"
    KEY_REUSED = "key_reused"
    NO_MONEY = "no_money"
    NO_ROUTE = "no_route"
    NO_TARIFF = "no_tariff"
    UNSUPPORTED = "unsupported"
    NOT_FOUND = "not_found"
    QUEUE_FULL = "queue_full"
    BUSY = "busy"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Refused:
    """An item that leaves nothing behind; `field` names the wrong field in our words, `detail` is for the trace.

    With `Submission.keep_refused` the refusal is a stored REJECTED message, then `message` holds it.
    """

    reason: Reason
    detail: str = ""
    field: str = ""
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """An item that is durable: the group that holds its message is committed.

    `replayed` is True when an idempotency key answered with the message of an earlier request.
    """

    message: Message
    replayed: bool = False


Answer = Accepted | Refused
