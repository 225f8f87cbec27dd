"""Test mode: everything as usual, but nothing leaves and nothing is paid (decisions.md 16; smsc-messages.md 2.20)."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from core.house import home
from heliograph.backoffice import verbs
from heliograph.connectors.virtual import VirtualConnector
from heliograph.core.routing import TEST_MODE, BadRules, RoutingTable, Rule
from heliograph.model.message import Attempt, Kind, State
from heliograph.model.message import Content as Said
from heliograph.model.outcome import Failed, Taken
from heliograph.model.refusal import Reason, Refused
from walks.world import ShiftedClock

NUMBER = "380671234567"


@pytest.fixture
async def shop(tmp_path):
    async with home(tmp_path) as shop:
        await shop.house.verbs.do(verbs.AccountSet("shop", test_mode=True), "test")
        yield shop


@pytest.mark.covers_part(65)
async def test_a_message_in_test_mode_costs_nothing_goes_nowhere_and_ends_delivered_with_error_200(shop):
    before = shop.balance
    long, short = await shop.accept("Hello, nobody. " * 20), await shop.accept("Hello")
    assert (long.parts, short.parts) == (2, 1)
    for message in (long, short):
        stored = await shop.until(message, State.DELIVERED)
        assert (stored.error, stored.price, stored.connector) == (200, 0, "virtual")
    assert shop.balance == before
    assert shop.carrier.sent == []
    await shop.house.verbs.do(verbs.AccountSet("shop", test_mode=False), "test")
    assert (await shop.accept("And now in earnest")).price == 450_000


async def test_test_mode_refuses_what_would_be_refused_without_it(shop):
    await shop.house.verbs.do(verbs.StopNumber(NUMBER), "test")
    answers = await shop.submit(shop.submission(number=NUMBER), shop.submission(number=""))
    assert [answer.reason for answer in answers] == [Reason.STOP_LISTED, Reason.BAD_RECIPIENT]


async def test_a_scheduled_message_in_test_mode_leaves_nothing_when_it_is_due_either(shop):
    message = await shop.accept(due_at=shop.clock.now() + 60_000)
    assert message.state is State.SCHEDULED
    shop.clock.shift(61)
    stored = await shop.until(message, State.DELIVERED)
    assert (stored.error, shop.carrier.sent) == (200, [])


def test_the_name_of_the_route_is_taken():
    with pytest.raises(BadRules, match="test mode"):
        RoutingTable([Rule(TEST_MODE.id, ("carrier",))])


class _Lift:
    def __init__(self):
        self.outcomes, self.receipts = [], []

    def settled(self, outcomes):
        self.outcomes += outcomes

    def received(self, events, then):
        self.receipts += events
        then(True)


async def _fate(recipient, *, magic):
    """Outcome and receipts of one part."""
    virtual, lift = VirtualConnector(ShiftedClock(), magic_numbers=magic), _Lift()
    await virtual.start(lift)
    virtual.send([Attempt(SimpleNamespace(id=7, recipient=recipient), 1, 1, 1, "virtual")])
    await asyncio.sleep(0)
    ((_, outcome),) = lift.outcomes
    return outcome, [(receipt.state, receipt.error, receipt.upstream_id) for receipt in lift.receipts]


@pytest.mark.parametrize(
    ("ending", "states"),
    [
        ("9901", [State.DELIVERED]),
        ("9903", [State.EXPIRED]),
        ("9920", [State.UNDELIVERABLE]),
        ("9900", []),
        ("4567", [State.DELIVERED]),
    ],
)
async def test_magic_numbers_choose_the_receipt_only_if_they_are_switched_on(ending, states):
    outcome, receipts = await _fate(f"38067123{ending}", magic=True)
    assert isinstance(outcome, Taken)
    assert receipts == [(state, 200, outcome.upstream_id) for state in states]
    outcome, receipts = await _fate(f"38067123{ending}", magic=False)
    assert receipts == [(State.DELIVERED, 200, outcome.upstream_id)]


@pytest.mark.parametrize(("ending", "error"), [("9922", 249), ("9923", 252), ("9924", 243), ("9925", 248)])
async def test_magic_numbers_choose_a_refusal(ending, error):
    assert await _fate(f"38067123{ending}", magic=True) == (Failed(error, permanent=True), [])


# -- what a send would cost ----------------------------------------------------------------------------------------


async def test_a_quote_is_what_the_message_then_costs_and_leaves_nothing(tmp_path):
    async with home(tmp_path) as shop:
        asked = [
            shop.submission("Hello"),
            shop.submission("Привіт " * 30, number="79261234567"),
            shop.submission(number=""),
            shop.submission(number="380501234567"),
        ]
        before = shop.balance
        quotes = shop.house.intake.quote(asked)
        assert shop.balance == before
        assert await shop.house.store.census() == {}
        answers = await shop.submit(*asked)
        for quote, answer in zip(quotes, answers, strict=True):
            if isinstance(quote, Refused):
                assert quote == answer
            else:
                message = answer.message
                assert (quote.parts, quote.price, quote.operator) == (message.parts, message.price, message.operator)
        assert before - shop.balance == sum(quote.price for quote in quotes if not isinstance(quote, Refused))


async def test_a_refusal_for_want_of_money_is_kept_if_that_is_asked_for_and_frees_what_was_reserved(tmp_path):
    async with home(tmp_path, money="0.5") as shop:
        poor = shop.submission("first " * 40, keep_refused=True, duplicate_window_s=60)
        (answer,) = await shop.submit(poor)
        assert answer.reason is Reason.NO_MONEY
        assert answer.message.id > 0
        assert (await shop.stored(answer.message)).state is State.REJECTED
        assert shop.balance == 500_000
        await shop.house.verbs.do(verbs.AccountTopUp("shop", "10"), "test")
        (answer,) = await shop.submit(poor)
        assert answer.message.state is not State.REJECTED


async def test_a_look_up_needs_no_sender_of_the_account(tmp_path):
    async with home(tmp_path, routes=(Rule("hlr", ("carrier",), kinds=("hlr", "text")),)) as shop:
        look_up, ping = shop.submission(), shop.submission()
        look_up.sender = ping.sender = "HLR"
        look_up.content, ping.content = Said(kind=Kind.HLR), Said(kind=Kind.PING)
        answers = await shop.submit(look_up, ping)
        assert [answer.reason for answer in answers] == [Reason.NO_TARIFF, Reason.BAD_SENDER]
