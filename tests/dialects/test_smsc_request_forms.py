"""How a request of any of SMSC's scripts may be written (smsc-messages.md 1.2-1.4, 9; B13)."""

from __future__ import annotations

import json
import tracemalloc
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.dialects.smsc_answer import Charset, Format, Style
from heliograph.dialects.smsc_request import Unreadable, Upload, WrongRequest, read, read_rest
from pace import cpu_below

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=----x7"
MIB = 1 << 20


def _multipart(*parts):
    body = b"".join(
        b"------x7\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + data + b"\r\n" for head, data in parts
    )
    return body + b"------x7--\r\n"


@pytest.mark.covers_part(40)
@pytest.mark.parametrize(
    ("query", "content_type", "body"),
    [
        (b"login=shop&psw=secret&phones=79&mes=a+b%26c", "", b""),
        (b"", FORM, b"login=shop&psw=secret&phones=79&mes=a+b%26c"),
        (b"login=shop&psw=secret", FORM, b"phones=79&mes=a+b%26c"),
        (b"login=shop&psw=secret&phones=79&mes=a+b%26c&", "text/plain", b""),
        (
            b"login=shop",
            MULTIPART,
            _multipart((b'name="psw"', b"secret"), (b'name="phones"', b"79"), (b'name="mes"', b"a b&c")),
        ),
        (b"login=shop", "", b"psw=secret&phones=79&mes=a+b%26c"),
    ],
)
def test_all_forms_of_a_request_are_the_same_parameters(query, content_type, body):
    assert read(query, content_type, body).fields == {"login": "shop", "psw": "secret", "phones": "79", "mes": "a b&c"}


def test_the_body_wins_over_the_query_and_the_later_value_over_the_earlier():
    assert read(b"phones=1&mes=query", FORM, b"mes=first&mes=last").fields == {"phones": "1", "mes": "last"}


def test_what_is_empty_is_absent_but_known_to_be_empty():
    request = read(b"cost=1&sender=&&fmt=3&", FORM, b"cost=&translit")
    assert request.fields == {"cost": "1", "fmt": "3"}
    assert request.empty == {"sender", "translit"}
    assert request.get("sender") == request.get("mes") == ""


def test_a_leading_nul_is_removed_and_any_other_refused():
    assert read(b"mes=%00@file&psw=%00", "", b"").fields == {"mes": "@file"}
    with pytest.raises(Unreadable):
        read(b"mes=a%00b", "", b"")


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        (b"utf-8", Charset.UTF_8),
        (b"UTF8", Charset.UTF_8),
        (b"windows-1251", Charset.WINDOWS_1251),
        (b"CP1251", Charset.WINDOWS_1251),
        (b"koi8-r", Charset.KOI8_R),
        (b"Koi8_R", Charset.KOI8_R),
    ],
)
def test_texts_are_read_in_the_charset_named_whatever_its_spelling(name, charset):
    text = {Charset.UTF_8: b"%D0%9F%D1%80", Charset.WINDOWS_1251: b"%CF%F0", Charset.KOI8_R: b"%F0%D2"}[charset]
    request = read(b"charset=" + name, FORM, b"mes=" + text)
    assert request.get("mes") == "Пр"
    assert request.style == Style(Format.LINES, charset)


def test_without_a_charset_it_is_windows_1251_and_never_guessed():
    assert read(b"mes=%CF%F0%E8%E2%E5%F2", "", b"").get("mes") == "Привет"
    assert read(b"mes=%D0%9F", "", b"").get("mes") == "Рџ"
    assert read(b"", FORM, "mes=Привет".encode("cp1251")).get("mes") == "Привет"


@pytest.mark.parametrize("query", [b"charset=latin1&fmt=3", b"charset=utf-8&mes=%CF&fmt=3"])
def test_an_unknown_charset_and_octets_that_are_none_are_refused_in_the_format_asked_for(query):
    with pytest.raises(Unreadable) as refused:
        read(query, "", b"")
    assert refused.value.number == 1
    assert refused.value.style.fmt is Format.JSON


@pytest.mark.parametrize(
    ("fmt", "meant"),
    [(b"0", 0), (b"1", 1), (b"2", 2), (b"3", 3), (b"4", 0), (b"x", 0), (b"", 0), (b"01", 0), (b"\xff", 0)],
)
def test_an_unknown_format_is_format_0(fmt, meant):
    assert read(b"fmt=" + fmt, "", b"").style.fmt == meant


