"""B12 at length: random strings of every script, encoded, cut, counted and read back.

`HELIOGRAPH_CODEC_STRINGS=1000000` strings a script is the long form; the seed is printed and may be given as
`HELIOGRAPH_SEED`.
"""

from __future__ import annotations

import os
import random

import pytest

from heliograph.channels.sms import Coding, Language, measure, split, udh
from heliograph.channels.sms.alphabet import decode_gsm7, decode_ucs2
from heliograph.channels.sms.national import alphabet

STRINGS = int(os.environ.get("HELIOGRAPH_CODEC_STRINGS", "1500"))
SEED = int(os.environ.get("HELIOGRAPH_SEED", "20261121"))


def _block(*ranges):
    return [chr(point) for first, last in ranges for point in range(first, last + 1)]


SCRIPTS = {
    "gsm": list(decode_gsm7(bytes(set(range(128)) - {0x1B}))) + list("€[]{}^~|\\\f"),
    "latin": _block((0x20, 0x7E), (0xA0, 0x17F), (0x300, 0x30F)),
    "cyrillic": _block((0x20, 0x40), (0x400, 0x45F)),
    "greek": _block((0x20, 0x40), (0x391, 0x3A1), (0x3A3, 0x3C9)),
    "arabic": _block((0x20, 0x40), (0x621, 0x64A), (0x64B, 0x652)),
    "hebrew": _block((0x20, 0x40), (0x5D0, 0x5EA), (0x5B0, 0x5BC)),
    "devanagari": _block((0x20, 0x40), (0x901, 0x939), (0x93C, 0x94D)),
    "thai": _block((0x20, 0x40), (0xE01, 0xE3A), (0xE40, 0xE4E)),
    "hangul": _block((0x20, 0x40), (0x1100, 0x1112), (0x1161, 0x1175), (0x11A8, 0x11C2), (0xAC00, 0xAC40)),
    "han": _block((0x4E00, 0x4E80), (0x20000, 0x20040)),
    "emoji": [*_block((0x1F600, 0x1F64F), (0x1F3FB, 0x1F3FF), (0x1F1E6, 0x1F1FF)), *"\u200d\ufe0f\u20e3a"],
    "any": _block((0x01, 0x2FF), (0xD700, 0xD7FF), (0xE000, 0xE0FF), (0xFFF0, 0xFFFF), (0x1F000, 0x1F0FF)),
}
NATIONAL = {"latin": {Language.TURKISH, Language.PORTUGUESE}, "devanagari": {Language.HINDI}, "arabic": {Language.URDU}}


def _check(text, wide, languages):
    measured = measure(text, wide_reference=wide, languages=languages)
    parts = split(text, reference=1, wide_reference=wide, languages=languages)
    assert len(parts) == measured.parts
    texts = []
    for part in parts:
        if measured.coding is Coding.UCS2:
            texts.append(decode_ucs2(part.octets))
            assert len(part.udh) + len(part.octets) <= 140
        else:
            elements = udh.read(part.udh)[0] if part.udh else ()
            texts.append(alphabet(*udh.find_languages(elements)).decode(part.octets))
            assert len(part.octets) <= udh.room_for_septets(len(part.udh))
    assert "".join(texts) == text
    assert texts == [part.text for part in parts]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("script", SCRIPTS)
def test_B12_random_strings_are_read_back_and_counted_as_sent(script):
    print(f"{STRINGS} strings of {script}, seed {SEED}")
    chance = random.Random(f"{SEED} {script}")
    characters = SCRIPTS[script]
    for _ in range(STRINGS):
        text = "".join(chance.choices(characters, k=int(chance.expovariate(1 / 90))))
        _check(text, chance.random() < 0.2, NATIONAL.get(script, ()) if chance.random() < 0.5 else ())
