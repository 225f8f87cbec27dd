"""Personalities as files: those that come with the gateway, and what a bad one is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from heliograph.model.message import State
from heliograph.protocols.smpp.pdu import SubmitSm
from heliograph.simulator.lines import DueReceipt, TakenPart
from heliograph.simulator.personality import PERSONALITIES, Answer
from heliograph.simulator.portrait import BadPortrait, portrait, read, shipped

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")


@pytest.mark.parametrize("name", shipped())
def test_the_page_says_of_each_file_what_it_says_of_itself(name):
    assert f"| `{name}` | {portrait(name).personality.meaning} |" in PAGE


def test_every_field_of_a_file_is_on_the_page():
    everything = """
        meaning = "x"
        answer = "later"
        answer_after_ms = 1
        error = 220
        once = true
        reply = "Yes"
        known_as = "7"
        per_second = 5
        throttled_percent = 30
        up_ms = 1
        down_ms = 2
        [[receipts]]
        state = "on its way"
        error = 6
        after_ms = 3
        spread_ms = 4
        [numbers]
        5 = { answer = "refused", error = 1 }
        [smpp]
        ids = "hex"
        receipt_ids = "zeros"
        receipts = "text"
        unicode_only = true
        own_tlvs = true
        refused_status = 1
        later_status = 2
        throttled_status = 3
        deaf_after_ms = 9
        backwards = true
    """
    made, wire = read("mine", everything)
    assert (made.usual.answer, made.usual.error, made.usual.reply, made.usual.known_as) == (
        Answer.LATER,
        220,
        "Yes",
        "7",
    )
    assert [(one.state, one.error, one.after_ms, one.spread_ms) for one in made.usual.receipts] == [(None, 6, 3, 4)]
    assert (made.per_second, made.throttled_percent, made.up_ms, made.down_ms) == (5, 30, 1, 2)
    assert made.by_last_digit["5"].answer is Answer.REFUSED
    assert (wire.told("26"), wire.deaf_after_ms, wire.backwards) == (b"1a", 9, True)
    assert wire.refuses(SubmitSm(data_coding=0)) == 0x104
    assert wire.refuses(SubmitSm(data_coding=8)) == 0
    part = TakenPart("26", "26", 0, 1, 1, "Shop", "380671234567", 0, (DueReceipt(0, State.DELIVERED, 0),))
    receipt = wire.receipt(part, 0)
    assert receipt.short_message.startswith(b"id:0000000000000026 ")
    assert [tag for tag, _ in receipt.tlvs] == [0x1501, 0x3FFF]
    for field in re.findall(r"^ *(\w+) =", everything, re.MULTILINE):
        assert field == "5" or re.search(rf"`(smpp\.)?{field}`", PAGE), field


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("answer = ", "is not TOML"),
        ('answer = "maybe"', "Invalid enum value 'maybe'"),
        ("speed = 3", "unknown field `speed`"),
        ("[numbers]\n12 = {}", "'12', which is no last digit"),
        ("up_ms = 5", "go together"),
        ("throttled_percent = 100", "<= 99"),
    ],
)
def test_a_file_that_is_none_says_why(text, complaint):
    with pytest.raises(BadPortrait, match=re.escape(complaint)):
        read("mine", text)


def test_a_file_is_taken_by_its_path_and_what_is_left_out_is_polite(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("")
    mine = portrait(str(path))
    assert (mine.personality.name, mine.personality.usual.receipts) == ("mine", PERSONALITIES["polite"].usual.receipts)
    with pytest.raises(BadPortrait, match="cannot be read"):
        portrait(str(tmp_path / "no.toml"))
