"""Nodes on one database: leases, fences, take-over, and whose a waiting message is."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest

from heliograph.model.message import State
from heliograph.model.money import Purse
from heliograph.model.node import Identity
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Guard
from heliograph.ports import StoreFailure
from heliograph.store import StoreError
from heliograph.store.postgres import PostgresStore
from store.postgres.schemas import schemas
from store.samples import DAY, NOW, PRICE, House, furnished, moved, top_up
from store.test_incoming_parts import part
from walks.world import eventually

KEY = "key"


class Town:
    """A database and the nodes on it."""

    def __init__(self, url):
        self.url = url
        self.houses = []

    async def node(self, name, key=KEY, host="host"):
        """A store that has joined as a node of this name."""
        store = PostgresStore(self.url)
        await store.open()
        house = House(store) if self.houses else await furnished(store)
        self.houses.append(house)
        house.fence = await store.nodes.join(Identity(name, host, 1, key))
        return house

    async def tell(self, statement):
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    async def lease_over(self, house):
        await self.tell(f"UPDATE node SET lease_until = clock_timestamp() WHERE id = {house.fence.node}")


@pytest.fixture
async def town(tmp_path):
    town = Town(schemas(18).url(tmp_path))
    yield town
    for house in town.houses:
        await house.store.close()


async def test_each_node_has_an_id_of_its_own_and_each_life_an_epoch(town):
    first, second = await town.node("a"), await town.node("b")
    again = await town.node("a")
    assert first.fence.node == again.fence.node != second.fence.node
    assert again.fence.epoch == first.fence.epoch + 1


async def test_what_an_earlier_life_writes_is_refused(town):
    old = await town.node("a")
    message = old.message()
    new = await town.node("a")
    with pytest.raises(StoreFailure, match="another node has taken over"):
        await old.store.write([message], old.fence, NOW)
    assert not (await old.store.nodes.look(renew=True)).is_ours
    assert await new.stored(message.id) is None
    assert (await new.store.nodes.look(renew=True)).is_ours


async def test_a_name_that_is_alive_on_another_host_is_waited_for(town):
    first = await town.node("a")
    assert await first.store.nodes.join(Identity("a", "elsewhere", 1, KEY)) is None
    await town.lease_over(first)
    assert (await town.node("a", host="elsewhere")).fence == Fence(first.fence.node, first.fence.epoch + 1)


async def test_a_node_with_another_key_is_refused_while_others_live(town):
    first = await town.node("a")
    with pytest.raises(StoreError, match=r"copy it from one of them"):
        await first.store.nodes.join(Identity("b", "host", 1, "another"))
    await town.lease_over(first)
    assert await first.store.nodes.join(Identity("b", "host", 1, "another")) is not None


async def test_R34_a_dead_node_is_taken_over_once_and_its_work_becomes_anybodys(town):
    dead, heir, other = [await town.node(name) for name in "abc"]
    waits, going = dead.message(node=dead.fence.node), dead.upstream(node=dead.fence.node)
    await dead.store.write([waits, going], dead.fence, NOW)
    assert await heir.store.nodes.take_over() == []
    await town.lease_over(dead)
    taken = await asyncio.gather(heir.store.nodes.take_over(), other.store.nodes.take_over())
    assert sorted(taken) == [[], [dead.fence.node]]
    keeper = (heir, other)[taken.index([dead.fence.node])]
    with pytest.raises(StoreFailure):
        await dead.store.write([dead.message(node=dead.fence.node)], dead.fence, NOW)
    found = await keeper.store.undecided(0, 10, Fence(dead.fence.node, 0))
    assert [message.id for message in found] == [going.id]
    assert await other.store.nodes.claim("carrier", 10) == 0, "not before nothing is in doubt"
    await keeper.store.nodes.settled(dead.fence.node)
    assert await other.store.nodes.claim("carrier", 10) == 1
    (mine,) = await other.store.retries("carrier", NOW + DAY, 10, other.fence)
    assert (mine.id, mine.node, mine.epoch) == (waits.id, *other.fence)


async def test_R34_a_keeper_that_dies_is_followed_by_another(town):
    dead, heir, last = [await town.node(name) for name in "abc"]
    await town.lease_over(dead)
    assert await heir.store.nodes.take_over() == [dead.fence.node]
    assert await last.store.nodes.take_over() == []
    await town.lease_over(dead)
    await town.lease_over(heir)
    assert await last.store.nodes.take_over() == [dead.fence.node, heir.fence.node]


async def test_R34_a_group_that_was_begun_under_an_epoch_ends_before_that_is_over(town):
    """The session of a node that stands still in the midst of a group is ended, and nothing of the group is there."""
    paused, heir = await town.node("a"), await town.node("b")
    message = paused.message(node=paused.fence.node)

    async def begun_and_never_ended():
        async with paused.store._database.group() as connection:
            await connection.execute("UPDATE counter SET value = value WHERE name = 'event'")
            await town.lease_over(paused)
            assert await heir.store.nodes.take_over() == [paused.fence.node]

    with pytest.raises(StoreFailure):
        await begun_and_never_ended()
    assert await heir.stored(message.id) is None


async def test_a_returning_node_waits_for_its_keeper(town):
    dead, heir = await town.node("a"), await town.node("b")
    await town.lease_over(dead)
    await heir.store.nodes.take_over()
    me = Identity("a", "host", 1, KEY)
    assert await dead.store.nodes.join(me) is None
    await heir.store.nodes.settled(dead.fence.node)
    assert await dead.store.nodes.join(me) == Fence(dead.fence.node, dead.fence.epoch + 2)


async def test_a_thing_is_held_by_one_node_until_it_is_given_back_or_its_holder_is_over(town):
    first, second = await town.node("a"), await town.node("b")
    assert await first.store.nodes.take(["session c 1", "to endpoint:1"]) == {"session c 1", "to endpoint:1"}
    assert await second.store.nodes.take(["session c 1", "session c 2"]) == {"session c 2"}
    await first.store.nodes.tell("session c 1", "up")
    assert await second.store.nodes.leases("session ") == [
        ("session c 1", first.fence.node, "up"),
        ("session c 2", second.fence.node, ""),
    ]
    await first.store.nodes.give_back(["session c 1"])
    assert await second.store.nodes.take(["session c 1", "to endpoint:1"]) == {"session c 1"}
    await town.lease_over(first)
    assert await second.store.nodes.take(["to endpoint:1"]) == set(), "it may renew its lease yet"
    await second.store.nodes.take_over()
    assert await second.store.nodes.take(["to endpoint:1"]) == {"to endpoint:1"}


async def test_after_a_clean_end_all_is_free_at_once(town):
    first, second = await town.node("a"), await town.node("b")
    message = first.message(node=first.fence.node)
    await first.store.write([message], first.fence, NOW)
    await first.store.nodes.take(["duty"])
    assert await second.store.nodes.claim("carrier", 10) == 0
    await first.store.nodes.leave()
    assert await second.store.nodes.take(["duty"]) == {"duty"}
    assert await second.store.nodes.claim("carrier", 10) == 1
    assert (await second.store.nodes.look(renew=True)).nodes[0].is_vacant


async def test_what_is_nobodys_is_claimed_by_one(town):
    first, second = await town.node("a"), await town.node("b")
    await first.store.write([first.message(node=0) for _ in range(40)], first.fence, NOW)
    counts = await asyncio.gather(*[one.store.nodes.claim("carrier", 30) for one in (first, second)])
    assert sum(counts) == 40
    owned = [await one.store.retries("carrier", NOW + DAY, 100, one.fence) for one in (first, second)]
    assert [len(some) for some in owned] == counts
    assert await first.store.nodes.disown("carrier", 100) == counts[0]
    assert await second.store.nodes.claim("carrier", 100) == counts[0]


async def test_held_parts_are_claimed_with_their_ids(town):
    first, second = await town.node("a"), await town.node("b")
    parts = [first.message(node=0, state=State.HELD) for _ in range(3)]
    await first.store.write(parts, first.fence, NOW)
    assert await second.store.nodes.claim_held(10) == [part.id for part in parts]
    assert await first.store.nodes.claim_held(10) == []


async def test_parts_from_handsets_are_whose_claimed_them(town):
    first, second = await town.node("a"), await town.node("b")
    parts = [part(first, number) for number in (1, 2, 3)]
    await first.store.write(parts, first.fence, NOW)
    assert await first.store.nodes.parts(0, 10) == []
    assert await second.store.nodes.claim_parts(10) == [(one, 0) for one in parts]
    assert await first.store.nodes.claim_parts(10) == []
    assert await second.store.nodes.parts(0, 2) == [(one, 0) for one in parts[:2]]
    assert await second.store.nodes.parts(parts[1].id, 2) == [(parts[2], 0)]
    assert await first.store.nodes.parts(0, 10) == []


async def test_connectors_that_messages_of_this_node_or_of_nobody_wait_for_are_named(town):
    first, second = await town.node("a"), await town.node("b")
    nodes = {"mine": first.fence.node, "nobody's": 0, "theirs": second.fence.node}
    rows = [first.message(node=node, connector=name) for name, node in nodes.items()]
    await first.store.write(rows, first.fence, NOW)
    assert sorted(await first.store.waited_for(first.fence)) == ["mine", "nobody's"]
    await second.store.nodes.leave()
    assert sorted(await first.store.waited_for(first.fence)) == sorted(nodes)


async def test_an_end_comes_once_whichever_node_brings_it(town):
    """Two hear the same receipt: one end, one notice, one refund."""
    first, second = await town.node("a"), await town.node("b")
    message = first.upstream(price=PRICE, node=first.fence.node)
    await first.store.write([message], first.fence, NOW)
    before = await first.balance()

    async def end(house):
        move = moved(message, State.UNDELIVERABLE, final_at=NOW, refund=PRICE)
        return await house.store.write([move, house.notice(message)], house.fence, NOW)

    verdicts = await asyncio.gather(end(first), end(second))
    assert sorted(verdicts, key=len) == [{}, {message.id: Reason.BUSY}]
    story = await first.store.story(message.id)
    assert (len(story.notices), story.message.refunded) == (1, PRICE)
    assert await first.balance() == before + PRICE
    await first.sound()


async def test_an_end_is_told_though_a_copy_of_its_message_was_to_go_out_in_the_same_group(town):
    """After a take-over a message may be in memory twice; the copy's mark comes too late, its end is an end."""
    house = await town.node("a")
    message = house.upstream(price=PRICE, node=house.fence.node)
    await house.store.write([message], house.fence, NOW)
    copy = replace(message)
    rows = [
        moved(copy, State.SENDING, tries=2, fenced=True),
        moved(message, State.DELIVERED, final_at=NOW),
        house.notice(message),
        moved(copy, State.UNDELIVERABLE, final_at=NOW, refund=PRICE),
        house.notice(copy),
    ]
    assert await house.store.write(rows, house.fence, NOW) == {message.id: Reason.BUSY}
    story = await house.store.story(message.id)
    assert (story.message.state, story.message.refunded) == (State.DELIVERED, 0)
    assert [notice.id for notice in story.notices] == [rows[2].id]
    await house.sound()


