"""Our SMPP client against carriers on loopback sockets: good ones, and those reliability.md tells of."""

from __future__ import annotations

import asyncio

import pytest

from connectors.smpp_world import attempt, attempts, carrier, centre, connector, deaf, message, polite, until
from heliograph.model.message import Attempt, Kind, State
from heliograph.model.outcome import Failed, InDoubt, Taken
from heliograph.model.receipt import Incoming, Receipt
from heliograph.protocols.smpp import tlv
from heliograph.protocols.smpp.codec import encode
from heliograph.protocols.smpp.pdu import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    answer_to,
)
from heliograph.protocols.smpp.status import Status

RECEIPT = b"id:%b sub:001 dlvrd:001 submit date:2511210900 done date:2511210901 stat:%b err:%b text:"


def receipt(upstream_id, stat=b"DELIVRD", err=b"000", **fields):
    return DeliverSm(
        sequence_number=fields.pop("sequence_number", 1),
        esm_class=0x04,
        source_addr=b"380671234567",
        destination_addr=b"Shop",
        short_message=RECEIPT % (upstream_id, stat, err),
        **fields,
    )


# -- the plain way ---------------------------------------------------------------------------------------------------


async def test_it_binds_with_what_the_carrier_gave_and_submits_a_list_in_one_write():
    async with carrier() as fake, connector(fake.port, window=50, system_type="VMA") as (ours, lift):
        [bind] = fake.of(BindTransceiver)
        assert (bind.system_id, bind.password, bind.system_type) == (b"gateway", b"secret", b"VMA")
        assert (ours.connected, ours.free, lift.ready_for) == (True, 50, ["carrier"])
        sent = attempts(20)
        ours.send(sent)
        assert (ours.free, ours.under_way) == (30, 20)
        await until(lambda: len(lift.outcomes) == 20)
        assert [one for one, _ in lift.outcomes] == sent
        assert all(isinstance(outcome, Taken) and outcome.upstream_id.isdigit() for _, outcome in lift.outcomes)
        assert (ours.free, ours.under_way) == (50, 0)


async def test_every_field_of_a_message_is_on_the_wire():
    async with carrier() as fake, connector(fake.port, service_type="CMT") as (ours, lift):
        ours.send(
            [attempt("380671234567", "Hi [1]", sender="Shop"), attempt("48601234567", "Їжак", sender="+380501112233")]
        )
        await until(lambda: len(lift.outcomes) == 2)
        latin, cyrillic = fake.of(SubmitSm)
        assert (latin.source_addr_ton, latin.source_addr_npi, latin.source_addr) == (5, 0, b"Shop")
        assert (latin.dest_addr_ton, latin.dest_addr_npi, latin.destination_addr) == (1, 1, b"380671234567")
        assert (latin.data_coding, latin.short_message) == (0, b"Hi \x1b<1\x1b>")
        assert (latin.service_type, latin.registered_delivery, latin.esm_class) == (b"CMT", 1, 0)
        assert latin.validity_period in (b"000001000000000R", b"000000235959000R")
        assert (cyrillic.source_addr_ton, cyrillic.source_addr_npi, cyrillic.source_addr) == (1, 1, b"380501112233")
        assert (cyrillic.data_coding, cyrillic.short_message) == (8, "Їжак".encode("utf-16-be"))


async def test_who_wants_to_hear_what_is_on_its_way_has_the_carrier_asked_for_it():
    async with carrier() as fake, connector(fake.port) as (ours, lift):
        plain, curious = attempt(), attempt()
        plain.message.targets = ("smpp:shop", "endpoint:1")
        curious.message.targets = ("endpoint:1", "smpp:shop?intermediate")
        ours.send([plain, curious])
        await until(lambda: len(lift.outcomes) == 2)
        assert [pdu.registered_delivery for pdu in fake.of(SubmitSm)] == [0x01, 0x11]


