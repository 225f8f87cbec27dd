"""The whole core on a real store, with carriers that do exactly what a test says, when it says so."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

from heliograph.app import Gateway
from heliograph.backoffice import verbs
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.core.errors import NetworkError
from heliograph.core.routing import Rule
from heliograph.installation import Installation
from heliograph.model.message import Content, State, Submission
from heliograph.model.outcome import Failed, InDoubt, Taken
from heliograph.model.receipt import Incoming, Receipt
from heliograph.settings import ConnectorSettings
from walks.world import SETTINGS, ShiftedClock, eventually

SENDER = "VashZakaz"
NUMBER = "380671234567"


class ScriptedCarrier:
    """A connector in the test's hand: it keeps what it was given until the test says what became of it."""

    def __init__(self, name, window):
        self.name = name
        self.window = window
        self.connected = True
        self.sent = []
        self.open = []
        self.kept = []
        self._next = 0

    @property
    def free(self):
        return self.window - len(self.open) if self.connected else 0

    async def start(self, lift):
        self.lift = lift

    def send(self, attempts):
        self.sent += attempts
        self.open += attempts

    async def stop(self, grace_s):
        pass

    def settle(self, *outcomes, attempts=None):
        """Answer open attempts, the oldest first."""
        attempts = self.open[: len(outcomes)] if attempts is None else attempts
        for attempt in attempts:
            self.open.remove(attempt)
        self.lift.settled(list(zip(attempts, outcomes, strict=True)))

    def take(self, *ids):
        """Answer all that is open with these ids, or with fresh ones."""
        ids = ids or [self.fresh_id() for _ in self.open]
        self.settle(*(Taken(upstream_id) for upstream_id in ids))
        return list(ids)

    def fresh_id(self):
        self._next += 1
        return f"{self.name}-{self._next}"

    def report(self, upstream_id, state=State.DELIVERED, *, error=0, recipient="", detail=""):
        """Send a receipt."""
        receipt = Receipt(self.name, upstream_id, state, error, recipient=recipient, detail=detail)
        self.lift.received([receipt], self.kept.append)

    def report_all(self, *said):
        """Send receipts in one list, each (upstream id, state, error)."""
        receipts = [Receipt(self.name, upstream_id, state, error) for upstream_id, state, error in said]
        if receipts:
            self.lift.received(receipts, self.kept.append)

    def text(self, sender, recipient, text):
        """A handset's message."""
        self.lift.received([Incoming(0, self.name, sender, recipient, text, 0)], self.kept.append)

    def come_or_go(self, connected):
        self.connected = connected
        self.lift.ready(self.name)


class House(Gateway):
    """A gateway whose carriers are scripted."""

    def connector(self, settings):
        return ScriptedCarrier(settings.name, settings.window)


class Home:
    """The house, its account and its carriers."""

    def __init__(self, house, clock):
        self.house = house
        self.clock = clock
        self.carriers = {carrier.name: carrier for carrier in house.connectors}
        self.carrier = house.connectors[0]
        self.account = house.directory.by_login("shop")

    def submission(self, text="Hello", number=NUMBER, **fields):
        return Submission(
            account_id=self.account.id,
            door="test",
            dialect="test",
            sender=SENDER,
            recipient=number,
            recipient_given=number,
            content=Content(text),
            **fields,
        )

    async def submit(self, *submissions):
        return await self.house.intake.submit(list(submissions))

    async def accept(self, text="Hello", number=NUMBER, **fields):
        """One accepted message."""
        (answer,) = await self.submit(self.submission(text, number, **fields))
        return answer.message

    async def settled(self):
        """Wait until all that was planned is written, and what follows from it."""
        for _ in range(4):
            await asyncio.sleep(0)
            await self.house.journal.settle()
        await self.house.inbound.stop()
        await self.house.journal.settle()

    async def stored(self, message):
        await self.settled()
        (found,) = await self.house.store.messages([message.id], None)
        return found

    async def story(self, message):
        await self.settled()
        return await self.house.store.story(message.id)

    async def until(self, message, state, seconds=10):
        async def there():
            found = await self.stored(message)
            return found if found.state is state else None

        return await eventually(there, seconds)

    @property
    def balance(self):
        return self.house.purses.balance(self.account.purse)


@asynccontextmanager
async def home(folder, *, clock=None, money="100", fresh=True, carriers=("carrier",), window=100, smpp=None, **changes):
    """A started house; `carriers` by name, all on one route in this order, with settings as if they spoke SMPP."""
    clock = clock or ShiftedClock()
    folder.mkdir(parents=True, exist_ok=True)
    settings = replace(
        SETTINGS,
        connectors=tuple(
            ConnectorSettings(name, "smpp" if smpp else "simulated", window=window, smpp=smpp or SmppSettings())
            for name in carriers
        ),
        routes=changes.pop("routes", (Rule("all", tuple(carriers)),)),
        **changes,
    )
    house = House(settings, Installation(folder), clock=clock)
    await house.start()
    try:
        if fresh:
            await house.verbs.do(verbs.AccountCreate("shop"), "test")
            await house.verbs.do(verbs.AccountSender("shop", SENDER), "test")
            if money:
                await house.verbs.do(verbs.AccountTopUp("shop", money), "test")
        yield Home(house, clock)
    finally:
        await house.stop()


REFUSED = Failed(NetworkError.REJECTED_BY_OPERATOR, permanent=True, detail="no")
LATER = Failed(NetworkError.OPERATOR_QUEUE_FULL, permanent=False, retry_after_ms=1_000, detail="later")
THROTTLED = Failed(NetworkError.NONE, permanent=False, throttled=True, retry_after_ms=200, detail="slower")
DOUBT = InDoubt("no answer")
