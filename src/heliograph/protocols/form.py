"""Forms as browsers and programs post them: `a=1&b=2` and `multipart/form-data` (RFC 7578), as octets.

Character sets are the reader's business: names and values stay as they came, percent-decoded once. Pairs are split at
`&` alone; a `;` is an octet like any other, because clients separate numbers by it. No body makes this work long (B13).
"""

from __future__ import annotations

import binascii
import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

MOST_FIELDS: Final = 1_000
"""Parameters of one request; the richest call known has about forty."""

_LONE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
"""A percent sign that escapes nothing stands for itself."""
_PARAMETER: Final = re.compile(r';\s*(\w+)\s*=\s*(?:"([^"]*)"|([^;"\s]*))')
_BOUNDARY: Final = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^;"\s]{1,200}))', re.IGNORECASE)


class BrokenForm(ValueError):
    """The body is no form, or has too many fields."""


class Upload(NamedTuple):
    """An uploaded file. `name` is the field's, `filename` what the caller calls it, "" if nothing."""

    name: str
    filename: str
    data: bytes


def read_urlencoded(text: bytes, fields: dict[bytes, bytes]) -> None:
    """`a=1&b=2` into `fields`; of a name given twice the last value counts, but a value is never emptied.

    Raises `BrokenForm`.
    """
    if text.count(b"&") > MOST_FIELDS:
        raise BrokenForm("too many fields")
    for pair in text.replace(b"+", b" ").split(b"&"):
        name, _, value = pair.partition(b"=")
        if b"%" in pair:
            name, value = unquoted(name), unquoted(value)
        if name and (value or name not in fields):
            fields[name] = value


def unquoted(text: bytes) -> bytes:
    """URL-decoded. Quoted-printable is the same with `=` for `%` but at lone signs and line ends, and its decoder does
    not run in Python, which a mebibyte of lone signs would keep busy for a second."""
    if b"+" in text:
        text = text.replace(b"+", b" ")
    if b"%" not in text:
        return text
    if len(text) < 12:
        return unquote_to_bytes(text)
    text = _LONE.sub(b"%25", text).replace(b"\r", b"%0D").replace(b"\n", b"%0A")
    return binascii.a2b_qp(text.replace(b"=", b"%3D").replace(b"%", b"="))


def read_multipart(body: bytes, content_type: str, fields: dict[bytes, bytes], uploads: list[Upload]) -> None:
    """Fields and files of `multipart/form-data`. What stands before the first boundary is nothing.

    Raises `BrokenForm`.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise BrokenForm("no boundary")
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(delimiter, MOST_FIELDS + 1)
    if len(pieces) > MOST_FIELDS or len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise BrokenForm("no end")
    for piece in pieces[1:-1]:
        head, blank, data = piece.partition(b"\r\n\r\n")
        if not blank:
            raise BrokenForm("a part has no head")
        name, filename = _disposition(head)
        if filename is not None:
            uploads.append(Upload(name, filename, data))
        elif name:
            _keep(fields, name.encode("utf-8", "surrogateescape"), data)


def _keep(fields: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    if value or name not in fields:
        fields[name] = value


def _disposition(head: bytes) -> tuple[str, str | None]:
    """The names of field and file that a part's header gives; None for a part that is no file."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-disposition":
            said = value.decode("utf-8", "surrogateescape")
            given = {key.lower(): quoted or bare for key, quoted, bare in _PARAMETER.findall(said[:4_000])}
            return given.get("name", ""), given.get("filename")
    return "", None
