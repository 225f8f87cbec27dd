"""What is submitted in one turn of the loop is admitted as one list, and nobody notices the others."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.house import home
from heliograph.backoffice import verbs
from heliograph.core.routing import Rule
from heliograph.model.message import Priority, State
from heliograph.model.money import Purse, parse_amount
from heliograph.model.refusal import Accepted, Reason


async def together(at_home, *requests):
    """Submit each list in the same turn; the answers, list by list."""
    return await asyncio.gather(*[at_home.house.intake.submit(list(request)) for request in requests])


async def test_requests_of_one_turn_are_one_group_with_ids_and_a_request_id_of_their_own(tmp_path):
    async with home(tmp_path) as at_home:
        groups = at_home.house.journal.groups
        first, second = await together(
            at_home,
            [at_home.submission("one", number, batch=2) for number in ("380671234561", "380671234562")],
            [at_home.submission("two", number, batch=2) for number in ("380671234563", "380671234564")],
        )
        assert at_home.house.journal.groups == groups + 1
        ids = [answer.message.id for answer in first + second]
        assert ids == list(range(ids[0], ids[0] + 4))
        assert [answer.message.request_id for answer in first + second] == [ids[0], ids[0], ids[2], ids[2]]


async def test_each_hears_its_own_answers(tmp_path):
    async with home(tmp_path) as at_home:
        (good,), (unknown, fine), (empty,) = await together(
            at_home,
            [at_home.submission("good")],
            [replace(at_home.submission("stranger"), sender="Stranger"), at_home.submission("fine")],
            [at_home.submission("")],
        )
        assert isinstance(good, Accepted)
        assert isinstance(fine, Accepted)
        assert [unknown.reason, empty.reason] == [Reason.BAD_SENDER, Reason.BAD_TEXT]
        assert at_home.house.intake.accepted == 2
        assert at_home.house.intake.refused == 2


async def test_R22_a_bug_that_one_request_finds_is_not_the_others(tmp_path):
    async with home(tmp_path) as at_home:
        broken = replace(at_home.submission("broken"), sender=["no", "name"])
        (before,), (worst,), (after,) = await together(
            at_home, [at_home.submission("before")], [broken], [at_home.submission("after")]
        )
        assert isinstance(before, Accepted)
        assert isinstance(after, Accepted)
        assert worst.reason is Reason.INTERNAL
        assert at_home.house.faults == 1


async def test_R22_a_bug_of_who_hears_the_answer_is_not_the_others(tmp_path):
    async with home(tmp_path) as at_home:
        at_home.house.intake.submit_then([at_home.submission("deaf")], lambda answers: answers[7])
        (answer,) = await at_home.submit(at_home.submission("fine"))
        assert isinstance(answer, Accepted)
        assert at_home.house.faults == 1
        assert (await at_home.stored(answer.message)).state is State.SENDING


async def test_R22_a_bug_where_slots_are_given_is_told_to_whom_it_concerns_alone(tmp_path):
    routes = (Rule("other", ("other",), prefixes=("38050",)), Rule("all", ("carrier",)))
    async with home(tmp_path, carriers=("carrier", "other"), routes=routes) as at_home:
        before = at_home.balance
        line = at_home.house.dispatch.lines.pop("other")
        async with asyncio.timeout(60):
            (first,), (lost, beside), (last,) = await together(
                at_home,
                [at_home.submission("first")],
                [at_home.submission("lost", "380501234567", duplicate_window_s=120), at_home.submission("beside")],
                [at_home.submission("last")],
            )
        at_home.house.dispatch.lines["other"] = line
        assert isinstance(first, Accepted)
        assert isinstance(last, Accepted)
        assert [lost.reason, beside.reason] == [Reason.INTERNAL, Reason.INTERNAL]
        assert at_home.balance == before - first.message.price - last.message.price
        assert at_home.house.dispatch.lines["carrier"].reserved == 0
        assert at_home.house.backlog.parts == 0
        assert at_home.house.faults == 1
        assert (await at_home.accept("lost", "380501234567", duplicate_window_s=120)).connector == "other"


async def test_R22_a_bug_after_the_commit_leaves_nobody_unanswered(tmp_path):
    async with home(tmp_path) as at_home:
        heard = asyncio.get_running_loop().create_future()
        lines = at_home.house.dispatch.lines

        def without_line(answers, messages):
            lines["away"] = lines.pop("carrier")
            return ()

        at_home.house.intake.submit_then([at_home.submission("kept")], heard.set_result, without_line)
        async with asyncio.timeout(60):
            (answer,) = await heard
        lines["carrier"] = lines.pop("away")
        assert isinstance(answer, Accepted)
        assert at_home.house.faults == 1


async def test_R22_what_an_item_had_reserved_when_a_bug_was_found_is_given_back(tmp_path):
    async with home(tmp_path) as at_home:
        purses, purse = at_home.house.purses, at_home.account.purse
        before = at_home.balance
        purses.put(Purse(purse, at_home.account.id, "UAH", 0, credit="much"))
        (answer,) = await at_home.submit(at_home.submission("again", duplicate_window_s=120))
        purses.put(Purse(purse, at_home.account.id, "UAH", 0))
        assert answer.reason is Reason.INTERNAL
        assert at_home.house.faults == 1
        assert at_home.balance == before
        (once_more,) = await at_home.submit(at_home.submission("again", duplicate_window_s=120))
        assert isinstance(once_more, Accepted)


async def test_R22_a_bug_that_one_item_finds_is_not_its_neighbours(tmp_path):
    async with home(tmp_path) as at_home:
        broken = replace(at_home.submission("broken"), sender=["no", "name"])
        before, worst, after = await at_home.submit(at_home.submission("before"), broken, at_home.submission("after"))
        assert worst.reason is Reason.INTERNAL
        assert after.message.id == before.message.id + 1


async def test_R22_a_bug_while_ids_are_given_gives_back_what_was_reserved(tmp_path):
    async with home(tmp_path) as at_home:
        before = at_home.balance
        (answer,) = await at_home.submit(
            at_home.submission("again", batch=None, priority=Priority.NORMAL, duplicate_window_s=120)
        )
        assert answer.reason is Reason.INTERNAL
        assert at_home.balance == before
        (once_more,) = await at_home.submit(at_home.submission("again", duplicate_window_s=120))
        assert isinstance(once_more, Accepted)


async def test_R22_rows_that_cannot_be_made_leave_nothing_behind(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        before = at_home.balance
        heard = asyncio.get_running_loop().create_future()

        def broken(answers, messages):
            raise RuntimeError("no rows")

        at_home.house.intake.submit_then([at_home.submission("lost", duplicate_window_s=120)], heard.set_result, broken)
        (answer,) = await heard
        assert answer.reason is Reason.INTERNAL
        assert at_home.balance == before
        assert at_home.house.backlog.parts == 0
        again = await at_home.accept("lost", duplicate_window_s=120)
        assert at_home.carrier.sent[0].message.id == again.id


async def test_B25_marks_hold_within_one_turn(tmp_path):
    async with home(tmp_path, window=1) as at_home:
        await at_home.house.verbs.do(verbs.AccountSet("shop", max_waiting=3), "test")
        said = await together(at_home, *[[at_home.submission(f"text {number}")] for number in range(6)])
        refused = [answer.reason for (answer,) in said if not isinstance(answer, Accepted)]
        assert set(refused) == {Reason.QUEUE_FULL}
        assert len(refused) == 3


async def test_money_is_spent_once_within_one_turn(tmp_path):
    async with home(tmp_path, money="1") as at_home:
        price = (await at_home.accept("the price of one")).price
        left = parse_amount("1") - price
        said = await together(at_home, *[[at_home.submission(f"text {number}")] for number in range(100)])
        accepted = [answer for (answer,) in said if isinstance(answer, Accepted)]
        assert len(accepted) == left // price
        assert {answer.reason for (answer,) in said if not isinstance(answer, Accepted)} == {Reason.NO_MONEY}
        assert at_home.balance == left % price


async def test_a_twin_within_one_turn_is_a_duplicate(tmp_path):
    async with home(tmp_path) as at_home:
        (first,), (second,) = await together(
            at_home,
            [at_home.submission("twin", duplicate_window_s=120)],
            [at_home.submission("twin", duplicate_window_s=120)],
        )
        assert isinstance(first, Accepted)
        assert second.reason is Reason.DUPLICATE
