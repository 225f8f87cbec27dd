"""What must hold for all PDUs and all bytes (B1, B2, B12): nothing is lost, nothing raises, nothing takes long."""

from __future__ import annotations

import struct
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp import codec, pdu, tlv
from heliograph.protocols.smpp.codec import Unreadable, decode, encode
from heliograph.protocols.smpp.fields import CString, DistributionList, Int, SmeAddress, UnsuccessfulSme
from protocols.smpp.vectors import VECTORS


def c_strings(limit):
    return st.binary(max_size=limit).map(lambda octets: octets.replace(b"\0", b"0"))


octet = st.integers(0, 255)
ADDRESSES = st.builds(SmeAddress, octet, octet, c_strings(20))
VALUES = {
    "dest_address": st.lists(ADDRESSES | st.builds(DistributionList, c_strings(20)), max_size=6).map(tuple),
    "unsuccess_sme": st.lists(
        st.builds(UnsuccessfulSme, octet, octet, c_strings(20), st.integers(0, 0xFFFFFFFF)), max_size=6
    ).map(tuple),
    "short_message": st.binary(max_size=255),
}
TLVS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=5).map(tuple)


def value_of(name, kind):
    if isinstance(kind, Int):
        return octet
    return c_strings(kind.limit) if isinstance(kind, CString) else VALUES[name]


def pdus(kind):
    fields = {name: value_of(name, field) for name, field in codec.table_of(kind).items()}
    return st.builds(
        kind, sequence_number=st.integers(0, 0xFFFFFFFF), command_status=st.integers(0, 0xFFFFFFFF), tlvs=TLVS, **fields
    )


ANY_PDU = st.sampled_from(pdu.ALL).flatmap(pdus)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_PDU)
def test_B12_what_was_written_is_read_again(ours):
    assert decode(encode(ours)) == ours


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_PDU)
def test_the_fast_reader_and_the_careful_one_agree(ours):
    wire = encode(ours)
    assert codec._carefully(type(ours), wire, ours.command_status, ours.sequence_number) == decode(wire)


def is_legal(read, wire):
    """Either a PDU that can be written again and means the same, or a complaint with the number to answer to."""
    if isinstance(read, Unreadable):
        assert 0 < read.status < 0x100
        if len(wire) >= 16:
            assert read.command_id == int.from_bytes(wire[4:8], "big")
            assert read.sequence_number == int.from_bytes(wire[12:16], "big")
    else:
        assert decode(encode(read)) == read


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_B1_no_bytes_make_the_decoder_raise(wire):
    is_legal(decode(wire), wire)


@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([kind.command_id for kind in pdu.ALL]), st.binary(max_size=120))
def test_B1_no_body_makes_the_decoder_raise(command_id, body):
    wire = struct.pack(">4I", 16 + len(body), command_id, 0, 1) + body
    is_legal(decode(wire), wire)


@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(VECTORS))
def test_B1_no_mutation_of_a_valid_pdu_makes_the_decoder_raise(data, vector):
    wire = bytearray(vector[0])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(4, len(wire) - 1))
        match data.draw(st.sampled_from(["set", "cut", "insert", "double"])):
            case "set":
                wire[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFE, 0xFF]))
            case "cut":
                del wire[max(at, 16) : max(at, 16) + data.draw(st.integers(1, 8))]
            case "insert":
                wire[at:at] = data.draw(st.binary(min_size=1, max_size=8))
            case "double":
                wire[at:at] = wire[at:]
        if len(wire) < 17:
            break
    is_legal(decode(bytes(wire)), bytes(wire))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=60))
def test_B3_parameters_of_any_bytes_are_read_or_refused_and_written_again_as_they_were(octets):
    wire = struct.pack(">4I", 16 + len(octets), 0x15, 0, 1) + octets
    read = decode(wire)
    assert encode(read) == wire
    assert all(tag == tlv.REST or len(value) <= len(octets) for tag, value in read.tlvs)


@pytest.mark.parametrize(
    "body",
    [b"\0" * 69_000, b"\xff" * 69_000, b"\x01" * 69_000, b"\x02\x01" * 34_000, b"\0\x1e\0\x01x" * 13_000],
    ids=["zeros", "ones", "letters", "lists", "parameters"],
)
@pytest.mark.parametrize("kind", pdu.ALL)
def test_B1_B2_the_work_of_the_largest_pdu_grows_with_its_size_alone(kind, body):
    """Lines executed, not time: bounded by the octets, so that no PDU is dearer than it is long."""
    wire = struct.pack(">4I", 16 + len(body), kind.command_id, 0, 1) + body
    lines = 0

    def count(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        read = decode(wire)
    finally:
        sys.settrace(before)
    assert lines < 500 + 2 * len(wire)
    is_legal(read, wire)
