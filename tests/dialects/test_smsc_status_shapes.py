"""SMSC's status.php: what is asked, and every printed shape of the answer (smsc-messages.md 3)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dialects.smsc_samples import message
from heliograph.channels.sms.numbering import Operator
from heliograph.dialects.smsc_request import WrongRequest, read
from heliograph.dialects.smsc_status import Asked, View, last_change, read_question, status_answer
from heliograph.model.message import Attempt, Content, Kind, Network, State
from pace import cpu_below

VECTORS = Path(__file__).parents[1] / "vectors" / "smsc" / "status.toml"
EXCHANGES = tomllib.loads(VECTORS.read_text("utf-8"))["exchange"]
DELIVERED_AT = 1_495_823_972_000
FOUND = {
    "sms": message(comment="note", final_at=DELIVERED_AT),
    "waiting": message(
        state=State.QUEUED, content=Content("Привет", Kind.FLASH), parts=2, price=2_400_000, purse=2,
        due_at=1_495_824_567_000,
    ),
    "commas": message(content=Content("one, two\nthree"), comment="a, b", final_at=DELIVERED_AT),
    "failed": message(
        recipient="79260000001", state=State.UNDELIVERABLE, error=6, final_at=DELIVERED_AT, refunded=1_200_000
    ),
    "hlr": message(
        content=Content("", Kind.HLR), sender="HLR", price=300_000, final_at=DELIVERED_AT,
        network=Network("250020123456789", "79262909090", "250", "02", "Russia", "MegaFon"),
    ),
    "hlr by plan": message(content=Content("", Kind.HLR), sender="HLR", final_at=DELIVERED_AT),
    "hlr waiting": message(content=Content("", Kind.HLR), sender="HLR", state=State.SENDING),
    "-": None,
}  # fmt: skip
MEGAFON = Operator("250", "02", "Россия", "МегаФон", "Москва")


def view(language="ru"):
    return View(lambda _: 10_800, language, 2, lambda number: MEGAFON if number.startswith("7926") else None)


def question(query, most=500):
    return read_question(read(query.encode(), "", b""), most)


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange["name"])
@pytest.mark.covers_part(69, 70, 53, 146, 149)
def test_an_answer_is_as_printed(exchange):
    request = read(exchange["query"].encode(), "", b"")
    found = [FOUND[name] for name in exchange["of"]]
    answer = status_answer(request.style, read_question(request, 500), found, view(exchange.get("language", "ru")))
    assert answer.body.decode(request.style.encoding) == exchange["answer"].removeprefix("\n")


def test_the_vectors_hold_every_format_and_depth():
    asked = {(read(one["query"].encode(), "", b"").style.fmt, question(one["query"]).detail) for one in EXCHANGES}
    assert asked == {(fmt, detail) for fmt in range(4) for detail in range(3)}


@pytest.mark.parametrize(
    ("charset", "encoding"), [("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("utf-8", "utf-8")]
)
def test_names_are_in_the_callers_character_set(charset, encoding):
    request = read(f"phone=79260000000&id=1&all=1&fmt=1&charset={charset}".encode(), "", b"")
    answer = status_answer(request.style, read_question(request, 500), [FOUND["sms"]], view())
    assert answer.body.decode(encoding).split(",")[7] == "Доставлено"
    assert answer.content_type == f"text/plain; charset={charset}"


def test_binary_data_is_shown_in_hex():
    sent = message(content=Content("", Kind.BINARY, b"\x01\xab", b"\x02\x00\x00"), final_at=DELIVERED_AT)
    request = read(b"phone=79260000000&id=1&all=1&fmt=1", "", b"")
    answer = status_answer(request.style, read_question(request, 500), [sent], view("en"))
    assert answer.body == b"1,1495823972,0,1495823967,79260000000,1.20,name,Delivered,02000001AB,,2"


def test_a_message_a_carrier_has_changed_when_its_last_attempt_did():
    sent = message(state=State.SENDING)
    assert last_change(sent) == sent.accepted_at
    sent.attempts.append(Attempt(sent, 1, 1, 1, "c", sent_at=5, answered_at=9))
    sent.attempts.append(Attempt(sent, 2, 2, 1, "c", sent_at=7))
    assert last_change(sent) == 9


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "recipients"),
    [
        ("79260000000", ("79260000000",)),
        ("%2B79260000000", ("79260000000", "+79260000000")),
        ("+79260000000", ("79260000000",)),
        ("8(926)000-00-00", ("79260000000", "89260000000", "8(926)000-00-00")),
        ("9260000000", ("79260000000", "9260000000")),
        ("name@example.org", ("name@example.org",)),
        ("12-34", ("12-34",)),
    ],
)
def test_a_phone_may_be_written_in_many_ways(phone, recipients):
    assert question(f"phone={phone}&id=1").asked[0].recipients == recipients


def test_a_chat_bots_user_is_as_written():
    assert question("phone=@user&id=1&bot=1").asked == (Asked("@user", "1", ("@user",)),)


def test_a_comma_in_the_id_asks_for_the_form_of_several():
    assert not question("phone=79260000000&id=1").is_list
    assert not question("phone=79260000000,&id=1").is_list
    assert question("phone=79260000000,&id=1,").is_list
    several = question("phone=79260000000, 79260000001&id=1 , order-17")
    assert [(one.phone, one.shown_id) for one in several.asked] == [("79260000000", "1"), ("79260000001", "order-17")]


def test_all_and_del_are_read():
    asked = question("phone=79260000000&id=1&all=2&del=1&bot=0&nd=1")
    assert (asked.detail, asked.delete) == (2, True)
    asked = question("phone=79260000000&id=1&all=&del=0")
    assert (asked.detail, asked.delete) == (0, False)


@pytest.mark.covers_part(70)
@pytest.mark.parametrize(
    "query",
    [
        "",
        "phone=79260000000",
        "id=1",
        "phone=79260000000&id=",
        "phone=&id=1",
        "phone=79260000000&id=,",
        "phone=79260000000&id=1,2",
        "phone=79260000000,79260000001&id=1",
        "phone=79260000000,79260000001,&id=1,",
        "phone=79260000000,,79260000001&id=1,2,3",
        "phone=79260000000,79260000001&id=1,,2",
        "phone=79260000000&id=a%20b",
        "phone=79260000000&id=%D1%8F",
        f"phone=79260000000&id={'1' * 41}",
        f"phone={'7' * 129}&id=1",
        "phone=79260000000&id=1&all=3",
        "phone=79260000000&id=1&all=x",
        "phone=79260000000&id=1&del=2",
        "phone=1,2,3,4&id=1,2,3,4",
    ],
)
def test_what_cannot_be_meant_is_error_1(query):
    with pytest.raises(WrongRequest) as wrong:
        question(query, most=3)
    assert wrong.value.number == 1


def test_B13_a_megabyte_of_commas_is_refused_at_once():
    with cpu_below(0.1):
        for query in (
            f"phone=1&id={',' * 1_000_000}",
            f"phone={',' * 1_000_000}&id=1",
            f"phone=1&id={'1' * 1_000_000}",
        ):
            with pytest.raises(WrongRequest):
                question(query)


def test_as_many_as_allowed_may_be_asked_for():
    assert len(question(f"phone={'1,' * 500}&id={'1,' * 500}").asked) == 500
