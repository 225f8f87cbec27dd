"""One request of any of SMSC's scripts, however it was sent, as parameters (smsc-messages.md 1.2-1.4, 9).

Query, form, multipart, an octet stream or a JSON object: all become one `Request`, in which the body wins over the
query and what is empty is absent. Scripts read their parameters with `get`, `flag` and `choice`; `style` says how the
caller wants his answer and is known even for a request that is wrong. No body makes this work long (B13), and nothing
here knows what a parameter means, nor who calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from heliograph.dialects.smsc_answer import CHARSETS, PARAMETERS, Charset, Format, Style
from heliograph.protocols.form import BrokenForm, read_multipart, read_urlencoded
from heliograph.protocols.form import Upload as Upload

MOST_BRACKETS: Final = 60_000
"""Objects and lists of a JSON body: `list` may have 10,000 entries, and texts may hold brackets, too."""

MAX_INT_DIGITS: Final = 18

REST: Final = Style(Format.JSON, Charset.UTF_8)
"""What the JSON front answers in, unless told otherwise (section 9)."""

_RAW: Final = b"mes"
"""With `bin=1` it holds octets and no text (2.2)."""
_SECRETS: Final = frozenset({b"psw", b"apikey"})
_ARRAYS: Final = frozenset({"fl", "fl2", "fl3", "mfl"})
"""Names that have brackets in a form, `fl[29]=1`; in a JSON body each may be an object, `"fl": {"29": 1}`."""
_NONE: Final[frozenset[str]] = frozenset()
_FORMATS: Final = {"1": Format.CSV, "2": Format.XML, "3": Format.JSON}
_UPLOADED: Final = ("application/octet-stream", "audio/", "image/", "video/")
"""Bodies that are a file, whatever they look like."""


class WrongRequest(Exception):
    """A request that is answered with an error and leaves nothing behind: its number, and "" for the usual words."""

    def __init__(self, number: int = PARAMETERS, text: str = "") -> None:
        super().__init__(text or f"error {number}")
        self.number = number
        self.text = text


class Unreadable(WrongRequest):
    """The request as a whole cannot be read; `style` is how its error is answered all the same."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.style = style


@dataclass(slots=True)
class Request:
    """The parameters of one request.

    `fields` holds what was sent with a value, `empty` the names sent without one; `listed` is the JSON front's `list`
    as pairs of numbers and text, None if it was a string or absent; `octets` is `mes` of `bin=1`, which is no text.
    `secret_in_url`: a password or key stood in the address, whatever the body says.
    """

    fields: Mapping[str, str]
    style: Style
    empty: frozenset[str] = frozenset()
    uploads: tuple[Upload, ...] = ()
    listed: tuple[tuple[str, str], ...] | None = None
    octets: bytes = b""
    secret_in_url: bool = False

    def get(self, name: str) -> str:
        """The value, "" if it is absent or empty."""
        return self.fields.get(name, "")

    def flag(self, name: str) -> bool:
        """A parameter that is 0 or 1, absent = 0. Raises `WrongRequest`."""
        return self.choice(name, 1) == 1

    def choice(self, name: str, most: int) -> int:
        """A parameter that is 0 to `most`, absent = 0. Raises `WrongRequest`."""
        value = self.fields.get(name)
        if value is None:
            return 0
        value = value.strip()
        if value.isascii() and value.isdigit() and len(value) <= MAX_INT_DIGITS and int(value) <= most:
            return int(value)
        raise WrongRequest


def read(query: bytes, content_type: str, body: bytes) -> Request:
    """Read a request of `/sys/<script>.php`. Raises `Unreadable`."""
    fields: dict[bytes, bytes] = {}
    uploads: list[Upload] = []
    kind = content_type.strip().lower()
    is_whole, in_url = True, False
    try:
        if query:
            read_urlencoded(query, fields)
            in_url = not _SECRETS.isdisjoint(fields)
        if not body:
            pass
        elif kind.startswith("multipart/form-data"):
            read_multipart(body, content_type, fields, uploads)
        elif kind.startswith(_UPLOADED):
            uploads.append(Upload("", "", body))
        else:
            read_urlencoded(body, fields)
    except BrokenForm:
        is_whole = False
    name = _word(fields, b"charset").lower()
    charset = CHARSETS.get(name)
    style = Style(_FORMATS.get(_word(fields, b"fmt"), Format.LINES), charset)
    if not is_whole or (name and charset is None):
        raise Unreadable(style)
    return _decoded(fields, style, uploads, in_url)