async def test_a_long_text_goes_in_parts_with_a_header_or_with_parameters():
    whole = message(text="x" * 200, parts=2, message_id=0x1234)
    for long_messages in ("udh", "sar"):
        async with carrier() as fake, connector(fake.port, long_messages=long_messages) as (ours, lift):
            ours.send([Attempt(whole, part, part, 1, "carrier") for part in (1, 2)])
            await until(lambda lift=lift: len(lift.outcomes) == 2)
            first, second = fake.of(SubmitSm)
            if long_messages == "udh":
                assert (first.esm_class, first.short_message) == (0x40, b"\x05\x00\x03\x34\x02\x01" + b"x" * 153)
                assert (second.esm_class, second.short_message) == (0x40, b"\x05\x00\x03\x34\x02\x02" + b"x" * 47)
            else:
                assert (first.esm_class, first.short_message, second.short_message) == (0, b"x" * 153, b"x" * 47)
                assert [
                    (
                        tlv.SAR_MSG_REF_NUM.of(pdu.tlvs),
                        tlv.SAR_TOTAL_SEGMENTS.of(pdu.tlvs),
                        tlv.SAR_SEGMENT_SEQNUM.of(pdu.tlvs),
                    )
                    for pdu in (first, second)
                ] == [(0x34, 2, 1), (0x34, 2, 2)]


async def test_septets_are_packed_where_the_carrier_wants_them_so():
    async with carrier() as fake, connector(fake.port, alphabet="gsm-packed", gsm_data_coding=0xF1) as (ours, lift):
        ours.send([attempt(text="hellohello")])
        await until(lambda: lift.outcomes)
        [pdu] = fake.of(SubmitSm)
        assert (pdu.data_coding, pdu.short_message) == (0xF1, bytes.fromhex("E8329BFD4697D9EC37"))


@pytest.mark.covers_part(29)
async def test_binary_and_flash_keep_their_coding_and_a_look_up_is_refused():
    async with carrier() as fake, connector(fake.port) as (ours, lift):
        look_up = attempt(kind=Kind.HLR, text="")
        ours.send(
            [
                attempt(text="", kind=Kind.BINARY, data=b"\x01\x02", udh=b"\x06\x05\x04\x15\x81\x00\x00"),
                attempt(text="Now", kind=Kind.FLASH),
                look_up,
            ]
        )
        await until(lambda: len(lift.outcomes) == 3)
        binary, flash = fake.of(SubmitSm)
        assert (binary.data_coding, binary.esm_class) == (4, 0x40)
        assert binary.short_message == b"\x06\x05\x04\x15\x81\x00\x00\x01\x02"
        assert (flash.data_coding, flash.short_message) == (0x10, b"Now")
        assert lift.of(look_up) == Failed(21, permanent=True, detail="there are no look-ups by SMPP")
        assert ours.under_way == 0


async def test_pairs_of_transmitter_and_receiver_share_the_work():
    async with carrier() as fake, connector(fake.port, bind="tx+rx", sessions=2, bound=4, window=5) as (ours, lift):
        assert len(fake.of(BindTransmitter)) == len(fake.of(BindReceiver)) == 2
        assert ours.free == 10
        ours.send(attempts(10))
        assert ours.free == 0
        await until(lambda: len(lift.outcomes) == 10)


async def test_the_windows_of_several_sessions_are_filled_evenly():
    async with carrier(deaf) as fake, connector(fake.port, sessions=3, bound=3, window=10, grace_s=0) as (ours, _):
        ours.send(attempts(15))
        assert sorted(link.free for link in ours._links) == [5, 5, 5]


# -- what carriers answer --------------------------------------------------------------------------------------------


def answering(status, kind=None):
    def says(fake, writer, pdu):
        if isinstance(pdu, SubmitSm):
            response = kind(sequence_number=pdu.sequence_number) if kind else answer_to(pdu)
            response.command_status = status
            writer.write(encode(response))
        else:
            polite(fake, writer, pdu)

    return says


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x58, Failed(0, permanent=False, throttled=True, detail="0x58 ESME_RTHROTTLED")),
        (0x14, Failed(220, permanent=False, throttled=True, detail="0x14 ESME_RMSGQFUL")),
        (0x08, Failed(0, permanent=False, detail="0x08 ESME_RSYSERR")),
        (0x64, Failed(0, permanent=False, detail="0x64 ESME_RX_T_APPN")),
        (0x0A, Failed(254, permanent=True, detail="0x0A ESME_RINVSRCADR")),
        (0x0B, Failed(249, permanent=True, detail="0x0B ESME_RINVDSTADR")),
        (0x45, Failed(255, permanent=True, detail="0x45 ESME_RSUBMITFAIL")),
        (0x4AB, Failed(255, permanent=True, detail="0x4AB")),
    ],
)
async def test_each_command_status_has_its_outcome(status, outcome):
    async with carrier(answering(status)) as fake, connector(fake.port) as (ours, lift):
        one = attempt()
        ours.send([one])
        await until(lambda: lift.outcomes)
        assert lift.of(one) == outcome