def test_uploaded_files_are_kept_apart_from_the_fields():
    body = _multipart(
        (b'name="mes"', b"text"), (b'name="file0"; filename="a.wav"', b"\r\nRIFF\x00\r\n"), (b"name=fmt", b"1")
    )
    request = read(b"", MULTIPART, body)
    assert request.fields == {"mes": "text", "fmt": "1"}
    assert request.uploads == (Upload("file0", "a.wav", b"\r\nRIFF\x00\r\n"),)
    assert read(b"mes=x", "application/octet-stream", b"a=1&b").uploads == (Upload("", "", b"a=1&b"),)


def test_texts_of_a_multipart_body_may_hold_anything_but_the_boundary():
    text = "перенос\r\nстроки --x7 и %D0 + &".encode("cp1251")
    assert read(b"", 'multipart/form-data; boundary="----x7"', _multipart((b'name="mes"', text))).get("mes") == (
        "перенос\r\nстроки --x7 и %D0 + &"
    )


@given(st.binary(max_size=60), st.sampled_from([b"", b"%", b"%4", b"=", b"_", b"\n", b"%0D%0A", b"=3D", b" ", b"=\n"]))
def test_url_encoding_is_undone_exactly(octets, odd):
    written = odd + quote_from_bytes(octets).encode() + odd + b"abcdefghijklmnop%41"
    expected = unquote_to_bytes(written.replace(b"+", b" ")).removeprefix(b"\0")
    try:
        request = read(b"", FORM, b"mes=" + written)
    except Unreadable:
        return  # a NUL, or 0x98, which windows-1251 does not have
    assert request.get("mes").encode("cp1251") == expected


@given(
    st.dictionaries(
        st.text("abcxyz_", min_size=1),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
    )
)
def test_whatever_the_parameters_are_they_arrive_as_they_were_sent(fields):
    fields = {name: value for name, value in fields.items() if name not in ("fmt", "charset")}
    request = read(b"charset=utf-8", FORM, urlencode(fields).encode())
    assert request.fields == {"charset": "utf-8", **fields}


# -- the readers of parameters -----------------------------------------------------------------------------------------


def test_flags_and_choices_are_numbers_within_bounds_and_0_when_absent():
    request = read(b"flash=1&push=0&cost=3&bin=%202&hlr=2&ping=yes&tz=-1", "", b"")
    assert (request.flag("flash"), request.flag("push"), request.flag("mms")) == (True, False, False)
    assert (request.choice("cost", 3), request.choice("bin", 2), request.choice("err", 1)) == (3, 2, 0)
    for name, most in (("cost", 2), ("hlr", 1), ("ping", 1), ("tz", 5)):
        with pytest.raises(WrongRequest) as refused:
            request.choice(name, most)
        assert refused.value.number == 1


# -- the JSON front ----------------------------------------------------------------------------------------------------


def _rest(**members):
    return read_rest(b"", json.dumps(members).encode())


def test_members_of_the_json_front_are_parameters_whatever_their_types():
    request = _rest(
        login="shop", phones=["79260000000", 79260000001], cost=3, flash=True, push=False, id=None, mes="Привіт"
    )
    assert request.fields == {
        "login": "shop",
        "phones": "79260000000,79260000001",
        "cost": "3",
        "flash": "1",
        "push": "0",
        "mes": "Привіт",
    }
    assert request.style == Style(Format.JSON, Charset.UTF_8)
    assert request.empty == {"id"}


def test_the_json_front_takes_format_charset_and_query_as_the_other_forms_do():
    request = read_rest(b"apikey=k&mes=query", b'{"mes": "body", "fmt": 1, "charset": "windows-1251"}')
    assert request.fields == {"apikey": "k", "mes": "body", "fmt": "1", "charset": "windows-1251"}
    assert request.style == Style(Format.CSV, Charset.WINDOWS_1251)


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        (
            [{"phone": "79260000000", "mes": "a\nb"}, {"phone": 79260000001, "mes": "c"}],
            (("79260000000", "a\nb"), ("79260000001", "c")),
        ),
        ({"79260000000": "a", "79260000001": "b"}, (("79260000000", "a"), ("79260000001", "b"))),
        ([], ()),
    ],
)
def test_a_list_of_the_json_front_may_be_entries_or_an_object(written, pairs):
    assert _rest(list=written).listed == pairs


