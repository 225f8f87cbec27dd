"""Our own tongue, `/v1`: its words for states and refusals, and how everything that went wrong is said (RFC 9457).

One list of problems for the whole interface: an error of a request and the refusal of one item are the same object. The
`code` is what programs look at and never changes; sentences are for people. Nothing said here speaks of us.
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from heliograph.model.message import State
from heliograph.model.refusal import Reason

NAME: Final = "native"
"""`Submission.dialect` of everything that comes in by this tongue."""

PAGE: Final = "/v1/docs"
"""Where people read about a problem: its `type` is a place on this page."""

STATES: Final[dict[State, str]] = {
    State.HELD: "held",
    State.SCHEDULED: "scheduled",
    State.QUEUED: "queued",
    State.SENDING: "sent",
    State.IN_DOUBT: "in_doubt",
    State.PAUSED: "paused",
    State.SENT: "sent",
    State.DELIVERED: "delivered",
    State.READ: "read",
    State.CLICKED: "clicked",
    State.UNDELIVERABLE: "undeliverable",
    State.EXPIRED: "expired",
    State.REJECTED: "rejected",
    State.CANCELLED: "cancelled",
    State.UNKNOWN: "unknown",
}
"""State → word, as in docs/webhooks.md. What is being handed over and what was is one word: the row does not tell them
apart (decisions.md 6)."""


class Wording(NamedTuple):
    """How a problem is said when nothing better is known."""

    status: int
    title: str


NOT_ALLOWED: Final = "method_not_allowed"
TOO_LARGE: Final = "body_too_large"
NOT_READABLE: Final = "not_readable"
READ_ONLY: Final = "read_only_token"
CONFLICT: Final = "conflict"

REASONS: Final[dict[Reason, Wording]] = {
    Reason.BAD_CREDENTIALS: Wording(401, "The token is missing or not valid."),
    Reason.ADDRESS_NOT_ALLOWED: Wording(401, "The token is missing or not valid."),
    Reason.ADDRESS_BLOCKED: Wording(429, "Too many failed attempts came from this address."),
    Reason.DOOR_CLOSED: Wording(401, "The token is missing or not valid."),
    Reason.TOO_MANY_REQUESTS: Wording(429, "Too many requests, or faster than the account may send."),
    Reason.BAD_REQUEST: Wording(422, "The request is not valid."),
    Reason.BAD_SENDER: Wording(422, "The sender is not a name of the account."),
    Reason.BAD_RECIPIENT: Wording(422, "The recipient is not an international phone number."),
    Reason.BAD_TEXT: Wording(422, "The text cannot be sent."),
    Reason.BAD_TIME: Wording(422, "The time is not usable."),
    Reason.TEXT_TOO_LONG: Wording(422, "The text is too long."),
    Reason.TOO_MANY_ITEMS: Wording(422, "The request holds too many items."),
    Reason.STOP_LISTED: Wording(422, "The number is on a stop list."),
    Reason.FORBIDDEN: Wording(422, "Messages to this number are not allowed."),
    Reason.MASS_FORBIDDEN: Wording(422, "The account may not send to so many at once."),
    Reason.OUTSIDE_HOURS: Wording(422, "The account may not send at this hour."),
    Reason.NO_TEMPLATE: Wording(422, "The text fits no template that the recipient's operator admitted."),
    Reason.NUMBER_NOT_ALLOWED: Wording(422, "The account may not send to this number."),
    Reason.MESSAGE_LIMIT: Wording(422, "The account has sent as many messages today as it may."),
    Reason.NUMBER_LIMIT: Wording(422, "This number was sent as many messages today as it may get."),
    Reason.DUPLICATE: Wording(409, "The same message was accepted a moment ago."),
    Reason.KEY_REUSED: Wording(409, "The idempotency key was used for another request."),
    Reason.NO_MONEY: Wording(402, "The balance does not reach."),
    Reason.NO_ROUTE: Wording(422, "No route leads to this number."),
    Reason.NO_TARIFF: Wording(422, "There is no price for this number."),
    Reason.UNSUPPORTED: Wording(422, "This is not supported."),
    Reason.NOT_FOUND: Wording(404, "There is no such thing."),
    Reason.QUEUE_FULL: Wording(503, "Too much is waiting; try again later."),
    Reason.BUSY: Wording(503, "The gateway cannot take this now; try again later."),
    Reason.INTERNAL: Wording(500, "The gateway has a fault."),
}
"""Why something is refused → status and words. A test walks every `Reason`."""

OTHERS: Final[dict[str, Wording]] = {
    NOT_READABLE: Wording(400, "The body cannot be read."),
    READ_ONLY: Wording(403, "The token may not do this."),
    NOT_ALLOWED: Wording(405, "The method is not allowed here."),
    CONFLICT: Wording(409, "It stands against something that is there already."),
    TOO_LARGE: Wording(413, "The body is too large."),
}
"""Problems that only this interface has."""

WORDINGS: Final[dict[str, Wording]] = OTHERS | {reason.value: wording for reason, wording in REASONS.items()}
"""Every `code` with its status and its words."""

FROM_CODE: Final[dict[int, Reason]] = {
    0: Reason.INTERNAL,
    1: Reason.BAD_SENDER,
    2: Reason.BAD_RECIPIENT,
    3: Reason.BAD_TEXT,
    4: Reason.BAD_TIME,
    5: Reason.TEXT_TOO_LONG,
    6: Reason.STOP_LISTED,
    7: Reason.FORBIDDEN,
    8: Reason.MASS_FORBIDDEN,
    9: Reason.OUTSIDE_HOURS,
    10: Reason.NUMBER_NOT_ALLOWED,
    11: Reason.MESSAGE_LIMIT,
    12: Reason.NUMBER_LIMIT,
    13: Reason.DUPLICATE,
    14: Reason.NO_MONEY,
    15: Reason.NO_ROUTE,
    16: Reason.NO_TARIFF,
    17: Reason.UNSUPPORTED,
    18: Reason.QUEUE_FULL,
    19: Reason.TOO_MANY_REQUESTS,
    20: Reason.BUSY,
    21: Reason.BAD_REQUEST,
    22: Reason.TOO_MANY_ITEMS,
    23: Reason.DOOR_CLOSED,
    24: Reason.BAD_CREDENTIALS,
    25: Reason.NO_TEMPLATE,
}
"""How the refusal of an item is kept beside an idempotency key, as a number below zero. Stored: never renumber,
only add."""

TO_CODE: Final[dict[Reason, int]] = {reason: number for number, reason in FROM_CODE.items()}


class FieldProblem(Struct, frozen=True):
    """What is wrong with one field."""

    field: Annotated[str, Meta(description="The field as a JSON pointer (`/messages/3/to`), or a parameter's name.")]
    detail: Annotated[str, Meta(description="What is wrong with it.")]


class Problem(Struct, frozen=True):
    """What went wrong (RFC 9457). Programs look at `code`; it never changes its meaning."""

    type: Annotated[str, Meta(description="Where to read about it.")]
    title: Annotated[str, Meta(description="The problem in a sentence.")]
    status: Annotated[int, Meta(description="The HTTP status, or the one it would have alone.", ge=400, le=599)]
    code: Annotated[str, Meta(description="The problem in a word.")]
    detail: Annotated[str | UnsetType, Meta(description="More about this very case.")] = UNSET
    errors: Annotated[tuple[FieldProblem, ...] | UnsetType, Meta(description="Which fields are wrong.")] = UNSET


class Wrong(Exception):
    """The request is answered with a problem, and nothing of it is done."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def problem_of(code: str | Reason, detail: str = "", *fields: FieldProblem) -> Problem:
    """The problem of a code."""
    word = str(code)
    status, title = WORDINGS[word]
    return Problem(f"{PAGE}#{word}", title, status, word, detail or UNSET, fields or UNSET)


def wrong(code: str | Reason, detail: str = "", field: str = "") -> Wrong:
    """The same as an exception, with the field that is at fault."""
    if not field:
        return Wrong(problem_of(code, detail))
    return Wrong(problem_of(code, "", FieldProblem(field, detail or WORDINGS[str(code)].title)))
