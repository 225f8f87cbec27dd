"""SMS Club's JSON interface: our answers as its bytes (smsclub.md 2.3, 3.2-3.7), typed from the specification."""

from __future__ import annotations

import pytest

from heliograph.dialects.smsclub_json import (
    REASONS,
    STATES,
    WrongRequest,
    balance_reply,
    error_reply,
    originator_reply,
    send_reply,
    status_reply,
    wrong_reply,
)
from heliograph.model.message import Content, Message, Priority, State, Submission
from heliograph.model.refusal import Accepted, Reason, Refused


def _submission(given, recipient="380989361131", text="test"):
    return Submission(
        account_id=7,
        door="smsclub",
        dialect="smsclub_json",
        sender="VashZakaz",
        recipient=recipient,
        recipient_given=given,
        content=Content(text),
    )


def _message(message_id, *, recipient="380989361131", state=State.QUEUED, parts=1):
    return Message(
        id=message_id,
        account_id=7,
        channel="sms",
        sender="VashZakaz",
        recipient=recipient,
        recipient_given=recipient,
        content=Content("test"),
        coding=0,
        parts=parts,
        state=state,
        priority=Priority.NORMAL,
        door="smsclub",
        dialect="smsclub_json",
        peer="",
        request_id=message_id,
        accepted_at=0,
        due_at=0,
        expires_at=0,
        connector="",
        route_id="",
        tariff_line="",
        purse=1,
        price=0,
        revision=1,
    )


def _answer_to(*items, **options):
    """`items` are pairs of the number as given and an id (accepted) or a Reason (refused)."""
    submissions = [_submission(given) for given, _ in items]
    answers = [
        Refused(what) if isinstance(what, Reason) else Accepted(_message(what, recipient=given))
        for given, what in items
    ]
    reply = send_reply(submissions, answers, **options)
    return reply.status, reply.body.decode()


@pytest.mark.covers_part(3, 9, 19)
def test_info_is_an_object_of_id_and_number():
    assert _answer_to(("380989361131", 106)) == (200, '{"success_request":{"info":{"106":"380989361131"}}}')


def test_info_comes_before_add_info_whatever_the_order_of_the_numbers():
    assert _answer_to(("380989361130", Reason.STOP_LISTED), ("380989361131", 107)) == (
        200,
        '{"success_request":{"info":{"107":"380989361131"},'
        '"add_info":{"380989361130":"Данный номер находится в черном списке"}}}',
    )


def test_nothing_accepted_has_no_info():
    assert _answer_to(("380XXXXXXXX", Reason.BAD_RECIPIENT)) == (
        200,
        '{"success_request":{"add_info":{"380XXXXXXXX":"Некорректный номер получателя"}}}',
    )


@pytest.mark.covers_part(23)
def test_only_duplicates_are_453_and_some_are_not():
    duplicate = ("380989361131", Reason.DUPLICATE)
    assert _answer_to(duplicate, ("380989361132", Reason.DUPLICATE)) == (
        453,
        '{"name":"Error","message":"The same message was sent less than 2 minutes ago.","code":0,"status":453}',
    )
    assert _answer_to(duplicate, ("380989361132", 106)) == (
        200,
        '{"success_request":{"info":{"106":"380989361132"},'
        '"add_info":{"380989361131":"Повторная отправка сообщения в течение 2 минут"}}}',
    )


def test_what_cannot_be_paid_is_told_per_number_or_as_an_error_where_the_server_says_so():
    unpaid = ("380989361131", Reason.NO_MONEY)
    told = '{"success_request":{"add_info":{"380989361131":"Недостаточно средств на балансе"}}}'
    assert _answer_to(unpaid) == (200, told)
    assert _answer_to(unpaid, no_money_is_error=True) == (
        400,
        '{"name":"Bad Request","message":"There is not enough money on the balance.","code":0,"status":400}',
    )
    status, body = _answer_to(("380989361130", 106), unpaid, no_money_is_error=True)
    assert status == 200
    assert '"106":"380989361130"' in body


@pytest.mark.covers_part(24)
@pytest.mark.parametrize("reason", [Reason.BUSY, Reason.QUEUE_FULL])
def test_when_we_cannot_take_it_the_answer_is_503(reason):
    assert _answer_to(("380989361131", reason), ("1", Reason.BAD_RECIPIENT)) == (
        503,
        '{"name":"Service Unavailable","message":"The service is temporarily unavailable.","code":0,"status":503}',
    )


@pytest.mark.covers_part(24)
def test_when_we_are_at_fault_the_answer_is_500_and_tells_nothing():
    submission = _submission("380989361131")
    reply = send_reply([submission], [Refused(Reason.INTERNAL, detail="KeyError: 'purse'")])
    assert (reply.status, reply.body) == (
        500,
        b'{"name":"Internal Server Error","message":"An internal server error occurred.","code":0,"status":500}',
    )


@pytest.mark.parametrize("reason", list(Reason))
def test_whatever_is_refused_beside_something_accepted_the_answer_is_200_and_names_both(reason):
    status, body = _answer_to(("380989361131", 106), ("380989361130", reason))
    assert status == 200
    assert body.startswith('{"success_request":{"info":{"106":"380989361131"},"add_info":{"380989361130":"')


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_alone_has_an_answer_of_this_interface(reason):
    status, body = _answer_to(("380989361130", reason))
    assert status in (200, 400, 401, 404, 429, 453, 500, 503)
    if status == 200:
        assert body.startswith('{"success_request":{"add_info":{"380989361130":"')
    else:
        assert body.startswith('{"name":"')
        assert body.endswith(f'"code":0,"status":{status}}}')