def test_a_list_of_the_json_front_may_be_the_string_of_the_other_forms():
    request = _rest(list="79260000000:a\n79260000001:b")
    assert request.listed is None
    assert request.get("list") == "79260000000:a\n79260000001:b"


def test_flags_may_stand_in_an_object_of_the_json_front():
    request = _rest(user="sub", fl={"29": 1, "2": "0"}, fl2={"10": True}, mfl={"1": None})
    assert request.fields == {"user": "sub", "fl[29]": "1", "fl[2]": "0", "fl2[10]": "1"}
    assert request.empty == {"mfl[1]"}


JSON_ATTACKS = {
    "not JSON": b"{",
    "not UTF-8": b'{"mes": "\xcf"}',
    "an array": b"[1]",
    "a number": b"1",
    "empty": b"",
    "nested 100,000 deep": b"[" * 100_000,
    "nested objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a repeated key": b'{"mes": "a", "mes": "b"}',
    "NaN": b'{"cost": NaN}',
    "infinity": b'{"cost": -Infinity}',
    "a huge integer": b'{"cost": ' + b"9" * 1_000_000 + b"}",
    "a lone surrogate": b'{"mes": "\\ud800"}',
    "a lone surrogate in a list": b'{"list": {"79260000000": "\\udfff"}}',
    "a NUL": b'{"mes": "a\\u0000b"}',
    "an object for a text": b'{"mes": {"a": 1}}',
    "an object within flags": b'{"fl": {"1": {"2": 3}}}',
    "an object of another name": b'{"more": {"a": 1}}',
    "a list in a list": b'{"phones": [["79260000000"]]}',
    "a list of numbers": b'{"list": [79260000000]}',
    "350,000 lists": b'{"phones": [' + b"[]," * 349_000 + b"[]]}",
    "250,000 objects": b'{"list": [' + b"{}," * 349_000 + b"{}]}",
}


@pytest.mark.parametrize("name", JSON_ATTACKS)
def test_B13_a_hostile_body_of_the_json_front_is_refused_at_once_and_costs_no_memory(name):
    body = JSON_ATTACKS[name]
    with cpu_below(1.0):  # 100 ms without the tracing
        tracemalloc.start()
        try:
            with pytest.raises(Unreadable) as refused:
                read_rest(b"", body)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert refused.value.style == Style(Format.JSON, Charset.UTF_8)
    assert peak < 20 * MIB


FORM_ATTACKS = {
    "a million parameters": (FORM, b"a&" * 500_000),
    "two thousand parameters": (FORM, b"&".join(b"a%d=1" % number for number in range(2_000))),
    "multipart without a boundary": ("multipart/form-data", _multipart((b'name="mes"', b"x"))),
    "multipart with another boundary": ("multipart/form-data; boundary=other", _multipart((b'name="mes"', b"x"))),
    "multipart that is cut off": (MULTIPART, _multipart((b'name="mes"', b"x"))[:-6]),
    "multipart of 100,000 parts": (MULTIPART, b"------x7\r\n\r\n\r\n" * 60_000 + b"------x7--\r\n"),
    "a part without an end of its header": (MULTIPART, b"------x7\r\nContent-Disposition: form-data\r\n------x7--\r\n"),
}


@pytest.mark.parametrize("name", FORM_ATTACKS)
def test_B13_a_hostile_form_is_refused_at_once(name):
    content_type, body = FORM_ATTACKS[name]
    with cpu_below(0.5), pytest.raises(Unreadable) as refused:
        read(b"fmt=1", content_type, body)
    assert refused.value.style.fmt is Format.CSV


@pytest.mark.parametrize(
    "body",
    [
        b"mes=" + b"%" * MIB,
        b"mes=" + b"%4" * (MIB // 2),
        b"mes=" + b"%41" * (MIB // 3),
        b"=" * MIB,
        b"mes=" + b"+=" * (MIB // 2),
    ],
)
def test_B13_a_mebibyte_of_escapes_is_read_in_a_moment(body):
    with cpu_below(1.0):
        read(b"", FORM, body)
