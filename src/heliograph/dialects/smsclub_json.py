"""SMS Club's JSON interface, the side that answers: requests into our nouns, our answers into its bytes.

`/sms/send`, `/v2/sms/send`, `/sms/status`, `/sms/originator`, `/sms/balance` (smsclub.md 3). Every byte shape of that
chapter is made here and nowhere else; the side that asks is `smsclub_client`. It never authenticates, counts requests
or looks anything up: that is the door's and core's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.dialects.smsclub_body import Fields, WrongBody, read_fields
from heliograph.dialects.smsclub_words import (
    MESSAGES,
    NAMES,
    REASONS,
    STATES,
    UNKNOWN_ID,
    Wire,
    wrong_parameter,
)
from heliograph.model.message import Content, Message, Submission
from heliograph.model.money import Micro, show_balance
from heliograph.model.refusal import Accepted, Answer, Reason

NAME: Final = "smsclub_json"
"""`Submission.dialect` of everything that comes in by this tongue."""

MAX_ITEMS: Final = 100
"""Numbers of one send and ids of one status request."""

MAX_LIFETIME_MIN: Final = 525_600
"""A year. Nobody waits longer, and a message must end before its row may go."""

MAX_NUMBER_LENGTH: Final = 64
"""What a client may write around the digits of one number; longer is no number, whatever is in it."""

_SENDER: Final = re.compile(r"[\w\s.-]{1,11}", re.ASCII)
_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_STATUS_ORDER: Final = (503, 500, 429, 401, 400, 404)


class WrongRequest(Exception):
    """A request that leaves nothing behind: status 400, `message` in words for the caller.

    `field` is the parameter that `add_info` may be keyed by; "" where the answer is 400 whatever the account prefers.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Reply(NamedTuple):
    """What goes back: HTTP status and JSON body."""

    status: int
    body: bytes


class Caller(NamedTuple):
    """Who asks, as the door found out; copied into every submission."""

    account_id: int
    door: str
    peer: str
    duplicate_window_s: int


# -- reading requests --------------------------------------------------------------------------------------------------


def read_send(body: bytes, caller: Caller) -> list[Submission]:
    """Read `/sms/send` (smsclub.md 3.3): one text for up to 100 numbers, each number once. Raises `WrongRequest`."""
    fields = _fields(body)
    numbers = _numbers(fields)
    content = Content(_message(fields))
    return _submissions([(number, content) for number in numbers], fields, caller)


def read_individual_send(body: bytes, caller: Caller) -> list[Submission]:
    """Read `/v2/sms/send` (smsclub.md 3.4): a text per number. Raises `WrongRequest`.

    The same number with the same text counts once; with another text it is another message, so that nothing the
    customer asked for is lost without a word.
    """
    fields = _fields(body)
    entries = _list(fields.get("data_message"), "data_message")
    pairs: list[tuple[str, Content]] = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise WrongRequest("data_message must be a list of objects with phone and message.", "data_message")
        phone = _number(_phone_value(entry))
        pairs.append((phone, Content(_message(entry))))
    return _submissions(pairs, fields, caller)


def read_ids(body: bytes) -> list[str]:
    """Read `/sms/status` (smsclub.md 3.5): the ids as the client wrote them, 1 to 100. Raises `WrongRequest`."""
    ids: list[str] = []
    for item in _list(_fields(body).get("id_sms"), "id_sms"):
        if isinstance(item, str):
            ids.append(item)
        elif isinstance(item, int) and not isinstance(item, bool):
            ids.append(str(item))
        else:
            raise WrongRequest("id_sms must hold ids as strings or integers.", "id_sms")
    return ids


def read_nothing(body: bytes) -> None:
    """Read a request without data (`/sms/originator`, `/sms/balance`): only what cannot be read at all is wrong."""
    if body:
        _fields(body)


