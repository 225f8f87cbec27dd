"""The carrier as a state machine: who shares a fate, how fast it takes parts, when its link turns."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

import heliograph.simulator
from heliograph.model.message import State
from heliograph.simulator.carrier import Carrier
from heliograph.simulator.personality import PERSONALITIES, Answer


def carrier(name, seed=1):
    return Carrier(PERSONALITIES[name], random.Random(seed))


def ordinary(count):
    return [(f"38067{number:05d}26", 1) for number in range(count)]


def taken(shares):
    return sum(len(share.positions) for share in shares if share.fate.answer is Answer.TAKEN)


def test_parts_that_meet_the_same_fate_are_one_share_and_none_is_forgotten():
    numbers = ["380671234567", "380671230003", "380671234568", "380671230001"]
    shares = carrier("polite").submit([(number, 1) for number in numbers], now=0)
    assert [(share.fate.answer, share.positions) for share in shares] == [
        (Answer.TAKEN, [0, 2]),
        (Answer.REFUSED, [1]),
        (Answer.TAKEN, [3]),
    ]
    assert shares[2].receipts_after_ms == (300,)
    assert shares[2].fate.receipts[0].state is State.UNDELIVERABLE


def test_the_polite_carriers_receipts_leave_within_50_to_300_ms_and_differ():
    polite = carrier("polite")
    times = [polite.submit([("380671234567", 1)], now)[0].receipts_after_ms for now in range(500)]
    waits = [wait for (wait,) in times]
    assert 50 <= min(waits) < 80
    assert 270 < max(waits) <= 300


def test_the_same_seed_makes_the_same_choices_and_another_seed_others():
    def waits(seed):
        polite = carrier("polite", seed)
        return [polite.submit([("380671234567", 1)], now)[0].receipts_after_ms for now in range(20)]

    assert waits(7) == waits(7)
    assert waits(7) != waits(8)


def test_R13_the_hasty_carriers_receipts_leave_from_before_the_answer_to_long_after_it():
    hasty = carrier("hasty")
    shares = [hasty.submit([("380671234567", 1)], now)[0] for now in range(500)]
    before = [share.receipts_after_ms[0] - share.fate.answer_after_ms for share in shares]
    assert -50 <= min(before) < -20
    assert 470 < max(before) <= 500


def test_the_throttling_carrier_takes_twenty_a_second_and_saves_up_no_more_than_a_second():
    throttling = carrier("throttles")
    first = throttling.submit(ordinary(30), now=60_000)
    assert taken(first) == 20
    assert [(share.fate.answer, share.positions) for share in first][1] == (Answer.THROTTLED, list(range(20, 30)))
    assert taken(throttling.submit(ordinary(30), now=60_000)) == 0
    assert taken(throttling.submit(ordinary(30), now=60_500)) == 10
    assert taken(throttling.submit(ordinary(30), now=90_000)) == 20


def test_a_throttled_part_may_come_again_after_half_a_second():
    throttling = carrier("throttles")
    shares = throttling.submit(ordinary(21), now=0)
    assert taken(shares) == 20
    assert shares[1].fate.retry_after_ms == 500


@pytest.mark.parametrize("name", [name for name in PERSONALITIES if name != "throttles"])
def test_no_other_carrier_throttles_ordinary_numbers(name):
    shares = carrier(name).submit(ordinary(5_000), now=0)
    assert {share.fate.answer for share in shares} == {Answer.TAKEN}


def test_the_flapping_carrier_is_there_for_ten_seconds_and_away_for_three():
    flapping = carrier("flaps")
    turns = []
    for _ in range(4):
        turns.append((flapping.is_up, flapping.stays_ms))
        flapping.turn()
    assert turns == [(True, 10_000), (False, 3_000)] * 2


def test_every_other_carrier_stays_as_it_is():
    assert {name for name in PERSONALITIES if carrier(name).stays_ms} == {"flaps"}
    assert all(carrier(name).is_up for name in PERSONALITIES)


@pytest.mark.parametrize("module", ["personality", "carrier", "agenda", "lines"])
def test_what_decides_has_no_clock_no_chance_no_file_and_no_loop_of_its_own(module):
    path = Path(heliograph.simulator.__file__).with_name(f"{module}.py")
    for_types = "if TYPE_CHECKING:\n    from random import Random\n"
    tree = ast.parse(path.read_text("utf-8").replace(for_types, ""))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names
    assert not names & {"asyncio", "datetime", "logging", "os", "pathlib", "random", "secrets", "socket", "time"}
