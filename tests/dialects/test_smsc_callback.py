"""Calls to a handler (smsc-messages.md 10): addresses, parameters, bodies and hashes, typed from the specification."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects.smsc_samples import message
from heliograph.channels.sms.numbering import Operator
from heliograph.dialects.smsc_callback import (
    Address,
    BadAddress,
    Event,
    body,
    confirmation_event,
    incoming_event,
    read_address,
    split_address,
    status_event,
)
from heliograph.model.message import Content, Kind, Network, State
from heliograph.model.receipt import Incoming

MOSCOW = 3 * 3600
AT = 1_706_772_030_000
CHARSETS = {"windows-1251": "cp1251", "utf-8": "utf-8", "koi8-r": "koi8-r"}


def at(query, **how):
    """The handler of an address with this query."""
    return read_address(*split_address(f"https://shop.example/h{query}"), **how)


def of(**special):
    """A status of the message the specification prints."""
    asked = {
        name: special.pop(name)
        for name in ("offset_s", "second_balance", "operator", "carriers_word")
        if name in special
    }
    state, error = special.pop("state", State.DELIVERED), special.pop("error", 0)
    values = {"shown_id": "1234", "recipient": "79999999999", "price": 1_400_000, **special}
    return status_event(message(**values), state, error, AT, **{"offset_s": MOSCOW, **asked})


def form(handler, event):
    """A form as a handler reads it: name → value."""
    pairs = parse_qsl(body(handler, event).decode("ascii"), True, True, encoding=handler.style.encoding)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def reply(text="Так, дякую", **special):
    values = {"sent_at": 1_706_772_000_500, "answers": 100_000_001, **special}
    return Incoming(77, "carrier", "380671112233", "380440000000", text, 1_706_772_031_000, **values)


# -- what is told ---------------------------------------------------------------------------------------------------


def test_a_status_is_the_printed_object():
    printed = (
        '{"id": 1234, "phone": "79999999999", "status": 1, "time": "01.02.24 10:20:30", "ts": 1706772030, "cnt": 1, '
        '"type": 0, "cost": "1.40", "flag": 0, "sender": "name", "md5": "…"}'
    )
    md5 = hashlib.md5(b"1234:79999999999:1:abc").hexdigest()
    told = body(at("?fmt=3&md5=abc"), of()).decode()
    assert told == printed.replace('"md5"', '"fmt": "3", "md5"').replace("…", md5)


def test_a_form_holds_every_parameter_of_a_status():
    assert form(at(""), of(price=2_800_000, parts=2)) == {
        "id": "1234",
        "phone": "79999999999",
        "status": "1",
        "time": "01.02.24 10:20:30",
        "ts": "1706772030",
        "cnt": "2",
        "type": "0",
        "cost": "2.80",
        "flag": "0",
        "sender": "name",
    }


def test_err_is_passed_only_if_it_is_not_zero():
    failed = form(at(""), of(state=State.UNDELIVERABLE, error=6))
    assert (failed["status"], failed["err"]) == ("20", "6")
    assert "err" not in form(at(""), of(state=State.EXPIRED))
    unknown = form(at(""), of(state=State.UNKNOWN))
    assert (unknown["status"], unknown["err"]) == ("20", "245")


@pytest.mark.parametrize(
    ("word", "syserr"),
    [("UNDELIV err:006", "006"), ("REJECTD", "REJECTD"), ("0x0B ESME_RINVDSTADR", "0x0B ESME_RINVDSTADR")],
)
def test_syserr_is_the_operators_own_code_or_his_word_where_there_is_none(word, syserr):
    failed = form(at(""), of(state=State.UNDELIVERABLE, error=6, carriers_word=word))
    assert (failed["err"], failed["syserr"]) == ("6", syserr)
    assert list(failed)[5:7] == ["err", "syserr"]
    assert "syserr" not in form(at(""), of(state=State.UNDELIVERABLE, error=6))


def test_what_came_back_is_not_in_the_cost():
    assert form(at(""), of(price=2_800_000, refunded=1_400_000))["cost"] == "1.40"


@pytest.mark.covers_part(145, 146)
@pytest.mark.parametrize(
    ("kind", "number"),
    [(Kind.TEXT, "0"), (Kind.FLASH, "1"), (Kind.BINARY, "2"), (Kind.WAP_PUSH, "3"), (Kind.HLR, "4"), (Kind.PING, "5")],
)
def test_type_and_flag_name_the_kind_of_message(kind, number):
    told = form(at(""), of(content=Content("x", kind)))
    assert (told["type"], told["flag"]) == (number, number)
    paid_twice = form(at(""), of(content=Content("x", kind), second_balance=True))
    assert int(paid_twice["flag"]) == int(number) + 32


def test_a_look_up_has_eight_parameters_more():
    event = of(content=Content("", Kind.HLR), sender="HLR", operator=Operator("250", "02", "Russia", "MegaFon", ""))
    told = form(at(""), event)
    assert {name: told[name] for name in ("imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet")} == {
        "imsi": "",
        "msc": "",
        "mcc": "250",
        "mnc": "02",
        "cn": "Russia",
        "net": "MegaFon",
        "rcn": "",
        "rnet": "",
    }
    assert "mcc" not in form(at(""), of(operator=Operator("250", "02", "Russia", "MegaFon", "")))


def test_a_look_up_tells_what_the_carrier_found():
    found = Network("250023012345678", "79232510066", "250", "02", "Russia", "MegaFon", "Germany", "O2")
    event = of(content=Content("", Kind.HLR), network=found, operator=Operator("250", "01", "Russia", "MTS", ""))
    told = form(at(""), event)
    assert [told[name] for name in ("imsi", "msc", "mcc", "mnc", "cn", "net", "rcn", "rnet")] == [
        "250023012345678", "79232510066", "250", "02", "Russia", "MegaFon", "Germany", "O2",
    ]  # fmt: skip
    json_told = json.loads(body(at("?fmt=3"), event))
    assert (json_told["mcc"], json_told["mnc"]) == ("250", "02")


def test_the_customers_comment_comes_back():
    told = form(at("?charset=utf-8"), of(comment="Заказ №7\nсрочно"))
    assert told["cmt"] == "Заказ №7\nсрочно"
    assert "cmt" not in form(at(""), of())


def test_the_id_is_the_one_its_sender_knows():
    def told(**special):
        return json.loads(body(at("?fmt=3"), of(**special)))["id"]

    assert told(shown_id="order-7.b_1") == "order-7.b_1"
    assert told(shown_id=None, id=100_000_005, request_id=100_000_001) == 100_000_005


def test_times_are_of_the_accounts_zone():
    assert form(at(""), of(offset_s=0))["time"] == "01.02.24 07:20:30"
    assert form(at(""), of(offset_s=-8 * 3600))["time"] == "31.01.24 23:20:30"


def test_a_reply_is_told_with_every_parameter():
    told = form(at("?charset=utf-8"), incoming_event(reply(), message(shown_id="order-7")))
    assert told == {
        "id": "77",
        "sms_id": "order-7",
        "phone": "380671112233",
        "mes": "Так, дякую",
        "to": "380440000000",
        "smsc": "",
        "sent": "1706772000",
        "time": "1706772031",
        "charset": "utf-8",
    }


def test_a_message_that_answers_nothing_has_no_sms_id():
    assert "sms_id" not in form(at(""), incoming_event(reply(), None))


def test_a_message_whose_carrier_gave_no_time_was_sent_when_it_came():
    assert form(at(""), incoming_event(reply(sent_at=0), None))["sent"] == "1706772031"


@pytest.mark.covers_part(141, 151)
def test_a_confirmation_holds_exactly_its_parameters():
    told = form(at("?md5=abc&order=5"), confirmation_event("79999999999", AT))
    assert told == {
        "waitcall": "1",
        "phone": "79999999999",
        "ts": "1706772030",
        "order": "5",
        "md5": hashlib.md5(b"79999999999:1706772030:abc").hexdigest(),
    }


@pytest.mark.covers_part(155)
@pytest.mark.parametrize("query", ["", "?fmt=2", "?fmt=3", "?mes=1&waitcall=1"])
def test_the_kinds_are_told_apart_by_mes_and_waitcall(query):
    def has(event):
        told = body(at(query), event).decode()
        return [bool(re.search(rf"\b{name}\b", told)) for name in ("mes", "waitcall")]

    assert has(of(content=Content("mes waitcall", Kind.TEXT))) == [False, False]
    assert has(incoming_event(reply("x"), None)) == [True, False]
    assert has(confirmation_event("79999999999", AT)) == [False, True]


# -- character sets and forms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("text", ["Привіт & ciao=1 + 2%", "Ёлка", "тест"])
def test_a_form_is_percent_encoded_in_the_charset(charset, text):
    told = body(at(f"?charset={charset}"), incoming_event(reply(text), None))
    (mes,) = re.findall(rb"mes=([^&]*)", told)
    octets = bytes(int(hex_ or f"{ord(plain):x}", 16) for hex_, plain in re.findall("%(..)|(.)", mes.decode()))
    assert octets.replace(b"+", b" ") == text.encode(CHARSETS[charset], "replace").replace(b"+", b" ")
    assert re.fullmatch(rb"[A-Za-z0-9._~+%-]*", mes)


@pytest.mark.parametrize("query", ["", "?charset=", "?charset=CP1251", "?charset=Windows-1251"])
def test_windows_1251_is_the_default(query):
    assert b"mes=%CF%F0%E8%E2%B3%F2&" in body(at(query), incoming_event(reply("Привіт"), None))


@pytest.mark.parametrize(("form_", "kind"), [("2", "text/xml"), ("3", "application/json")])
def test_koi8_r_is_not_used_together_with_fmt(form_, kind):
    handler = at(f"?fmt={form_}&charset=koi8-r")
    assert handler.content_type == f"{kind}; charset=windows-1251"
    assert "Привет".encode("cp1251") in body(handler, incoming_event(reply("Привет"), None))


def test_the_content_type_of_a_form_is_the_plain_one():
    assert at("?charset=koi8-r").content_type == "application/x-www-form-urlencoded"


def test_JSON_is_flat_and_numbers_are_numbers():
    told = json.loads(body(at("?fmt=3&charset=utf-8&order=5"), incoming_event(reply(), message())))
    assert told == {
        "id": 77,
        "sms_id": 100_000_001,
        "phone": "380671112233",
        "mes": "Так, дякую",
        "to": "380440000000",
        "smsc": "",
        "sent": 1_706_772_000,
        "time": 1_706_772_031,
        "fmt": "3",
        "charset": "utf-8",
        "order": "5",
    }


def test_JSON_without_charset_is_ASCII_and_with_it_raw():
    event = incoming_event(reply("Так 👍"), None)
    assert rb'"mes": "\u0422\u0430\u043a \ud83d\udc4d"' in body(at("?fmt=3"), event)
    assert '"mes": "Так 👍"'.encode() in body(at("?fmt=3&charset=utf-8"), event)
    assert '"mes": "Так '.encode("cp1251") + rb'\ud83d\udc4d"' in body(at("?fmt=3&charset=windows-1251"), event)


def test_XML_has_an_element_for_each_parameter():
    root = ET.fromstring(body(at("?fmt=2&order=5&a[]=1&1x=2&sha1=k"), of()))
    assert root.tag == "result"
    assert {child.tag: child.text for child in root} == {
        "id": "1234",
        "phone": "79999999999",
        "status": "1",
        "time": "01.02.24 10:20:30",
        "ts": "1706772030",
        "cnt": "1",
        "type": "0",
        "cost": "1.40",
        "flag": "0",
        "sender": "name",
        "fmt": "2",
        "order": "5",
        "sha1": hashlib.sha1(b"1234:79999999999:1:k").hexdigest(),
    }


def test_XML_has_a_prolog_where_it_is_neither_ASCII_nor_UTF_8():
    event = incoming_event(reply("Ні"), None)
    told = body(at("?fmt=2"), event)
    assert told.startswith(b'<?xml version="1.0" encoding="windows-1251"?>')
    assert ET.fromstring(told).findtext("mes") == "Ні"
    assert body(at("?fmt=2&charset=utf-8"), event).startswith(b"<result>")
    assert body(at("?fmt=2"), of()).startswith(b"<result>")


# -- hashes ---------------------------------------------------------------------------------------------------------


def received(handler, event):
    """A body as its receiver reads it, and the character set he knows from address or content type."""
    told = body(handler, event)
    if handler.content_type.startswith("text/xml"):
        return {child.tag: child.text or "" for child in ET.fromstring(told)}
    if handler.content_type.startswith("application/json"):
        return json.loads(told.decode(handler.style.encoding))
    return dict(parse_qsl(told.decode("ascii"), True, True, encoding=handler.style.encoding))


@given(
    text=st.text(st.characters(codec="utf-8")),
    charset=st.sampled_from(["windows-1251", "utf-8", "koi8-r", None]),
    fmt=st.sampled_from(["0", "2", "3"]),
)
def test_B24_who_hashes_what_he_received_gets_our_hashes(text, charset, fmt):
    handler = at(f"?fmt={fmt}&md5=s-1&sha1=s_2&crc32=S3" + (f"&charset={charset}" if charset else ""))
    told = received(handler, incoming_event(reply(text), None))
    signed = f"{told['phone']}:{told['mes']}:{told['to']}:".encode(CHARSETS[handler.style.encoding], "replace")
    assert told["md5"] == hashlib.md5(signed + b"s-1").hexdigest()
    assert told["sha1"] == hashlib.sha1(signed + b"s_2").hexdigest()
    assert told["crc32"] == str(zlib.crc32(signed + b"S3"))


def test_the_acceptance_check_of_the_specification():
    handler = at("?charset=utf-8&sha1=abc&x=1")
    told = form(handler, of())
    assert (told["x"], told["charset"]) == ("1", "utf-8")
    assert told["sha1"] == hashlib.sha1(b"1234:79999999999:1:abc").hexdigest()
    assert handler.url == "https://shop.example/h?charset=utf-8&x=1"
    assert "abc" not in handler.url
    assert b"abc" not in body(handler, of())


def test_crc32_is_decimal_or_by_setting_eight_hex_digits():
    low = next(n for n in range(1, 500) if zlib.crc32(f"{n}:79999999999:1:k".encode()) < 1 << 24)
    crc = zlib.crc32(f"{low}:79999999999:1:k".encode())
    assert form(at("?crc32=k"), of(shown_id=str(low)))["crc32"] == str(crc)
    assert form(at("?crc32=k", crc32_hex=True), of(shown_id=str(low)))["crc32"] == format(crc, "08x")
    assert len(format(crc, "08x").lstrip("0")) < 8


def test_the_three_hashes_of_123456789_are_the_published_ones():
    told = form(at("?md5=9&sha1=9&crc32=9"), Event([("id", 1)], "12345678"))
    assert told == {
        "id": "1",
        "md5": "25f9e794323b453885f5181f1b624d0b",
        "sha1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
        "crc32": "3421780262",
    }


# -- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "url", "signing"),
    [
        ("http://shop.example", "http://shop.example", ""),
        ("https://shop.example:8443/h.php?id=15&md5=abc", "https://shop.example:8443/h.php?id=15", "md5=abc"),
        ("https://shop.example/h?md5=a&x=1&sha1=b", "https://shop.example/h?x=1", "md5=a&sha1=b"),
        ("https://shop.example/h?crc32=A-z_0", "https://shop.example/h", "crc32=A-z_0"),
        ("https://[2001:db8::1]/h?&x=%D0%B9&", "https://[2001:db8::1]/h?x=%D0%B9", ""),
        ("https://shop.example/md5=not-a-secret", "https://shop.example/md5=not-a-secret", ""),
    ],
)
def test_an_address_is_parted_from_its_secrets(address, url, signing):
    assert split_address(address) == Address(url, signing)


@pytest.mark.parametrize(
    "address",
    [
        "", "shop.example/h", "ftp://shop.example/h", "javascript:alert(1)", "https://", "https:///h", "http://[::1",
        "https://shop.example:0/", "https://shop.example:99999/", "https://shop.example:x/",
        "https://user@shop.example/", "https://user:word@shop.example/", "https://good.example@evil.example/",
        "https://shop.example/h ", "https://shop.example/\r\nX: y", "https://shop.example/h\t", "https://shop.example/\x00",
        "https://магазин.example/", "https://shop.example/й", "https://shop.example\\@evil.example/",
        "https://shop.example/h#md5=secret-word", "https://shop.example/" + "x" * 2_000,
        "https://shop.example/h?md5=", "https://shop.example/h?md5", "https://shop.example/h?md5=a.b",
        "https://shop.example/h?sha1=secret-word%21", "https://shop.example/h?crc32=a+b",
        "https://shop.example/h?md5=" + "a" * 65,
        "https://shop.example/h?MD5=secret-word", "https://shop.example/h?%6dd5=secret-word",
        "https://shop.example/h?md5=secret-word&md5=other", "https://shop.example/h?x=1;sha1=secret-word",
        "https://shop.example/h?x=1&amp;md5=secret-word",
        "https://shop.example/h?charset=utf-16", "https://shop.example/h?charset=latin1",
    ],
)  # fmt: skip
def test_B16_an_address_that_cannot_be_a_handlers_is_refused_and_no_secret_is_said(address):
    with pytest.raises(BadAddress) as refusal:
        split_address(address)
    assert len(str(refusal.value)) > 10
    assert "secret-word" not in str(refusal.value)


def test_parameters_of_the_address_are_passed_on_as_they_stand():
    handler = at("?order=5&name=%C8%E2%E0%ED&a[]=1&a[]=2&empty=&bare")
    told = body(handler, of())
    assert told.endswith(b"&order=5&name=%C8%E2%E0%ED&a[]=1&a[]=2&empty=&bare")
    passed = json.loads(body(at("?fmt=3&name=%C8%E2%E0%ED&b=1+2"), of()))
    assert (passed["name"], passed["b"]) == ("Иван", "1 2")


def test_a_parameter_of_the_address_never_stands_for_one_of_the_call():
    handler = at("?id=15&mes=x&waitcall=1&status=1&%69d=7&fmt=3")
    assert handler.url == "https://shop.example/h?id=15&mes=x&waitcall=1&status=1&%69d=7&fmt=3"
    told = json.loads(body(handler, of(state=State.EXPIRED)))
    assert (told["id"], told["status"], "mes" in told, "waitcall" in told) == (1234, 3, False, False)


@given(st.text(alphabet="md5shacr32=&?;%#/xA +.-_é\n@:", max_size=40))
def test_B16_any_address_is_parted_or_refused_and_its_secrets_stay_out_of_the_call(rest):
    try:
        url, signing = split_address(f"https://shop.example/h?md5=qwertyqwerty&{rest}")
    except BadAddress:
        return
    assert "qwertyqwerty" in signing
    assert "qwertyqwerty" not in url
    assert split_address(url) == Address(url, "")
    assert b"qwertyqwerty" not in body(read_address(url, signing), of())
