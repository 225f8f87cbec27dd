"""The client for callbacks against receivers that behave and receivers that do not (R23, B16)."""

from __future__ import annotations

import asyncio
import datetime
import ssl

import pytest
import trustme
from receiver import CLOSE, HANG, NO_CONTENT, OK, receiving

from heliograph.net.guard import Forbidden, Guard
from heliograph.net.http_client import HttpClient, prepare
from heliograph.protocols.http import Unreachable

LOOPBACK = ["127.0.0.0/8", "::1"]
PATIENCE = 10


class Told:
    """A resolver that says what the test says, one answer after the other, the last for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def addresses(self, host):
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Dead:
    """A resolver that never answers."""

    async def addresses(self, host):
        await asyncio.sleep(3600)


WAYS = ["request"]


@pytest.fixture(autouse=True, params=["request", "send"])
def way(request):
    """Every test is done by both ways of asking."""
    WAYS[:] = [request.param]
    yield
    WAYS[:] = ["request"]


@pytest.fixture
async def client():
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE)
    yield client
    await client.close()


async def post(client, url, body=b"{}", headers=()):
    if WAYS == ["request"]:
        return await client.request("POST", url, headers, body)
    answered = asyncio.get_running_loop().create_future()
    is_early = True

    def then(answer):
        assert not is_early, "answered before `send` returned"
        if not answered.done():
            (answered.set_exception if isinstance(answer, Unreachable) else answered.set_result)(answer)

    of_this_call = "".join(f"{name}: {value}\r\n" for name, value in headers[1:])
    client.send(prepare("POST", url, headers[:1]), of_this_call.encode(), body, then)
    is_early = False
    return await answered


async def fails(client, url, words, *, sent):
    with pytest.raises(Unreachable, match=words) as caught:
        await post(client, url)
    assert caught.value.sent is sent
    return caught.value


# -- what goes out and comes back -----------------------------------------------------------------------------------


async def test_a_request_goes_out_as_it_was_meant_and_the_answer_comes_back(client):
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-Word: \xe9t\xe9\r\n\r\nhello"
    async with receiving([[answer]]) as receiver:
        headers = [("Content-Type", "application/json"), ("webhook-id", "evt_1")]
        response = await post(client, f"{receiver.url}hook/a?b=c&d=%20", b'{"a":1}', headers)
        assert (response.status, response.body) == (201, b"hello")
        assert ("X-Word", "été") in response.headers
        line, sent, body = receiver.requests[0]
        assert line == "POST /hook/a?b=c&d=%20 HTTP/1.1"
        assert sent == {
            "host": f"127.0.0.1:{receiver.port}",
            "content-type": "application/json",
            "webhook-id": "evt_1",
            "content-length": "7",
        }
        assert body == b'{"a":1}'


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("http://hook.example", "hook.example:{port}", "/"),
        ("http://HOOK.example?q=1", "hook.example:{port}", "/?q=1"),
        ("http://hook.example/a#part", "hook.example:{port}", "/a"),
        ("http://[::1]/x", "[::1]:{port}", "/x"),
    ],
)
async def test_host_and_target_come_from_the_address(url, host, target):
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE, names=Told(["127.0.0.1"]))
    async with receiving() as receiver:
        bare, mark, rest = url.partition(".example") if ".example" in url else url.partition("]")
        await post(client, f"{bare}{mark}:{receiver.port}{rest}")
        assert receiver.requests[0][0] == f"POST {target} HTTP/1.1"
        assert receiver.requests[0][1]["host"] == host.format(port=receiver.port)
        await client.close()


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (NO_CONTENT, 204, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: x\r\n\r\n", 200, b"abc"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500, b""),
        (b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 301, b""),
    ],
)
async def test_every_form_of_answer_is_read_and_the_connection_kept(client, answer, status, body):
    async with receiving([[answer], [answer]]) as receiver:
        for _ in range(2):
            response = await post(client, receiver.url)
            assert (response.status, response.body) == (status, body)
            assert not {"link", "t"} & {name.lower() for name, _ in response.headers}
        assert receiver.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        [b"HTTP/1.1 200 OK\r\n\r\nuntil the end", CLOSE],
        [b"HTTP/1.0 200 OK\r\n\r\nuntil ", b"the end", CLOSE],
        [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 13\r\n\r\nuntil the end"],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\nuntil the end"],
    ],
)
async def test_an_answer_that_ends_the_connection_is_read_and_a_new_one_made(client, answer):
    async with receiving([answer]) as receiver:
        assert (await post(client, receiver.url)).body == b"until the end"
        assert (await post(client, receiver.url)).body == b"ok"
        assert receiver.connections == 2


async def test_a_HEAD_is_answered_without_waiting_for_a_body(client):
    async with receiving([[b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"]]) as receiver:
        response = await client.request("HEAD", receiver.url, (), b"")
        assert (response.status, response.body) == (200, b"")


async def test_requests_at_the_same_time_have_connections_of_their_own_and_later_ones_reuse_them(client):
    gate = asyncio.Event()
    async with receiving(*[[[gate, OK], [OK]]] * 4) as receiver:
        first = [asyncio.create_task(post(client, receiver.url)) for _ in range(4)]
        async with asyncio.timeout(PATIENCE):
            while len(receiver.requests) < 4:
                await asyncio.sleep(0.005)
        gate.set()
        await asyncio.gather(*first)
        await asyncio.gather(*(post(client, receiver.url) for _ in range(4)))
        assert (receiver.connections, len(receiver.requests), client.requests) == (4, 8, 8)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb"])
async def test_B25_a_header_that_would_end_its_line_is_not_sent(client, value):
    async with receiving() as receiver:
        with pytest.raises(ValueError, match="would end its line"):
            await post(client, receiver.url, headers=[("webhook-id", value)])
        assert receiver.connections == 0


# -- connections that were kept -------------------------------------------------------------------------------------


async def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(client):
    async with receiving([[OK, CLOSE]]) as receiver:
        await post(client, receiver.url)
        await asyncio.sleep(0.05)
        assert (await post(client, receiver.url)).status == 200
        assert (receiver.connections, len(receiver.requests)) == (2, 2)


async def test_a_kept_connection_that_closes_on_the_request_is_tried_once_more(client):
    async with receiving([[OK], [CLOSE]]) as receiver:
        await post(client, receiver.url)
        assert (await post(client, receiver.url)).status == 200
        assert (receiver.connections, len(receiver.requests)) == (2, 3)


async def test_a_request_that_failed_on_a_new_connection_is_not_tried_again(client):
    async with receiving([[CLOSE]]) as receiver:
        await fails(client, receiver.url, "closed without an answer", sent=True)
        assert len(receiver.requests) == 1


async def test_a_request_is_tried_once_more_and_not_twice(client):
    async with receiving([[OK], [CLOSE]], [[CLOSE]]) as receiver:
        await post(client, receiver.url)
        await fails(client, receiver.url, "closed without an answer", sent=True)
        assert len(receiver.requests) == 3


async def test_once_a_byte_of_an_answer_came_nothing_is_sent_again(client):
    async with receiving([[OK], [b"HTTP/1.1 2", CLOSE]]) as receiver:
        await post(client, receiver.url)
        await fails(client, receiver.url, "closed within the answer", sent=True)
        assert len(receiver.requests) == 2


async def test_what_may_have_arrived_on_the_kept_connection_is_called_sent(client):
    names = Told(["127.0.0.1"], OSError(-2, "Name or service not known"))
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE, names=names)
    async with receiving([[OK], [CLOSE]]) as receiver:
        url = f"http://hook.example:{receiver.port}/"
        await post(client, url)
        await fails(client, url, "name or service not known", sent=True)
    await client.close()


async def test_an_answer_nobody_asked_for_closes_the_connection(client):
    poisoned = b"HTTP/1.1 200 OK\r\nX-Poison: 1\r\nContent-Length: 3\r\n\r\nbad"
    async with receiving([[OK, poisoned]], [[OK + poisoned]]) as receiver:
        assert (await post(client, receiver.url)).body == b"ok"
        await asyncio.sleep(0.05)
        response = await post(client, receiver.url)
        assert (response.body, response.headers) == (b"ok", [("Content-Length", "2")])
        assert (await post(client, receiver.url)).body == b"ok"
        assert receiver.connections == 3


async def test_a_connection_that_had_nothing_to_do_for_long_is_closed():
    client = HttpClient(Guard(LOOPBACK), timeout_s=60, idle_s=0.1)
    async with receiving() as receiver:
        for _ in range(2):
            await post(client, receiver.url)
        assert (receiver.connections, client.connections) == (1, 1)
        async with asyncio.timeout(PATIENCE):
            while client.connections:
                await asyncio.sleep(0.01)
        await post(client, receiver.url)
        assert receiver.connections == 2
    await client.close()


# -- receivers that misbehave ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], "not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"], "not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", CLOSE], "closed within the answer"),
        ([b"HTTP/1.1 200 OK\r\nContent-", CLOSE], "closed within the answer"),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"a" * 40_000], "head of the answer is too large"),
        ([b"HTTP/1.1 200 OK\r\n", *[b"X: aaaaaaaaaa\r\n"] * 4000], "head of the answer is too large"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n" * 3000, HANG], "the answer is too large|no answer in time"),
    ],
)
async def test_R23_an_answer_that_is_none_ends_the_call(answer, words):
    client = HttpClient(Guard(LOOPBACK), timeout_s=0.5)
    async with receiving([answer]) as receiver:
        await fails(client, receiver.url, words, sent=True)
        assert await _gone(client)
    await client.close()


async def _gone(client):
    await asyncio.sleep(0.05)
    return client.connections == 0


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]
)
async def test_R23_of_a_body_of_ten_gigabytes_64_KiB_are_read(client, head):
    async with receiving([[head, *[b"x" * 10_000] * 10_000]]) as receiver:
        response = await post(client, receiver.url)
        assert (response.status, response.body) == (200, b"x" * 65_536)
        assert await _gone(client)


async def test_R23_chunks_of_nothing_but_frames_are_cut_off(client):
    chunks = [b"1;" + b"x" * 3000 + b"\r\na\r\n"] * 2000
    async with receiving([[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *chunks]]) as receiver:
        await fails(client, receiver.url, "the answer is too large", sent=True)


@pytest.mark.parametrize("answer", [[HANG], [b"HTTP/1.1 200 OK\r\n", HANG], [OK[:-1], HANG]])
async def test_R23_who_hangs_has_his_time_and_no_more(answer):
    client = HttpClient(Guard(LOOPBACK), timeout_s=0.2)
    async with receiving([answer]) as receiver:
        started = asyncio.get_running_loop().time()
        await fails(client, receiver.url, "no answer in time", sent=True)
        assert asyncio.get_running_loop().time() - started < 5
        assert await _gone(client)
    await client.close()


async def test_R23_a_byte_now_and_then_gains_no_time():
    client = HttpClient(Guard(LOOPBACK), timeout_s=0.3)

    async def drip(reader, writer):
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.02)
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await asyncio.wait_for(fails(client, url, "no answer in time", sent=True), 5)
    server.close()
    await client.close()
    await asyncio.sleep(0.05)


async def test_R23_a_redirect_is_not_followed(client):
    async with receiving() as inside:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with receiving([[moved]]) as receiver:
            assert (await post(client, receiver.url)).status == 302
        assert inside.connections == 0


async def test_R23_who_refuses_is_unreachable(client):
    async with receiving() as receiver:
        url = receiver.url
    await fails(client, url, "connection refused", sent=False)


async def test_R23_a_name_that_is_gone_is_unreachable():
    client = HttpClient(Guard(), timeout_s=PATIENCE, names=Told(OSError(-2, "Name or service not known")))
    await fails(client, "http://gone.example/", "name or service not known", sent=False)


async def test_R23_a_resolver_that_hangs_has_the_calls_time():
    client = HttpClient(Guard(), timeout_s=0.1, names=Dead())
    await fails(client, "http://dead.example/", "no connection in time", sent=False)


async def test_the_next_address_is_tried_when_the_first_does_not_answer():
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE, names=Told(["127.0.0.2", "127.0.0.1"]))
    async with receiving(host="127.0.0.1") as receiver:
        assert (await post(client, f"http://two.example:{receiver.port}/")).status == 200
    await client.close()


# -- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
        "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]",
    ],
)  # fmt: skip
async def test_B16_no_way_of_writing_an_inside_address_reaches_it(host):
    client = HttpClient(Guard(), timeout_s=PATIENCE)
    async with receiving() as canary:
        error = await fails(client, f"http://{host}:{canary.port}/", "not a public address", sent=False)
        assert isinstance(error.__cause__, Forbidden)
        await asyncio.sleep(0.02)
        assert canary.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hook.example/", "file:///etc/passwd", "gopher://hook.example/", "//hook.example/", "hook.example", "",
        "http://", "http:///path", "http://[::1", "http://hook.example:0x50/", "http://hook.example:99999/",
        "http://hook.example/a b", "http://hook.example/\r\nX: 1", "http://хук.example/", "http://hook.example/\x7f",
        "http://8.8.8.8@127.0.0.1/", "http://user:word@hook.example/",
    ],
)  # fmt: skip
async def test_B16_an_address_that_is_none_is_not_asked(url):
    names = Told(["127.0.0.1"])
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE, names=names)
    await fails(client, url, "address", sent=False)
    assert names.asked == []


async def test_B16_the_address_that_was_checked_is_the_one_dialled():
    names = Told(["127.0.0.1"], ["127.0.0.2"])
    client = HttpClient(Guard(["127.0.0.1"]), timeout_s=PATIENCE, names=names)
    async with receiving([[OK, CLOSE]], host="0.0.0.0") as receiver:
        url = f"http://turning.example:{receiver.port}/"
        assert (await post(client, url)).status == 200
        await asyncio.sleep(0.05)
        await fails(client, url, "127.0.0.2 is not a public address", sent=False)
        assert receiver.connections == 1
        assert names.asked == ["turning.example"] * 2
    await client.close()


async def test_B16_of_several_addresses_only_the_allowed_are_dialled():
    client = HttpClient(Guard(["127.0.0.1"]), timeout_s=PATIENCE, names=Told(["127.0.0.2", "10.0.0.1", "127.0.0.1"]))
    async with receiving(host="127.0.0.2") as forbidden:
        await fails(client, f"http://many.example:{forbidden.port}/", "connection refused", sent=False)
        assert forbidden.connections == 0


# -- https ----------------------------------------------------------------------------------------------------------


def _certified(authority, name, **validity):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **validity).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


async def _ask_over_tls(authority, server, trusted=True):
    trust = ssl.create_default_context()
    if trusted:
        authority.configure_trust(trust)
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE, tls=trust, names=Told(["127.0.0.1"]))
    try:
        async with receiving(tls=server) as receiver:
            url = f"https://hook.example:{receiver.port}/"
            statuses = [(await post(client, url)).status for _ in range(2)]
            assert receiver.connections == 1
            return statuses
    finally:
        await client.close()
        await asyncio.sleep(0.05)


async def test_https_with_a_certificate_that_holds(authority):
    assert await _ask_over_tls(authority, _certified(authority, "hook.example")) == [200, 200]


@pytest.mark.parametrize(
    ("name", "trusted", "words"),
    [("other.example", True, "certificate does not hold"), ("hook.example", False, "certificate does not hold")],
)
async def test_https_with_another_name_or_an_unknown_authority_is_refused(authority, name, trusted, words):
    with pytest.raises(Unreachable, match=words) as caught:
        await _ask_over_tls(authority, _certified(authority, name), trusted)
    assert caught.value.sent is False


async def test_R23_https_with_an_expired_certificate_is_refused(authority):
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    server = _certified(authority, "hook.example", not_before=past, not_after=past + datetime.timedelta(days=1))
    with pytest.raises(Unreachable, match="certificate does not hold"):
        await _ask_over_tls(authority, server)


async def test_https_to_who_does_not_speak_it_is_unreachable(client):
    async def greet(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await fails(client, url, "no tls: wrong version number", sent=False)
    server.close()
    await asyncio.sleep(0.05)


# -- the end --------------------------------------------------------------------------------------------------------


async def test_closing_ends_what_is_under_way_and_begins_nothing():
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE)
    async with receiving([[OK], [HANG]], [[HANG]]) as receiver:
        await post(client, receiver.url)
        asked = [asyncio.create_task(post(client, receiver.url)) for _ in range(2)]
        async with asyncio.timeout(PATIENCE):
            while len(receiver.requests) < 3:
                await asyncio.sleep(0.005)
        await asyncio.wait_for(client.close(), 5)
        assert all(task.done() for task in asked)
        assert all(isinstance(task.exception(), Unreachable) for task in asked)
        assert len(receiver.requests) == 3
        await fails(client, receiver.url, "stopping", sent=False)
        await _gone(client)
        assert client.connections == 0


async def test_closing_with_a_grace_lets_what_is_under_way_end():
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE)
    gate = asyncio.Event()
    async with receiving([[gate, OK]]) as receiver:
        asked = asyncio.create_task(post(client, receiver.url))
        async with asyncio.timeout(PATIENCE):
            while not receiver.requests:
                await asyncio.sleep(0.005)
        closing = asyncio.create_task(client.close(PATIENCE))
        await asyncio.sleep(0.02)
        assert not closing.done()
        gate.set()
        await closing
        assert asked.result().status == 200


async def test_closing_ends_a_look_up_that_hangs():
    client = HttpClient(Guard(LOOPBACK), timeout_s=3600, names=Dead())
    asked = asyncio.create_task(post(client, "http://dead.example/"))
    await asyncio.sleep(0)
    await asyncio.wait_for(client.close(), 5)
    assert isinstance(asked.exception(), Unreachable)


async def test_closing_twice_and_without_a_request_is_allowed():
    client = HttpClient(Guard(LOOPBACK), timeout_s=PATIENCE)
    await client.close()
    await client.close(1)