def read_rest(query: bytes, body: bytes) -> Request:
    """Read a request of `/rest/<script>/`, a JSON object in UTF-8 (section 9). Raises `Unreadable`."""
    try:
        members = _json(body)
        values: dict[bytes, bytes] = {}
        if query:
            read_urlencoded(query, values)
        fields, empty = _texts(values, "utf-8")
        scalars = dict(_scalars(members))
        fields.update((name, value) for name, value in scalars.items() if value)
        names = (empty | {name for name, value in scalars.items() if not value}) - fields.keys()
        listed = _listed(members.get("list"))
        octets = fields.pop("mes", "").encode("latin-1") if fields.get("bin") == "1" else b""
    except (_Broken, BrokenForm, UnicodeError):
        raise Unreadable(REST) from None
    fmt = REST.fmt if "fmt" not in fields else _FORMATS.get(fields["fmt"].strip(), Format.LINES)
    charset = CHARSETS.get(fields.get("charset", "utf-8").strip().lower())
    if charset is None:
        raise Unreadable(Style(fmt, REST.charset))
    return Request(fields, Style(fmt, charset), names, (), listed, octets, not _SECRETS.isdisjoint(values))


class _Broken(Exception):
    """Leaves the reading of a body; never leaves this module."""


def _word(fields: Mapping[bytes, bytes], name: bytes) -> str:
    return fields.get(name, b"").decode("latin-1").strip()


def _decoded(fields: dict[bytes, bytes], style: Style, uploads: Iterable[Upload], in_url: bool) -> Request:
    octets = fields.pop(_RAW, b"") if fields.get(b"bin", b"").strip() == b"1" else b""
    try:
        values, empty = _texts(fields, style.encoding)
    except UnicodeError:
        raise Unreadable(style) from None
    return Request(values, style, empty, tuple(uploads), None, octets, in_url)


def _texts(fields: Mapping[bytes, bytes], encoding: str) -> tuple[dict[str, str], frozenset[str]]:
    """Names with values, and names without, in the caller's character set. Raises `UnicodeError`, also for a NUL
    within a value. The official PHP library puts a NUL before a value that begins with `@` (1.2). What is ASCII is so
    in all of these sets, and most of a request is: no decoder need be looked up for it.
    """
    values: dict[str, str] = {}
    empty: list[str] = []
    for name, value in fields.items():
        text = value.decode() if value.isascii() else value.decode(encoding)
        if b"\0" in value:
            text = text.removeprefix("\0")
            if "\0" in text:
                raise UnicodeError("a value has a NUL character")
        named = name.decode() if name.isascii() else name.decode(encoding, "replace")
        if text:
            values[named] = text
        else:
            empty.append(named)
    return values, frozenset(empty) if empty else _NONE


# -- JSON --------------------------------------------------------------------------------------------------------------


def _json(body: bytes) -> dict[str, object]:
    if body.count(b"[") + body.count(b"{") > MOST_BRACKETS:
        raise _Broken
    try:
        value = _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _Broken from None
    if not isinstance(value, dict):
        raise _Broken
    return value


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a key is repeated")
    return found


def _int(digits: str) -> int:
    if len(digits) > MAX_INT_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_int, parse_float=str, parse_constant=_constant)


def _scalars(members: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The members that are parameters, as text; lists are comma lists, but for `list` with texts of its own. Any other
    object is refused, whatever its name: what it should have been is not guessed."""
    for name, value in members.items():
        if isinstance(value, dict) and name in _ARRAYS:
            yield from [(f"{name}[{key}]", _scalar(item)) for key, item in value.items()]
        elif isinstance(value, list) and name != "list":
            yield name, ",".join([_scalar(item) for item in value])
        elif not isinstance(value, list | dict):
            yield name, _scalar(value)
        elif name != "list":
            raise _Broken


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return ""
    raise _Broken


def _text(value: str) -> str:
    """A string from JSON that can be kept: its escapes may have made a lone surrogate or a NUL."""
    value = value.removeprefix("\0")
    if "\0" in value:
        raise _Broken
    if not value.isascii():
        value.encode()
    return value


def _listed(value: object) -> tuple[tuple[str, str], ...] | None:
    """`[{"phone": .., "mes": ..}, …]` or `{phone: text}`."""
    if isinstance(value, dict):
        return tuple([(_text(phone), _scalar(text)) for phone, text in value.items()])
    if not isinstance(value, list):
        return None
    found: list[tuple[str, str]] = []
    for entry in value:
        if not isinstance(entry, dict):
            raise _Broken
        found.append((_scalar(entry.get("phone")), _scalar(entry.get("mes"))))
    return tuple(found)