@pytest.mark.parametrize(
    ("reason", "field"),
    [
        (Reason.BAD_SENDER, "src_addr"),
        (Reason.BAD_TEXT, "message"),
        (Reason.TEXT_TOO_LONG, "message"),
        (Reason.BAD_TIME, "lifetime"),
    ],
)
def test_a_wrong_parameter_found_by_intake_is_named_in_either_form(reason, field):
    status, body = _answer_to(("380989361131", reason), ("1", Reason.BAD_RECIPIENT))
    assert status == 400
    assert field in body
    assert _answer_to(("380989361131", reason), errors_as_add_info=True) == (
        200,
        f'{{"success_request":{{"add_info":{{"{field}":"Некорректное значение параметра {field}"}}}}}}',
    )


def test_our_own_trouble_speaks_before_a_fault_of_the_customer():
    assert _answer_to(("1", Reason.BAD_SENDER), ("2", Reason.BUSY), ("3", Reason.TOO_MANY_REQUESTS))[0] == 503
    assert _answer_to(("1", Reason.BAD_SENDER), ("3", Reason.TOO_MANY_REQUESTS))[0] == 429


def test_a_rejected_number_is_told_once_and_escaped():
    submissions = [_submission('мой "\\\n', "", "one"), _submission('мой "\\\n', "", "two")]
    reply = send_reply(submissions, [Refused(Reason.BAD_RECIPIENT)] * 2)
    assert reply.body.decode() == (
        '{"success_request":{"add_info":{"мой \\"\\\\\\n":"Некорректный номер получателя"}}}'
    )


@pytest.mark.covers_part(20)
def test_a_request_that_could_not_be_read_is_400_or_add_info_as_the_account_prefers():
    wrong = WrongRequest("phone is missing or empty.", "phone")
    assert wrong_reply(wrong).status == 400
    assert wrong_reply(wrong).body == (
        b'{"name":"Bad Request","message":"phone is missing or empty.","code":0,"status":400}'
    )
    preferred = wrong_reply(wrong, errors_as_add_info=True)
    assert preferred.status == 200
    assert preferred.body.decode() == (
        '{"success_request":{"add_info":{"phone":"Некорректное значение параметра phone"}}}'
    )
    assert wrong_reply(WrongRequest("The body is not valid JSON."), errors_as_add_info=True).status == 400


@pytest.mark.covers_part(14, 15, 16, 17, 18)
@pytest.mark.parametrize(
    ("state", "keyword"),
    [
        (State.HELD, "ENROUTE"),
        (State.SCHEDULED, "ENROUTE"),
        (State.QUEUED, "ENROUTE"),
        (State.SENDING, "ENROUTE"),
        (State.IN_DOUBT, "ENROUTE"),
        (State.PAUSED, "ENROUTE"),
        (State.SENT, "ENROUTE"),
        (State.DELIVERED, "DELIVRD"),
        (State.READ, "DELIVRD"),
        (State.CLICKED, "DELIVRD"),
        (State.UNDELIVERABLE, "UNDELIV"),
        (State.EXPIRED, "EXPIRED"),
        (State.REJECTED, "REJECTD"),
        (State.CANCELLED, "REJECTD"),
        (State.UNKNOWN, "EXPIRED"),
    ],
)
def test_a_state_is_shown_as_its_keyword(state, keyword):
    reply = status_reply(["106"], [_message(106, state=state)])
    assert (reply.status, reply.body.decode()) == (200, f'{{"success_request":{{"info":{{"106":"{keyword}"}}}}}}')


def test_no_state_and_no_reason_is_without_a_word():
    assert set(STATES) == set(State)
    assert set(REASONS) == set(Reason)
    assert set(STATES.values()) == {"ENROUTE", "DELIVRD", "EXPIRED", "UNDELIV", "REJECTD"}


@pytest.mark.covers_part(10, 13)
def test_keys_are_the_ids_as_asked_and_unknown_ones_are_left_out():
    reply = status_reply(["107", "000106", "105", "x"], [_message(106), _message(107, state=State.DELIVERED)])
    assert reply.body == b'{"success_request":{"info":{"107":"DELIVRD","000106":"ENROUTE"}}}'


def test_the_id_of_any_part_finds_its_message():
    reply = status_reply(["107", "109"], [_message(106, state=State.DELIVERED, parts=3)])
    assert reply.body == b'{"success_request":{"info":{"107":"DELIVRD"}}}'


def test_no_known_id_gives_add_info_as_a_plain_string():
    reply = status_reply(["105"], [])
    assert (reply.status, reply.body.decode()) == (200, '{"success_request":{"add_info":"Некорректный id сообщения"}}')


@pytest.mark.covers_part(25)
def test_names_are_an_array_also_when_there_is_none():
    assert originator_reply(("test1", "test2")).body == b'{"success_request":{"info":["test1","test2"]}}'
    assert originator_reply(()).body == b'{"success_request":{"info":[]}}'


@pytest.mark.covers_part(26)
@pytest.mark.parametrize(
    ("balance", "money"),
    [(8_111_170_000, "8111.1700"), (0, "0.0000"), (9_999, "0.0099"), (-1_000_001, "-1.0001"), (99, "0.0000")],
)
def test_money_has_four_decimals_rounded_down(balance, money):
    assert balance_reply(balance, "UAH").body.decode() == (
        f'{{"success_request":{{"info":{{"money":"{money}","currency":"UAH"}}}}}}'
    )


@pytest.mark.covers_part(21)
def test_an_error_has_the_four_members_in_the_printed_order():
    reply = error_reply(401)
    assert (reply.status, reply.body) == (
        401,
        b'{"name":"Unauthorized","message":"Your request was made with invalid credentials.","code":0,"status":401}',
    )
