"""Three gateways on one database: killed, stopped, cut off, restarted in turn; nothing promised is lost."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.link import send_to
from heliograph.installation import Installation
from heliograph.simulator.memory import read_ledger
from nodes.town import Crowd, Town, Wire, a_carrier, until
from store.postgres.schemas import schemas

WINDOW = 20


def told(node, verb):
    """What a running node answers; None while it does not."""
    with suppress(NotPossible, OSError):
        return asyncio.run(send_to(Installation(node.folder), verb))
    return None


def has_session(node):
    status = told(node, verbs.Status())
    return status is not None and status["connectors"][0]["connected"]


def holder(nodes, seconds=30):
    return until(lambda: next((node for node in nodes if has_session(node)), None), seconds)


def all_delivered(node, count):
    census = told(node, verbs.Census())
    return census is not None and census.get("delivered") == count == sum(census.values())


def is_ready(node):
    return node.get("/readyz") == 200


@contextmanager
def a_town(folder, **settings):
    wire = Wire(f"{schemas(18).server.folder}/.s.PGSQL.5432")
    url = schemas(18).url(folder)
    cut_off = f"postgresql://heliograph@127.0.0.1:{wire.port}/postgres?sslmode=disable&" + url.rpartition("&")[2]
    with a_carrier(folder / "carrier.log") as port:
        town = Town(folder, url, port, cut_off, window=WINDOW, **settings)
        try:
            yield town, wire
        finally:
            town.end()
            wire.close()


def taken_by_carrier(folder):
    return Counter(part.recipient for part in read_ledger(folder / "carrier.log").taken)


@pytest.mark.timeout(400)
def test_R34_R1_R28_three_nodes_killed_paused_cut_off_and_restarted_lose_nothing(tmp_path):
    with a_town(tmp_path) as (town, wire):
        first, second, third = town.nodes
        first.ask("account", "top-up", "shop", "1.00")
        town.start()

        # 500 at once, over all three, with money for 100 (R28)
        def one(number):
            return town.nodes[number % 3].send(town.token, [f"38067{2_001_000 + number}"])

        with ThreadPoolExecutor(30) as together:
            promised = [number for numbers in together.map(one, range(500)) for number in numbers]
        assert len(promised) == len(set(promised)) == 100
        assert told(second, verbs.AccountTopUp("shop", "1000")) is not None
        until(lambda: third.send(town.token, ["380673001000"]) and promised.append("380673001000") is None)

        # the one with the session is killed under load: another has it within 15 s (R34)
        dead = holder(town.nodes)
        rest = [node for node in town.nodes if node is not dead]
        crowd = Crowd(town.token, rest)
        time.sleep(1)
        dead.end(signal.SIGKILL)
        begun = time.monotonic()
        heir = holder(rest)
        assert time.monotonic() - begun < 15

        # its heir stands still, and is followed; when it wakes it changes nothing and begins a new life
        last = next(node for node in rest if node is not heir)
        crowd.nodes = [last]
        heir.tell(signal.SIGSTOP)
        begun = time.monotonic()
        assert holder([last]) is last
        assert time.monotonic() - begun < 15
        heir.tell(signal.SIGCONT)
        until(lambda: "another node has taken over" in (heir.folder / "log").read_text())
        until(lambda: is_ready(heir))
        assert not has_session(heir)
        promised += crowd.stop()

        # all of them restarted in turn, under load (R35)
        dead.begin()
        dead.ready()
        crowd = Crowd(town.token, [heir], start=20_000)
        for node in (last, dead):
            node.end(signal.SIGTERM)
            node.begin()
            node.ready()
        crowd.nodes = [dead]
        assert heir.end(signal.SIGTERM) == 0
        heir.begin()
        heir.ready()
        promised += crowd.stop()

        # one is cut off from the database: it says so, promises nothing, and its session goes to another
        for node in (first, second):
            node.end(signal.SIGTERM)
        assert holder([third]) is third
        first.begin()
        first.ready()
        wire.is_dead = True
        until(lambda: third.get("/readyz") == 503)
        assert third.send(town.token, ["380673001001"], timeout=3) == []
        assert holder([first]) is first
        wire.is_dead = False
        until(lambda: is_ready(third))
        promised += until(lambda: third.send(town.token, ["380673001002"]))

        until(lambda: all_delivered(first, len(set(promised))))
        assert first.ask("check") == {"faults": []}
        times = taken_by_carrier(tmp_path)
        assert set(promised) <= set(times)
        assert sum(count - 1 for count in times.values()) <= 4 * WINDOW
        assert max(times.values()) <= 2
