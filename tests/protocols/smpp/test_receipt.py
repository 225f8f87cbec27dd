"""Receipts as PDUs carry them: parameters, text, both, neither (R14, R15); and their dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp import receipt, receipt_date, tlv
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm

TEXT = b"id:17 sub:001 dlvrd:001 submit date:2611211000 done date:2611211001 stat:DELIVRD err:000 text:Hi"


def delivered(text=TEXT, esm_class=4, tlvs=()):
    return DeliverSm(esm_class=esm_class, short_message=text, tlvs=tlvs)


def test_R14_the_text_alone_says_it():
    read = receipt.read(delivered())
    assert (read.id, read.stat, read.err, read.other_id, read.intermediate) == ("17", "DELIVRD", "000", "", False)
    assert (read.text.submit_date, read.text.done_date, read.text.text) == ("2611211000", "2611211001", "Hi")


def test_R14_the_parameters_alone_say_it():
    read = receipt.read(delivered(b"", tlvs=((0x001E, b"1f\0"), (0x0427, b"\x05"), (0x0423, b"\x03\x00\x22"))))
    assert (read.id, read.stat, read.err, read.network_error, read.text) == ("1f", "UNDELIV", "34", (3, 34), None)


def test_R14_where_they_differ_the_parameters_win_and_the_texts_id_is_kept():
    read = receipt.read(delivered(tlvs=((0x001E, b"0011\0"), (0x0427, b"\x03"))))
    assert (read.id, read.other_id, read.stat, read.text.stat) == ("0011", "17", "EXPIRED", "DELIVRD")


@pytest.mark.parametrize(
    ("tlvs", "upstream_id", "stat"),
    [
        (((0x001E, b"17"),), "17", "DELIVRD"),
        (((0x001E, b" 17 \0"),), "17", "DELIVRD"),
        (((0x001E, b"\0"),), "17", "DELIVRD"),
        (((0x001E, b""),), "17", "DELIVRD"),
        (((0x0427, b"\xff"),), "17", "DELIVRD"),
        (((0x0427, b""),), "17", "DELIVRD"),
        (((0x0427, b"\0\0\0\x08"),), "17", "REJECTD"),
        (((0x0423, b"\x03"),), "17", "DELIVRD"),
        (((tlv.REST, b"\0"),), "17", "DELIVRD"),
    ],
)
def test_R14_parameters_that_are_bent_or_empty_do_no_harm(tlvs, upstream_id, stat):
    read = receipt.read(delivered(tlvs=tlvs))
    assert (read.id, read.stat) == (upstream_id, stat)


def test_R15_a_receipt_nobody_can_read_is_still_a_receipt():
    read = receipt.read(delivered(b"\xd0\xd1 nothing to see"))
    assert (read.id, read.stat, read.text) == ("", "", None)


def test_R15_a_carrier_that_forgets_esm_class_is_believed():
    assert receipt.read(delivered(esm_class=0)).stat == "DELIVRD"
    assert receipt.read(delivered(b"", 0, ((0x001E, b"17\0"), (0x0427, b"\x02")))).id == "17"
    assert receipt.read(delivered(TEXT.replace(b"DELIVRD", b"FAILED"), 0)).stat == "UNDELIV"


@pytest.mark.parametrize(
    ("text", "esm_class"),
    [
        (b"Hello", 0), (b"", 0), (b"id:17 stat:fine", 0), (b"stat:DELIVRD done date:26", 0), (b"Hello", 0x40),
        (TEXT, 0x08), (TEXT, 0x10),
    ],
)  # fmt: skip
def test_R15_what_people_and_handsets_say_is_no_receipt(text, esm_class):
    assert receipt.read(delivered(text, esm_class)) is None


def test_an_intermediate_notification_says_that_it_is_one():
    read = receipt.read(delivered(TEXT.replace(b"DELIVRD", b"ENROUTE"), 0x20))
    assert (read.intermediate, read.stat) == (True, "ENROUTE")


@pytest.mark.parametrize("bits", [0x04, 0x44, 0x84, 0x07])
def test_other_bits_of_esm_class_do_not_hide_a_receipt(bits):
    assert receipt.read(delivered(b"", bits)) is not None


def test_a_receipt_may_travel_in_a_payload_or_in_data_sm():
    payload = ((0x0424, TEXT),)
    assert receipt.read(delivered(b"", tlvs=payload)).id == "17"
    assert receipt.read(DataSm(esm_class=4, tlvs=payload)).id == "17"
    assert receipt.read(DataSm(esm_class=0)) is None


def test_R15_a_receipt_in_ucs2_is_read_and_a_foreign_tail_does_not_matter():
    assert receipt.read(delivered(TEXT.decode().encode("utf-16-be"))).id == "17"
    assert receipt.read(delivered(TEXT + "привіт".encode())).stat == "DELIVRD"


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=120), st.integers(0, 255), st.lists(st.tuples(st.sampled_from(
    [0x001E, 0x0423, 0x0424, 0x0427, 0x1400]), st.binary(max_size=12)), max_size=4))  # fmt: skip
def test_B1_any_deliver_sm_is_a_receipt_or_not(text, esm_class, tlvs):
    read = receipt.read(delivered(text, esm_class, tuple(tlvs)))
    assert read is not None or esm_class & 0x3C not in (0x04, 0x20)


def ms(*date):
    return int(datetime(*date, tzinfo=UTC).timestamp() * 1_000)


NOW = ms(2026, 11, 21, 10, 5)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2611211001", ms(2026, 11, 21, 10, 1)),
        ("261121100130", ms(2026, 11, 21, 10, 1, 30)),
        ("202611211001", ms(2026, 11, 21, 10, 1)),
        ("20261121100130", ms(2026, 11, 21, 10, 1, 30)),
        ("20261121", ms(2026, 11, 21)),
        ("261121", ms(2026, 11, 21)),
        ("2026-11-21 10:01:30", ms(2026, 11, 21, 10, 1, 30)),
        ("2026-11-21T10:01:30.123", ms(2026, 11, 21, 10, 1, 30)),
        ("26/11/21 10:01", ms(2026, 11, 21, 10, 1)),
        ("21.11.2026 10:01", ms(2026, 11, 21, 10, 1)),
        ("21/11/26 10:01", ms(2026, 11, 21, 10, 1)),
        ("261121 1001", ms(2026, 11, 21, 10, 1)),
        ("20261121 100130", ms(2026, 11, 21, 10, 1, 30)),
        ("261121100130008+", ms(2026, 11, 21, 8, 1, 30)),
        (str(NOW // 1_000), NOW // 1_000 * 1_000),
        (str(NOW), NOW),
        ("0001010000", ms(2000, 1, 1)),
        ("", None), ("0000000000000000", None), ("2613211001", None), ("never", None), ("26", None),
        ("2026-11", None), ("99-99-99 10:00", None), ("261121100130099+", None), ("1" * 40, None),
    ],
)  # fmt: skip
def test_R15_dates_of_all_forms_are_read(text, at):
    assert receipt_date.read(text, NOW) == at


def test_a_date_is_in_the_carriers_zone():
    assert receipt_date.read("2611211201", NOW, quarters=8) == ms(2026, 11, 21, 10, 1)


@pytest.mark.parametrize(
    ("options", "text"),
    [({}, "2611211005"), ({"seconds": True}, "261121100500"), ({"quarters": 8}, "2611211205"),
     ({"quarters": -44}, "2611202305")],
)  # fmt: skip
def test_a_date_is_printed(options, text):
    assert receipt_date.printed(NOW, **options) == text


@settings(max_examples=400, deadline=None)
@given(st.text("0123456789-/:.T +", max_size=40))
def test_B1_any_text_is_a_date_or_none(text):
    read = receipt_date.read(text, NOW)
    assert read is None or isinstance(read, int)


@settings(deadline=None)
@given(st.integers(ms(2020, 1, 1), ms(2032, 1, 1)), st.booleans())
def test_B12_a_printed_date_is_read_again(at, seconds):
    unit = 1_000 if seconds else 60_000
    assert receipt_date.read(receipt_date.printed(at, seconds=seconds), at) == at - at % unit
