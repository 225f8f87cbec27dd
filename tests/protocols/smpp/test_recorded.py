"""Conversations in capture files: whole PDUs, without passwords, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from heliograph.protocols import pcap
from heliograph.protocols.pcap import FILE_HEAD, Endpoint, Segment, packet
from heliograph.protocols.smpp.codec import decode, encode
from heliograph.protocols.smpp.pdu import BindTransceiver, EnquireLink, SubmitSm, SubmitSmResp
from heliograph.protocols.smpp.recorded import Conversation, pdus

CLIENT, CENTRE = Endpoint("192.0.2.1", 40_000), Endpoint("192.0.2.2", 16_000)
BIND = encode(BindTransceiver(sequence_number=1, system_id=b"gateway", password=b"secret"))
SUBMIT = encode(SubmitSm(sequence_number=2, short_message=b"Hello"))


def told(*said):
    """What is read of a file with these (octets, by the centre)."""
    talk = Conversation(CLIENT, CENTRE)
    records = [talk.said(octets, 1_000 + at, by_centre=by_centre) for at, (octets, by_centre) in enumerate(said)]
    return list(pdus(pcap.read(FILE_HEAD + b"".join(records))))


def test_a_password_is_not_written_however_the_bind_was_chopped():
    (bind,) = told((BIND, False))
    assert decode(bind.octets).password == b"******"
    assert decode(bind.octets).system_id == b"gateway"
    for at in range(1, len(BIND)):
        (bind,) = told((BIND[:at], False), (BIND[at:], False))
        assert b"secret" not in bind.octets


def test_the_centre_is_written_with_the_port_an_analyser_knows():
    first, second = told((SUBMIT, False), (encode(SubmitSmResp(sequence_number=2, message_id=b"7")), True))
    assert (first.source, first.destination) == (CLIENT, Endpoint("192.0.2.2", 2775))
    assert (second.source, second.destination) == (Endpoint("192.0.2.2", 2775), CLIENT)
    assert (first.at, first.octets) == (1_000, SUBMIT)


@given(st.lists(st.integers(1, 60), max_size=20))
def test_however_it_was_chopped_whole_pdus_come_out(sizes):
    last = encode(EnquireLink(sequence_number=9))
    stream = SUBMIT * 5 + last
    pieces, at = [], 0
    for size in [*sizes, len(stream)]:
        pieces.append((stream[at : at + size], False))
        at += size
    assert [one.octets for one in told(*[piece for piece in pieces if piece[0]])] == [SUBMIT] * 5 + [last]


def test_more_than_an_ip_packet_holds_is_several():
    assert len(told((SUBMIT * 3_000, False))) == 3_000


def test_what_is_no_smpp_is_kept_and_said_to_be_none():
    seen = told((SUBMIT + b"GET / HTTP/1.1\r\n\r\n", False), (b"more", False))
    assert seen[0].octets == SUBMIT
    assert seen[1].broken is not None
    assert len(seen) == 2


def test_what_was_sent_again_is_taken_once_and_a_gap_is_passed():
    size = len(SUBMIT)
    segments = [(1, SUBMIT), (1, SUBMIT), (1 + size // 2, SUBMIT[size // 2 :] + SUBMIT), (9_000, SUBMIT)]
    records = [packet(Segment(1, CLIENT, CENTRE, sequence, octets), 0) for sequence, octets in segments]
    assert [one.octets for one in pdus(pcap.read(FILE_HEAD + b"".join(records)))] == [SUBMIT] * 3
