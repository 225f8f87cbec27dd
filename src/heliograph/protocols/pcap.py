"""Files of packets as analysers write and read them (libpcap 2.4): TCP segments, and nothing else of a network.

Writing makes IPv4 and IPv6 packets of octets that were seen on a socket, without any layer below. Reading takes also
what `tcpdump` writes on Ethernet, loopback and "any". Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

MAGIC: Final = 0xA1B2C3D4
_MAGIC_NS: Final = 0xA1B23C4D
_PCAPNG: Final = 0x0A0D0D0A
_MOST_OF_A_PACKET: Final = 0x40000
MOST_OF_A_SEGMENT: Final = 0xFF00
"""Octets in one segment: an IP packet has at most 65,535."""
_RAW: Final = 101
_LINK_HEADS: Final = {0: 4, 1: 14, _RAW: 0, 113: 16, 276: 20}
"""Link type → octets before the IP packet: BSD loopback, Ethernet, none, Linux "any" in its two forms."""
_TCP: Final = 6
_PSH_ACK: Final = 0x18

FILE_HEAD: Final = struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, _MOST_OF_A_PACKET, _RAW)


class BadCapture(ValueError):
    """The file is none that can be read; says why."""


class Endpoint(NamedTuple):
    """An IP address as text, and a port."""

    host: str
    port: int


class Segment(NamedTuple):
    """Octets of a TCP stream; `at` is ms since the epoch."""

    at: int
    source: Endpoint
    destination: Endpoint
    sequence: int
    octets: bytes


def packet(segment: Segment, acknowledged: int) -> bytes:
    """The record of a segment of at most `MOST_OF_A_SEGMENT` octets; addresses that are none become 0.0.0.0."""
    source, destination = _packed(segment.source.host), _packed(segment.destination.host)
    if len(source) != len(destination):
        source, destination = (_as_six(address) for address in (source, destination))
    ports = segment.source.port, segment.destination.port
    sequence, acknowledged = segment.sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF
    head = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, _PSH_ACK, 0xFFFF, 0, 0)
    size = len(head) + len(segment.octets)
    pseudo = source + destination + struct.pack(">IHBB", size, 0, 0, _TCP)
    head = head[:16] + _checksum(pseudo + head + segment.octets).to_bytes(2, "big") + head[18:]
    octets = _ip(source, destination, size) + head + segment.octets
    return struct.pack("<IIII", segment.at // 1000, segment.at % 1000 * 1000, len(octets), len(octets)) + octets


def _packed(host: str) -> bytes:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return bytes(4)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.packed
    return address.packed


def _as_six(address: bytes) -> bytes:
    return address if len(address) == 16 else b"\0" * 10 + b"\xff\xff" + address


def _ip(source: bytes, destination: bytes, size: int) -> bytes:
    if len(source) == 16:
        return struct.pack(">IHBB", 0x60000000, size, _TCP, 64) + source + destination
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64, _TCP, 0) + source + destination
    return head[:10] + _checksum(head).to_bytes(2, "big") + head[12:]


def _checksum(octets: bytes) -> int:
    octets += b"\0" * (len(octets) % 2)
    total: int = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def read(octets: bytes) -> Iterator[Segment]:
    """The TCP segments of a file, in its order; other packets, and a record cut off at the end, are passed over.

    Raises `BadCapture`.
    """
    order, parts_of_ms, link = _file_head(octets)
    at = len(FILE_HEAD)
    record = struct.Struct(f"{order}IIII")
    while at + record.size <= len(octets):
        seconds, fraction, kept, _ = record.unpack_from(octets, at)
        at += record.size
        if kept > _MOST_OF_A_PACKET:
            raise BadCapture(f"a packet of {kept} octets: the file is damaged")
        found = _tcp(octets[at + _LINK_HEADS[link] : at + kept], seconds * 1000 + fraction // parts_of_ms)
        at += kept
        if found is not None and at <= len(octets):
            yield found


def _file_head(octets: bytes) -> tuple[str, int, int]:
    if len(octets) < len(FILE_HEAD):
        raise BadCapture("this is no capture file")
    for order in "<>":
        magic, *_, link = struct.unpack_from(f"{order}IHHiIII", octets)
        if magic == _PCAPNG:
            raise BadCapture("this is a pcapng file: make a pcap of it first (editcap -F pcap)")
        if magic in (MAGIC, _MAGIC_NS):
            if link & 0xFFFF not in _LINK_HEADS:
                raise BadCapture(f"packets of the link type {link} are not read")
            return order, 1000 if magic == MAGIC else 1_000_000, link & 0xFFFF
    raise BadCapture("this is no capture file")


def _tcp(octets: bytes, at: int) -> Segment | None:
    try:
        if octets[0] >> 4 == 4:
            (size,) = struct.unpack_from(">H", octets, 2)
            protocol, start = octets[9], (octets[0] & 15) * 4
            hosts = octets[12:16], octets[16:20]
        else:
            size = 40 + struct.unpack_from(">H", octets, 4)[0]
            protocol, start = octets[6], 40
            hosts = octets[8:24], octets[24:40]
        if octets[0] >> 4 not in (4, 6) or protocol != _TCP:
            return None
        source, destination, sequence = struct.unpack_from(">HHI", octets, start)
        data = octets[start + (octets[start + 12] >> 4) * 4 : size]
        ends = Endpoint(str(ip_address(hosts[0])), source), Endpoint(str(ip_address(hosts[1])), destination)
    except (IndexError, ValueError, struct.error):
        return None
    return Segment(at, *ends, sequence, data)
