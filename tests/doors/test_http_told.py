"""Answers that a handler is told later (`doors.later`): sent in the moment they are there, in the callers' order."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager

import pytest
from http_world import listening, post

from heliograph.doors.later import Later
from heliograph.protocols.http import HttpResponse


class Told:
    """A handler whose answers come when the test tells them."""

    def __init__(self):
        self.asked = []

    def routes(self):
        return {"/told": self.hold, "/at-once": self.answer}

    def hold(self, request):
        self.asked.append((request, Later()))
        return self.asked[-1][1]

    def answer(self, request):
        later = self.hold(request)
        self.tell(-1)
        return later

    def tell(self, number, told=None):
        request, later = self.asked[number]
        later.tell(told or HttpResponse(200, [], request.body))


async def gone(world, caller):
    """The caller cuts the connection off, and the listener has seen it."""
    connection = next(iter(world.shell._reception))
    lingering = struct.pack("ii", 1, 0)
    caller.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
    caller.close()
    await world.until(lambda: connection._is_gone)
    assert world.shell.connections == 1


@asynccontextmanager
async def one_waits():
    """A world, a caller whose request waits to be told its answer, and who tells it."""
    told = Told()
    async with listening(extra_routes=told.routes()) as world:
        caller = await world.connect()
        caller.send(post(b"/told", b"1"))
        await world.until(lambda: told.asked)
        yield world, caller, told


async def test_a_told_answer_is_sent_and_what_waited_behind_it_is_asked_then():
    told = Told()
    async with listening(extra_routes=told.routes()) as world:
        caller = await world.connect()
        requests = [post(b"/told", b"1"), post(b"/at-once", b"2"), post(b"/told", b"3"), post(b"/echo", b"4")]
        caller.send(b"".join(requests))
        await world.until(lambda: told.asked)
        assert len(told.asked) == 1
        told.tell(0)
        assert len(told.asked) == 1  # whoever tells has more to do
        assert [(await caller.answer()).body for _ in range(2)] == [b"1", b"2"]
        await world.until(lambda: len(told.asked) == 3)
        told.tell(2)
        assert [(await caller.answer()).body for _ in range(2)] == [b"3", b"1:4"]


async def test_answers_told_at_once_are_sent_however_many_wait():
    told = Told()
    async with listening(extra_routes=told.routes()) as world:
        caller = await world.connect()
        caller.send(b"".join([post(b"/at-once", b"%d" % number) for number in range(900)]))
        assert [(await caller.answer()).body for _ in range(900)] == [b"%d" % number for number in range(900)]


async def test_what_went_wrong_is_told_in_the_doors_words_and_the_connection_lives():
    async with one_waits() as (world, caller, told):
        told.tell(0, LookupError("secret words of ours"))
        answer = await caller.answer()
        assert (answer.status, answer.body) == (500, b"other words")
        assert (await caller.ask(post(b"/echo", b"y"))).body == b"1:y"
        assert [str(error) for _, error in world.faults] == ["secret words of ours"]


async def test_an_answer_that_will_never_be_ends_the_connection():
    async with one_waits() as (world, caller, told):
        told.tell(0, asyncio.CancelledError())
        assert await caller.is_closed()
        await world.until(lambda: world.shell.connections == 0)
        assert world.faults == []


@pytest.mark.parametrize("is_gone", [False, True])
async def test_a_stop_cuts_off_who_waits_to_be_told_and_the_answer_may_still_come(is_gone):
    async with one_waits() as (world, caller, told):
        if is_gone:
            await gone(world, caller)
        await world.shell.stop(0.05)
        assert world.shell.connections == 0
        told.tell(0)
        assert world.faults == []


async def test_an_answer_told_to_a_caller_who_went_away_is_nobodys():
    async with one_waits() as (world, caller, told):
        await gone(world, caller)
        told.tell(0)
        assert world.shell.connections == 0
        assert world.faults == []


async def test_who_waits_for_100_continue_behind_a_told_answer_is_told_after_it():
    told = Told()
    async with listening(extra_routes=told.routes()) as world:
        caller = await world.connect()
        caller.send(
            post(b"/told", b"1") + post(b"/echo", b"", b"Expect: 100-Continue").replace(b"Length: 0", b"Length: 3")
        )
        await world.until(lambda: told.asked)
        told.tell(0)
        assert (await caller.answer()).body == b"1"
        assert await asyncio.wait_for(caller.reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await caller.ask(b"abc")).body == b"1:abc"
