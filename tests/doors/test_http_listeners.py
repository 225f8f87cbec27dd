"""Several listeners: all or none, each with its doors and names, IPv4 and IPv6 on one socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from http_world import ManualClock, get, listening, post

from heliograph.doors.http import HttpShell
from heliograph.doors.http_listener import CannotListen, Listener, Mounted
from heliograph.net.free_ports import free_ports
from heliograph.protocols.http import HttpResponse


def words(text):
    return lambda request: HttpResponse(200, [], text)


def shell_of(*listeners, mounts=()):
    return HttpShell(
        listeners, mounts, clock=ManualClock(), max_body=1000, on_fault=lambda where, error: pytest.fail(repr(error))
    )


@contextlib.contextmanager
def taken(host="127.0.0.1"):
    """A port that somebody else listens on."""
    with socket.create_server((host, 0)) as other:
        yield other.getsockname()[1]


async def reaches(host, port):
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def test_all_listeners_start_and_stop_together():
    listeners = [Listener("127.0.0.1", 0), Listener("127.0.0.1", 0)]
    async with listening(listeners=listeners) as world:
        assert [(await world.ask(get(b"/echo"), at=at)).body for at in (0, 1)] == [b"1:", b"2:"]
        addresses = world.shell.addresses
        await world.shell.stop(0)
        assert [await reaches(*address) for address in addresses] == [False, False]


async def test_a_port_that_is_taken_is_named_and_nothing_is_half_started():
    (free,) = free_ports(1)
    with taken() as port:
        shell = shell_of(Listener("127.0.0.1", free), Listener("127.0.0.1", port))
        with pytest.raises(CannotListen, match=rf"^cannot listen on 127\.0\.0\.1:{port}: Address already in use$"):
            await shell.start()
        assert not await reaches("127.0.0.1", free)
        assert shell.addresses == []


async def test_what_is_bound_is_not_served_before_the_start_and_is_let_go_of_at_a_stop():
    (port,) = free_ports(1)
    shell = shell_of(Listener("127.0.0.1", port))
    await shell.bind()
    assert not await reaches("127.0.0.1", port)
    await shell.start()
    assert shell.addresses == [("127.0.0.1", port)]
    await shell.stop(0)
    again = shell_of(Listener("127.0.0.1", port))
    await again.bind()
    await again.stop(0)
    assert not await reaches("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "198.51.100.1"])
async def test_an_address_that_is_not_ours_is_named(host):
    with pytest.raises(CannotListen, match=f"^cannot listen on {host}:8080: "):
        await shell_of(Listener(host, 8080)).start()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@needs_ipv6
@pytest.mark.parametrize("host", ["::1", "[::1]"])
async def test_a_listener_on_an_IPv6_address_shows_it_in_brackets(host):
    async with listening(listeners=[Listener(host, 0)]) as world:
        assert (await world.ask(get(b"/echo"))).status == 200
        assert world.asked[0].peer == "::1"
        port = world.shell.addresses[0][1]
        assert world.shell.urls == world.shell.described == [f"http://[::1]:{port}"]
        assert world.shell.entrances[0].listener.address == "[::1]:0"
        assert not await reaches("127.0.0.1", port)


@needs_ipv6
async def test_B26_a_listener_on_all_of_IPv6_takes_IPv4_too_and_knows_its_callers_as_such():
    async with listening(listeners=[Listener("::", 0)], trusted_proxies=["::ffff:127.0.0.0/104"]) as world:
        port = world.shell.addresses[0][1]
        for host in ("127.0.0.1", "::1"):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(get(b"/echo", b"X-Forwarded-For: 203.0.113.5", b"Connection: close"))
            await reader.read()
            writer.close()
        assert [request.peer for request in world.asked] == ["203.0.113.5", "::1"]
        assert world.shell.urls == [f"http://[::]:{port}"]
        assert world.shell.described == [f"http://[::]:{port} (IPv6 and IPv4)"]


@needs_ipv6
async def test_a_name_with_two_addresses_is_listened_to_on_both():
    async with listening(listeners=[Listener("localhost", 0)]) as world:
        for host, port in world.shell.addresses:
            assert await reaches(host, port)


# -- doors and names ------------------------------------------------------------------------------------------------


async def test_a_listener_may_carry_some_doors_only():
    mounts = [
        Mounted({"/healthz": words(b"well")}, lambda: HttpResponse(500), "monitors"),
        Mounted({"/sms/send": words(b"sent"), "/": words(b"root")}, lambda: HttpResponse(500), "smsclub"),
    ]
    listeners = [
        Listener("127.0.0.1", 0),
        Listener("127.0.0.1", 0, doors=("monitors",)),
        Listener("127.0.0.1", 0, doors=("smsclub", "smsc")),
    ]
    shell = shell_of(*listeners, mounts=mounts)
    await shell.start()
    try:
        found = []
        for host, port in shell.addresses:
            for path in (b"/healthz", b"/sms/send"):
                reader, writer = await asyncio.open_connection(host, port)
                writer.write(get(path, b"Connection: close"))
                found.append((await reader.read()).rpartition(b"\r\n\r\n")[2])
                writer.close()
        assert found == [b"well", b"sent", b"well", b'{"error":"not found"}\n', b"root", b"sent"]
    finally:
        await shell.stop(0)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"sms.example.com", 200),
        (b"SMS.Example.COM:8443", 200),
        (b"sms.example.com.", 200),
        (b"192.0.2.1:80", 200),
        (b"other.example.com", 421),
        (b"com", 421),
        (b"sms.example.com.evil.example", 421),
        (b"[::1]:80", 421),
        (b"", 421),
    ],
)
async def test_a_listener_may_answer_to_some_names_only(host, status):
    listeners = [Listener("127.0.0.1", 0, names=("sms.example.com", "192.0.2.1"))]
    async with listening(listeners=listeners) as world:
        caller = await world.connect()
        answer = await caller.ask(b"GET /echo HTTP/1.1\r\nHost: %b\r\n\r\n" % host)
        assert answer.status == status
        if status == 421:
            assert answer.line == "HTTP/1.1 421 Misdirected Request"
            assert answer.body == b'{"error":"this name is not served here"}\n'
            assert world.asked == []
        assert (await caller.ask(b"GET /echo HTTP/1.1\r\nHost: sms.example.com\r\n\r\n")).status == 200


async def test_a_caller_without_a_name_is_not_served_where_names_count():
    async with listening(listeners=[Listener("127.0.0.1", 0, names=("a.example",))]) as world:
        assert (await world.ask(b"GET /echo HTTP/1.0\r\n\r\n")).status == 421


# -- what a proxy says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ([], "http"),
        ([b"X-Forwarded-Proto: https"], "https"),
        ([b"X-Forwarded-Proto: HTTPS"], "https"),
        ([b"X-Forwarded-Proto: http, https"], "https"),
        ([b"X-Forwarded-Proto: https, http"], "http"),
        ([b"X-Forwarded-Proto: https", b"X-Forwarded-Proto: http"], "http"),
        ([b"X-Forwarded-Proto: javascript"], "http"),
        ([b"X-Forwarded-Proto:"], "http"),
    ],
)
async def test_B26_a_trusted_proxy_says_what_its_caller_spoke(headers, scheme):
    async with listening(trusted_proxies=["127.0.0.0/8"]) as world:
        await world.ask(post(b"/echo", b"", *headers))
        assert (world.asked[0].scheme, world.asked[0].origin) == (scheme, f"{scheme}://gateway")


async def test_B26_anybody_elses_word_on_it_is_not_believed():
    async with listening(trusted_proxies=["192.0.2.1"]) as world:
        await world.ask(get(b"/echo", b"X-Forwarded-Proto: https"))
        assert world.asked[0].scheme == "http"


async def test_a_caller_that_names_no_host_has_no_origin():
    async with listening() as world:
        await world.ask(b"GET /echo HTTP/1.0\r\n\r\n")
        assert world.asked[0].origin == ""
