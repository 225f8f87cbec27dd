"""What happens on another node is told to whoever watches here, and so is what could not be told."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from heliograph.core.relay import ALL, MOST, MOST_WAITING, Relay
from heliograph.model.message import State
from heliograph.ports import StoreFailure


class Screen:
    """Shows what it is told."""

    def __init__(self, *wanted):
        self.wants = list(wanted)
        self.began = None
        self.seen = []
        self.texts = []
        self.missed = 0

    def wanted(self):
        return self.wants

    def happened_elsewhere(self, node, message, state):
        self.seen.append((node, message.id, state))

    def heard_elsewhere(self, text):
        self.texts.append(text.id)

    def missed_elsewhere(self, count):
        self.missed += count


class Store:
    """Has every message there is."""

    is_away = False

    @property
    def history(self):
        return self

    async def messages(self, ids, account_id):
        if self.is_away:
            raise StoreFailure("away")
        return [SimpleNamespace(id=id_) for id_ in ids]

    async def incoming(self, ids):
        return [SimpleNamespace(id=id_) for id_ in ids]


class Node:
    def __init__(self, number, *wanted):
        self.words = []
        self.screen = Screen(*wanted)
        self.store = Store()
        self.now = 0.0
        self.relay = Relay(
            hint=self.words.append,
            node=number,
            store=self.store,
            monotonic=lambda: self.now,
            watched=[self.screen],
        )

    def hear(self, words):
        for word in words:
            beginning, _, rest = word.partition(" ")
            {"want": self.relay.heard_wanted, "happened": self.relay.heard_happened}[beginning](rest)

    def said(self):
        said = self.words[:]
        self.words.clear()
        return said


def message(number, account=7, state=State.QUEUED):
    return SimpleNamespace(id=number, account_id=account, state=state)


async def told(node):
    """What it told the others, once it has."""
    while not node.words:
        await asyncio.sleep(0.005)
    return node.said()


async def shown(node):
    for _ in range(20):
        await asyncio.sleep(0)


async def test_nothing_is_told_while_nobody_watches_and_no_more_once_he_has_gone():
    here, there = Node(1, ALL), Node(2)
    there.relay.happened([message(1)])
    assert there.relay._timer is None
    await here.relay.beat()
    there.hear(here.said())
    there.relay.happened([message(2)])
    assert await told(there) == ["happened 2 0 2:7:3"]
    there.now += 7
    there.relay.happened([message(3)])
    await told(there)
    there.relay.happened([message(4)])
    assert there.relay._timer is None


async def test_only_accounts_that_are_watched_are_told_and_shown():
    here, there = Node(1, "7"), Node(2)
    await here.relay.beat()
    there.hear(here.said())
    there.relay.happened([message(1), message(2, account=8), message(3, state=State.DELIVERED)])
    there.relay.heard([SimpleNamespace(id=5, account_id=7, is_call=False)])
    here.hear(await told(there))
    await shown(here)
    assert here.screen.seen == [(2, 1, State.QUEUED), (2, 3, State.DELIVERED)]
    assert here.screen.texts == [5]
    assert here.screen.missed == 0


async def test_a_lost_hint_and_a_flood_are_counted_as_missed():
    here, there = Node(1, ALL), Node(2)
    await here.relay.beat()
    there.hear(here.said())
    there.relay.happened([message(1)])
    here.hear(await told(there))
    there.relay.happened([message(2), message(3)])
    await told(there)  # lost
    there.relay.happened([message(number) for number in range(4, 4 + MOST + 100)])
    here.hear(await told(there))
    there.relay.happened([message(9_000)])
    here.hear(await told(there))
    await shown(here)
    assert len(here.screen.seen) == 1 + MOST + 1
    assert here.screen.missed == 2 + 100


async def test_what_cannot_be_looked_up_and_what_nobody_keeps_up_with_is_missed():
    here = Node(1, ALL)
    here.store.is_away = True
    here.hear(["happened 2 0 1:7:3 2:7:3"])
    await shown(here)
    assert (here.screen.seen, here.screen.missed) == ([], 2)
    here.store.is_away = False
    items = " ".join(f"{number}:7:3" for number in range(MOST_WAITING + 30))
    here.hear([f"happened 2 2 {items}"])
    for _ in range(10):
        await shown(here)
    assert len(here.screen.seen) == MOST_WAITING
    assert here.screen.missed == 32
