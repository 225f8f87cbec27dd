"""The HTTP listener over TLS: the same answers, and an end for everybody who does not speak it (RFC 8446, 5246)."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import warnings

import pytest
from http_world import get, listening, post
from tls_world import NAME, HandMade, context_of, issued, over_tls, said, trusting, usual_context

from heliograph.doors.http_listener import Listener

ONE_OF_EACH = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def gate(world):
    return world.shell.entrances[0].gate


@pytest.mark.parametrize("version", ONE_OF_EACH)
async def test_a_request_over_TLS_is_answered_as_any_other(version):
    context = trusting(minimum_version=version, maximum_version=version)
    async with over_tls() as world:
        caller = await world.connect(**said(context))
        assert (await caller.ask(post(b"/echo?a", b"hello"))).body == b"1:hello"
        assert (await caller.ask(post(b"/later", b"again"))).body == b"2:again"
        request = world.asked[0]
        assert (request.scheme, request.peer, request.query) == ("https", "127.0.0.1", b"a")
        assert request.origin == "https://gateway"
        assert (gate(world).completed, gate(world).under_way, dict(gate(world).failed)) == (1, 0, {})
        assert world.shell.urls == ["https://{}:{}".format(*world.shell.addresses[0])]


async def test_HTTP_1_1_is_agreed_on_with_who_would_rather_speak_another():
    context = trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with over_tls() as world:
        caller = await world.connect(**said(context))
        assert caller.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"


async def test_bodies_and_answers_of_many_records_arrive_whole():
    body = os.urandom(900)
    async with over_tls() as world:
        caller = await world.connect(**said())
        for byte in post(b"/echo", b"slow"):
            caller.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await caller.answer()).body == b"1:slow"
        assert (await caller.ask(post(b"/echo", body))).body == b"2:" + body
        assert (await caller.ask(get(b"/big"))).body == b"x" * 100_000
        caller.send(post(b"/echo", b"x" * 60_000))
        assert (await caller.answer()).status == 200
        assert world.asked[-1].body_too_large


async def test_requests_that_wait_undecrypted_are_answered_in_their_order():
    requests = [post(b"/held/first", b"0")] + [post(b"/later", b"%d" % n, b"X: " + b"a" * 900) for n in range(1, 200)]
    async with over_tls(pipelined=4) as world:
        caller = await world.connect(**said())
        caller.send(b"".join(requests))
        await world.until(lambda: "/held/first" in world.gates)
        await asyncio.sleep(0.02)
        assert world.asked == []
        world.gate("/held/first").set()
        bodies = [(await caller.answer()).body for _ in requests]
        assert bodies == [b"%d:%d" % (n + 1, n) for n in range(200)]


async def test_who_does_not_read_its_answers_is_cut_off():
    async with over_tls() as world:
        caller = await world.connect(limit=1024, **said())
        caller.send(get(b"/big") * 400)
        await world.until(lambda: len(world.asked) > 2)
        await asyncio.sleep(0.05)
        assert len(world.asked) < 400
        world.pass_time(30.1)
        await world.until(lambda: world.shell.connections == 0)


async def test_the_listener_says_the_end_before_it_closes():
    async with over_tls() as world:
        peer = HandMade(await world.connect())
        await peer.shake_hands()
        peer.send(get(b"/echo", b"Connection: close"))
        assert (await peer.rest()).endswith(b"\r\n\r\n1:")


async def test_a_caller_that_sends_no_more_still_gets_its_answer():
    async with over_tls() as world:
        peer = HandMade(await world.connect())
        await peer.shake_hands()
        peer.send(get(b"/held/1"))
        peer.say_end()
        await world.until(lambda: "/held/1" in world.gates)
        world.gate("/held/1").set()
        assert (await peer.rest()).endswith(b"\r\n\r\n1:")
        await world.until(lambda: world.shell.connections == 0)


async def test_a_refused_body_is_drained_so_that_the_refusal_arrives():
    async with over_tls() as world:
        peer = HandMade(await world.connect())
        await peer.shake_hands()
        peer.send(get(b"/echo", b"Content-Length: 2000000").replace(b"GET", b"POST") + b"x" * 100_000)
        for _ in range(10):
            peer.send(b"x" * 100_000)
            await asyncio.sleep(0.002)
        answer = await peer.rest()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert world.asked[0].body_too_large
        peer.caller.close()
        await world.until(lambda: world.shell.connections == 0)


async def test_a_caller_that_goes_without_a_word_leaves_nothing_behind():
    async with over_tls() as world:
        peer = HandMade(await world.connect())
        await peer.shake_hands()
        peer.send(get(b"/held/1"))
        await world.until(lambda: "/held/1" in world.gates)
        peer.caller.close()
        world.gate("/held/1").set()
        await world.until(lambda: world.shell.connections == 0)
        assert world.faults == []


# -- what is no TLS, or no end of it --------------------------------------------------------------------------------


async def test_plain_HTTP_on_the_TLS_port_is_told_so():
    async with over_tls() as world:
        caller = await world.connect()
        answer = await caller.ask(get(b"/echo"))
        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert answer.body == b'{"error":"this port speaks https"}\n'
        assert await caller.is_closed()
        caller.close()
        await world.until(lambda: world.shell.connections == 0)
        assert (world.asked, gate(world).failed) == ([], {"plain": 1})


async def test_TLS_on_the_plain_port_ends_at_once():
    async with listening() as world:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await world.connect(**said())
        assert world.shell.malformed == 1


@pytest.mark.parametrize(
    ("garbage", "how"),
    [
        (b"\x00" * 100, "plain"),
        (b"\x80\x2e\x01\x00\x02", "plain"),  # the first word of SSL 2
        (b"\x16" + b"\xff" * 100, "refused"),
        (b"\x16\x03\x01\x00\x05hello", "refused"),
        (b"\x16\x03\x01\xff\xff" + b"\x01" * 100, "refused"),
    ],
)
async def test_B6_garbage_instead_of_a_handshake_is_closed_without_harm(garbage, how):
    async with over_tls() as world:
        good = await world.connect(**said())
        caller = await world.connect()
        caller.send(garbage)
        await caller.rest()
        await world.until(lambda: world.shell.connections == 1)
        assert (gate(world).failed, gate(world).under_way) == ({how: 1}, 0)
        assert (await good.ask(get(b"/echo"))).status == 200
        assert world.faults == []


async def test_B6_garbage_after_the_handshake_ends_that_connection_alone():
    async with over_tls() as world:
        good = await world.connect(**said())
        peer = HandMade(await world.connect())
        await peer.shake_hands()
        peer.caller.send(b"\x17\x03\x03\x00\x20" + b"\xff" * 32)
        with pytest.raises(ssl.SSLError):  # an alert: bad record
            await peer.rest()
        await world.until(lambda: world.shell.connections == 1)
        assert (await good.ask(get(b"/echo"))).status == 200
        assert world.faults == []


async def test_TLS_1_1_is_refused():
    context = trusting()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with over_tls() as world:
        with pytest.raises(ssl.SSLError):
            await world.connect(**said(context))
        await world.until(lambda: gate(world).failed == {"refused": 1})


async def test_a_client_that_does_not_trust_the_certificate_says_so_and_is_counted():
    async with over_tls() as world:
        with pytest.raises(ssl.SSLCertVerificationError):
            await HandMade(await world.connect(), ssl.create_default_context()).shake_hands()
        await world.until(lambda: gate(world).failed == {"refused": 1})
        await world.until(lambda: world.shell.connections == 0)


async def test_B6_who_connects_to_the_TLS_port_and_stays_silent_is_closed():
    async with over_tls() as world:
        caller = await world.connect()
        await world.until(lambda: world.shell.connections == 1)
        world.pass_time(10.1)
        assert await caller.is_closed()
        await world.until(lambda: world.shell.connections == 0)


async def test_B6_a_handshake_that_stops_half_way_is_closed():
    async with over_tls() as world:
        peer = HandMade(await world.connect())
        peer.caller.send(peer.hello()[:100])
        await world.until(lambda: gate(world).under_way == 1)
        world.pass_time(10.1)
        assert await peer.caller.is_closed()
        assert (gate(world).failed, gate(world).under_way) == ({"unfinished": 1}, 0)


async def test_a_caller_that_hangs_up_during_the_handshake_is_forgotten():
    async with over_tls() as world:
        peer = HandMade(await world.connect())
        peer.caller.send(peer.hello())
        await world.until(lambda: gate(world).under_way == 1)
        peer.caller.close()
        await world.until(lambda: world.shell.connections == 0)
        assert (gate(world).failed, gate(world).under_way) == ({"unfinished": 1}, 0)


async def test_a_handshake_may_come_in_single_bytes():
    async with over_tls() as world:
        peer = HandMade(await world.connect())
        for byte in peer.hello():
            peer.caller.send(bytes([byte]))
            await asyncio.sleep(0)
        await peer.shake_hands()
        peer.send(get(b"/echo", b"Connection: close"))
        assert (await peer.rest()).endswith(b"1:")


async def test_B6_handshakes_without_end_make_room_for_good_ones():
    async with over_tls(handshakes=2, handshake_s=2.0) as world:
        slow = [HandMade(await world.connect()) for _ in range(2)]
        for peer in slow:
            peer.caller.send(peer.hello()[:50])
        await world.until(lambda: gate(world).under_way == 2)
        with pytest.raises((ssl.SSLError, ConnectionError)):  # none of them has had its time yet
            await world.connect(**said())
        world.pass_time(2.1)
        good = await world.connect(**said())
        assert (await good.ask(get(b"/echo"))).status == 200
        assert gate(world).failed == {"crowded": 2}
        assert gate(world).under_way == 1


def spoiled(data, chance):
    """The same bytes with some changed, left out, or doubled."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(1, len(data))  # the first byte stays that of a handshake
        match chance.randrange(3):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 20)]
            case _:
                data[at:at] = data[at : at + chance.randint(1, 20)]
    return bytes(data)


