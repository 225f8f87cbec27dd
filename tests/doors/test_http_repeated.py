"""A head that a connection has read before is compared, not read again: nobody can tell, whatever follows it."""

from __future__ import annotations

import asyncio

import pytest
from http_world import MAX_BODY, chunked, listening, post

FIRST = post(b"/echo?a=1", b"hello", b"X-Word: one")


async def test_each_body_arrives_whole_under_the_same_head():
    async with listening() as world:
        caller = await world.connect()
        bodies = [b"hello", b"", b"a", b"x" * MAX_BODY, b"Content-Length: 3\r\n\r\n", b"hello"]
        answers = [await caller.ask(post(b"/echo?a=1", body, b"X-Word: one")) for body in bodies]
        assert [answer.body for answer in answers] == [b"%d:%b" % (n, body) for n, body in enumerate(bodies, 1)]
        assert [request.body for request in world.asked] == bodies
        assert [request.header("content-length") for request in world.asked] == ["5", "0", "1", "1000", "21", "5"]
        assert {(r.method, r.path, r.query, r.peer, r.header("x-word")) for r in world.asked} == {
            ("POST", "/echo", b"a=1", "127.0.0.1", "one")
        }
        assert world.shell.buffered == 0


async def test_another_head_is_read_anew():
    async with listening() as world:
        caller = await world.connect()
        for _ in range(2):
            await caller.ask(FIRST)
            await caller.ask(post(b"/echo?a=2", b"hello", b"X-Word: one"))
            await caller.ask(post(b"/echo?a=1", b"hello", b"X-Word: two"))
            await caller.ask(post(b"/later?a=1", b"hello", b"X-Word: one"))
        seen = [(request.path, request.query, request.header("x-word")) for request in world.asked]
        assert (
            seen
            == [("/echo", b"a=1", "one"), ("/echo", b"a=2", "one"), ("/echo", b"a=1", "two"), ("/later", b"a=1", "one")]
            * 2
        )


async def test_it_may_come_in_pieces_or_with_the_next():
    async with listening() as world:
        caller = await world.connect()
        await caller.ask(FIRST)
        for cut in (1, len(FIRST) // 2, len(FIRST) - 5, len(FIRST) - 1):
            caller.send(FIRST[:cut])
            await asyncio.sleep(0.005)  # so that it comes alone
            assert (await caller.ask(FIRST[cut:])).status == 200
        caller.send(FIRST + FIRST + FIRST[:10])
        assert [(await caller.answer()).body for _ in range(2)] == [b"6:hello", b"7:hello"]
        assert (await caller.ask(FIRST[10:])).body == b"8:hello"


async def test_what_it_asks_for_beside_the_body_is_minded_each_time():
    async with listening() as world:
        caller = await world.connect()
        waiting = post(b"/echo", b"hello", b"Expect: 100-continue")
        for number in (1, 2, 3):
            caller.send(waiting)
            assert (await caller.answer(without_body=True)).status == 100
            assert (await caller.answer()).body == b"%d:hello" % number
        assert (await caller.ask(post(b"/echo", b"hello", b"Connection: close"))).headers["connection"] == "close"
        assert await caller.is_closed()


async def test_chunked_bodies_stay_chunked():
    async with listening() as world:
        caller = await world.connect()
        for body in (b"hello", b"he", b"hello"):
            await caller.ask(chunked(b"/echo", body))
        assert [request.body for request in world.asked] == [b"hello", b"he", b"hello"]


@pytest.mark.parametrize("length", [b"+5", b"-5", b"0x5", b"5, 5", b"5 5", b"\xd9\xa5", b"5\r\nContent-Length: 6"])
async def test_B23_a_length_that_is_none_is_refused_as_ever(length):
    async with listening() as world:
        caller = await world.connect()
        await caller.ask(FIRST)
        wrong = FIRST.replace(b"Content-Length: 5", b"Content-Length: " + length)
        assert wrong != FIRST
        assert (await caller.ask(wrong)).status == 400
        assert await caller.is_closed()
        assert len(world.asked) == 1


@pytest.mark.parametrize("more", [b"Transfer-Encoding: chunked", b"Content-Length: 5", b"Content-Length: 6"])
async def test_B23_a_second_length_is_refused_as_ever(more):
    async with listening() as world:
        caller = await world.connect()
        await caller.ask(FIRST)
        assert (await caller.ask(FIRST.replace(b"X-Word: one", more))).status == 400
        assert len(world.asked) == 1


async def test_B13_a_body_over_the_limit_is_refused_in_the_doors_words():
    async with listening() as world:
        caller = await world.connect()
        await caller.ask(FIRST)
        answer = await caller.ask(post(b"/echo?a=1", b"x" * (MAX_BODY + 1), b"X-Word: one"))
        assert world.asked[-1].body_too_large
        assert answer.headers["connection"] == "close"
        assert world.asked[-1].body == b""
