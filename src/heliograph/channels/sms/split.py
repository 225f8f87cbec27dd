"""How many parts a text has, and which: 160 or 70 units in one, 153 or 67 in each of several (TS 23.040, 9.2.3.24).

The cheaper alphabet is chosen: seven bits where every character allows it. Neither an escape with its character nor a
surrogate pair is ever cut.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from heliograph.channels.sms.alphabet import NotText, encode_gsm7, encode_ucs2, extended, is_basic, is_gsm7

MOST_PARTS: Final = 255


class Coding(enum.IntEnum):
    """SMPP data_coding of what we send."""

    GSM7 = 0
    BINARY = 4
    UCS2 = 8


class TooLong(ValueError):
    """The text needs more than 255 parts."""


class Measured(NamedTuple):
    """The alphabet of a text, its length in septets or UTF-16 units, and how many parts that makes."""

    coding: Coding
    units: int
    parts: int


class Part(NamedTuple):
    """One part ready for a carrier: `udh` with its length octet ("" for a single one), `octets` as in `encode_…`."""

    udh: bytes
    octets: bytes
    text: str


_SINGLE: Final = {Coding.GSM7: 160, Coding.UCS2: 70}
_OF_SEVERAL: Final = {Coding.GSM7: 153, Coding.UCS2: 67}


def measure(text: str) -> Measured:
    """Alphabet and parts of a text. Raises `NotText`, `TooLong`."""
    length = len(text)
    if length <= 160 and is_basic(text):
        return Measured(Coding.GSM7, length, 1)
    if is_gsm7(text):
        coding, units = Coding.GSM7, length + extended(text)
    else:
        if "\0" in text:
            raise NotText("the text has a NUL character")
        coding, units = Coding.UCS2, len(encode_ucs2(text)) // 2
    if units <= _SINGLE[coding]:
        return Measured(coding, units, 1)
    if units > MOST_PARTS * _OF_SEVERAL[coding]:
        raise TooLong(f"the text needs more than {MOST_PARTS} parts")
    parts = -(-units // _OF_SEVERAL[coding]) if units == length else len(_cut(text, coding))
    if parts > MOST_PARTS:
        raise TooLong(f"the text needs more than {MOST_PARTS} parts")
    return Measured(coding, units, parts)


def split(text: str, *, reference: int = 0, wide_reference: bool = False) -> list[Part]:
    """The parts of a text, each with a concatenation header if there are several.

    `reference` tells the messages of a sender to a handset apart: 0 to 255, or to 65535 with `wide_reference`. Raises
    `NotText`, `TooLong`.
    """
    measured = measure(text)
    encode = encode_gsm7 if measured.coding is Coding.GSM7 else encode_ucs2
    if measured.parts == 1:
        return [Part(b"", encode(text), text)]
    pieces = _cut(text, measured.coding)
    return [
        Part(concatenation(reference, len(pieces), number, wide=wide_reference), encode(piece), piece)
        for number, piece in enumerate(pieces, 1)
    ]


def concatenation(reference: int, total: int, number: int, *, wide: bool = False) -> bytes:
    """The user data header of part `number` of `total`, with its length octet (TS 23.040, 9.2.3.24.1 and .8)."""
    if wide:
        return bytes((6, 0x08, 4, reference >> 8 & 0xFF, reference & 0xFF, total, number))
    return bytes((5, 0x00, 3, reference & 0xFF, total, number))


def _cut(text: str, coding: Coding) -> list[str]:
    """Pieces of at most 153 septets or 67 units."""
    most = _OF_SEVERAL[coding]
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = min(start + most, len(text))
        while _units(text[start:end], coding) > most:
            end -= 1 if _units(text[start:end], coding) - most <= 2 else (_units(text[start:end], coding) - most) // 2
        pieces.append(text[start:end])
        start = end
    return pieces


def _units(text: str, coding: Coding) -> int:
    if coding is Coding.GSM7:
        return len(text) + extended(text)
    return len(text) + sum(character > "\uffff" for character in text)
