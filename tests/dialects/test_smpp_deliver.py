"""Notices into deliver_sm: texts and parameters to the letter of the pages (smsc-protocols.md 2.3, smsclub.md 7)."""

from __future__ import annotations

import pytest

from heliograph.dialects.smpp import FLAVOURS, normalise_plain
from heliograph.dialects.smpp_deliver import incoming, is_wanted, read_id, receipt
from heliograph.model.message import Content, Kind, Message, Network, Priority, State
from heliograph.model.receipt import Incoming, Notice
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.codec import decode, encode

AT = 1_700_000_000_000
"""14 November 2023, 22:13:20 UTC."""


def message(text="Your code is 1234, keep it", *, message_id=100_000_001, kind=Kind.TEXT, **fields):
    fields = {"sender": "VashZakaz", "price": 450_000, "parts": 1, "operator": "25503"} | fields
    return Message(
        id=message_id, account_id=7, channel="sms", recipient="380671234567", recipient_given="+380671234567",
        content=Content(text, kind), coding=0, state=State.SENT, priority=Priority.NORMAL, door="smpp",
        dialect="smpp", peer="", request_id=message_id, accepted_at=AT, due_at=AT, expires_at=AT, connector="",
        route_id="", tariff_line="", purse=1, revision=1, **fields,
    )  # fmt: skip


def told(flavour, state, error=0, *, with_tlvs=True, second_balance=False, target="smpp:shop", **fields):
    notice = Notice(5, 7, target, AT + 3_600_000, message=message(**fields), state=state, error=error)
    made = receipt(notice, FLAVOURS[flavour], quarters=8, with_tlvs=with_tlvs, second_balance=second_balance)
    return decode(encode(made))


@pytest.mark.covers_part(28, 42)
@pytest.mark.parametrize(
    ("flavour", "state", "error", "dlvrd", "stat", "number", "err"),
    [
        ("smsc", State.DELIVERED, 0, "001", "DELIVRD", 2, "000"),
        ("smsc", State.EXPIRED, 0, "001", "EXPIRED", 3, "000"),
        ("smsc", State.CANCELLED, 0, "001", "DELETED", 4, "000"),
        ("smsc", State.UNDELIVERABLE, 6, "001", "UNDELIV", 5, "006"),
        ("smsc", State.UNKNOWN, 0, "001", "UNDELIV", 5, "245"),
        ("smsc", State.REJECTED, 249, "001", "REJECTD", 8, "249"),
        ("smsclub", State.DELIVERED, 0, "001", "DELIVRD", 2, "000"),
        ("smsclub", State.EXPIRED, 0, "000", "EXPIRED", 3, "000"),
        ("smsclub", State.UNKNOWN, 0, "000", "EXPIRED", 3, "000"),
        ("smsclub", State.UNDELIVERABLE, 6, "000", "UNDELIV", 5, "000"),
        ("smsclub", State.CANCELLED, 0, "000", "REJECTD", 8, "000"),
        ("plain", State.UNKNOWN, 0, "000", "UNKNOWN", 7, "245"),
        ("plain", State.CANCELLED, 0, "000", "DELETED", 4, "000"),
    ],
)
def test_a_receipt_says_its_state_in_text_and_parameters(flavour, state, error, dlvrd, stat, number, err):
    pdu = told(flavour, state, error)
    assert pdu.short_message.decode() == (
        f"id:100000001 sub:001 dlvrd:{dlvrd} submit date:2311150013 done date:2311150113 stat:{stat} err:{err} "
        "text:Your code is 1234, k"
    )
    assert tlv.RECEIPTED_MESSAGE_ID.of(pdu.tlvs) == b"100000001"
    assert tlv.MESSAGE_STATE.of(pdu.tlvs) == number
    error_code = tlv.NETWORK_ERROR_CODE.of(pdu.tlvs)
    assert error_code == (None if err == "000" else bytes((3, 0, int(err))))
    assert (pdu.esm_class, pdu.source_addr, pdu.destination_addr) == (0x04, b"380671234567", b"VashZakaz")


@pytest.mark.covers_part(42)
def test_smsc_tells_cost_type_parts_and_network_in_parameters_of_its_own():
    pdu = told("smsc", State.DELIVERED, parts=3, price=1_350_000, second_balance=True, kind=Kind.FLASH)
    own = {tag: value for tag, value in pdu.tlvs if tag >= 0x2000}
    assert own == {0x2000: b"1.3500\0", 0x2001: b"\x00\x21", 0x2002: b"\x00\x03", 0x2003: b"25503\0"}
    dear = told("smsc", State.DELIVERED, price=12_345_678_900, operator="310410")
    own = {tag: value for tag, value in dear.tlvs if tag >= 0x2000}
    assert (own[0x2000], own[0x2003]) == (b"12345.\0", b"31041\0")
    assert not [tag for tag, _ in told("smsclub", State.DELIVERED).tlvs if tag >= 0x2000]


