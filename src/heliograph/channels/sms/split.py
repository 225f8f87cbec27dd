"""How many parts a text has, and which: 160 or 70 units in one, 153 or 67 in each of several (TS 23.040, 9.2.3.24).

The cheaper alphabet is chosen: seven bits where every character allows it, with national tables only where they are
allowed and save a part. `measure` is on the way of every message and looks at a text once or twice; `split` makes as
many parts as `measure` counts. Where a text may be cut is `cut`'s.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from typing import Final, NamedTuple

from heliograph.channels.sms import national
from heliograph.channels.sms.alphabet import DEFAULT, NotText, encode_gsm7, encode_ucs2
from heliograph.channels.sms.cut import UCS2, Script, ends, kind_ends, seven_bit
from heliograph.channels.sms.udh import Element, build, concatenation

MOST_PARTS: Final = 255


class Coding(enum.IntEnum):
    """SMPP data_coding of what we send."""

    GSM7 = 0
    BINARY = 4
    UCS2 = 8


class TooLong(ValueError):
    """The text needs more than 255 parts."""


class Measured(NamedTuple):
    """The alphabet of a text, its length in septets or UTF-16 units, and how many parts that makes.

    `locking` and `single` are the languages whose national tables it is counted with, 0 = the default tables.
    """

    coding: Coding
    units: int
    parts: int
    locking: int = 0
    single: int = 0


class Part(NamedTuple):
    """One part ready for a carrier: `udh` with its length octet (b"" for a single one), `octets` as in `encode_…`."""

    udh: bytes
    octets: bytes
    text: str


# Units: septets, UTF-16 units. A header with a 16-bit reference has seven octets instead of six.
_SINGLE_GSM7: Final = 160
_SINGLE_UCS2: Final = 70
_PART_GSM7: Final = (153, 152)
_PART_UCS2: Final = (67, 66)

_ONE_GSM7: Final = tuple(Measured(Coding.GSM7, units, 1) for units in range(_SINGLE_GSM7 + 1))
_ONE_UCS2: Final = tuple(Measured(Coding.UCS2, units, 1) for units in range(_SINGLE_UCS2 + 1))
_match_basic: Final = DEFAULT.match_basic
_match_any: Final = DEFAULT.match_any
_GSM7: Final = seven_bit(DEFAULT)


def measure(
    text: str, *, wide_reference: bool = False, languages: Collection[int] = (), unicode: bool = False
) -> Measured:
    """Alphabet and parts of a text. Raises `NotText`, `TooLong`.

    `wide_reference`: how many parts it has when they are told apart by references of 16 bits. `languages`: the
    national languages whose tables may be used (`national.Language`). `unicode`: UCS-2 even where seven bits would do.
    """
    if languages:
        return _chosen(text, wide_reference, languages, unicode)[0]
    length = len(text)
    if length > MOST_PARTS * _PART_GSM7[0]:
        raise _too_long()
    if unicode:
        return _measure_ucs2(text, _PART_UCS2[wide_reference])
    basic = _match_basic(text)
    assert basic is not None
    if basic.end() == length:
        if length <= _SINGLE_GSM7:
            return _ONE_GSM7[length]
        return _counted(Coding.GSM7, length, -(-length // _PART_GSM7[wide_reference]))
    if _match_any(text, basic.end()) is None:
        return _measure_ucs2(text, _PART_UCS2[wide_reference])
    units = length + DEFAULT.escapes(text)
    if units <= _SINGLE_GSM7:
        return _ONE_GSM7[units]
    return _counted(Coding.GSM7, units, len(ends(encode_gsm7(text), _PART_GSM7[wide_reference], _GSM7)))


def split(
    text: str,
    *,
    reference: int = 0,
    wide_reference: bool = False,
    languages: Collection[int] = (),
    unicode: bool = False,
) -> list[Part]:
    """The parts of a text, as many as `measure` counts, each with a concatenation header if there are several.

    `reference` tells the messages of a sender to a handset apart: 0 to 255, or to 65535 with `wide_reference`. The
    others as in `measure`; the header of a part names the national tables it uses. Raises `NotText`, `TooLong`.
    """
    return measured_split(
        text, reference=reference, wide_reference=wide_reference, languages=languages, unicode=unicode
    )[1]


def measured_split(
    text: str, *, reference: int, wide_reference: bool, languages: Collection[int], unicode: bool
) -> tuple[Measured, list[Part]]:
    """What `measure` says of a text and what `split` makes of it, at once."""
    measured, tables = _chosen(text, wide_reference, languages, unicode)
    if tables is not None:
        return measured, _national_parts(text, tables, reference, wide_reference)
    seven_bits = measured.coding is Coding.GSM7
    encoded = encode_gsm7(text) if seven_bits else encode_ucs2(text)
    if measured.parts == 1:
        return measured, [Part(b"", encoded, text)]
    if seven_bits:
        script, places = _GSM7, ends(encoded, _PART_GSM7[wide_reference], _GSM7)
    else:
        script, places = UCS2, kind_ends(encoded, 2 * _PART_UCS2[wide_reference], UCS2)
    return measured, _parts(encoded, places, script, reference, wide_reference)


def _chosen(
    text: str, wide: bool, languages: Collection[int], unicode: bool
) -> tuple[Measured, national.Tables | None]:
    """What a text is sent in: national tables only if they save a part, or make a text possible at all."""
    too_long: TooLong | None = None
    try:
        measured = measure(text, wide_reference=wide, unicode=unicode)
        if not languages or unicode or measured.parts == 1:
            return measured, None
    except TooLong as error:
        if not languages or unicode or len(text) > MOST_PARTS * _PART_GSM7[0]:
            raise
        too_long = error
    tables = national.cheapest(text, languages, wide_reference=wide)
    if tables is not None and tables.parts <= MOST_PARTS and (too_long is not None or tables.parts < measured.parts):
        return Measured(Coding.GSM7, tables.units, tables.parts, tables.locking, tables.single), tables
    if too_long is not None:
        raise too_long
    return measured, None


def _national_parts(text: str, tables: national.Tables, reference: int, wide: bool) -> list[Part]:
    alphabet = national.alphabet(tables.locking, tables.single)
    encoded = alphabet.encode(text)
    if tables.parts == 1:
        return [Part(build(tables.elements), encoded, text)]
    script = seven_bit(alphabet)
    most = national.room_for_part(tables.locking, tables.single, wide_reference=wide)
    return _parts(encoded, kind_ends(encoded, most, script), script, reference, wide, tables.elements)


def _parts(
    encoded: bytes, places: list[int], script: Script, reference: int, wide: bool, others: Collection[Element] = ()
) -> list[Part]:
    """Parts that end at these places of an encoded text."""
    parts: list[Part] = []
    start = 0
    for number, end in enumerate(places, 1):
        octets = encoded[start:end]
        header = concatenation(reference, len(places), number, wide=wide, others=others)
        parts.append(Part(header, octets, script.decode(octets)))
        start = end
    return parts


def _measure_ucs2(text: str, most: int) -> Measured:
    if "\0" in text:
        raise NotText("the text has a NUL character")
    octets = encode_ucs2(text)
    units = len(octets) >> 1
    if units <= _SINGLE_UCS2:
        return _ONE_UCS2[units]
    parts = -(-units // most) if units == len(text) else len(ends(octets, 2 * most, UCS2))
    return _counted(Coding.UCS2, units, parts)


def _counted(coding: Coding, units: int, parts: int) -> Measured:
    if parts > MOST_PARTS:
        raise _too_long()
    return Measured(coding, units, parts)


def _too_long() -> TooLong:
    return TooLong(f"the text needs more than {MOST_PARTS} parts")
