"""The fixed words and numbers of SMSC's interfaces that speak of a message: status, error, type, flag, time.

`status.php`, the callbacks, the history and the other tongues of that provider show a message by them
(smsc-messages.md 3.5, 3.6, 10.2). The tables are total: tests walk every `State` and every `Reason`. Money and zones
come in as values: nothing here knows what an account is.
"""

from __future__ import annotations

from typing import Final

from heliograph.channels.sms.numbering import Operator
from heliograph.model.message import FINAL, Message, Network, State
from heliograph.model.money import Micro, show_price
from heliograph.model.refusal import Reason

NOT_FOUND: Final = -3
STOPPED: Final = -2
WAITING: Final = -1
HANDED_OVER: Final = 0
DELIVERED: Final = 1
READ: Final = 2
EXPIRED: Final = 3
CLICKED: Final = 4
UNDELIVERABLE: Final = 20
WRONG_NUMBER: Final = 22
FORBIDDEN: Final = 23
NO_MONEY: Final = 24
UNREACHABLE: Final = 25

NO_STATUS: Final = 245
REJECTED_BY_OPERATOR: Final = 255

STATES: Final[dict[State, int]] = {
    State.HELD: WAITING,
    State.SCHEDULED: WAITING,
    State.QUEUED: WAITING,
    State.SENDING: HANDED_OVER,
    State.IN_DOUBT: HANDED_OVER,
    State.PAUSED: STOPPED,
    State.SENT: HANDED_OVER,
    State.DELIVERED: DELIVERED,
    State.READ: READ,
    State.CLICKED: CLICKED,
    State.UNDELIVERABLE: UNDELIVERABLE,
    State.EXPIRED: EXPIRED,
    State.REJECTED: UNDELIVERABLE,
    State.CANCELLED: STOPPED,
    State.UNKNOWN: UNDELIVERABLE,
}
"""State → status (decisions.md 1, "Shown"). A REJECTED message is looked at more closely: `status_of`."""

CODES: Final[dict[int, State | None]] = {
    STOPPED: None,
    WAITING: None,
    HANDED_OVER: None,
    DELIVERED: State.DELIVERED,
    READ: State.READ,
    EXPIRED: State.EXPIRED,
    CLICKED: State.CLICKED,
    UNDELIVERABLE: State.UNDELIVERABLE,
    WRONG_NUMBER: State.REJECTED,
    FORBIDDEN: State.REJECTED,
    NO_MONEY: State.REJECTED,
    UNREACHABLE: State.UNDELIVERABLE,
}
"""Status → state, for reading such a service's answers; None means still on its way, as in `model.receipt`."""

REFUSED: Final[dict[Reason, int]] = {
    Reason.BAD_CREDENTIALS: FORBIDDEN,
    Reason.ADDRESS_NOT_ALLOWED: FORBIDDEN,
    Reason.ADDRESS_BLOCKED: FORBIDDEN,
    Reason.DOOR_CLOSED: FORBIDDEN,
    Reason.TOO_MANY_REQUESTS: FORBIDDEN,
    Reason.BAD_REQUEST: UNDELIVERABLE,
    Reason.BAD_SENDER: FORBIDDEN,
    Reason.BAD_RECIPIENT: WRONG_NUMBER,
    Reason.BAD_TEXT: FORBIDDEN,
    Reason.BAD_TIME: UNDELIVERABLE,
    Reason.TEXT_TOO_LONG: FORBIDDEN,
    Reason.TOO_MANY_ITEMS: UNDELIVERABLE,
    Reason.STOP_LISTED: FORBIDDEN,
    Reason.FORBIDDEN: FORBIDDEN,
    Reason.MASS_FORBIDDEN: FORBIDDEN,
    Reason.OUTSIDE_HOURS: FORBIDDEN,
    Reason.NO_TEMPLATE: FORBIDDEN,
    Reason.NUMBER_NOT_ALLOWED: FORBIDDEN,
    Reason.MESSAGE_LIMIT: FORBIDDEN,
    Reason.NUMBER_LIMIT: FORBIDDEN,
    Reason.DUPLICATE: FORBIDDEN,
    Reason.KEY_REUSED: UNDELIVERABLE,
    Reason.NO_MONEY: NO_MONEY,
    Reason.NO_ROUTE: UNREACHABLE,
    Reason.NO_TARIFF: UNREACHABLE,
    Reason.UNSUPPORTED: UNREACHABLE,
    Reason.NOT_FOUND: UNDELIVERABLE,
    Reason.QUEUE_FULL: UNDELIVERABLE,
    Reason.BUSY: UNDELIVERABLE,
    Reason.INTERNAL: UNDELIVERABLE,
}
"""Why a message was refused → its status, for refusals that keep an id (smsc-messages.md 2.10)."""

