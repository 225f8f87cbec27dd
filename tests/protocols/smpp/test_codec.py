"""Bytes ↔ PDUs: the vectors of the specification, odd but tolerable PDUs, and what is refused with which status."""

from __future__ import annotations

import struct
import traceback

import pytest

from heliograph.protocols.smpp import codec, pdu, tlv
from heliograph.protocols.smpp.codec import CannotEncode, Unreadable, decode, encode
from heliograph.protocols.smpp.fields import SmeAddress, UnsuccessfulSme
from protocols.smpp.vectors import VECTORS, octets

NAMES = [f"{meaning.name}-{meaning.sequence_number}" for _, meaning in VECTORS]


def framed(command_id, body, status=0, sequence_number=7):
    return struct.pack(">4I", 16 + len(body), command_id, status, sequence_number) + body


@pytest.mark.parametrize(("wire", "meaning"), VECTORS, ids=NAMES)
def test_a_vector_is_as_long_as_it_says(wire, meaning):
    assert int.from_bytes(wire[:4], "big") == len(wire)


@pytest.mark.parametrize(("wire", "meaning"), VECTORS, ids=NAMES)
def test_a_vector_is_read_as_the_specification_says(wire, meaning):
    assert decode(wire) == meaning


@pytest.mark.parametrize(("wire", "meaning"), VECTORS, ids=NAMES)
def test_a_vector_is_written_as_the_specification_says(wire, meaning):
    assert encode(meaning) == wire


def test_there_is_a_vector_for_every_pdu_of_the_table():
    assert {type(meaning) for _, meaning in VECTORS} == set(pdu.ALL)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (pdu.BindTransceiver, "system_id password system_type interface_version addr_ton addr_npi address_range"),
        (pdu.SubmitSm, "service_type source_addr_ton source_addr_npi source_addr dest_addr_ton dest_addr_npi "
                       "destination_addr esm_class protocol_id priority_flag schedule_delivery_time validity_period "
                       "registered_delivery replace_if_present_flag data_coding sm_default_msg_id short_message"),
        (pdu.QuerySmResp, "message_id final_date message_state error_code"),
        (pdu.Unbind, ""),
    ],
)  # fmt: skip
def test_the_table_names_the_fields_in_the_order_they_travel(kind, names):
    assert list(codec.table_of(kind)) == names.split()


def test_submit_sm_and_deliver_sm_have_the_same_fields():
    assert list(codec.table_of(pdu.SubmitSm)) == list(codec.table_of(pdu.DeliverSm))


SUBMIT_BODY = octets("00 05 00 41 00 01 01 33 38 30 00 00 00 00 00 00 01 00 00 00 02 68 69")


@pytest.mark.parametrize(
    ("tail", "tlvs"),
    [
        ("02 FF 00 00", ((0x02FF, b""),)),
        ("14 01 00 03 01 02 03", ((0x1401, b"\x01\x02\x03"),)),
        ("02 04 00 02 00 01 02 04 00 02 00 02", ((0x0204, b"\x00\x01"), (0x0204, b"\x00\x02"))),
        ("02 04 00 04 00 00 00 01", ((0x0204, b"\x00\x00\x00\x01"),)),
        ("00 00 00 00", ((0x0000, b""),)),
        ("FF FF 00 01 41", ((0xFFFF, b"A"),)),
        ("00", ((tlv.REST, b"\x00"),)),
        ("02 04 00", ((tlv.REST, b"\x02\x04\x00"),)),
        ("13 0C 00 00 00", ((0x130C, b""), (tlv.REST, b"\x00"))),
    ],
)
def test_B3_extra_unknown_and_repeated_parameters_survive_as_they_are(tail, tlvs):
    wire = framed(0x04, SUBMIT_BODY + bytes.fromhex(tail))
    read = decode(wire)
    assert read.tlvs == tlvs
    assert encode(read) == wire


def test_B3_a_parameter_longer_than_the_rest_of_a_submit_sm_is_refused():
    read = decode(framed(0x04, SUBMIT_BODY + bytes.fromhex("04 24 00 09 41 42")))
    assert (read.status, read.sequence_number, read.command_id) == (0xC0, 7, 0x04)
    assert read.why == "submit_sm: message_payload 0x0424 has 9 octets, there are 2"


def test_B3_a_broken_parameter_does_not_cost_a_receipt():
    wire = framed(0x05, SUBMIT_BODY + bytes.fromhex("04 27 00 01 02 00 1E 00 20 31 37"))
    read = decode(wire)
    assert read.short_message == b"hi"
    assert read.tlvs == ((0x0427, b"\x02"), (tlv.REST, b"\x00\x1e\x00\x20\x31\x37"))
    assert encode(read) == wire


