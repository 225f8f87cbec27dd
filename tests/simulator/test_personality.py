"""Every personality and every magic number does what docs/simulator.md says; the expected values are typed from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from heliograph.core.errors import NetworkError
from heliograph.model.message import State
from heliograph.simulator.personality import (
    MAGIC,
    PERSONALITIES,
    TEST_MODE_MAGIC,
    Answer,
    fate,
)

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
ORDINARY = "380671234567"
OBEY = [name for name in PERSONALITIES if name not in ("virtual", "virtual_magic")]


def told(chosen):
    """Answer, its delay, its error, and the receipts as (ms, state, error)."""
    receipts = [(receipt.after_ms, receipt.state, receipt.error) for receipt in chosen.receipts]
    return chosen.answer, chosen.answer_after_ms, chosen.error, receipts


DELIVERED_SOON = (Answer.TAKEN, 0, 0, [(50, State.DELIVERED, 0)])

FATES = {
    "0000": DELIVERED_SOON,
    "0001": (Answer.TAKEN, 0, 0, [(300, State.UNDELIVERABLE, 6)]),
    "0002": (Answer.TAKEN, 0, 0, [(300, State.EXPIRED, 6)]),
    "0003": (Answer.REFUSED, 0, 255, []),
    "0004": (Answer.THROTTLED, 0, 0, []),
    "0005": (Answer.SILENT, 0, 0, []),
    "0006": (Answer.TAKEN, 3_000, 0, [(3_300, State.DELIVERED, 0)]),
    "0007": (Answer.TAKEN, 500, 0, [(0, State.DELIVERED, 0)]),
    "0008": (Answer.TAKEN, 0, 0, [(100, State.DELIVERED, 0), (200, State.DELIVERED, 0)]),
    "0009": (Answer.TAKEN, 0, 0, []),
    "0010": (Answer.TAKEN, 0, 0, [(300, State.UNDELIVERABLE, 1)]),
    "0011": (Answer.LATER, 0, 220, []),
    "0012": (Answer.TAKEN, 0, 0, [(100, State.DELIVERED, 0), (300, State.UNDELIVERABLE, 6)]),
    "0013": (Answer.TAKEN, 0, 0, [(10_000, State.DELIVERED, 0)]),
    "0014": (Answer.TAKEN, 0, 0, [(100, State.DELIVERED, 0)]),
    "0015": (Answer.TAKEN, 0, 0, [(100, None, 0), (400, State.DELIVERED, 0)]),
    "0016": (Answer.TAKEN, 0, 0, [(100, State.DELIVERED, 0)]),
    "0017": (Answer.TAKEN, 0, 0, [(100, State.DELIVERED, 0)]),
    "0018": (Answer.LATER, 0, 220, []),
    "0019": DELIVERED_SOON,
}


def test_the_table_of_fates_is_the_table_of_magic_numbers():
    assert FATES.keys() == MAGIC.keys()


@pytest.mark.parametrize("digits", FATES)
@pytest.mark.parametrize("name", OBEY)
def test_a_magic_number_meets_its_fate_whatever_the_personality(name, digits):
    assert told(fate(PERSONALITIES[name], f"38067123{digits}", 1)) == FATES[digits]


@pytest.mark.parametrize("digits", ["0004", "0005", "0011"])
@pytest.mark.parametrize("name", OBEY)
def test_what_goes_wrong_once_goes_well_at_the_second_try(name, digits):
    assert told(fate(PERSONALITIES[name], f"38067123{digits}", 2)) == DELIVERED_SOON


@pytest.mark.parametrize("digits", ["0003", "0018"])
def test_what_is_refused_at_every_try_is_refused_at_the_ninth(digits):
    assert told(fate(PERSONALITIES["polite"], f"38067123{digits}", 9)) == FATES[digits]


def test_a_handset_answers_and_ids_are_missing_or_shared_only_where_the_page_says_so():
    replies = {digits: chosen.reply for digits, (chosen, _) in MAGIC.items() if chosen.reply}
    assert replies == {"0014": "Yes"}
    known_as = {digits: chosen.known_as for digits, (chosen, _) in MAGIC.items() if chosen.known_as is not None}
    assert known_as == {"0016": "", "0017": "4711"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("polite", DELIVERED_SOON),
        ("instant", (Answer.TAKEN, 0, 0, [(0, State.DELIVERED, 0)])),
        ("slow", (Answer.TAKEN, 0, 0, [(5_000, State.DELIVERED, 0)])),
        ("late", (Answer.TAKEN, 2_000, 0, [(2_500, State.DELIVERED, 0)])),
        ("refuses", DELIVERED_SOON),
        ("expires", (Answer.TAKEN, 0, 0, [(1_000, State.EXPIRED, 6)])),
        ("throttles", DELIVERED_SOON),
        ("flaps", DELIVERED_SOON),
        (
            "liar",
            (
                Answer.TAKEN,
                0,
                0,
                [(50, State.DELIVERED, 0), (60, State.DELIVERED, 0), (200, State.UNDELIVERABLE, 6)],
            ),
        ),
        ("hasty", (Answer.TAKEN, 50, 0, [(0, State.DELIVERED, 0)])),
        ("silent", (Answer.TAKEN, 0, 0, [])),
        ("no_ids", (Answer.TAKEN, 0, 0, [(100, State.DELIVERED, 0)])),
        ("virtual", (Answer.TAKEN, 0, 0, [(0, State.DELIVERED, 200)])),
        ("virtual_magic", (Answer.TAKEN, 0, 0, [(0, State.DELIVERED, 200)])),
    ],
)
def test_an_ordinary_number_meets_the_usual_fate_of_the_personality(name, expected):
    assert told(fate(PERSONALITIES[name], ORDINARY, 1)) == expected


def test_there_is_a_test_for_the_usual_fate_of_every_personality():
    cases = test_an_ordinary_number_meets_the_usual_fate_of_the_personality.pytestmark[0].args[1]
    assert {name for name, _ in cases} == PERSONALITIES.keys()


@pytest.mark.parametrize(
    ("last", "try_no", "expected"),
    [
        ("0", 1, (Answer.REFUSED, 255)),
        ("0", 2, (Answer.REFUSED, 255)),
        ("5", 1, (Answer.REFUSED, 1)),
        ("1", 1, (Answer.LATER, 220)),
        ("1", 2, (Answer.TAKEN, 0)),
        ("2", 1, (Answer.TAKEN, 0)),
    ],
)
def test_the_carrier_that_refuses_does_so_by_the_last_digit(last, try_no, expected):
    chosen = fate(PERSONALITIES["refuses"], f"38067123456{last}", try_no)
    assert (chosen.answer, chosen.error) == expected


def test_the_late_carrier_never_answers_the_first_try_to_a_number_in_nine():
    late = PERSONALITIES["late"]
    assert fate(late, "380671234569", 1).answer is Answer.SILENT
    assert told(fate(late, "380671234569", 2)) == (Answer.TAKEN, 2_000, 0, [(2_500, State.DELIVERED, 0)])


@pytest.mark.covers_part(65)
@pytest.mark.parametrize("digits", [*MAGIC, *TEST_MODE_MAGIC])
def test_test_mode_delivers_to_any_number_unless_magic_is_switched_on(digits):
    expected = (Answer.TAKEN, 0, 0, [(0, State.DELIVERED, 200)])
    assert told(fate(PERSONALITIES["virtual"], f"38067123{digits}", 1)) == expected


@pytest.mark.covers_part(65)
@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("9900", (Answer.TAKEN, 0, 0, [])),
        ("9901", (Answer.TAKEN, 0, 0, [(0, State.DELIVERED, 200)])),
        ("9903", (Answer.TAKEN, 0, 0, [(300, State.EXPIRED, 6)])),
        ("9920", (Answer.TAKEN, 0, 0, [(300, State.UNDELIVERABLE, 6)])),
        ("9922", (Answer.REFUSED, 0, 249, [])),
        ("9923", (Answer.REFUSED, 0, 252, [])),
        ("9924", (Answer.REFUSED, 0, 243, [])),
        ("9925", (Answer.REFUSED, 0, 11, [])),
    ],
)
def test_test_mode_takes_the_status_out_of_a_number_in_99(digits, expected):
    assert told(fate(PERSONALITIES["virtual_magic"], f"38067123{digits}", 1)) == expected
    assert digits in TEST_MODE_MAGIC


@pytest.mark.parametrize("digits", MAGIC)
@pytest.mark.parametrize("try_no", [1, 2])
def test_whatever_is_delivered_in_test_mode_says_that_it_was_virtual(digits, try_no):
    receipts = fate(PERSONALITIES["virtual_magic"], f"38067123{digits}", try_no).receipts
    assert all(receipt.error == 200 for receipt in receipts if receipt.state is State.DELIVERED)


def test_numbers_in_99_are_ordinary_outside_test_mode():
    assert told(fate(PERSONALITIES["polite"], "380671239903", 1)) == DELIVERED_SOON


def test_every_error_a_carrier_reports_is_one_the_gateway_knows():
    known = {int(error) for error in NetworkError}
    fates = [chosen for chosen, _ in (*MAGIC.values(), *TEST_MODE_MAGIC.values())]
    fates += [personality.usual for personality in PERSONALITIES.values()]
    fates += [chosen for personality in PERSONALITIES.values() for chosen in personality.by_last_digit.values()]
    errors = {chosen.error for chosen in fates} | {receipt.error for chosen in fates for receipt in chosen.receipts}
    assert errors <= known


def test_the_page_lists_every_personality_in_its_own_words():
    section = PAGE.partition("## Personalities\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.+?) \|$", section, re.MULTILINE))
    assert rows == {name: personality.meaning for name, personality in PERSONALITIES.items()}


def test_the_page_lists_every_magic_number_in_its_own_words():
    rows = dict(re.findall(r"^\| (\d{4}) \| (.+?) \|", PAGE, re.MULTILINE))
    assert rows == {digits: words for digits, (_, words) in (MAGIC | TEST_MODE_MAGIC).items()}
