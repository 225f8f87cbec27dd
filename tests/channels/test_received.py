"""Short messages that come in: whatever stands in them, something readable comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.channels.sms import Language, NotText, encode_gsm7, encode_ucs2
from heliograph.channels.sms.content import encode
from heliograph.channels.sms.received import Received, data_of, receive, text_of
from heliograph.channels.sms.udh import Concatenation
from heliograph.model.message import Content, Kind


def came(encoded):
    """The parts of a message of ours as a handset or a gateway gets them."""
    return [receive(part.udh + part.octets, encoded.data_coding, has_header=bool(part.udh)) for part in encoded.parts]


@given(
    st.one_of(st.text(max_size=500), st.text(alphabet="ağışçöü €[", max_size=500)),
    st.sampled_from([Kind.TEXT, Kind.FLASH]),
    st.sampled_from([None, 0x08, 0x11]),
    st.sets(st.sampled_from(list(Language)), max_size=2),
)
def test_B12_a_text_of_ours_is_read_as_it_was_written(text, kind, coding, languages):
    try:
        encoded = encode(Content(text, kind, coding=coding), reference=9, languages=languages)
    except NotText:
        assert "\0" in text
        return
    assert text_of(came(encoded)) == text


@given(st.binary(min_size=1, max_size=600))
def test_B12_data_of_ours_is_read_as_it_was_written(data):
    parts = came(encode(Content(kind=Kind.BINARY, data=data)))
    assert data_of(parts) == data
    assert all(part.is_binary for part in parts)
    assert text_of(parts) == ""


@given(st.binary(max_size=160), st.integers(0, 255), st.booleans())
def test_B10_no_octets_make_reading_fail(octets, data_coding, has_header):
    part = receive(octets, data_coding, has_header=has_header)
    assert isinstance(text_of([part]), str)
    assert octets.endswith(part.octets)
    assert part.concatenation is None or 1 <= part.concatenation.number <= part.concatenation.total


@pytest.mark.parametrize(
    ("octets", "left"),
    [
        ("050003010201" + "4869", "4869"),
        ("0400030102014869", "014869"),  # lengths that lie within what is there: the header is passed over
        ("ff00034869", "ff00034869"),  # a header longer than all there is
        ("", ""),
    ],
)
def test_B10_a_header_whose_lengths_lie_does_not_hide_the_text(octets, left):
    part = receive(bytes.fromhex(octets), 0, has_header=True)
    assert part.octets.hex() == left


def test_a_part_says_which_one_it_is_and_for_whom():
    part = receive(bytes.fromhex("0b0504158100000003070302") + b"x", 0x04, has_header=True)
    assert part.concatenation == Concatenation(7, 3, 2)
    assert part.ports == (0x1581, 0)
    assert part.is_binary


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        ("48690000", 0x00, "Hi@@"),
        ("4869e4", 0x01, "Hiä"),
        ("4869e4", 0x03, "Hiä"),
        ("bfe0d8d2d5e2", 0x06, "Привет"),
        ("e9", 0x07, "י"),
        ("b0a1", 0x0E, "가"),
        ("041f", 0x08, "П"),
        ("041f", 0x19, "П"),
        ("041f", 0xE0, "П"),
        ("1b65", 0x10, "€"),
        ("1b65", 0xC8, "€"),
        ("1b65", 0xF1, "€"),
        ("1b65", 0xF5, ""),
        ("1b65", 0x14, ""),
        ("1b65", 0x02, ""),
        ("1b65", 0x04, ""),
    ],
)
def test_octets_are_read_as_their_data_coding_says(octets, data_coding, text):
    assert text_of([Received((), bytes.fromhex(octets), data_coding)]) == text


@pytest.mark.parametrize(("locking", "text"), [("250101", "ğ"), ("250102", "ø"), ("2501ff", "ø"), ("240101", "ø")])
def test_national_tables_named_in_the_header_are_used(locking, text):
    part = receive(bytes.fromhex("03" + locking + "0c"), 0, has_header=True)
    assert text_of([part]) == text


@pytest.mark.parametrize(("encode_text", "data_coding"), [(encode_gsm7, 0), (encode_ucs2, 8)])
def test_B11_a_character_that_another_gateway_cut_in_two_comes_out_whole(encode_text, data_coding):
    text = "€" * 20 if data_coding == 0 else "😀" * 20
    octets = encode_text(text)
    for size in (1, 2, 3, 7):
        pieces = (octets[start : start + size] for start in range(0, len(octets), size))
        parts = [Received((), piece, data_coding) for piece in pieces]
        assert text_of(parts) == text


def test_parts_in_different_alphabets_are_each_read_in_their_own():
    parts = [Received((), b"abc", 0), Received((), encode_ucs2("де"), 8), Received((), b"\x1be", 0)]
    assert text_of(parts) == "abcде€"