async def test_B6_spoiled_handshakes_and_records_end_without_a_fault_and_leave_nothing():
    seed = 20261121
    print(f"seed {seed}")
    chance = random.Random(seed)
    wrong = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: wrong.append(context))
    async with over_tls() as world:
        good = await world.connect(**said())
        for n in range(60):
            peer = HandMade(await world.connect())
            if n % 2:
                peer.caller.send(spoiled(peer.hello(), chance))
            else:
                await peer.shake_hands()
                peer.caller.send(spoiled(peer.sealed(post(b"/echo", b"x" * chance.randint(0, 900))), chance))
            await asyncio.sleep(0)
            if n % 3:
                peer.caller.writer.write_eof()
            else:
                peer.caller.close()
        world.pass_time(10.1)
        await world.until(lambda: world.shell.connections == 0 or gate(world).under_way == 0)
        world.pass_time(60)
        await world.until(lambda: world.shell.connections == 0)
        assert (world.faults, wrong, gate(world).under_way) == ([], [], 0)
        good.close()


# -- certificates and the end ---------------------------------------------------------------------------------------


async def test_a_new_context_is_for_new_connections_and_the_old_ones_go_on(tmp_path):
    async with over_tls() as world:
        before = await world.connect(**said())
        gate(world).context = context_of(issued(tmp_path, "renewed.example"))
        after = await world.connect(ssl=trusting(), server_hostname="renewed.example")
        assert (await before.ask(get(b"/echo"))).body == b"1:"
        assert (await after.ask(get(b"/echo"))).body == b"2:"


