"""How a text stands in a submit_sm: whole, in parts, in Latin-1 or packed; no letter is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.smpp_world import SETTINGS, attempt, message
from heliograph.connectors.smpp_user_data import CannotSend
from heliograph.connectors.smpp_words import Words
from heliograph.core.errors import NetworkError
from heliograph.model.message import Attempt, Kind
from heliograph.protocols.smpp import tlv

NOW = 1_763_715_660_000


def words(**changes):
    return Words("carrier", replace(SETTINGS, **changes))


def whole(text, parts, **how):
    """All parts of a message in one attempt."""
    return Attempt(message(text=text, parts=parts, **how), 1, parts, 1, "carrier")


def test_a_long_text_goes_whole_as_message_payload():
    pdu = words(long_messages="payload").submit(whole("x" * 400, 3), NOW)
    assert (pdu.esm_class, pdu.data_coding, pdu.short_message) == (0, 0, b"")
    assert tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) == b"x" * 400


def test_a_long_unicode_text_goes_whole_without_a_header_between():
    pdu = words(long_messages="payload").submit(whole("Ї" * 100 + "👍", 2), NOW)
    assert (pdu.esm_class, pdu.data_coding) == (0, 8)
    assert tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) == ("Ї" * 100 + "👍").encode("utf-16-be")


def test_a_header_of_the_sender_stays_before_the_whole():
    ports = b"\x06\x05\x04\x15\x81\x00\x00"
    pdu = words().submit(whole("", 2, kind=Kind.BINARY, data=b"\x07" * 200, udh=ports), NOW)
    assert (pdu.esm_class, pdu.data_coding) == (0x40, 4)
    assert tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) == ports + b"\x07" * 200


def test_a_single_part_is_no_payload():
    pdu = words(long_messages="payload").submit(attempt(text="Hello"), NOW)
    assert (pdu.short_message, pdu.tlvs) == (b"Hello", ())


@pytest.mark.parametrize("data_coding", [0, 3])
def test_a_text_goes_in_latin_1_where_that_is_the_carriers_alphabet(data_coding):
    pdu = words(alphabet="latin-1", gsm_data_coding=data_coding).submit(attempt(text="Æther {10} @ñ"), NOW)
    assert (pdu.data_coding, pdu.short_message) == (data_coding, b"\xc6ther {10} @\xf1")


def test_a_part_of_a_long_text_goes_in_latin_1_behind_its_header():
    long = message(text="[" * 100, parts=2, message_id=0x1234)
    first, second = (words(alphabet="latin-1").submit(Attempt(long, n, n, 1, "carrier"), NOW) for n in (1, 2))
    assert first.short_message == b"\x05\x00\x03\x34\x02\x01" + b"[" * 76
    assert second.short_message == b"\x05\x00\x03\x34\x02\x02" + b"[" * 24


def test_a_letter_latin_1_does_not_have_goes_in_ucs_2():
    pdu = words(alphabet="latin-1", gsm_data_coding=3).submit(attempt(text="10 €"), NOW)
    assert (pdu.data_coding, pdu.short_message) == (8, "10 €".encode("utf-16-be"))
    text = "€" + "x" * 150
    pdu = words(alphabet="latin-1").submit(attempt(text=text), NOW)
    assert (pdu.data_coding, pdu.short_message) == (8, b"")
    assert tlv.MESSAGE_PAYLOAD.of(pdu.tlvs) == text.encode("utf-16-be")


def test_a_long_part_with_such_a_letter_is_refused_and_says_why():
    with pytest.raises(CannotSend, match="Latin-1 does not have") as raised:
        words(alphabet="latin-1").submit(
            Attempt(message(text="€" + "x" * 200, parts=2), 1, 1, 1, "carrier"), NOW
        )  # fmt: skip
    assert raised.value.failed.permanent
    assert raised.value.failed.error == NetworkError.NOT_SUPPORTED


def test_flash_stays_flash_in_latin_1():
    pdu = words(alphabet="latin-1", gsm_data_coding=3).submit(attempt(text="Now ñ", kind=Kind.FLASH), NOW)
    assert (pdu.data_coding, pdu.short_message) == (0x10, b"Now \xf1")
    pdu = words(alphabet="latin-1").submit(attempt(text="€", kind=Kind.FLASH), NOW)
    assert (pdu.data_coding, pdu.short_message) == (0x18, "€".encode("utf-16-be"))


def test_a_packed_part_begins_on_a_septets_border_behind_its_header():
    """A header of six octets leaves one bit of fill (TS 23.040, 9.2.3.24)."""
    long = message(text="h" * 161, parts=2, message_id=1)
    pdu = words(alphabet="gsm-packed").submit(Attempt(long, 2, 2, 1, "carrier"), NOW)
    bits = sum(0x68 << 7 * place for place in range(8)) << 1
    assert pdu.short_message == b"\x05\x00\x03\x01\x02\x02" + bits.to_bytes(8, "little")


@pytest.mark.covers_part(29)
def test_the_customers_parameters_go_to_the_carrier_unchanged_with_each_part():
    for number in (1, 2):
        long = message(text="x" * 200, parts=2, parameters=((0x0501, b"\x02"), (0x0204, b"\x00\x07")))
        pdu = words(long_messages="sar").submit(Attempt(long, number, number, 1, "carrier"), NOW)
        assert tlv.SAR_SEGMENT_SEQNUM.of(pdu.tlvs) == number
        assert tlv.USSD_SERVICE_OP.of(pdu.tlvs) == 2
        assert tlv.USER_MESSAGE_REFERENCE.of(pdu.tlvs) == 7
