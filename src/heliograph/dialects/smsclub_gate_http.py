"""SMS Club's HTTP gateway: parameters in windows-1251, lines between `<br/>` (smsclub.md 5).

Every byte shape of that chapter is made here. Which parameters are raw windows-1251, which UTF-8 and which Base64 is
decided by the path and the account, never guessed from a text (5.1).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from heliograph.dialects.smsclub_gate import (
    TOO_LONG,
    UNREADABLE,
    WRONG_TEXT,
    WrongRequest,
    id_of,
    missing,
    read_lifetime_s,
    read_sender,
    split_list,
    submissions_of,
)
from heliograph.dialects.smsclub_json import Caller, message_id
from heliograph.dialects.smsclub_words import STATES, UNKNOWN_ID
from heliograph.model.message import Content, Message, Submission
from heliograph.model.money import Micro, show_balance
from heliograph.model.refusal import Accepted, Answer
from heliograph.protocols.form import BrokenForm, Upload, read_multipart, read_urlencoded

MOST_ASCII: Final = 1071
MOST_OTHER: Final = 469
"""Characters of a text: seven parts of 153, or of 67 (5.1)."""

BREAK: Final = "<br/>"
BREAK_AND_LINE: Final = "<br/>\n"
"""What an account that asked for it gets between the lines."""

_START, _END = "=IDS START=", "=IDS END="

Fields = Mapping[bytes, bytes]


def read_fields(query: bytes, content_type: str, body: bytes) -> dict[bytes, bytes]:
    """The parameters of a request, as octets; those of the body count more. Raises `WrongRequest`."""
    fields: dict[bytes, bytes] = {}
    uploads: list[Upload] = []
    try:
        read_urlencoded(query, fields)
        if content_type.strip().lower().startswith("multipart/form-data"):
            read_multipart(body, content_type, fields, uploads)
        elif body:
            read_urlencoded(body.strip(), fields)
    except BrokenForm:
        raise WrongRequest(UNREADABLE) from None
    return fields


def is_in_query(query: bytes, name: str) -> bool:
    """Whether a parameter stands in the address, whatever the body says; of a query that `read_fields` could read."""
    fields: dict[bytes, bytes] = {}
    read_urlencoded(query, fields)
    return name.encode() in fields


def parameter(fields: Fields, name: str) -> str:
    """A parameter that must be there. Raises `WrongRequest`."""
    text = optional(fields, name)
    if not text:
        raise missing(name)
    return text


def optional(fields: Fields, name: str) -> str:
    """A parameter other than the text, without the blanks around it. Raises `WrongRequest`."""
    return _decoded(fields.get(name.encode(), b"")).strip()


def read_send(fields: Fields, caller: Caller, *, is_base64: bool) -> list[Submission]:
    """One text for the numbers of `to`. Raises `WrongRequest`."""
    sender = read_sender(parameter(fields, "from"))
    numbers = split_list(parameter(fields, "to"))
    content = Content(_text(fields, is_base64))
    return submissions_of([(number, content) for number in numbers], sender, _lifetime_s(fields), caller)


def send_answer(answers: Sequence[Answer], line_break: str) -> str:
    """A line for each part of each recipient, in their order; what was refused has one (5.1)."""
    ids: list[str] = []
    for answer in answers:
        first = id_of(answer)
        parts = answer.message.parts if isinstance(answer, Accepted) else 1
        ids += map(str, range(first, first + parts))
    return _lines(ids, line_break)


def state_answer(asked: Sequence[str], messages: Iterable[Message], line_break: str) -> str:
    """`<id>: <state>` for each id that is known, as it was asked (5.2). Raises `WrongRequest` if none is."""
    found = [f"{given}: {keyword}" for given, keyword in states_of(asked, messages)]
    if not found:
        raise WrongRequest(UNKNOWN_ID)
    return _lines(found, line_break)


def states_of(asked: Sequence[str], messages: Iterable[Message]) -> list[tuple[str, str]]:
    """Id as asked and state keyword of what is known; an id of any part finds its message (decisions.md 3)."""
    owners = {part: message for message in messages for part in range(message.id, message.id + message.parts)}
    found: list[tuple[str, str]] = []
    for given in asked:
        number = message_id(given)
        message = owners.get(number) if number is not None else None
        if message is not None:
            found.append((given, STATES[message.state]))
    return found


def balance_answer(balance: Micro, credit: Micro, line_break: str) -> str:
    """Balance and credit, four decimals each, and nothing more: a third number would be a currency (5.3)."""
    return f"{show_balance(balance, 4)}{line_break}{show_balance(credit, 4)}"


def _lines(lines: Sequence[str], line_break: str) -> str:
    return "".join([f"{line}{line_break}" for line in (_START, *lines, _END)])


def _lifetime_s(fields: Fields) -> int | None:
    return read_lifetime_s(optional(fields, "lifetime"))


def _text(fields: Fields, is_base64: bool) -> str:
    octets = fields.get(b"text", b"")
    if not octets:
        raise missing("text")
    text = _from_base64(octets) if is_base64 else _decoded(octets)
    if not text.strip() or "\0" in text:
        raise WrongRequest(WRONG_TEXT)
    most = MOST_ASCII if text.isascii() and "\x7f" not in text else MOST_OTHER
    if len(text) > most:
        raise WrongRequest(TOO_LONG)
    return text


def _from_base64(octets: bytes) -> str:
    """Base64 of windows-1251. In a query nobody escaped, a `+` has become a blank."""
    packed = octets.replace(b" ", b"+").replace(b"\r", b"").replace(b"\n", b"").rstrip(b"=")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True).decode("cp1251")
    except (binascii.Error, UnicodeDecodeError):
        raise WrongRequest(WRONG_TEXT) from None


def _decoded(octets: bytes) -> str:
    """UTF-8 where it is that and more than ASCII, else windows-1251 (5.1, rule 2)."""
    for encoding in ("utf-8", "cp1251"):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WrongRequest(WRONG_TEXT)
