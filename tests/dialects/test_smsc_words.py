"""SMSC's words for a message (smsc-messages.md 1.10, 3.2, 3.5, 3.6, 10.2), typed from the specification."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects.smsc_samples import message
from heliograph.core.errors import NetworkError
from heliograph.dialects.smsc_words import (
    CODES,
    ERRORS,
    NAMES,
    REFUSED,
    STATES,
    error_of,
    flag_of,
    json_id,
    show_money,
    show_short_time,
    show_time,
    shown_id,
    status_at,
    status_name,
    status_of,
    type_of,
)
from heliograph.model.message import Content, Kind, State
from heliograph.model.refusal import Reason

PRINTED_NAMES = {
    -3: "Сообщение не найдено",
    -2: "Остановлено",
    -1: "Ожидает отправки",
    0: "Передано оператору",
    1: "Доставлено",
    2: "Прочитано",
    3: "Просрочено",
    4: "Нажата ссылка",
    20: "Невозможно доставить",
    22: "Неверный номер",
    23: "Запрещено",
    24: "Недостаточно средств",
    25: "Недоступный номер",
}
PRINTED_ERRORS = {0, 1, 6, 11, 12, 13, 21, 200, 219, 220, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 248,
                  249, 250, 251, 252, 253, 254, 255}  # fmt: skip


@pytest.mark.covers_part(71)
def test_each_status_has_its_printed_name():
    assert {status: names[0] for status, names in NAMES.items()} == PRINTED_NAMES
    assert status_name(1, "ru") == status_name(1, "") == status_name(1, "tlh") == "Доставлено"
    assert status_name(-1, "uk") == "Очікує відправлення"
    assert status_name(20, "en") == "Cannot be delivered"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.HELD, -1),
        (State.SCHEDULED, -1),
        (State.QUEUED, -1),
        (State.SENDING, 0),
        (State.SENT, 0),
        (State.IN_DOUBT, 0),
        (State.PAUSED, -2),
        (State.CANCELLED, -2),
        (State.DELIVERED, 1),
        (State.READ, 2),
        (State.EXPIRED, 3),
        (State.CLICKED, 4),
        (State.UNDELIVERABLE, 20),
        (State.UNKNOWN, 20),
    ],
)
@pytest.mark.covers_part(71)
def test_a_state_has_its_status(state, status):
    assert status_of(message(state=state)) == status


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.NO_MONEY, 24),
        (Reason.FORBIDDEN, 23),
        (Reason.BAD_SENDER, 23),
        (Reason.STOP_LISTED, 23),
        (Reason.DUPLICATE, 23),
        (Reason.BAD_RECIPIENT, 22),
        (Reason.NO_ROUTE, 25),
        (Reason.NO_TARIFF, 25),
    ],
)
@pytest.mark.covers_part(71)
def test_a_refusal_that_keeps_an_id_has_its_status(reason, status):
    assert status_of(message(state=State.REJECTED, refusal=reason.value, error=243)) == status


@pytest.mark.parametrize(
    ("error", "status"),
    [(249, 22), (252, 23), (253, 23), (254, 23), (243, 24), (11, 25), (248, 25), (255, 20), (1, 20), (0, 20)],
)
def test_what_a_carrier_refused_has_the_status_of_its_error(error, status):
    assert status_of(message(state=State.REJECTED, error=error)) == status
    assert status_at(State.REJECTED, error) == status


def test_what_a_carrier_could_not_deliver_is_undeliverable_whatever_the_error():
    assert status_at(State.UNDELIVERABLE, 11) == 20


@pytest.mark.covers_part(72)
def test_only_printed_errors_are_shown_and_they_are_the_gateways():
    assert ERRORS == PRINTED_ERRORS == {int(error) for error in NetworkError}
    assert error_of(message(state=State.REJECTED, error=248)) == 248
    assert error_of(message(state=State.UNDELIVERABLE, error=17)) == 255
    assert error_of(message(state=State.UNKNOWN)) == 245
    assert error_of(message(state=State.DELIVERED, error=200)) == 200


def test_the_tables_name_everything():
    assert set(STATES) == set(State)
    assert set(REFUSED) == set(Reason)
    assert set(CODES) | {-3} == set(NAMES) == set(PRINTED_NAMES)
    assert {*STATES.values(), *REFUSED.values()} | {-3} == set(NAMES)


@pytest.mark.parametrize("state", [state for state in State if state is not State.REJECTED])
def test_a_status_read_back_is_no_other_end(state):
    same = {State.UNKNOWN: State.UNDELIVERABLE}
    ends = {State.DELIVERED, State.READ, State.CLICKED, State.UNDELIVERABLE, State.EXPIRED, State.UNKNOWN}
    assert CODES[STATES[state]] == (same.get(state, state) if state in ends else None)


@pytest.mark.parametrize(
    ("kind", "number"),
    [(Kind.TEXT, 0), (Kind.FLASH, 1), (Kind.BINARY, 2), (Kind.WAP_PUSH, 3), (Kind.HLR, 4), (Kind.PING, 5)],
)
@pytest.mark.covers_part(145, 146)
def test_type_and_flag_of_a_short_message(kind, number):
    known = message(content=Content("x", kind))
    assert type_of(known) == number
    assert flag_of(known, second_balance=False) == number
    assert flag_of(known, second_balance=True) == 32 + number


@pytest.mark.parametrize(("channel", "number"), [("mms", 6), ("call", 7), ("mail", 8), ("viber", 10), ("soc", 12)])
def test_type_of_another_channel(channel, number):
    assert type_of(message(channel=channel)) == number


def test_the_shown_id_is_the_clients_or_that_of_the_requests_first_message():
    assert shown_id(message(shown_id="order-17")) == "order-17"
    assert shown_id(message(id=100_000_005, shown_id="100000003")) == "100000003"
    assert shown_id(message(id=100_000_003)) == "100000003"


@pytest.mark.parametrize(
    ("shown", "in_json"),
    [("1", 1), ("2147483647", 2147483647), ("order-17", "order-17"), ("007", "007"), ("1.5", "1.5"), ("-3", "-3"),
     ("1" * 40, "1" * 40), ("٣", "٣")],
)  # fmt: skip
def test_an_id_is_a_number_in_json_where_it_is_one(shown, in_json):
    found = json_id(shown)
    assert (found, type(found)) == (in_json, type(in_json))


def test_money_has_two_decimals():
    assert [show_money(1_400_000), show_money(0), show_money(1_405_000)] == ["1.40", "0.00", "1.41"]


def test_times_are_written_in_the_zone():
    assert show_time(1_495_823_972_000, 10_800) == "26.05.2017 21:39:32"  # the fixture of 3.2
    assert show_short_time(1_706_772_030_000, 10_800) == "01.02.24 10:20:30"  # the sample of 10.5
    assert show_time(1_709_164_800_999, 0) == "29.02.2024 00:00:00"
    assert show_time(1_735_689_599_000, 3_600) == "01.01.2025 00:59:59"


@given(st.integers(0, 253_402_000_000), st.integers(-12, 14))
def test_times_agree_with_the_calendar(second, hours):
    moment = datetime.fromtimestamp(second, UTC) + timedelta(hours=hours)
    assert show_time(second * 1000, hours * 3600) == f"{moment:%d.%m.}{moment.year:04} {moment:%H:%M:%S}"
