"""Where the encoded text of a long message is cut into parts.

Never between an escape and its character, nor within a surrogate pair. Not within what is read as one character (a
letter with its marks, a flag, a family of emoji) either, as long as that costs no further part: the number of parts
depends on the first rule alone, so what is counted is what is sent. Offsets and sizes are in octets of the encoded
text, of which a septet takes one and a UTF-16 unit two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

from heliograph.channels.sms.alphabet import ESCAPE, SevenBit, decode_ucs2, encode_ucs2

_JOINER: Final = "\u200d"
_VIRAMA: Final = 9
"""The combining class of signs that join two consonants of an Indic script."""


class Script(NamedTuple):
    """How a text is encoded, as far as cutting must know: octets a unit, and whether an offset is in a pair."""

    unit: int
    encode: Callable[[str], bytes]
    decode: Callable[[bytes], str]
    cuts_pair: Callable[[bytes, int], bool]


def seven_bit(alphabet: SevenBit) -> Script:
    """The script of a seven-bit alphabet."""
    return Script(1, alphabet.encode, alphabet.decode, lambda septets, offset: septets[offset - 1] == ESCAPE)


UCS2: Final = Script(2, encode_ucs2, decode_ucs2, lambda octets, offset: 0xD8 <= octets[offset - 2] <= 0xDB)


def ends(encoded: bytes, most: int, script: Script, start: int = 0) -> list[int]:
    """Where each part of at most `most` octets ends, from `start` on, with as few parts as can be."""
    found: list[int] = []
    total = len(encoded)
    while total - start > most:
        start += most
        if script.cuts_pair(encoded, start):
            start -= script.unit
        found.append(start)
    found.append(total)
    return found


def kind_ends(encoded: bytes, most: int, script: Script) -> list[int]:
    """The same number of parts, cut before what is read as one character wherever there is room for that."""
    planned = ends(encoded, most, script)
    found: list[int] = []
    start = 0
    for left in range(len(planned) - 1, 0, -1):
        end = start + most
        if script.cuts_pair(encoded, end):
            end -= script.unit
        better = _before_sequence(encoded, start, end, script)
        if better != end and len(ends(encoded, most, script, better)) <= left:
            end = better
        found.append(end)
        start = end
    found.append(len(encoded))
    return found


def _before_sequence(encoded: bytes, start: int, end: int, script: Script) -> int:
    """The last offset up to `end` at which no sequence is cut; `end` if the sequence fills the whole part."""
    following = script.decode(encoded[end : end + 2 * script.unit])[0]
    before = script.decode(encoded[start:end])
    kept = len(before)
    while kept and is_one(before[:kept], following):
        kept -= 1
        following = before[kept]
    if kept in (0, len(before)):
        return end
    return start + len(script.encode(before[:kept]))


def is_one(before: str, following: str) -> bool:
    """True if `following` is read together with the end of `before` (after Unicode's UAX 29, the frequent cases)."""
    last = before[-1]
    if following in ("\u200c", _JOINER) or last == _JOINER or unicodedata.category(following)[0] == "M":
        return True
    if "\U0001f3fb" <= following <= "\U0001f3ff" or "\U000e0020" <= following <= "\U000e007f":
        return True
    if _is_flag_letter(following):
        flags = len(before) - len(before.rstrip(_FLAG_LETTERS))
        return flags % 2 == 1
    if "\u1160" <= following <= "\u11ff":
        return "\u1100" <= last <= "\u11ff" or "\uac00" <= last <= "\ud7a3"
    return unicodedata.combining(last) == _VIRAMA and unicodedata.category(following) == "Lo"


_FLAG_LETTERS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
