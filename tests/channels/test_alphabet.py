"""The GSM default alphabet and UCS-2: table, packing, and what no alphabet has."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import gsmcodecs  # noqa: F401  registers the codec of the peer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm

from heliograph.channels.sms import (
    NotText,
    decode_gsm7,
    decode_ucs2,
    encode_gsm7,
    encode_ucs2,
    first_unicode_char,
    pack,
    unpack,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "sms" / "gsm_default_alphabet.tsv"
TABLE = [line.split("\t") for line in VECTORS.read_text("utf-8").splitlines() if not line.startswith("#")]
GSM = "".join(chr(int(point, 16)) for _, point, _ in TABLE)
gsm_text = st.text(alphabet=GSM, max_size=400)


def test_the_typed_table_is_whole():
    assert len(TABLE) == 127 + 10
    assert len(set(GSM)) == 137
    assert {septets for septets, _, _ in TABLE if len(septets) == 2} == {f"{code:02X}" for code in range(128)} - {"1B"}


@pytest.mark.parametrize(("septets", "point", "name"), TABLE)
def test_every_character_of_the_table_has_its_code(septets, point, name):
    character = chr(int(point, 16))
    assert unicodedata.name(character, "") == name
    assert encode_gsm7(character).hex().upper() == septets
    assert decode_gsm7(bytes.fromhex(septets)) == character


@given(gsm_text)
def test_B12_what_was_encoded_is_read_back(text):
    assert decode_gsm7(encode_gsm7(text)) == text


@given(gsm_text)
def test_B12_an_independent_codec_writes_the_same_septets(text):
    assert encode_gsm7(text) == text.encode("gsm23.038")


@given(st.text(alphabet=GSM.replace("§", "").replace("\f", ""), max_size=400))
def test_B12_a_second_independent_codec_writes_the_same_septets(text):
    """All but the two characters this peer does not know."""
    assert encode_gsm7(text) == gsm.gsm_encode(text)


@given(st.binary(max_size=200))
def test_any_octets_can_be_read_as_septets(octets):
    text = decode_gsm7(octets)
    assert len(text) <= len(octets)
    assert decode_gsm7(bytes(octet & 0x7F for octet in octets)) == text


@pytest.mark.parametrize(
    ("septets", "text"),
    [
        ("1B41", "A"),  # not in the extension: shown as in the main table
        ("1B1B41", " A"),  # a second extension table does not exist: a space
        ("1B1B1B65", " €"),
        ("411B", "A "),
        ("1B1B", " "),
        ("1B00", "@"),
        ("", ""),
    ],
)
def test_escapes_the_standard_leaves_open_are_shown_as_it_asks(septets, text):
    assert decode_gsm7(bytes.fromhex(septets)) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain", None),
        ("", None),
        ("€[]{}~^|\\\f", None),
        ("code “7”", (5, "“")),
        ("ç", (0, "ç")),
        ("a`", (1, "`")),
        ("end of line\t", (11, "\t")),
        ("{Ї}", (1, "Ї")),
        ("ok 😀", (3, "😀")),
        ("no\u00a0break", (2, "\u00a0")),
        ("\x1b", (0, "\x1b")),
        ("\0", (0, "\0")),
    ],
)
def test_the_first_character_that_forces_unicode_is_named_with_its_place(text, found):
    assert first_unicode_char(text) == found


def test_a_character_outside_the_alphabet_is_not_encoded():
    with pytest.raises(NotText):
        encode_gsm7("Привіт")


# -- UCS-2 -----------------------------------------------------------------------------------------------------------


def test_ucs2_is_big_endian_without_a_mark():
    assert encode_ucs2("Привіт").hex() == "041f044004380432" + "04560442"


def test_what_is_above_the_first_plane_takes_a_surrogate_pair():
    assert encode_ucs2("😀").hex() == "d83dde00"
    assert decode_ucs2(bytes.fromhex("d83dde00")) == "😀"


@given(st.text(max_size=300))
def test_B12_ucs2_is_read_back(text):
    assert decode_ucs2(encode_ucs2(text)) == text


@pytest.mark.parametrize("text", ["\ud83d", "a\udc00b", "\ude00\ud83d"])
def test_a_lone_surrogate_is_no_text(text):
    with pytest.raises(NotText):
        encode_ucs2(text)


@pytest.mark.parametrize(("octets", "text"), [("0041d83d", "A\ufffd"), ("004100", "A\ufffd"), ("", "")])
def test_ucs2_that_cannot_be_read_is_shown_as_such(octets, text):
    assert decode_ucs2(bytes.fromhex(octets)) == text


# -- packing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("septets", "fill_bits", "octets"),
    [
        # Worked by hand after the drawings of TS 23.038, 6.1.2.1.1.
        ("", 0, ""),
        ("31", 0, "31"),
        ("3132", 0, "3119"),
        ("31323334353637", 0, "31d98c56b3dd00"),
        ("3132333435363738", 0, "31d98c56b3dd70"),
        # The word "hello", as found in many a trace.
        ("68656c6c6f", 0, "e8329bfd06"),
        # After a header of six octets there is one bit of zero before the first septet.
        ("41", 1, "82"),
        ("4142", 1, "8242"),
        ("7f", 6, "c01f"),
    ],
)
def test_septets_are_packed_as_the_standard_draws(septets, fill_bits, octets):
    unpacked = bytes.fromhex(septets)
    assert pack(unpacked, fill_bits).hex() == octets
    assert unpack(bytes.fromhex(octets), len(unpacked), fill_bits) == unpacked


@given(st.binary(max_size=160).map(lambda octets: bytes(octet & 0x7F for octet in octets)), st.integers(0, 6))
def test_B12_packed_septets_are_unpacked_again(septets, fill_bits):
    packed = pack(septets, fill_bits)
    assert len(packed) == (7 * len(septets) + fill_bits + 7) // 8
    assert unpack(packed, len(septets), fill_bits) == septets


def test_no_more_septets_are_unpacked_than_there_are():
    assert unpack(bytes.fromhex("3119"), 255) == b"12"
    assert unpack(b"", 3) == b""
    assert unpack(b"\x00", 3, 6) == b""
