"""What a customer may add to a message and see of it: his own id, his comment, the result of his query."""

from __future__ import annotations

import pytest

from core.house import NUMBER, home
from heliograph.model.message import Network, State
from heliograph.model.receipt import Receipt

NETWORK = Network("255012345678901", "380631234567", "255", "01", "Ukraine", "Vodafone", "Poland", "Plus")


@pytest.fixture
async def at_home(tmp_path):
    async with home(tmp_path) as at_home:
        yield at_home


async def found(at_home, message, shown_id):
    by_key = await at_home.house.store.shown(at_home.account.id, [(message.recipient, shown_id)])
    return {one.id for one in by_key.values()}


async def test_all_messages_of_a_request_are_shown_by_the_id_of_its_first(at_home):
    submissions = [at_home.submission(number=f"38067000000{n}", shown_id="", batch=3) for n in range(3)]
    first, second, third = [answer.message for answer in await at_home.submit(*submissions)]
    assert [first.shown_id, second.shown_id, third.shown_id] == [None, str(first.id), str(first.id)]
    for message in (first, second, third):
        assert await found(at_home, message, str(first.id)) == {message.id}


async def test_a_refusal_that_is_kept_may_be_the_first_of_its_request(at_home):
    submissions = [at_home.submission(number=to, shown_id="", keep_refused=True, batch=2) for to in ("", NUMBER)]
    refused, accepted = await at_home.submit(*submissions)
    assert (await at_home.stored(accepted.message)).shown_id == str(refused.message.id)


async def test_a_call_may_bring_several_requests(at_home):
    """All that one read of a connection brought; a request is as long as its `batch` says."""
    numbers = [f"38067000000{n}" for n in range(5)] + [""]
    submissions = [
        at_home.submission(number=number, batch=size) for number, size in zip(numbers, (1, 2, 2, 2, 2, 1), strict=True)
    ]
    *accepted, _ = await at_home.submit(*submissions)
    ids = [answer.message.id for answer in accepted]
    assert [answer.message.request_id for answer in accepted] == [ids[0], ids[1], ids[1], ids[3], ids[3]]


async def test_without_such_a_wish_our_own_id_is_shown(at_home):
    first, second = await at_home.submit(at_home.submission(), at_home.submission(number="380670000001"))
    assert (first.message.shown_id, second.message.shown_id) == (None, None)


async def test_the_customers_id_and_comment_are_kept(at_home):
    message = await at_home.accept(shown_id="order-17", comment="first of three")
    stored = await at_home.stored(message)
    assert (stored.shown_id, stored.comment) == ("order-17", "first of three")
    assert await found(at_home, message, "order-17") == {message.id}


async def test_what_a_query_found_comes_with_the_receipt_and_stays(at_home):
    (answer,) = await at_home.submit(at_home.submission())
    message = answer.message
    (upstream_id,) = at_home.carrier.take()
    receipt = Receipt(at_home.carrier.name, upstream_id, State.DELIVERED, network=NETWORK)
    at_home.carrier.lift.received([receipt], at_home.carrier.kept.append)
    stored = await at_home.stored(message)
    assert (stored.state, stored.network) == (State.DELIVERED, NETWORK)
    assert message.network == NETWORK


async def test_what_a_query_found_before_its_answer_survives_a_restart(tmp_path):
    async with home(tmp_path) as first:
        (answer,) = await first.submit(first.submission())
        receipt = Receipt(first.carrier.name, "u1", State.DELIVERED, network=NETWORK)
        first.carrier.lift.received([receipt], first.carrier.kept.append)
        await first.settled()
        first.carrier.take("u1")
        await first.settled()
    async with home(tmp_path, fresh=False) as second:
        await second.house.inbound.sweep()
        assert (await second.stored(answer.message)).network == NETWORK
