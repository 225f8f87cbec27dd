"""A whole gateway in this process, on real sockets and a real file, with a customer who speaks plain `http.client`."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from contextlib import asynccontextmanager
from dataclasses import replace

from heliograph.app import Gateway
from heliograph.backoffice import verbs
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import Rule
from heliograph.doors.smsclub import SmsClubSettings
from heliograph.installation import Installation
from heliograph.settings import (
    CallbackSettings,
    ConnectorSettings,
    GatewaySettings,
    HttpSettings,
    QueueSettings,
    StoreSettings,
)
from store.postgres.schemas import schemas

SENDER = "VashZakaz"
AUTHOR = "test"

SETTINGS = GatewaySettings(
    http=HttpSettings(port=0),
    smsclub=SmsClubSettings(requests_per_second=10_000),
    queue=QueueSettings(least_free_disk_mib=0, grace_s=1),
    callbacks=CallbackSettings(allow_networks=("127.0.0.0/8",)),
    connectors=(ConnectorSettings("carrier", "simulated", late_answer_wait_s=0.3),),
    routes=(Rule("all", ("carrier",)),),
    tariffs=(TariffLine("ukraine", "default", "0.45", prefixes=("380",)), TariffLine("rest", "default", "1.20")),
)


LONG_UP_S = 1_000_000_000.0


class ShiftedClock:
    """The machine's clock, and what the test adds to it. A machine that just started has a monotonic clock near nought,
    which no shift back may take below it: none of a machine's ever is."""

    def __init__(self):
        self.seconds = 0.0

    def now(self):
        return int((time.time() + self.seconds) * 1000)

    def monotonic(self):
        return time.monotonic() + LONG_UP_S + self.seconds

    def shift(self, seconds):
        self.seconds += seconds


class World:
    """The gateway and its one customer `shop`."""

    def __init__(self, gateway, clock):
        self.gateway = gateway
        self.clock = clock
        self.token = ""

    async def do(self, verb):
        """What the operator asks."""
        return await self.gateway.verbs.do(verb, AUTHOR)

    async def add_account(self, login="shop", *, sender=SENDER, money="100"):
        """A fresh account; its token is used from now on."""
        made = await self.do(verbs.AccountCreate(login))
        if sender:
            await self.do(verbs.AccountSender(login, sender))
        if money:
            await self.do(verbs.AccountTopUp(login, money))
        self.token = made.token
        return made

    async def post(self, path, body=b"", *, token=None, method="POST", headers=None):
        """One request; status, headers and body of the answer."""
        if not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
        given = {"Authorization": f"Bearer {self.token if token is None else token}", **(headers or {})}
        return await asyncio.to_thread(self._exchange, method, path, body, given)

    def _exchange(self, method, path, body, headers):
        host, port = self.gateway.http.addresses[0]
        connection = http.client.HTTPConnection(host, port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    async def json(self, path, body=b"", **how):
        """The answer of a call that is answered 200."""
        status, _, answer = await self.post(path, body, **how)
        assert status == 200, answer
        return json.loads(answer)

    async def send(self, *phones, text="Привіт", sender=SENDER, **fields):
        """Send; the ids by number."""
        body = {"src_addr": sender, "phone": list(phones), "message": text, **fields}
        answer = await self.json("/sms/send", body)
        return {number: message_id for message_id, number in answer["success_request"]["info"].items()}

    async def status(self, *ids):
        """What `/sms/status` says, by id."""
        return (await self.json("/sms/status", {"id_sms": list(ids)}))["success_request"]["info"]

    async def until(self, message_id, word, seconds=15.0):
        """Wait until a message has a status; fails with the last one seen."""
        return await eventually(lambda: self._has(message_id, word), seconds)

    async def _has(self, message_id, word):
        seen = (await self.status(message_id))[str(message_id)]
        return seen if seen == word else None

    async def stored(self, message_id):
        """The message of an id, as the store has it."""
        return (await self.gateway.store.messages([int(message_id)], None))[0]


class Kept:
    """Where gateways keep what they know: `store` is the settings for one in a folder, the same at each start."""

    def __init__(self):
        self.on_postgres = False

    def store(self, folder):
        return StoreSettings("postgres", url=schemas(18).url(folder)) if self.on_postgres else SETTINGS.store


KEPT = Kept()
"""What `running` asks; the walks of the back office come by twice (conftest.py)."""


async def eventually(look, seconds=15.0):
    """What `look` returns as soon as it is something."""
    until = time.monotonic() + seconds
    while True:
        seen = await look()
        if seen:
            return seen
        assert time.monotonic() < until, "it did not come to pass"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(folder, *, clock=None, account=True, **changes):
    """A started gateway in `folder`; `changes` replace parts of the settings."""
    clock = clock or ShiftedClock()
    folder.mkdir(parents=True, exist_ok=True)
    changes.setdefault("store", KEPT.store(folder))
    gateway = Gateway(replace(SETTINGS, **changes), Installation(folder), clock=clock)
    await gateway.start()
    world = World(gateway, clock)
    try:
        if account:
            await world.add_account()
        yield world
    finally:
        await gateway.stop()