async def test_an_operator_may_say_what_a_status_means():
    settings = {"temporary_statuses": (0x4AB,), "throttled_statuses": (0x4AC,), "permanent_statuses": (0x08,)}
    for status, outcome in (
        (0x4AB, Failed(0, permanent=False, detail="0x4AB")),
        (0x4AC, Failed(0, permanent=False, throttled=True, detail="0x4AC")),
        (0x08, Failed(255, permanent=True, detail="0x08 ESME_RSYSERR")),
    ):
        async with carrier(answering(status)) as fake, connector(fake.port, **settings) as (ours, lift):
            ours.send([attempt()])
            await until(lambda lift=lift: lift.outcomes)
            assert lift.outcomes[0][1] == outcome


async def test_a_nack_of_a_submit_is_its_answer():
    async with carrier(answering(0x03, GenericNack)) as fake, connector(fake.port) as (ours, lift):
        ours.send([attempt()])
        await until(lambda: lift.outcomes)
        assert lift.outcomes[0][1] == Failed(255, permanent=True, detail="0x03 ESME_RINVCMDID")


async def test_r11_an_answer_without_an_id_is_taken_all_the_same():
    async with carrier(answering(0)) as fake, connector(fake.port) as (ours, lift):
        ours.send([attempt()])
        await until(lambda: lift.outcomes)
        assert lift.outcomes[0][1] == Taken("")


async def test_r14_ids_stay_as_they_are_spelt():
    def says(fake, writer, pdu):
        if isinstance(pdu, SubmitSm):
            writer.write(encode(SubmitSmResp(sequence_number=pdu.sequence_number, message_id=b"0e999F21-00ab")))
        else:
            polite(fake, writer, pdu)

    async with carrier(says) as fake, connector(fake.port) as (ours, lift):
        ours.send([attempt()])
        await until(lambda: lift.outcomes)
        assert lift.outcomes[0][1] == Taken("0e999F21-00ab")


# -- the way back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stat", "err", "state", "error"),
    [
        (b"DELIVRD", b"000", State.DELIVERED, 0),
        (b"EXPIRED", b"000", State.EXPIRED, 6),
        (b"UNDELIV", b"001", State.UNDELIVERABLE, 1),
        (b"UNDELIV", b"0B9", State.UNDELIVERABLE, 255),
        (b"FAILED", b"011", State.UNDELIVERABLE, 11),
        (b"REJECTD", b"220", State.REJECTED, 255),
        (b"DELETED", b"000", State.UNDELIVERABLE, 255),
        (b"ENROUTE", b"000", None, 0),
        (b"ACCEPTD", b"000", None, 0),
        (b"UNKNOWN", b"000", None, 0),
    ],
)
async def test_r15_receipts_in_the_words_of_the_field_are_understood(stat, err, state, error):
    async with carrier() as fake, connector(fake.port) as (_, lift):
        fake.tell(receipt(b"12AB", stat, err))
        await until(lambda: lift.events)
        [event] = lift.events
        assert isinstance(event, Receipt)
        assert (event.connector, event.upstream_id, event.state, event.error) == ("carrier", "12AB", state, error)
        assert (event.recipient, event.done_at) == ("380671234567", 1_763_715_660_000)


async def test_errors_of_smscs_own_list_are_kept_where_the_carrier_speaks_it():
    async with carrier() as fake, connector(fake.port, receipt_errors="smsc") as (_, lift):
        fake.tell(receipt(b"1", b"REJECTD", b"220"))
        await until(lambda: lift.events)
        assert lift.events[0].error == 220


async def test_a_receipt_may_be_a_data_sm_or_come_in_parameters_alone():
    told = (tlv.RECEIPTED_MESSAGE_ID(b"77"), tlv.MESSAGE_STATE(2))
    async with carrier() as fake, connector(fake.port) as (_, lift):
        fake.tell(
            DataSm(sequence_number=1, esm_class=4, source_addr=b"380671234567", tlvs=told),
            DeliverSm(sequence_number=2, esm_class=4, source_addr=b"380671234567", tlvs=told),
        )
        await until(lambda: fake.of(DataSmResp) and fake.of(DeliverSmResp))
        assert [(event.upstream_id, event.state) for event in lift.events] == [("77", State.DELIVERED)] * 2
        assert len(lift.lists) == 1


