"""Addresses of an envelope: plain ones are read by us, and exactly as the library would have read them."""

from __future__ import annotations

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.net.smtp_server import plain_address

LIBRARY = SMTP.__new__(SMTP)._getaddr


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("<send@sms.example>", ("send@sms.example", "")),
        ("<380671234567@sms.example> SIZE=100 BODY=8BITMIME", ("380671234567@sms.example", "SIZE=100 BODY=8BITMIME")),
        ("<first.last+tag@shop.example> ", ("first.last+tag@shop.example", "")),
        ("<>", None),
        ('<"a b"@shop.example>', None),
        ("<@relay.example:a@shop.example>", None),
        ("<пошта@shop.example>", None),
        ("<a@shop.example>x", None),
        ("a@shop.example", None),
    ],
)
def test_an_address_is_plain_or_the_librarys(words, read):
    assert plain_address(words) == read
    if read is not None:
        assert LIBRARY(words) == read


@settings(deadline=None)
@given(st.text("aZ09.+-_@<> =\t\r\n\"'\\()[]é", max_size=24))
def test_B28_whatever_is_read_as_plain_the_library_reads_the_same(inside):
    for words in (f"<{inside}>", f"<a@b>{inside}", f"<a{inside}@b.example>", inside):
        read = plain_address(words)
        assert read is None or read == LIBRARY(words)
