"""SMS Club's JSON interface seen from the side that asks (decisions.md 24)."""

from __future__ import annotations

import pytest

from heliograph.dialects.smsclub_client import (
    Funds,
    balance_request,
    headers,
    read_balance_answer,
    read_send_answer,
    read_status_answer,
    send_request,
    status_request,
)
from heliograph.dialects.smsclub_json import Caller, read_ids, read_nothing, read_send
from heliograph.model.message import State
from heliograph.model.outcome import Failed, InDoubt, Taken


def test_the_requests_are_those_of_the_specification():
    assert headers("abc") == [("Authorization", "Bearer abc"), ("Content-Type", "application/json")]
    assert send_request("VashZakaz", ["380989361131"], "Привіт").decode() == (
        '{"src_addr":"VashZakaz","phone":["380989361131"],"message":"Привіт"}'
    )
    assert send_request("VashZakaz", ["380989361131"], "test", lifetime_min=60) == (
        b'{"src_addr":"VashZakaz","phone":["380989361131"],"message":"test","lifetime":60}'
    )
    assert status_request(["106", "107"]) == b'{"id_sms":["106","107"]}'


def test_our_own_side_understands_what_we_ask():
    caller = Caller(account_id=1, door="smsclub", peer="", duplicate_window_s=120)
    (submission,) = read_send(send_request("VashZakaz", ["380989361131"], 'a"\\,] Привіт 🎉', lifetime_min=5), caller)
    assert submission.content.text == 'a"\\,] Привіт 🎉'
    assert submission.validity_s == 300
    assert read_ids(status_request(["106", "107"])) == ["106", "107"]
    read_nothing(balance_request())


def test_each_number_gets_its_id_in_the_order_asked():
    body = b'{"success_request":{"info":{"106":"380989361131","107":"380989361132"}}}'
    assert read_send_answer(200, body, ["380989361132", "380989361131"]) == [Taken("107"), Taken("106")]


def test_a_number_in_add_info_is_refused_for_good_and_the_other_is_taken():
    body = (
        '{"success_request":{"info":{"107":"380989361131"},'
        '"add_info":{"380989361130":"Данный номер находится в черном списке"}}}'
    ).encode()
    assert read_send_answer(200, body, ["380989361130", "380989361131"]) == [
        Failed(252, permanent=True, detail="Данный номер находится в черном списке"),
        Taken("107"),
    ]


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("Некорректный номер получателя", Failed(249, True, detail="Некорректный номер получателя")),
        ("Недостаточно средств на балансе", Failed(255, False, detail="Недостаточно средств на балансе")),
        (
            "Повторная отправка сообщения в течение 2 минут",
            Failed(255, False, 120_000, detail="Повторная отправка сообщения в течение 2 минут"),
        ),
        ("Что-то ещё", Failed(255, True, detail="Что-то ещё")),
    ],
)
def test_a_reason_says_whether_another_try_makes_sense(reason, outcome):
    body = f'{{"success_request":{{"add_info":{{"380989361131":"{reason}"}}}}}}'.encode()
    assert read_send_answer(200, body, ["380989361131"]) == [outcome]


def test_a_wrong_parameter_in_add_info_refuses_all_numbers():
    body = b'{"success_request":{"add_info":{"src_addr":"wrong"}}}'
    assert (
        read_send_answer(200, body, ["380989361131", "380989361132"])
        == [Failed(255, permanent=True, detail="src_addr: wrong")] * 2
    )


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Failed(255, True, detail="HTTP 400")),
        (401, Failed(255, False, detail="HTTP 401")),
        (429, Failed(255, False, 1_000, throttled=True, detail="HTTP 429")),
        (453, Failed(255, False, 120_000, detail="HTTP 453")),
        (503, Failed(255, False, detail="HTTP 503")),
        (500, InDoubt("HTTP 500")),
        (302, InDoubt("HTTP 302")),
    ],
)
def test_an_error_status_is_an_outcome_for_every_number(status, outcome):
    body = b'{"name":"Error","message":"","code":0,"status":0}'
    assert read_send_answer(status, body, ["380989361131", "380989361132"]) == [outcome, outcome]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"success_request":[]}', b'{"success_request":{"info":[1]}}', b"\xff", b"[" * 100_000],
)
def test_an_answer_that_makes_no_sense_leaves_us_in_doubt(body):
    (outcome,) = read_send_answer(200, body, ["380989361131"])
    assert isinstance(outcome, InDoubt)
    assert read_status_answer(200, body) is None
    assert read_balance_answer(200, body) is None


def test_a_number_the_answer_does_not_name_is_in_doubt():
    body = b'{"success_request":{"info":{"106":"380989361131"}}}'
    outcomes = read_send_answer(200, body, ["380989361131", "380989361132"])
    assert outcomes[0] == Taken("106")
    assert isinstance(outcomes[1], InDoubt)


def test_states_are_read_and_an_unknown_word_is_none_of_them():
    body = (
        b'{"success_request":{"info":{"1":"ENROUTE","2":"DELIVRD","3":"EXPIRED","4":"UNDELIV","5":"REJECTD","6":"X"}}}'
    )
    assert read_status_answer(200, body) == {
        "1": None,
        "2": State.DELIVERED,
        "3": State.EXPIRED,
        "4": State.UNDELIVERABLE,
        "5": State.REJECTED,
    }


def test_no_id_known_there_is_an_empty_answer_and_an_error_is_none():
    assert read_status_answer(200, '{"success_request":{"add_info":"Некорректный id сообщения"}}'.encode()) == {}
    assert read_status_answer(429, b"") is None


def test_the_balance_is_read_as_printed():
    body = b'{"success_request":{"info":{"money":"8111.1700","currency":"UAH"}}}'
    assert read_balance_answer(200, body) == Funds(8_111_170_000, "UAH")
    assert read_balance_answer(401, body) is None
    assert read_balance_answer(200, b'{"success_request":{"info":{"money":"much","currency":"UAH"}}}') is None
