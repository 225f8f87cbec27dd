"""What went wrong with other gateways in the field, and has no better place among the tests (docs/field.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from core.house import home
from heliograph.channels.sms.content import encode, weigh
from heliograph.channels.sms.received import receive, text_of
from heliograph.core.errors import NetworkError
from heliograph.model.message import Content, State
from heliograph.model.outcome import Failed
from heliograph.model.receipt import NoticeState

ROOT = Path(__file__).parents[2]
DAY = 86_400


async def told(at_home, message):
    """What its customer was owed of a message, as states."""
    story = await at_home.story(message)
    return [(notice.target, notice.state, notice.progress) for notice in story.notices]


async def test_R10_who_asked_for_a_receipt_is_told_though_the_first_tries_were_throttled(tmp_path):
    async with home(tmp_path) as at_home:
        message = await at_home.accept(receipt_target="smpp:shop")
        for _ in range(2):
            at_home.carrier.settle(Failed(permanent=False, throttled=True, error=NetworkError.NONE))
            await at_home.settled()
            at_home.clock.shift(120)
            await at_home.house.dispatch.poll()
            await at_home.settled()
        assert [attempt.message.targets for attempt in at_home.carrier.open] == [("smpp:shop",)]
        (upstream_id,) = at_home.carrier.take()
        at_home.carrier.report(upstream_id)
        assert await told(at_home, message) == [("smpp:shop", State.DELIVERED, NoticeState.WAITING)]


async def test_what_waited_for_more_than_a_day_is_as_old_as_it_is_and_its_customer_hears_of_it(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        await at_home.accept("blocks")
        old = await at_home.accept("an hour", receipt_target="smpp:shop", validity_s=3_600)
        young = await at_home.accept("two days", receipt_target="smpp:shop", validity_s=2 * DAY)
        at_home.clock.shift(DAY + 5)
        await at_home.house.upkeep.expire_overdue()
        assert (await at_home.stored(old)).state is State.EXPIRED
        assert (await at_home.stored(young)).state is State.QUEUED
        assert await told(at_home, old) == [("smpp:shop", State.EXPIRED, NoticeState.WAITING)]
        assert await told(at_home, young) == []


def test_a_character_whose_octets_another_gateway_parted_is_whole_again():
    octets = "Привіт, світе!".encode("utf-16-be")
    parts = [octets[:7], octets[7:15], octets[15:]]
    headed = [bytes((5, 0, 3, 9, 3, number)) + part for number, part in enumerate(parts, 1)]
    assert text_of([receive(part, 8, has_header=True) for part in headed]) == "Привіт, світе!"


def test_no_part_of_ours_parts_the_octets_of_a_character():
    for length in range(60, 150):
        content = Content("ї" * length)
        assert weigh(content).parts == len(encode(content, reference=1).parts)
        assert all(len(part.octets) % 2 == 0 for part in encode(content, reference=1).parts)


def test_a_text_is_counted_and_sent_as_it_was_written_without_composing_or_squeezing_it():
    for text in ("①② ﬁn e\u0301", "two  spaces   kept ", "“quoted”"):
        parts = encode(Content(text), reference=1).parts
        assert "".join(part.text for part in parts) == text


def test_nothing_that_comes_from_outside_is_unpickled():
    for module in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {"pickle", "marshal", "shelve", "dill"} & {name.partition(".")[0] for name in names}, module


def test_every_test_the_page_names_exists():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "field.md").read_text("utf-8")))
    there = {
        name
        for module in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", module.read_text())
    }
    assert len(named) > 60
    assert named - there == set()
