"""Who may send what when (3.4, table 2-1), and the names of statuses and parameters."""

from __future__ import annotations

import pytest
from smpplib import consts

from heliograph.protocols.smpp import pdu, status, tlv
from heliograph.protocols.smpp.states import REQUESTS, Side, State, may_send
from heliograph.protocols.smpp.status import Status

TABLE = """
bind_transmitter    ESME     OPEN OUTBOUND
bind_receiver       ESME     OPEN OUTBOUND
bind_transceiver    ESME     OPEN OUTBOUND
outbind             MC       OPEN
unbind              ESME,MC  BOUND_TX BOUND_RX BOUND_TRX
submit_sm           ESME     BOUND_TX BOUND_TRX
submit_multi        ESME     BOUND_TX BOUND_TRX
data_sm             ESME     BOUND_TX BOUND_TRX
data_sm             MC       BOUND_RX BOUND_TRX
deliver_sm          MC       BOUND_RX BOUND_TRX
query_sm            ESME     BOUND_TX BOUND_TRX
cancel_sm           ESME     BOUND_TX BOUND_TRX
replace_sm          ESME     BOUND_TX BOUND_TRX
alert_notification  MC       BOUND_RX BOUND_TRX
enquire_link        ESME,MC  OPEN OUTBOUND BOUND_TX BOUND_RX BOUND_TRX
"""


def typed():
    for line in TABLE.split("\n"):
        if line:
            name, sides, *states = line.split()
            yield from ((name, side, state) for side in sides.split(",") for state in states)


def test_the_table_is_the_specifications():
    allowed = {
        (kind.name, side.name, state.name)
        for kind in pdu.ALL
        for side in (Side.ESME, Side.MC)
        for state in State
        if may_send(kind, side, state)
    }
    assert allowed == set(typed())


def test_every_request_has_its_row_and_no_response_has():
    assert set(REQUESTS) == {kind for kind in pdu.ALL if kind.command_id < 0x80000000}


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0x00, "0x00 ESME_ROK"), (0x14, "0x14 ESME_RMSGQFUL"), (0x58, "0x58 ESME_RTHROTTLED"),
        (0xFF, "0xFF ESME_RUNKNOWNERR"), (0x10C, "0x10C ESME_RINVBCASTMSGCLASS"), (0x09, "0x09"), (0x4FF, "0x4FF"),
    ],
)  # fmt: skip
def test_a_status_is_written_with_its_number_and_its_name(number, written):
    assert status.named(number) == written


def test_statuses_have_the_numbers_an_independent_client_gives_them():
    theirs = {
        name.removeprefix("SMPP_"): value for name, value in vars(consts).items() if name.startswith("SMPP_ESME_R")
    }
    ours = {known.name: int(known) for known in Status}
    common = theirs.keys() & ours.keys()
    assert len(common) >= 40
    assert {name: ours[name] for name in common} == {name: theirs[name] for name in common}


def test_parameters_have_the_tags_an_independent_client_gives_them():
    ours = {parameter.name.lower(): parameter.tag for parameter in tlv.ALL}
    theirs = {name.lower(): tag for name, tag in consts.OPTIONAL_PARAMS.items()}
    common = theirs.keys() & ours.keys()
    assert len(common) >= 35
    assert {name: ours[name] for name in common} == {name: theirs[name] for name in common}


def test_no_two_parameters_share_a_tag_or_a_name():
    assert (
        len({parameter.tag for parameter in tlv.ALL}) == len({parameter.name for parameter in tlv.ALL}) == len(tlv.ALL)
    )


TAGS_OF_3_4 = bytes.fromhex("""
    0005 0006 0007 0008 000D 000E 000F 0010 0017 0019 001D 001E 0030 0201 0202 0203 0204 0205 020A 020B 020C 020D 020E
    020F 0210 0302 0303 0304 0381 0420 0421 0422 0423 0424 0425 0426 0427 0501 1201 1203 1204 130C 1380 1383
""")


def test_every_tag_of_table_5_7_has_a_name():
    tags = {int.from_bytes(TAGS_OF_3_4[at : at + 2], "big") for at in range(0, len(TAGS_OF_3_4), 2)}
    assert len(tags) == 44
    assert tags <= set(tlv.BY_TAG)


@pytest.mark.parametrize(
    ("parameter", "value", "pair"),
    [
        (tlv.RECEIPTED_MESSAGE_ID, b"17", (0x001E, b"17\0")),
        (tlv.MESSAGE_STATE, 2, (0x0427, b"\x02")),
        (tlv.SAR_MSG_REF_NUM, 0x1234, (0x020C, b"\x12\x34")),
        (tlv.QOS_TIME_TO_LIVE, 60, (0x0017, b"\0\0\0\x3c")),
        (tlv.NETWORK_ERROR_CODE, b"\x03\0\x07", (0x0423, b"\x03\0\x07")),
        (tlv.MESSAGE_PAYLOAD, b"", (0x0424, b"")),
    ],
)
def test_a_parameter_makes_and_finds_itself(parameter, value, pair):
    assert parameter(value) == pair
    assert parameter.of(((0x1400, b"x"), pair)) == value
    assert parameter.of(()) is None
    assert parameter.raw((pair,)) == pair[1]


def test_a_flag_is_there_or_not():
    assert tlv.ALERT_ON_MESSAGE_DELIVERY() == (0x130C, b"")
    assert tlv.ALERT_ON_MESSAGE_DELIVERY.of(((0x130C, b""),)) is True
    assert tlv.ALERT_ON_MESSAGE_DELIVERY.of(()) is False


@pytest.mark.parametrize(
    ("parameter", "value", "found"),
    [
        (tlv.RECEIPTED_MESSAGE_ID, b"17", b"17"),
        (tlv.RECEIPTED_MESSAGE_ID, b"17\0\0\0", b"17"),
        (tlv.RECEIPTED_MESSAGE_ID, b"", b""),
        (tlv.MESSAGE_STATE, b"\0\0\0\x02", 2),
        (tlv.SAR_MSG_REF_NUM, b"\x07", 7),
        (tlv.MESSAGE_STATE, b"", None),
        (tlv.MESSAGE_STATE, b"\0" * 9, None),
    ],
)
def test_B3_values_of_unusual_lengths_are_read(parameter, value, found):
    assert parameter.of(((parameter.tag, value),)) == found


def test_values_that_do_not_fit_are_not_made():
    with pytest.raises(OverflowError):
        tlv.MESSAGE_STATE(256)
    with pytest.raises(ValueError, match="end early"):
        tlv.RECEIPTED_MESSAGE_ID(b"1\x007")


def test_a_tag_is_written_with_its_name():
    assert (tlv.named(0x0427), tlv.named(0x2001), tlv.named(tlv.REST)) == ("message_state 0x0427", "0x2001", "rest")
