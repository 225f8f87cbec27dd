"""Looking names up: once per name at a time, and no name that hangs is in another's way (P7)."""

from __future__ import annotations

import asyncio
import threading

import pytest

from heliograph.net.names import MOST_AT_ONCE, Names

PATIENCE = 10


class Resolver:
    """Answers when the test lets it."""

    def __init__(self):
        self.asked = []
        self.answers = {}
        self.gates = {}

    def hold(self, host):
        self.gates[host] = threading.Event()

    def __call__(self, host):
        self.asked.append(host)
        if host in self.gates:
            self.gates[host].wait(PATIENCE)
        answer = self.answers.get(host, ("192.0.2.1",))
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def resolver():
    resolver = Resolver()
    yield resolver
    for gate in resolver.gates.values():
        gate.set()


@pytest.mark.parametrize(
    ("host", "address"), [("192.0.2.7", "192.0.2.7"), ("::1", "::1"), ("2001:DB8:0:0::7", "2001:db8::7")]
)
async def test_an_address_is_its_own_name(resolver, host, address):
    assert await Names(resolver).addresses(host) == (address,)
    assert resolver.asked == []


async def test_the_systems_resolver_knows_localhost():
    assert set(await Names().addresses("localhost")) & {"127.0.0.1", "::1"}


async def test_the_systems_resolver_reads_numbers_as_addresses():
    assert await Names().addresses("2130706433") == ("127.0.0.1",)


async def test_a_label_that_no_name_can_have_is_an_OSError():
    with pytest.raises(OSError, match="the name is none"):
        await Names().addresses("a" * 64 + ".example")


async def test_a_name_is_looked_up_once_for_all_who_ask_meanwhile(resolver):
    resolver.hold("slow.example")
    resolver.answers["slow.example"] = ("192.0.2.1", "192.0.2.2")
    names = Names(resolver)
    asking = [asyncio.create_task(names.addresses("slow.example")) for _ in range(5)]
    await asyncio.sleep(0.01)
    resolver.gates["slow.example"].set()
    assert await asyncio.gather(*asking) == [("192.0.2.1", "192.0.2.2")] * 5
    assert resolver.asked == ["slow.example"]
    await names.addresses("slow.example")
    assert resolver.asked == ["slow.example"] * 2


async def test_R23_names_that_hang_are_in_nobodys_way(resolver):
    names = Names(resolver)
    hanging = [f"dead{n}.example" for n in range(MOST_AT_ONCE - 1)]
    for host in hanging:
        resolver.hold(host)
    waiting = [asyncio.create_task(names.addresses(host)) for host in hanging]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(names.addresses("alive.example"), PATIENCE) == ("192.0.2.1",)
    for task in waiting:
        assert not task.done()
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_P8_so_many_names_at_once_and_no_more(resolver):
    names = Names(resolver)
    hanging = [f"dead{n}.example" for n in range(MOST_AT_ONCE)]
    for host in hanging:
        resolver.hold(host)
    waiting = [asyncio.create_task(names.addresses(host)) for host in hanging]
    await asyncio.sleep(0)
    with pytest.raises(OSError, match="too many names"):
        await names.addresses("one-more.example")
    for gate in resolver.gates.values():
        gate.set()
    await asyncio.gather(*waiting)
    assert await names.addresses("one-more.example") == ("192.0.2.1",)


@pytest.mark.parametrize(
    ("answer", "words"), [(OSError(-2, "Name or service not known"), "not known"), ((), "no address")]
)
async def test_a_name_without_address_is_an_OSError(resolver, answer, words):
    resolver.answers["gone.example"] = answer
    names = Names(resolver)
    with pytest.raises(OSError, match=words):
        await names.addresses("gone.example")
    resolver.answers["gone.example"] = ("192.0.2.9",)
    assert await names.addresses("gone.example") == ("192.0.2.9",)


async def test_a_look_up_nobody_waits_for_any_more_is_let_go(resolver):
    resolver.hold("dead.example")
    resolver.answers["dead.example"] = OSError("no")
    names = Names(resolver)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(names.addresses("dead.example"), 0.01)
    resolver.gates["dead.example"].set()
    async with asyncio.timeout(PATIENCE):
        while names._pending:
            await asyncio.sleep(0.005)
