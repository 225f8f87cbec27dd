"""What carriers say of messages: matched, early, late, repeated, contradicting, foreign (reliability.md R11–R19)."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from core.house import DOUBT, LATER, NUMBER, home
from heliograph.backoffice.retention import Retention, RetentionSettings
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.core.errors import NetworkError
from heliograph.model.message import State
from heliograph.model.outcome import Failed, Taken
from heliograph.model.receipt import ReceiptFate

TWO_PARTS = "Привіт! " * 12


@pytest.fixture
async def at_home(tmp_path):
    async with home(tmp_path) as at_home:
        yield at_home


async def test_a_receipt_ends_the_message_and_is_acknowledged_after_its_rows_are_written(at_home):
    message = await at_home.accept()
    (upstream_id,) = at_home.carrier.take()
    at_home.carrier.report(upstream_id)
    assert at_home.carrier.kept == []
    assert (await at_home.stored(message)).state is State.DELIVERED
    assert at_home.carrier.kept == [True]


@pytest.mark.parametrize("delay_ms", [-50, 0, 1, 20, 100])
async def test_R13_a_receipt_before_or_after_the_answer_is_matched(at_home, delay_ms):
    message = await at_home.accept()
    if delay_ms <= 0:
        at_home.carrier.report("u1")
        await asyncio.sleep(-delay_ms / 1000)
        at_home.carrier.take("u1")
    else:
        at_home.carrier.take("u1")
        await asyncio.sleep(delay_ms / 1000)
        at_home.carrier.report("u1")
    assert (await at_home.stored(message)).state is State.DELIVERED


async def test_R13_a_receipt_parked_before_a_restart_is_matched_after_it(tmp_path):
    async with home(tmp_path) as first:
        message = await first.accept()
        first.carrier.report("u1")
        await first.settled()
        assert first.carrier.kept == [True]
        first.carrier.take("u1")
        await first.settled()
    async with home(tmp_path, fresh=False) as second:
        await second.house.inbound.sweep()
        assert (await second.stored(message)).state is State.DELIVERED


async def test_R11_an_answer_without_an_id_is_taken_and_waits_in_vain(at_home):
    message = await at_home.accept()
    at_home.carrier.settle(Taken(""))
    story = await at_home.story(message)
    assert story.attempts[0].upstream_id == ""
    assert story.message.state is State.SENDING
    at_home.clock.shift(86_400 * 2 + 1)
    await at_home.house.upkeep.give_up_silent()
    assert (await at_home.stored(message)).state is State.UNKNOWN


async def test_R11_the_same_id_for_two_numbers_is_told_apart_by_the_number(at_home):
    one = await at_home.accept(number="380671234501")
    two = await at_home.accept(number="380671234502")
    at_home.carrier.take("same", "same")
    at_home.carrier.report("same", State.UNDELIVERABLE, error=1, recipient="380671234501")
    at_home.carrier.report("same", State.DELIVERED, recipient="380671234502")
    assert (await at_home.stored(one)).state is State.UNDELIVERABLE
    assert (await at_home.stored(two)).state is State.DELIVERED


@pytest.mark.parametrize("early", [0, 1, 2])
@pytest.mark.parametrize("at_once", [True, False])
async def test_R11_one_id_for_all_parts_and_a_receipt_for_each_end_the_message(at_home, early, at_once):
    message = await at_home.accept(TWO_PARTS)
    said = [State.DELIVERED, State.UNDELIVERABLE]
    for state in said[:early]:
        at_home.carrier.report("same", state, error=1)
    await at_home.settled()
    if at_once:
        at_home.carrier.take("same", "same")
    else:
        at_home.carrier.take("same")
        at_home.carrier.take("same")
    await at_home.settled()
    at_home.carrier.report_all(*[("same", state, 1) for state in said[early:]])
    assert (await at_home.stored(message)).state is State.UNDELIVERABLE


async def test_R11_one_id_for_all_parts_is_told_apart_after_a_restart(tmp_path):
    async with home(tmp_path) as first:
        message = await first.accept(TWO_PARTS)
        first.carrier.take("same", "same")
        await first.settled()
    async with home(tmp_path, fresh=False) as second:
        second.carrier.report_all(("same", State.DELIVERED, 0), ("same", State.UNDELIVERABLE, 1))
        assert (await second.stored(message)).state is State.UNDELIVERABLE


async def test_R11_one_receipt_for_all_parts_under_one_id_speaks_for_them_when_no_other_comes(at_home):
    message = await at_home.accept(TWO_PARTS)
    at_home.carrier.take("same", "same")
    at_home.carrier.report("same")
    assert (await at_home.stored(message)).state is State.SENDING
    at_home.clock.shift(86_400 * 2 + 1)
    await at_home.house.upkeep.give_up_silent()
    assert (await at_home.stored(message)).state is State.DELIVERED


QUIRKS = {
    "hex for decimal": ("4660", "1234"),
    "upper hex for decimal": ("48879", "BEEF"),
    "decimal for hex": ("beef", "48879"),
    "decimal for upper hex": ("0BEEF", "48879"),
    "no leading zeros": ("0000012345", "12345"),
    "leading zeros": ("12345", "0000012345"),
    "upper case": ("a1b2-c3", "A1B2-C3"),
    "lower case": ("A1B2-C3", "a1b2-c3"),
    "blanks around": ("12345", " 12345 "),
    "0x before": ("4660", "0x1234"),
}


async def guess(at_home):
    """What is unmatched has waited long enough for its own answer."""
    await at_home.settled()
    at_home.clock.shift(6)
    await at_home.house.inbound.sweep()


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("restarts", [False, True])
async def test_R14_a_receipt_that_spells_the_id_otherwise_is_matched(tmp_path, quirk, restarts):
    answered, reported = QUIRKS[quirk]
    async with home(tmp_path) as first:
        message = await first.accept()
        first.carrier.take(answered)
        if not restarts:
            first.carrier.report(reported, recipient=NUMBER)
            await guess(first)
            assert (await first.stored(message)).state is State.DELIVERED
            return
        await first.settled()
    async with home(tmp_path, fresh=False) as second:
        await second.accept("another")
        await second.settled()
        second.carrier.take(answered[:-1] + ("8" if answered[-1] != "8" else "9"))
        second.carrier.report(reported, recipient=NUMBER)
        await guess(second)
        assert (await second.stored(message)).state is State.DELIVERED


async def test_R14_a_habit_once_learned_matches_at_once(at_home):
    first = await at_home.accept("learning")
    at_home.carrier.take("50000")
    at_home.carrier.report(f"{50_000:x}", recipient=NUMBER)
    await guess(at_home)
    assert (await at_home.stored(first)).state is State.DELIVERED
    for number in range(1, 20):
        message = await at_home.accept(f"learned {number}")
        at_home.carrier.take(str(50_000 + number))
        at_home.carrier.report(f"{50_000 + number:x}", recipient=NUMBER)
        assert (await at_home.stored(message)).state is State.DELIVERED
    assert at_home.house.inbound.parked == 1


async def test_R14_a_carrier_whose_ids_fit_is_never_guessed_at(at_home):
    """Receipt 1234 comes before its answer while 4660, which is hex 1234, waits for the same number."""
    for number in range(3):
        message = await at_home.accept(f"straight {number}")
        at_home.carrier.take(f"77{number}")
        at_home.carrier.report(f"77{number}", recipient=NUMBER)
        assert (await at_home.stored(message)).state is State.DELIVERED
    other = await at_home.accept("other")
    at_home.carrier.take("4660")
    mine = await at_home.accept("mine")
    at_home.carrier.report("1234", recipient=NUMBER)
    await guess(at_home)
    assert (await at_home.stored(other)).state is State.SENDING
    at_home.carrier.take("1234")
    assert (await at_home.stored(mine)).state is State.DELIVERED
    assert (await at_home.stored(other)).state is State.SENDING


async def test_R14_a_receipt_before_its_answer_is_not_taken_for_another_spelling(at_home):
    """The same at a connector of which nothing is known yet."""
    other = await at_home.accept("other")
    at_home.carrier.take("4660")
    mine = await at_home.accept("mine")
    at_home.carrier.report("1234", recipient=NUMBER)
    await at_home.settled()
    at_home.carrier.take("1234")
    assert (await at_home.stored(mine)).state is State.DELIVERED
    assert (await at_home.stored(other)).state is State.SENDING


async def test_R14_another_numbers_message_is_not_taken_for_a_spelling(at_home):
    message = await at_home.accept(number="380671234501")
    at_home.carrier.take("4660")
    other = await at_home.accept(number="380671234502")
    at_home.carrier.take("4661")
    at_home.carrier.report("1234", State.UNDELIVERABLE, error=1, recipient="380671234502")  # 4660, in hex
    await guess(at_home)
    assert [(await at_home.stored(one)).state for one in (message, other)] == [State.SENDING, State.SENDING]
    at_home.carrier.report("1235", State.UNDELIVERABLE, error=1, recipient="380671234502")
    await guess(at_home)
    assert (await at_home.stored(message)).state is State.SENDING
    assert (await at_home.stored(other)).state is State.UNDELIVERABLE


_RANK = {State.DELIVERED: 3, State.EXPIRED: 2, State.UNDELIVERABLE: 1}


@pytest.mark.parametrize("results", list(itertools.product(_RANK, repeat=2)))
@pytest.mark.parametrize("order", list(itertools.permutations((0, 1))))
async def test_R16_a_whole_is_as_bad_as_its_worst_part_in_whatever_order(tmp_path, results, order):
    async with home(tmp_path) as at_home:
        message = await at_home.accept(TWO_PARTS)
        assert message.parts == 2
        ids = at_home.carrier.take()
        for place in order:
            assert (await at_home.stored(message)).state is State.SENDING
            at_home.carrier.report(ids[place], results[place], error=0 if results[place] is State.DELIVERED else 6)
        worst = min(results, key=_RANK.__getitem__)
        story = await at_home.story(message)
        assert story.message.state is worst
        assert [attempt.state.name for attempt in story.attempts] == [state.name for state in results]


async def test_R16_six_parts_end_with_the_last_of_their_receipts(at_home):
    message = await at_home.accept("Слово " * 60)
    assert message.parts == 6
    ids = at_home.carrier.take()
    for upstream_id in reversed(ids[1:]):
        at_home.carrier.report(upstream_id)
    assert (await at_home.stored(message)).state is State.SENDING
    at_home.carrier.report(ids[0])
    assert (await at_home.stored(message)).state is State.DELIVERED


async def _second_part_again(at_home):
    """The carrier puts the second part off; once it is due the store brings the message back, and it is on its way."""
    await at_home.settled()
    at_home.clock.shift(1.5)
    await at_home.house.dispatch.poll()
    await at_home.settled()
    assert [attempt.part_first for attempt in at_home.carrier.open] == [2]


async def test_R16_a_part_reported_while_another_one_goes_again_counts_when_that_one_ends(at_home):
    message = await at_home.accept(TWO_PARTS)
    at_home.carrier.settle(Taken("u1"), LATER)
    await _second_part_again(at_home)
    at_home.carrier.report("u1")
    await at_home.settled()
    at_home.carrier.take("u2")
    at_home.carrier.report("u2")
    story = await at_home.story(message)
    assert story.message.state is State.DELIVERED
    assert [(one.part_first, one.try_no, one.state.name) for one in story.attempts] == [
        (1, 1, "DELIVERED"),
        (2, 1, "FAILED"),
        (2, 2, "DELIVERED"),
    ]


async def test_R16_so_it_does_when_the_gateway_was_started_again_between_the_two(tmp_path):
    async with home(tmp_path) as at_home:
        message = await at_home.accept(TWO_PARTS)
        at_home.carrier.settle(Taken("u1"), LATER)
        await at_home.settled()
        clock = at_home.clock
    async with home(tmp_path, clock=clock, fresh=False) as at_home:
        await _second_part_again(at_home)
        at_home.carrier.report("u1")
        await at_home.settled()
        at_home.carrier.take("u2")
        at_home.carrier.report("u2")
        assert (await at_home.stored(message)).state is State.DELIVERED


async def test_R17_what_repeats_or_contradicts_changes_nothing_and_is_kept(at_home):
    message = await at_home.accept()
    (upstream_id,) = at_home.carrier.take()
    at_home.carrier.report(upstream_id, None)
    for _ in range(3):
        at_home.carrier.report(upstream_id, State.DELIVERED)
        await at_home.settled()
    at_home.carrier.report(upstream_id, State.UNDELIVERABLE, error=6)
    at_home.carrier.report(upstream_id, None)
    story = await at_home.story(message)
    assert story.message.state is State.DELIVERED
    assert story.message.error == 0
    assert [kept.fate for kept in story.receipts] == [
        ReceiptFate.INTERMEDIATE,
        ReceiptFate.REPEATED,
        ReceiptFate.REPEATED,
        ReceiptFate.CONTRADICTED,
        ReceiptFate.INTERMEDIATE,
    ]
    assert at_home.carrier.kept == [True] * 6


@pytest.mark.parametrize("days", [1, 3, 7])
async def test_R18_a_late_receipt_is_matched_also_after_a_restart(tmp_path, days):
    async with home(tmp_path) as first:
        message = await first.accept()
        first.carrier.take("late")
        await first.settled()
        clock = first.clock
    clock.shift(86_400 * days)
    async with home(tmp_path, fresh=False, clock=clock) as second:
        await second.house.upkeep.give_up_silent()
        second.carrier.report("late", recipient=NUMBER)
        assert (await second.stored(message)).state is State.DELIVERED


async def test_R18_a_late_receipt_beats_our_own_guess(at_home):
    message = await at_home.accept()
    at_home.carrier.take("late")
    await at_home.settled()
    at_home.clock.shift(86_400 * 2 + 1)
    await at_home.house.upkeep.give_up_silent()
    assert (await at_home.stored(message)).state is State.UNKNOWN
    at_home.carrier.report("late")
    assert (await at_home.stored(message)).state is State.DELIVERED


async def test_R19_ten_thousand_foreign_receipts_reach_nobody_and_disturb_nothing(at_home):
    balance = at_home.balance
    message = await at_home.accept()
    (upstream_id,) = at_home.carrier.take()
    for number in range(10_000):
        at_home.carrier.report(f"foreign-{number}")
        if number % 500 == 0:
            await at_home.settled()
    at_home.carrier.report(upstream_id)
    assert (await at_home.stored(message)).state is State.DELIVERED
    assert at_home.carrier.kept == [True] * 10_001
    assert at_home.house.notify.delivered == at_home.house.notify.failed == 0
    assert at_home.balance == balance - message.price
    assert len(at_home.house.awaiting._early) <= 10_000
    assert await at_home.house.store.check() == []


async def test_a_word_on_the_way_is_told_to_who_asked_for_it_and_to_nobody_else(at_home):
    curious = await at_home.accept(receipt_target="smpp:shop?intermediate")
    other = await at_home.accept("other", receipt_target="smpp:shop")
    ids = at_home.carrier.take()
    for upstream_id in ids:
        at_home.carrier.report(upstream_id, None, detail="ACCEPTD")
        at_home.carrier.report(upstream_id)
        at_home.carrier.report(upstream_id, None, detail="ENROUTE")
    told = [(notice.target, notice.state) for notice in (await at_home.story(curious)).notices]
    assert told == [("smpp:shop?intermediate", State.SENT), ("smpp:shop?intermediate", State.DELIVERED)]
    assert [notice.state for notice in (await at_home.story(other)).notices] == [State.DELIVERED]


@pytest.fixture
async def with_nameless_receipts(tmp_path):
    smpp = SmppSettings(host="127.0.0.1", system_id="we", receipts_by_number=True)
    async with home(tmp_path, smpp=smpp) as at_home:
        yield at_home


async def test_R11_receipts_without_an_id_are_matched_by_number_the_oldest_first(with_nameless_receipts):
    at_home = with_nameless_receipts
    first, second = await at_home.accept("one"), await at_home.accept("two")
    other = await at_home.accept("three", "380671234568")
    at_home.carrier.settle(Taken("a"), Taken(""), Taken(""))
    at_home.carrier.report("", State.UNDELIVERABLE, error=6, recipient=NUMBER)
    at_home.carrier.report("", recipient=NUMBER)
    await at_home.until(first, State.UNDELIVERABLE)
    await at_home.until(second, State.DELIVERED)
    at_home.carrier.report("", recipient=NUMBER)
    assert (await at_home.stored(other)).state is State.SENDING
    at_home.carrier.report("", None, recipient="380671234568")
    at_home.carrier.report("", recipient="380671234568")
    await at_home.until(other, State.DELIVERED)
    assert at_home.house.inbound.parked == 1


async def test_R11_a_receipt_without_an_id_is_not_matched_by_number_unless_that_is_said(at_home):
    message = await at_home.accept()
    at_home.carrier.take("a")
    at_home.carrier.report("", recipient=NUMBER)
    assert (await at_home.stored(message)).state is State.SENDING
    assert at_home.house.inbound.parked == 1


async def test_R18_a_receipt_without_an_id_comes_within_three_days_or_not_at_all(with_nameless_receipts):
    at_home = with_nameless_receipts
    old = await at_home.accept("old", validity_s=7 * 86_400)
    at_home.carrier.take("")
    at_home.clock.shift(3 * 86_400 + 60)
    new = await at_home.accept("new")
    at_home.carrier.take("")
    at_home.carrier.report("", recipient=NUMBER)
    await at_home.until(new, State.DELIVERED)
    assert (await at_home.stored(old)).state is State.SENDING


# -- the carrier's own word -------------------------------------------------------------------------------------------


async def words(at_home, message):
    """What each notice about it says."""
    return [notice.carriers_word for notice in (await at_home.story(message)).notices]


async def test_a_notice_keeps_the_word_of_the_carrier_that_did_not_deliver(at_home):
    message = await at_home.accept(receipt_target="smpp:shop")
    (upstream_id,) = at_home.carrier.take()
    at_home.carrier.report(upstream_id, State.UNDELIVERABLE, error=6, detail="UNDELIV err:027")
    assert await words(at_home, message) == ["UNDELIV err:027"]


async def test_a_notice_keeps_the_word_of_the_carrier_that_refused(at_home):
    message = await at_home.accept(receipt_target="smpp:shop")
    at_home.carrier.settle(Failed(NetworkError.WRONG_NUMBER_FORMAT, permanent=True, detail="0x0B ESME_RINVDSTADR"))
    assert await words(at_home, message) == ["0x0B ESME_RINVDSTADR"]


async def test_a_notice_of_parts_keeps_the_word_for_the_one_that_failed(at_home):
    message = await at_home.accept(TWO_PARTS, receipt_target="smpp:shop")
    first, second = at_home.carrier.take()
    at_home.carrier.report(first, detail="DELIVRD")
    at_home.carrier.report(second, State.UNDELIVERABLE, error=1, detail="UNDELIV err:001")
    assert await words(at_home, message) == ["UNDELIV err:001"]


async def test_of_what_was_delivered_or_never_reported_there_is_no_word(at_home):
    delivered = await at_home.accept("one", receipt_target="smpp:shop")
    at_home.carrier.report(*at_home.carrier.take(), detail="DELIVRD")
    silent = await at_home.accept("two", receipt_target="smpp:shop")
    at_home.carrier.take()
    assert await words(at_home, delivered) == [""]
    at_home.clock.shift(50 * 3600)
    await at_home.until(silent, State.UNKNOWN)
    assert await words(at_home, silent) == [""]


async def test_R18_a_receipt_that_repeats_itself_after_its_message_was_removed_waits_in_the_inbox(at_home):
    message = await at_home.accept()
    (upstream_id,) = at_home.carrier.take()
    at_home.carrier.report(upstream_id)
    assert (await at_home.stored(message)).state is State.DELIVERED
    at_home.clock.shift(30 * 86400)
    settings = RetentionSettings(messages_days=20)
    await Retention(store=at_home.house.store.retention, clock=at_home.clock, settings=settings).walk()
    assert await at_home.house.store.messages([message.id], None) == []
    at_home.carrier.report(upstream_id, State.UNDELIVERABLE, error=1)
    await at_home.settled()
    parked = await at_home.house.store.parked([(at_home.carrier.name, upstream_id)])
    assert [kept.receipt.state for kept in parked] == [State.UNDELIVERABLE]
    assert await at_home.house.store.check() == []


async def test_an_answer_that_comes_after_a_message_was_given_up_ends_it_no_second_time(at_home):
    message = await at_home.accept(receipt_target="smpp:shop")
    at_home.clock.shift(50 * 3600)
    await at_home.house.upkeep.give_up_silent()
    at_home.carrier.settle(DOUBT)
    story = await at_home.story(message)
    assert story.message.state is State.UNKNOWN
    assert [notice.state for notice in story.notices] == [State.UNKNOWN]
    assert await at_home.house.store.check() == []
    assert at_home.house.backlog.parts == 0