def message_id(asked: str) -> int | None:
    """The id a client means by `asked`, or None if it can be no id of ours."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 16 else None


def _fields(body: bytes) -> Fields:
    try:
        return read_fields(body)
    except WrongBody as error:
        raise WrongRequest(str(error)) from None


def _submissions(pairs: Iterable[tuple[str, Content]], fields: Fields, caller: Caller) -> list[Submission]:
    sender = fields.get("src_addr")
    if not isinstance(sender, str) or _SENDER.fullmatch(sender) is None:
        raise WrongRequest("src_addr must be a sender name of 1 to 11 characters.", "src_addr")
    validity_s = _validity_s(fields) if "lifetime" in fields else None
    integration_id = _integration_id(fields) if "integration_id" in fields else None
    submissions: list[Submission] = []
    seen: set[tuple[str, str]] = set()
    for given, content in pairs:
        recipient = (normalise_smsclub(given) or "") if len(given) <= MAX_NUMBER_LENGTH else ""
        key = (recipient or given, content.text)
        if key in seen:
            continue
        seen.add(key)
        submissions.append(
            Submission(
                account_id=caller.account_id,
                door=caller.door,
                dialect=NAME,
                sender=sender,
                recipient=recipient,
                recipient_given=given,
                content=content,
                peer=caller.peer,
                validity_s=validity_s,
                integration_id=integration_id,
                duplicate_window_s=caller.duplicate_window_s,
            )
        )
    for submission in submissions:
        submission.batch = len(submissions)
    return submissions


def _phone_value(fields: Fields) -> object:
    """The parameter list of the original prints `Phone`, its example `phone`."""
    return fields["phone"] if "phone" in fields else fields.get("Phone")


def _numbers(fields: Fields) -> list[str]:
    return [_number(item) for item in _list(_phone_value(fields), "phone")]


def _number(item: object) -> str:
    """A number as the client sent it, as text; a wrong number is the recipient's fault, a wrong type the request's.

    Only digits are kept of a number, so a negative integer would turn into a good one: it is a wrong type.
    """
    if isinstance(item, str):
        if _is_text(item):
            return item
    elif isinstance(item, int) and not isinstance(item, bool) and item >= 0:
        return str(item)
    raise WrongRequest("phone must hold numbers as strings or integers.", "phone")


def _list(value: object, field: str) -> list[object]:
    """A list of 1 to 100; a bare value is a list of one, and so is a form parameter.

    PHP writes a list with gaps as an object with the positions as keys: that is a list too.
    """
    if isinstance(value, dict) and value and all(key.isdecimal() for key in value):
        value = list(value.values())
    if value is None or value in ("", [], {}):
        raise WrongRequest(f"{field} is missing or empty.", field)
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_ITEMS:
        raise WrongRequest(f"{field} holds more than {MAX_ITEMS} items.")
    return items


def _message(fields: Fields) -> str:
    text = fields.get("message")
    if not isinstance(text, str) or not text.strip() or not _is_text(text):
        raise WrongRequest("message must be a text and not empty.", "message")
    return text


def _is_text(text: str) -> bool:
    """Whether a string from JSON's escapes is Unicode that can be kept: no lone surrogate, no NUL."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _validity_s(fields: Fields) -> int | None:
    minutes = _whole(fields, "lifetime")
    if minutes > MAX_LIFETIME_MIN:
        raise WrongRequest(f"lifetime must be at most {MAX_LIFETIME_MIN} minutes.", "lifetime")
    return minutes * 60 or None


def _integration_id(fields: Fields) -> int | None:
    return _whole(fields, "integration_id") or None


def _whole(fields: Fields, field: str) -> int:
    """An optional whole number, 0 to 18 digits, also as a string; absent, null, "" and 0 are 0."""
    value = fields.get(field)
    if value is None or value == "":
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise WrongRequest(f"{field} must be a whole number.", field)


# -- building answers --------------------------------------------------------------------------------------------------


