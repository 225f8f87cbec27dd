"""The HTTP listener does what HTTP asks of it, whatever loop carries it (RFC 9110, 9112; smsclub.md 3.1)."""

from __future__ import annotations

import asyncio

import pytest
from http_world import OWN_WORDS, chunked, get, listening, post

from heliograph.protocols.http import HttpResponse


async def test_a_request_arrives_whole_and_its_answer_comes_back():
    async with listening() as world:
        answer = await world.ask(post(b"/echo?a=%D0%B0&b", b"hello", b"X-Word: \xe9t\xe9"))
        request = world.asked[0]
        assert (request.method, request.path, request.query, request.body) == ("POST", "/echo", b"a=%D0%B0&b", b"hello")
        assert request.header("x-word") == "été"
        assert request.header("host") == "gateway"
        assert request.peer == "127.0.0.1"
        assert not request.body_too_large
        assert answer.line == "HTTP/1.1 200 OK"
        assert answer.headers == {
            "content-type": "text/plain",
            "date": "Sun, 06 Nov 1994 08:49:37 GMT",
            "content-length": "7",
        }
        assert answer.body == b"1:hello"


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/echo?", "/echo", b""),
        (b"/ech%6f", "/echo", b""),
        (b"/below/%D0%BF%D1%80?x=1?y", "/below/пр", b"x=1?y"),
        (b"/below/%FF", "/below/\ufffd", b""),
        (b"http://other.example/below/a?q", "/below/a", b"q"),
        (b"http://other.example", "/", b""),
        (b"http://other.example?q=/", "/", b"q=/"),
        (b"//below/a", "//below/a", b""),
        (b"*", "/", b""),
    ],
)
async def test_a_target_is_cut_into_path_and_query(target, path, query):
    seen = []

    def look(request):
        seen.append((request.path, request.query))
        return HttpResponse(200)

    async with listening(extra_routes={"/": look, "/echo": look, "/below/": look}) as world:
        answer = await world.ask(get(target).replace(b"GET *", b"OPTIONS *"))
        assert answer.status == 200
        assert seen == [(path, query)]


@pytest.mark.parametrize("target", [b"ftp://a/echo", b"echo", b"a:80"])
async def test_a_target_that_is_none_is_refused(target):
    async with listening() as world:
        assert (await world.ask(get(target))).status == 400
        assert world.asked == []


async def test_the_nearest_prefix_stands_for_what_is_below_it():
    def words(text):
        return lambda request: HttpResponse(200, [], text)

    routes = {"/a": words(b"a"), "/a/": words(b"below a"), "/a/b/": words(b"below b"), "/a/b/c": words(b"c")}
    async with listening(extra_routes=routes) as world:
        caller = await world.connect()
        found = {}
        for path in ("/a", "/a/", "/a/x", "/a/b", "/a/b/", "/a/b/x/y", "/a/b/c", "/a/b/c/", "/ab"):
            answer = await caller.ask(get(path.encode()))
            found[path] = answer.body if answer.status == 200 else answer.status
        assert found == {
            "/a": b"a",
            "/a/": b"below a",
            "/a/x": b"below a",
            "/a/b": b"below a",
            "/a/b/": b"below b",
            "/a/b/x/y": b"below b",
            "/a/b/c": b"c",
            "/a/b/c/": b"below b",
            "/ab": 404,
        }


async def test_an_unknown_path_is_404_in_json():
    async with listening() as world:
        answer = await world.ask(get(b"/nowhere"))
        assert (answer.status, answer.headers["content-type"]) == (404, "application/json")
        assert answer.body == b'{"error":"not found"}\n'


async def test_a_connection_is_kept_for_the_next_request():
    async with listening() as world:
        caller = await world.connect()
        bodies = [(await caller.ask(post(path, b"%d" % n))).body for n, path in enumerate([b"/echo", b"/later"] * 5)]
        assert bodies == [b"%d:%d" % (n + 1, n) for n in range(10)]
        assert world.shell.connections == 1


async def test_pipelined_requests_are_answered_in_their_order():
    async with listening() as world:
        caller = await world.connect()
        requests = [post(b"/held/first", b"0"), post(b"/echo", b"1"), post(b"/later", b"2"), get(b"/nowhere")]
        caller.send(b"".join(requests))
        await world.until(lambda: "/held/first" in world.gates)
        assert world.asked == []
        world.gate("/held/first").set()
        answers = [await caller.answer() for _ in requests]
        assert [answer.status for answer in answers] == [200, 200, 200, 404]
        assert [answer.body for answer in answers[:3]] == [b"1:0", b"2:1", b"3:2"]


