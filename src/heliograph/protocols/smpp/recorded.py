"""Conversations by SMPP in capture files: whole PDUs in, packets out, and back. Passwords are not in them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from heliograph.protocols.pcap import MOST_OF_A_SEGMENT, Endpoint, Segment, packet
from heliograph.protocols.smpp.framing import Broken, Framer
from heliograph.protocols.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter

PORT: Final = 2775
"""The port an analyser knows SMPP by; the message centre's end is written with it, whichever it has."""
_BINDS: Final = frozenset({BindReceiver.command_id, BindTransmitter.command_id, BindTransceiver.command_id})
_HEAD: Final = 16


class Conversation:
    """One connection as it is written down; `client` and `centre` are its ends."""

    def __init__(self, client: Endpoint, centre: Endpoint) -> None:
        self._ends = client, Endpoint(centre.host, PORT)
        self._framers = Framer(), Framer()
        self._sent = [1, 1]

    def said(self, octets: bytes, at: int, *, by_centre: bool) -> bytes:
        """The records of what one side sent: PDUs that are whole by now; after something that is none, octets."""
        framer = self._framers[by_centre]
        was_broken = framer.broken is not None
        left = framer.waiting
        cut = framer.feed(octets)
        whole = b"".join([without_password(pdu) for pdu in cut])
        if framer.broken is not None:
            whole += octets if was_broken else octets[max(sum(map(len, cut)) - left, 0) :]
        return b"".join(
            [
                self._record(whole[place : place + MOST_OF_A_SEGMENT], at, by_centre)
                for place in range(0, len(whole), MOST_OF_A_SEGMENT)
            ]
        )

    def _record(self, octets: bytes, at: int, by_centre: bool) -> bytes:
        source, destination = reversed(self._ends) if by_centre else self._ends
        sequence = self._sent[by_centre]
        self._sent[by_centre] += len(octets)
        return packet(Segment(at, source, destination, sequence, octets), self._sent[not by_centre])


def without_password(pdu: bytes) -> bytes:
    """The same octets, of a bind with asterisks where its password was."""
    if int.from_bytes(pdu[4:8], "big") not in _BINDS:
        return pdu
    start = pdu.find(b"\0", _HEAD) + 1
    end = pdu.find(b"\0", start) if start else -1
    if not start:
        return pdu
    end = len(pdu) if end < 0 else end
    return pdu[:start] + b"*" * (end - start) + pdu[end:]


class Recorded(NamedTuple):
    """A PDU in a file, or why one side of a connection cannot be read from there on."""

    at: int
    source: Endpoint
    destination: Endpoint
    octets: bytes
    broken: Broken | None = None


@dataclass(slots=True)
class _Side:
    framer: Framer = field(default_factory=Framer)
    expected: int = -1


def pdus(segments: Iterable[Segment]) -> Iterator[Recorded]:
    """The PDUs of a file. What was sent again is taken once; after octets that are missing the stream is taken up
    with the next segment."""
    sides: dict[tuple[Endpoint, Endpoint], _Side] = {}
    for segment in segments:
        if not segment.octets:
            continue
        side = sides.setdefault((segment.source, segment.destination), _Side())
        octets = segment.octets
        behind = (side.expected - segment.sequence) & 0xFFFFFFFF if side.expected >= 0 else 0
        if behind >= 1 << 31:
            side.framer = Framer()  # there is a gap
        elif behind:
            octets = octets[behind:]
            if not octets:
                continue
        side.expected = (segment.sequence + len(segment.octets)) & 0xFFFFFFFF
        was_broken = side.framer.broken is not None
        for pdu in side.framer.feed(octets):
            yield Recorded(segment.at, segment.source, segment.destination, pdu)
        if side.framer.broken is not None and not was_broken:
            yield Recorded(segment.at, segment.source, segment.destination, b"", side.framer.broken)