@pytest.mark.parametrize(
    ("wire", "meaning"),
    [
        (framed(0x80000004, b"1A2b"), pdu.SubmitSmResp(sequence_number=7, message_id=b"1A2b")),
        (framed(0x80000004, b""), pdu.SubmitSmResp(sequence_number=7)),
        (framed(0x80000004, b"\0", 8), pdu.SubmitSmResp(sequence_number=7, command_status=8)),
        (framed(0x80000005, b""), pdu.DeliverSmResp(sequence_number=7)),
        (framed(0x80000004, b"x" * 200 + b"\0"), pdu.SubmitSmResp(sequence_number=7, message_id=b"x" * 200)),
        (framed(0x80000009, b"SMSC"), pdu.BindTransceiverResp(sequence_number=7, system_id=b"SMSC")),
        (framed(0x80000003, b"17\0"), pdu.QuerySmResp(sequence_number=7, message_id=b"17")),
        (framed(0x80000003, b"17\0\0\x02"), pdu.QuerySmResp(sequence_number=7, message_id=b"17", message_state=2)),
        (framed(0x80000021, b"17\0"), pdu.SubmitMultiResp(sequence_number=7, message_id=b"17")),
        (framed(0x09, b"id\0pw\0\0\x33\0\0"),
         pdu.BindTransceiver(sequence_number=7, system_id=b"id", password=b"pw", interface_version=0x33)),
        (framed(0x09, b"id\0pw\0\0\x34\0\0^38"),
         pdu.BindTransceiver(sequence_number=7, system_id=b"id", password=b"pw", address_range=b"^38")),
        (framed(0x09, b"id\0" + b"p" * 40 + b"\0\0\x34\0\0\0"),
         pdu.BindTransceiver(sequence_number=7, system_id=b"id", password=b"p" * 40)),
        (framed(0x15, b"extra"), pdu.EnquireLink(sequence_number=7, tlvs=((tlv.REST, b"extra"),))),
        (framed(0x15, b"", 0x99, 0), pdu.EnquireLink(command_status=0x99)),
        (framed(0x05, b"\0\1\1" + b"s" * 40 + b"\0" + SUBMIT_BODY[5:]),
         pdu.DeliverSm(sequence_number=7, source_addr_ton=1, source_addr_npi=1, source_addr=b"s" * 40, dest_addr_ton=1,
                       dest_addr_npi=1, destination_addr=b"380", registered_delivery=1, short_message=b"hi")),
    ],
)  # fmt: skip
def test_B3_B5_what_peers_leave_out_or_stretch_is_read(wire, meaning):
    assert decode(wire) == meaning
    assert decode(encode(meaning)) == meaning


def test_B4_unknown_statuses_are_kept_as_numbers():
    read = decode(framed(0x80000004, b"", 0x00000451))
    assert read.command_status == 0x451
    assert "0x451" in repr(read)


@pytest.mark.parametrize("command_id", [0x0, 0x0A, 0x22, 0x111, 0x113, 0x7FFFFFFF, 0x80000102, 0xFFFFFFFF])
def test_B4_an_unknown_command_is_a_value_with_its_number(command_id):
    read = decode(framed(command_id, b"whatever", sequence_number=99))
    assert (read.command_id, read.sequence_number, read.status) == (command_id, 99, 0x03)
    assert read.is_response is (command_id >= 0x80000000)


@pytest.mark.parametrize(
    ("command_id", "body", "status"),
    [
        (0x04, "57 41 50 50 55 53 00" + "00" * 20, 0x15),  # service_type of six letters
        (0x04, "00 05 00 " + "41" * 21 + " 00 01 01 33 00" + "00" * 9, 0x0A),  # source_addr of 21
        (0x04, "00 05 00 41 00 01 01 " + "33" * 21 + " 00" + "00" * 9, 0x0B),  # destination_addr of 21
        (0x04, "00 05 00 41 41 41", 0x0A),  # no end
        (0x04, "00 05 00 41 00 01 01 33 33", 0x0B),
        (0x04, "00 05 00 41 00 01 01 33 00 00 00 00 " + "32" * 17 + "00" * 8, 0x61),
        (0x04, "00 05 00 41 00 01 01 33 00 00 00 00 00 " + "32" * 17 + "00" * 8, 0x62),
        (0x04, "", 0x02),
        (0x04, "00", 0x02),
        (0x04, "00 05", 0x02),
        (0x04, "00 05 00 41 00 01 01 33 00 00 00 00 00 00 00 00 00 00", 0x02),  # no sm_length
        (0x04, "00 05 00 41 00 01 01 33 00 00 00 00 00 00 00 00 00 00 05 41 42", 0x01),  # sm_length lies
        (0x05, "00 05 00 41 00 01 01 33 00 00 00 00 00 00 00 00 00 00 05 41 42", 0x01),
        (0x03, "31 " * 65 + "00 05 00 41 00", 0x0C),
        (0x08, "00 31 00 05 00 41 00 01 01 " + "33" * 21 + "00", 0x0B),
        (0x09, "61 " * 65 + "00 70 00 00 34 00 00 00", 0x0F),
        (0x09, "61 00 " + "70 " * 65 + "00 00 34 00 00 00", 0x0E),
        (0x09, "61 00 70 00 " + "74 " * 33 + "00 34 00 00 00", 0x53),
        (0x21, "00 05 00 41 00 01 03 33 00", 0x40),  # a destination that is neither address nor list
        (0x21, "00 05 00 41 00 01 02 " + "6C" * 21 + "00", 0x34),
        (0x21, "00 05 00 41 00 FF 01 01 01 33 00", 0x02),  # fewer destinations than said
        (0x80000021, "31 00 02 01 01 33 00 00 00 00", 0x02),
        (0x80000004, "31 " * 255 + "00", 0x0C),
        (0x80000004, "31 " * 255, 0x0C),
    ],
)
def test_B5_B9_what_cannot_be_read_gets_its_own_status_and_keeps_its_number(command_id, body, status):
    read = decode(framed(command_id, bytes.fromhex(body), sequence_number=5))
    assert isinstance(read, Unreadable)
    assert (read.status, read.sequence_number, read.command_id) == (status, 5, command_id)


