"""SMS Club's JSON interface: what its clients send, as our submissions (smsclub.md 3.1, 3.3-3.5; B13)."""

from __future__ import annotations

import json
import tomllib
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects.smsclub_body import WrongBody, read_fields
from heliograph.dialects.smsclub_json import (
    Caller,
    WrongRequest,
    message_id,
    read_ids,
    read_individual_send,
    read_nothing,
    read_send,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "smsclub"
CALLER = Caller(account_id=7, door="smsclub", peer="192.0.2.1", duplicate_window_s=120)
READERS = {
    "/sms/send": lambda body: read_send(body, CALLER),
    "/v2/sms/send": lambda body: read_individual_send(body, CALLER),
    "/sms/status": read_ids,
    "/sms/balance": read_nothing,
}
MIB = 1 << 20


def _send(**fields):
    whole = {"src_addr": "VashZakaz", "phone": ["380989361131"], "message": "test", **fields}
    return read_send(json.dumps(whole).encode(), CALLER)


def _wrong():
    for case in tomllib.loads((VECTORS / "wrong.toml").read_text("utf-8"))["wrong"]:
        # Who owns a sender name is not the dialect's to know.
        if "does not own" not in case["name"]:
            yield pytest.param(case, id=f"{case['path']} {case['name']}")


@pytest.mark.covers_part(2, 4, 5, 6, 7, 10, 20)
@pytest.mark.parametrize("case", list(_wrong()))
def test_B13_a_wrong_request_is_refused_and_what_is_wrong_is_named(case):
    body = bytes.fromhex(case["request_hex"]) if "request_hex" in case else case["request"].encode()
    with pytest.raises(WrongRequest) as refused:
        READERS[case["path"]](body)
    assert case["names"] in refused.value.message


@pytest.mark.covers_part(4, 5, 6, 7)
def test_every_field_of_a_send_reaches_the_submission():
    body = (
        b'{"src_addr":"VashZakaz","phone":["0989361131"],"message":"test","integration_id":42,"lifetime":90,"other":1}'
    )
    (submission,) = read_send(body, CALLER)
    assert submission.account_id == 7
    assert submission.door == "smsclub"
    assert submission.dialect == "smsclub_json"
    assert submission.peer == "192.0.2.1"
    assert submission.sender == "VashZakaz"
    assert submission.recipient == "380989361131"
    assert submission.recipient_given == "0989361131"
    assert submission.content.text == "test"
    assert submission.integration_id == 42
    assert submission.validity_s == 5400
    assert submission.duplicate_window_s == 120
    assert submission.batch == 1
    assert submission.keep_refused is False
    assert submission.due_at is None


def test_without_options_a_send_has_no_validity_and_no_integration_id():
    (submission,) = _send()
    assert submission.validity_s is None
    assert submission.integration_id is None


@pytest.mark.covers_part(7)
@pytest.mark.parametrize(("given", "kept"), [(42, 42), ("42", 42), (0, None), ("0", None), ("", None), (None, None)])
def test_integration_id_is_a_number_or_a_numeric_string_and_nought_is_none(given, kept):
    assert _send(integration_id=given)[0].integration_id == kept


@pytest.mark.parametrize(("given", "kept"), [(1, 60), ("1440", 86400), (0, None), ("", None), (525_600, 31_536_000)])
def test_lifetime_is_minutes(given, kept):
    assert _send(lifetime=given)[0].validity_s == kept


@pytest.mark.covers_part(2, 6)
@pytest.mark.parametrize(
    "written",
    [
        '{"src_addr":"A","phone":["380989361131"],"message":"Привіт 🎉 {x, } [,]"}'.encode(),
        b'{"src_addr":"A","phone":["380989361131"],"message":'
        b'"\\u041f\\u0440\\u0438\\u0432\\u0456\\u0442 \\ud83c\\udf89 {x, } [,]"}',
        b"src_addr=A&phone=380989361131&message="
        b"%D0%9F%D1%80%D0%B8%D0%B2%D1%96%D1%82+%F0%9F%8E%89+%7Bx%2C+%7D+%5B%2C%5D",
        b'{"src_addr":"A","phone":["380989361131",],"message":'
        b'"\\u041f\\u0440\\u0438\\u0432\\u0456\\u0442 \\ud83c\\udf89 {x, } [,]",}',
        "src_addr=A&phone=380989361131&message=Привіт 🎉 {x, } [,]".encode(),
    ],
    ids=["raw", "escaped", "form", "repaired", "form, not encoded"],
)
def test_a_text_arrives_unchanged_in_every_spelling(written):
    (submission,) = read_send(written, CALLER)
    assert submission.content.text == "Привіт 🎉 {x, } [,]"


def test_a_text_keeps_its_blanks_line_ends_quotes_and_backslashes():
    text = '  "a\\", }\r\n\tb ] \\'
    assert _send(message=text)[0].content.text == text


def test_the_repair_of_commas_leaves_strings_alone():
    body = b'{"src_addr":"A","phone":["380989361131"],"message":"a,] b, } \\", ] c",}'
    assert read_send(body, CALLER)[0].content.text == 'a,] b, } ", ] c'


@pytest.mark.covers_part(5)
@pytest.mark.parametrize(
    "phone",
    [
        ["380989361131", "380989361132"],
        [380989361131, 380989361132],
        ["0989361131", "+380989361132"],
        ["38 (098) 936-11-31", "38.098.936.11.32"],
        ["380989361131", "380989361132", "+380989361131", "0989361132", 380989361131],
        {"0": "380989361131", "2": "380989361132"},
    ],
    ids=["strings", "integers", "short and plus", "written for people", "repeated", "PHP list with a gap"],
)
def test_numbers_are_normalised_and_each_counts_once(phone):
    submissions = _send(phone=phone)
    assert [submission.recipient for submission in submissions] == ["380989361131", "380989361132"]
    assert [submission.batch for submission in submissions] == [2, 2]


def test_a_wrong_number_is_a_recipient_of_its_own_and_keeps_its_spelling():
    submissions = _send(phone=["380XXXXXXXX", "380989361131", 12345, "", "380XXXXXXXX"])
    assert [(submission.recipient, submission.recipient_given) for submission in submissions] == [
        ("", "380XXXXXXXX"),
        ("380989361131", "380989361131"),
        ("", "12345"),
        ("", ""),
    ]


def test_digits_hidden_in_a_page_of_text_are_no_number():
    assert _send(phone=["380989361131" + " " * 100])[0].recipient == ""


def test_Phone_works_and_phone_wins_over_it():
    assert _send(phone=["380989361131"], Phone=["380989361132"])[0].recipient == "380989361131"
    body = b'{"src_addr":"A","Phone":"380989361132","message":"test"}'
    assert read_send(body, CALLER)[0].recipient == "380989361132"


@pytest.mark.covers_part(5)
def test_a_hundred_numbers_are_read_and_a_hundred_and_one_are_not():
    numbers = [f"3809893{n:05}" for n in range(101)]
    assert [submission.recipient for submission in _send(phone=numbers[:100])] == numbers[:100]
    with pytest.raises(WrongRequest, match="phone"):
        _send(phone=numbers)
    with pytest.raises(WrongRequest, match="phone"):
        _send(phone=["380989361131"] * 101)


def test_too_many_numbers_are_an_error_whatever_the_account_prefers():
    with pytest.raises(WrongRequest) as refused:
        _send(phone=["380989361131"] * 101)
    assert refused.value.field == ""


def test_a_text_per_number_is_read_in_order_and_lifetime_counts_for_all():
    body = (
        b'{"src_addr":"VashZakaz","data_message":[{"phone":"0980000001","message":"test 1"},'
        b'{"Phone":380980000002,"message":"test 2"}],"lifetime":"5"}'
    )
    submissions = read_individual_send(body, CALLER)
    assert [(item.recipient, item.content.text, item.validity_s) for item in submissions] == [
        ("380980000001", "test 1", 300),
        ("380980000002", "test 2", 300),
    ]


def test_another_text_to_the_same_number_is_another_message_and_the_same_text_is_not():
    entries = [("0980000001", "one"), ("380980000001", "two"), ("+380980000001", "one")]
    body = {"src_addr": "A", "data_message": [{"phone": phone, "message": text} for phone, text in entries]}
    submissions = read_individual_send(json.dumps(body).encode(), CALLER)
    assert [(item.recipient, item.content.text) for item in submissions] == [
        ("380980000001", "one"),
        ("380980000001", "two"),
    ]


def test_a_hundred_entries_are_read_and_a_hundred_and_one_are_not():
    entries = [{"phone": f"3809893{n:05}", "message": f"test {n}"} for n in range(101)]
    assert (
        len(read_individual_send(json.dumps({"src_addr": "A", "data_message": entries[:100]}).encode(), CALLER)) == 100
    )
    with pytest.raises(WrongRequest, match="data_message"):
        read_individual_send(json.dumps({"src_addr": "A", "data_message": entries}).encode(), CALLER)


@pytest.mark.covers_part(10, 11, 12)
@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (b'{"id_sms":["106","107"]}', ["106", "107"]),
        (b'{"id_sms":[106,107]}', ["106", "107"]),
        (b'{"id_sms":"107"}', ["107"]),
        (b'{"id_sms":107}', ["107"]),
        (b'{ "id_sms" : ["106"], }', ["106"]),
        (b"id_sms[0]=106&id_sms[1]=107", ["106", "107"]),
        (b"id_sms=106", ["106"]),
        (b"\xef\xbb\xbf" + b'{"id_sms":["106"]}', ["106"]),
    ],
)
def test_ids_are_read_as_they_were_written(body, ids):
    assert read_ids(body) == ids