@pytest.mark.parametrize("flavour", ["smsc", "smsclub", "plain"])
def test_an_intermediate_notification_says_that_it_is_one(flavour):
    pdu = told(flavour, State.SENT, target="smpp:shop?intermediate")
    assert (pdu.esm_class, tlv.MESSAGE_STATE.of(pdu.tlvs)) == (0x20, 1)
    assert b" stat:ENROUTE err:000 " in pdu.short_message


def test_an_older_peer_gets_no_parameters():
    assert told("smsc", State.DELIVERED, with_tlvs=False).tlvs == ()


@pytest.mark.covers_part(42)
def test_the_receipt_of_a_look_up_is_the_one_of_the_page():
    network = Network(
        "250023012345678", "79232510066", "250", "02", "Russian Federation", "MegaFON open Joint Stock Company"
    )
    pdu = told("smsc", State.DELIVERED, message_id=855469, kind=Kind.HLR, network=network)
    assert pdu.short_message.decode() == (
        "id:855469 stat:DELIVRD err:000 imsi:250023012345678 msc:79232510066 mcc:250 mnc:02 cn:Russian+Federation "
        "net:MegaFON+open+Joint+Stock+Company rcn: rnet:"
    )


def test_a_text_that_is_no_ascii_does_not_break_the_receipt():
    pdu = told("plain", State.DELIVERED, text="Привіт Bob")
    assert pdu.short_message.endswith(b"text:?????? Bob")


@pytest.mark.parametrize(
    ("target", "state", "wanted"),
    [
        ("smpp:shop", State.DELIVERED, True),
        ("smpp:shop", State.READ, False),
        ("smpp:shop?failed", State.DELIVERED, False),
        ("smpp:shop?failed", State.EXPIRED, True),
        ("smpp:shop?delivered", State.EXPIRED, False),
        ("smpp:shop?delivered", State.DELIVERED, True),
        ("smpp:shop?intermediate", State.DELIVERED, True),
        ("smpp:shop?intermediate", State.SENT, True),
        ("smpp:shop?failed?intermediate", State.DELIVERED, False),
        ("smpp:shop?failed?intermediate", State.EXPIRED, True),
        ("smpp:shop?delivered?intermediate", State.EXPIRED, False),
        ("smpp:shop?no-end?intermediate", State.DELIVERED, False),
        ("smpp:shop?no-end?intermediate", State.SENT, True),
    ],
)
def test_only_what_was_asked_for_is_told(target, state, wanted):
    assert is_wanted(Notice(1, 7, target, AT, message=message(), state=state)) is wanted


@pytest.mark.parametrize(
    ("text", "data", "coding", "octets"),
    [
        ("Hello @", b"", 0, b"Hello \x00"),
        ("Так", b"", 8, "Так".encode("utf-16-be")),
        ("", b"\x01\x02", 4, b"\x01\x02"),
    ],
)
def test_an_incoming_message_goes_in_the_alphabet_that_has_it(text, data, coding, octets):
    pdu = incoming(Incoming(1, "carrier", "380671234567", "+1234", text, AT, data=data))
    assert (pdu.esm_class, pdu.data_coding, pdu.short_message) == (0, coding, octets)
    assert (pdu.dest_addr_ton, pdu.destination_addr) == (1, b"+1234")


def test_a_long_incoming_message_goes_as_message_payload():
    pdu = incoming(Incoming(1, "carrier", "380671234567", "1234", "x" * 255, AT))
    assert (pdu.short_message, tlv.MESSAGE_PAYLOAD.of(pdu.tlvs)) == (b"", b"x" * 255)


def test_what_a_carrier_set_of_a_ussd_session_goes_on_to_peers_that_know_parameters():
    ussd = ((tlv.USSD_SERVICE_OP.tag, b"\x12"), (tlv.ITS_SESSION_INFO.tag, b"\x01\x02"))
    heard = Incoming(1, "carrier", "380671234567", "1234", "*100#", AT, parameters=ussd)
    assert incoming(heard).tlvs == ussd
    assert incoming(heard, with_tlvs=False).tlvs == ()


@pytest.mark.parametrize(("given", "found"), [(b"100000001", 100_000_001), (b"", 0), (b"abc", 0), (b"9" * 30, 0)])
def test_an_id_is_decimal_or_none(given, found):
    assert read_id(given) == found


@pytest.mark.parametrize(
    ("given", "msisdn"), [("1" * 15, "1" * 15), ("1" * 16, ""), ("+", ""), ("", ""), ("123456", "")]
)
def test_a_plain_number_is_international(given, msisdn):
    assert normalise_plain(given) == msisdn
