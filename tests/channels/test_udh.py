"""The user data header: concatenation, ports, languages, and headers that lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.channels.sms import concatenation, udh
from heliograph.channels.sms.udh import BadHeader, Concatenation, Element

elements = st.lists(st.builds(Element, st.integers(0, 255), st.binary(max_size=20)), max_size=8).filter(
    lambda some: sum(2 + len(element.data) for element in some) <= 255
)


@pytest.mark.parametrize(
    ("reference", "total", "number", "wide", "header"),
    [
        # Typed from TS 23.040, 9.2.3.24.1 and 9.2.3.24.8.
        (0x2A, 2, 1, False, "0500032a0201"),
        (0x1FF, 3, 3, False, "050003ff0303"),
        (0, 255, 255, False, "05000300ffff"),
        (0x1234, 4, 2, True, "06080412340402"),
        (0x10001, 2, 2, True, "06080400010202"),
    ],
)
def test_a_concatenation_header_has_the_octets_of_the_standard(reference, total, number, wide, header):
    assert concatenation(reference, total, number, wide=wide).hex() == header


@given(st.integers(0, 65535), st.integers(1, 255), st.integers(1, 255), st.booleans())
def test_a_concatenation_header_is_read_back(reference, total, number, wide):
    if number > total:
        number, total = total, number
    reference &= 0xFFFF if wide else 0xFF
    found, rest = udh.read(concatenation(reference, total, number, wide=wide) + b"text")
    assert udh.find_concatenation(found) == Concatenation(reference, total, number, wide)
    assert rest == b"text"


@given(elements, st.binary(max_size=50))
def test_a_header_of_any_elements_is_read_back(some, rest):
    header = udh.build(some)
    if not some:
        assert header == b""
    else:
        assert udh.read(header + rest) == (tuple(some), rest)


@given(st.binary(max_size=160))
def test_B10_reading_a_header_of_any_octets_raises_nothing_but_bad_header(octets):
    try:
        found, rest = udh.read(octets)
    except BadHeader:
        return
    assert (udh.build(found) or b"\0") + rest == octets
    udh.find_concatenation(found)
    udh.find_ports(found)
    udh.find_languages(found)


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "05",  # the header is longer than all there is
        "05000301",
        "0500040102",
        "0400030102",  # the element runs over the header's end
        "0100",  # an element without its length
        "0500030102030000"[:10],
        "06000301020100ff"[:14],  # one octet too many in the header
    ],
)
def test_B10_a_header_whose_lengths_lie_is_refused(octets):
    with pytest.raises(BadHeader):
        udh.read(bytes.fromhex(octets))


def test_an_empty_header_is_a_header():
    assert udh.read(b"\x00text") == ((), b"text")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("0500032a0200", None),  # part 0
        ("0500032a0203", None),  # part 3 of 2
        ("0500032a0000", None),
        ("0408020102" + "", None),  # too short for a reference of 16 bits
        ("05000301" + "0201" + "", Concatenation(1, 2, 1)),
        ("0a00030102010003070302", Concatenation(7, 3, 2)),  # the last one counts
        ("0a00030102010003070304", Concatenation(1, 2, 1)),  # the last possible one counts
        ("0b0003010201080400020302", Concatenation(2, 3, 2, wide=True)),
        ("06050415810000", None),
    ],
)
def test_B10_the_last_possible_concatenation_element_counts(header, found):
    some, _ = udh.read(bytes.fromhex(header))
    assert udh.find_concatenation(some) == found


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("06050415811582", (0x1581, 0x1582)),
        ("06050423f4c350", (9204, 50000)),
        ("0404020102", (1, 2)),
        ("0500032a0201", None),
    ],
)
def test_application_ports_are_found(header, found):
    some, _ = udh.read(bytes.fromhex(header))
    assert udh.find_ports(some) == found


def test_application_ports_are_written():
    assert udh.build([udh.ports(0x0B84, 0x23F0)]).hex() == "0605040b8423f0"


@pytest.mark.parametrize(
    ("header", "found"),
    [("03240101", (0, 1)), ("0325010d", (13, 0)), ("06250103240103", (3, 3)), ("0324020101"[:8], None)],
)
def test_national_languages_are_found(header, found):
    if found is None:
        with pytest.raises(BadHeader):
            udh.read(bytes.fromhex(header))
        return
    some, _ = udh.read(bytes.fromhex(header))
    assert udh.find_languages(some) == found


@pytest.mark.parametrize(("header", "bits"), [("", 0), ("0500032a0201", 1), ("06080412340402", 0), ("03240101", 3)])
def test_septets_begin_on_a_border_of_seven_bits(header, bits):
    assert udh.fill_bits(bytes.fromhex(header)) == bits
