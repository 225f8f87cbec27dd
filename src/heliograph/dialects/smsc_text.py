"""What shall be sent: type, text, comment, prefix and binary data of `send.php` (smsc-messages.md 2.2-2.5, 2.13, 2.14).

A `Writer` is made of a request's parameters and turns each `mes`, one or one for each line of `list`, into content and
comment. It counts with the functions that count what is sent. Types that have no channel are refused here, so that
nobody who asked for a call or an e-mail gets a short message instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from heliograph.channels.sms.alphabet import NotText
from heliograph.channels.sms.content import own_header
from heliograph.channels.sms.lens import shorten
from heliograph.channels.sms.transliteration import transliterate
from heliograph.channels.sms.udh import BadHeader
from heliograph.dialects.smsc_answer import PARAMETERS
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.model.message import Content, Kind

MOST_CHARACTERS: Final = 1_000
"""Of a text, and of a comment."""

_KINDS: Final = {"flash": Kind.FLASH, "bin": Kind.BINARY, "push": Kind.WAP_PUSH, "hlr": Kind.HLR, "ping": Kind.PING}
_WITHOUT_CHANNEL: Final = ("mms", "mail", "soc", "viber", "bot", "tg", "call", "whatsapp")
_TYPES: Final = frozenset((*_KINDS, *_WITHOUT_CHANNEL))
_PREFIXES: Final[dict[str, Kind | str]] = {
    "__HLR__": Kind.HLR,
    "__PING__": Kind.PING,
    "__CALL__": "call",
    "__VIBER__": "viber",
    "__SOC__": "soc",
}
_RAW, _HEX = 1, 2

_COMMENT: Final = re.compile(r"\r?\n~~~\r?\n")
_COMMENT_OCTETS: Final = b"\n~~~\n"
"""Behind octets: a carriage return before it, or the same octets further in front, are data."""
_PID_AND_DCS: Final = re.compile(r"pid: (\d{1,3}), dcs: (\d{1,3})\s*", re.ASCII)


class Written(NamedTuple):
    """Content and the comment that goes with it."""

    content: Content
    comment: str = ""


class Writer:
    """Reads the type and how texts are to be treated. Raises `WrongRequest` for what cannot be.

    `national` are the languages whose tables the texts may use (`channels.sms.Language`).
    """

    def __init__(self, request: Request, national: Sequence[int] = ()) -> None:
        self._kind, self._is_typed = _type(request)
        self._binary = request.choice("bin", 2)
        self._octets = request.octets
        self._style = request.choice("translit", 2)
        self._national = national
        self._most_parts = request.choice("maxsms", 1_000)

    @property
    def needs_text(self) -> bool:
        """False for look-ups and pings (section 2)."""
        return self._kind not in (Kind.HLR, Kind.PING)

    def write(self, mes: str) -> Written:
        """Content of one text. Raises `WrongRequest`."""
        if self._kind is Kind.BINARY:
            return self._binary_of(mes)
        text, comment = _without_comment(mes)
        kind, text = (self._kind, text) if self._is_typed else _without_prefix(text)
        if kind in (Kind.HLR, Kind.PING):
            return Written(Content(kind=kind), comment)
        if not text.strip() or len(text) > MOST_CHARACTERS:
            raise WrongRequest
        if kind in (Kind.TEXT, Kind.FLASH):
            text = self._treated(text)
        return Written(Content(text, kind), comment)

    def _treated(self, text: str) -> str:
        if self._style:
            text = transliterate(text, self._style)
        if self._most_parts:
            try:
                text = shorten(text, self._most_parts, languages=self._national)
            except NotText:
                raise WrongRequest from None
        return text

    def _binary_of(self, mes: str) -> Written:
        """Octets as they are, or as hex, that begin with their header (2.2)."""
        if self._binary == _RAW:
            data, rest = _cut(self._octets)
            comment = rest.decode("latin-1")
        else:
            text, comment = _without_comment(mes)
            try:
                data = bytes.fromhex(text)
            except ValueError:
                raise WrongRequest from None
        if not data or len(data) > MOST_CHARACTERS:
            raise WrongRequest
        try:
            udh, data = own_header(data)
        except BadHeader:
            raise WrongRequest from None
        pid, coding = None, None
        said = _PID_AND_DCS.fullmatch(comment)
        if said is not None:
            pid, coding, comment = int(said[1]), int(said[2]), ""
            if pid > 255 or coding > 255:
                raise WrongRequest
        return Written(Content("", Kind.BINARY, data, udh, coding, pid), comment)


def _type(request: Request) -> tuple[Kind, bool]:
    """The first type that is set counts; short messages are what is left (2.2)."""
    if _TYPES.isdisjoint(request.fields):
        return Kind.TEXT, False
    for name, kind in _KINDS.items():
        if request.choice(name, 2 if name == "bin" else 1):
            return kind, True
    for name in _WITHOUT_CHANNEL:
        if request.get(name) not in ("", "0"):
            raise _without_channel(name)
    return Kind.TEXT, False


def _without_channel(name: str) -> WrongRequest:
    return WrongRequest(PARAMETERS, f"message type is not available: {name}")


def _without_comment(mes: str) -> tuple[str, str]:
    """Text and comment. The comment counts neither as text nor for its length, but has a length of its own."""
    if "~~~" not in mes:
        return mes, ""
    text, *rest = _COMMENT.split(mes, maxsplit=1)
    comment = rest[0].rstrip("\r\n") if rest else ""
    if len(comment) > MOST_CHARACTERS:
        raise WrongRequest
    return text, comment


def _cut(octets: bytes) -> tuple[bytes, bytes]:
    """Data and what is noted behind it."""
    data, separator, rest = octets.rpartition(_COMMENT_OCTETS)
    return (data, rest[:MOST_CHARACTERS]) if separator else (octets, b"")


def _without_prefix(text: str) -> tuple[Kind, str]:
    """A type that the text itself names, at its very beginning; one blank or line feed after it goes, too (2.14)."""
    if not text.startswith("__"):
        return Kind.TEXT, text
    for prefix, kind in _PREFIXES.items():
        if text.startswith(prefix):
            if isinstance(kind, str):
                raise _without_channel(kind)
            rest = text[len(prefix) :]
            return kind, rest[1:] if rest[:1] in (" ", "\n") else rest
    return Kind.TEXT, text
