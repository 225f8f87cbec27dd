"""What a probe asks a message centre, one after the other. What it hears is `findings`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Final

from heliograph.backoffice.verbs import NotPossible
from heliograph.channels.sms import udh
from heliograph.cli.smpp import findings, words
from heliograph.cli.smpp.findings import NO_ANSWER, THROTTLED, Burst, Findings
from heliograph.cli.smpp.load import Load
from heliograph.cli.smpp.peer import BINDS, How, Peer
from heliograph.net.smpp_esme import Esme
from heliograph.protocols.smpp import receipt, times, tlv
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm, EnquireLink, MessageResp, Pdu, QuerySm, SubmitSm

MOST_SESSIONS: Final = 4
WINDOWS: Final = (1, 10, 100)
HOUR_S: Final = 3600
VENDOR_TAG: Final = 0x1500
UNKNOWN_COMMAND: Final = 0x0001_0A0A
"""Vendors may have some from 0x00010200 on (3.4, 5.1.2.1); nobody has this one."""
TEXT: Final = "A test of the connection."


class Probe:
    """`to` "" = no message is sent. `burst` messages are sent in each of `WINDOWS`; 0 = none."""

    def __init__(self, peer: Peer, sender: str, to: str, burst: int, wait_s: float, say: Callable[[str], None]) -> None:
        self.found = Findings(peer.address)
        self._peer, self._sender, self._to, self._burst, self._wait_s = peer, sender, to, burst, wait_s
        self._say = say
        self._reference = 0

    async def run(self) -> Findings:
        """Ask everything. Raises `NotPossible` if nobody is there at all."""
        for one in BINDS:
            await self._try_bind(one)
        if self.found.bind is not None:
            how: How = "trx" if self.found.bind == "trx" else "tx"
            await self._try_sessions(how)
            await self._talk(how)
        return self.found

    async def _try_bind(self, how: How) -> None:
        self._say(f"binding as {how}")
        esme = await self._peer.connect(_ignore)
        answer = await esme.bind(self._peer.bind(how))
        self.found.binds[how] = NO_ANSWER if answer is None else answer.command_status
        if esme.is_bound:
            self.found.version = esme.session.version
            self.found.is_goodbye_answered = await esme.leave()
        else:
            esme.abort()

    async def _try_sessions(self, how: How) -> None:
        self._say("binding several times at once")
        up: list[Esme] = []
        for _ in range(MOST_SESSIONS):
            self.found.sessions_tried += 1
            try:
                up.append(await self._peer.bound(how, _ignore))
            except NotPossible:
                break
        self.found.sessions = sum([esme.is_bound for esme in up])
        for esme in up:
            await esme.leave()

    async def _talk(self, how: How) -> None:
        esme = await self._peer.bound(how, self._heard, max(WINDOWS))
        ears = await self._peer.bound("rx", self._heard) if how == "tx" and self.found.bind == "tx+rx" else None
        try:
            await self._poke(esme)
            if self._to:
                await self._send_messages(esme)
                if self._burst:
                    for window in WINDOWS:
                        await self._send_burst(how, window)
                self._say("waiting for receipts")
                await self._wait(esme)
        finally:
            for one in (esme, ears):
                if one is not None:
                    await one.leave()

    async def _poke(self, esme: Esme) -> None:
        enquired = await esme.poke(EnquireLink.command_id, self._peer.answer_s)
        self.found.enquire_ms = None if enquired is None else enquired[0]
        unknown = await esme.poke(UNKNOWN_COMMAND, self._peer.answer_s)
        self.found.unknown_command = NO_ANSWER if unknown is None else unknown[1]

    async def _send_messages(self, esme: Esme) -> None:
        for question, pdus in self._questions():
            self._say(f"sending {question}")
            self.found.answers[question] = await self._ask(esme, pdus)
            if esme.over.is_set():
                raise NotPossible(f"{self._peer.address} closed the connection after {question}: {esme.why}")
        if self.found.ids:
            query = QuerySm(message_id=self.found.ids[0].encode("latin-1"), source_addr=self._plain().source_addr)
            self.found.answers[findings.QUERY_SM] = await self._ask(esme, [query])

    async def _ask(self, esme: Esme, pdus: list[Pdu]) -> int:
        """The worst status of some requests."""
        worst = 0
        for pdu in pdus:
            answer = await esme.ask(pdu)
            if answer is None:
                return NO_ANSWER
            worst = worst or answer.command_status
            if isinstance(answer, MessageResp) and not answer.command_status and answer.message_id:
                self.found.ids.append(answer.message_id.decode("latin-1"))
        return worst

    def _questions(self) -> Iterator[tuple[str, list[Pdu]]]:
        yield findings.PLAIN, [self._plain()]
        yield findings.LATIN, [self._plain(data_coding=3, short_message="Un té, señor?".encode("latin-1"))]
        yield findings.UNICODE, [self._plain(data_coding=8, short_message="Це проба зв'язку.".encode("utf-16-be"))]
        yield findings.LONGEST, [self._plain(short_message=(TEXT * 11)[:254].encode())]
        yield findings.HEADER, list(words.submits(self._sender, self._to, TEXT * 8, reference=self._next()))
        yield findings.SAR, list(self._by_sar())
        payload = tlv.MESSAGE_PAYLOAD((TEXT * 9).encode())  # not what came in parts: that may be refused as a repeat
        yield findings.PAYLOAD, [self._plain(short_message=b"", tlvs=(payload,))]
        yield findings.STANDARD_TLV, [self._plain(tlvs=(tlv.USER_MESSAGE_REFERENCE(7),))]
        yield findings.VENDOR_TLV, [self._plain(tlvs=((VENDOR_TAG, b"heliograph"),))]
        yield findings.RELATIVE, [self._plain(validity_period=times.relative(HOUR_S))]
        soon = time.time_ns() // 1_000_000 + HOUR_S * 1000
        yield findings.ABSOLUTE, [self._plain(validity_period=times.absolute(soon))]
        plain = self._plain()
        data = DataSm(
            source_addr_ton=plain.source_addr_ton, source_addr_npi=plain.source_addr_npi, source_addr=plain.source_addr,
            dest_addr_ton=1, dest_addr_npi=1, destination_addr=plain.destination_addr, registered_delivery=1,
            tlvs=(tlv.MESSAGE_PAYLOAD(TEXT.encode()),),
        )  # fmt: skip
        yield findings.DATA_SM, [data]

    def _by_sar(self) -> Iterator[SubmitSm]:
        reference = self._next()
        for number, part in enumerate(words.submits(self._sender, self._to, TEXT * 8), 1):
            _, octets = udh.read(part.short_message)
            part.esm_class, part.short_message = 0, octets
            part.tlvs = (
                tlv.SAR_MSG_REF_NUM(reference), tlv.SAR_TOTAL_SEGMENTS(2), tlv.SAR_SEGMENT_SEQNUM(number)
            )  # fmt: skip
            yield part

    def _plain(self, **fields: object) -> SubmitSm:
        (made,) = words.submits(self._sender, self._to, f"{TEXT} {self._next()}")
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    def _next(self) -> int:
        self._reference += 1
        return self._reference

    async def _send_burst(self, how: How, window: int) -> None:
        self._say(f"sending {self._burst} with a window of {window}")
        load = Load(self._burst, self._sender, self._to, TEXT, 0, 0.0, same_number=True)
        esme = await self._peer.bound(how, self._heard, window)
        try:
            figures = await load.run(esme)
        finally:
            await esme.leave()
        throttled = sum([load.statuses[status] for status in THROTTLED])
        rate = int(str(figures["answers_per_second"]))
        self.found.bursts.append(Burst(window, self._burst, load.statuses[0], throttled, rate))

    async def _wait(self, esme: Esme) -> None:
        """Until as many receipts have come as were asked for, or it is enough."""
        deadline = time.monotonic() + self._wait_s
        while len(self.found.receipts) < len(self.found.ids) and time.monotonic() < deadline:
            if esme.over.is_set():
                return
            await asyncio.sleep(0.05)

    def _heard(self, pdu: DeliverSm | DataSm) -> None:
        said = receipt.read(pdu)
        if said is not None:
            self.found.receipts.append(said)


def _ignore(pdu: DeliverSm | DataSm) -> None:
    """What is delivered while nothing was asked."""
