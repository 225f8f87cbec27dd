"""send.php: its parameters as submissions, typed from smsc-messages.md 2.1-2.5, 2.11-2.16."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.channels.sms.content import encode, weigh
from heliograph.dialects.smsc_request import Unreadable, WrongRequest, read, read_rest
from heliograph.dialects.smsc_send import Caller, groups_named, read_order
from heliograph.model.message import Content, Kind
from pace import cpu_below

NOON = 1_717_232_400_000 + 3 * 3_600_000
"""1 June 2024, 15:00 in Moscow, 12:00 UTC."""
MOSCOW_S = 10_800
HOUR = 3_600_000
PHONE = "79260000000"


def _caller(offset_s=lambda at: MOSCOW_S, **changes):
    caller = Caller(account_id=7, door="smsc", peer="192.0.2.1", senders=("Shop",), now=NOON, offset_s=offset_s)
    return caller._replace(**changes)


def _order(**fields):
    caller = fields.pop("caller", _caller())
    given = {"phones": PHONE, "mes": "test", **fields}
    query = urlencode({name: value for name, value in given.items() if value is not None}, encoding="cp1251")
    return read_order(read(b"", "", query.encode()), caller)


def _sent(**fields):
    return _order(**fields).submissions


def _one(**fields):
    (submission,) = _sent(**fields)
    return submission


def _error(**fields):
    with pytest.raises(WrongRequest) as wrong:
        _order(**fields)
    return wrong.value.number


# -- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phones", "recipients"),
    [
        ("79260000000", ["79260000000"]),
        ("+7 (926) 000-00-00", ["79260000000"]),
        ("89260000000", ["79260000000"]),
        ("+89260000000", ["89260000000"]),
        ("9260000000", ["79260000000"]),
        ("0671234567", ["380671234567"]),
        ("380671234567", ["380671234567"]),
        ("79260000000,79260000001;79260000002", ["79260000000", "79260000001", "79260000002"]),
        (" 79260000000 , ,79260000001,", ["79260000000", "79260000001"]),
        ("79260000000,+79260000000,8 926 000-00-00", ["79260000000"]),
        ("123", [""]),
        ("nobody@example.com", [""]),
        ("79260000000" * 10, [""]),
    ],
)
def test_numbers_are_corrected_and_each_counts_once(phones, recipients):
    assert [submission.recipient for submission in _sent(phones=phones)] == recipients


@pytest.mark.parametrize("phones", [None, "", " ", ",", ";,", "G1", "79260000000,g22"])
def test_no_number_and_unknown_groups_are_error_1(phones):
    assert _error(phones=phones) == 1


def test_a_group_stands_for_its_contacts_whose_numbers_are_as_they_are():
    caller = _caller(groups={"17": ["380989361131", "9876543210"], "5": ["79260000000"], "6": []})
    sent = _sent(phones="79260000000, g17 ;G5", caller=caller)
    assert [one.recipient for one in sent] == ["79260000000", "380989361131", "9876543210"]
    sent = _sent(phones=None, mes=None, list="G17,79260000001:a\nShop|G5:b", caller=caller)
    said = [(one.recipient, one.content.text) for one in sent]
    assert said[:2] == [("380989361131", "a"), ("9876543210", "a")]
    assert said[2:] == [("79260000001", "a"), ("79260000000", "b")]
    for phones in ("G6", "G7", "79260000000,G7"):
        assert _error(phones=phones, caller=caller) == 1
    assert _error(phones="G17", caller=_caller(groups=caller.groups, most_phones=1)) == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"phones": "79260000000"}, set()),
        ({"phones": "79260000000,G17;g5 , G007"}, {"17", "5", "007"}),
        ({"phones": "GG17,G17x,xG17,G-1"}, set()),
        ({"list": "G17:text\n79260000000,G5;text\nShop|g6:text G7"}, {"17", "5", "6"}),
    ],
)
def test_groups_are_known_by_their_letter(fields, named):
    assert groups_named(read(urlencode(fields).encode(), "", b"")) == named
    body = json.dumps({"list": [{"phone": "G17,G18", "mes": "text"}]}).encode()
    assert groups_named(read_rest(b"", body)) == {"17", "18"}


def test_too_many_numbers_are_error_1():
    phones = ",".join(f"7926{number:07d}" for number in range(11))
    assert len(_sent(phones=phones, caller=_caller(most_phones=11))) == 11
    assert _error(phones=phones, caller=_caller(most_phones=10)) == 1


def test_what_stands_where_a_number_or_a_sender_should_is_not_kept_in_any_length():
    submission = _one(phones="7" * 100_000, sender="S" * 100_000)
    assert (len(submission.recipient_given), len(submission.sender)) == (64, 64)


# -- id, sender, answer control --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, ""),
        ("", ""),
        ("0", ""),
        ("1", "1"),
        ("2147483647", "2147483647"),
        ("a.b-C_9", "a.b-C_9"),
        ("7" * 40, "7" * 40),
    ],
)
def test_the_clients_own_id_is_kept(given, shown):
    assert _one(id=given).shown_id == shown


@pytest.mark.parametrize("given", ["x" * 41, "a b", "a,b", "a/b", "-" * 41, "идентификатор", "a\nb"])
def test_what_is_no_id_is_error_1(given):
    assert _error(id=given) == 1


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ("+79991234567", "79991234567"),
        ("79991234567", "79991234567"),
        ("+380501234567", "+380501234567"),
        ("+Shop", "+Shop"),
        ("+79990000000", "+79990000000"),
    ],
)
def test_a_number_that_is_a_name_of_the_account_may_have_a_plus(given, sender):
    caller = _caller(senders=("Shop", "79991234567", "+380501234567"))
    assert _one(sender=given, caller=caller).sender == sender
    (listed,) = _sent(phones=None, mes=None, list=f"{given}|{PHONE}:test", caller=caller)
    assert listed.sender == sender


def test_how_the_answer_shall_be_is_read():
    order = _order(cost=3, err=1, op=1)
    assert (order.cost, order.only_failed, order.all_numbers) == (3, True, True)
    order = _order()
    assert (order.cost, order.only_failed, order.all_numbers) == (0, False, False)


@pytest.mark.parametrize(
    "wrong",
    [{"cost": 4}, {"cost": "x"}, {"err": 2}, {"op": "yes"}, {"flash": 2}, {"bin": 3}, {"translit": 3}, {"maxsms": -1}],
)
def test_values_that_mean_nothing_are_error_1(wrong):
    assert _error(**wrong) == 1


def test_every_submission_says_whose_it_is():
    first, second = _sent(phones="79260000000,79260000001", valid="1")
    for submission in (first, second):
        assert (submission.account_id, submission.door, submission.dialect) == (7, "smsc", "smsc_send")
        assert (submission.sender, submission.batch, submission.keep_refused) == ("Shop", 2, True)
    assert first.content is second.content


# -- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(53)
@pytest.mark.parametrize(
    ("mes", "text", "comment"),
    [
        ("test", "test", ""),
        ("test\n~~~\na note, with commas", "test", "a note, with commas"),
        ("test\r\n~~~\r\na note", "test", "a note"),
        ("test\n~~~\n", "test", ""),
        ("a ~~~ b", "a ~~~ b", ""),
        ("test\n~~~\none\n~~~\ntwo", "test", "one\n~~~\ntwo"),
        ("т" * 1000 + "\n~~~\n" + "к" * 1000, "т" * 1000, "к" * 1000),
    ],
)
def test_the_comment_is_cut_off_and_counts_neither_as_text_nor_for_its_length(mes, text, comment):
    submission = _one(mes=mes)
    assert (submission.content.text, submission.comment) == (text, comment)


@pytest.mark.parametrize("mes", [None, "", " ", "\n~~~\nonly a note", "т" * 1001, "t\n~~~\n" + "к" * 1001])
def test_no_text_and_too_much_text_are_error_1(mes):
    assert _error(mes=mes) == 1


def test_texts_are_transliterated_before_they_are_cut():
    assert _one(mes="Привет", translit=1).content.text == "Privet"
    assert _one(mes="Привет", translit=2).content.text == "npuBem"
    text = _one(mes="Привет " * 100, translit=1, maxsms=2).content.text
    assert weigh(Content(text)).parts == 2
    assert 300 < len(text) <= 306
    assert _one(mes="Привет", maxsms=5).content.text == "Привет"
    assert weigh(_one(mes="Привет " * 50, maxsms=1, flash=1).content).parts == 1


# -- types -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, Kind.TEXT),
        ({"flash": 1}, Kind.FLASH),
        ({"push": 1, "mes": "http://smsc.ru\nSMSC.RU"}, Kind.WAP_PUSH),
        ({"hlr": 1}, Kind.HLR),
        ({"ping": 1, "mes": None}, Kind.PING),
        ({"bin": 2, "mes": "00FF"}, Kind.BINARY),
        ({"flash": 1, "hlr": 1, "call": 1}, Kind.FLASH),
        ({"hlr": 1, "viber": 1}, Kind.HLR),
        ({"viber": 0, "call": 0, "mail": "", "bot": ""}, Kind.TEXT),
        ({"mes": "__HLR__"}, Kind.HLR),
        ({"mes": "__PING__ whatever"}, Kind.PING),
        ({"mes": "__HLR__", "flash": 1}, Kind.FLASH),
        ({"mes": "__hlr__"}, Kind.TEXT),
        ({"mes": " __HLR__"}, Kind.TEXT),
    ],
)
def test_the_first_type_that_is_set_counts_and_a_prefix_only_without_one(fields, kind):
    assert _one(**fields).content.kind is kind


def test_a_type_wins_over_a_prefix_which_then_is_text():
    assert _one(mes="__HLR__ 1", flash=1).content.text == "__HLR__ 1"
    assert _one(mes="__HLR__ 1").content.text == ""
    assert _one(hlr=1).sender == "HLR"
    assert _one(mes="__HLR__").sender == "HLR"


@pytest.mark.parametrize(
    "fields",
    [
        {"mms": 1},
        {"mail": 1},
        {"soc": 1},
        {"viber": 1},
        {"bot": "@shop_bot"},
        {"bot": "wa:79260000000"},
        {"tg": 1},
        {"call": 1},
        {"whatsapp": 1},
        {"mes": "__CALL__ hello"},
        {"mes": "__VIBER__hello"},
        {"mes": "__SOC__\nhello"},
        {"list": "79260000000:__CALL__ hello"},
    ],
)
def test_a_type_without_a_channel_is_an_error_and_never_a_short_message(fields):
    assert _error(**fields) == 1


# -- binary ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mes", "udh", "data", "coding", "pid", "comment"),
    [
        ("00FF7f", "", "ff7f", None, None, ""),
        ("050A0307056048656C6C6F2C20576F726C6421", "050a03070560", "48656c6c6f2c20576f726c6421", None, None, ""),
        ("0605040B8423F0DC0601AE", "0605040b8423f0", "dc0601ae", None, None, ""),
        ("00FF\n~~~\npid: 64, dcs: 245", "", "ff", 245, 64, ""),
        ("00FF\n~~~\na note", "", "ff", None, None, "a note"),
    ],
)  # fmt: skip
def test_hex_begins_with_its_header_and_may_end_with_pid_and_dcs(mes, udh, data, coding, pid, comment):
    submission = _one(bin=2, mes=mes)
    content = submission.content
    assert (content.kind, content.text, content.coding, content.pid) == (Kind.BINARY, "", coding, pid)
    assert (content.udh.hex(), content.data.hex(), submission.comment) == (udh, data, comment)


def test_pid_and_dcs_go_to_the_carrier():
    encoded = encode(_one(bin=2, mes="00FF\n~~~\npid: 64, dcs: 245").content)
    assert (encoded.data_coding, encoded.protocol_id) == (245, 64)
    encoded = encode(_one(bin=2, mes="00FF").content)
    assert (encoded.data_coding, encoded.protocol_id) == (4, 0)


@pytest.mark.parametrize("charset", ["", "&charset=utf-8", "&charset=koi8-r"])
def test_raw_octets_are_taken_as_they_are_whatever_the_charset(charset):
    query = f"phones={PHONE}&bin=1&mes=%00%98%00%FF%0A%26%40".encode()
    (submission,) = read_order(read(query + charset.encode(), "", b""), _caller()).submissions
    assert submission.content == Content("", Kind.BINARY, b"\x98\x00\xff\n&@")
    query = f"phones={PHONE}&bin=1&mes=%00%FF%0A~~~%0Apid:%201,%20dcs:%202".encode()
    (submission,) = read_order(read(query + charset.encode(), "", b""), _caller()).submissions
    assert (submission.content.data, submission.content.pid, submission.content.coding) == (b"\xff", 1, 2)


@pytest.mark.parametrize(
    "mes",
    [
        "",
        "0",
        "00F",
        "xx",
        "FF00",
        "050A0307",
        "00" * 1001,
        "00FF\n~~~\npid: 256, dcs: 0",
        "00FF\n~~~\npid: 0, dcs: 999",
    ],
)
def test_what_is_no_hex_or_has_a_broken_header_is_error_1(mes):
    assert _error(bin=2, mes=mes) == 1


# -- list --------------------------------------------------------------------------------------------------------------


def _listed(**fields):
    return [(s.recipient, s.sender, s.content.text) for s in _sent(phones=None, mes=None, **fields)]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("79260000000:a\n79260000001;b", [("79260000000", "Shop", "a"), ("79260000001", "Shop", "b")]),
        ("79260000000:a\r\n79260000001:b\r\n", [("79260000000", "Shop", "a"), ("79260000001", "Shop", "b")]),
        ("79260000000,79260000001:a\n\n", [("79260000000", "Shop", "a"), ("79260000001", "Shop", "a")]),
        ("79260000000:a: b; c|d\\ne", [("79260000000", "Shop", "a: b; c|d\ne")]),
        ("Second|79260000000:a", [("79260000000", "Second", "a")]),
        ("Second,2|79260000000:a|b:c", [("79260000000", "Second", "a|b:c")]),
        ("79260000000:a\n79260000000:b\n79260000000:a", [("79260000000", "Shop", "a"), ("79260000000", "Shop", "b")]),
        ("wrong:a", [("", "Shop", "a")]),
    ],
)  # fmt: skip
def test_list_has_a_text_for_each_line(text, sent):
    assert _listed(list=text) == sent


@pytest.mark.parametrize(
    "text", ["79260000000", "79260000000 first", ":first", "79260000000:", "\n", "79260000000:" + "x" * 1001]
)
def test_a_line_without_number_or_text_is_error_1(text):
    assert _error(list=text, phones=None, mes=None) == 1


def test_nl_lets_a_text_go_on_over_lines():
    text = "79260000000:first\nmore, 12:30\n\n  end\n79260000001,79260000002;second\n"
    assert _listed(list=text, nl=1) == [
        ("79260000000", "Shop", "first\nmore, 12:30\n\n  end"),
        ("79260000001", "Shop", "second"),
        ("79260000002", "Shop", "second"),
    ]
    assert _error(list="begins with text\n79260000000:first", nl=1) == 1


def test_the_comment_of_a_line_is_its_own():
    first, second = _sent(phones=None, mes=None, list="79260000000:a\\n~~~\\nfirst\n79260000001:b")
    assert (first.content.text, first.comment, second.comment) == ("a", "first", "")


def test_the_zone_of_a_line_counts_only_with_an_absolute_time():
    line = "Shop,2|79260000000:a\n79260000001:b"
    first, second = _sent(list=line, time="02.06.24 10:00")
    assert second.due_at - first.due_at == 2 * HOUR
    first, second = _sent(list=line, time="+60")
    assert first.due_at == second.due_at == NOON + HOUR


def test_list_counts_if_phones_and_text_are_there_too():
    assert [s.content.text for s in _sent(list="79260000001:b")] == ["b"]


@pytest.mark.parametrize(
    "listed",
    [
        [{"phone": "79260000000", "mes": "a\\nb"}, {"phone": 79260000001, "mes": "c:d"}],
        {"79260000000": "a\\nb", "79260000001": "c:d"},
    ],
)
def test_lists_of_the_json_front_are_taken_to_the_letter(listed):
    request = read_rest(b"", json.dumps({"list": listed}).encode())
    sent = [(s.recipient, s.content.text) for s in read_order(request, _caller()).submissions]
    assert sent == [("79260000000", "a\\nb"), ("79260000001", "c:d")]


def test_too_many_lines_are_error_1():
    text = "\n".join(f"7926{number:07d}:x" for number in range(11))
    assert len(_sent(list=text, caller=_caller(most_lines=11))) == 11
    assert _error(list=text, caller=_caller(most_lines=10)) == 1
    assert _error(list="79260000000,79260000001,79260000002:x", caller=_caller(most_phones=2)) == 1


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "due_at"),
    [
        (None, None),
        ("0", None),
        ("0106241600", NOON + HOUR),
        ("01.06.24 16:00", NOON + HOUR),
        ("01.06.24 14:59", None),
        ("0101250000", 1_735_678_800_000),  # 1 January 2025 in Moscow
        ("29.02.24 10:00", None),
        ("01717250400", 1_717_250_400_000),  # 17:00 in Moscow
        ("00000000001", None),
        ("+90", NOON + 90 * 60_000),
        (" 90", NOON + 90 * 60_000),
        ("0-24", None),
        ("9-18", None),
        ("15-16", None),
        ("9-15", NOON + 18 * HOUR),
        ("16-18", NOON + HOUR),
        ("22-6", NOON + 7 * HOUR),
        ("14-9", None),
    ],
)
def test_times_in_every_form(time, due_at):
    assert _one(time=time).due_at == due_at


@pytest.mark.parametrize(
    "time",
    [
        "tomorrow", "1", "90", "31.06.24 10:00", "29.02.25 10:00", "01.13.24 10:00", "00.06.24 10:00", "01.06.24 24:00",
        "01.06.24 10:60", "1.6.24 10:00", "01.06.2024 10:00", "010624160", "3206241600", "01.06.27 10:00", "10-10",
        "9-25", "24-9", "-5", "+", "+9999999", "09999999999", "0106241600x", "٠١٠٦٢٤١٦٠٠",
    ],
)  # fmt: skip
def test_what_is_no_time_is_error_5(time):
    with pytest.raises(WrongRequest) as wrong:
        read_order(
            read(b"charset=utf-8", "", urlencode({"phones": PHONE, "mes": "a", "time": time}).encode()), _caller()
        )
    assert (wrong.value.number, wrong.value.text) == (5, "invalid date format")


@pytest.mark.parametrize(("tz", "hours"), [(None, 1), ("0", 1), ("2", -1), ("-3", 4), ("+1", 0)])
def test_tz_is_counted_from_moscow(tz, hours):
    due_at = _one(time="0106241600", tz=tz).due_at
    assert due_at == (NOON + hours * HOUR if hours > 0 else None)


@pytest.mark.parametrize("tz", ["x", "1.5", "12", "-16", "100"])
def test_what_is_no_zone_is_error_1(tz):
    assert _error(time="0106241600", tz=tz) == 1


def test_a_wall_clock_that_is_set_forward_or_back_is_followed():
    def new_york(at):  # 3 November 2024, 06:00 UTC: 4 hours behind become 5
        return -4 * 3600 if at < 1_730_613_600_000 else -5 * 3600

    caller = _caller(offset_s=new_york)
    assert _one(time="03.11.24 00:30", caller=caller).due_at == 1_730_608_200_000
    assert _one(time="03.11.24 12:00", caller=caller).due_at == 1_730_653_200_000


@pytest.mark.parametrize(
    ("valid", "seconds"),
    [(None, None), ("0", None), ("1", 3600), ("24", 86_400), ("00:01", 60), ("24:00", 86_400), ("02:30", 9000)],
)
def test_the_lifetime_is_hours_or_hours_and_minutes(valid, seconds):
    assert _one(valid=valid).validity_s == seconds


@pytest.mark.parametrize("valid", ["25", "00:00", "24:01", "1:30", "01:60", "1.5", "-1", "x"])
def test_what_is_no_lifetime_is_error_1(valid):
    assert _error(valid=valid) == 1


def test_a_period_spreads_the_recipients_in_batches():
    phones = ",".join(f"7926{number:07d}" for number in range(10))
    spread = [s.due_at for s in _sent(phones=phones, period=2, freq=30)]
    assert spread == [None, None, None, *[NOON + 30 * 60_000] * 3, *[NOON + 60 * 60_000] * 3, NOON + 90 * 60_000]
    later = [s.due_at for s in _sent(phones=phones, period=1, freq=60, time="+10")]
    assert later == [NOON + 600_000] * 10
    every_minute = [s.due_at for s in _sent(phones=phones, period="0.1")]
    assert every_minute == [
        None, None, *(NOON + minute * 60_000 for minute in (1, 1, 2, 2, 3, 3, 4, 4))
    ]  # fmt: skip
    assert {s.due_at for s in _sent(phones=phones, freq=30)} == {None}
    assert _one(period=5, freq=5).due_at is None


@pytest.mark.parametrize("wrong", [{"period": 721}, {"period": "0.01"}, {"period": 2, "freq": 1441}, {"period": "x"}])
def test_a_period_that_is_none_is_error_1(wrong):
    assert _error(**wrong) == 1


@given(st.integers(2, 300), st.floats(0.1, 720).map(lambda hours: round(hours, 2)), st.integers(1, 1440))
def test_whatever_the_period_everybody_is_due_within_it_and_in_order(count, period, freq):
    phones = ",".join(f"7926{number:07d}" for number in range(count))
    due = [s.due_at or NOON for s in _sent(phones=phones, period=max(period, 0.1), freq=freq)]
    assert due == sorted(due)
    assert due[-1] - NOON <= max(period, 0.1) * HOUR + 1
    assert all((at - NOON) % (freq * 60_000) == 0 for at in due)


# -- hostile -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"list": "1" * 900_000, "phones": "", "mes": ""},
        {"list": "1" * 900_000, "nl": "1", "phones": "", "mes": ""},
        {"list": "a\n" * 400_000, "nl": "1", "phones": "", "mes": ""},
        {"list": "79260000000:a\n" + "b|" * 400_000, "nl": "1", "phones": "", "mes": ""},
        {"mes": "\n~~~" * 200_000},
        {"mes": "__" * 400_000},
        {"time": "0" * 900_000},
        {"id": "a" * 900_000},
        {"bin": "2", "mes": "00" * 400_000},
        {"tz": "9" * 900_000},
        {"valid": "9" * 900_000},
        {"period": "9" * 900_000},
        {"cost": "9" * 900_000},
        {"maxsms": "9" * 900_000},
    ],
)
def test_B13_hostile_values_are_refused_at_once(fields):
    query = urlencode({"phones": PHONE, "mes": "test", **fields}).encode()
    request = read(b"", "", query)
    with cpu_below(1.0), pytest.raises(WrongRequest):
        read_order(request, _caller())


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "phones",
                "mes",
                "list",
                "nl",
                "id",
                "sender",
                "bin",
                "push",
                "time",
                "tz",
                "period",
                "freq",
                "valid",
                "maxsms",
                "translit",
                "cost",
            ]
        ),
        st.text(max_size=30),
    )
)
def test_B13_whatever_stands_in_the_parameters_it_is_an_order_or_an_error(fields):
    try:
        request = read(b"charset=utf-8", "", urlencode(fields, errors="replace").encode())
        order = read_order(request, _caller())
    except (WrongRequest, Unreadable):
        return
    assert order.submissions
