"""Receipts as carriers write them (SMPP 3.4 appendix B, and what is met in the field)."""

from __future__ import annotations

import pytest

from heliograph.protocols.smpp.receipt_text import ReceiptText, parse

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
def test_R15_states_of_all_lengths_are_understood(word, stat):
    receipt = parse(PRINTED.replace("DELIVRD", word))
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
    ],
)
def test_R15_a_persons_text_is_no_receipt(text):
    assert parse(text) is None
