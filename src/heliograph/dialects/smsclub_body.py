"""Bodies of SMS Club's JSON interface as its clients really send them (smsclub.md 3.1).

JSON in UTF-8, JSON with the printed samples' trailing commas, form bodies in PHP's spelling, or nothing at all: each
becomes one mapping of field names to plain values, or `WrongBody`. The content type is never looked at. This module
knows no field's meaning, and no body makes it work long: whatever is nested, repeated or numbered beyond any real
request is refused before it is built (B13).

The standard library's decoder is used because it alone shows every pair of an object: duplicate keys must be refused
and a typed decoder would silently keep the last.
"""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import parse_qsl

Fields = dict[str, object]
"""Field name → str, int, float, bool, None, list, dict or `UNREADABLE`; what it means is the reader's business."""

MAX_BODY: Final = 1 << 20
"""Octets; the worst body of this size is refused within 100 ms. A hundred texts of ten parts each, every letter
written as an escape, have 400 KiB."""

MAX_STRUCTURE: Final = 5_000
"""Brackets and commas outside strings. 100 entries of `/v2/sms/send` need about 400; 350,000 empty lists in one
mebibyte would take longer than 100 ms to build and to free."""

MAX_FORM_FIELDS: Final = 1_000
"""Parameters of a form body; 100 entries of `data_message` need 203."""

MAX_FORM_ESCAPES: Final = 60_000
"""Percent signs of a form body: each costs half a microsecond. The longest text that can be sent at all, 255 parts of
67 characters at three octets each, has 51,255."""

MAX_INT_DIGITS: Final = 18
"""Every integer of these calls fits a signed 64-bit number; one that may not is unreadable, not merely large."""


class WrongBody(Exception):
    """The body as a whole cannot be read; the text says why in words for the caller."""


class _Unreadable:
    """Stands for a number that no field can hold, so that the field's own check names the field."""


UNREADABLE: Final = _Unreadable()

_BOM: Final = b"\xef\xbb\xbf"

_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"?'
"""A JSON string as a whole, or one that never ends up to the end of the text. It cannot fail once it has begun, so the
text is read once, whatever is in it. Possessive quantifiers would say the same, but Debian 12's Python 3.11.2 errs."""

_STRINGS: Final = re.compile(_STRING, re.DOTALL)

_LAST_COMMA: Final = re.compile(rf'({_STRING}|[^",]+|,(?!\s*[}}\]]))|,', re.DOTALL)
"""What lies between commas before } or ] outside strings, or such a comma."""

_INDEXED: Final = re.compile(r"([^\[\]]+)\[([^\[\]]*)\](?:\[([^\[\]]+)\])?")
"""PHP's `name[]`, `name[3]`, `name[3][member]`."""


def read_fields(body: bytes) -> Fields:
    """Read a request body as a mapping; no body, `[]` and `{}` are an empty one. Raises `WrongBody`."""
    if len(body) > MAX_BODY:
        raise WrongBody("The body is too large.")
    if body.startswith(_BOM):
        body = body[3:]
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise WrongBody("The body is not valid UTF-8.") from None
    text = text.strip(" \t\r\n")
    if not text:
        return {}
    if text[0] not in '{["-0123456789' and "=" in text:
        return _form(text)
    value = _json(text)
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise WrongBody("The body must be a JSON object.")
    return value


def _json(text: str) -> object:
    """Decode strictly, then once more with the commas before } and ] taken out (smsclub.md 3.1, printed samples)."""
    _check_structure(text)
    try:
        value, end = _DECODER.raw_decode(text)
        if end == len(text):  # blanks around it are gone
            return value
        raise ValueError
    except RecursionError:
        raise WrongBody("The JSON is nested too deeply.") from None
    except ValueError:
        repaired = _LAST_COMMA.sub(r"\1", text)
        if len(repaired) == len(text):
            raise WrongBody("The body is not valid JSON.") from None
    try:
        return _DECODER.decode(repaired)
    except (ValueError, RecursionError):
        raise WrongBody("The body is not valid JSON.") from None


def _check_structure(text: str) -> None:
    """Refuse what has more items than any request may have; texts may hold as many commas as they like."""
    if _structure(text) > MAX_STRUCTURE and _structure(_STRINGS.sub("", text)) > MAX_STRUCTURE:
        raise WrongBody("The body has too many items.")


def _structure(text: str) -> int:
    """How many brackets and commas there are."""
    return text.count(",") + text.count("[") + text.count("{")


def _object(pairs: list[tuple[str, object]]) -> Fields:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise WrongBody("The JSON repeats a key.")
    return fields


def _int(digits: str) -> object:
    return int(digits) if len(digits) <= MAX_INT_DIGITS else UNREADABLE


def _constant(name: str) -> object:
    raise WrongBody(f"The body is not valid JSON: {name} is no number.")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_int=_int, parse_constant=_constant)


def _form(text: str) -> Fields:
    """Read `a=1&phone[0]=2&phone[]=3&data_message[0][phone]=4` as PHP would, into the shape the JSON has."""
    if text.count("&") >= MAX_FORM_FIELDS or text.count("%") > MAX_FORM_ESCAPES:
        raise WrongBody("The body has too many parameters or is too long.")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", separator="&")
    except UnicodeDecodeError:
        raise WrongBody("The body is not valid UTF-8.") from None
    fields: Fields = {}
    lists: dict[str, list[object]] = {}
    entries: dict[tuple[str, str], Fields] = {}
    for key, value in pairs:
        indexed = _INDEXED.fullmatch(key)
        if indexed is None:
            _keep(fields, key, value)
            continue
        name, index, member = indexed.groups()
        values = lists.setdefault(name, [])
        if member is None:
            values.append(value)
            continue
        entry = entries.get((name, index))
        if entry is None:
            entry = entries[name, index] = {}
            values.append(entry)
        _keep(entry, member, value)
    for name, values in lists.items():
        _keep(fields, name, values)
    return fields


def _keep(fields: Fields, key: str, value: object) -> None:
    """A plain name may repeat (`phone=1&phone=2` makes a list); a field that wants one value then refuses the list."""
    if key not in fields:
        fields[key] = value
        return
    known = fields[key]
    ours = known if isinstance(known, list) else [known]
    fields[key] = [*ours, *value] if isinstance(value, list) else [*ours, value]
