"""Which addresses may be dialled on a customer's word (B16). Expected values are IANA's special-purpose registries."""

from __future__ import annotations

import pytest

from heliograph.net.guard import Forbidden, Guard

INSIDE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 127.0.0.1 127.255.255.254
168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255
:: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::127.0.0.1
64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::
2002:a00:1::1 2002:a9fe:a9fe::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1
"""

OUTSIDE = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255
169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
223.255.255.255 168.63.129.15
2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1 2400::1
"""


@pytest.mark.parametrize("address", INSIDE.split())
def test_B16_an_address_that_leads_inside_is_refused(address):
    with pytest.raises(Forbidden):
        Guard().check(address)


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_a_public_address_may_be_dialled(address):
    Guard().check(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "1.2.3.4.5"])
def test_B16_what_is_no_address_is_refused(text):
    with pytest.raises(Forbidden):
        Guard().check(text)


def test_networks_of_ones_own_may_be_allowed_and_nothing_beside_them():
    guard = Guard(["10.1.0.0/16", "fd00:1::/32", "127.0.0.1"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5", "127.0.0.1", "8.8.8.8"):
        guard.check(address)
    for address in ("10.2.0.1", "127.0.0.2", "fd00:2::5", "192.168.0.1", "::1"):
        with pytest.raises(Forbidden):
            guard.check(address)


def test_an_allowed_network_that_is_none_is_refused_when_the_guard_is_made():
    with pytest.raises(ValueError, match="does not appear"):
        Guard(["10.1"])
