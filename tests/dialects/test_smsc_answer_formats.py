"""The four answer formats of SMSC's scripts, typed from smsc-messages.md 1.4-1.8 and 1.10."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects.smsc_answer import (
    ERRORS,
    Charset,
    Format,
    Style,
    block,
    csv,
    element,
    elements,
    error,
    finish,
    json_line,
    json_list,
    json_object,
    json_value,
    ok,
    pairs,
)

LINES, CSV, XML, JSON = (Style(fmt) for fmt in Format)


@pytest.mark.parametrize(
    ("style", "body", "content_type"),
    [
        (LINES, b"ERROR = 1 (parameters error)", "text/plain; charset=windows-1251"),
        (CSV, b"0,-1", "text/plain; charset=windows-1251"),
        (
            XML,
            b"<result>\n<error>parameters error</error>\n<error_code>1</error_code>\n</result>",
            "text/xml; charset=windows-1251",
        ),
        (JSON, b'{\n"error": "parameters error",\n"error_code": 1\n}', "application/json; charset=utf-8"),
    ],
)
def test_an_error_has_the_printed_shape_in_every_format(style, body, content_type):
    assert error(style, 1)[:2] == (content_type, body)


@pytest.mark.parametrize(
    ("style", "body"),
    [
        (LINES, b"ERROR = 3 (no money), ID - 1234"),
        (CSV, b"1234,-3"),
        (XML, b"<result>\n<error>no money</error>\n<error_code>3</error_code>\n<id>1234</id>\n</result>"),
        (JSON, b'{\n"error": "no money",\n"error_code": 3,\n"id": 1234\n}'),
    ],
)
def test_an_error_of_send_may_carry_the_id(style, body):
    assert error(style, 3, "no money", 1234).body == body


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "parameters error"),
        (2, "authorise error"),
        (3, "nothing found"),
        (4, "ip is blocked"),
        (5, "operation failed"),
        (6, "message is denied"),
        (7, "invalid number"),
        (8, "can't to deliver"),
        (9, "duplicate request, wait a minute"),
    ],
)
def test_the_errors_have_the_printed_words(number, text):
    assert error(LINES, number).body.decode() == f"ERROR = {number} ({text})"
    assert "(" not in ERRORS[number]


@pytest.mark.parametrize(
    ("style", "body"), [(LINES, b"OK"), (CSV, b"OK"), (XML, b"<result>OK</result>"), (JSON, b'{\n"result": "OK"\n}')]
)
def test_ok_has_the_printed_shape_in_every_format(style, body):
    assert ok(style).body == body


def test_lines_have_blanks_around_the_equals_sign_and_a_comma_between_pairs():
    assert pairs([("Status", 1), ("check_time", "01.02.2024 10:20:30"), ("err", 0)]) == (
        "Status = 1, check_time = 01.02.2024 10:20:30, err = 0"
    )


def test_an_empty_value_of_a_csv_line_stays_empty():
    assert csv(["a", "", "c"]) == csv(["a", None, "c"]) == "a,,c"


def test_json_has_one_member_a_line_and_lists_of_objects_as_printed():
    entry = json_object([("id", 7), ("phone", "79260000000"), ("region", None)])
    assert entry == '{\n"id": 7,\n"phone": "79260000000",\n"region": null\n}'
    assert json_list([entry, entry]) == f"[{entry},\n{entry}]"
    assert json_list([]) == "[]"
    assert json_line([("phone", "79"), ("cost", "1.40")]) == '{"phone": "79", "cost": "1.40"}'


def test_xml_has_one_element_a_line():
    assert block("sms", elements([("status", 1), ("err", 0)])) == "<sms>\n<status>1</status>\n<err>0</err>\n</sms>"
    assert element("phone", "79", mccmnc="25001", cost="1.40") == '<phone mccmnc="25001" cost="1.40">79</phone>'


@given(st.text())
def test_whatever_a_text_holds_xml_and_json_can_be_read_back(text):
    read = ElementTree.fromstring(element("message", text, sender=text))
    kept = "".join("?" if (c < " " and c not in "\t\n\r") or c in "\ufffe\uffff" else c for c in text)
    assert read.get("sender") == kept
    assert (read.text or "").replace("\r", "\n") == kept.replace("\r\n", "\n").replace("\r", "\n")
    for charset in (None, *Charset):
        body = finish(Style(Format.JSON, charset), json_object([("message", text)])).body
        assert json.loads(body.decode(charset or "ascii")) == {"message": text}


@pytest.mark.parametrize(
    ("charset", "content_type", "body"),
    [
        (None, "application/json; charset=utf-8", rb'"\u041f\u0440\u0438\u0432\u0456\u0442 \ud83d\ude42"'),
        (Charset.UTF_8, "application/json; charset=utf-8", '"Привіт 🙂"'.encode()),
        (
            Charset.WINDOWS_1251,
            "application/json; charset=windows-1251",
            b'"\xcf\xf0\xe8\xe2\xb3\xf2 \\ud83d\\ude42"',
        ),
        (Charset.KOI8_R, "application/json; charset=koi8-r", b'"\xf0\xd2\xc9\xd7\\u0456\xd4 \\ud83d\\ude42"'),
    ],
)
def test_json_is_escaped_without_a_charset_and_raw_with_one(charset, content_type, body):
    assert finish(Style(Format.JSON, charset), json_value("Привіт 🙂"))[:2] == (content_type, body)


@pytest.mark.parametrize("fmt", [Format.LINES, Format.CSV])
def test_lines_have_a_question_mark_for_what_the_charset_does_not_have(fmt):
    answer = finish(Style(fmt), "Привіт 🙂, ґ")
    assert answer[:2] == ("text/plain; charset=windows-1251", b"\xcf\xf0\xe8\xe2\xb3\xf2 ?, \xb4")
    assert finish(Style(fmt, Charset.KOI8_R), "Привіт").body == b"\xf0\xd2\xc9\xd7?\xd4"
    assert finish(Style(fmt, Charset.UTF_8), "Привіт 🙂")[:2] == ("text/plain; charset=utf-8", "Привіт 🙂".encode())


def test_xml_has_a_prolog_only_with_letters_beyond_ascii_in_another_charset_than_utf_8():
    assert finish(XML, "<balance>1.00</balance>").body == b"<balance>1.00</balance>"
    assert finish(Style(Format.XML, Charset.UTF_8), "<m>Привіт</m>").body == "<m>Привіт</m>".encode()
    body = finish(XML, "<m>Привет</m>").body
    assert body == b'<?xml version="1.0" encoding="windows-1251"?>\n<m>\xcf\xf0\xe8\xe2\xe5\xf2</m>'
    assert ElementTree.fromstring(body).text == "Привет"