async def test_a_delivery_is_answered_only_once_it_is_kept():
    async with carrier() as fake, connector(fake.port) as (_, lift):
        lift.keeps = None
        fake.tell(receipt(b"1", sequence_number=11), receipt(b"2", sequence_number=12))
        [then] = await until(lambda: lift.thens)
        await asyncio.sleep(0.05)
        assert fake.of(DeliverSmResp) == []
        then(True)
        await until(lambda: len(fake.of(DeliverSmResp)) == 2)
        assert [(pdu.sequence_number, pdu.command_status) for pdu in fake.of(DeliverSmResp)] == [(11, 0), (12, 0)]


async def test_a_delivery_that_cannot_be_kept_is_asked_for_again():
    async with carrier() as fake, connector(fake.port) as (_, lift):
        lift.keeps = False
        fake.tell(receipt(b"1"))
        [pdu] = await until(lambda: fake.of(DeliverSmResp))
        assert pdu.command_status == Status.ESME_RX_T_APPN


async def test_what_a_carrier_sets_of_a_ussd_session_is_kept():
    ussd = (tlv.USSD_SERVICE_OP(0x12), tlv.ITS_SESSION_INFO(b"\x07\x01"))
    async with carrier() as fake, connector(fake.port) as (_, lift):
        fake.tell(
            DeliverSm(
                sequence_number=1,
                source_addr=b"380671234567",
                destination_addr=b"100",
                data_coding=0x0F,
                short_message=b"*100#",
                tlvs=(*ussd, (0x1500, b"theirs")),
            )
        )
        (event,) = await until(lambda: lift.events)
        assert (event.text, event.parameters) == ("*100#", ussd)


async def test_a_handsets_text_comes_in_every_coding():
    def text(octets, data_coding, **fields):
        return DeliverSm(
            sequence_number=1, source_addr_ton=1, source_addr=b"380671234567", destination_addr=b"4040",
            data_coding=data_coding, short_message=octets, **fields,
        )  # fmt: skip

    async with carrier() as fake, connector(fake.port) as (_, lift):
        fake.tell(
            text(b"Hi \x1be", 0),
            text("Їжак".encode("utf-16-be"), 8),
            text("déjà".encode("latin-1"), 3),
            text(b"\x05\x00\x03\x07\x02\x01part", 0, esm_class=0x40),
            text(b"\x01\x02", 4),
        )
        await until(lambda: len(lift.events) == 5)
        *texts, part, data = lift.events
        assert [event.text for event in [*texts, data]] == ["Hi €", "Їжак", "déjà", ""]
        assert (part.reference, part.total, part.number, part.octets) == ("8:7", 2, 1, b"part")
        assert lift.events[4].data == b"\x01\x02"
        assert {(event.sender, event.recipient) for event in lift.events} == {("380671234567", "4040")}


async def test_octets_of_a_default_alphabet_that_is_latin_1_or_packed_are_read_so():
    async with carrier() as fake, connector(fake.port, incoming_alphabet="latin-1") as (_, lift):
        fake.tell(DeliverSm(sequence_number=1, short_message=b"a@b_\xe9"))
        await until(lambda: lift.events)
        assert lift.events[0].text == "a@b_é"
    async with carrier() as fake, connector(fake.port, incoming_alphabet="gsm-packed") as (_, lift):
        fake.tell(DeliverSm(sequence_number=1, short_message=bytes.fromhex("E8329BFD4697D9EC37")))
        await until(lambda: lift.events)
        assert lift.events[0].text == "hellohello"


# -- what goes wrong -------------------------------------------------------------------------------------------------


async def test_r7_what_was_written_when_the_link_went_is_in_doubt_and_the_link_comes_back():
    async with carrier(deaf) as fake, connector(fake.port) as (ours, lift):
        sent = attempts(5)
        ours.send(sent)
        await until(lambda: len(fake.of(SubmitSm)) == 5)
        fake.writers[-1].transport.abort()
        await until(lambda: len(lift.outcomes) == 5)
        assert all(isinstance(outcome, InDoubt) for _, outcome in lift.outcomes)
        assert ours.under_way == 0
        fake.says = polite
        await until(lambda: ours.bound)
        again = attempt()
        ours.send([again])
        await until(lambda: isinstance(lift.of(again), Taken))


