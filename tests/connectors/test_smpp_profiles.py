"""Habits of carriers: named, applied, and proposed from what the first receipts say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.smpp_world import SETTINGS, attempts, centre, connector, until
from heliograph.connectors.smpp_ids import spellings
from heliograph.connectors.smpp_learner import Learner
from heliograph.connectors.smpp_profiles import PROFILES, applied, complaints
from heliograph.model.outcome import Taken
from heliograph.model.receipt import Receipt

PAGE = (Path(__file__).parents[2] / "docs" / "connectors" / "smpp.md").read_text("utf-8")


@pytest.mark.parametrize("name", PROFILES)
def test_the_page_has_every_profile_as_it_is(name):
    (row,) = re.findall(rf"^\| `{re.escape(name)}` \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    meaning, settings = row
    assert meaning == PROFILES[name].meaning
    said = dict(one.strip("`").split(" = ") for one in settings.split(", "))
    assert {setting: value.strip('"') for setting, value in said.items()} == {
        setting: "true" if value is True else str(value) for setting, value in PROFILES[name].settings.items()
    }


def test_profiles_add_up_and_what_is_set_beside_them_wins():
    made = applied(replace(SETTINGS, profiles=("smpp-3.3", "latin-1"), incoming_alphabet="gsm-packed"))
    assert (made.interface_version, made.message_ids) == (0x33, "hex-decimal")
    assert (made.alphabet, made.incoming_alphabet) == ("latin-1", "gsm-packed")
    assert applied(SETTINGS) is SETTINGS


def test_profiles_there_are_not_or_that_contradict_are_told():
    (unknown,) = complaints(replace(SETTINGS, profiles=("nokia",)), "x")
    assert unknown.startswith("x.profiles has 'nokia'; known: smpp-3.3, hex-ids")
    assert list(complaints(replace(SETTINGS, profiles=("hex-ids", "padded-ids")), "x")) == [
        "x.profiles: 'hex-ids' and 'padded-ids' want different things of message_ids"
    ]
    assert list(complaints(replace(SETTINGS, profiles=("smpp-3.3", "hex-ids")), "x")) == []


@pytest.mark.parametrize(
    ("ids", "answered", "reported"),
    [
        ("hex-decimal", "0BEEF", "48879"),
        ("hex-decimal", "4d2", "0000001234"),
        ("hex-decimal", "0x4D2", " 1234 "),
        ("decimal-hex", "1234", "000004D2"),
        ("any-case", "0e999f21-00AB", "0E999F21-00ab"),
        ("any-zeros", "0000012345", "12345"),
        ("any-zeros", "0", "000"),
    ],
)
def test_r14_an_answer_and_its_receipt_are_brought_to_one_form(ids, answered, reported):
    of_answer, of_receipt = spellings(ids)
    assert of_answer(answered) == of_receipt(reported)


def test_what_does_not_fit_a_setting_stays_as_it_is():
    of_answer, of_receipt = spellings("hex-decimal")
    assert of_answer("0e999f21-00ab") == "0e999f21-00ab"
    assert of_receipt("x1") == "x1"
    assert of_answer("") == ""
    assert [spelling("") for spelling in spellings("any-zeros")] == ["", ""]
    assert of_answer("f" * 5_000) == "f" * 5_000


def heard(*pairs, learner=None):
    """A learner that heard these answers and receipts."""
    learner = learner or Learner()
    for answered, reported in pairs:
        learner.answered(answered)
        learner.reported(reported, in_text=True, in_parameter=True)
    return learner


@pytest.mark.parametrize(
    ("ids", "spell"),
    [
        ("hex-decimal", lambda number: (f"{number:X}", f"{number:010}")),
        ("decimal-hex", lambda number: (f"{number}", f"{number:x}")),
        ("any-case", lambda number: (f"ab{number}", f"AB{number}")),
        ("any-zeros", lambda number: (f"{number:012}", f"{number}")),
    ],
)
def test_r14_twenty_receipts_are_enough_to_propose(ids, spell):
    learner = heard(*[spell(number) for number in range(70_000, 70_020)])
    assert learner.is_done
    assert learner.proposal == ids
    assert f'message_ids = "{ids}" fits them' in " ".join(learner.habits)


def test_ids_that_fit_propose_nothing():
    learner = heard(*[(str(number), str(number)) for number in range(70_000, 70_020)])
    assert (learner.is_done, learner.proposal) == (True, None)
    assert learner.habits == ["of 20 receipts 20 name an id as its answer did"]


def test_a_receipt_before_its_answer_is_understood_afterwards():
    learner = Learner()
    for number in range(70_000, 70_020):
        learner.reported(f"{number}", in_text=True, in_parameter=False)
        learner.answered(f"{number:x}")
    assert learner.proposal == "hex-decimal"
    assert learner.habits[-1] == "receipts say it in their text alone"


def test_r19_receipts_of_others_are_told_and_propose_nothing():
    learner = heard(*[(str(number), f"other-{number}") for number in range(70_000, 70_020)])
    assert learner.proposal is None
    assert learner.habits[1] == "20 name no id we were told: another system may share this account"


def test_receipts_and_answers_without_ids_are_told():
    learner = heard(*[("", "")] * 20)
    assert learner.habits[1:] == [
        "20 name no message at all: receipts_by_number = true matches them by their number",
        "20 answers had no id: nothing can be known of their messages",
    ]


async def test_r14_a_carrier_in_two_spellings_is_seen_through_and_with_the_setting_ids_meet():
    async with centre("hex_ids") as (_, port):
        async with connector(port, window=50) as (ours, lift):
            ours.send(attempts(20))
            await until(lambda: len(lift.events) == 20)
            assert ours.proposal == "hex-decimal"
            assert ours.habits
        async with connector(port, window=50, message_ids=ours.proposal) as (ours, lift):
            ours.send(attempts(20))
            await until(lambda: len(lift.events) == 20)
            assert {outcome.upstream_id for _, outcome in lift.outcomes if isinstance(outcome, Taken)} == {
                event.upstream_id for event in lift.events if isinstance(event, Receipt)
            }
            assert (ours.habits, ours.proposal) == ([], None)
