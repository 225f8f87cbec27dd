"""Receipts as carriers write them (SMPP 3.4 appendix B, and what is met in the field)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp.receipt_text import MESSAGE_STATES, STATES, ReceiptText, parse, write

PRINTED = (
    "id:0123456789 sub:001 dlvrd:001 submit date:0809011130 done date:0809011131 stat:DELIVRD err:000 Text:Hello there"
)


def test_the_printed_form_is_read_whole():
    assert parse(PRINTED) == ReceiptText(
        id="0123456789",
        stat="DELIVRD",
        word="DELIVRD",
        err="000",
        submit_date="0809011130",
        done_date="0809011131",
        text="Hello there",
    )


@pytest.mark.parametrize(
    ("word", "stat"),
    [
        ("ENROUTE", "ENROUTE"), ("DELIVRD", "DELIVRD"), ("EXPIRED", "EXPIRED"), ("DELETED", "DELETED"),
        ("UNDELIV", "UNDELIV"), ("ACCEPTD", "ACCEPTD"), ("UNKNOWN", "UNKNOWN"), ("REJECTD", "REJECTD"),
        ("FAILED", "UNDELIV"), ("DELIVERED", "DELIVRD"), ("REJECTED", "REJECTD"), ("UNDELIVERED", "UNDELIV"),
        ("EXPIRD", "EXPIRED"), ("ACKED", "ACCEPTD"), ("delivrd", "DELIVRD"), ("SOMETHING", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", [PRINTED, "stat:DELIVRD id:42"])
def test_R15_states_of_all_lengths_are_understood(word, stat, text):
    """In the printed form and in any other, which are read apart."""
    receipt = parse(text.replace("DELIVRD", word))
    assert (receipt.stat, receipt.word) == (stat, word)


@pytest.mark.parametrize(
    ("text", "upstream_id", "stat", "err"),
    [
        ("id:42 stat:DELIVRD", "42", "DELIVRD", ""),
        ("stat:UNDELIV err:069 id:a1b2-c3", "a1b2-c3", "UNDELIV", "069"),
        ("id:42 sub:1 dlvrd:1 submit date:2026-11-21 10:00:00 done date:2026-11-21 10:00:05 stat:EXPIRED err:6", "42",
         "EXPIRED", "6"),
        ("ID:42 SUB:001 DLVRD:001 SUBMIT DATE:260921 DONE DATE:260921 STAT:DELIVRD ERR:000 TEXT:", "42",
         "DELIVRD", "000"),
        ("id: 42 stat: DELIVRD err: 000", "42", "DELIVRD", "000"),
        ("id:42,sub:001,stat:DELIVRD,err:000", "42", "DELIVRD", "000"),
        ("id:42 submit_date:2609 done_date:2609 stat:REJECTD err:8 text:Привіт, як справи", "42", "REJECTD", "8"),
        ("id:42 stat:DELIVRD err:000 text:id:99 stat:UNDELIV", "42", "DELIVRD", "000"),
        ("id:42 sub:001 dlvrd:001 submit date:0809011130 done date:0809011131 stat:DELIV", "42", "", ""),
        ("id:42 stat:DELIVRD err:000\0", "42", "DELIVRD", "000"),
        ("done date:0809011131 stat:DELIVRD", "", "DELIVRD", ""),
        ("id:0E999F21-77ab sub:001 dlvrd:001 submit date:0809011130 done date:0809011131 stat:DELIVRD err:00a text:",
         "0E999F21-77ab", "DELIVRD", "00a"),
        ("id:0x1F stat:DELIVRD err:000", "0x1F", "DELIVRD", "000"),
        ("id:'42' stat:'DELIVRD' err:'000'", "42", "DELIVRD", "000"),
        ("id:42|status:DELIVERED|error:0", "42", "DELIVRD", "0"),
        ("id:42 sub:1 state:2 err:0", "42", "DELIVRD", "0"),
        ("id:42 stat:5 err:11", "42", "UNDELIV", "11"),
        ("id:42 stat:99 err:11", "42", "", "11"),
        ("\n id:42\r\nsub:001\r\nstat:DELIVRD\r\nerr:000\r\n", "42", "DELIVRD", "000"),
        ("id:855469 stat:DELIVRD err:000 imsi:250023012345678 msc:79232510066 mcc:250 mnc:02 "
         "cn:Russian+Federation net:MegaFON+open+Joint+Stock+Company rcn: rnet:", "855469", "DELIVRD", "000"),
    ],
)  # fmt: skip
def test_R15_missing_moved_and_strange_fields_are_read(text, upstream_id, stat, err):
    receipt = parse(text)
    assert (receipt.id, receipt.stat, receipt.err) == (upstream_id, stat, err)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "My id: 42, please",
        "the stat is good",
        "id:42",
        "stat:DELIVRD",
        "text:id",
        "идентификатор:1 статус:2",
        "you paid:5, your thermostat:warm",
    ],
)
def test_R15_a_persons_text_is_no_receipt(text):
    assert parse(text) is None


def test_the_text_of_a_receipt_may_hold_anything():
    receipt = parse(PRINTED.replace("Hello there", "id:1 stat:UNDELIV\nпривіт \0"))
    assert (receipt.id, receipt.stat, receipt.text) == ("0123456789", "DELIVRD", "id:1 stat:UNDELIV\nпривіт \0")


@pytest.mark.parametrize(
    ("tail", "text"), [("", ""), (" text:", ""), (" Text:Hi", "Hi"), (" TEXT:Hi", "Hi"), (" text: Hi ", "Hi ")]
)
def test_R15_what_follows_the_error_is_read_in_every_spelling(tail, text):
    printed = "id:42 sub:001 dlvrd:001 submit date:2609211000 done date:2609211001 stat:DELIVRD err:000"
    receipt = parse(printed + tail)
    assert (receipt.id, receipt.err, receipt.text.lstrip()) == ("42", "000", text)


def test_a_receipt_is_written_as_it_is_printed():
    assert write("855469", "UNDELIV", submit_date="2611211000", done_date="2611211001", err="069", text="x" * 30) == (
        "id:855469 sub:001 dlvrd:001 submit date:2611211000 done date:2611211001 stat:UNDELIV err:069 "
        "text:xxxxxxxxxxxxxxxxxxxx"
    )


def test_a_receipt_of_several_parts_counts_them():
    written = write("1", "DELIVRD", submit_date="2611211000", done_date="2611211001", sub=3, dlvrd=2)
    assert written.startswith("id:1 sub:003 dlvrd:002 ")


def test_message_states_are_those_of_the_specification():
    assert [MESSAGE_STATES[number] for number in range(1, 9)] == [
        "ENROUTE", "DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "ACCEPTD", "UNKNOWN", "REJECTD",
    ]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.permutations(["id:42", "sub:001", "dlvrd:001", "submit date:2611211000", "done date:2611211001",
                     "stat:UNDELIV", "err:069"]),
    st.sets(st.integers(0, 6)),
    st.sampled_from([str, str.upper, str.title]),
    st.sampled_from([" ", ", ", "; ", "  ", "\n"]),
)  # fmt: skip
def test_R15_order_case_separators_and_missing_fields_change_nothing_else(fields, left_out, case, separator):
    kept = [field for at, field in enumerate(fields) if at not in left_out]
    receipt = parse(separator.join(case(field) for field in kept))
    names = {field.partition(":")[0] for field in kept}
    if "stat" not in names or not names & {"id", "submit date", "done date"}:
        assert receipt is None
        return
    assert receipt.id == ("42" if "id" in names else "")
    assert receipt.stat == "UNDELIV"
    assert receipt.err == ("069" if "err" in names else "")
    assert receipt.done_date == ("2611211001" if "done date" in names else "")


@settings(max_examples=500, deadline=None)
@given(st.text("ids tadonelvrubxt:= _0129DELIV\0\né", max_size=80))
def test_B1_any_text_is_a_receipt_or_not(text):
    receipt = parse(text)
    assert receipt is None or receipt.stat in {"", *STATES.values()}