async def test_r8_a_half_open_link_is_found_by_an_enquiry_nobody_answers():
    async with (
        carrier(deaf) as fake,
        connector(fake.port, enquire_link_s=0.1, response_s=0.1, grace_s=0) as (ours, lift),
    ):
        one = attempt()
        ours.send([one])
        await until(lambda: lift.outcomes)
        assert isinstance(lift.of(one), InDoubt)
        assert fake.of(EnquireLink)
        await until(lambda: len(fake.of(Bind)) > 1)


async def test_an_enquiry_of_the_carrier_is_answered_and_an_answered_one_of_ours_keeps_the_link():
    async with carrier() as fake, connector(fake.port, enquire_link_s=0.05, response_s=0.2) as (ours, _):
        fake.tell(EnquireLink(sequence_number=99))
        await until(lambda: [pdu for pdu in fake.of(EnquireLinkResp) if pdu.sequence_number == 99])
        await until(lambda: len(fake.of(EnquireLink)) >= 3)
        assert (len(fake.of(Bind)), ours.bound) == (1, 1)


async def test_r9_a_late_answer_still_counts_and_one_later_than_the_doubt_names_it_after_all():
    async with (
        carrier(deaf) as fake,
        connector(fake.port, response_s=0.1, late_answer_wait_s=0.6, window=1, enquire_link_s=60, grace_s=0) as (
            ours,
            lift,
        ),
    ):
        late, too_late = attempts(2)
        ours.send([late])
        await until(lambda: ours.free == 1)
        assert (lift.outcomes, ours.under_way) == ([], 1)
        ours.send([too_late])
        first, second = await until(lambda: fake.of(SubmitSm) if len(fake.of(SubmitSm)) == 2 else None)
        fake.tell(SubmitSmResp(sequence_number=first.sequence_number, message_id=b"late"))
        await until(lambda: lift.of(late) == Taken("late"))
        await until(lambda: lift.of(too_late) == InDoubt("no answer came in time"))
        fake.tell(SubmitSmResp(sequence_number=second.sequence_number, message_id=b"too late"))
        await until(lambda: ours.late_answers == 1)
        assert [outcome for _, outcome in lift.outcomes[2:]] == [Taken("too late")]
        assert (lift.outcomes[2][0], ours.under_way, ours.bound) == (too_late, 0, 1)


async def test_r13_a_receipt_before_the_answer_is_handed_on_at_once():
    def says(fake, writer, pdu):
        if isinstance(pdu, SubmitSm):
            writer.write(encode(receipt(b"4711")))
            writer.write(encode(SubmitSmResp(sequence_number=pdu.sequence_number, message_id=b"4711")))
        else:
            polite(fake, writer, pdu)

    async with carrier(says) as fake, connector(fake.port) as (ours, lift):
        one = attempt()
        ours.send([one])
        await until(lambda: lift.events and lift.outcomes)
        assert (lift.of(one), lift.events[0].upstream_id) == (Taken("4711"), "4711")


async def test_b2_b4_garbage_from_the_carrier_ends_that_link_and_a_bad_pdu_does_not():
    async with carrier() as fake, connector(fake.port) as (ours, lift):
        fake.writers[-1].write(bytes.fromhex("00000014 00000999 00000000 00000007 01020304"))
        [nack] = await until(lambda: fake.of(GenericNack))
        assert (nack.sequence_number, nack.command_status) == (7, Status.ESME_RINVCMDID)
        fake.writers[-1].write(encode(SubmitSmResp(sequence_number=4_000, message_id=b"of nobody")))
        await until(lambda: ours.oddities == 2)
        assert len(fake.of(Bind)) == 1
        fake.writers[-1].write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await until(lambda: len(fake.of(Bind)) == 2 and ours.bound == 1)
        one = attempt()
        ours.send([one])
        await until(lambda: isinstance(lift.of(one), Taken))


async def test_a_refused_bind_is_tried_again_and_says_nothing_of_the_password():
    def says(fake, writer, pdu):
        status = 0 if len(fake.of(Bind)) > 2 else Status.ESME_RALYBND
        writer.write(encode(answer_to(pdu, status)))

    async with carrier(says) as fake, connector(fake.port) as (ours, _):
        assert len(fake.of(Bind)) == 3
        assert "secret" not in repr(ours._settings)


async def test_a_carrier_that_says_goodbye_is_bound_to_again():
    async with carrier() as fake, connector(fake.port) as (ours, lift):
        fake.tell(Unbind(sequence_number=5))
        await until(lambda: len(fake.of(Bind)) == 2 and ours.bound == 1)
        assert lift.outcomes == []


