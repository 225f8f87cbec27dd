"""Counting and cutting: the limits, the borders nothing is cut at, and that what is counted is what is sent."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heliograph.channels.sms import (
    Coding,
    Measured,
    NotText,
    TooLong,
    decode_gsm7,
    decode_ucs2,
    encode_gsm7,
    measure,
    pack,
    split,
    udh,
)

GSM7, UCS2 = Coding.GSM7, Coding.UCS2
FAMILY = "👨\u200d👩\u200d👧"

any_text = st.text(max_size=700)
gsm_text = st.text(alphabet="abc Äß\n€{}[]~^|\\", max_size=900)
cyrillic = st.text(alphabet="абвгґдеєжзиіїй 12", max_size=500)
emoji = st.text(alphabet=["а", "б", "😀", "👍", "\U0001f3fd", "\u200d", "🇺", "🇦", "e", "\u0301"], max_size=400)
indic = st.text(alphabet="कखगनमरसहिीुूेैोौ्ं़ ", max_size=400)
texts = st.one_of(any_text, gsm_text, cyrillic, emoji, indic)


def octets_of(part, coding):
    """How many octets of user data the part is on the air."""
    if coding is GSM7:
        return len(part.udh) + len(pack(part.octets, udh.fill_bits(part.udh)))
    return len(part.udh) + len(part.octets)


# -- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Measured(GSM7, 0, 1)),
        ("a" * 160, Measured(GSM7, 160, 1)),
        ("a" * 161, Measured(GSM7, 161, 2)),
        ("a" * 306, Measured(GSM7, 306, 2)),
        ("a" * 307, Measured(GSM7, 307, 3)),
        ("a" * 1071, Measured(GSM7, 1071, 7)),
        ("a" * 1072, Measured(GSM7, 1072, 8)),
        ("a" * 39_015, Measured(GSM7, 39_015, 255)),
        ("€" * 80, Measured(GSM7, 160, 1)),
        ("€" * 80 + "a", Measured(GSM7, 161, 2)),
        ("€" * 81, Measured(GSM7, 162, 2)),
        ("€" * 152, Measured(GSM7, 304, 2)),
        ("€" * 153, Measured(GSM7, 306, 3)),  # 76 whole ones in a part of 153 septets
        ("a" * 152 + "€" + "a" * 150, Measured(GSM7, 304, 2)),
        ("a" * 152 + "€" + "a" * 151, Measured(GSM7, 305, 2)),
        ("a" * 152 + "€" + "a" * 152, Measured(GSM7, 306, 3)),  # the escape moves on, so one septet is lost
        ("я" * 70, Measured(UCS2, 70, 1)),
        ("я" * 71, Measured(UCS2, 71, 2)),
        ("я" * 134, Measured(UCS2, 134, 2)),
        ("я" * 135, Measured(UCS2, 135, 3)),
        ("я" * 469, Measured(UCS2, 469, 7)),
        ("я" * 470, Measured(UCS2, 470, 8)),
        ("я" * 17_085, Measured(UCS2, 17_085, 255)),
        ("😀" * 35, Measured(UCS2, 70, 1)),
        ("😀" * 36, Measured(UCS2, 72, 2)),
        ("😀" * 66, Measured(UCS2, 132, 2)),
        ("😀" * 67, Measured(UCS2, 134, 3)),  # 33 whole pairs in a part of 67 units
        ("a" * 69 + "я", Measured(UCS2, 70, 1)),
        ("a" * 160 + "`", Measured(UCS2, 161, 3)),
    ],
)
def test_a_text_has_as_many_parts_as_the_limits_say(text, expected):
    assert measure(text) == expected
    assert len(split(text)) == expected.parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 304, 2),
        ("a" * 305, 3),  # a header of seven octets leaves 152 septets
        ("я" * 70, 1),
        ("я" * 132, 2),
        ("я" * 133, 3),  # and 66 units
    ],
)
def test_a_reference_of_16_bits_leaves_less_room(text, parts):
    assert measure(text, wide_reference=True).parts == parts
    found = split(text, reference=0xABCD, wide_reference=True)
    assert len(found) == parts
    assert all(octets_of(part, measure(text).coding) <= 140 for part in found)


@pytest.mark.parametrize("text", ["a" * 39_016, "€" * 19_381, "я" * 17_086, "😀" * 8_416, "a" * 10_000_000])
def test_more_than_255_parts_are_refused_and_never_cut_off(text):
    with pytest.raises(TooLong, match="255"):
        measure(text)
    with pytest.raises(TooLong):
        split(text)


@pytest.mark.parametrize(("text", "parts"), [("€" * 19_380, 255), ("😀" * 8_415, 255)])
def test_the_last_text_before_that_limit_is_split_whole(text, parts):
    found = split(text)
    assert len(found) == parts
    assert "".join(part.text for part in found) == text


@pytest.mark.parametrize("text", ["\0", "a\0b", "я\0", "\ud83d", "a\udc00", "\ude00\ud83d" * 100, "a" * 500 + "\0"])
def test_what_no_handset_can_be_sent_is_refused(text):
    with pytest.raises(NotText):
        measure(text)
    with pytest.raises(NotText):
        split(text)


@pytest.mark.parametrize("text", ["\r\n", "\t", "\x1b", "\x01\x7f", "\u200b", "\ufeff", "\uffff", "\U0010ffff"])
def test_control_characters_other_than_nul_are_kept(text):
    assert "".join(part.text for part in split(text)) == text


# -- parts -----------------------------------------------------------------------------------------------------------


def test_a_single_part_has_no_header():
    (part,) = split("Price 5 €", reference=7)
    assert (part.udh, part.octets.hex(), part.text) == (b"", "507269636520352" + "01b65", "Price 5 €")


def test_the_parts_of_a_long_text_carry_one_reference_and_their_numbers():
    first, second, third = split("x" * 320, reference=0x1C7)
    assert [part.udh.hex() for part in (first, second, third)] == ["050003c70301", "050003c70302", "050003c70303"]
    assert [len(part.octets) for part in (first, second, third)] == [153, 153, 14]


def test_the_parts_of_a_long_text_carry_a_reference_of_16_bits_if_asked_for():
    found = split("я" * 71, reference=0x1C7, wide_reference=True)
    assert [part.udh.hex() for part in found] == ["06080401c70201", "06080401c70202"]


@given(texts, st.booleans())
@example("€" * 400, False)
@example("👍" * 300, True)
def test_B12_the_parts_are_the_text_and_as_many_as_counted(text, wide):
    try:
        measured = measure(text, wide_reference=wide)
    except NotText:
        return
    parts = split(text, reference=0x1234, wide_reference=wide)
    assert len(parts) == measured.parts
    assert "".join(part.text for part in parts) == text
    decode = decode_gsm7 if measured.coding is GSM7 else decode_ucs2
    assert [decode(part.octets) for part in parts] == [part.text for part in parts]
    assert sum(len(part.octets) for part in parts) == measured.units * (2 if measured.coding is UCS2 else 1)
    assert all(octets_of(part, measured.coding) <= 140 for part in parts)
    for number, part in enumerate(parts, 1):
        if len(parts) > 1:
            elements, _ = udh.read(part.udh)
            reference = 0x1234 if wide else 0x34
            assert udh.find_concatenation(elements) == (reference, len(parts), number, wide)


@given(st.one_of(gsm_text, cyrillic, emoji))
def test_B12_no_shorter_number_of_parts_exists(text):
    """A part is closed only when the next character has no room in it."""
    measured = measure(text)
    limit = 153 if measured.coding is GSM7 else 67
    if measured.parts == 1:
        assert measured.units <= (160 if measured.coding is GSM7 else 70)
        return
    used, parts = 0, 1
    for character in text:
        size = len(encode_gsm7(character)) if measured.coding is GSM7 else 1 + (character > "\uffff")
        if used + size > limit:
            used, parts = 0, parts + 1
        used += size
    assert measured.parts == parts


# -- borders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", range(165))
def test_B12_an_escape_stays_with_its_character_at_every_place_of_the_border(before):
    text = "a" * before + "€" + "b" * 160
    parts = split(text)
    assert "".join(part.text for part in parts) == text
    assert not any(part.octets.endswith(b"\x1b") for part in parts)
    assert sum(part.octets.count(b"\x1be") for part in parts) == 1


@pytest.mark.parametrize("before", range(75))
def test_B12_a_surrogate_pair_stays_whole_at_every_place_of_the_border(before):
    text = "я" * before + "😀" + "ю" * 70
    parts = split(text)
    assert "".join(part.text for part in parts) == text
    assert [part for part in parts if "😀" in part.text]
    assert all(len(part.octets) % 2 == 0 for part in parts)


@pytest.mark.parametrize(
    "sequence",
    [
        "e\u0301",  # a letter and its accent
        "и\u0306\u0323",
        "👍\U0001f3fd",  # a thumb and its colour
        "❤\ufe0f",
        FAMILY,
        "🇺🇦",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "क\u094dष",  # two consonants joined
        "नि",
        "\u1112\u1161\u11ab",  # letters that make one syllable
        "한\u11a8",
    ],
)
@pytest.mark.parametrize("before", range(140))
def test_B12_what_is_read_as_one_character_stays_together_at_every_place_of_the_border(sequence, before):
    text = "я" * before + sequence + "ю" * 30  # room is left in the last part, wherever the sequence stands
    parts = split(text)
    assert len(parts) == measure(text).parts
    assert "".join(part.text for part in parts) == text
    if len(parts) > 1:
        assert [part for part in parts if sequence in part.text]


def test_B12_flags_are_cut_between_flags():
    first, second = split("я" + "🇺🇦" * 20)
    assert (first.text, second.text) == ("я" + "🇺🇦" * 16, "🇺🇦" * 4)


def test_B12_keeping_a_sequence_together_never_costs_a_part():
    text = "я" * 66 + "e\u0301" + "я" * 66  # 134 units: two parts only if the border cuts the sequence
    assert measure(text) == Measured(UCS2, 134, 2)
    first, second = split(text)
    assert (first.text, second.text) == ("я" * 66 + "e", "\u0301" + "я" * 66)


def test_B12_a_sequence_longer_than_a_part_is_cut_where_it_must_be():
    text = "я" + "\u0301" * 200
    parts = split(text)
    assert [len(part.text) for part in parts] == [67, 67, 67]
    assert "".join(part.text for part in parts) == text
