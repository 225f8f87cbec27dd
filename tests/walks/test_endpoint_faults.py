"""Endpoints that are dead, slow, mad or make our own encoder raise, in both forms: nobody notices (R22, R23, P7)."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from heliograph.backoffice import verbs
from heliograph.model.account import Endpoint
from net.receiver import receiving
from walks.sink import listening
from walks.test_callbacks import called
from walks.world import SENDER, SETTINGS, eventually, running

FORMS = ("handler", "event")
MESSAGES = 20
FOUR_MINUTES_MS = 240_000
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"


class Mad:
    """A receiver that is not one. `behave` is a coroutine function of (reader, writer)."""

    def __init__(self):
        self.open = 0
        self.most_open = 0
        self.written = 0

    async def hangs(self, reader, writer):
        await reader.read()

    async def drips(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        rest = asyncio.ensure_future(reader.read())
        while not (await asyncio.wait([rest], timeout=0.05))[0]:
            writer.write(b"x")

    async def pours(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(CHUNK)
            await writer.drain()
            self.written += len(CHUNK)

    async def babbles(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        await reader.read()

    async def hangs_up(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")


@asynccontextmanager
async def mad(behaviour):
    """A `Mad` receiver that listens and behaves so."""
    receiver = Mad()
    tasks = set()

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        receiver.open += 1
        receiver.most_open = max(receiver.most_open, receiver.open)
        try:
            await getattr(receiver, behaviour)(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            receiver.open -= 1
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def customer(world, login, form, url):
    """An account whose events go to `url`; its token, and the target its notices have."""
    made = await world.do(verbs.AccountCreate(login))
    await world.do(verbs.AccountSender(login, SENDER))
    await world.do(verbs.AccountTopUp(login, "1000"))
    if form == "handler":
        answer = (await world.do(verbs.AccountHandler(login, url)))["handler"]["id"]
        return made.token, f"handler:{answer}"
    answer = (await world.do(verbs.AccountCallback(login, url)))["callback"]
    return made.token, f"endpoint:{answer}"


async def send(world, token, count, text="Code"):
    """So many messages of one customer; all their ids."""
    phones = [f"3806712345{number:02d}" for number in range(60, 60 + count)]
    answer = await world.json("/sms/send", {"src_addr": SENDER, "phone": phones, "message": text}, token=token)
    return set(answer["success_request"]["info"])


async def break_endpoint(world, target, **fields):
    """A row as no operator could have saved it: whoever reads it raises."""
    number = int(target.partition(":")[2])
    broken = replace(world.gateway.directory.endpoint(number), **fields)
    assert isinstance(broken, Endpoint)
    store = world.gateway.store
    await store.change_directory([broken], "a planted bug", world.clock.now())
    world.gateway.directory.apply(await store.directory())


async def settled(world, tries):
    async def enough():
        notify = world.gateway.notify
        return notify.delivered + notify.failed >= tries

    await eventually(enough)
    await world.gateway.journal.settle()


async def test_R22_dead_hanging_and_broken_endpoints_of_both_forms_delay_no_other(tmp_path):
    """While eight customers' endpoints are out of order, each in its own way, the ninth gets everything in both forms
    before a single hanging call has come to its end."""
    async with contextlib.AsyncExitStack() as stack:
        world = await stack.enter_async_context(running(tmp_path))
        stuck = []
        for form in FORMS:
            receiver = await stack.enter_async_context(mad("hangs"))
            stuck.append((receiver, await customer(world, f"hangs-{form}", form, receiver.url)))
            tokens = [stuck[-1][1][0]]
            tokens.append((await customer(world, f"dead-{form}", form, "http://127.0.0.1:9/"))[0])
            token, target = await customer(world, f"broken-{form}", form, "http://127.0.0.1:9/")
            tokens.append(token)
            bug = {"url": "http://127.0.0.1:9/?charset=klingon"} if form == "handler" else {"secret": "whsec_%"}
            await break_endpoint(world, target, **bug)
            for token in tokens:
                await send(world, token, MESSAGES)
        handler, own = stack.enter_context(listening()), stack.enter_context(listening())
        handler.usual = 200
        token, _ = await customer(world, "good", "handler", handler.url)
        await world.do(verbs.AccountCallback("good", own.url))
        ids = set()
        for number in range(3):
            ids |= await send(world, token, MESSAGES, f"Code {number}")
        await called(handler, len(ids))
        await called(own, len(ids))
        assert {form["id"] for form in handler.forms()} == ids
        assert {event["data"]["id"] for event in own.events()} == ids
        for receiver, (_, target) in stuck:
            assert world.gateway.notify.depth()[target] == MESSAGES, "a hanging call has ended"
            assert receiver.most_open == 8
        for client in world.gateway.http_clients:
            await client.close()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("behaviour", ["hangs", "drips", "pours", "babbles", "hangs_up"])
async def test_R23_a_mad_endpoint_is_bounded_in_sockets_time_and_bytes_and_its_schedule_is_kept(
    tmp_path, form, behaviour
):
    callbacks = replace(SETTINGS.callbacks, timeout_s=0.3, handler_timeout_s=0.3)
    async with mad(behaviour) as receiver, running(tmp_path, callbacks=callbacks) as world:
        token, target = await customer(world, "mad", form, receiver.url)
        before = world.clock.now()
        ids = await send(world, token, MESSAGES)
        is_cut_off = behaviour == "pours"  # what came of the answer before it was cut off is its status: 200
        await settled(world, MESSAGES)
        assert receiver.most_open <= 8
        assert receiver.written < MESSAGES * (32 << 20)
        later = world.clock.now() + 2 * FOUR_MINUTES_MS
        waiting = await world.gateway.store.notices(target, 0, later, 100)
        assert len(waiting) == (0 if is_cut_off else MESSAGES)
        assert {str(notice.message.id) for notice in waiting} <= ids
        pause = FOUR_MINUTES_MS if form == "handler" else 5_000
        for notice in waiting:
            assert notice.tries == 1
            assert before + pause <= notice.next_try_at <= world.clock.now() + pause


@pytest.mark.parametrize("form", FORMS)
async def test_R23_a_chain_of_redirects_is_not_followed(tmp_path, form):
    async with receiving() as canary, running(tmp_path) as world:
        moved = b"HTTP/1.1 301 Moved\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % canary.url.encode()
        async with receiving(*[[[moved]] * MESSAGES] * 8) as receiver:
            token, target = await customer(world, "moved", form, receiver.url)
            await send(world, token, MESSAGES)
            await settled(world, MESSAGES)
            later = world.clock.now() + FOUR_MINUTES_MS
            waiting = await world.gateway.store.notices(target, 0, later, 100)
            assert {(notice.tries, notice.answer) for notice in waiting} == {(1, "HTTP 301")}
            assert canary.connections == 0


@pytest.mark.parametrize("form", FORMS)
async def test_R22_what_a_dead_endpoint_missed_comes_once_after_its_return_over_a_restart(tmp_path, form):
    """Three hours of a refused connection: everything is told at last, with the ids it had, never more at once than the
    endpoint bears."""
    with listening() as sink:
        sink.usual = 500
        async with running(tmp_path, account=False) as world:
            token, _ = await customer(world, "shop", form, sink.url)
            ids = await send(world, token, MESSAGES)
            await settled(world, MESSAGES)
            for _ in range(5):
                tries = world.gateway.notify.failed
                world.clock.shift(3_600)
                await world.gateway.notify.poll()
                await settled(world, tries + MESSAGES)
            clock = world.clock
        first = [(headers.get("webhook-id"), body) for headers, body, _ in sink.calls]
        sink.usual = 200
        sink.calls.clear()
        clock.shift(3_600)
        async with running(tmp_path, account=False, clock=clock) as world:
            await called(sink, MESSAGES)
            await settled(world, MESSAGES)
            clock.shift(3_600)
            await world.gateway.notify.poll()
            await asyncio.sleep(0.1)
        again = [(headers.get("webhook-id"), body) for headers, body, _ in sink.calls]
        told = [form["id"] for form in sink.forms()] if form == "handler" else [e["data"]["id"] for e in sink.events()]
    assert sorted(told) == sorted(ids)
    assert set(again) == set(first)
    assert sink.most_at_once <= 8


@pytest.mark.parametrize("form", FORMS)
async def test_R22_an_endpoint_that_is_removed_ends_what_waits_for_it(tmp_path, form):
    broken = [[b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"]] * MESSAGES
    async with receiving(*[broken] * 8) as receiver, running(tmp_path, account=False) as world:
        token, target = await customer(world, "shop", form, receiver.url)
        ids = await send(world, token, MESSAGES)
        await settled(world, MESSAGES)
        if form == "handler":
            await world.do(verbs.AccountHandler("shop", ""))
        else:
            await world.do(verbs.AccountCallbackRemove("shop", int(target.partition(":")[2])))
        world.clock.shift(3_600)
        await world.gateway.notify.poll()
        await settled(world, 2 * MESSAGES)
        assert world.gateway.notify.given_up == MESSAGES
        assert len(receiver.requests) == MESSAGES
        story = await world.do(verbs.Trace(int(min(ids))))
        assert any("given up" in said and "was removed" in said for said in story["sentences"])


@pytest.mark.parametrize("form", FORMS)
async def test_R22_what_was_given_up_is_listed_and_replayed_by_one_command(tmp_path, form):
    """A handler was down for four hours, an endpoint for four days: nothing that they missed is lost."""
    with listening() as sink:
        sink.usual = 500
        async with running(tmp_path, account=False) as world:
            token, target = await customer(world, "shop", form, sink.url)
            ids = await send(world, token, MESSAGES)
            await settled(world, MESSAGES)
            pause_s, rounds = (240, 49) if form == "handler" else (86_400, 4)
            for tries in range(1, rounds + 1):
                world.clock.shift(pause_s)
                await world.gateway.notify.poll()
                await settled(world, (tries + 1) * MESSAGES if form == "handler" or tries < 4 else 0)
            assert world.gateway.notify.given_up == MESSAGES
            failed = await world.do(verbs.AccountFailed("shop"))
            assert {str(row["message"]) for row in failed} == ids
            assert {(row["target"], row["answer"]) for row in failed} == {(target, "HTTP 500")}
            first = {(headers.get("webhook-id"), body) for headers, body, _ in sink.calls}
            sink.usual = 200
            sink.calls.clear()
            assert await world.do(verbs.AccountReplay("shop")) == {"replayed": MESSAGES, "endpoint_gone": 0}
            await called(sink, MESSAGES)
            assert {(headers.get("webhook-id"), body) for headers, body, _ in sink.calls} == first
            await eventually(lambda: nothing_failed(world))
            assert await world.do(verbs.AccountReplay("shop")) == {"replayed": 0, "endpoint_gone": 0}


async def nothing_failed(world):
    return await world.do(verbs.AccountFailed("shop")) == []


async def test_what_a_removed_endpoint_missed_is_not_replayed(tmp_path):
    with listening() as sink:
        sink.usual = 404
        async with running(tmp_path, account=False) as world:
            token, _ = await customer(world, "shop", "handler", sink.url)
            await send(world, token, 3)
            await settled(world, 3)
            await world.do(verbs.AccountHandler("shop", ""))
            assert await world.do(verbs.AccountReplay("shop")) == {"replayed": 0, "endpoint_gone": 3}
            assert len(await world.do(verbs.AccountFailed("shop", most=2))) == 2
