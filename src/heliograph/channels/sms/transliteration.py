"""Cyrillic texts in Latin letters, so that they fit the seven-bit alphabet (smsc-messages.md 2.5, `translit`).

Style 1 writes as it sounds, style 2 with what looks alike (`mpaHc/Ium`). Both know Russian, Ukrainian, Belarusian and
Kazakh, write nothing that the default alphabet does not have, and leave every other character as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

ORDINARY: Final = 1
LOOK_ALIKE: Final = 2

# As it sounds: the letters of the four alphabets. Where they differ Russian decides, but in a text of letters that
# Ukrainian has and Russian has not.
_SOUNDS: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "'", "э": "e", "ю": "yu", "я": "ya",
    "і": "i", "ї": "yi", "є": "ye", "ґ": "g", "ў": "u",
    "ә": "a", "ғ": "g", "қ": "q", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h",
}  # fmt: skip

_LOOKS: Final = {
    "а": "a", "б": "6", "в": "B", "г": "r", "д": "g", "е": "e", "ё": "e", "ж": ">I<", "з": "3", "и": "u", "й": "u'",
    "к": "k", "л": "/I", "м": "M", "н": "H", "о": "o", "п": "n", "р": "p", "с": "c", "т": "m", "у": "y", "ф": "qp",
    "х": "x", "ц": "u,", "ч": "4", "ш": "w", "щ": "w,", "ъ": "'b", "ы": "bI", "ь": "b", "э": "3", "ю": "I-O", "я": "9I",
    "і": "i", "ї": "i", "є": "e", "ґ": "r'", "ў": "y'",
    "ә": "e", "ғ": "F", "қ": "k,", "ң": "H,", "ө": "o", "ұ": "Y", "ү": "Y", "һ": "h",
    "А": "A", "Б": "6", "В": "B", "Г": "r", "Д": "D", "Е": "E", "Ё": "E", "Ж": ">I<", "З": "3", "И": "U", "Й": "U'",
    "К": "K", "Л": "/I", "М": "M", "Н": "H", "О": "O", "П": "n", "Р": "P", "С": "C", "Т": "T", "У": "Y", "Ф": "qp",
    "Х": "X", "Ц": "U,", "Ч": "4", "Ш": "W", "Щ": "W,", "Ъ": "'b", "Ы": "bI", "Ь": "b", "Э": "3", "Ю": "I-O", "Я": "9I",
    "І": "I", "Ї": "I", "Є": "E", "Ґ": "r'", "Ў": "Y'",
    "Ә": "E", "Ғ": "F", "Қ": "K,", "Ң": "H,", "Ө": "O", "Ұ": "Y", "Ү": "Y", "Һ": "h",
}  # fmt: skip

_UKRAINIAN: Final = {"г": "h", "и": "y"}
_UKRAINIAN_LETTERS: Final = re.compile("[іїєґІЇЄҐ]")
_NOT_UKRAINIAN: Final = re.compile("[ыэёъўЫЭЁЪЎәғқңөұүһӘҒҚҢӨҰҮҺ]")

_APOSTROPHES: Final = {"ʼ": "'", "\u2019": "'"}
"""Ukrainian and Belarusian write one within words."""

_ALIKE: Final = str.maketrans({**_LOOKS, **_APOSTROPHES})


class _Sounds:
    """The sounds of one language, for small letters, for capitals among small ones and among capitals."""

    def __init__(self, sounds: Mapping[str, str]) -> None:
        self._small = str.maketrans({**sounds, **_APOSTROPHES})
        self._titled = {letter.upper(): sound.capitalize() for letter, sound in sounds.items()}
        self._shouted = {letter.upper(): sound.upper() for letter, sound in sounds.items()}

    def write(self, text: str) -> str:
        if text.lower() != text:
            text = "".join([self._in_its_case(text, place) for place in range(len(text))])
        return text.translate(self._small)

    def _in_its_case(self, text: str, place: int) -> str:
        """A capital of two letters is `Sh` before a small letter or alone, `SH` among capitals."""
        letter = text[place]
        titled = self._titled.get(letter)
        if titled is None:
            return letter
        following = text[place + 1 : place + 2]
        beside = following if following.isalpha() else text[place - 1 : place]
        return self._shouted[letter] if beside.isupper() else titled


_RUSSIAN_SOUNDS: Final = _Sounds(_SOUNDS)
_UKRAINIAN_SOUNDS: Final = _Sounds({**_SOUNDS, **_UKRAINIAN})


def transliterate(text: str, style: int = ORDINARY) -> str:
    """The text with its Cyrillic letters in Latin; `style` 1 as it sounds, 2 as it looks."""
    if style == LOOK_ALIKE:
        return text.translate(_ALIKE)
    is_ukrainian = _UKRAINIAN_LETTERS.search(text) is not None and _NOT_UKRAINIAN.search(text) is None
    return (_UKRAINIAN_SOUNDS if is_ukrainian else _RUSSIAN_SOUNDS).write(text)
