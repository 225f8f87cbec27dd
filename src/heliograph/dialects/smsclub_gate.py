"""SMS Club's older gateways, what the HTTP and the XML one share: numbers, texts, refusals (smsclub.md 5, 6).

Neither authenticates, counts or looks anything up. An error text here is never taken for a success or for a balance by
a client: it holds no `=IDS START=`, and no digit of ours (smsclub.md 5.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.dialects.smsclub_json import MAX_LIFETIME_MIN, MAX_NUMBER_LENGTH, Caller
from heliograph.dialects.smsclub_words import (
    BAD_NUMBER,
    LATER,
    NO_MONEY,
    NOT_REACHABLE,
    NOT_SENT,
    UNKNOWN_ID,
    wrong_parameter,
)
from heliograph.dialects.smsclub_words import STATES as STATES
from heliograph.model.message import Content, Submission
from heliograph.model.refusal import Accepted, Answer, Reason

NAME: Final = "smsclub_gate"
"""`Submission.dialect` of everything that comes in by these tongues."""

MAX_NUMBERS: Final = 10_000
"""Recipients of one request; the original names no limit."""
MAX_IDS: Final = 500
"""Ids of one request for states."""

_SENDER: Final = re.compile(r"[\w\s.-]{1,11}", re.ASCII)
_SPLIT: Final = re.compile(r"[;,]")

UNAUTHORISED: Final = "Ошибка авторизации"
WRONG_SENDER: Final = "Недопустимое имя отправителя"
WRONG_TEXT: Final = "Некорректный текст сообщения"
TOO_LONG: Final = "Превышена допустимая длина сообщения"
TOO_MANY: Final = "Слишком много получателей"
UNREADABLE: Final = "Некорректный запрос"
UNKNOWN_PATH: Final = "Неизвестный адрес"

REASONS: Final[dict[Reason, str]] = {
    Reason.BAD_CREDENTIALS: UNAUTHORISED,
    Reason.ADDRESS_NOT_ALLOWED: UNAUTHORISED,
    Reason.ADDRESS_BLOCKED: "Доступ временно заблокирован",
    Reason.DOOR_CLOSED: UNAUTHORISED,
    Reason.TOO_MANY_REQUESTS: "Превышена скорость отправки",
    Reason.BAD_REQUEST: UNREADABLE,
    Reason.BAD_SENDER: WRONG_SENDER,
    Reason.BAD_RECIPIENT: BAD_NUMBER,
    Reason.BAD_TEXT: WRONG_TEXT,
    Reason.BAD_TIME: wrong_parameter("lifetime"),
    Reason.TEXT_TOO_LONG: TOO_LONG,
    Reason.TOO_MANY_ITEMS: TOO_MANY,
    Reason.STOP_LISTED: "Phone in black list.",
    Reason.FORBIDDEN: NOT_REACHABLE,
    Reason.MASS_FORBIDDEN: NOT_REACHABLE,
    Reason.NUMBER_NOT_ALLOWED: NOT_REACHABLE,
    Reason.NO_TEMPLATE: NOT_REACHABLE,
    Reason.OUTSIDE_HOURS: "Отправка в это время запрещена",
    Reason.MESSAGE_LIMIT: "Превышен лимит сообщений",
    Reason.NUMBER_LIMIT: "Превышен лимит сообщений на номер",
    Reason.DUPLICATE: "Повторная отправка сообщения",
    Reason.KEY_REUSED: NOT_SENT,
    Reason.NO_MONEY: NO_MONEY,
    Reason.NO_ROUTE: NOT_REACHABLE,
    Reason.NO_TARIFF: NOT_REACHABLE,
    Reason.UNSUPPORTED: NOT_SENT,
    Reason.NOT_FOUND: UNKNOWN_ID,
    Reason.QUEUE_FULL: LATER,
    Reason.BUSY: LATER,
    Reason.INTERNAL: NOT_SENT,
}
"""Why nothing of a request was accepted → the error text (smsclub.md 5.1). A test walks them all."""

_WORST_FIRST: Final = (Reason.BUSY, Reason.QUEUE_FULL, Reason.INTERNAL, Reason.TOO_MANY_REQUESTS)
"""What the caller should repeat must not look final."""


class WrongRequest(Exception):
    """A request that is answered with an error text and leaves nothing behind."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def missing(parameter: str) -> WrongRequest:
    """What a request hears that lacks a parameter."""
    return WrongRequest(f"Не указан параметр {parameter}")


# -- reading -----------------------------------------------------------------------------------------------------------


def split_list(text: str) -> list[str]:
    """Numbers or ids as the client wrote them; `;` or `,` between them, also at the end."""
    return [stripped for item in _SPLIT.split(text) if (stripped := item.strip())]


def read_sender(text: str) -> str:
    """A sender's name (smsclub.md 2.5). Raises `WrongRequest`."""
    if _SENDER.fullmatch(text) is None:
        raise WrongRequest(WRONG_SENDER)
    return text


def read_lifetime_s(text: str) -> int | None:
    """Seconds of a validity in minutes; None for the usual one. Raises `WrongRequest`."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 6) or int(text) > MAX_LIFETIME_MIN:
        raise WrongRequest(wrong_parameter("lifetime"))
    return int(text) * 60 or None


def read_ids(text: str) -> list[str]:
    """The ids of a request for states. Raises `WrongRequest`."""
    ids = split_list(text)
    if not ids:
        raise missing("smscid")
    if len(ids) > MAX_IDS:
        raise WrongRequest(wrong_parameter("smscid"))
    return ids


def submissions_of(
    pairs: Iterable[tuple[str, Content]], sender: str, validity_s: int | None, caller: Caller
) -> list[Submission]:
    """A submission for each pair of number and content, each pair once. Raises `WrongRequest`.

    Of several recipients one that is refused keeps an id, so that the order of the answer holds; a single one that is
    refused leaves nothing (smsclub.md 5.1).
    """
    found: list[Submission] = []
    seen: set[tuple[str, str]] = set()
    for given, content in pairs:
        recipient = normalise_smsclub(given) if len(given) <= MAX_NUMBER_LENGTH else ""
        key = (recipient or given, content.text)
        if key in seen:
            continue
        seen.add(key)
        if len(found) >= MAX_NUMBERS:
            raise WrongRequest(TOO_MANY)
        found.append(
            Submission(
                account_id=caller.account_id,
                door=caller.door,
                dialect=NAME,
                sender=sender,
                recipient=recipient,
                recipient_given=given[:MAX_NUMBER_LENGTH],
                content=content,
                peer=caller.peer,
                validity_s=validity_s,
                duplicate_window_s=caller.duplicate_window_s,
            )
        )
    if not found:
        raise missing("to")
    for submission in found:
        submission.batch = len(found)
        submission.keep_refused = len(found) > 1
    return found


# -- answering ---------------------------------------------------------------------------------------------------------


def refusal_of_all(answers: Sequence[Answer]) -> str:
    """The error text of a request of which nothing was accepted; "" if something was."""
    reasons: list[Reason] = []
    for answer in answers:
        if isinstance(answer, Accepted):
            return ""
        reasons.append(answer.reason)
    return REASONS[next((reason for reason in _WORST_FIRST if reason in reasons), reasons[0])]


def id_of(answer: Answer) -> int:
    """The id a recipient is answered with; 0 for one that could not even be kept as refused."""
    return answer.message.id if answer.message is not None else 0
