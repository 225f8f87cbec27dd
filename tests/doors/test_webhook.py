"""Callbacks in our own form, on real sockets: what is told, how signed, what an answer means (docs/webhooks.md)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from http_world import ManualClock
from smsclub_world import SECRET, message_of

from heliograph.channels.sms.numbering import NumberingPlan
from heliograph.core.directory import Directory
from heliograph.doors.webhook import WebhookNotifier, signature
from heliograph.model.account import Account, DirectoryRows, Endpoint
from heliograph.model.message import State
from heliograph.model.receipt import Incoming, Notice, NoticeResult
from heliograph.net.guard import Guard
from heliograph.net.http_client import HttpClient
from net.receiver import HANG, NO_CONTENT, OK, receiving

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"
ACCOUNT = 7
KEY = bytes(range(24))
WHSEC = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
PATIENCE = 10


def answer(status, *headers):
    return b"\r\n".join([b"HTTP/1.1 %d X" % status, b"Content-Length: 0", *headers, b"", b""])


def status_notice(number=2041, target="endpoint:1", *, state=State.DELIVERED, error=0, **of_message):
    message = message_of(100_000_001, state=state)
    for name, value in of_message.items():
        setattr(message, name, value)
    return Notice(number, ACCOUNT, target, 1_700_000_004_200, message=message, state=state, error=error)


class World:
    """A notifier, the directory it reads, and what it settled."""

    def __init__(self, *endpoints, allowed=("127.0.0.0/8",), timeout_s=PATIENCE):
        self.directory = Directory(self.rows(endpoints), [], [], NumberingPlan(), SECRET)
        self.client = HttpClient(Guard(allowed), timeout_s=timeout_s)
        self.clock = ManualClock()
        self.notifier = WebhookNotifier(self.directory, self.client, self.clock)
        self.results = {}

    @staticmethod
    def rows(endpoints, revision=1):
        account = Account(ACCOUNT, "shop", 1, "default", ACCOUNT, ACCOUNT)
        return DirectoryRows(revision, accounts=[account], endpoints=list(endpoints))

    def change(self, *endpoints):
        self.directory.apply(self.rows(endpoints, self.directory.revision + 1))

    async def tell(self, *notices):
        """Hand them over together and wait for all; the results in the same order."""
        self.hand_over(*notices)
        async with asyncio.timeout(PATIENCE):
            while not all(notice.id in self.results for notice in notices):
                await asyncio.sleep(0.002)
        return [self.results[notice.id] for notice in notices]

    def hand_over(self, *notices):
        self.notifier.notify(list(notices), self.settled)

    def settled(self, results):
        for notice, result in results:
            assert notice.id not in self.results, "settled twice"
            self.results[notice.id] = result


def endpoint(receiver, number=1, **fields):
    return Endpoint(number, ACCOUNT, getattr(receiver, "url", receiver), WHSEC, **fields)


def sample_of_the_page():
    """The verifier as the page prints it."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    scope = {}
    exec(compile(code, str(PAGE), "exec"), scope)
    return scope["is_genuine"]


# -- what is told ---------------------------------------------------------------------------------------------------


async def test_a_status_is_told_with_every_documented_field():
    async with receiving([[NO_CONTENT]]) as receiver:
        world = World(endpoint(f"{receiver.url}hooks/sms"))
        notice = status_notice(
            state=State.UNDELIVERABLE, error=6, parts=2, price=1_350_000, refunded=450_000,
            accepted_at=1_700_000_000_000, integration_id=555, request_id=100_000_000, comment="order 17",
        )  # fmt: skip
        assert await world.tell(notice) == [NoticeResult(delivered=True, final=True, answer="HTTP 204")]
        line, headers, body = receiver.requests[0]
        assert line == "POST /hooks/sms HTTP/1.1"
        assert headers["content-type"] == "application/json; charset=utf-8"
        assert headers["webhook-id"] == "evt_2041"
        assert headers["webhook-timestamp"] == "784111777"
        assert json.loads(body) == {
            "type": "message.status",
            "timestamp": 1_700_000_004_200,
            "data": {
                "id": "100000001",
                "request_id": "100000000",
                "integration_id": 555,
                "reference": "order 17",
                "from": "VashZakaz",
                "to": "380989361131",
                "state": "undeliverable",
                "final": True,
                "error": 6,
                "error_text": "the subscriber is offline or out of coverage",
                "parts": 2,
                "price": "0.900000",
                "accepted_at": 1_700_000_000_000,
            },
        }
        await world.client.close()