async def test_a_session_of_the_old_certificate_is_not_resumed_with_the_new_one(tmp_path):
    context = trusting(maximum_version=ssl.TLSVersion.TLSv1_2)
    async with over_tls() as world:
        first = HandMade(await world.connect(), context)
        await first.shake_hands()
        again = HandMade(await world.connect(), context)
        again.tls.session = first.tls.session
        await again.shake_hands()
        assert again.tls.session_reused
        gate(world).context = context_of(issued(tmp_path, NAME))
        later = HandMade(await world.connect(), context)
        later.tls.session = first.tls.session
        await later.shake_hands()
        assert not later.tls.session_reused
        assert later.tls.getpeercert()["serialNumber"] != first.tls.getpeercert()["serialNumber"]


async def test_a_stop_answers_what_is_asked_and_says_the_end_to_who_is_idle():
    async with over_tls() as world:
        idle, busy = HandMade(await world.connect()), HandMade(await world.connect())
        silent, half = await world.connect(), HandMade(await world.connect())
        for peer in (idle, busy):
            await peer.shake_hands()
        half.caller.send(half.hello())
        busy.send(get(b"/held/1"))
        await world.until(lambda: "/held/1" in world.gates and gate(world).under_way == 1)
        stop = asyncio.create_task(world.shell.stop(5.0))
        assert await idle.rest() == b""
        assert await silent.is_closed()
        await half.caller.rest()
        world.gate("/held/1").set()
        assert (await busy.rest()).endswith(b"1:")
        await asyncio.wait_for(stop, 5)
        assert world.shell.connections == 0


async def test_a_plain_listener_and_one_with_TLS_share_the_doors():
    listeners = [Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, usual_context())]
    async with listening(listeners=listeners) as world:
        assert (await world.ask(post(b"/echo", b"a"))).body == b"1:a"
        assert (await world.ask(post(b"/echo", b"b"), at=1, **said())).body == b"2:b"
        assert [request.scheme for request in world.asked] == ["http", "https"]
        assert [url.partition(":")[0] for url in world.shell.urls] == ["http", "https"]
