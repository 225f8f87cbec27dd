"""Our own client against a started gateway, and against one that fails it."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from typing import ClassVar

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.links import LinkSettings
from heliograph.backoffice.rents import OfferedNumber
from heliograph.client import Client, NotReached, Problem, SentMessage, is_genuine
from walks.world import SENDER, running

PHONE = "380671112233"
LATER = 4_000_000_000_000


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as world:
        yield world


def as_customer(world, work):
    """Carry `work` out in a thread, as a customer's program does."""

    def carry_out():
        with Client(world.gateway.http_url, world.token, pause_s=0.01) as client:
            return work(client)

    return asyncio.to_thread(carry_out)


async def test_what_lies_around_messages_has_names_of_its_own(tmp_path):
    settings = {"incoming_numbers": (OfferedNumber("380670000001", "1"),), "links": LinkSettings("https://s.example")}

    def work(client):
        mailing = client.start_mailing("a", "x", to=[PHONE], send_at=LATER, repeat="daily", sender=SENDER, key="k")
        again = client.start_mailing("a", "x", to=[PHONE], send_at=LATER, repeat="daily", sender=SENDER, key="k")
        assert (mailing, [mailing]) == (again, list(client.mailings(limit=1)))
        entry = client.stop(PHONE, "mailings")
        assert list(client.stop_list()) == [entry]
        client.allow(entry["id"])
        assert list(client.stop_list()) == client.templates() == client.numbers() == []
        assert client.numbers(offered=True) == [{"number": "380670000001", "month": "1.000000"}]
        assert client.rent("380670000001", renews=False)["renews"] is False
        template = client.call("POST", "/templates", {"name": "Code", "text": "Your code: {code}"})["id"]
        sent = client.send_template(PHONE, template, {"code": "4711"}, send_at=LATER, sender=SENDER)
        assert client.message(sent.ids[0]).text == "Your code: 4711"
        with pytest.raises(Problem, match="422 bad_request"):
            client.send_template(PHONE, template)
        shortened = client.send(PHONE, "https://shop.example/1", short_links=True, send_at=LATER)
        assert client.message(shortened.ids[0]).text.startswith("https://s.example/l/")
        assert client.replay() == {"again": 0, "gone": 0}
        with pytest.raises(Problem, match="404 not_found"):
            client.replay("evt_1")
        with pytest.raises(Problem, match="404 not_found"):
            client.clicks("https://shop.example/?a=1&b=2")

    async with running(tmp_path, **settings) as world:
        await as_customer(world, work)


async def test_a_message_is_sent_watched_to_its_end_answered_and_counted(world):
    def work(client):
        preview = client.preview(PHONE, "it’s here")
        events = client.events("an event of long ago")
        assert next(events).kind == "missed"
        sent = client.send([PHONE, "12"], "Привіт", sender=SENDER, reference="order 17")
        again = client.send([PHONE, "12"], "Привіт", sender=SENDER, reference="order 17", key=sent.key)
        message = next(event.message for event in events if event.message is not None and event.message.final)
        events.close()
        return preview, sent, again, message, client.balance(), list(client.messages(limit=1))

    preview, sent, again, message, balance, listed = await as_customer(world, work)
    assert preview["text"]["forces_unicode"][0]["character"] == "’"
    assert sent.messages[0] == SentMessage(PHONE, "accepted", "100000001", 1, "0.450000")
    assert (sent.messages[1].state, sent.messages[1].code) == ("refused", "bad_recipient")
    assert again == sent
    assert (message.id, message.state, message.text, message.reference) == (
        sent.ids[0],
        "delivered",
        "Привіт",
        "order 17",
    )
    assert (balance.balance, balance.currency) == ("99.550000", "UAH")
    assert [one.id for one in listed] == sent.ids


async def test_each_gets_his_own_text_what_waits_is_taken_back_and_lists_are_whole(world):
    def work(client):
        sent = client.send_each([(PHONE, "a"), (PHONE, "b"), (PHONE, "c")], send_at=4_000_000_000_000)
        texts = [one.text for one in client.messages(limit=2)]
        return sent, texts, client.cancel(sent.ids[0]), list(client.pages("/ledger", "entries", limit=1))

    sent, texts, cancelled, ledger = await as_customer(world, work)
    assert [one.state for one in sent.messages] == ["scheduled"] * 3
    assert texts == ["c", "b", "a"]
    assert cancelled.state == "cancelled"
    assert [one["kind"] for one in ledger] == ["refund", "charge", "top-up"]


async def test_what_is_wrong_is_a_problem_with_its_code_and_its_fields(world):
    def work(client):
        problems, stranger = [], Client(world.gateway.http_url, "wrong")
        for call in (
            lambda: client.send("12", "x"),
            lambda: client.call("POST", "/contacts", {"phones": [], "colour": "red"}),
            lambda: client.message("7"),
            stranger.balance,
        ):
            with pytest.raises(Problem) as caught:
                call()
            problems.append(caught.value)
        stranger.close()
        return problems

    refused, wrong, absent, stranger = await as_customer(world, work)
    assert (refused.status, refused.code, refused.messages[0].code) == (422, "bad_recipient", "bad_recipient")
    assert (wrong.code, wrong.errors[0][0]) == ("bad_request", "/phones")
    assert (absent.status, stranger.status, stranger.code) == (404, 401, "bad_credentials")


async def test_what_people_wrote_is_read(world):
    def send(client):
        return client.send(PHONE, "How are you?").ids[0]

    message_id = await as_customer(world, send)
    await world.until(message_id, "DELIVRD")
    await world.do(verbs.Incoming("carrier", PHONE, SENDER, "Fine"))

    def read(client):
        while not (found := list(client.incoming())):
            pass
        return found

    (incoming,) = await as_customer(world, read)
    assert (incoming.sender, incoming.text, incoming.answers) == (PHONE, "Fine", message_id)


class _Failing(http.server.BaseHTTPRequestHandler):
    """Answers 503, then nothing at all, then that it is done; notes the keys."""

    keys: ClassVar[list[str]] = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.append(self.headers["Idempotency-Key"])
        if len(self.keys) == 1:
            self._answer(503, {"code": "busy"})
        elif len(self.keys) > 2:
            one = {"to": PHONE, "state": "accepted", "id": "1", "parts": 1, "price": "1.000000"}
            self._answer(202, {"messages": [one], "price": "1.000000", "currency": "UAH"})
        else:
            self.close_connection = True

    def _answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_a_gateway_that_fails_is_asked_again_with_the_same_key_and_not_for_ever():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Failing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            client = Client(url, "token", pause_s=0.001)
            assert client.send(PHONE, "x").ids == ["1"]
            client.close()
        finally:
            server.shutdown()
            thread.join()
    assert len(_Failing.keys) == 3
    assert len(set(_Failing.keys)) == 1
    with pytest.raises(NotReached):
        Client(url, "token", tries=2, pause_s=0.001).balance()


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, True),
        ({"webhook-signature": "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, True),
        ({"webhook-id": "msg_other"}, False),
        ({"webhook-timestamp": "1614265631"}, False),
        ({"webhook-timestamp": "x"}, False),
        ({"webhook-signature": ""}, False),
    ],
)
def test_B24_a_call_is_genuine_only_as_it_was_signed_and_only_for_a_while(change, verdict):
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    body, secret = b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert is_genuine(headers | change, body, secret, now=1614265330.0) is verdict