async def test_a_carrier_that_is_away_at_the_start_is_found_when_it_comes():
    async with carrier() as gone:
        pass
    async with connector(gone.port, bound=0) as (ours, _):
        await asyncio.sleep(0.05)
        assert (ours.connected, ours.free) == (False, 0)
        server = await asyncio.start_server(gone.serve, "127.0.0.1", gone.port)
        await until(lambda: ours.connected)
        server.close()


async def test_a_stop_waits_for_answers_says_goodbye_and_leaves_the_rest_in_doubt():
    async with carrier() as fake:
        async with connector(fake.port) as (ours, lift):
            ours.send(attempts(5))
        assert [type(outcome) for _, outcome in lift.outcomes] == [Taken] * 5
        assert fake.of(Unbind)
    async with carrier(deaf) as fake:
        async with connector(fake.port, grace_s=0.1) as (ours, lift):
            ours.send(attempts(5))
        assert [type(outcome) for _, outcome in lift.outcomes] == [InDoubt] * 5
        assert (ours.under_way, ours.free) == (0, 0)


async def test_a_stop_waits_for_an_answer_also_when_all_was_answered_before():
    def slow(fake, writer, pdu):
        if isinstance(pdu, SubmitSm) and len(fake.of(SubmitSm)) == 2:
            asyncio.get_running_loop().call_later(0.2, polite, fake, writer, pdu)
        else:
            polite(fake, writer, pdu)

    async with carrier(slow) as fake:
        async with connector(fake.port, grace_s=5) as (ours, lift):
            first, second = attempts(2)
            ours.send([first])
            await until(lambda: lift.outcomes)
            ours.send([second])
        assert isinstance(lift.of(second), Taken)


async def test_a_flood_of_receipts_beyond_what_is_being_kept_is_told_to_slow_down():
    """Thousands may wait until they are kept: not every carrier says again what was throttled."""
    async with carrier() as fake, connector(fake.port) as (_, lift):
        lift.keeps = None
        fake.tell(*[receipt(b"%d" % number, sequence_number=number) for number in range(1, 10_501)])
        await until(lambda: len(fake.of(DeliverSmResp)) == 500)
        assert {pdu.command_status for pdu in fake.of(DeliverSmResp)} == {Status.ESME_RTHROTTLED}
        for then in lift.thens:
            then(True)
        await until(lambda: len(fake.of(DeliverSmResp)) == 10_500)
        assert len(lift.events) == 10_000


async def test_a_part_that_has_no_form_on_the_wire_fails_alone():
    async with carrier() as fake, connector(fake.port) as (ours, lift):
        long, foreign, good = attempt(sender="A" * 40), attempt(sender="Їжак"), attempt()
        ours.send([long, foreign, good])
        await until(lambda: len(lift.outcomes) == 3)
        assert isinstance(lift.of(good), Taken)
        assert lift.of(long).permanent
        assert lift.of(foreign).error == 254


# -- against the simulated message centre -----------------------------------------------------------------------------


async def test_the_simulated_carrier_takes_reports_and_texts_back():
    async with centre("polite") as (carrier_, port), connector(port) as (ours, lift):
        one, reply = attempt("380671234567"), attempt("380671230014")
        ours.send([one, reply])
        await until(lambda: len(lift.events) == 3)
        receipts = [event for event in lift.events if isinstance(event, Receipt)]
        assert {(event.upstream_id, event.state) for event in receipts} == {
            (lift.of(one).upstream_id, State.DELIVERED),
            (lift.of(reply).upstream_id, State.DELIVERED),
        }
        [text] = [event for event in lift.events if isinstance(event, Incoming)]
        assert (text.sender, text.text) == ("380671230014", "Yes")
        await until(lambda: carrier_.status.owed == 0)


async def test_r13_two_thousand_messages_over_three_sessions_to_a_hasty_carrier_all_end_once():
    async with centre("hasty") as (carrier_, port), connector(port, sessions=3, bound=3, window=100) as (ours, lift):
        waiting = attempts(2_000)
        while waiting:
            batch, waiting = waiting[: ours.free], waiting[ours.free :]
            if batch:
                ours.send(batch)
            await asyncio.sleep(0.002)
        await until(lambda: len(lift.events) == 2_000 and len(lift.outcomes) == 2_000)
        told = sorted(outcome.upstream_id for _, outcome in lift.outcomes)
        assert sorted(event.upstream_id for event in lift.events) == told
        assert len(set(told)) == 2_000
        await until(lambda: carrier_.status.owed == 0)
