"""The segment lens: what a text takes, which characters make it dear, and what it would take otherwise.

One look answers a customer's "why two parts?". It counts with the functions that count what is sent, so the figure
shown is the figure charged; it changes no text, it only shows what each way of writing would take.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Collection
from itertools import islice
from typing import Final, NamedTuple

from heliograph.channels.sms.alphabet import DEFAULT
from heliograph.channels.sms.cut import is_one
from heliograph.channels.sms.split import Measured, TooLong, measure
from heliograph.channels.sms.substitution import substitute
from heliograph.channels.sms.transliteration import LOOK_ALIKE, ORDINARY, transliterate

MOST_SHOWN: Final = 100
"""Foreign characters named one by one; a text of another script has nothing else."""


class Way(enum.StrEnum):
    """How a text may be written."""

    SUBSTITUTED = "substituted"
    NATIONAL = "national"
    TRANSLITERATED = "transliterated"
    LOOK_ALIKE = "look_alike"


class Foreign(NamedTuple):
    """A character the default alphabet does not have. `place` counts from 0; `name` is Unicode's, "" if it has none."""

    place: int
    character: str
    name: str


class Writing(NamedTuple):
    """A way of writing a text: what it becomes and takes. `languages` are those whose tables it needs."""

    way: Way
    text: str
    measured: Measured
    languages: frozenset[int] = frozenset()


class Look(NamedTuple):
    """What the lens shows. `foreign` are the first hundred characters that force Unicode, in order.

    `cheaper` are the other ways that take fewer parts, the one nearest to the customer's text first.
    """

    measured: Measured
    foreign: tuple[Foreign, ...]
    cheaper: tuple[Writing, ...]


def look(
    text: str, *, languages: Collection[int] = (), allowed: Collection[int] = (), wide_reference: bool = False
) -> Look:
    """What a text takes with the national languages that are `allowed`. `languages` are others that could be.

    Raises `NotText`, `TooLong`.
    """
    measured = measure(text, wide_reference=wide_reference, languages=allowed)
    if measured.parts == 1:
        return Look(measured, _foreign(text), ())
    usual, offered = frozenset(allowed), sorted(set(languages).difference(allowed))
    ways = [Writing(Way.SUBSTITUTED, substitute(text), measured, usual)]
    ways += [Writing(Way.NATIONAL, text, measured, usual | {language}) for language in offered]
    ways += [Writing(Way.TRANSLITERATED, substitute(transliterate(text, ORDINARY)), measured, usual)]
    ways += [Writing(Way.LOOK_ALIKE, substitute(transliterate(text, LOOK_ALIKE)), measured, usual)]
    cheaper: list[Writing] = []
    for writing in ways:
        taken = _taken(writing, wide_reference)
        known = any((other.text, other.languages) == (writing.text, writing.languages) for other in cheaper)
        if taken is not None and taken.parts < measured.parts and not known:
            cheaper.append(writing._replace(measured=taken))
    return Look(measured, _foreign(text), tuple(cheaper))


def _taken(writing: Writing, wide: bool) -> Measured | None:
    try:
        return measure(writing.text, wide_reference=wide, languages=writing.languages)
    except TooLong:
        return None


def shorten(text: str, parts: int, *, wide_reference: bool = False, languages: Collection[int] = ()) -> str:
    """As much of the beginning of a text as so many parts hold (`maxsms`); all of it if it fits.

    Nothing that is read as one character is cut. `parts` is at least 1. Raises `NotText`.
    """
    if _fits(text, parts, wide_reference, languages):
        return text
    shortest, longest = 0, len(text)
    while longest - shortest > 1:
        middle = (shortest + longest) // 2
        if _fits(text[:middle], parts, wide_reference, languages):
            shortest = middle
        else:
            longest = middle
    end = shortest
    while end and is_one(text[:end], text[end]):
        end -= 1
    return text[: end or shortest]


def _fits(text: str, parts: int, wide: bool, languages: Collection[int]) -> bool:
    try:
        return measure(text, wide_reference=wide, languages=languages).parts <= parts
    except TooLong:
        return False


def _foreign(text: str) -> tuple[Foreign, ...]:
    shown = islice(DEFAULT.foreign(text), MOST_SHOWN)
    return tuple([Foreign(place, character, unicodedata.name(character, "")) for place, character in shown])
