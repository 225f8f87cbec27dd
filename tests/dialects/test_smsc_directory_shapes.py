"""Answers and parameters of `get.php`, `tinyurls.php`, `wait_call.php` and `users.php`, typed from smsc-directory.md 3,
6, 8 and 10."""

from __future__ import annotations

import pytest

from heliograph.dialects.smsc_answer import Format, Style
from heliograph.dialects.smsc_get import read_received, read_sent
from heliograph.dialects.smsc_request import WrongRequest, read
from heliograph.dialects.smsc_tinyurls import clicks_answer
from heliograph.dialects.smsc_users import read_settings
from heliograph.dialects.smsc_wait_call import wait_call_answer
from heliograph.model.links import Clicks
from heliograph.model.subclient import Said


@pytest.mark.parametrize(
    ("fmt", "body"),
    [
        (0, b"id = 7, cnt = 15, cnt_mon = 9, cnt_day = 2, cnt_yes = 1"),
        (1, b"7,15,9,2,1"),
        (
            2,
            b"<tinyurl>\n<id>7</id>\n<cnt>15</cnt>\n<cnt_mon>9</cnt_mon>\n<cnt_day>2</cnt_day>\n<cnt_yes>1</cnt_yes>\n"
            b"</tinyurl>",
        ),
        (3, b'{\n"id": 7,\n"cnt": 15,\n"cnt_mon": 9,\n"cnt_day": 2,\n"cnt_yes": 1\n}'),
    ],
)
def test_the_clicks_of_a_link_have_one_member_a_line_in_xml_and_json(fmt, body):
    clicks = Clicks(id=7, all=15, month=9, today=2, yesterday=1)
    assert clicks_answer(Style(Format(fmt)), clicks).body == body


@pytest.mark.parametrize(
    ("fmt", "body"),
    [
        (0, b"PHONE = 74951234567"),
        (1, b"74951234567"),
        (2, b"<result>\n<phone>74951234567</phone>\n</result>"),
        (3, b'{\n"phone": "74951234567",\n"all_phones": ["74951234567", "74957654321"]\n}'),
    ],
)
def test_the_number_to_call_is_told_with_all_there_are_in_json(fmt, body):
    assert wait_call_answer(Style(Format(fmt)), "74951234567", ["74951234567", "74957654321"]).body == body


NOW = 1_795_262_400_000  # 21.11.2026 12:00 UTC
DAY = 86_400_000


def _sent(query):
    return read_sent(read(query, "", b""), 1, NOW, lambda at: 0)


def test_a_history_is_of_six_months_with_their_last_day_and_not_of_a_day_more():
    search = _sent(b"start=21.05.2026&end=21.11.2026")
    assert search.until - search.since == 185 * DAY
    with pytest.raises(WrongRequest):
        _sent(b"start=20.05.2026&end=21.11.2026")


def test_addresses_of_mail_find_no_short_message_rather_than_all_of_them():
    search = _sent(b"start=21.11.2026&email=A@example.com,b@example.com")
    assert (search.recipients, search.channel) == (("a@example.com", "b@example.com"), "sms")
    assert _sent(b"start=21.11.2026&format=8&email=A@example.com").recipients == ("a@example.com",)
    assert _sent(b"start=21.11.2026&phone=89261234567,%2B380501234567").recipients == ("79261234567", "380501234567")


@pytest.mark.parametrize(
    ("query", "since", "after"),
    [
        (b"", NOW - DAY, 0),
        (b"hour=0", NOW - DAY, 0),
        (b"hour=168", NOW - 7 * DAY, 0),
        (b"after_id=0", 0, 0),
        (b"after_id=41", 0, 41),
        (b"after_id=41&hour=1", NOW - 3_600_000, 41),
    ],
)
def test_answers_are_of_the_hours_asked_for_or_all_after_an_id_also_after_0(query, since, after):
    search = read_received(read(query, "", b""), 1, NOW)
    assert (search.since, search.after) == (since, after)


@pytest.mark.parametrize(
    "wrong",
    ["email=boss", "email2=boss@", "phone=boss", "phone2=12", "mph=79991234567,boss", "ph=79991234567,G", "ph=boss"],
)
def test_B17_an_address_of_a_sub_client_that_can_be_none_is_error_1(wrong):
    with pytest.raises(WrongRequest):
        read_settings(read(wrong.encode(), "", b""))


def test_addresses_of_a_sub_client_are_kept_as_written_and_emptied_by_a_blank():
    query = (
        b"email=boss@example.com&phone=%2B7 (999) 123-45-67&mph=79991234567,79991234568&ph=79991234567,G5,17&email2=%20"
    )
    profile = read_settings(read(query, "", b""))(Said()).profile
    assert (profile.email, profile.second_email, profile.phone) == ("boss@example.com", "", "+7 (999) 123-45-67")
    assert (profile.mail_numbers, profile.command_phones) == ("79991234567,79991234568", "79991234567,G5,17")
