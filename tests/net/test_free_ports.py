"""Ports that stay free between being chosen and being listened on."""

import socket
from pathlib import Path

import pytest

from heliograph.net import free_ports as room
from heliograph.net.free_ports import free_ports


def test_they_are_different_and_can_be_listened_on():
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_none_is_from_the_range_that_the_kernel_gives_to_anybody():
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()[0])
    assert all(10_000 <= port < first for port in free_ports(200))


def test_one_that_is_taken_is_not_given(monkeypatch):
    (taken,) = free_ports(1)
    offered = iter([taken, 10_001, 10_002, 10_003])
    monkeypatch.setattr(room.random, "randint", lambda *_: next(offered))
    with socket.create_server(("127.0.0.1", taken)):
        assert taken not in free_ports(1)


def test_where_none_is_free_it_says_so(monkeypatch):
    monkeypatch.setattr(room, "_is_free", lambda host, port: False)
    with pytest.raises(OSError, match=r"^no 1 free ports between 10000 and \d+ of 127\.0\.0\.1$"):
        free_ports(1)