async def test_what_waits_is_not_ended_once_another_node_has_handed_it_over(town):
    first, second = await town.node("a"), await town.node("b")
    message = first.message(price=PRICE, node=first.fence.node)
    await first.store.write([message], first.fence, NOW)
    await first.store.write([moved(message, State.SENDING, tries=1, fenced=True)], first.fence, NOW)
    cancel = moved(message, State.CANCELLED, final_at=NOW, refund=PRICE, is_waiting=True)
    verdict = await second.store.write([cancel, second.notice(message)], second.fence, NOW)
    assert verdict == {message.id: Reason.BUSY}
    assert (await second.stored(message.id)).state is State.SENDING
    assert (await second.store.story(message.id)).notices == []
    await second.sound()


async def test_R28_several_nodes_never_spend_more_than_there_is(town):
    """500 messages of one price from three nodes at once, and money for 100."""
    houses = [await town.node(name) for name in "abc"]
    await houses[0].store.change_directory([Purse(3, 1, "UAH", 0)], "test", NOW)
    await houses[0].store.write([top_up(100 * PRICE, purse=3)], houses[0].fence, NOW)

    async def send(house, groups):
        accepted = 0
        for size in groups:
            rows = [house.message(price=PRICE, purse=3, node=house.fence.node) for _ in range(size)]
            accepted += size - len(await house.store.write(rows, house.fence, NOW))
        return accepted

    groups = [7, 3, 13, 1, 5] * 5 + [20]
    accepted = await asyncio.gather(*[send(house, groups) for house in houses])
    assert 3 * sum(groups) == 495
    assert sum(accepted) == 100
    assert await houses[0].balance(3) == 0
    await houses[0].sound()


