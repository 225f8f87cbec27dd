"""The fixed words of SMS Club's interfaces: state keywords, reasons, error bodies (smsclub.md 2.3, 3.2, 3.3).

Both tables are total: a test walks every `State` and every `Reason`. Which of two answers a refusal becomes, an error
for the request or a line about one number, is said in the table too; when, in `smsclub_json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heliograph.model.message import State
from heliograph.model.refusal import Reason

STATES: Final[dict[State, str]] = {
    State.HELD: "ENROUTE",
    State.SCHEDULED: "ENROUTE",
    State.QUEUED: "ENROUTE",
    State.SENDING: "ENROUTE",
    State.IN_DOUBT: "ENROUTE",
    State.PAUSED: "ENROUTE",
    State.SENT: "ENROUTE",
    State.DELIVERED: "DELIVRD",
    State.READ: "DELIVRD",
    State.CLICKED: "DELIVRD",
    State.UNDELIVERABLE: "UNDELIV",
    State.EXPIRED: "EXPIRED",
    State.REJECTED: "REJECTD",
    State.CANCELLED: "REJECTD",
    State.UNKNOWN: "EXPIRED",
}
"""State → keyword (decisions.md 1, "Shown"). Clients index a fixed map of five and fail on a sixth."""

KEYWORDS: Final[dict[str, State | None]] = {
    "ENROUTE": None,
    "DELIVRD": State.DELIVERED,
    "EXPIRED": State.EXPIRED,
    "UNDELIV": State.UNDELIVERABLE,
    "REJECTD": State.REJECTED,
}
"""Keyword → state, for reading such a service's answers; None means still on its way, as in `model.receipt`."""

NAMES: Final[dict[int, str]] = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
    453: "Error",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""HTTP status → the member `name` of an error body (smsclub.md 3.2)."""

MESSAGES: Final[dict[int, str]] = {
    400: "The request is not valid.",
    401: "Your request was made with invalid credentials.",
    404: "Page not found.",
    429: "Rate limit exceeded.",
    453: "The same message was sent less than 2 minutes ago.",
    500: "An internal server error occurred.",
    503: "The service is temporarily unavailable.",
}
"""HTTP status → the member `message` where nothing better is known; a 5xx tells nothing about us."""

BAD_NUMBER: Final = "Некорректный номер получателя"
BLACK_LISTED: Final = "Данный номер находится в черном списке"
REPEATED: Final = "Повторная отправка сообщения в течение 2 минут"
NO_MONEY: Final = "Недостаточно средств на балансе"
UNKNOWN_ID: Final = "Некорректный id сообщения"
NOT_SENT: Final = "Сообщение не принято"
NOT_REACHABLE: Final = "Отправка на данный номер невозможна"
LATER: Final = "Сервис временно недоступен"


def wrong_parameter(field: str) -> str:
    """What `add_info` says of a wrong parameter when the account asked for that form."""
    return f"Некорректное значение параметра {field}"


@dataclass(frozen=True, slots=True)
class Wire:
    """How a refusal is said. `text` speaks of one number in `add_info`.

    `status` is the HTTP status that the request gets instead when nothing of it was accepted; 0: the refusal stays
    with its number. `field` is the parameter at fault and `message` the words of the error body, "" for the usual.
    """

    text: str
    status: int = 0
    field: str = ""
    message: str = ""


REASONS: Final[dict[Reason, Wire]] = {
    Reason.BAD_CREDENTIALS: Wire(NOT_SENT, 401),
    Reason.ADDRESS_NOT_ALLOWED: Wire(NOT_SENT, 401),
    Reason.ADDRESS_BLOCKED: Wire(NOT_SENT, 429),
    Reason.DOOR_CLOSED: Wire(NOT_SENT, 401),
    Reason.TOO_MANY_REQUESTS: Wire(LATER, 429),
    Reason.BAD_REQUEST: Wire(NOT_SENT, 400),
    Reason.BAD_SENDER: Wire(
        wrong_parameter("src_addr"), 400, "src_addr", "src_addr is not a sender name of the account."
    ),
    Reason.BAD_RECIPIENT: Wire(BAD_NUMBER),
    Reason.BAD_TEXT: Wire(wrong_parameter("message"), 400, "message", "message is not a text that can be sent."),
    Reason.BAD_TIME: Wire(wrong_parameter("lifetime"), 400, "lifetime", "lifetime is not a usable time."),
    Reason.TEXT_TOO_LONG: Wire(wrong_parameter("message"), 400, "message", "message is too long."),
    Reason.TOO_MANY_ITEMS: Wire(NOT_SENT, 400, "", "phone holds too many numbers."),
    Reason.STOP_LISTED: Wire(BLACK_LISTED),
    Reason.FORBIDDEN: Wire(NOT_REACHABLE),
    Reason.MASS_FORBIDDEN: Wire(NOT_REACHABLE),
    Reason.OUTSIDE_HOURS: Wire(NOT_REACHABLE),
    Reason.NO_TEMPLATE: Wire(NOT_REACHABLE),
    Reason.NUMBER_NOT_ALLOWED: Wire(NOT_REACHABLE),
    Reason.MESSAGE_LIMIT: Wire(NOT_REACHABLE),
    Reason.NUMBER_LIMIT: Wire(NOT_REACHABLE),
    Reason.DUPLICATE: Wire(REPEATED),
    Reason.KEY_REUSED: Wire(NOT_SENT, 400),
    Reason.NO_MONEY: Wire(NO_MONEY),
    Reason.NO_ROUTE: Wire(NOT_REACHABLE),
    Reason.NO_TARIFF: Wire(NOT_REACHABLE),
    Reason.UNSUPPORTED: Wire(NOT_SENT, 400),
    Reason.NOT_FOUND: Wire(NOT_SENT, 404),
    Reason.QUEUE_FULL: Wire(LATER, 503),
    Reason.BUSY: Wire(LATER, 503),
    Reason.INTERNAL: Wire(NOT_SENT, 500),
}
"""Reason → its words. Money and duplicates have rules for the whole list besides (smsclub.md 3.3)."""