def test_B5_a_zero_inside_a_string_only_ends_it():
    read = decode(framed(0x03, b"1\x007\0\x05\x00A\0"))
    assert (read.message_id, read.source_addr_ton, read.source_addr_npi) == (b"1", 0x37, 0)


def test_B5_a_system_id_that_is_not_ascii_is_kept_as_it_is():
    assert decode(framed(0x09, "логин\0pw\0\0\x34\0\0\0".encode("cp1251"))).system_id == "логин".encode("cp1251")


@pytest.mark.parametrize("wire", [b"", b"\0" * 15, b"GET / HTTP/1.1"])
def test_B2_fewer_octets_than_a_header_are_a_value_too(wire):
    assert decode(wire).status == 0x02


def test_B9_a_payload_of_64_kilobytes_goes_both_ways():
    wire = framed(0x04, SUBMIT_BODY[:-3] + b"\0\x04\x24\xff\xff" + b"\xd0" * 65_535)
    read = decode(wire)
    assert len(tlv.MESSAGE_PAYLOAD.of(read.tlvs)) == 65_535
    assert encode(read) == wire


@pytest.mark.parametrize(
    "ours",
    [
        pdu.SubmitSm(source_addr=b"A\0B"),
        pdu.SubmitSm(source_addr=b"A" * 21),
        pdu.SubmitSm(short_message=b"A" * 256),
        pdu.SubmitSm(source_addr_ton=256),
        pdu.SubmitSm(esm_class=-1),
        pdu.SubmitSm(source_addr="text"),
        pdu.SubmitSm(short_message="text"),
        pdu.SubmitSm(sequence_number=-1),
        pdu.SubmitSm(sequence_number=0x1_0000_0000),
        pdu.SubmitSm(tlvs=((0x0424, b"A" * 65_536),)),
        pdu.SubmitSm(tlvs=((0x1_0000, b""),)),
        pdu.SubmitMulti(dest_address=(SmeAddress(1, 1, b"1\0"),)),
        pdu.SubmitMulti(dest_address=(SmeAddress(1, 1, b"1"),) * 256),
        pdu.SubmitMultiResp(unsuccess_sme=(UnsuccessfulSme(1, 1, b"1", 1 << 32),)),
        pdu.SubmitSmResp(message_id=None),
        pdu.Pdu(),
    ],
)
def test_what_has_no_form_on_the_wire_is_never_written(ours):
    with pytest.raises(CannotEncode):
        encode(ours)


def test_an_answer_that_says_no_has_no_body():
    assert encode(pdu.SubmitSmResp(sequence_number=1, command_status=0x14)) == octets(
        "00 00 00 10 80 00 00 04 00 00 00 14 00 00 00 01"
    )


def test_a_pdu_prints_without_what_it_carries():
    printed = repr(
        pdu.SubmitSm(sequence_number=3, destination_addr=b"380671234567", short_message=b"secret", esm_class=64)
    ) + repr(pdu.BindTransceiver(system_id=b"login", password=b"secret"))
    assert "380671234567" not in printed
    assert "secret" not in printed
    assert "login" not in printed
    assert "<submit_sm 3 " in printed
    assert "esm_class=64" in printed
    assert "short_message=<6>" in printed
    assert "secret" not in repr(decode(framed(0x04, b"secret")))


def test_a_traceback_shows_the_line_that_was_generated():
    try:
        encode(pdu.SubmitSm(esm_class="3"))
    except CannotEncode as error:
        text = "".join(traceback.format_exception(error))
    assert 'body = b"%b\\0%c%c%b\\0' in text


@pytest.mark.parametrize("kind", pdu.ALL)
def test_every_request_has_its_answer(kind):
    if kind.command_id < 0x80000000:
        answer = pdu.answer_to(kind(sequence_number=12), 8)
        expected = kind.name + "_resp" if kind.name not in ("outbind", "alert_notification") else "generic_nack"
        assert (answer.name, answer.sequence_number, answer.command_status) == (expected, 12, 8)
