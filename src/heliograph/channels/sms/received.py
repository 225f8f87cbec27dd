"""What a short message that came in says: its header, its text, its data (TS 23.040, 9.2.3.24; TS 23.038, 4).

The other direction of `content`. Nothing that a stranger sends raises: a header whose lengths lie is passed over, as
the standard asks, and characters that cannot be read are shown as such. Which parts belong together is not decided
here; parts that do are read as one text, so that a character another gateway cut in two comes out whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from heliograph.channels.sms import national, udh
from heliograph.channels.sms.alphabet import decode_ucs2
from heliograph.channels.sms.content import is_unicode

_CHARSETS: Final = {1: "latin-1", 3: "latin-1", 6: "iso8859_5", 7: "iso8859_8", 14: "euc_kr"}
"""SMPP's data_coding of single and double octets (SMPP 3.4, 5.2.19); 1 is ASCII, of which Latin-1 is the wider."""
_BINARY: Final = frozenset({2, 4, 5, 9, 10, 13})


class Received(NamedTuple):
    """One part: header elements, and the octets behind the header (septets unpacked) in the scheme `data_coding`."""

    elements: tuple[udh.Element, ...]
    octets: bytes
    data_coding: int

    @property
    def concatenation(self) -> udh.Concatenation | None:
        """Which part of a longer message it is."""
        return udh.find_concatenation(self.elements)

    @property
    def ports(self) -> tuple[int, int] | None:
        """Destination and source port if it is for an application."""
        return udh.find_ports(self.elements)

    @property
    def is_binary(self) -> bool:
        """True if it has no text: octets, or a message to an application."""
        return self.ports is not None or _is_binary(self.data_coding)


def receive(user_data: bytes, data_coding: int, *, has_header: bool) -> Received:
    """Read one part; `has_header` is what esm_class or TP-UDHI says."""
    if not has_header:
        return Received((), user_data, data_coding)
    try:
        elements, rest = udh.read(user_data)
    except udh.BadHeader:
        end = 1 + user_data[0] if user_data else 0
        return Received((), user_data[end:] if end <= len(user_data) else user_data, data_coding)
    return Received(elements, rest, data_coding)


def text_of(parts: Iterable[Received]) -> str:
    """The text of a message from its parts in order; "" for binary ones."""
    return "".join([_text(list(alike), scheme) for scheme, alike in groupby(parts, key=_scheme)])


def data_of(parts: Iterable[Received]) -> bytes:
    """The octets of a message from its parts in order."""
    return b"".join([part.octets for part in parts])


_Scheme = tuple[str, int, int]
"""How octets are read: charset and national tables."""


def _scheme(part: Received) -> _Scheme:
    coding = part.data_coding
    if part.is_binary:
        return "", 0, 0
    if coding in _CHARSETS:
        return _CHARSETS[coding], 0, 0
    if is_unicode(coding):
        return "ucs2", 0, 0
    return "gsm7", *udh.find_languages(part.elements)


def _text(parts: Sequence[Received], scheme: _Scheme) -> str:
    charset, locking, single = scheme
    octets = data_of(parts)
    if charset == "gsm7":
        return national.alphabet(locking, single).decode(octets)
    if charset == "ucs2":
        return decode_ucs2(octets)
    return octets.decode(charset, "replace") if charset else ""


def _is_binary(data_coding: int) -> bool:
    if data_coding < 0x10:
        return data_coding in _BINARY
    if data_coding < 0x80:
        return data_coding & 0x0C == 0x04
    return data_coding >> 4 == 0xF and bool(data_coding & 0x04)
