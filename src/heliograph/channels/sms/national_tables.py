"""The national language tables of 3GPP TS 23.038, annex A: data, and the two rules most of them are made by.

Nine scripts of India have tables of one make: a block of Unicode in its order, without what the block does not have,
between digits and signs that stand where ASCII has them. Where the standard's print has a misprint (Kannada 0x24,
Tamil 0x24, Telugu 0x1C, 0x22 and 0x23 repeat or mix in another code point) the letter of the sequence is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from heliograph.channels.sms.alphabet import BASIC, EXTENSION, UNUSED

# Offsets in the block of what stands at 0x00 to 0x5F, row by row; the rest of a row is given as it is.
_BLOCK: Final = (
    "01 02 03 05 06 07 08 09 0A 0B \n 0C 0D \r 0E 0F",
    "10 11 12 13 14 15 16 17 18 19 1A \x1b 1B 1C 1D 1E",
    "_ ! 1F 20 21 22 23 24 ) ( 25 26 , 27 . 28",
    "'0 '1 '2 '3 '4 '5 '6 '7 '8 '9 : ; 29 2A 2B ?",
    "2C 2D 2E 2F 30 31 32 33 34 35 36 37 38 39 3C 3D",
    "3E 3F 40 41 42 43 44 45 46 47 48 49 4A 4B 4C 4D",
)


def _locking(block: int, missing: str, last: str) -> str:
    """A locking shift table: the block but for the offsets `missing`; `last` stands at 0x60 and from 0x7B on."""
    blank = {int(offset, 16) for offset in missing.split()}
    first, *others = (chr(block + int(offset, 16)) for offset in last.split())

    def characters() -> Iterator[str]:
        for row in _BLOCK:
            for word in row.split(" "):
                if len(word) == 2 and word[0] != "'":
                    offset = int(word, 16)
                    yield UNUSED if offset in blank else chr(block + offset)
                else:
                    yield " " if word == "_" else word[-1]

    return "".join(characters()) + first + "abcdefghijklmnopqrstuvwxyz" + "".join(others)


_SIGNS: Final = dict(enumerate("@£$¥¿\"¤%&'\f*+")) | dict(enumerate("-/<=>¡^¡_#*", 0x0E))
_BRACKETS: Final = {0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}
_CAPITALS: Final = dict(enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0x41))


def _single(special: str, first: int = 0x19) -> Mapping[int, str]:
    """A single shift table with these characters from `first` on, around the escape and the brackets."""
    places = (code for code in range(first, 0x40) if code not in _BRACKETS and code != 0x1B)
    return _SIGNS | dict(zip(places, special, strict=False)) | _BRACKETS | _CAPITALS


def _characters(block: int, offsets: str) -> str:
    return "".join(chr(block + int(offset, 16)) for offset in offsets.split())


def _with(table: str, changes: Mapping[int, str]) -> str:
    return "".join(changes.get(code, character) for code, character in enumerate(table))


_DANDAS: Final = "\u0964\u0965"
_PORTUGUESE: Final = (
    "@£$¥êéúíóç\nÔô\rÁáΔ_ªÇÀ∞^\\€Ó|\x1bÂâÊÉ !\"#º%&'()*+,-./0123456789:;<=>?"
    "ÍABCDEFGHIJKLMNOPQRSTUVWXYZÃÕÚÜ§~abcdefghijklmnopqrstuvwxyzãõ`üà"
)
_URDU: Final = _characters(
    0x0600,
    "27 22 28 7B 80 7E A6 2A C2 7F 79 7D 7A 7C 2B 2C 81 84 83 85 86 87 2D 2E 2F 8C 88 89 8A 8F 8D 30 31 91 93 99 32 96 "
    "98 9A 33 34 35 36 37 38 39 41 42 A9 AA AB AF B3 B1 44 45 46 BA BB BC 48 C4 D5 C1 BE 21 CC D0 D2 4D 50 4F 57",
)


def _urdu_locking() -> str:
    letters = iter(_URDU)

    def characters() -> Iterator[str]:
        for row in _BLOCK:
            for word in row.split(" "):
                is_letter = len(word) == 2 and word[0] != "'"
                yield next(letters) if is_letter else " " if word == "_" else word[-1]

    return "".join(characters()) + "\u0654abcdefghijklmnopqrstuvwxyz\u0655\u0651\u0653\u0656\u0670"


LOCKING: Final[Mapping[int, str]] = {
    0: BASIC,
    1: _with(BASIC, {0x04: "€", 0x07: "ı", 0x0B: "Ğ", 0x0C: "ğ", 0x1C: "Ş", 0x1D: "ş", 0x40: "İ", 0x60: "ç"}),
    3: _PORTUGUESE,
    4: _locking(0x0980, "0D 0E 11 12 29 31 33 34 35 45 46 49 4A", "4E 57 5C 5D 70 71"),
    5: _locking(0x0A80, "0E 12 29 31 34 46 4A", "50 60 61 62 63 71"),
    6: _locking(0x0900, "", "50 72 7B 7C 7E 7F"),
    7: _locking(0x0C80, "01 0D 11 29 34 45 49", "55 56 60 61 62 63"),
    8: _locking(0x0D00, "01 0D 11 29 3C 45 49", "57 60 61 62 63 79"),
    9: _locking(0x0B00, "0D 0E 11 12 29 31 34 45 46 49 4A", "56 57 60 61 62 63"),
    10: _locking(0x0A00, "0B 0C 0D 0E 11 12 29 31 34 37 3D 43 44 45 46 49 4A", "51 70 71 72 73 74"),
    11: _locking(
        0x0B80, "01 0B 0C 0D 11 16 17 18 1B 1D 20 21 22 25 26 27 2B 2C 2D 3C 3D 43 44 45 49", "50 57 70 71 72 79"
    ),
    12: _locking(0x0C00, "0D 11 29 34 3C 45 49", "55 56 60 61 62 63"),
    13: _urdu_locking(),
}
"""Language identifier → table of 128 characters (A.3); 0 is the default alphabet, there is none for Spanish."""

SINGLE: Final[Mapping[int, Mapping[int, str]]] = {
    0: EXTENSION,
    1: {**EXTENSION, 0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    2: {
        **EXTENSION, 0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x6F: "ó", 0x75: "ú",
    },
    3: {
        **EXTENSION, 0x05: "ê", 0x09: "ç", 0x0B: "Ô", 0x0C: "ô", 0x0E: "Á", 0x0F: "á", 0x12: "Φ", 0x13: "Γ", 0x15: "Ω",
        0x16: "Π", 0x17: "Ψ", 0x18: "Σ", 0x19: "Θ", 0x1F: "Ê", 0x41: "À", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x5B: "Ã",
        0x5C: "Õ", 0x61: "Â", 0x69: "í", 0x6F: "ó", 0x75: "ú", 0x7B: "ã", 0x7C: "õ", 0x7F: "â",
    },
    4: _single(_characters(0x0980, "66 67 68 69 6A 6B 6C 6D 6E 6F 5F 60 61 62 63 72 73 74 75 76 77 78 79 7A")),
    5: _single(_DANDAS + _characters(0x0A80, "66 67 68 69 6A 6B 6C 6D 6E 6F")),
    6: _single(
        _DANDAS
        + _characters(
            0x0900, "66 67 68 69 6A 6B 6C 6D 6E 6F 51 52 53 54 58 59 5A 5B 5C 5D 5E 5F 60 61 62 63 70 71"
        )
    ),
    7: _single(_DANDAS + _characters(0x0C80, "66 67 68 69 6A 6B 6C 6D 6E 6F 5E 71 72")),
    8: _single(_DANDAS + _characters(0x0D00, "66 67 68 69 6A 6B 6C 6D 6E 6F 70 71 72 73 74 75 7A 7B 7C 7D 7E 7F")),
    9: _single(_DANDAS + _characters(0x0B00, "66 67 68 69 6A 6B 6C 6D 6E 6F 5C 5D 5F 70 71")),
    10: _single(_DANDAS + _characters(0x0A00, "66 67 68 69 6A 6B 6C 6D 6E 6F 59 5A 5B 5C 5E 75")),
    11: _single(_DANDAS + _characters(0x0B80, "66 67 68 69 6A 6B 6C 6D 6E 6F 73 74 75 76 77 78 7A")),
    12: _single(_characters(0x0C00, "66 67 68 69 6A 6B 6C 6D 6E 6F 58 59 78 79 7A 7B 7C 7D 7E 7F"), 0x1C),
    13: {
        **_single(
            _characters(
                0x0600,
                "00 01 F0 F1 F2 F3 F4 F5 F6 F7 F8 F9 0C 0D 0E 0F 10 11 12 13 14 1B 1F 40 52 58 6B 6C 72 73 CD",
            )
        ),
        0x3F: "\u06d4",
    },
}  # fmt: skip
"""Language identifier → code after an escape → character (A.2); 0 is the default extension."""