async def test_a_delivered_message_has_no_error():
    async with receiving() as receiver:
        world = World(endpoint(receiver))
        await world.tell(status_notice())
        data = json.loads(receiver.requests[0][2])["data"]
        assert (data["state"], data["error"], data["error_text"], data["integration_id"]) == (
            "delivered",
            0,
            None,
            None,
        )
        await world.client.close()


async def test_a_received_message_is_told_with_every_documented_field():
    incoming = Incoming(
        77, "carrier", "380671112233", "380440000000", "Так, дякую 👍", 1_700_000_009_000,
        account_id=ACCOUNT, answers=100_000_001,
    )  # fmt: skip
    async with receiving() as receiver:
        world = World(endpoint(receiver))
        await world.tell(
            Notice(78, ACCOUNT, "endpoint:1", 1_700_000_009_001, incoming=incoming),
            Notice(79, ACCOUNT, "endpoint:1", 1_700_000_009_002, incoming=replace(incoming, answers=0)),
        )
        told = {headers["webhook-id"]: json.loads(body) for _, headers, body in receiver.requests}
        assert told["evt_78"] == {
            "type": "message.received",
            "timestamp": 1_700_000_009_001,
            "data": {
                "id": "77",
                "from": "380671112233",
                "to": "380440000000",
                "text": "Так, дякую 👍",
                "missing_parts": 0,
                "received_at": 1_700_000_009_000,
                "answers": "100000001",
            },
        }
        assert told["evt_79"]["data"]["answers"] is None
        await world.client.close()


def test_the_page_names_every_field_and_every_state_that_is_told():
    page = PAGE.read_text("utf-8")
    fields = "id request_id integration_id reference from to state final error error_text parts price accepted_at"
    for word in [*fields.split(), "text", "received_at", "answers", "message.status", "message.received"]:
        assert f"`{word}`" in page, word
    for state in ("delivered", "undeliverable", "expired", "rejected", "cancelled", "unknown", "read", "clicked"):
        assert f"`{state}`" in page, state


# -- how it is signed -----------------------------------------------------------------------------------------------


def test_B24_the_published_vector_of_Standard_Webhooks():
    given = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_call_is_signed_over_id_time_and_body():
    async with receiving() as receiver:
        world = World(endpoint(receiver))
        await world.tell(status_notice())
        _, headers, body = receiver.requests[0]
        digest = hmac.new(KEY, b"evt_2041.784111777." + body, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
        await world.client.close()


async def test_B24_the_verifier_of_the_page_believes_us_and_nobody_else():
    is_genuine = sample_of_the_page()
    async with receiving() as receiver:
        world = World(endpoint(receiver))
        await world.tell(status_notice())
        _, headers, body = receiver.requests[0]
        await world.client.close()
    sent_at = 784_111_777
    assert is_genuine(headers, body, WHSEC, now=sent_at + 299)
    assert is_genuine(
        {**headers, "webhook-signature": f"v1,abc {headers['webhook-signature']}"}, body, WHSEC, now=sent_at
    )
    assert not is_genuine(headers, body + b" ", WHSEC, now=sent_at)
    assert not is_genuine({**headers, "webhook-id": "evt_2042"}, body, WHSEC, now=sent_at)
    assert not is_genuine({**headers, "webhook-timestamp": str(sent_at + 1)}, body, WHSEC, now=sent_at)
    assert not is_genuine(headers, body, "whsec_" + base64.b64encode(b"another key").decode(), now=sent_at)
    assert not is_genuine(headers, body, WHSEC, now=sent_at + 301), "replayed"
    assert not is_genuine(headers, body, WHSEC, now=sent_at - 301)
    assert not is_genuine({}, body, WHSEC, now=sent_at)


def test_B24_the_verifier_of_the_page_accepts_the_vector_of_the_page():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert sample_of_the_page()(headers, b'{"test": 2432232314}', secret, now=1614265330)
    page = PAGE.read_text("utf-8")
    assert all(value in page for value in [*headers.values(), secret])


async def test_P4_a_second_try_has_the_same_id_and_body_and_a_new_time():
    async with receiving([[answer(500)], [OK]]) as receiver:
        world = World(endpoint(receiver))
        first, second = status_notice(), status_notice()
        await world.tell(first)
        world.results.clear()
        world.clock.now = lambda: 784_111_782_000
        await world.tell(second)
        (_, before, body), (_, after, again) = receiver.requests
        assert (before["webhook-id"], body) == (after["webhook-id"], again)
        assert (before["webhook-timestamp"], after["webhook-timestamp"]) == ("784111777", "784111782")
        assert before["webhook-signature"] != after["webhook-signature"]
        await world.client.close()


# -- what an answer means -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "delivered", "final"),
    [
        (200, True, True), (201, True, True), (202, True, True), (204, True, True), (299, True, True),
        (301, False, False), (302, False, False), (400, False, False), (401, False, False), (404, False, False),
        (408, False, False), (410, False, True), (429, False, False), (500, False, False), (503, False, False),
    ],
)  # fmt: skip
async def test_2xx_is_taken_410_ends_and_everything_else_is_tried_again(status, delivered, final):
    async with receiving([[answer(status, b"Location: /elsewhere")]]) as receiver:
        world = World(endpoint(receiver))
        assert await world.tell(status_notice()) == [NoticeResult(delivered, final, f"HTTP {status}")]
        assert len(receiver.requests) == 1
        await world.client.close()