async def test_R25_a_key_is_one_nodes_until_it_is_over(town):
    first, second = await town.node("a"), await town.node("b")

    def claim(house, until):
        message = house.message(node=house.fence.node)
        return house.store.write([message, Guard(1, "d:1", "", (message.id,), until)], house.fence, NOW)

    verdicts = await asyncio.gather(claim(first, NOW + 9), claim(second, NOW + 9))
    assert [list(verdict.values()) for verdict in sorted(verdicts, key=len)] == [[], [Reason.DUPLICATE]]
    assert await first.store.nodes.prune_guards(NOW + 8, 10) == 0
    assert await first.store.nodes.prune_guards(NOW + 9, 10) == 1
    assert not await claim(second, NOW + 20)


async def test_hints_reach_the_others_and_not_oneself(town):
    first, second = await town.node("a"), await town.node("b")
    heard = {"a": [], "b": []}
    first.store.nodes.listen(heard["a"].append)
    second.store.nodes.listen(heard["b"].append)
    for house in (first, second):
        await house.store.nodes.look(renew=False)  # connected
    first.store.nodes.hint("work carrier")
    first.store.nodes.hint("to smpp:shop")

    async def both():
        return heard["b"] == ["work carrier", "to smpp:shop"]

    await eventually(both)
    assert heard["a"] == []


async def test_ended_nodes_are_forgotten_unless_something_of_theirs_waits(town):
    first, second, third = [await town.node(name) for name in "abc"]
    await second.store.write([second.message(node=second.fence.node)], second.fence, NOW)
    for house in (first, second):
        await house.store.nodes.leave()
    await third.store.nodes.forget(2**41)
    assert [row.name for row in (await third.store.nodes.look(renew=False)).nodes] == ["b", "c"]


async def test_a_message_accepted_where_its_carrier_is_not_is_nobodys_to_load(town):
    first = await town.node("a")
    fresh = [first.message(node=0), first.message(node=first.fence.node)]
    await first.store.write(fresh, first.fence, NOW)
    found = await first.store.heads("carrier", fresh[0].priority, 0, 10, first.fence)
    assert [message.id for message in found] == [fresh[1].id]
