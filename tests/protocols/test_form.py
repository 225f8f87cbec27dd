"""Forms as octets: what percent signs mean, checked against the reading of Python's own library."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from hypothesis import given
from hypothesis import strategies as st

from heliograph.protocols.form import read_urlencoded, unquoted

OCTETS = st.lists(st.sampled_from([b"%", b"%4", b"%41", b"%fF", b"=", b"=41", b"\r", b"\n", b"\r\n", b" ", b"_", b"+"]))


def test_lone_signs_and_line_ends_stand_for_themselves():
    assert unquoted(b"100%+\r\nof=20%25%zz%D0%AF\t\n%") == b"100% \r\nof=20%%zz\xd0\xaf\t\n%"


@given(OCTETS.map(b"".join) | st.binary(max_size=200))
def test_octets_are_read_as_everybody_reads_them(octets):
    assert unquoted(octets) == unquote_to_bytes(octets.replace(b"+", b" "))


def test_a_blank_is_a_plus_or_a_percent_sign_and_a_plus_is_a_percent_sign_alone():
    fields: dict[bytes, bytes] = {}
    read_urlencoded(b"a+b=1+2&c%2Bd=%2B38%2b&e=1=2&=lost&f&e=", fields)
    assert fields == {b"a b": b"1 2", b"c+d": b"+38+", b"e": b"1=2", b"f": b""}