@pytest.mark.covers_part(10)
def test_a_hundred_ids_are_read_and_a_hundred_and_one_are_not():
    assert len(read_ids(json.dumps({"id_sms": list(range(1, 101))}).encode())) == 100
    with pytest.raises(WrongRequest, match="id_sms"):
        read_ids(json.dumps({"id_sms": list(range(1, 102))}).encode())


@pytest.mark.parametrize(
    ("asked", "number"),
    [("106", 106), ("000106", 106), ("", None), ("-106", None), ("1e3", None), ("١٠٦", None), ("9" * 17, None)],
)
def test_an_id_is_digits_and_nothing_else(asked, number):
    assert message_id(asked) == number


@pytest.mark.covers_part(25, 26)
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b" \r\n", b"[ ]", b"a=1"])
def test_no_data_is_read_in_every_form_clients_send_it(body):
    read_nothing(body)


HOSTILE = {
    "brackets never closed": b"[" * 100_000,
    "objects never closed": b'{"a":' * 100_000,
    "a field nested 10,000 deep": b'{"phone":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "an unknown field nested 10,000 deep": b'{"x":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    "a mebibyte of empty arrays": b'{"x":[' + b"[]," * (MIB // 3) + b"0]}",
    "a mebibyte of empty objects": b'{"x":[' + b"{}," * (MIB // 3) + b"0]}",
    "a mebibyte of floats": b'{"phone":[' + b"1e9," * (MIB // 4) + b"1]}",
    "a mebibyte of strings": b'{"phone":[' + b'"a",' * (MIB // 4) + b'"a"]}',
    "a mebibyte of keys": b"{" + b",".join(b'"%d":0' % n for n in range(100_000)) + b"}",
    "a mebibyte of digits": b'{"phone":' + b"9" * MIB + b"}",
    "integers of 4,000 digits": b'{"phone":[' + b",".join([b"9" * 4000] * 250) + b"]}",
    "a mebibyte of escaped quotes": b'{"phone":"' + b'\\"' * (MIB // 2),
    "a mebibyte of quotes": b"{" + b'"' * MIB,
    "a mebibyte of backslashes": b'{"phone":"' + b"\\" * MIB,
    "a mebibyte of commas": b"{" + b"," * MIB,
    "a mebibyte of commas and blanks": b"{" + b", " * (MIB // 2),
    "one comma and a mebibyte of blanks": b"{," + b" " * MIB + b"x",
    "thousands of parameters": b"&".join(b"phone[%d]=1" % n for n in range(50_000)),
    "thousands of ampersands": b"a=1" + b"&" * MIB,
    "a mebibyte of percent signs": b"phone=" + b"%" * MIB + b"&message=",
    "a mebibyte of brackets in a form": b"phone" + b"[" * MIB + b"=1",
    "a mebibyte that is no UTF-8": b'{"phone":"' + b"\xff" * MIB + b'"}',
    "a mebibyte of NUL": b"\0" * MIB,
    "a gigantic text": b'{"src_addr":"A","phone":["380989361131"],"id_sms":1,"message":"' + b"a" * MIB + b'"}',
}


@pytest.mark.covers_part(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_B13_a_hostile_body_is_refused_in_bounded_memory(name):
    body = HOSTILE[name]
    tracemalloc.start()
    try:
        for read in READERS.values():
            if read is not read_nothing:
                with pytest.raises(WrongRequest):
                    read(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 * MIB


FIELDS = ("src_addr", "phone", "Phone", "message", "integration_id", "lifetime", "data_message", "id_sms")
VALUES = (
    *("null", "true", "0", "-1", "1.5", "1e400", "9" * 30, '""', '"x"', '"\\ud800"', '"\\u0000"', '"\\udc00\\ud800"'),
    *("[]", "{}", "[[]]", "[{}]", "[null]", '{"0":[]}', '{"0":{"phone":"1","message":[]}}', '{"phone":1,"message":1}'),
)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("field", FIELDS)
def test_B13_any_value_in_any_field_is_read_or_refused(field, value):
    fields = {
        "src_addr": '"VashZakaz"',
        "phone": '["380989361131"]',
        "message": '"test"',
        "data_message": '[{"phone":"0980000001","message":"test 1"}]',
        "id_sms": '["106"]',
        field: value,
    }
    body = ("{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}").encode()
    for read in READERS.values():
        assert isinstance(_read_or_refuse(read, body), list | WrongRequest | None)


@given(st.binary(max_size=64) | st.text(alphabet='{}[]",:\\ a1&=%0phone', max_size=64).map(str.encode))
def test_B13_any_bytes_are_a_mapping_or_a_wrong_body(body):
    assert isinstance(_read_or_refuse(read_fields, body), dict | WrongBody)


def _read_or_refuse(read, body):
    try:
        return read(body)
    except (WrongRequest, WrongBody) as refused:
        return refused


@pytest.mark.parametrize("body", ['{"src_addr":"Shop"} x', '{"src_addr":"Shop"}{}', "[] []", '{"src_addr":"Shop"}\x0b'])
def test_what_stands_behind_the_json_makes_it_none(body):
    with pytest.raises(WrongBody, match="not valid JSON"):
        read_fields(body.encode())


def test_blanks_around_the_json_are_nothing():
    assert read_fields(b' \r\n\t{"src_addr" : "Shop" , } \n') == {"src_addr": "Shop"}
