"""The drill's SMPP customer: one bind that comes back after each death, and everything it was told."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from heliograph.protocols.smpp import receipt
from heliograph.protocols.smpp.events import Answered, Bound, Ended, Event
from heliograph.protocols.smpp.pdu import BindTransceiver, DeliverSm, DeliverSmResp, Pdu, SubmitSm, SubmitSmResp
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.sides import EsmeSession

SYSTEM_ID: Final = "drill"
PATIENCE_S: Final = 10.0
WINDOW: Final = 500

Waiter = asyncio.Future[SubmitSmResp | None]


class SmppCustomer:
    """Submits, and takes receipts. `receipts` are by message id the words that were told."""

    def __init__(self, host: str, port: int, sender: str) -> None:
        self.password = ""
        self.receipts: dict[int, list[str]] = {}
        self.accepted: set[int] = set()
        self.address = (host, port)
        self._is_away = False
        self._sender = sender
        self._link: _Link | None = None
        self._binding = asyncio.Lock()

    async def submit(self, recipients: list[str], text: str) -> list[SubmitSmResp | None]:
        """One submit_sm a recipient, all at once; None for what got no answer."""
        link = await self._bound()
        if link is None:
            return [None] * len(recipients)
        waiters = [link.submit(self._pdu(recipient, text)) for recipient in recipients]
        answers = await asyncio.gather(*waiters)
        self.accepted |= {int(one.message_id) for one in answers if one is not None and not one.command_status}
        return answers

    async def stay(self) -> None:
        """Be bound, so that receipts come."""
        await self._bound()

    def close(self) -> None:
        """Go without a word."""
        if self._link is not None:
            self._link.close()

    def go_away(self) -> None:
        """Go, and do not bind before `come_back`."""
        self._is_away = True
        self.close()

    def come_back(self) -> None:
        """Bind again when there is something to do."""
        self._is_away = False

    async def _bound(self) -> _Link | None:
        """The bind, made anew if it was lost; None while nobody is there."""
        async with self._binding:
            if self._is_away:
                return None
            if self._link is not None and self._link.is_up:
                return self._link
            try:
                made = await asyncio.get_running_loop().create_connection(lambda: _Link(self), *self.address)
                async with asyncio.timeout(PATIENCE_S):
                    is_bound = await made[1].bind(SYSTEM_ID, self.password)
            except (OSError, TimeoutError):
                return None
            self._link = made[1]
            return self._link if is_bound else None

    def _pdu(self, recipient: str, text: str) -> SubmitSm:
        return SubmitSm(
            source_addr=self._sender.encode("ascii"),
            destination_addr=recipient.encode("ascii"),
            registered_delivery=1,
            data_coding=8,
            short_message=text.encode("utf-16-be"),
        )

    def told(self, pdu: DeliverSm) -> None:
        """A receipt."""
        read = receipt.read(pdu)
        if read is not None:
            self.receipts.setdefault(int(read.id), []).append(read.stat)


class _Link(asyncio.Protocol):
    def __init__(self, customer: SmppCustomer) -> None:
        self._customer = customer
        self._session: EsmeSession[Waiter] = EsmeSession(Limits(window=WINDOW), _now())
        self._transport: asyncio.Transport | None = None
        self._bound: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @property
    def is_up(self) -> bool:
        return self._session.state.is_bound

    def bind(self, system_id: str, password: str) -> asyncio.Future[bool]:
        self._session.bind(BindTransceiver(system_id=system_id.encode(), password=password.encode()))
        self._write()
        return self._bound

    def submit(self, pdu: Pdu) -> Waiter:
        waiter: Waiter = asyncio.get_running_loop().create_future()
        if self._session.free:
            self._session.send(pdu, waiter, _now())
            self._write()
        else:
            waiter.set_result(None)
        return waiter

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard(self._session.receive(data, _now()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._heard(self._session.lost("the connection was lost"))

    def _heard(self, events: list[Event[Waiter]]) -> None:
        for event in events:
            if isinstance(event, Answered) and not event.tag.done():
                event.tag.set_result(event.pdu if isinstance(event.pdu, SubmitSmResp) else None)
            elif isinstance(event, DeliverSm):
                self._customer.told(event)
                self._session.answer(DeliverSmResp(sequence_number=event.sequence_number))
            elif isinstance(event, Bound | Ended):
                if not self._bound.done():
                    self._bound.set_result(isinstance(event, Bound))
                for waiter in event.left if isinstance(event, Ended) else ():
                    if not waiter.done():
                        waiter.set_result(None)
        self._write()

    def _write(self) -> None:
        data = self._session.take_out()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)


def _now() -> int:
    return int(time.monotonic() * 1000)