def send_reply(
    submissions: Sequence[Submission],
    answers: Sequence[Answer],
    *,
    no_money_is_error: bool = False,
    errors_as_add_info: bool = False,
) -> Reply:
    """Answer a send (smsclub.md 3.3): `info` for what was accepted, then `add_info` for what was not.

    An error for the request as a whole is possible only while nothing of it was accepted: whoever gets an error
    sends everything again.
    """
    info: list[str] = []
    refusals: list[tuple[Submission, Reason]] = []
    for submission, answer in zip(submissions, answers, strict=True):
        if isinstance(answer, Accepted):
            info.append(f'"{answer.message.id}":"{answer.message.recipient}"')
        else:
            refusals.append((submission, answer.reason))
    if not refusals:
        return _success(f'{{"info":{{{",".join(info)}}}}}')
    if not info:
        error = _error_for_all({reason for _, reason in refusals}, no_money_is_error, errors_as_add_info)
        if error is not None:
            return error
    add_info = {submission.recipient_given: REASONS[reason].text for submission, reason in refusals}
    rejected = f'"add_info":{_json(add_info)}'
    return _success(f'{{"info":{{{",".join(info)}}},{rejected}}}' if info else f"{{{rejected}}}")


def _error_for_all(reasons: set[Reason], no_money_is_error: bool, errors_as_add_info: bool) -> Reply | None:
    """What a request gets of which nothing was accepted; None if its numbers are refused one by one.

    The worst of several reasons speaks, ours before the customer's: what he should repeat must not look final.
    """
    if reasons == {Reason.DUPLICATE}:
        return error_reply(453)
    if no_money_is_error and Reason.NO_MONEY in reasons:
        return error_reply(400, "There is not enough money on the balance.")
    wires: dict[int, Wire] = {}
    for reason in Reason:
        wire = REASONS[reason]
        if reason in reasons and wire.status:
            wires.setdefault(wire.status, wire)
    for status in _STATUS_ORDER:
        if status in wires:
            wire = wires[status]
            if errors_as_add_info and wire.field:
                return _wrong_field(wire.field)
            return error_reply(status, wire.message)
    return None


def wrong_reply(wrong: WrongRequest, *, errors_as_add_info: bool = False) -> Reply:
    """Answer a request that could not be read: 400, or in the form the account prefers (smsclub.md 3.3)."""
    if errors_as_add_info and wrong.field:
        return _wrong_field(wrong.field)
    return error_reply(400, wrong.message)


def _wrong_field(field: str) -> Reply:
    return _success(f'{{"add_info":{_json({field: wrong_parameter(field)})}}}')


def status_reply(asked: Sequence[str], messages: Iterable[Message]) -> Reply:
    """Answer `/sms/status` (smsclub.md 3.5): keys as asked; what is not among `messages` is left out as if absent.

    An id of any part finds its message (decisions.md 3).
    """
    owners = {part_id: message for message in messages for part_id in message.part_ids}
    info: dict[str, str] = {}
    for key in asked:
        number = message_id(key)
        message = owners.get(number) if number is not None else None
        if message is not None:
            info[key] = STATES[message.state]
    return _success(_json({"info": info} if info else {"add_info": UNKNOWN_ID}))


def originator_reply(names: Iterable[str]) -> Reply:
    """Answer `/sms/originator` (smsclub.md 3.6): the active sender names, in order."""
    return _success(_json({"info": list(names)}))


def balance_reply(balance: Micro, currency: str) -> Reply:
    """Answer `/sms/balance` (smsclub.md 3.7): four decimals, rounded down, as a string."""
    return _success(_json({"info": {"money": show_balance(balance, 4), "currency": currency}}))


def error_reply(status: int, message: str = "") -> Reply:
    """The four members of every error (smsclub.md 3.2), in the order printed there."""
    return Reply(
        status,
        _json({"name": NAMES[status], "message": message or MESSAGES[status], "code": 0, "status": status}).encode(),
    )


def _success(value: str) -> Reply:
    return Reply(200, f'{{"success_request":{value}}}'.encode())
