"""The four answer formats of SMSC's scripts: how a value, a line, an element or a member is written (section 1.4-1.8).

Every script puts its answer together from these pieces and ends with `finish`, which alone knows character sets:
`fmt=0` and 1 are lines (`pairs`, `csv`), 2 is XML (`element`, `block`), 3 is JSON (`json_object`, `json_list`).
`error`, `ok`, `created` and `listing` are whole answers. A piece is text; nothing here knows a script, a state or a
price.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

Value = int | str | None
"""A number or a string as JSON has it. Money and codes with leading zeros are strings (1.10)."""

Record = Sequence[tuple[str, Value]]
"""One thing of a list: its members in the order they are shown."""


class Format(enum.IntEnum):
    """The parameter `fmt`."""

    LINES = 0
    CSV = 1
    XML = 2
    JSON = 3


class Charset(enum.StrEnum):
    """The parameter `charset`, by the name that content types use."""

    WINDOWS_1251 = "windows-1251"
    UTF_8 = "utf-8"
    KOI8_R = "koi8-r"


CHARSETS: Final = {
    "windows-1251": Charset.WINDOWS_1251,
    "cp1251": Charset.WINDOWS_1251,
    "utf-8": Charset.UTF_8,
    "utf8": Charset.UTF_8,
    "koi8-r": Charset.KOI8_R,
    "koi8_r": Charset.KOI8_R,
}
"""The spellings that are understood, in lower case (smsc-messages.md 1.4)."""


class Style(NamedTuple):
    """How a caller wants his answer. `charset` None: he named none, so it is windows-1251 and JSON is all ASCII."""

    fmt: Format = Format.LINES
    charset: Charset | None = None

    @property
    def encoding(self) -> Charset:
        """The character set that is used."""
        return self.charset or Charset.WINDOWS_1251


class Answer(NamedTuple):
    """What goes back with HTTP status 200, errors included (1.5); with a `filename` it is a download."""

    content_type: str
    body: bytes
    filename: str = ""


PARAMETERS: Final = 1
CREDENTIALS: Final = 2
NOTHING_FOUND: Final = 3
BLOCKED: Final = 4
FAILED: Final = 5
LIMIT: Final = 9

ERRORS: Final[Mapping[int, str]] = {
    PARAMETERS: "parameters error",
    CREDENTIALS: "authorise error",
    NOTHING_FOUND: "nothing found",
    BLOCKED: "ip is blocked",
    FAILED: "operation failed",
    6: "message is denied",
    7: "invalid number",
    8: "can't to deliver",
    LIMIT: "duplicate request, wait a minute",
}
"""Number → text (1.8); a script with words of its own passes them. No parentheses: clients cut the text out by them."""

TOO_MANY_AT_ONCE: Final = "too many concurrent requests"
BUSY: Final = "service is busy, try again later"

_JSON_PLAIN: Final = json.JSONEncoder(ensure_ascii=False).encode
_JSON_ASCII: Final = json.JSONEncoder(ensure_ascii=True).encode
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_XML: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {chr(code): "?" for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)}
)
"""Also what XML 1.0 cannot hold at all, not even as a reference."""
_ATTRIBUTE: Final = {**_XML, 9: "&#9;", 10: "&#10;", 13: "&#13;"}
"""In an attribute a reader would take them for blanks."""
_TYPES: Final = tuple(
    {charset: f"{kind}; charset={charset}" for charset in Charset}
    for kind in ("text/plain", "text/plain", "text/xml", "application/json")
)
"""Content types by format and character set."""


# -- whole answers -----------------------------------------------------------------------------------------------------


def error(style: Style, number: int, text: str = "", message_id: Value = None) -> Answer:
    """An error (1.6); `text` "" is the usual one, `message_id` is for send's errors 3, 6, 7 and 8 (2.10)."""
    text = text or ERRORS[number]
    if style.fmt is Format.LINES:
        shown = f"ERROR = {number} ({text})" + (f", ID - {message_id}" if message_id is not None else "")
    elif style.fmt is Format.CSV:
        shown = f"{0 if message_id is None else message_id},-{number}"
    else:
        members: list[tuple[str, Value]] = [("error", text), ("error_code", number)]
        if message_id is not None:
            members.append(("id", message_id))
        shown = json_object(members) if style.fmt is Format.JSON else block("result", elements(members))
    return finish(style, shown)


def ok(style: Style) -> Answer:
    """The answer of every call that changes something and returns no data (1.7)."""
    if style.fmt is Format.JSON:
        return finish(style, json_object([("result", "OK")]))
    return finish(style, element("result", "OK") if style.fmt is Format.XML else "OK")


def created(style: Style, name: str, number: int) -> Answer:
    """What a call answers that kept something new: its id; `name` is the element of XML (directory 1.3)."""
    if style.fmt is Format.LINES:
        return finish(style, f"ID = {number}")
    if style.fmt is Format.CSV:
        return finish(style, str(number))
    members = [("id", number)]
    return finish(style, block(name, elements(members)) if style.fmt is Format.XML else json_object(members))