async def test_a_request_may_come_in_single_bytes():
    async with listening() as world:
        caller = await world.connect()
        for byte in post(b"/echo?ab", b"xyz", b"X-Long: 12345") + chunked(b"/echo", b"uvw", b"q"):
            caller.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await caller.answer()).body == b"1:xyz"
        assert (await caller.answer()).body == b"2:uvwq"
        assert world.asked[0].query == b"ab"
        assert world.asked[0].header("x-long") == "12345"


async def test_HEAD_is_answered_without_the_body_but_with_its_length():
    async with listening() as world:
        caller = await world.connect()
        caller.send(get(b"/echo").replace(b"GET", b"HEAD"))
        answer = await caller.answer(without_body=True)
        assert (answer.status, answer.headers["content-length"]) == (200, "2")
        assert (await caller.ask(get(b"/echo"))).body == b"2:"


async def test_204_has_neither_body_nor_length():
    async with listening() as world:
        caller = await world.connect()
        answer = await caller.ask(post(b"/empty", b"x"))
        assert answer.line == "HTTP/1.1 204 No Content"
        assert "content-length" not in answer.headers
        assert (await caller.ask(get(b"/echo"))).status == 200


async def test_a_status_of_the_providers_own_has_a_phrase():
    async with listening(extra_routes={"/twice": lambda request: HttpResponse(453)}) as world:
        assert (await world.ask(get(b"/twice"))).line == "HTTP/1.1 453 Repeated Message"


# -- bodies ---------------------------------------------------------------------------------------------------------


async def test_a_chunked_body_arrives_joined():
    async with listening() as world:
        answer = await world.ask(chunked(b"/echo", b"ab", b"c" * 300, b"d"))
        assert answer.body == b"1:ab" + b"c" * 300 + b"d"


async def test_an_empty_chunked_body_is_no_body():
    async with listening() as world:
        assert (await world.ask(chunked(b"/echo"))).body == b"1:"


async def test_a_POST_without_length_has_no_body():
    async with listening() as world:
        assert (await world.ask(b"POST /echo HTTP/1.1\r\nHost: a\r\n\r\n")).body == b"1:"


async def test_who_waits_for_100_continue_is_told_at_once_also_with_an_empty_chunked_body():
    async with listening() as world:
        caller = await world.connect()
        caller.send(chunked(b"/echo", last=b"", headers=(b"Expect: 100-continue",)))
        assert await asyncio.wait_for(caller.reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await caller.ask(b"0\r\n\r\n")).body == b"1:"


async def test_who_waits_for_100_continue_behind_another_request_is_told_after_its_answer():
    async with listening() as world:
        caller = await world.connect()
        caller.send(get(b"/held/1") + post(b"/echo", b"", b"Expect: 100-Continue").replace(b"Length: 0", b"Length: 3"))
        await world.until(lambda: "/held/1" in world.gates)
        world.gate("/held/1").set()
        assert (await caller.answer()).body == b"1:"
        assert await asyncio.wait_for(caller.reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await caller.ask(b"abc")).body == b"2:abc"


async def test_a_body_announced_too_large_is_refused_in_the_doors_words_before_it_is_sent():
    async with listening(extra_routes={"/size": _size}) as world:
        caller = await world.connect()
        answer = await caller.ask(
            post(b"/size", b"", b"Expect: 100-continue").replace(b"Length: 0", b"Length: 104857600")
        )
        assert (answer.status, answer.body) == (400, b"too large: True, body 0")
        assert answer.headers["connection"] == "close"
        assert await caller.is_closed()


async def test_a_chunked_body_that_grows_too_large_is_refused_in_the_doors_words():
    async with listening(extra_routes={"/size": _size}) as world:
        caller = await world.connect()
        answer = await caller.ask(chunked(b"/size", *[b"x" * 100] * 11))
        assert (answer.status, answer.body) == (400, b"too large: True, body 0")
        assert await caller.is_closed()
        assert world.shell.buffered == 0


