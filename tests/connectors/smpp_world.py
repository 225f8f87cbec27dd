"""A connector, the `ports.Lift` above it, and a carrier on a loopback socket that says what a test tells it to."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace

from heliograph.connectors.smpp import SmppConnector
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.model.message import Attempt, Content, Message, Priority, State
from heliograph.protocols.smpp.codec import decode, encode
from heliograph.protocols.smpp.framing import Framer
from heliograph.protocols.smpp.pdu import Bind, SubmitSm, answer_to
from heliograph.simulator.message_centre import MessageCentre

SETTINGS = SmppSettings(
    host="127.0.0.1", system_id="gateway", password="secret", reconnect_least_s=0.01, reconnect_most_s=0.05
)


class Clock:
    """The machine's."""

    def now(self):
        return time.time_ns() // 1_000_000

    def monotonic(self):
        return time.monotonic()


class Lift:
    """Keeps everything; `keeps` is what it says to each list that comes in, None: nothing yet."""

    def __init__(self):
        self.outcomes = []
        self.lists = []
        self.events = []
        self.keeps = True
        self.thens = []
        self.ready_for = []

    def settled(self, outcomes):
        assert outcomes
        self.outcomes += outcomes

    def received(self, events, then):
        self.lists.append(events)
        self.events += events
        if self.keeps is None:
            self.thens.append(then)
        else:
            then(self.keeps)

    def ready(self, connector):
        self.ready_for.append(connector)

    def of(self, attempt):
        """The outcome of an attempt; there is at most one."""
        found = [outcome for one, outcome in self.outcomes if one is attempt]
        assert len(found) <= 1
        return found[0] if found else None


class FakeCarrier:
    """Listens; every PDU that comes is kept in `heard` and given to `says(carrier, writer, pdu)`, which writes."""

    def __init__(self, says):
        self.says = says
        self.heard = []
        self.writers = []
        self.port = 0

    async def serve(self, reader, writer):
        framer = Framer()
        self.writers.append(writer)
        try:
            while data := await reader.read(65_536):
                for octets in framer.feed(data):
                    pdu = decode(octets)
                    self.heard.append(pdu)
                    self.says(self, writer, pdu)
        except ConnectionError:
            pass
        finally:
            writer.close()

    def of(self, kind):
        """What was heard of a kind."""
        return [pdu for pdu in self.heard if isinstance(pdu, kind)]

    def tell(self, *pdus):
        """Say these on the newest connection."""
        self.writers[-1].write(b"".join(map(encode, pdus)))


def polite(carrier, writer, pdu):
    """Answers everything well."""
    if pdu.command_id < 0x80000000:
        answer = answer_to(pdu)
        if isinstance(pdu, SubmitSm):
            answer.message_id = b"%d" % pdu.sequence_number
        writer.write(encode(answer))


def deaf(carrier, writer, pdu):
    """Lets in and never says anything again."""
    if isinstance(pdu, Bind):
        polite(carrier, writer, pdu)


@asynccontextmanager
async def carrier(says=polite):
    """A fake carrier that listens."""
    fake = FakeCarrier(says)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for writer in fake.writers:
            writer.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def centre(personality="polite", memory=None, port=0, **how):
    """A simulated message centre; yields it and its port."""
    clock = Clock()
    made = MessageCentre(personality, memory, now=lambda: int(clock.monotonic() * 1000), wall=clock.now, **how)
    port = await made.start("127.0.0.1", port)
    try:
        yield made, port
    finally:
        await made.stop()


@asynccontextmanager
async def connector(port, *, late_answer_wait_s=5.0, bound=1, grace_s=0.5, **changes):
    """A started connector with its lift, once `bound` sessions are up."""
    made = SmppConnector(
        "carrier", replace(SETTINGS, port=port, **changes), Clock(), late_answer_wait_s=late_answer_wait_s
    )
    lift = Lift()
    await made.start(lift)
    try:
        await until(lambda: made.bound == bound)
        yield made, lift
    finally:
        await made.stop(grace_s)


async def until(look, seconds=10.0):
    """What `look` returns as soon as it is something."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.005)


def message(recipient="380671234567", text="Hello", *, message_id=100_000_001, sender="Shop", parts=1, **content):
    """A message that is SENDING."""
    now = time.time_ns() // 1_000_000
    return Message(
        message_id, 1, "sms", sender, recipient, recipient, Content(text, **content), 0, parts, State.SENDING,
        Priority.NORMAL, "smsclub", "smsclub_json", "", message_id, now, now, now + 86_400_000, "carrier", "all",
        "all", 1, 450_000, 1,
    )  # fmt: skip


def attempt(recipient="380671234567", text="Hello", *, part=1, **how):
    """One part of a fresh message."""
    return Attempt(message(recipient, text, **how), part, part, 1, "carrier")


def attempts(count):
    """As many single messages to as many numbers."""
    return [
        attempt(f"38067{1_000_000 + number}"[:8] + f"9{number:03d}", message_id=200 + number) for number in range(count)
    ]
