"""Callers' addresses compared with networks, whichever way both are written (B26; RFC 4291, 2.5.5.2)."""

from __future__ import annotations

import pytest

from heliograph.core.peers import is_within, network_of, plain


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("2001:DB8:0::5", "2001:db8::5"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("::192.0.2.1", "::c000:201"),
        ("localhost", ""),
        ("", ""),
        ("192.0.2.1:80", ""),
    ],
)
def test_an_address_has_one_spelling(text, address):
    assert plain(text) == address


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.1.0.0/16", ["10.1.2.3", "::ffff:10.1.2.3"], ["10.2.0.1", "::ffff:10.2.0.1", "::10.1.2.3"]),
        ("::ffff:10.1.0.0/112", ["10.1.2.3", "::ffff:10.1.2.3"], ["10.2.0.1"]),
        ("::ffff:10.1.2.3", ["10.1.2.3"], ["10.1.2.4"]),
        ("::ffff:0:0/96", ["10.1.2.3", "203.0.113.9"], ["2001:db8::1"]),
        ("2001:db8::/32", ["2001:db8::1", "2001:DB8:ffff::"], ["2001:db9::1", "10.1.2.3"]),
        ("::/0", ["2001:db8::1"], ["10.1.2.3"]),
        ("0.0.0.0/0", ["10.1.2.3", "::ffff:10.1.2.3"], ["2001:db8::1", "", "unknown", "10.1.2"]),
        (" 10.1.2.3/16 ", ["10.1.9.9"], ["10.2.0.1"]),
        ("fe80::/10", ["fe80::1%eth0"], ["2001:db8::1"]),
    ],
)
def test_B26_an_address_is_found_in_a_network_of_either_spelling(network, inside, outside):
    networks = (network_of(network),)
    assert [peer for peer in inside if not is_within(peer, networks)] == []
    assert [peer for peer in outside if is_within(peer, networks)] == []


@pytest.mark.parametrize("text", ["", "localhost", "10.1.0.0/33", "10.1.2", "::ffff:10.1.0.0/129"])
def test_what_is_no_network_is_none(text):
    with pytest.raises(ValueError, match=r".+"):
        network_of(text)