async def test_a_body_of_the_most_that_is_allowed_is_taken():
    async with listening(extra_routes={"/size": _size}) as world:
        for request in (post(b"/size", b"x" * 1000), chunked(b"/size", b"x" * 999, b"y")):
            assert (await world.ask(request)).body == b"too large: False, body 1000"


def _size(request):
    status = 400 if request.body_too_large else 200
    return HttpResponse(status, [], b"too large: %r, body %d" % (request.body_too_large, len(request.body)))


async def test_the_rest_of_an_unwanted_body_is_read_so_that_the_answer_arrives():
    async with listening(extra_routes={"/size": _size}) as world:
        caller = await world.connect()
        caller.send(get(b"/size", b"Content-Length: 8000000").replace(b"GET", b"POST"))
        for _ in range(80):
            caller.send(b"x" * 100_000)
            await caller.writer.drain()
        assert (await caller.answer()).status == 400


# -- versions and ends of connections -------------------------------------------------------------------------------


async def test_HTTP_1_0_is_closed_after_the_answer_unless_it_asks_to_stay():
    async with listening() as world:
        caller = await world.connect()
        answer = await caller.ask(b"POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na")
        assert (answer.body, answer.headers["connection"]) == (b"1:a", "keep-alive")
        answer = await caller.ask(b"GET /echo HTTP/1.0\r\n\r\n")
        assert (answer.body, answer.headers["connection"]) == (b"2:", "close")
        assert await caller.is_closed()


@pytest.mark.parametrize("path", [b"/echo", b"/later"])
async def test_who_asks_to_close_is_closed_after_the_answer(path):
    async with listening() as world:
        caller = await world.connect()
        answer = await caller.ask(get(path, b"Connection: close"))
        assert (answer.body, answer.headers["connection"]) == (b"1:", "close")
        assert await caller.is_closed()
        await world.until(lambda: world.shell.connections == 0)


async def test_nothing_after_a_request_that_asks_to_close_is_looked_at():
    async with listening() as world:
        caller = await world.connect()
        caller.send(post(b"/later", b"1", b"Connection: close") + post(b"/echo", b"2") * 3)
        assert (await caller.answer()).body == b"1:1"
        assert await caller.is_closed()
        assert len(world.asked) == 1
        assert world.shell.malformed == 0


async def test_a_caller_who_only_stops_sending_gets_all_answers():
    async with listening() as world:
        caller = await world.connect()
        caller.send(get(b"/held/1") + post(b"/later", b"2") + post(b"/echo", b"3"))
        caller.writer.write_eof()
        await world.until(lambda: "/held/1" in world.gates)
        world.gate("/held/1").set()
        answers = [await caller.answer() for _ in range(3)]
        assert [answer.body for answer in answers] == [b"1:", b"2:2", b"3:3"]
        assert [answer.headers.get("connection") for answer in answers] == [None, None, "close"]
        assert await caller.is_closed()


async def test_a_request_that_ends_in_the_middle_is_nobodys():
    async with listening() as world:
        caller = await world.connect()
        caller.send(post(b"/echo", b"abc")[:-1])
        caller.writer.write_eof()
        assert await caller.is_closed()
        assert world.asked == []
        await world.until(lambda: world.shell.connections == 0)
        assert world.shell.buffered == 0


async def test_work_for_a_caller_who_went_away_is_done_all_the_same():
    async with listening() as world:
        caller = await world.connect()
        caller.send(post(b"/held/1", b"kept"))
        await world.until(lambda: "/held/1" in world.gates)
        caller.close()
        await asyncio.sleep(0.05)
        world.gate("/held/1").set()
        await world.until(lambda: world.shell.connections == 0)
        assert [request.body for request in world.asked] == [b"kept"]
        assert world.faults == []


async def test_a_wish_for_another_protocol_is_ignored_and_the_body_kept():
    async with listening() as world:
        caller = await world.connect()
        wish = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
        caller.send(post(b"/echo", b"abc", *wish) + chunked(b"/later", b"de", headers=wish) + get(b"/echo", *wish))
        assert [(await caller.answer()).body for _ in range(3)] == [b"1:abc", b"2:de", b"3:"]
        assert (await caller.ask(post(b"/echo", b"f"))).body == b"4:f"
        assert world.shell.malformed == 0


