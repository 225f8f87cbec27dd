"""submit_sm into submissions: the vectors, and what they cannot say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects.smpp import FLAVOURS
from heliograph.dialects.smpp_submit import Bound, NotTaken, submission, submissions
from heliograph.model.message import Priority
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.codec import decode
from heliograph.protocols.smpp.fields import DistributionList, SmeAddress
from heliograph.protocols.smpp.pdu import DataSm, SubmitMulti, SubmitSm

VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors" / "smpp" / "submit.toml").read_text("utf-8"))["submit"]
NOW = 1_700_000_000_000
"""14 November 2023, 22:13:20 UTC."""
HOUR = 3_600


def bound(flavour="plain", *, senders=("Shop", "VashZakaz"), is_iso=False, quarters=0):
    return Bound(7, "smpp", "192.0.2.1", "smpp:shop", FLAVOURS[flavour], senders, is_iso, quarters)


def read(flavour="plain", *, how=None, **fields):
    pdu = SubmitSm(
        **{"source_addr": b"VashZakaz", "destination_addr": b"380671234567", "short_message": b"Hi"} | fields
    )
    return submission(pdu, how or bound(flavour), NOW)


def refused(flavour="plain", **fields):
    with pytest.raises(NotTaken) as caught:
        read(flavour, **fields)
    return caught.value.status


@pytest.mark.covers_part(28, 29)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_submit_sm_means_what_the_pages_say(vector):
    pdu = decode(bytes.fromhex(vector["pdu"]))
    made = submission(pdu, bound(vector["flavour"], is_iso=vector.get("iso", False)), NOW)
    content = made.content
    assert content.kind.name == vector.get("kind", "TEXT")
    assert content.text == vector.get("text", "")
    assert content.data.hex() == vector.get("data", "")
    assert content.udh.hex() == vector.get("udh", "")
    assert [segment.hex() for segment in content.segments] == vector.get("segments", [])
    assert list((made.part or ())[:3]) == vector.get("part", [])
    assert content.coding == vector.get("coding")
    assert made.comment == vector.get("comment", "")
    assert made.recipient == "380671234567"


def test_gsm_octets_that_say_they_are_ascii_are_read_as_gsm():
    # "Hi [€] _@" as npm's `smpp` writes it: the GSM alphabet under data_coding 1.
    gsm = bytes.fromhex("486920 1b3c 1b65 1b3e 20 11 00")
    assert read(data_coding=1, short_message=gsm).content.text == "Hi [€] _@"
    assert read(data_coding=1, short_message=b"Hi [x] _@\r\n").content.text == "Hi [x] _@\r\n"
    assert read(data_coding=1, short_message=b"caf\xe9").content.text == "caf\u00e9"


def test_the_sender_is_what_is_written_or_the_usual_one():
    assert read().sender == "VashZakaz"
    assert read("smsc", source_addr=b"").sender == "Shop"
    assert read("smsc", source_addr=b".").sender == "Shop"
    assert refused("smsclub", source_addr=b"") == 0x0A


@pytest.mark.parametrize(
    ("flavour", "given", "recipient"),
    [
        ("plain", b"+380671234567", "380671234567"),
        ("plain", b"00380671234567", "380671234567"),
        ("plain", b"0671234567", ""),
        ("smsc", b"89161234567", "79161234567"),
        ("smsc", b"+380671234567", "380671234567"),
        ("smsclub", b"0671234567", "380671234567"),
        ("plain", b"abc", ""),
    ],
)
def test_numbers_are_read_as_the_flavour_reads_them(flavour, given, recipient):
    made = read(flavour, destination_addr=given)
    assert (made.recipient, made.recipient_given) == (recipient, given.decode())


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        (0, None),
        (1, "smpp:shop"),
        (0x11, "smpp:shop?intermediate"),
        (2, "smpp:shop?failed"),
        (0x12, "smpp:shop?failed?intermediate"),
        (3, "smpp:shop?delivered"),
        (0x13, "smpp:shop?delivered?intermediate"),
        (0x10, "smpp:shop?no-end?intermediate"),
        (0x0C, None),
    ],
)
def test_a_receipt_is_owed_to_who_asks_for_one(asked, target):
    assert read(registered_delivery=asked).receipt_target == target


def test_validity_and_schedule_in_both_forms():
    assert read(validity_period=b"000001020304000R").validity_s == 26 * HOUR + 3 * 60 + 4
    assert read(validity_period=b"231115001320000+").validity_s == 2 * HOUR
    made = read(schedule_delivery_time=b"231115011320004+")
    assert made.due_at == NOW + 2 * HOUR * 1000
    made = read(schedule_delivery_time=b"000000010000000R", validity_period=b"000000030000000R")
    assert (made.due_at, made.validity_s) == (NOW + HOUR * 1000, 2 * HOUR)
    assert read(how=bound(quarters=8), schedule_delivery_time=b"231115011320").due_at == NOW + HOUR * 1000


@pytest.mark.parametrize("bad", [b"0", b"231345001320000+", b"231114001320000+", b"000000000000000R"])
def test_a_validity_that_is_none_or_over_is_refused(bad):
    assert refused(validity_period=bad) == 0x62


def test_a_schedule_that_is_none_is_refused():
    assert refused(schedule_delivery_time=b"tomorrow") == 0x61


def test_priority_lifts_out_of_the_crowd():
    assert read(priority_flag=1).priority is Priority.URGENT
    assert read().priority is None


@pytest.mark.parametrize(("flavour", "status"), [("plain", 0x01), ("smsc", 0x45), ("smsclub", 69)])
def test_nothing_to_say_is_refused(flavour, status):
    assert refused(flavour, short_message=b"") == status


def test_B4_a_header_that_is_none_is_refused():
    assert refused(esm_class=0x40, short_message=b"\x09\x00\x03") == 0x43
    assert refused(esm_class=0x40, short_message=b"") == 0x43


def test_a_text_is_given_once():
    assert refused(tlvs=(tlv.MESSAGE_PAYLOAD(b"more"),)) == 0x01


@pytest.mark.parametrize("text", [b"__CALL__Hello", b"__VIBER__Hello", b"__SOC__Hello"])
def test_what_has_no_channel_is_refused_and_not_sent_as_a_text(text):
    assert refused("smsc", short_message=text) == 0x45


def test_data_sm_carries_its_text_as_a_parameter():
    pdu = DataSm(
        source_addr=b"VashZakaz",
        destination_addr=b"380671234567",
        registered_delivery=1,
        tlvs=(tlv.MESSAGE_PAYLOAD(b"Hello"), tlv.QOS_TIME_TO_LIVE(600)),
    )
    made = submission(pdu, bound(), NOW)
    assert (made.content.text, made.validity_s, made.receipt_target) == ("Hello", 600, "smpp:shop")


def test_submit_multi_is_one_submission_a_number_with_the_id_of_the_first():
    pdu = SubmitMulti(
        source_addr=b"VashZakaz",
        dest_address=(SmeAddress(1, 1, b"380671234567"), DistributionList(b"all"), SmeAddress(1, 1, b"nobody")),
        short_message=b"Hi",
    )
    first, of_list, second = submissions(pdu, bound(), NOW)
    assert of_list is None
    assert (first.recipient, second.recipient, second.recipient_given) == ("380671234567", "", "nobody")
    assert (first.content.text, second.content.text, second.shown_id, second.batch) == ("Hi", "Hi", "", 2)


def test_duplicates_are_looked_for_as_the_flavour_says():
    assert [read(flavour).duplicate_window_s for flavour in ("smsc", "smsclub", "plain")] == [60, 120, 0]


def test_parts_are_never_taken_for_the_same_message_but_the_whole_may_be():
    made = read("smsclub", esm_class=0x40, short_message=b"\x05\x00\x03\xa1\x02\x01part")
    assert (made.duplicate_window_s, made.part.duplicate_window_s) == (0, 120)


OCTETS = st.binary(max_size=60)
ADDRESSES = st.binary(max_size=20).filter(lambda octets: 0 not in octets)
TLVS = st.lists(st.tuples(st.sampled_from((0x0017, 0x020C, 0x020E, 0x020F, 0x0424, 0x1234)), st.binary(max_size=9)))


@given(
    flavour=st.sampled_from(sorted(FLAVOURS)),
    numbers=st.lists(st.integers(0, 255), min_size=4, max_size=4),
    octets=OCTETS,
    addresses=st.tuples(ADDRESSES, ADDRESSES),
    times=st.tuples(st.text("0123456789+-R", max_size=16), st.text("0123456789+-R", max_size=16)),
    tlvs=TLVS,
    is_data_sm=st.booleans(),
)
def test_B2_whatever_a_customer_submits_is_taken_or_refused(
    flavour, numbers, octets, addresses, times, tlvs, is_data_sm
):
    esm_class, data_coding, registered_delivery, priority_flag = numbers
    common = {
        "source_addr": addresses[0],
        "destination_addr": addresses[1],
        "esm_class": esm_class,
        "data_coding": data_coding,
        "registered_delivery": registered_delivery,
        "tlvs": tuple(tlvs),
    }
    times = {"schedule_delivery_time": times[0].encode(), "validity_period": times[1].encode()}
    rest = {"short_message": octets, "priority_flag": priority_flag, **times}
    pdu = DataSm(**common) if is_data_sm else SubmitSm(**common, **rest)
    try:
        made = submission(pdu, bound(flavour), NOW)
    except NotTaken:
        return
    made.content.text.encode("utf-8")
    assert made.validity_s is None or 0 < made.validity_s <= 99 * 366 * 86_400


@pytest.mark.covers_part(29)
def test_parameters_for_the_network_are_passed_on_as_they_are():
    made = read(tlvs=((0x0501, b"\x02"), (0x1383, b"\x00\x01"), (0x1234, b"unknown"), (0x0501, b"\x03")))
    assert made.content.text == "Hi"
    assert made.content.parameters == ((0x0501, b"\x03"), (0x1383, b"\x00\x01"))


def test_a_parameter_longer_than_any_is_refused():
    assert refused(tlvs=((0x0381, b"9" * 256),)) == 0xC2
