"""The limits of an account: who may be sent to, at what hour, how many a day; on every door (smsc-directory.md 3.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.house import home
from heliograph.backoffice import verbs
from heliograph.channels.sms.numbering import NumberingPlan, Operator
from heliograph.core.pricing import TariffLine
from heliograph.core.terms import DayCounts, due, local_day, prefix_allowed, source_of, zone_of
from heliograph.model.account import Settings
from heliograph.model.limits import Limits
from heliograph.model.message import Content, Kind, PartOf, Priority, State
from heliograph.model.refusal import Accepted, Reason


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("prefixes", "allowed", "forbidden"),
    [
        (("7", "-77"), ["79261234567", "74951234567"], ["77011234567", "380671234567"]),
        (("-77",), ["79261234567", "380671234567"], ["77011234567"]),
        (("7", "-77", "7701"), ["79261234567", "77011234567"], ["77021234567"]),
        (("380", "375"), ["380671234567", "375291234567"], ["79261234567"]),
        ((), ["79261234567"], []),
    ],
)
def test_the_longest_prefix_that_fits_decides(prefixes, allowed, forbidden):
    assert all(prefix_allowed(prefixes, number) for number in allowed)
    assert not any(prefix_allowed(prefixes, number) for number in forbidden)


@pytest.mark.parametrize(
    ("hours", "zone", "now", "then"),
    [
        ((9, 18), "UTC", "2026-11-21T12:30:00", "2026-11-21T12:30:00"),
        ((9, 18), "UTC", "2026-11-21T08:59:59", "2026-11-21T09:00:00"),
        ((9, 18), "UTC", "2026-11-21T18:00:00", "2026-11-22T09:00:00"),
        ((9, 18), "UTC+3", "2026-11-21T06:00:00", "2026-11-21T06:00:00"),
        ((9, 18), "UTC+3", "2026-11-21T15:00:00", "2026-11-22T06:00:00"),
        ((22, 6), "UTC", "2026-11-21T23:00:00", "2026-11-21T23:00:00"),
        ((22, 6), "UTC", "2026-11-21T05:59:00", "2026-11-21T05:59:00"),
        ((22, 6), "UTC", "2026-11-21T06:00:00", "2026-11-21T22:00:00"),
        ((0, 24), "UTC", "2026-11-21T03:00:00", "2026-11-21T03:00:00"),
        ((9, 18), "Europe/Kyiv", "2026-10-24T18:00:00", "2026-10-25T07:00:00"),
    ],
)
def test_outside_the_hours_it_is_due_at_the_next_first_one_by_the_clocks_of_the_zone(hours, zone, now, then):
    assert due(hours, zone, at(now)) == at(then)


def test_a_day_begins_at_the_zones_midnight():
    assert local_day("UTC+3", at("2026-11-21T20:59:59")) == local_day("UTC", at("2026-11-21T12:00:00"))
    assert local_day("UTC+3", at("2026-11-21T21:00:00")) == local_day("UTC", at("2026-11-22T12:00:00"))


def test_the_end_users_address_counts_where_one_was_named():
    assert source_of("192.0.2.1") == "192.0.2.1"
    assert source_of("192.0.2.1 for 203.0.113.9") == "203.0.113.9"


def test_a_clock_that_is_set_back_begins_no_new_day():
    counts, limits = DayCounts(), Limits(per_day=1)
    assert counts.reserve(1, limits, 10, "7926", "a", "") is None
    assert counts.reserve(1, limits, 9, "7926", "a", "") is Reason.MESSAGE_LIMIT
    assert counts.reserve(1, limits, 11, "7926", "a", "") is None


# -- at intake ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def shop(tmp_path):
    async with home(tmp_path) as shop:
        yield shop


async def limit(shop, **limits):
    store, directory = shop.house.store, shop.house.directory
    account = replace(directory.by_login("shop"), limits=Limits(**limits))
    await store.change_directory([account], "test", 0)
    directory.apply(await store.directory())


async def reasons(shop, *submissions):
    answers = await shop.submit(*submissions)
    return [None if isinstance(answer, Accepted) else answer.reason for answer in answers]


async def test_so_many_messages_a_day_and_no_more(shop):
    await limit(shop, per_day=2)
    asked = [shop.submission(f"{n}", number=f"38067123456{n}") for n in range(3)]
    assert await reasons(shop, *asked) == [None, None, Reason.MESSAGE_LIMIT]
    shop.clock.shift(24 * 3600)
    assert await reasons(shop, shop.submission("next day")) == [None]


async def test_so_many_to_one_number_and_with_one_text(shop):
    await limit(shop, per_number=3, per_text=2)
    same, other = shop.submission("same"), shop.submission("other")
    assert await reasons(shop, same, same, same) == [None, None, Reason.NUMBER_LIMIT]
    assert await reasons(shop, other, other) == [None, Reason.NUMBER_LIMIT]
    assert await reasons(shop, shop.submission("same", number="380501234567")) == [None]


async def test_so_many_from_one_address(shop):
    await limit(shop, per_address=1)
    asked = [shop.submission("hello", peer=peer) for peer in ("192.0.2.1", "192.0.2.1 for 203.0.113.9", "203.0.113.9")]
    assert await reasons(shop, *asked) == [None, None, Reason.MESSAGE_LIMIT]


async def test_what_is_refused_for_another_reason_does_not_count(tmp_path):
    async with home(tmp_path, money="0.45") as shop:
        await limit(shop, per_day=2)
        assert await reasons(shop, shop.submission("x" * 400), shop.submission("short")) == [Reason.NO_MONEY, None]
        await shop.house.verbs.do(_top_up(), "test")
        assert await reasons(shop, shop.submission("a"), shop.submission("b")) == [None, Reason.MESSAGE_LIMIT]


def _top_up():

    return verbs.AccountTopUp("shop", "10")


async def test_a_refusal_that_keeps_an_id_has_the_error_of_its_limit(shop):
    await limit(shop, per_day=1, prefixes=("380",))
    answers = await shop.submit(
        shop.submission("one"),
        shop.submission("two", keep_refused=True),
        shop.submission("three", number="79261234567", keep_refused=True),
    )
    assert [answer.message.error for answer in answers] == [0, 247, 250]
    assert [answer.message.state for answer in answers[1:]] == [State.REJECTED, State.REJECTED]


async def test_what_was_sent_today_counts_after_a_restart(tmp_path):
    async with home(tmp_path) as shop:
        await limit(shop, per_day=3, per_number=2)
        assert await reasons(shop, shop.submission("one"), shop.submission("two")) == [None, None]
        clock = shop.clock
    async with home(tmp_path, clock=clock, fresh=False) as shop:
        other = shop.submission("three", number="380501234567")
        assert await reasons(shop, shop.submission("three")) == [Reason.NUMBER_LIMIT]
        assert await reasons(shop, other, other) == [None, Reason.MESSAGE_LIMIT]


async def test_outside_the_hours_a_message_waits_or_is_refused(shop):
    now = shop.clock.now()
    hour = now // 3_600_000 % 24
    away = ((hour + 2) % 24, (hour + 3) % 24)
    await limit(shop, hours=away)
    message = await shop.accept("later")
    assert message.state is State.SCHEDULED
    assert message.due_at == (now // 3_600_000 + 2) * 3_600_000
    await limit(shop, hours=away, refused_outside=True)
    assert await reasons(shop, shop.submission("never")) == [Reason.OUTSIDE_HOURS]
    assert await reasons(shop, shop.submission("then", due_at=message.due_at)) == [None]


async def test_a_validity_is_cut(shop):
    await limit(shop, longest_s=600)
    short, long = await shop.accept("a", validity_s=60), await shop.accept("b", validity_s=86_400)
    assert (short.expires_at - short.due_at, long.expires_at - long.due_at) == (60_000, 600_000)


async def test_a_request_to_more_than_allowed_is_refused_and_so_is_a_campaign(shop):
    await limit(shop, most_recipients=1)
    two = [shop.submission("a", batch=2), shop.submission("a", number="380501234567", batch=2)]
    assert await reasons(shop, *two) == [Reason.MASS_FORBIDDEN] * 2
    assert await reasons(shop, shop.submission("a", priority=Priority.BULK)) == [Reason.MASS_FORBIDDEN]
    assert await reasons(shop, shop.submission("a")) == [None]


async def test_no_part_costs_less_than_in_the_least_tariff(tmp_path):
    lines = (
        TariffLine("cheap", "default", "0.10"),
        TariffLine("floor", "floor", "0.30"),
        TariffLine("floor-7", "floor", "0.05", prefixes=("7",)),
    )
    async with home(tmp_path, tariffs=lines) as shop:
        await limit(shop, least_tariff="floor")
        dear, cheap = await shop.accept("a"), await shop.accept("a", number="79261234567")
        assert (dear.price, dear.tariff_line) == (300_000, "floor")
        assert (cheap.price, cheap.tariff_line) == (100_000, "cheap")


async def test_who_points_at_anothers_limits_is_counted_with_him(shop):
    store, directory = shop.house.store, shop.house.directory
    await limit(shop, per_day=2)
    owner = directory.by_login("shop")
    login = replace(owner, id=77, login="shop-two", limits=Limits(), limits_of=owner.id, parent=owner.id)
    await store.change_directory([login], "test", 0)
    directory.apply(await store.directory())
    second = shop.submission("two")
    second.account_id = 77
    assert await reasons(shop, shop.submission("one"), second, shop.submission("three")) == [
        None,
        None,
        Reason.MESSAGE_LIMIT,
    ]


async def bound_by_the_shop(shop, **bounds):
    """What becomes of 300 messages that the shop and an additional login of it, whose own settings say nothing, send in
    turn while nothing leaves."""
    store, directory = shop.house.store, shop.house.directory
    await shop.house.verbs.do(verbs.AccountSet("shop", **bounds), "test")
    await shop.house.verbs.do(verbs.AccountTopUp("shop", "100"), "test")
    owner = directory.by_login("shop")
    login = replace(owner, id=77, login="shop-two", settings=Settings(), limits_of=owner.id, parent=owner.id)
    await store.change_directory([login], "test", 0)
    directory.apply(await store.directory())
    shop.carrier.come_or_go(False)
    submissions = [shop.submission(f"text {number}") for number in range(300)]
    for submission in submissions[::2]:
        submission.account_id = 77
    return await reasons(shop, *submissions[:10]) + await reasons(shop, *submissions[10:])


async def test_who_points_at_anothers_limits_shares_his_room_in_the_queue(shop):
    said = await bound_by_the_shop(shop, max_waiting=13)
    assert said == [None] * 13 + [Reason.QUEUE_FULL] * 287


async def test_who_points_at_anothers_limits_shares_his_speed(shop):
    said = await bound_by_the_shop(shop, speed=1)
    assert set(said) == {None, Reason.TOO_MANY_REQUESTS}
    assert said[:255] == [None] * 255


async def test_who_belongs_to_a_closed_account_may_do_nothing(shop):
    store, directory = shop.house.store, shop.house.directory
    owner = directory.by_login("shop")
    login = replace(owner, id=77, login="shop-two", parent=owner.id)
    closed = replace(owner, settings=replace(owner.settings, active=False))
    await store.change_directory([login, closed], "test", 0)
    directory.apply(await store.directory())
    second = shop.submission("two")
    second.account_id = 77
    assert await reasons(shop, second) == [Reason.BAD_CREDENTIALS]


@pytest.mark.parametrize(
    ("hours", "zone"), [("3", "UTC+3:00"), ("-5", "UTC-5:00"), ("5.5", "UTC+5:30"), ("0", "UTC+0:00"), ("x", "UTC")]
)
def test_a_plans_hours_are_a_zone(hours, zone):
    assert zone_of(hours) == zone


async def test_hours_may_be_read_by_the_recipients_clock(shop):
    hour = shop.clock.now() // 3_600_000 % 24
    now_in_vladivostok = (hour + 10) % 24
    plan = NumberingPlan(
        [
            ("7924", Operator("250", "01", "Russia", "MTS", "Primorye", "10")),
            ("7926", Operator("250", "02", "Russia", "MegaFon", "Moscow", "3")),
        ]
    )
    shop.house.directory.swap_plan(plan, 1)
    await limit(shop, hours=(now_in_vladivostok, now_in_vladivostok + 1), refused_outside=True, subscribers_hours=True)
    east, west = shop.submission("a", number="79241234567"), shop.submission("a", number="79261234567")
    assert await reasons(shop, east, west) == [None, Reason.OUTSIDE_HOURS]


def _part(shop, number, reference, kind=Kind.TEXT):
    content = Content(f"part {number}", kind, segments=(b"\0" + f"part {number}".encode(),), coding=0)
    return replace(shop.submission(), content=content, part=PartOf(reference, 2, number))


async def _joined(shop, reference, state):
    """Two parts of one message, which are accepted, and the message they become."""
    first, second = await shop.submit(_part(shop, 1, reference), _part(shop, 2, reference))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    return await shop.until(first.message, state)


async def test_a_message_that_comes_in_parts_counts_as_one_and_after_a_restart_too(tmp_path):
    async with home(tmp_path) as shop:
        await limit(shop, per_day=3, per_number=2)
        await _joined(shop, "8:1", State.SENDING)
        await _joined(shop, "8:2", State.SENDING)
        refused = await _joined(shop, "8:3", State.REJECTED)
        assert (refused.error, refused.refunded) == (251, refused.price)
        waits = _part(shop, 1, "8:4")
        assert await reasons(shop, waits) == [None]
    async with home(tmp_path, clock=shop.clock, fresh=False) as shop:
        other = shop.submission("three", number="380501234567")
        assert await reasons(shop, shop.submission("one more"), other, other) == [
            Reason.NUMBER_LIMIT,
            None,
            Reason.MESSAGE_LIMIT,
        ]
