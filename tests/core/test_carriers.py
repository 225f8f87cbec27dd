"""Who cannot reach a carrier leaves it to another node, and nobody flaps."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from heliograph.core.carriers import Carriers
from heliograph.core.line import Line
from heliograph.model.node import Lease, NodeRow, Standing
from heliograph.ports import StoreFailure


class Leases:
    """What nodes hold, as the store would say."""

    def __init__(self):
        self.held = {}

    def of(self, node):
        return View(self, node)


class View:
    """`NodeStore` of one node."""

    def __init__(self, leases, node):
        self._held, self._node = leases.held, node

    async def take(self, names):
        return {name for name in names if self._held.setdefault(name, [self._node, ""])[0] == self._node}

    async def tell(self, name, detail):
        self._held[name][1] = detail

    async def give_back(self, names):
        for name in names:
            if self._held.get(name, [0])[0] == self._node:
                del self._held[name]

    async def leases(self, beginning):
        return [Lease(name, *held) for name, held in sorted(self._held.items()) if name.startswith(beginning)]

    async def disown(self, connector, limit):
        return 0


class Carrier:
    """A connector that gets its link where it can be reached."""

    name = "carrier"
    free = 0

    def __init__(self, sessions):
        self.sessions = sessions
        self.allowed = sessions
        self.is_reached = True

    @property
    def connected(self):
        return self.is_reached and self.allowed > 0

    async def allow(self, sessions):
        self.allowed = sessions


class Dispatch:
    def __init__(self, carrier):
        self.lines = {carrier.name: Line(carrier, capacity=10, speed=90.0)}
        self.left = 0

    async def leave(self, name):
        self.left += 1
        self.lines[name].go_away()
        return []

    def ready(self, name):
        pass


class Town:
    """Three nodes; `look` lets each look once a second."""

    def __init__(self, sessions=1, patience=20.0):
        self.now = 1_000.0
        leases = Leases()
        self.held = leases.held
        self.carriers, self.rooms, self.alive = {}, {}, [1, 2, 3]
        for number in self.alive:
            carrier = self.carriers[number] = Carrier(sessions)
            node = SimpleNamespace(
                fence=SimpleNamespace(node=number), is_safe=lambda: True, hint=lambda word: None, alive=[]
            )
            self.rooms[number] = Carriers(
                leases.of(number),
                node,
                Dispatch(carrier),
                [carrier],
                patience={"carrier": patience},
                monotonic=lambda: self.now,
                unsent=lambda attempts: None,
            )

    async def look(self, seconds=1):
        for _ in range(seconds):
            standing = Standing(True, tuple(NodeRow(n, "", "", 0, 1, 5_000, 0, False, 0) for n in self.alive), 0)
            for number in self.alive:
                await self.rooms[number].look(standing)
            self.now += 1

    def sessions(self):
        return {number: room.held()["carrier"] for number, room in self.rooms.items() if number in self.alive}

    def holder(self):
        return next((number for number, count in self.sessions().items() if count), None)

    def left(self):
        return sum(room.left for room in self.rooms.values())


async def started(**settings):
    town = Town(**settings)
    for room in town.rooms.values():
        await room.hold_back()
    await town.look(2)
    return town


async def test_a_node_without_a_link_leaves_its_session_after_its_time_to_one_that_gets_it():
    town = await started()
    assert town.holder() == 1
    town.carriers[1].is_reached = False
    await town.look(19)
    assert town.holder() == 1, "not before its time"
    await town.look(3)
    assert town.holder() == 2
    assert town.carriers[1].allowed == 0
    assert (town.carriers[2].connected, town.left()) == (True, 1)
    await town.look(700)
    assert (town.holder(), town.left()) == (2, 1), "who has the link keeps it"


async def test_when_nobody_reaches_the_carrier_one_goes_on_trying_and_the_session_does_not_flap():
    town = await started()
    for carrier in town.carriers.values():
        carrier.is_reached = False
    holders = []
    for _ in range(3_600):
        await town.look()
        holders.append(town.holder())
    assert holders.count(None) <= 2 * town.left()
    assert 2 < town.left() <= 2 + 3 * 9, "pauses of 60, 120, 240, 480 s, then of ten minutes"
    town.carriers[3].is_reached = True
    await town.look(700)
    assert town.holder() == 3
    left = town.left()
    await town.look(700)
    assert (town.holder(), town.left()) == (3, left)


@pytest.mark.parametrize("fails", ["take", "give_back"])
@pytest.mark.parametrize("looks", [1, 100])
async def test_a_store_that_fails_as_a_session_is_left_does_not_lose_the_session(fails, looks):
    town = await started()
    view = town.rooms[1]._nodes
    right = getattr(view, fails)
    town.carriers[1].is_reached = False
    await town.look(19)

    async def fail(names):
        raise StoreFailure("away")

    setattr(view, fails, fail)
    failed = 0
    for _ in range(200):
        try:
            await town.look()
        except StoreFailure:
            failed += 1
            town.now += 1
        if failed == looks:
            break
    setattr(view, fails, right)
    town.carriers[1].is_reached = True
    await town.look(70)
    assert town.holder() is not None
    assert town.carriers[town.holder()].connected


async def test_a_node_that_stands_back_has_the_session_when_no_other_is_left():
    town = await started()
    town.carriers[1].is_reached = False
    await town.look(22)
    assert town.holder() == 2
    town.alive = [1]
    for name in [name for name, (node, _) in town.held.items() if node != 1]:
        del town.held[name]
    town.carriers[1].is_reached = True
    await town.look(2)
    assert town.holder() == 1
    assert town.carriers[1].connected


async def test_all_sessions_go_where_the_carrier_is_reached_and_their_speed_with_them():
    town = await started(sessions=3)
    assert town.sessions() == {1: 1, 2: 1, 3: 1}
    await town.look(1)
    lines = {number: room._dispatch.lines["carrier"] for number, room in town.rooms.items()}
    assert [line.bucket.rate for line in lines.values()] == [30.0] * 3
    town.carriers[1].is_reached = town.carriers[2].is_reached = False
    await town.look(30)
    assert town.sessions() == {1: 0, 2: 0, 3: 3}
    assert lines[3].bucket.rate == 90.0


async def test_with_no_patience_set_a_node_keeps_its_session():
    town = await started(patience=0.0)
    town.carriers[1].is_reached = False
    await town.look(100)
    assert (town.holder(), town.left()) == (1, 0)