_REJECTED: Final[dict[int, int]] = {
    11: UNREACHABLE,
    238: FORBIDDEN,
    239: FORBIDDEN,
    243: NO_MONEY,
    244: FORBIDDEN,
    246: FORBIDDEN,
    247: FORBIDDEN,
    248: UNREACHABLE,
    249: WRONG_NUMBER,
    250: FORBIDDEN,
    251: FORBIDDEN,
    252: FORBIDDEN,
    253: FORBIDDEN,
    254: FORBIDDEN,
}
"""Error → status of a message that a carrier refused; any other error is a failed delivery."""

ERRORS: Final = frozenset({0, 1, 6, 11, 12, 13, 21, 200, 219, 220, *range(237, 256)})
"""The delivery error numbers there are (smsc-messages.md 3.6); no other is ever shown."""

LANGUAGES: Final = ("ru", "uk", "en")
"""Languages of `status_name`; the first is the usual one (smsc-messages.md 11)."""

NAMES: Final[dict[int, tuple[str, str, str]]] = {
    NOT_FOUND: ("Сообщение не найдено", "Повідомлення не знайдено", "Message not found"),
    STOPPED: ("Остановлено", "Зупинено", "Stopped"),
    WAITING: ("Ожидает отправки", "Очікує відправлення", "Waiting to be sent"),
    HANDED_OVER: ("Передано оператору", "Передано оператору", "Handed to the operator"),
    DELIVERED: ("Доставлено", "Доставлено", "Delivered"),
    READ: ("Прочитано", "Прочитано", "Read"),
    EXPIRED: ("Просрочено", "Прострочено", "Expired"),
    CLICKED: ("Нажата ссылка", "Відкрито посилання", "Link opened"),
    UNDELIVERABLE: ("Невозможно доставить", "Неможливо доставити", "Cannot be delivered"),
    WRONG_NUMBER: ("Неверный номер", "Неправильний номер", "Wrong number"),
    FORBIDDEN: ("Запрещено", "Заборонено", "Forbidden"),
    NO_MONEY: ("Недостаточно средств", "Недостатньо коштів", "Not enough money"),
    UNREACHABLE: ("Недоступный номер", "Недоступний номер", "Unreachable number"),
}
"""Status → its name in each of `LANGUAGES`. The Russian ones are the original's and clients compare them."""

TYPES: Final[dict[str, int]] = {
    "mms": 6,
    "call": 7,
    "mail": 8,
    "viber": 10,
    "whatsapp": 11,
    "soc": 12,
    "telegram": 13,
    "telegram_bot": 14,
}
"""Channel → type, where it is not a short message: that has the number of its `Kind` (smsc-messages.md 3.2)."""

QUERY_FIELDS: Final = ("imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet")
"""What the fields of a `Network` are called, in its order (smsc-messages.md 3.3, 10.2)."""

MOST_ID_DIGITS: Final = 15
"""An id of more digits is no number that every JSON reader keeps exactly."""

PAID_FROM_SECOND: Final = 1 << 5
IS_TEMPLATE: Final = 1 << 8
"""Bit of `flag`: paid from the second balance."""