def listing(style: Style, name: str, inner: str, records: Iterable[Record]) -> Answer:
    """A list of things, as every script of the directory answers it.

    In XML each is an element `name` around its member `inner`, the other members are attributes in their order; with
    `inner` "" all members are elements within it. Lines
    and CSV have one thing a line: a line end in a value is the two characters `\\n`.
    """
    if style.fmt is Format.JSON:
        return finish(style, json_list([json_object(record) for record in records]))
    if style.fmt is Format.XML:
        return finish(style, block("list", [_listed(name, inner, record) for record in records]))
    flat = [[(member, _flat(value)) for member, value in record] for record in records]
    if style.fmt is Format.CSV:
        return finish(style, "\n".join([csv([value for _, value in record]) for record in flat]))
    return finish(style, "\n".join([pairs(record) for record in flat]))


def finish(style: Style, text: str) -> Answer:
    """Text into octets of the caller's character set, with the content type (1.4, 1.5).

    What the set does not have is `\\uXXXX` in JSON and `?` elsewhere. XML has a prolog only where a reader would take
    its octets for UTF-8.
    """
    encoding = style.encoding
    if text.isascii():
        named = Charset.UTF_8 if style.fmt is Format.JSON else encoding
        return Answer(_TYPES[style.fmt][named], text.encode("ascii"))
    if style.fmt is Format.JSON:
        if style.charset is None:
            return Answer(_TYPES[Format.JSON][Charset.UTF_8], _escaped(text, "ascii"))
        body = _escaped(text, encoding)
    else:
        if style.fmt is Format.XML and encoding is not Charset.UTF_8:
            text = f'<?xml version="1.0" encoding="{encoding}"?>\n{text}'
        body = text.encode(encoding, "replace")
    return Answer(_TYPES[style.fmt][encoding], body)


# -- pieces ------------------------------------------------------------------------------------------------------------


def pairs(items: Iterable[tuple[str, Value]]) -> str:
    """`key = value, key = value` (fmt 0); clients split on exactly these."""
    return ", ".join([f"{name} = {_plain(value)}" for name, value in items])


def csv(values: Iterable[Value]) -> str:
    """One line of fmt 1; an empty value stays empty, nothing is quoted."""
    return ",".join(map(_plain, values))


def element(name: str, value: Value, /, **attributes: Value) -> str:
    """`<name>value</name>`, escaped; `attributes` in the order given."""
    said = "".join([f' {key}="{_plain(told).translate(_ATTRIBUTE)}"' for key, told in attributes.items()])
    return f"<{name}{said}>{_plain(value).translate(_XML)}</{name}>"


def elements(items: Iterable[tuple[str, Value]]) -> list[str]:
    """An element for each pair."""
    return [element(name, value) for name, value in items]


def block(name: str, children: Sequence[str]) -> str:
    """An element around others, one a line."""
    return "\n".join([f"<{name}>", *children, f"</{name}>"])


def json_object(members: Iterable[tuple[str, Value]], more: Sequence[str] = ()) -> str:
    """A JSON object, one member a line; `more` are members already written, such as `json_member` makes."""
    lines = [f'"{name}": {value if type(value) is int else json_value(value)}' for name, value in members]
    return "{\n" + ",\n".join([*lines, *more] if more else lines) + "\n}"


def json_line(members: Iterable[tuple[str, Value]]) -> str:
    """A JSON object on one line, as entries of an inner list are printed (2.9)."""
    return "{" + ", ".join([json_member(name, json_value(value)) for name, value in members]) + "}"


def json_list(objects: Sequence[str]) -> str:
    """An array of `json_object`s: `[{\\n…\\n},\\n{\\n…\\n}]`."""
    return "[" + ",\n".join(objects) + "]"


def json_member(name: str, written: str) -> str:
    """A member whose value is already JSON."""
    return f'"{name}": {written}'


def json_value(value: Value) -> str:
    """A number, a string or null."""
    if isinstance(value, str):
        return _JSON_PLAIN(value)
    return "null" if value is None else str(int(value))


def _listed(name: str, inner: str, record: Record) -> str:
    if not inner:
        return block(name, elements(record))
    members = dict(record)
    return element(name, members.pop(inner), **members)


def _flat(value: Value) -> Value:
    return _LINE_END.sub(r"\\n", value) if isinstance(value, str) else value


def _plain(value: Value) -> str:
    return "" if value is None else str(value)


def _escaped(text: str, encoding: str) -> bytes:
    """JSON text in a character set; what it does not have can only stand in strings, so it is escaped there."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        pass
    known: dict[str, bytes] = {}
    for letter in set(text):
        try:
            known[letter] = letter.encode(encoding)
        except UnicodeEncodeError:
            known[letter] = _JSON_ASCII(letter)[1:-1].encode("ascii")
    return b"".join([known[letter] for letter in text])
