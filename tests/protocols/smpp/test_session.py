"""A session, either side: bytes in, events out; who may say what when, windows, time, and what ends it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp import pdu
from heliograph.protocols.smpp.codec import CannotEncode, Unreadable, decode, encode
from heliograph.protocols.smpp.events import Answered, BindRefused, Bound, Ended, GaveUp, Odd
from heliograph.protocols.smpp.framing import Framer
from heliograph.protocols.smpp.session import Limits, NotAllowed
from heliograph.protocols.smpp.sides import EsmeSession, McSession
from heliograph.protocols.smpp.states import State
from heliograph.protocols.smpp.timers import Spans
from protocols.smpp.pair import PASSWORD, Pair
from protocols.smpp.vectors import VECTORS

BINDS = [pdu.BindTransmitter, pdu.BindReceiver, pdu.BindTransceiver]


def said(session):
    """What a session has written, read."""
    return [decode(octets) for octets in Framer().feed(session.take_out())]


def centre(bind=None, **limits):
    """A message centre whose ESME is played by hand."""
    session = McSession(Limits(**limits), 0)
    if bind is not None:
        [asked] = session.receive(encode(bind(sequence_number=1, system_id=b"alex")), 0)
        session.accept(asked, b"Heliograph", 0)
        session.take_out()
    return session


def submit(number):
    return encode(pdu.SubmitSm(sequence_number=number, destination_addr=b"380671234567", short_message=b"Hi"))


# --- binding


@pytest.mark.parametrize(
    ("bind", "state"),
    [(BINDS[0], State.BOUND_TX), (BINDS[1], State.BOUND_RX), (BINDS[2], State.BOUND_TRX)],
)
def test_each_bind_leads_both_sides_to_its_state(bind, state):
    pair = Pair()
    pair.esme.bind(bind(system_id=b"alex", password=PASSWORD))
    [asked] = pair.pump()[1]
    assert (type(asked), asked.system_id, asked.password) == (bind, b"alex", PASSWORD)
    pair.centre.accept(asked, b"Heliograph", 0)
    [bound] = pair.pump()[0]
    assert (bound.pdu.system_id, bound.version) == (b"Heliograph", 0x34)
    assert pair.esme.state is pair.centre.state is state
    assert pair.centre.version == 0x34


def test_a_refused_bind_leaves_the_session_open_for_another():
    pair = Pair()
    pair.esme.bind(pdu.BindTransceiver(system_id=b"alex", password=b"wrong"))
    [asked] = pair.pump()[1]
    pair.centre.refuse(asked, 0x0E)
    [refused] = pair.pump()[0]
    assert isinstance(refused, BindRefused)
    assert refused.pdu.command_status == 0x0E
    assert pair.bound().esme.state is State.BOUND_TRX


@pytest.mark.parametrize(("version", "speaks"), [(0x00, False), (0x33, False), (0x34, True), (0x50, True)])
def test_optional_parameters_are_only_for_peers_that_know_them(version, speaks):
    session = centre()
    [asked] = session.receive(encode(pdu.BindTransceiver(sequence_number=1, interface_version=version)), 0)
    session.accept(asked, b"H", 0)
    [answer] = said(session)
    assert answer.tlvs == (((0x0210, b"\x34"),) if speaks else ())
    assert session.takes_tlvs is speaks


def test_a_message_centre_that_does_not_say_its_version_is_taken_for_an_old_one():
    session = EsmeSession(Limits(), 0)
    session.bind(pdu.BindTransceiver())
    [bound] = session.receive(encode(pdu.BindTransceiverResp(sequence_number=1, system_id=b"SMSC")), 0)
    assert isinstance(bound, Bound)
    assert (bound.version, session.takes_tlvs) == (None, False)


def test_a_bind_may_be_answered_by_generic_nack():
    session = EsmeSession(Limits(), 0)
    session.bind(pdu.BindTransceiver())
    [refused] = session.receive(encode(pdu.GenericNack(sequence_number=1, command_status=3)), 0)
    assert isinstance(refused, BindRefused)


def test_outbind_asks_for_a_bind():
    pair = Pair()
    pair.centre.outbind(pdu.Outbind(system_id=b"SMSC", password=b"pw"))
    [asked] = pair.pump()[0]
    assert asked.system_id == b"SMSC"
    assert pair.esme.state is pair.centre.state is State.OUTBOUND
    pair.bound(pdu.BindReceiver(system_id=b"alex", password=PASSWORD))
    assert pair.esme.state is State.BOUND_RX


def test_B8_a_bind_on_a_bound_session_is_refused_and_the_session_lives():
    session = centre(pdu.BindTransmitter)
    [odd] = session.receive(encode(pdu.BindReceiver(sequence_number=2)), 0)
    assert odd.command_status == 0x05
    assert said(session) == [pdu.BindReceiverResp(sequence_number=2, command_status=0x05)]
    assert session.state is State.BOUND_TX


def test_B8_a_second_bind_before_the_first_is_answered_is_refused():
    session = centre()
    [first] = session.receive(encode(pdu.BindTransceiver(sequence_number=1)), 0)
    [odd] = session.receive(encode(pdu.BindTransceiver(sequence_number=2)), 0)
    assert odd.command_status == 0x05
    session.accept(first, b"H", 0)
    assert [answer.command_status for answer in said(session)] == [0x05, 0]


def test_a_bind_decided_after_the_end_changes_nothing():
    session = centre()
    [asked] = session.receive(encode(pdu.BindTransceiver(sequence_number=1)), 0)
    session.lost("the peer hung up")
    session.accept(asked, b"H", 0)
    session.refuse(asked, 0x0E)
    assert (session.take_out(), session.state) == (b"", State.CLOSED)


# --- requests and answers


def test_a_request_comes_back_with_its_tag_whatever_the_order():
    pair = Pair().bound()
    for tag in "abc":
        pair.esme.send(pdu.SubmitSm(destination_addr=b"1"), tag, 0)
    requests = pair.pump()[1]
    assert pair.centre.owed == 3
    for at in (2, 0, 1):
        response = pdu.answer_to(requests[at])
        response.message_id = b"%d" % at
        pair.centre.answer(response)
    answers = pair.pump()[0]
    assert [(answer.tag, answer.pdu.message_id, answer.late) for answer in answers] == [
        ("c", b"2", False), ("a", b"0", False), ("b", b"1", False),
    ]  # fmt: skip
    assert (pair.centre.owed, len(pair.esme.window)) == (0, 0)


@pytest.mark.parametrize("chop", [1, 3, 16, 17])
def test_B6_the_talk_is_the_same_in_single_bytes(chop):
    pair = Pair(chop=chop).bound()
    pair.esme.send(pdu.SubmitSm(short_message=b"x" * 200), "tag", 0)
    [request] = pair.pump()[1]
    pair.centre.answer(pdu.answer_to(request))
    assert [answer.tag for answer in pair.pump()[0]] == ["tag"]


def test_both_sides_deliver_and_submit_at_once():
    pair = Pair().bound()
    pair.esme.send(pdu.SubmitSm(), "up", 0)
    pair.centre.send(pdu.DeliverSm(), "down", 0)
    [down], [up] = pair.pump()
    pair.esme.answer(pdu.answer_to(down))
    pair.centre.answer(pdu.answer_to(up))
    told_esme, told_centre = pair.pump()
    assert ([answer.tag for answer in told_esme], [answer.tag for answer in told_centre]) == (["up"], ["down"])


def test_an_enquiry_is_answered_at_once_in_any_state():
    session = centre()
    assert session.receive(encode(pdu.EnquireLink(sequence_number=9)), 0) == []
    assert said(session) == [pdu.EnquireLinkResp(sequence_number=9)]


@pytest.mark.parametrize("status", [0x03, 0x451])
def test_a_request_may_be_answered_by_generic_nack(status):
    pair = Pair().bound()
    number = pair.esme.send(pdu.DataSm(), "tag", 0)
    pair.esme.take_out()
    [answer] = pair.esme.receive(encode(pdu.GenericNack(sequence_number=number, command_status=status)), 0)
    assert isinstance(answer, Answered)
    assert (answer.tag, answer.pdu.command_status) == ("tag", status)


def test_B8_responses_without_a_request_are_told_and_never_answered():
    session = centre(pdu.BindTransceiver)
    for response in (pdu.DeliverSmResp, pdu.GenericNack, pdu.BindTransceiverResp, pdu.UnbindResp, pdu.SubmitSmResp):
        [odd] = session.receive(encode(response(sequence_number=77)), 0)
        assert (type(odd), odd.command_status) == (Odd, None)
    assert session.receive(encode(pdu.EnquireLinkResp(sequence_number=77)), 0) == []
    assert session.take_out() == b""
    assert session.state is State.BOUND_TRX


def test_B8_an_answer_of_the_wrong_kind_does_not_take_the_request_away():
    pair = Pair().bound()
    number = pair.esme.send(pdu.SubmitSm(), "tag", 0)
    pair.esme.take_out()
    [odd] = pair.esme.receive(encode(pdu.QuerySmResp(sequence_number=number)), 0)
    assert isinstance(odd, Odd)
    [answer] = pair.esme.receive(encode(pdu.SubmitSmResp(sequence_number=number, message_id=b"1")), 0)
    assert answer.tag == "tag"


def test_B8_sequence_numbers_of_any_size_are_answered_as_they_came():
    session = centre(pdu.BindTransmitter)
    for number in (0, 1, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        [request] = session.receive(submit(number), 0)
        session.answer(pdu.answer_to(request))
        assert [answer.sequence_number for answer in said(session)] == [number]


# --- what may not come now


@pytest.mark.parametrize(
    ("bind", "request_of_peer", "status"),
    [
        (None, pdu.SubmitSm, 0x04),
        (None, pdu.QuerySm, 0x04),
        (None, pdu.Unbind, 0x04),
        (pdu.BindReceiver, pdu.SubmitSm, 0x04),
        (pdu.BindReceiver, pdu.DataSm, 0x04),
        (pdu.BindReceiver, pdu.CancelSm, 0x04),
        (pdu.BindTransmitter, pdu.DeliverSm, 0x03),
        (pdu.BindTransceiver, pdu.DeliverSm, 0x03),
        (pdu.BindTransceiver, pdu.BindTransceiver, 0x05),
    ],
)
def test_B8_what_may_not_come_now_is_answered_with_its_status(bind, request_of_peer, status):
    session = centre(bind)
    [odd] = session.receive(encode(request_of_peer(sequence_number=8)), 0)
    assert odd.command_status == status
    [answer] = said(session)
    assert (answer.command_id, answer.sequence_number, answer.command_status) == (
        request_of_peer.command_id | 0x80000000, 8, status,
    )  # fmt: skip
    assert session.state is not State.CLOSED
    assert session.owed == 0


@pytest.mark.parametrize("kind", [pdu.Outbind, pdu.AlertNotification])
def test_B8_what_nobody_answers_is_not_answered_when_it_may_not_come(kind):
    session = centre(pdu.BindTransceiver)
    [odd] = session.receive(encode(kind(sequence_number=8)), 0)
    assert (odd.command_status, session.take_out()) == (None, b"")


def test_an_alert_arrives_and_is_not_answered():
    pair = Pair().bound()
    pair.centre.alert(pdu.AlertNotification(source_addr=b"380"))
    [alert] = pair.pump()[0]
    assert (alert.source_addr, pair.esme.owed, pair.esme.take_out()) == (b"380", 0, b"")


def test_B8_requests_beyond_the_window_are_throttled_and_the_rest_goes_on():
    session = centre(pdu.BindTransmitter, owed=2)
    events = session.receive(b"".join(submit(number) for number in (1, 2, 3)), 0)
    assert [type(event) for event in events] == [pdu.SubmitSm, pdu.SubmitSm, Odd]
    assert said(session) == [pdu.SubmitSmResp(sequence_number=3, command_status=0x58)]
    session.answer(pdu.answer_to(events[0]))
    assert [type(event) for event in session.receive(submit(4), 0)] == [pdu.SubmitSm]


def test_we_never_break_the_protocol_ourselves():
    pair = Pair(esme=Limits(window=1))
    with pytest.raises(NotAllowed):
        pair.esme.send(pdu.SubmitSm(), "tag", 0)
    with pytest.raises(NotAllowed):
        pair.esme.unbind(0)
    with pytest.raises(NotAllowed):
        pair.centre.alert(pdu.AlertNotification())
    pair.bound()
    for forbidden in (pdu.DeliverSm(), pdu.BindTransceiver(), pdu.EnquireLink(), pdu.AlertNotification()):
        with pytest.raises(NotAllowed):
            pair.esme.send(forbidden, "tag", 0)
    with pytest.raises(NotAllowed):
        pair.esme.bind(pdu.BindTransceiver())
    with pytest.raises(NotAllowed):
        pair.centre.outbind(pdu.Outbind())
    with pytest.raises(NotAllowed):
        pair.esme.answer(pdu.DeliverSmResp())
    assert pair.esme.free == 1
    with pytest.raises(CannotEncode):
        pair.esme.send(pdu.SubmitSm(source_addr=b"A\0"), "tag", 0)
    assert pair.esme.free == 1
    pair.esme.send(pdu.SubmitSm(), "tag", 0)
    assert pair.esme.free == 0
    with pytest.raises(NotAllowed):
        pair.esme.send(pdu.SubmitSm(), "tag", 0)


def test_a_list_is_sent_in_order_and_what_has_no_form_comes_back():
    pair = Pair(esme=Limits(window=3)).bound()
    wanted = [(pdu.SubmitSm(short_message=text), text) for text in (b"one", b"two", b"three")]
    wanted[1][0].source_addr = b"A\0"
    [(tag, error)] = pair.esme.send_all(wanted, 0)
    assert (tag, type(error)) == (b"two", CannotEncode)
    assert [event.short_message for event in pair.pump()[1]] == [b"one", b"three"]
    assert pair.esme.free == 1
    with pytest.raises(NotAllowed):
        pair.esme.send_all(wanted, 0)
    assert pair.esme.free == 1


def test_a_list_of_answers_goes_whole_or_not_at_all():
    session = centre(pdu.BindTransmitter)
    events = session.receive(submit(1) + submit(2), 0)
    answers = [pdu.SubmitSmResp(sequence_number=event.sequence_number, message_id=b"7") for event in events]
    with pytest.raises(CannotEncode):
        session.answer_all([answers[0], pdu.SubmitSmResp(sequence_number=2, message_id=b"7\0")])
    with pytest.raises(NotAllowed):
        session.answer_all([*answers, pdu.SubmitSmResp(sequence_number=3)])
    assert (session.owed, said(session)) == (2, [])
    assert session.answer_all(answers) == []
    assert (session.owed, said(session)) == (0, answers)


# --- what cannot be read


@pytest.mark.parametrize(
    ("wire", "answer"),
    [
        (struct.pack(">4I", 20, 0x111, 0, 5) + b"what", pdu.GenericNack(sequence_number=5, command_status=0x03)),
        (struct.pack(">4I", 16, 0x04, 0, 6), pdu.SubmitSmResp(sequence_number=6, command_status=0x02)),
        (struct.pack(">4I", 20, 0x03, 0, 7) + b"1234", pdu.QuerySmResp(sequence_number=7, command_status=0x0C)),
    ],
)
def test_B4_B5_what_cannot_be_read_is_answered_with_its_number_and_the_session_lives(wire, answer):
    session = centre(pdu.BindTransceiver)
    events = session.receive(wire + submit(9), 0)
    assert isinstance(events[0].pdu, Unreadable)
    assert isinstance(events[1], pdu.SubmitSm)
    assert said(session) == [answer]


def test_B4_an_unknown_response_is_never_answered():
    session = centre(pdu.BindTransceiver)
    [odd] = session.receive(struct.pack(">4I", 16, 0x80000111, 0, 5), 0)
    assert (odd.command_status, session.take_out()) == (None, b"")


def test_R11_an_answer_whose_id_cannot_be_read_still_answers():
    pair = Pair().bound()
    number = pair.esme.send(pdu.SubmitSm(), "tag", 0)
    pair.esme.take_out()
    wire = struct.pack(">4I", 16 + 301, 0x80000004, 0, number) + b"x" * 300 + b"\0"
    odd, answer = pair.esme.receive(wire, 0)
    assert isinstance(odd, Odd)
    assert (answer.tag, answer.pdu.message_id, answer.pdu.command_status) == ("tag", b"", 0)


@pytest.mark.parametrize(
    ("wire", "number"),
    [(b"\0\0\0\x0f", 0), (b"GET / HTTP/1.1\r\n\r\n", 0x2E310D0A), (struct.pack(">4I", 1 << 31, 4, 0, 77), 77)],
)
def test_B2_a_stream_that_makes_no_sense_is_nacked_once_and_ended(wire, number):
    session = centre(pdu.BindTransceiver)
    [request, ended] = session.receive(submit(9) + wire, 0)
    assert isinstance(request, pdu.SubmitSm)
    assert isinstance(ended, Ended)
    assert said(session) == [pdu.GenericNack(sequence_number=number, command_status=0x02)]
    assert session.receive(submit(10), 0) == []
    assert session.answer(pdu.answer_to(request)) == []
    assert session.take_out() == b""


# --- time


SPANS = Spans(session_init_ms=5_000, enquire_link_ms=60_000, inactivity_ms=150_000, response_ms=30_000)


def test_B6_a_client_that_only_trickles_is_let_go():
    session = centre(spans=SPANS)
    wire = encode(pdu.BindTransceiver(sequence_number=1))
    for second in range(5):
        assert session.receive(wire[second : second + 1], second * 1_000) == []
    [ended] = session.tick(5_000)
    assert (ended.why, ended.clean) == ("no bind came in time", False)
    assert session.receive(wire[5:], 5_001) == []


def test_B6_a_bound_client_that_only_trickles_is_enquired_and_let_go():
    session = centre(pdu.BindTransceiver, spans=SPANS)
    for second in range(60):
        session.receive(b"\0\0\0\x10"[:1] if second == 0 else b"", second * 1_000)
    assert session.tick(60_000) == []
    assert [type(pdu_) for pdu_ in said(session)] == [pdu.EnquireLink]
    [ended] = session.tick(90_000)
    assert ended.why == "the enquiry of the link had no answer in time"


def test_R8_a_silent_link_is_enquired_and_lives_when_it_answers():
    pair = Pair(esme=Limits(spans=SPANS)).bound()
    assert pair.esme.next_tick() == 60_000
    assert pair.esme.tick(60_000) == []
    pair.now = 60_100
    assert pair.pump() == ([], [])
    assert pair.esme.next_tick() == 120_100


def test_R8_a_half_open_link_leaves_what_was_sent_in_doubt():
    pair = Pair(esme=Limits(spans=SPANS)).bound()
    pair.esme.tick(60_000)
    pair.esme.send(pdu.SubmitSm(), "a", 70_000)
    pair.esme.send(pdu.SubmitSm(), "b", 70_000)
    [ended] = pair.esme.tick(90_000)
    assert (ended.left, ended.clean) == (["a", "b"], False)
    assert pair.esme.lost("closed") == []


def test_R9_an_answer_after_its_time_is_given_up_first_and_then_late():
    pair = Pair(esme=Limits(window=1, spans=SPANS)).bound()
    pair.esme.send(pdu.SubmitSm(), "slow", 0)
    [request] = pair.pump()[1]
    assert pair.esme.tick(30_000) == [GaveUp(["slow"])]
    assert pair.esme.free == 1
    pair.centre.answer(pdu.answer_to(request))
    [answer] = pair.pump()[0]
    assert (answer.tag, answer.late) == ("slow", True)


def test_a_lost_connection_leaves_what_was_sent():
    pair = Pair().bound()
    pair.esme.send(pdu.SubmitSm(), "a", 0)
    assert pair.esme.lost("reset by peer") == [Ended("reset by peer", ["a"], False)]
    assert pair.esme.tick(10**9) == []


# --- saying goodbye


def test_R35_unbind_ends_both_sides_cleanly():
    pair = Pair().bound()
    pair.esme.unbind(0)
    told_esme, told_centre = pair.pump()
    assert told_esme == [Ended("unbound", [], True)]
    assert told_centre == [Ended("unbound by the peer", [], True)]


def test_R35_an_unbind_waits_for_the_answers_that_are_owed():
    pair = Pair().bound()
    pair.esme.send(pdu.SubmitSm(), "tag", 0)
    pair.esme.unbind(0)
    [request] = pair.pump()[1]
    assert pair.centre.state is State.BOUND_TRX
    [ended] = pair.centre.answer(pdu.answer_to(request))
    assert ended.clean
    answer, ended = pair.pump()[0]
    assert (answer.tag, ended) == ("tag", Ended("unbound", [], True))


def test_B8_after_an_unbind_nothing_more_is_taken():
    session = centre(pdu.BindTransceiver)
    session.receive(submit(2), 0)
    assert session.receive(encode(pdu.Unbind(sequence_number=3)), 0) == []
    [odd] = session.receive(submit(4), 0)
    assert odd.command_status == 0x04
    assert said(session) == [pdu.SubmitSmResp(sequence_number=4, command_status=0x04)]
    assert session.free == 0
    with pytest.raises(NotAllowed):
        session.send(pdu.DeliverSm(), "tag", 0)


def test_an_unbind_nobody_answers_ends_in_time():
    pair = Pair(centre=Limits(spans=SPANS)).bound()
    pair.centre.send(pdu.DeliverSm(), "a", 0)
    pair.centre.unbind(1_000)
    assert pair.centre.tick(30_999) == [GaveUp(["a"])]
    assert pair.centre.next_tick() == 31_000
    assert pair.centre.tick(31_000) == [Ended("our unbind had no answer in time", [], False)]


def test_unbinds_that_cross_end_both_sides():
    pair = Pair().bound()
    pair.esme.unbind(0)
    pair.centre.unbind(0)
    told_esme, told_centre = pair.pump()
    assert told_esme[-1].clean
    assert told_centre[-1].clean


# --- anything


def is_legal(session, octets):
    """Every reply is a PDU this side may send."""
    for reply in Framer().feed(octets):
        read = decode(reply)
        assert isinstance(read, pdu.Pdu)
        assert read.command_id & 0x80000000
    assert session.owed >= 0


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from([None, *BINDS]), st.sampled_from([True, False]))
def test_B1_no_bytes_disturb_a_session(data, bind, is_centre):
    if is_centre:
        session = centre(bind)
    else:
        session = Pair().bound(bind(system_id=b"a") if bind else None).esme
        session.send(pdu.SubmitSm(), "tag", 0) if session.state is not State.BOUND_RX else None
        session.take_out()
    chunks = st.binary(max_size=60) | st.sampled_from([wire for wire, _ in VECTORS])
    for chunk in data.draw(st.lists(chunks, max_size=12)):
        for event in session.receive(chunk, 0):
            if isinstance(event, tuple(pdu.ALL)) and event.command_id & 0x80000000 == 0 and session.owed:
                session.answer(pdu.answer_to(event))
        is_legal(session, session.take_out())