# -- faults of ours -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [b"/bad", b"/bad-later"])
async def test_a_failing_handler_is_answered_in_the_doors_words_and_the_connection_lives(path):
    async with listening() as world:
        caller = await world.connect()
        answer = await caller.ask(post(path, b"x"))
        assert (answer.status, answer.body) == (500, OWN_WORDS)
        assert (await caller.ask(post(b"/echo", b"y"))).body == b"1:y"
        assert [(where, str(error)) for where, error in world.faults] == [("http", "secret words of ours")]
        assert world.shell.faults == 1


async def test_B25_a_header_that_would_end_its_line_never_leaves():
    async with listening() as world:
        caller = await world.connect()
        answer = await caller.ask(get(b"/bad-header"))
        assert answer.status == 500
        assert "set-cookie" not in answer.headers
        assert b"stolen" not in answer.body
        assert len(world.faults) == 1
        assert (await caller.ask(get(b"/echo"))).status == 200


async def test_a_door_whose_words_for_a_fault_fail_too_is_answered_500():
    def fail(*_):
        raise LookupError("twice")

    async with listening(extra_routes={"/worse": fail}, extra_on_error=fail) as world:
        answer = await world.ask(get(b"/worse"))
        assert (answer.status, answer.body) == (500, b'{"error":"internal error"}\n')
        assert len(world.faults) == 2


async def test_counters_tell_what_was_answered():
    async with listening() as world:
        caller = await world.connect()
        for path in (b"/echo", b"/empty", b"/nowhere", b"/bad"):
            await caller.ask(get(path))
        await world.ask(b"nonsense\r\n\r\n")
        shell = world.shell
        assert (shell.by_class[2], shell.by_class[4], shell.by_class[5]) == (2, 2, 1)
        assert (shell.requests, shell.malformed, shell.faults) == (5, 1, 1)


# -- stopping -------------------------------------------------------------------------------------------------------


async def test_R35_a_stop_closes_what_is_idle_and_finishes_what_is_asked():
    async with listening() as world:
        idle, busy = await world.connect(), await world.connect()
        assert (await idle.ask(get(b"/echo"))).status == 200
        busy.send(post(b"/held/1", b"a") + post(b"/echo", b"b"))
        await world.until(lambda: "/held/1" in world.gates)
        stopping = asyncio.create_task(world.shell.stop(30))
        assert await idle.is_closed()
        assert not stopping.done()
        world.gate("/held/1").set()
        first, second = await busy.answer(), await busy.answer()
        assert (first.body, second.body) == (b"2:a", b"3:b")
        assert (first.headers.get("connection"), second.headers["connection"]) == (None, "close")
        assert await busy.is_closed()
        await stopping
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", busy.writer.get_extra_info("peername")[1])


async def test_R35_a_stop_waits_for_work_whose_caller_went_away():
    async with listening() as world:
        caller = await world.connect()
        caller.send(post(b"/held/1", b"kept"))
        await world.until(lambda: "/held/1" in world.gates)
        caller.close()
        stopping = asyncio.create_task(world.shell.stop(30))
        await asyncio.sleep(0.05)
        assert not stopping.done()
        world.gate("/held/1").set()
        await stopping
        assert [request.body for request in world.asked] == [b"kept"]


async def test_a_stop_gives_a_half_read_request_a_moment_and_then_refuses_it():
    async with listening() as world:
        quick, slow = await world.connect(), await world.connect()
        for caller in (quick, slow):
            caller.send(post(b"/echo", b"abc")[:-1])
        await world.until(lambda: world.shell.buffered == 4)
        stopping = asyncio.create_task(world.shell.stop(30))
        await asyncio.sleep(0)
        assert (await quick.ask(b"c")).headers["connection"] == "close"
        world.pass_time(2.1)
        assert (await slow.answer()).status == 408
        slow.close()
        await stopping


async def test_a_stop_cuts_off_what_takes_longer_than_the_grace():
    async with listening() as world:
        caller = await world.connect()
        caller.send(get(b"/held/never"))
        await world.until(lambda: "/held/never" in world.gates)
        await world.shell.stop(0.05)
        assert await caller.is_closed()
        assert world.shell.connections == 0


async def test_a_listener_may_be_stopped_before_it_started_and_twice():
    async with listening() as world:
        await world.shell.stop(0)
        await world.shell.stop(0)
        assert world.shell.addresses == []