def status_of(message: Message) -> int:
    """The status of a message."""
    if message.state is not State.REJECTED:
        return STATES[message.state]
    if message.refusal:
        return refused_status(Reason(message.refusal))
    return _REJECTED.get(message.error, UNDELIVERABLE)


def status_at(state: State, error: int) -> int:
    """The status of an event that says `state` and `error`, when all that was refused was refused by a carrier."""
    return _REJECTED.get(error, UNDELIVERABLE) if state is State.REJECTED else STATES[state]


def refused_status(reason: Reason) -> int:
    """The status of a message refused for `reason`, also before it has an id (`err=1`, `op=1`)."""
    return REFUSED[reason]


def error_of(message: Message) -> int:
    """The delivery error of a message, 0 for none."""
    return error_at(message.state, message.error)


def error_at(state: State, error: int) -> int:
    """The delivery error of an event that says `state` and `error`: one of `ERRORS`."""
    if state is State.UNKNOWN:
        return NO_STATUS
    return error if error in ERRORS else REJECTED_BY_OPERATOR


def status_name(status: int, language: str) -> str:
    """The name of a status; a language that has none gets the first of `LANGUAGES`."""
    names = NAMES[status]
    return names[LANGUAGES.index(language)] if language in LANGUAGES else names[0]


def type_of(message: Message) -> int:
    """The number of a message's type."""
    return TYPES.get(message.channel, int(message.content.kind))


def flag_of(message: Message, *, second_balance: bool) -> int:
    """The two-byte `flag`: type in bits 0–3; bit 5 if it was paid from the second balance; bit 8 if its text is an
    operator's template, then bits 9 and 10 for what kind."""
    template = IS_TEMPLATE | (message.template - 1) << 9 if message.template else 0
    return type_of(message) | (PAID_FROM_SECOND if second_balance else 0) | template


def shown_id(message: Message) -> str:
    """The id a client knows a message by: its own, or that of the request's first message (decisions.md 3)."""
    return message.shown_id or str(message.id)


def json_id(shown: str) -> int | str:
    """An id as JSON has it: a number where it is one, else a string (smsc-messages.md 1.10)."""
    is_number = shown.isascii() and shown.isdigit() and shown[0] != "0" and len(shown) <= MOST_ID_DIGITS
    return int(shown) if is_number else shown


def query_result(message: Message, place: Operator | None) -> Network:
    """What an HLR query found; where nobody could say, once it is over, what the numbering plan knows (2.16)."""
    if message.network is not None:
        return message.network
    if place is None or message.state not in FINAL:
        return Network()
    return Network(mcc=place.mcc, mnc=place.mnc, country=place.country, operator=place.operator)


def show_money(amount: Micro) -> str:
    """An amount as this provider writes it: two decimals, half up."""
    return show_price(amount, 2)


def show_time(at: int, offset_s: int) -> str:
    """`DD.MM.YYYY hh:mm:ss` of a moment (ms since the epoch) in a zone that far east of UTC."""
    year, month, day, clock = _calendar(at, offset_s)
    return f"{day:02}.{month:02}.{year:04} {clock}"


def show_short_time(at: int, offset_s: int) -> str:
    """`DD.MM.YY hh:mm:ss`, as the callbacks write it (smsc-messages.md 10.2)."""
    year, month, day, clock = _calendar(at, offset_s)
    return f"{day:02}.{month:02}.{year % 100:02} {clock}"


def _calendar(at: int, offset_s: int) -> tuple[int, int, int, str]:
    """Year, month, day and `hh:mm:ss`, by the Gregorian calendar's cycle of 146,097 days in 400 years.

    Counted from March, so that the day a leap year adds is a year's last.
    """
    days, second = divmod(at // 1000 + offset_s, 86_400)
    cycle, day = divmod(days + 719_468, 146_097)  # days since 1 March of the year 0
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    year += 400 * cycle + (month >= 10)
    month += 3 if month < 10 else -9
    return year, month, day + 1, f"{second // 3_600:02}:{second // 60 % 60:02}:{second % 60:02}"
