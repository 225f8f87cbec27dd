"""A stream cut into PDUs: however it is chopped, whatever it says of its lengths."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp.framing import Broken, Framer
from protocols.smpp.vectors import VECTORS

WIRES = [wire for wire, _ in VECTORS]
ENQUIRE = bytes.fromhex("00000010 00000015 00000000 00000001")


def test_all_pdus_of_one_read_are_cut_in_order():
    assert Framer().feed(b"".join(WIRES)) == WIRES


@settings(deadline=None)
@given(st.data())
def test_B6_chopping_changes_nothing(data):
    stream, framer, cut = b"".join(WIRES), Framer(), []
    at = 0
    while at < len(stream):
        size = data.draw(st.sampled_from([1, 2, 3, 4, 15, 16, 17, 100, 700]))
        cut += framer.feed(stream[at : at + size])
        at += size
    assert cut == WIRES
    assert framer.waiting == 0
    assert framer.broken is None


def test_a_half_pdu_waits_and_holds_up_nothing_before_it():
    framer = Framer()
    assert framer.feed(ENQUIRE + ENQUIRE[:9]) == [ENQUIRE]
    assert framer.waiting == 9
    assert framer.feed(b"") == []
    assert framer.feed(ENQUIRE[9:] + ENQUIRE[:2]) == [ENQUIRE]
    assert framer.feed(ENQUIRE[2:]) == [ENQUIRE]


@pytest.mark.parametrize("length", [*range(16), 101, 1 << 31, (1 << 32) - 1])
def test_B2_a_length_that_cannot_be_true_ends_the_stream_at_once(length):
    framer = Framer(100)
    assert framer.feed(ENQUIRE + struct.pack(">I", length)) == [ENQUIRE]
    assert framer.broken is not None
    assert (framer.broken.status, framer.broken.sequence_number) == (0x02, 0)
    assert framer.waiting == 0
    assert framer.feed(ENQUIRE) == []


def test_B2_the_limit_itself_is_taken_and_one_more_is_not():
    wire = struct.pack(">4I", 100, 4, 0, 1) + b"x" * 84
    assert Framer(100).feed(wire) == [wire]
    framer = Framer(99)
    assert framer.feed(wire) == []
    assert framer.broken == Broken("a command_length of 100, at least 16 and at most 99 are taken", 1)


def test_B2_the_smallest_limit_takes_a_bare_header():
    assert Framer(16).feed(ENQUIRE) == [ENQUIRE]
    with pytest.raises(ValueError, match="16"):
        Framer(15)


def test_B2_a_response_of_impossible_length_is_known_for_one():
    framer = Framer()
    framer.feed(struct.pack(">4I", 0xFFFFFF, 0x80000004, 0, 9))
    assert framer.broken.answers_a_response


@pytest.mark.parametrize(
    "greeting", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"EHLO example\r\n"]
)
def test_B2_other_protocols_are_recognised_as_none(greeting):
    framer = Framer()
    assert framer.feed(greeting) == []
    assert framer.broken is not None


def test_B6_a_large_pdu_in_single_bytes_is_kept_once():
    wire = struct.pack(">4I", 5_000, 4, 0, 1) + b"x" * 4_984
    framer = Framer()
    cut = [pdu for at in range(len(wire)) for pdu in framer.feed(wire[at : at + 1])]
    assert cut == [wire]
    assert framer.waiting == 0
