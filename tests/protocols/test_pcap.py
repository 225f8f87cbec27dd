"""Packets of octets from a socket, and octets of packets."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.protocols.pcap import FILE_HEAD, BadCapture, Endpoint, Segment, packet, read

A, B = Endpoint("192.0.2.1", 40_000), Endpoint("192.0.2.2", 2775)


def test_a_file_begins_as_the_format_says():
    """Magic, version 2.4, no zone, packets up to 256 KiB, raw IP (link type 101)."""
    assert bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 00000400 65000000") == FILE_HEAD


def test_a_packet_is_what_an_analyser_expects():
    """IPv4 20 octets, TCP 20, checksums that add up to all ones (RFC 1071)."""
    record = packet(Segment(1_763_715_660_123, A, B, 7, b"abc"), 9)
    seconds, micro, kept, long = struct.unpack_from("<4I", record)
    assert (seconds, micro, kept, long) == (1_763_715_660, 123_000, 43, 43)
    ip, tcp = record[16:36], record[36:]
    assert ip[:4] == b"\x45\x00\x00\x2b"
    assert (ip[9], ip[12:20]) == (6, bytes([192, 0, 2, 1, 192, 0, 2, 2]))
    assert total(ip) == 0xFFFF
    assert struct.unpack_from(">HHII", tcp) == (40_000, 2775, 7, 9)
    assert total(ip[12:20] + struct.pack(">HH", 6, len(tcp)) + tcp) == 0xFFFF
    assert tcp[20:] == b"abc"


def total(octets):
    octets += b"\0" * (len(octets) % 2)
    added = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while added >> 16:
        added = (added & 0xFFFF) + (added >> 16)
    return added


@pytest.mark.parametrize("hosts", [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2"), ("::1", "127.0.0.1")])
def test_what_is_written_is_read(hosts):
    ends = Endpoint(hosts[0], 40_000), Endpoint(hosts[1], 2775)
    segments = [Segment(1_763_715_660_123, *ends, 1, b"abc"), Segment(1_763_715_660_124, *ends, 4, b"")]
    seen = list(read(FILE_HEAD + b"".join(packet(one, 0) for one in segments)))
    assert [(one.at, one.sequence, one.octets) for one in seen] == [
        (1_763_715_660_123, 1, b"abc"),
        (1_763_715_660_124, 4, b""),
    ]
    if hosts[0].count(":") == hosts[1].count(":"):
        assert seen == segments


def test_packets_on_ethernet_with_nanoseconds_from_a_machine_of_the_other_order_are_read():
    ip = packet(Segment(0, A, B, 1, b"abc"), 0)[16:]
    frame = bytes(12) + b"\x08\x00" + ip + bytes(3)
    head = struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65_535, 1)
    (segment,) = read(head + struct.pack(">IIII", 5, 6_000_000, len(frame), len(frame)) + frame)
    assert segment == Segment(5_006, A, B, 1, b"abc")


@pytest.mark.parametrize("octets", [b"", b"hello", bytes(24), bytes.fromhex("0a0d0d0a") + bytes(40)])
def test_what_is_no_capture_file_is_refused(octets):
    with pytest.raises(BadCapture):
        list(read(octets))


def test_a_record_that_was_cut_off_is_passed_over():
    octets = FILE_HEAD + packet(Segment(1, A, B, 1, b"abc"), 0) + packet(Segment(1, A, B, 4, b"def"), 0)
    assert [one.octets for one in read(octets[:-1])] == [b"abc"]


@given(st.binary(max_size=200))
def test_b1_whatever_a_packet_holds_nothing_is_raised(octets):
    for segment in read(FILE_HEAD + struct.pack("<IIII", 0, 0, len(octets), len(octets)) + octets):
        assert segment.octets in octets
