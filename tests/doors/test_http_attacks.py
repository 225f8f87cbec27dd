"""What hostile or broken callers do to the HTTP listener, and what it costs the others (reliability.md 3)."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket

import pytest
from http_world import Caller, chunked, get, listening, post

HEAD = b"POST /echo HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        HEAD + b"Content-Length: 3, 4\r\n\r\nabcd",
        HEAD + b"Content-Length: +3\r\n\r\nabc",
        HEAD + b"Content-Length: -1\r\n\r\nabc",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\nabc",
        HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        HEAD + b"X: a\r\n folded\r\n\r\n",
        HEAD + b"X: a\x00b\r\n\r\n",
        HEAD + b"X: a\rb\r\n\r\n",
        HEAD + b"X Y: a\r\n\r\n",
        HEAD + b": a\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
        b"GET /echo HTTP/1.1\nHost: a\n\n",
        b"GET /echo HTTP/1.9\r\n\r\n",
        b"GET /echo a HTTP/1.1\r\n\r\n",
        b"GET /\xd0\xb0 HTTP/1.1\r\n\r\n",
        b"STEAL /echo HTTP/1.1\r\n\r\n",
        b"CONNECT inside:22 HTTP/1.1\r\nHost: inside\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"\x00" * 16,
        b"EHLO mail\r\n",
    ],
)
async def test_B13_what_is_no_request_is_answered_400_and_closed(request_bytes):
    async with listening() as world:
        caller = await world.connect()
        answer = await caller.ask(request_bytes)
        assert (answer.status, answer.headers["connection"]) == (400, "close")
        assert await caller.is_closed()
        assert (world.asked, world.faults, world.shell.malformed) == ([], [], 1)


@pytest.mark.parametrize("line", [b"GET /echo HTTP/2.0\r\n\r\n", b"GET /echo\r\n\r\n"])
async def test_B13_another_version_of_HTTP_is_refused(line):
    async with listening() as world:
        assert (await world.ask(line)).status == 505
        assert world.asked == []


async def test_B13_what_was_asked_before_the_nonsense_is_answered_first():
    async with listening() as world:
        caller = await world.connect()
        caller.send(post(b"/held/1", b"a") + post(b"/later", b"b") + b"nonsense\r\n\r\n" + post(b"/echo", b"c"))
        await world.until(lambda: "/held/1" in world.gates)
        world.gate("/held/1").set()
        answers = [await caller.answer() for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 400]
        assert await caller.is_closed()
        assert [request.body for request in world.asked] == [b"a", b"b"]


async def test_B13_a_smuggled_second_request_is_never_handled():
    inner = get(b"/echo?smuggled=1")
    smuggled = HEAD + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(inner)) + inner
    async with listening() as world:
        assert (await world.ask(smuggled)).status == 400
        await asyncio.sleep(0.02)
        assert world.asked == []


@pytest.mark.parametrize(
    "head",
    [
        get(b"/echo?" + b"a" * 65_536),
        get(b"/echo", b"X: " + b"a" * 65_536),
        get(b"/echo", *[b"X-%d: %b" % (n, b"a" * 1000) for n in range(70)]),
        get(b"/echo", *[b"X-%d: a" % n for n in range(201)]),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_B13_too_much_of_a_head_is_refused(head, at_once):
    async with listening() as world:
        caller = await world.connect()
        if at_once:
            answer = await caller.ask(head)
        else:
            for at in range(0, len(head), 8192):
                caller.send(head[at : at + 8192])
                await asyncio.sleep(0.001)
            answer = await caller.answer()
        assert answer.status == 431
        assert world.asked == []


async def test_a_head_of_nearly_the_most_is_taken():
    async with listening() as world:
        assert (await world.ask(get(b"/echo", *[b"X-%d: a" % n for n in range(199)]))).status == 200
        assert (await world.ask(get(b"/echo", b"X: " + b"a" * 65_000))).status == 200


async def test_B13_a_head_without_end_is_refused_when_it_is_too_long():
    async with listening() as world:
        caller = await world.connect()
        caller.send(b"GET /echo HTTP/1.1\r\nX: ")
        for _ in range(70):
            caller.send(b"a" * 1024)
            await asyncio.sleep(0.001)
        assert (await caller.answer()).status == 431


async def test_B13_a_hundred_megabytes_are_not_read():
    async with listening(drained=1 << 20) as world:
        caller = await world.connect()
        caller.send(get(b"/echo", b"Content-Length: 100000000").replace(b"GET", b"POST"))
        answer = await caller.answer()
        assert world.asked[0].body_too_large
        assert answer.headers["connection"] == "close"

        async def send_it_all():
            for _ in range(1000):
                caller.send(b"x" * 100_000)
                await caller.writer.drain()

        with pytest.raises((TimeoutError, ConnectionError)):
            await asyncio.wait_for(send_it_all(), 0.5)
        world.pass_time(2.1)
        await world.until(lambda: world.shell.connections == 0)


async def test_B13_paths_of_many_slashes_are_looked_up_at_once():
    async with listening() as world:
        caller = await world.connect()
        async with asyncio.timeout(5):  # a look at each slash of all of them takes a minute
            for path in [b"/" * 60_000, b"/echo" * 12_000, b"/below/" * 8_000] * 30:
                answer = await caller.ask(get(path))
                assert answer.status == (200 if path.startswith(b"/below/") else 404)


async def test_B13_bodies_in_tiny_chunks_are_joined_without_a_list_of_them():
    async with listening() as world:
        answer = await world.ask(chunked(b"/echo", *[b"x"] * 1000))
        assert answer.body == b"1:" + b"x" * 1000
        assert world.shell.buffered == 0


async def test_B13_a_header_after_the_body_is_no_header():
    late = b"0\r\nX-Forwarded-For: 203.0.113.9\r\nAuthorization: Bearer late\r\n\r\n"
    async with listening(trusted_proxies=("127.0.0.1",)) as world:
        assert (await world.ask(chunked(b"/echo", b"a", last=late))).body == b"1:a"
        assert world.asked[0].header("authorization") == ""
        assert world.asked[0].peer == "127.0.0.1"


async def test_P8_bodies_of_all_callers_together_are_bounded():
    async with listening(buffered=2500) as world:
        waiting = [await world.connect() for _ in range(2)]
        for caller in waiting:
            caller.send(get(b"/echo", b"Content-Length: 1000").replace(b"GET", b"POST") + b"x" * 999)
        await world.until(lambda: world.shell.buffered == 1998)
        assert (await world.ask(post(b"/echo", b"y" * 600))).status == 503
        assert world.shell.buffered == 1998
        for caller in waiting:
            assert (await caller.ask(b"x")).status == 200
        assert world.shell.buffered == 0
        assert (await world.ask(post(b"/echo", b"y" * 600))).status == 200


async def test_P8_more_connections_than_the_limit_are_closed_at_once_and_room_comes_back():
    async with listening(connections=3) as world:
        callers = [await world.connect() for _ in range(3)]
        for caller in callers:
            assert (await caller.ask(get(b"/echo"))).status == 200
        assert await (await world.connect()).is_closed()
        callers[0].close()
        await world.until(lambda: world.shell.connections == 2)
        assert (await world.ask(get(b"/echo"))).status == 200


async def test_P8_who_does_not_read_gets_no_more_answers_made():
    async with listening() as world:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, world.shell.addresses[0])
        reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
        caller = Caller(reader, writer)
        world.callers.append(caller)
        writer.write(get(b"/big") * 400)
        await world.until(lambda: len(world.asked) > 1)
        before = 0
        while before != len(world.asked):
            before = len(world.asked)
            await asyncio.sleep(0.1)
        assert before < 200
        caller.reader._limit = 1 << 26
        for _ in range(400):
            assert (await caller.answer()).headers["content-length"] == "100000"
        assert len(world.asked) == 400


async def test_P8_a_flood_of_pipelined_requests_is_cut_off_after_what_was_taken():
    async with listening(pipelined=4) as world:
        caller = await world.connect()
        caller.send(get(b"/held/1") + get(b"/echo") * 2000)
        await world.until(lambda: "/held/1" in world.gates)
        await asyncio.sleep(0.05)
        world.gate("/held/1").set()
        statuses = []
        for _ in range(130):
            statuses.append((await caller.answer()).status)
        assert statuses == [200] * 129 + [400]
        assert await caller.is_closed()


async def test_requests_beyond_the_mark_are_read_once_the_first_are_answered():
    async with listening(pipelined=4) as world:
        caller = await world.connect()
        for n in range(60):
            caller.send(get(b"/held/1") if n == 0 else post(b"/later", b"%d" % n))
            await asyncio.sleep(0)
        await world.until(lambda: "/held/1" in world.gates)
        world.gate("/held/1").set()
        bodies = [(await caller.answer()).body for _ in range(60)]
        assert bodies == [b"1:"] + [b"%d:%d" % (n + 1, n) for n in range(1, 60)]


# -- time -----------------------------------------------------------------------------------------------------------


async def test_B6_who_connects_and_stays_silent_is_closed_after_ten_seconds():
    async with listening() as world:
        caller = await world.connect()
        await world.until(lambda: world.shell.connections == 1)
        world.pass_time(9.9)
        await asyncio.sleep(0.05)
        assert world.shell.connections == 1
        world.pass_time(0.2)
        assert await caller.is_closed()


async def test_B6_a_head_in_single_bytes_ends_after_ten_seconds_however_often_one_comes():
    async with listening() as world:
        caller = await world.connect()
        caller.send(b"GET /echo HTTP/1.1\r\n")
        await asyncio.sleep(0.05)
        for _ in range(9):
            caller.send(b"X")
            await asyncio.sleep(0.02)
            world.pass_time(1)
        await asyncio.sleep(0.05)
        assert world.shell.malformed == 0
        world.pass_time(1.1)
        assert (await caller.answer()).status == 408
        assert await caller.is_closed()


async def test_B6_a_body_in_single_bytes_ends_after_thirty_seconds():
    async with listening() as world:
        caller = await world.connect()
        caller.send(post(b"/echo", b"x" * 100)[:-99])
        await world.until(lambda: world.shell.buffered == 1)
        for _ in range(29):
            caller.send(b"x")
            await asyncio.sleep(0.01)
            world.pass_time(1)
        await asyncio.sleep(0.05)
        assert world.shell.malformed == 0
        world.pass_time(1.1)
        assert (await caller.answer()).status == 408
        assert world.asked == []
        assert world.shell.buffered == 0


async def test_an_idle_connection_is_closed_after_75_seconds():
    async with listening() as world:
        caller = await world.connect()
        await caller.ask(get(b"/echo"))
        world.pass_time(74)
        await asyncio.sleep(0.05)
        assert (await caller.ask(get(b"/echo"))).status == 200
        world.pass_time(74)
        await asyncio.sleep(0.05)
        assert world.shell.connections == 1
        world.pass_time(1.1)
        assert await caller.is_closed()


async def test_no_limit_of_time_ends_what_is_being_answered():
    async with listening() as world:
        caller = await world.connect()
        caller.send(get(b"/held/1") + post(b"/echo", b"abc")[:-1])
        await world.until(lambda: "/held/1" in world.gates)
        world.pass_time(200)
        await asyncio.sleep(0.05)
        world.gate("/held/1").set()
        assert (await caller.answer()).body == b"1:"
        assert (await caller.ask(b"c")).body == b"2:abc"


async def test_B6_who_never_reads_his_answers_is_cut_off_after_thirty_seconds():
    async with listening() as world:
        caller = await world.connect(limit=1024)
        caller.send(get(b"/big") * 400)
        await world.until(lambda: len(world.asked) > 1)
        await asyncio.sleep(0.3)
        world.pass_time(31)
        await world.until(lambda: world.shell.connections == 0)
        assert len(world.asked) < 400


async def test_who_does_not_close_after_the_last_answer_is_closed_two_seconds_later():
    async with listening() as world:
        caller = await world.connect()
        assert (await caller.ask(b"nonsense\r\n\r\n")).status == 400
        await asyncio.sleep(0.05)
        assert world.shell.connections == 1
        world.pass_time(2.1)
        await world.until(lambda: world.shell.connections == 0)


# -- who calls ------------------------------------------------------------------------------------------------------

SPOOFED = b"X-Forwarded-For: 198.51.100.7"


async def _peer(world, *headers):
    await world.ask(get(b"/echo", *headers))
    return world.asked[-1].peer


async def test_B26_a_callers_own_word_for_his_address_is_not_believed():
    async with listening() as world:
        assert await _peer(world, SPOOFED) == "127.0.0.1"
    async with listening(trusted_proxies=("192.0.2.0/24",)) as world:
        assert await _peer(world, SPOOFED) == "127.0.0.1"


@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        ([b"X-Forwarded-For: 203.0.113.5"], "203.0.113.5"),
        ([b"X-Forwarded-For: 198.51.100.7, 203.0.113.5"], "203.0.113.5"),
        ([SPOOFED, b"X-Forwarded-For: 203.0.113.5"], "203.0.113.5"),
        ([b"X-Forwarded-For: 198.51.100.7,203.0.113.5 , 192.0.2.9"], "203.0.113.5"),
        ([b"x-forwarded-for: 192.0.2.8, 192.0.2.9"], "192.0.2.8"),
        ([b"X-Forwarded-For: 203.0.113.5:4711"], "203.0.113.5"),
        ([b"X-Forwarded-For: [2001:db8::5]:4711"], "2001:db8::5"),
        ([b"X-Forwarded-For: 2001:DB8:0::5"], "2001:db8::5"),
        ([b"X-Forwarded-For: ::ffff:203.0.113.5"], "203.0.113.5"),
        ([], "127.0.0.1"),
        ([b"X-Forwarded-For:"], "127.0.0.1"),
        ([b"X-Forwarded-For: unknown"], "127.0.0.1"),
        ([b"X-Forwarded-For: 203.0.113.5, localhost"], "127.0.0.1"),
        ([b"X-Forwarded-For: 203.0.113.5, 192.0.2.9, 1.2.3"], "127.0.0.1"),
    ],
)
async def test_B26_a_trusted_proxys_word_is_believed_as_far_as_the_trust_reaches(headers, peer):
    async with listening(trusted_proxies=("127.0.0.1", "192.0.2.0/24")) as world:
        assert await _peer(world, *headers) == peer


# -- chance ---------------------------------------------------------------------------------------------------------


async def test_B13_mutated_requests_never_reach_the_loop_as_an_exception():
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    good = [
        post(b"/echo?a=b", b"body", b"Expect: 100-continue"),
        chunked(b"/later", b"one", b"two", last=b"0\r\nT: x\r\n\r\n"),
        get(b"/below/%D0%BF", b"Connection: Upgrade", b"Upgrade: h2c"),
        get(b"http://a/echo", b"Connection: close"),
    ]
    errors = []
    async with listening() as world:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        for _ in range(150):
            data = bytearray(b"".join(chance.sample(good, 3)))
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(len(data))
                data[at : at + chance.randrange(3)] = bytes(
                    chance.choices(b"\x00\r\n: 0aZ\xff;=%/?", k=chance.randrange(3))
                )
            caller = await world.connect()
            cut = chance.randrange(len(data))
            caller.send(bytes(data[:cut]))
            await asyncio.sleep(0)
            caller.send(bytes(data[cut:]))
            with contextlib.suppress(OSError):  # the listener may have closed already
                caller.writer.write_eof()
                await caller.rest()
        await world.until(lambda: world.shell.connections == 0)
        assert world.shell.buffered == 0
        assert world.faults == []
        assert errors == []
