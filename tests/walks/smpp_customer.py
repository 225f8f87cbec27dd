"""A customer who speaks SMPP with PyPI's smpplib, which nobody here wrote, and a gateway with a door for him."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import smpplib.client
import smpplib.consts
import smpplib.smpp
from smpplib.exceptions import PDUError

from heliograph.backoffice import verbs
from heliograph.doors.smpp_limits import SmppDoorSettings, SmppListenerSettings
from heliograph.protocols.smpp.codec import encode
from walks.world import SENDER, running

SYSTEM_ID = "shop-smpp"
NUMBER = "380671234567"


@asynccontextmanager
async def door(folder, flavour="plain", *, account=True, clock=None, listeners=None, rest=None, **settings):
    """A running gateway with an SMPP door; its customers are gone before it stops. `rest` are its other settings."""
    settings = {"failed_login_pause_s": 0.01, **settings}
    listeners = listeners or (SmppListenerSettings(0, flavour=flavour),)
    smpp = SmppDoorSettings(listeners=listeners, **settings)
    async with running(folder, smpp=smpp, account=account, clock=clock, **(rest or {})) as world:
        world.customers = []
        try:
            yield world
        finally:
            for customer in world.customers:
                customer.close()


async def system_id(world, name=SYSTEM_ID, flavour="", login="shop", incoming=True):
    """The password of a new system_id."""
    return (await world.do(verbs.AccountSmpp(login, name, flavour, incoming)))["password"]


class Customer:
    """One bind. Its calls wait in a thread, as a program of its own would."""

    def __init__(self, world, password, name=SYSTEM_ID):
        self.world = world
        self.host, self.port = world.gateway.smpp.addresses[0]
        self.name, self.password = name, password
        self.delivered = []
        self.answers = {}
        self._number = 0x7000
        self.client = None
        world.customers.append(self)

    async def bind(self, how="transceiver", **fields):
        """Connect and bind; raises smpplib's PDUError when refused."""
        await asyncio.to_thread(self._bind, how, fields)
        return self

    def _bind(self, how, fields):
        self.client = smpplib.client.Client(self.host, self.port, timeout=5, allow_unknown_opt_params=True)
        self.client.set_message_received_handler(self._received)
        self.client.set_message_sent_handler(self._sent)
        self.client.set_error_pdu_handler(self._sent)
        self.client.connect()
        bind = getattr(self.client, f"bind_{how}")
        bind(system_id=self.name, password=self.password, **fields)

    def _received(self, *, pdu):
        self.delivered.append(pdu)
        return 0

    def _sent(self, pdu, **_):
        self.answers[pdu.sequence] = pdu

    async def submit(self, text=b"Hello", number=NUMBER, sender=SENDER, **fields):
        """The answer of a submit_sm: its message_id. Raises PDUError when refused."""
        return (await self.ask(number, short_message=text, source_addr=sender, **fields)).message_id.decode()

    async def ask(self, number, **fields):
        return await asyncio.to_thread(self._ask, number, fields)

    def _ask(self, number, fields):
        fields = {"source_addr_ton": 5, "dest_addr_ton": 1, "dest_addr_npi": 1, **fields}
        pdu = self.client.send_message(destination_addr=number, **fields)
        return self._answer(pdu.sequence)

    def _answer(self, sequence, seconds=10):
        until = time.monotonic() + seconds
        while sequence not in self.answers:
            assert time.monotonic() < until, "no answer came"
            self._read()
        answer = self.answers.pop(sequence)
        if answer.is_error():
            raise PDUError("refused", answer.status)
        return answer

    def _read(self):
        """One PDU; what is refused is an answer like any other."""
        self.client.read_once(auto_send_enquire_link=False)

    async def exchange(self, command, **fields):
        """The answer to any other request."""
        return await asyncio.to_thread(self._exchange, command, fields)

    def _exchange(self, command, fields):
        pdu = smpplib.smpp.make_pdu(command, client=self.client, **fields)
        self.client.send_pdu(pdu)
        answer = self.client.read_pdu()
        while answer.sequence != pdu.sequence:
            if answer.command == "deliver_sm":
                self.client._message_received(answer)
            answer = self.client.read_pdu()
        return answer

    async def raw(self, pdu):
        """The octets of the answer to a request smpplib does not know."""
        return await asyncio.to_thread(self._raw, pdu)

    def _raw(self, pdu):
        pdu.sequence_number = self._number = self._number + 1
        self.client._socket.sendall(encode(pdu))
        while True:
            head = self.client._recv_exact(16)
            octets = head + self.client._recv_exact(int.from_bytes(head[:4], "big") - 16)
            if head[12:] == pdu.sequence_number.to_bytes(4, "big"):
                return octets
            if head[4:8] == b"\0\0\0\x05":
                parsed = smpplib.smpp.parse_pdu(octets, client=self.client, allow_unknown_opt_params=True)
                self.client._message_received(parsed)

    async def receipts(self, count, seconds=15):
        """Wait for so many deliver_sm."""
        await asyncio.to_thread(self._receipts, count, seconds)
        return self.delivered

    def _receipts(self, count, seconds):
        until = time.monotonic() + seconds
        while len(self.delivered) < count:
            assert time.monotonic() < until, f"{len(self.delivered)} of {count} came"
            self._read()

    async def unbind(self):
        """Say goodbye and go."""
        await asyncio.to_thread(self._unbind)

    def _unbind(self):
        self.client.unbind()
        self.close()

    def close(self):
        """Close the connection without a word."""
        if self.client is not None and self.client._socket is not None:
            self.client._socket.close()
            self.client._socket = None
            self.client.state = smpplib.consts.SMPP_CLIENT_STATE_CLOSED
