"""The live stream of our own interface: told at once, resumed where it broke off, cut where nobody reads."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest

from heliograph.backoffice import verbs
from heliograph.doors.v1_events import KEPT, MOST_READERS
from walks.world import eventually, running

PHONE = "380671112233"


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


class Reader:
    """One stream, read event by event."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer
        self.head = b""
        self.last = ""

    async def event(self):
        """The kind and the data of the next event."""
        while True:
            block = (await asyncio.wait_for(self.reader.readuntil(b"\n\n"), 15)).decode()
            fields = dict(line.split(": ", 1) for line in block.strip().split("\n") if ": " in line)
            if "event" in fields:
                self.last = fields["id"]
                return fields["event"], json.loads(fields["data"])

    async def until(self, kind, **wanted):
        """The next event of a kind with these members; what stands before it is passed over."""
        while True:
            found, data = await self.event()
            if found == kind and all(data[name] == value for name, value in wanted.items()):
                return data

    async def close(self):
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)


async def watch(world, last="", *, token=None, buffer=0):
    host, port = world.gateway.http.addresses[0]
    made = socket.create_connection((host, port))
    if buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.setblocking(False)
    stream = Reader(*await asyncio.open_connection(sock=made))
    resumed = f"Last-Event-ID: {last}\r\n" if last else ""
    head = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token or world.token}\r\n{resumed}\r\n"
    stream.writer.write(head.encode())
    stream.head = await asyncio.wait_for(stream.reader.readuntil(b"\r\n\r\n"), 15)
    return stream


async def send(world, text="x", *, token=None):
    status, _, answer = await world.post("/v1/messages", {"to": PHONE, "text": text}, token=token)
    assert status == 202, answer
    return json.loads(answer)["messages"][0]["id"]


async def test_what_is_accepted_and_what_ends_is_told_at_once_to_its_own_account_alone(world):
    mine = await watch(world)
    assert mine.head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
    assert b"Content-Length" not in mine.head
    token = world.token
    await world.add_account("other", sender="Other")
    theirs = await watch(world)
    message_id = await send(world, "for other")
    assert (await theirs.until("message", state="delivered"))["id"] == message_id
    own = await send(world, "for me", token=token)
    kind, data = await mine.event()
    assert (kind, data["id"], data["state"], data["text"]) == ("message", own, "sent", "for me")
    assert (await mine.until("message", state="delivered"))["id"] == own
    await world.do(verbs.Incoming("carrier", PHONE, "VashZakaz", "Fine"))
    assert (await mine.until("incoming"))["text"] == "Fine"
    await mine.close()
    await theirs.close()


async def test_a_reader_that_comes_back_gets_what_it_missed_or_is_told_that_it_cannot(world):
    first = await watch(world)
    await send(world, "one")
    await first.until("message", text="one", state="delivered")
    last = first.last
    await first.close()
    await send(world, "two")
    again = await watch(world, last)
    assert (await again.until("message", state="delivered"))["text"] == "two"
    await again.close()
    for unknown in ("1-1", "nonsense", f"{last.split('-')[0]}-999999"):
        stranger = await watch(world, unknown)
        assert (await stranger.event())[0] == "missed"
        await stranger.close()


async def test_of_more_than_can_be_kept_the_oldest_are_told_as_missed(world):
    first = await watch(world)
    await send(world, "one")
    await first.until("message", text="one", state="delivered")
    last = first.last
    await first.close()
    message = await world.stored(100_000_001)
    for _ in range(KEPT + 1):
        world.gateway.events.happened([message])
    again = await watch(world, last)
    assert (await again.event())[0] == "missed"
    assert (await again.event())[0] == "message"
    await again.close()


async def test_a_reader_that_does_not_read_is_cut_off_and_nobody_waits_for_it(world):
    deaf = await watch(world, buffer=4096)
    deaf.reader._transport.pause_reading()
    await send(world, "x")
    message = await world.stored(100_000_001)
    channel = world.gateway.events._channels[1]

    async def cut():
        for _ in range(200):
            world.gateway.events.happened([message])
        return not channel.readers

    await eventually(cut)
    deaf.writer.transport.abort()


async def test_B27_a_stream_ends_when_its_token_is_revoked_and_there_are_only_so_many(world):
    made = json.loads((await world.post("/v1/tokens", {"scope": "read"}))[2])
    streams = [await watch(world, token=made["token"]) for _ in range(MOST_READERS)]
    status, _, answer = await world.post("/v1/events", method="GET")
    assert (status, json.loads(answer)["code"]) == (429, "too_many_requests")
    await world.post(f"/v1/tokens/{made['id']}", method="DELETE")
    for stream in streams:
        await asyncio.wait_for(stream.reader.read(), 15)
        await stream.close()


async def test_a_gateway_that_stops_ends_its_streams(tmp_path):
    async with running(tmp_path) as world:
        stream = await watch(world)
    assert (await stream.reader.read()).startswith(b"retry: ")
    await stream.close()
