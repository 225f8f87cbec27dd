"""Alphabets with national language tables, and which of them is the cheapest for a text (3GPP TS 23.038, 6.2.1.2).

A locking shift table takes the place of the default alphabet, a single shift table that of its extension; each used
costs an element in the header of every part. Few handsets know all of them, so only those that are allowed are tried.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache
from typing import NamedTuple

from heliograph.channels.sms import udh
from heliograph.channels.sms.alphabet import DEFAULT, SevenBit
from heliograph.channels.sms.cut import ends, seven_bit
from heliograph.channels.sms.national_tables import LOCKING, SINGLE


class Language(enum.IntEnum):
    """National language identifiers (6.2.1.2.4)."""

    TURKISH = 1
    SPANISH = 2
    PORTUGUESE = 3
    BENGALI = 4
    GUJARATI = 5
    HINDI = 6
    KANNADA = 7
    MALAYALAM = 8
    ORIYA = 9
    PUNJABI = 10
    TAMIL = 11
    TELUGU = 12
    URDU = 13


@cache
def _alphabet(locking: int, single: int) -> SevenBit:
    return SevenBit(LOCKING[locking], SINGLE[single]) if locking or single else DEFAULT


def alphabet(locking: int = 0, single: int = 0) -> SevenBit:
    """The alphabet of two language identifiers; the default table for one that is 0, reserved or has no such table."""
    return _alphabet(locking if locking in LOCKING else 0, single if single in SINGLE else 0)


class Tables(NamedTuple):
    """A pair of tables a text can be sent with, what it takes, and the header elements that name them."""

    locking: int
    single: int
    units: int
    parts: int

    @property
    def elements(self) -> tuple[udh.Element, ...]:
        """What the header of each part must carry; empty for the default tables."""
        return language_elements(self.locking, self.single)


def language_elements(locking: int, single: int) -> tuple[udh.Element, ...]:
    """The header elements that name these tables."""
    named = ((udh.SINGLE_SHIFT, single), (udh.LOCKING_SHIFT, locking))
    return tuple(udh.Element(iei, bytes((language,))) for iei, language in named if language)


def count(text: str, locking: int, single: int, *, wide_reference: bool = False) -> Tables | None:
    """What a text takes with these tables; None if they do not have all of its characters."""
    return _count(text, Counter(text), locking, single, wide_reference, None)


def _count(
    text: str, characters: Mapping[str, int], locking: int, single: int, wide: bool, most_parts: int | None
) -> Tables | None:
    """The same, None also above `most_parts`; that is mostly seen without encoding the text."""
    chosen = alphabet(locking, single)
    units = chosen.septets(characters)
    if units is None:
        return None
    if units <= room_for_one(locking, single):
        return Tables(locking, single, units, 1)
    most = room_for_part(locking, single, wide_reference=wide)
    parts = -(-units // most)
    if units != len(text) and (most_parts is None or parts <= most_parts):
        parts = len(ends(chosen.encode(text), most, seven_bit(chosen)))
    return None if most_parts is not None and parts > most_parts else Tables(locking, single, units, parts)


def room_for_one(locking: int, single: int) -> int:
    """Septets in a message of one part: 160, 155 with one table named, 152 with two."""
    return udh.room_for_septets(len(udh.build(language_elements(locking, single))))


def room_for_part(locking: int, single: int, *, wide_reference: bool = False) -> int:
    """Septets in one part of several: 153, 149 with one table named, 146 with two; fewer with a wide reference."""
    concatenation = 7 if wide_reference else 6
    return udh.room_for_septets(concatenation + 3 * (bool(locking) + bool(single)))


def cheapest(text: str, languages: Collection[int], *, wide_reference: bool = False) -> Tables | None:
    """The tables of these languages with which a text has the fewest parts; None if it has a character in none.

    Of equals the one with fewer tables named wins, then with fewer septets, then the language with the lower number.
    The default tables are among those tried.
    """
    best: Tables | None = None
    characters = Counter(text)
    allowed = sorted({0, *languages})
    for locking in allowed:
        for single in allowed:
            if locking not in LOCKING or single not in SINGLE:
                continue
            most_parts = None if best is None else best.parts
            found = _count(text, characters, locking, single, wide_reference, most_parts)
            if found is not None and (best is None or _price(found) < _price(best)):
                best = found
    return best


def _price(tables: Tables) -> tuple[int, int, int]:
    return tables.parts, bool(tables.locking) + bool(tables.single), tables.units