async def test_R23_who_cannot_be_reached_is_tried_again():
    async with receiving() as receiver:
        url = receiver.url
    world = World(endpoint(url, 1), endpoint("https://[", 2))
    one, two = await world.tell(status_notice(1), status_notice(2, "endpoint:2"))
    assert one == NoticeResult(delivered=False, final=False, answer="connection refused")
    assert (two.delivered, two.final, two.answer[:14]) == (False, False, "not an address")
    await world.client.close()


async def test_B16_an_address_inside_is_not_called_and_the_trace_may_say_so():
    async with receiving() as canary:
        world = World(endpoint(canary), allowed=())
        (result,) = await world.tell(status_notice())
        assert result == NoticeResult(delivered=False, final=False, answer="127.0.0.1 is not a public address")
        assert canary.connections == 0
        await world.client.close()


# -- endpoints ------------------------------------------------------------------------------------------------------


async def test_a_removed_endpoint_and_one_that_is_switched_off_are_given_up():
    async with receiving() as receiver:
        world = World(endpoint(receiver, 1, active=False))
        off, gone, odd = await world.tell(
            status_notice(1, "endpoint:1"), status_notice(2, "endpoint:2"), status_notice(3, "endpoint:x")
        )
        assert off == NoticeResult(delivered=False, final=True, answer="the endpoint is switched off")
        assert gone == odd == NoticeResult(delivered=False, final=True, answer="the endpoint was removed")
        assert receiver.connections == 0
        await world.client.close()


async def test_the_address_is_read_when_the_call_is_made():
    async with receiving() as old, receiving() as new:
        world = World(endpoint(old))
        notice = status_notice()
        world.change(endpoint(new))
        await world.tell(notice)
        assert (len(old.requests), len(new.requests)) == (0, 1)
        await world.client.close()


def test_the_window_is_the_endpoints():
    world = World(endpoint("http://hook.example/", 1, window=16), endpoint("http://hook.example/", 2))
    assert [world.notifier.window(f"endpoint:{n}") for n in (1, 2)] == [16, 8]
    assert world.notifier.window("endpoint:3") == 1


async def test_P7_a_hanging_endpoint_delays_nobody():
    async with receiving(*[[[HANG]]] * 8) as dead, receiving() as alive:
        world = World(endpoint(dead, 1), endpoint(alive, 2), timeout_s=0.6)
        hanging = [status_notice(n, "endpoint:1") for n in range(1, 9)]
        world.hand_over(*hanging)
        results = await world.tell(*[status_notice(n, "endpoint:2") for n in range(10, 30)])
        assert all(result.delivered for result in results)
        assert not set(range(1, 9)) & set(world.results)
        async with asyncio.timeout(PATIENCE):
            while len(world.results) < 28:
                await asyncio.sleep(0.01)
        assert {world.results[n].answer for n in range(1, 9)} == {"no answer in time"}
        await world.client.close()


async def test_R23_an_event_that_cannot_be_told_stands_before_nobody():
    poisoned = status_notice(1, price="not money")
    broken_secret = replace(endpoint("http://127.0.0.1:9/", 2), secret="whsec_%")
    async with receiving() as receiver:
        world = World(endpoint(receiver), broken_secret)
        bad, good, unsigned = await world.tell(poisoned, status_notice(2), status_notice(3, "endpoint:2"))
        assert (bad.delivered, bad.final, bad.answer) == (False, False, "cannot be sent: TypeError")
        assert good.delivered
        assert (unsigned.delivered, unsigned.final, unsigned.answer) == (False, False, "cannot be sent: Error")
        assert [headers["webhook-id"] for _, headers, _ in receiver.requests] == ["evt_2"]
        await world.client.close()


async def test_closing_the_client_settles_what_is_under_way():
    async with receiving([[HANG]]) as receiver:
        world = World(endpoint(receiver))
        world.hand_over(status_notice())
        async with asyncio.timeout(PATIENCE):
            while not receiver.requests:
                await asyncio.sleep(0.002)
        await world.client.close()
        assert world.results[2041].delivered is False
        assert world.results[2041].final is False
