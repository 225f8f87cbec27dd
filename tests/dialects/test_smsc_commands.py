"""Commands by SMS as words (smsc-protocols.md 5)."""

from __future__ import annotations

import pytest

from heliograph.dialects.smsc_commands import (
    Verb,
    balance_answer,
    error_answer,
    mailing,
    read,
    refused_answer,
    targets,
)
from heliograph.model.refusal import Reason

WORDS = {Verb.BALANCE: ("BALANCE", "БАЛАНС"), Verb.SEND: ("SEND",), Verb.STATUS: ("STATUS",), Verb.STOP: ("STOP",)}


@pytest.mark.parametrize(
    ("text", "verb", "pin", "rest"),
    [
        ("BALANCE", Verb.BALANCE, "", ""),
        ("  balance\r\n", Verb.BALANCE, "", ""),
        ("баланс 4711", Verb.BALANCE, "4711", ""),
        ("Send hello there", Verb.SEND, "", "hello there"),
        ("SEND 4711 hello", Verb.SEND, "4711", "hello"),
        ("SEND 4711 G17 hello", Verb.SEND, "4711", "G17 hello"),
        ("SEND 471 hello", Verb.SEND, "", "471 hello"),
        ("SEND", Verb.SEND, "", ""),
        ("status 123456789012", Verb.STATUS, "123456789012", ""),
    ],
)
def test_a_command_is_its_word_its_pin_and_the_rest(text, verb, pin, rest):
    given, command = read(text, WORDS).without_pin()
    assert (command.verb, given, command.rest) == (verb, pin, rest)


@pytest.mark.parametrize(
    "text", ["", " ", "BALANCES", "balance please", "OK, ID - 5", "100.00 RUR", "stop it", "ERROR = 1", "4711 BALANCE"]
)
def test_anything_else_is_no_command_nor_is_an_answer_of_ours(text):
    assert read(text, WORDS) is None


@pytest.mark.parametrize(
    ("rest", "phones", "text"),
    [
        ("hello", "+380671234567,G5", "hello"),
        ("G17 hello all", "G17", "hello all"),
        ("g17", "g17", ""),
        ("G17a hello", "+380671234567,G5", "G17a hello"),
    ],
)
def test_a_mailing_goes_to_the_group_named_or_to_the_usual_ones(rest, phones, text):
    assert mailing(read(f"SEND {rest}", WORDS), ["+380671234567", "G5"]) == (phones, text)


def test_ph_is_numbers_and_groups_with_their_g_or_short():
    assert targets("+380671234567, 17;G5") == ("+380671234567", "G17", "G5")


def test_answers_are_short_and_errors_have_the_numbers_of_send():
    assert balance_answer(83_609_999, "RUB") == "83.60 RUR"
    assert refused_answer(Reason.NO_MONEY) == "ERROR = 3 (no money)"
    assert error_answer(1, "unknown group") == "ERROR = 1 (unknown group)"
