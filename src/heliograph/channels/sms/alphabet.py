"""Seven-bit alphabets, first of all the GSM default one with its extension table, and UCS-2 (3GPP TS 23.038, 6.2).

Septets here are unpacked, one in each octet, as SMPP carries them; `pack` is for links that carry seven bits. UCS-2 is
carried as UTF-16 big-endian: characters above U+FFFF are surrogate pairs, two units. Nothing here knows of parts.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Final

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""128 positions; 0x1B is the escape and stands for no character."""

EXTENSION: Final[Mapping[int, str]] = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
ESCAPE: Final = 0x1B
UNUSED: Final = "\ufffd"
"""Stands in tables where there is no character."""

_SEVEN_BITS: Final = bytes(octet & 0x7F for octet in range(256))


class NotText(ValueError):
    """What no handset can be sent as text: lone surrogates, NUL; or what the asked alphabet does not have."""


class SevenBit:
    """An alphabet of a table of 128 characters and a table of what an escape may stand before.

    `basic` holds ESCAPE at 0x1B and `UNUSED` where it has nothing. A character that is in both tables is written
    without an escape.
    """

    def __init__(self, basic: str, extension: Mapping[int, str]) -> None:
        characters = {character: code for code, character in enumerate(basic) if character not in ("\x1b", UNUSED)}
        escaped = {character: code for code, character in extension.items() if character not in characters}
        self._basic = basic.replace("\x1b", " ").replace(UNUSED, " ")
        self._extension = dict(extension)
        self._sizes = dict.fromkeys(escaped, 2) | dict.fromkeys(characters, 1)
        self._encoding = {
            **{ord(character): chr(code) for character, code in characters.items()},
            **{ord(character): chr(ESCAPE) + chr(code) for character, code in escaped.items()},
        }
        basic_class, escaped_class = re.escape("".join(characters)), re.escape("".join(escaped))
        self.match_basic = re.compile(f"[{basic_class}]*").match
        """Matches what needs no escape, from the given place on."""
        self.match_any = re.compile(f"[{basic_class}{escaped_class}]*").fullmatch
        """Matches if everything from the given place on is in the alphabet."""
        foreign = re.compile(f"[^{basic_class}{escaped_class}]")
        self._first_foreign = foreign.search
        self._foreign = foreign.finditer
        self._escaped = re.compile(f"[{escaped_class}]").findall

    def has(self, text: str) -> bool:
        """True if the text can be written in it."""
        return self.match_any(text) is not None

    def escapes(self, text: str) -> int:
        """How many characters need an escape before them."""
        return len(self._escaped(text))

    def septets(self, characters: Mapping[str, int]) -> int | None:
        """How many septets characters take that occur so often; None if one of them is not in it."""
        sizes = self._sizes
        try:
            return sum([sizes[character] * times for character, times in characters.items()])
        except KeyError:
            return None

    def first_foreign(self, text: str) -> tuple[int, str] | None:
        """Place (from 0) and character of the first one that is not in it; None if all are."""
        found = self._first_foreign(text)
        return None if found is None else (found.start(), found.group())

    def foreign(self, text: str) -> Iterator[tuple[int, str]]:
        """Place and character of each one that is not in it, in order."""
        return ((found.start(), found.group()) for found in self._foreign(text))

    def encode(self, text: str) -> bytes:
        """Septets, one an octet. Raises `NotText` for a character that is in neither table."""
        if self.match_any(text) is None:
            raise NotText("a character is not in the alphabet")
        return text.translate(self._encoding).encode("latin-1")

    def decode(self, septets: bytes) -> str:
        """Text of septets.

        An escaped code that the extension does not have is shown as in the basic table; an escape before an escape,
        and one with nothing after it, as a space (TS 23.038, 6.2.1 and 6.2.1.1).
        """
        septets = septets.translate(_SEVEN_BITS)
        head, *rest = septets.split(b"\x1b")
        text = codecs.charmap_decode(head, "strict", self._basic)[0]
        if not rest:
            return text
        pieces, doubled = [text], False
        for number, run in enumerate(rest, 1):
            if doubled:
                doubled = False
                pieces.append(codecs.charmap_decode(run, "strict", self._basic)[0])
            elif run:
                pieces.append(self._extension.get(run[0]) or self._basic[run[0]])
                pieces.append(codecs.charmap_decode(run[1:], "strict", self._basic)[0])
            else:
                pieces.append(" ")
                doubled = number < len(rest)
        return "".join(pieces)


DEFAULT: Final = SevenBit(BASIC, EXTENSION)
"""The GSM 7-bit default alphabet with its extension table (6.2.1, 6.2.1.1)."""


def first_unicode_char(text: str) -> tuple[int, str] | None:
    """Place (from 0) and character that first forces UCS-2; None if nothing does."""
    return DEFAULT.first_foreign(text)


def encode_gsm7(text: str) -> bytes:
    """Septets of the default alphabet, one an octet. Raises `NotText` for a character that it does not have."""
    return DEFAULT.encode(text)


def decode_gsm7(septets: bytes) -> str:
    """Text of septets of the default alphabet; bit 7 of each octet is ignored."""
    return DEFAULT.decode(septets)


def encode_ucs2(text: str) -> bytes:
    """UTF-16 big-endian without a mark. Raises `NotText` for a lone surrogate."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise NotText("the text has half of a surrogate pair") from None


def decode_ucs2(octets: bytes) -> str:
    """Text of UTF-16 big-endian; what cannot be read is shown as U+FFFD."""
    return octets.decode("utf-16-be", "replace")


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Eight septets in seven octets, the first after `fill_bits` (0 to 6) of zero (TS 23.038, 6.1.2.1)."""
    number = 0
    for septet in reversed(septets):
        number = number << 7 | septet & 0x7F
    return (number << fill_bits).to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """The first `count` septets of packed octets, fewer if there are fewer."""
    number = int.from_bytes(octets, "little") >> fill_bits
    count = min(count, max(0, (8 * len(octets) - fill_bits) // 7))
    return bytes([(number >> 7 * place) & 0x7F for place in range(count)])
