"""Whatever a carrier delivers becomes a receipt or a message, and nothing it says raises (B1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.smpp_world import SETTINGS, attempt
from heliograph.connectors.smpp_words import CannotSend, Words
from heliograph.core.joining import joined
from heliograph.model.message import State
from heliograph.model.receipt import Incoming, IncomingPart, Receipt
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm

NOW = 1_763_715_660_000
ALPHABETS = {
    name: Words("carrier", replace(SETTINGS, incoming_alphabet=name)) for name in ("gsm", "gsm-packed", "latin-1")
}
WORDS = ALPHABETS["gsm"]


@settings(max_examples=400, deadline=None)
@given(
    octets=st.binary(max_size=255),
    data_coding=st.integers(0, 255),
    esm_class=st.integers(0, 255),
    source=st.binary(max_size=20),
    tlvs=st.lists(
        st.tuples(st.sampled_from([0x1E, 0x427, 0x423, 0x424, 0x20C, 0x20E, 0x20F, 0x9999]), st.binary(max_size=40)),
        max_size=3,
    ),
    alphabet=st.sampled_from(sorted(ALPHABETS)),
)
def test_b1_any_delivery_is_something(octets, data_coding, esm_class, source, tlvs, alphabet):
    for pdu in (
        DeliverSm(
            short_message=octets, data_coding=data_coding, esm_class=esm_class, source_addr=source, tlvs=tuple(tlvs)
        ),
        DataSm(data_coding=data_coding, esm_class=esm_class, source_addr=source, tlvs=tuple(tlvs)),
    ):
        event = ALPHABETS[alphabet].event(pdu, NOW)
        assert event.connector == "carrier"
        if isinstance(event, IncomingPart):
            assert 1 <= event.number <= event.total <= 255
            joined([event]).text.encode("utf-8")
        else:
            (event.text if isinstance(event, Incoming) else event.upstream_id).encode("utf-8")


def test_r15_a_receipt_of_unusual_form_is_no_text_of_a_handset():
    for text in (
        b"id:0e999f21-00ab stat:FAILED err:0A1",
        b"ID: 77, State: DELIVERED, Done Date: 2025-11-21 09:01:00",
        b"id:77 sub:001 dlvrd:000 submit date:251121090000 done date:251121090100 stat:UNDELIV err:999 Text:\xd0\x9f",
    ):
        assert isinstance(WORDS.event(DeliverSm(short_message=text), NOW), Receipt)


def test_a_handset_may_write_of_ids_and_states():
    event = WORDS.event(DeliverSm(short_message=b"my id: is lost, what state: am I in?"), NOW)
    assert isinstance(event, Incoming)


def test_an_intermediate_notification_is_no_end():
    told = (tlv.RECEIPTED_MESSAGE_ID(b"77"), tlv.MESSAGE_STATE(2))
    event = WORDS.event(DeliverSm(esm_class=0x20, tlvs=told), NOW)
    assert (event.upstream_id, event.state, event.detail) == ("77", None, "DELIVRD")


def test_the_carriers_own_words_are_kept_for_the_trace():
    text = b"id:77 sub:001 dlvrd:000 submit date:2511210900 done date:2511210901 stat:UNDELIV err:0B9 text:"
    event = WORDS.event(DeliverSm(esm_class=4, short_message=text), NOW)
    assert (event.state, event.error, event.detail) == (State.UNDELIVERABLE, 255, "UNDELIV err:0B9")


def test_dates_are_read_in_the_carriers_zone():
    text = b"id:77 sub:001 dlvrd:001 submit date:2511211200 done date:2511211201 stat:DELIVRD err:000 text:"
    kyiv = Words("carrier", replace(SETTINGS, receipt_zone_quarters=8))
    assert WORDS.event(DeliverSm(esm_class=4, short_message=text), NOW).done_at == 1_763_726_460_000
    assert kyiv.event(DeliverSm(esm_class=4, short_message=text), NOW).done_at == 1_763_719_260_000


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("Shop", (5, 0, b"Shop")),
        ("380501112233", (1, 1, b"380501112233")),
        ("+380501112233", (1, 1, b"380501112233")),
        ("4040", (0, 0, b"4040")),
        ("40 40", (5, 0, b"40 40")),
        ("", (0, 0, b"")),
    ],
)
def test_the_type_of_a_sender_follows_from_it(sender, expected):
    pdu = WORDS.submit(attempt(sender=sender), NOW)
    assert (pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr) == expected


def test_the_type_of_a_sender_may_be_fixed():
    pdu = Words("carrier", replace(SETTINGS, source_ton=2, source_npi=8)).submit(attempt(), NOW)
    assert (pdu.source_addr_ton, pdu.source_addr_npi) == (2, 8)


def test_validity_is_told_in_the_form_the_carrier_wants():
    one = attempt()
    one.message.expires_at = NOW + 3_600_000
    forms = {form: Words("carrier", replace(SETTINGS, validity=form)) for form in ("relative", "absolute", "none")}
    assert {form: words.submit(one, NOW).validity_period for form, words in forms.items()} == {
        "relative": b"000000010000000R",
        "absolute": b"251121100100000+",
        "none": b"",
    }
    one.message.expires_at = NOW - 5
    assert forms["relative"].submit(one, NOW).validity_period == b"000000000001000R"


def test_a_part_that_is_not_there_cannot_be_sent():
    with pytest.raises(CannotSend) as caught:
        WORDS.submit(attempt(part=2), NOW)
    assert caught.value.failed.permanent


PART = DeliverSm(source_addr=b"380671234567", destination_addr=b"4433", esm_class=0x40)


@pytest.mark.parametrize(
    ("header", "reference", "total", "number"),
    [
        ("0500031103 02", "8:17", 3, 2),
        ("060804126702 01", "16:4711", 2, 1),
        ("08 0003110202 240101", "8:17", 2, 2),
    ],
)
def test_a_part_with_a_header_says_to_which_text_it_belongs(header, reference, total, number):
    event = WORDS.event(replace(PART, short_message=bytes.fromhex(header) + b"Hi"), NOW)
    assert isinstance(event, IncomingPart)
    assert (event.reference, event.total, event.number, event.octets) == (reference, total, number, b"Hi")
    assert (event.sender, event.recipient) == ("380671234567", "4433")


def test_a_part_with_parameters_says_to_which_text_it_belongs():
    tlvs = (tlv.SAR_MSG_REF_NUM(4711), tlv.SAR_TOTAL_SEGMENTS(2), tlv.SAR_SEGMENT_SEQNUM(1))
    event = WORDS.event(replace(PART, esm_class=0, short_message=b"Hi", tlvs=tlvs), NOW)
    assert isinstance(event, IncomingPart)
    assert (event.reference, event.total, event.number, event.octets) == ("sar:4711", 2, 1, b"Hi")


@pytest.mark.parametrize(
    "header",
    ["0500031103 04", "0500031100 00", "0500031101 01", "0500031102 00", "04000311 02", "ff"],
    ids=["4 of 3", "0 of 0", "1 of 1", "0 of 2", "cut off", "a length that lies"],
)
def test_b10_a_part_there_cannot_be_is_a_text_of_its_own(header):
    assert isinstance(WORDS.event(replace(PART, short_message=bytes.fromhex(header) + b"Hi there"), NOW), Incoming)


@pytest.mark.parametrize("place", [(1, 1, 1), (1, 0, 0), (1, 2, 3), (1, 2, 0)])
def test_b10_parameters_of_a_part_there_cannot_be_are_passed_over(place):
    reference, total, number = place
    tlvs = (tlv.SAR_MSG_REF_NUM(reference), tlv.SAR_TOTAL_SEGMENTS(total), tlv.SAR_SEGMENT_SEQNUM(number))
    event = WORDS.event(replace(PART, esm_class=0, short_message=b"Hi", tlvs=tlvs), NOW)
    assert isinstance(event, Incoming)
    assert event.text == "Hi"


def test_a_packed_part_with_a_national_table_is_read():
    """A header of nine octets, then five bits of fill, then "Iş" in septets (TS 23.040, 9.2.3.24)."""
    header = bytes.fromhex("08 0003110201 240101")
    septets = [0x49, 0x1B, 0x73]  # I, escape, ş of the Turkish single shift table
    bits = sum(septet << (7 * place) for place, septet in enumerate(septets)) << (-8 * len(header) % 7)
    packed = bits.to_bytes(4, "little").rstrip(b"\0")
    event = ALPHABETS["gsm-packed"].event(replace(PART, short_message=header + packed), NOW)
    assert joined([event]).text == "Iş[…]"
