"""A load on a message centre: so many submit_sm, a window's worth of them under way; then what came of them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from functools import partial
from typing import Final

from heliograph.cli.smpp import words
from heliograph.net.smpp_esme import Esme
from heliograph.protocols.smpp import receipt
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm, Pdu, SubmitSm, SubmitSmResp
from heliograph.protocols.smpp.status import named

USUAL_TEXT: Final = (
    "One hundred letters of a text that says nothing, but is as long as many that say something: read it."
)
NO_ANSWER: Final = -1
DIGITS: Final = 12


class Load:
    """`count` messages to numbers that begin with `number`, or to that alone; receipts are waited for `wait_s` after
    the last answer."""

    def __init__(
        self,
        count: int,
        sender: str,
        number: str,
        text: str,
        registered: int,
        wait_s: float,
        *,
        same_number: bool = False,
    ) -> None:
        self.number = number.removeprefix("+")
        self.statuses: Counter[int] = Counter()
        self._count, self._wait_s, self._registered = count, wait_s, registered
        self._same_number = same_number
        self._template = words.submits(sender, self.number, text or USUAL_TEXT, registered=registered)[0]
        self._waits: list[int] = []
        """Nanoseconds from a message to its answer."""
        self._ids: set[bytes] = set()
        self._receipts: Counter[str] = Counter()
        self._sent = 0
        self._all_answered = asyncio.Event()
        self._told = asyncio.Event()
        self._wanted = count
        self._last_receipt = 0

    async def run(self, esme: Esme) -> dict[str, object]:
        """Send them all, wait for what comes back; the figures. Times in ms, rates in messages a second."""
        self._esme = esme
        esme.ready = self._fill
        started = time.perf_counter_ns()
        self._fill()
        await self._all_answered.wait()
        answered = time.perf_counter_ns()
        self._wanted = self.statuses[0] if self._registered else 0
        if len(self._receipts) < self._wanted and not esme.over.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._wait_s)
        return self._figures(started, answered)

    def heard(self, pdu: DeliverSm | DataSm) -> None:
        """A receipt, or something else that is not counted."""
        said = receipt.read(pdu)
        if said is not None:
            self._receipts[said.id] += 1
            self._last_receipt = time.perf_counter_ns()
            if len(self._receipts) >= self._wanted:
                self._told.set()

    def _fill(self) -> None:
        """As many as the window takes."""
        esme = self._esme
        if esme.over.is_set():
            self._all_answered.set()
            return
        for _ in range(min(esme.session.free, self._count - self._sent)):
            esme.send(self._message(self._sent), partial(self._answered, time.perf_counter_ns()))
            self._sent += 1
        esme.flush()

    def _message(self, place: int) -> SubmitSm:
        like, digits = self._template, max(DIGITS - len(self.number), 4)
        # The four last digits are 1000 to 9999: simulated carriers obey some of those below.
        ending = place // 9_000 * 10_000 + 1_000 + place % 9_000
        number = b"%b%0*d" % (self.number.encode(), digits, ending % 10**digits)
        return SubmitSm(
            source_addr_ton=like.source_addr_ton,
            source_addr_npi=like.source_addr_npi,
            source_addr=like.source_addr,
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=like.destination_addr if self._same_number else number,
            registered_delivery=like.registered_delivery,
            data_coding=like.data_coding,
            short_message=like.short_message,
        )

    def _answered(self, sent_at: int, answer: Pdu | None) -> None:
        self.statuses[NO_ANSWER if answer is None else answer.command_status] += 1
        if answer is not None:
            self._waits.append(time.perf_counter_ns() - sent_at)
        if isinstance(answer, SubmitSmResp) and not answer.command_status:
            self._ids.add(answer.message_id)
        if sum(self.statuses.values()) == self._count:
            self._all_answered.set()

    def _figures(self, started: int, answered: int) -> dict[str, object]:
        told = sum(self._receipts.values())
        waits = sorted(self._waits) or [0]
        figures: dict[str, object] = {
            "messages": self._count,
            "statuses": {
                "no answer" if status == NO_ANSWER else named(status): count for status, count in self.statuses.items()
            },
            "answers_per_second": round(len(self._waits) / max(answered - started, 1) * 1e9),
            "answer_ms_p50": round(waits[len(waits) // 2] / 1e6, 2),
            "answer_ms_p99": round(waits[len(waits) * 99 // 100] / 1e6, 2),
        }
        if self._registered:
            known = {one.decode("latin-1") for one in self._ids}
            if known.isdisjoint(self._receipts):
                known = {_decimal(one) for one in known}
            figures |= {
                "receipts": told,
                "receipts_repeated": told - len(self._receipts),
                "receipts_missing": len(known - self._receipts.keys()),
                "receipts_of_others": len(self._receipts.keys() - known),
                "receipts_per_second": round(told / max(self._last_receipt - started, 1) * 1e9) if told else 0,
            }
        return figures


def _decimal(upstream_id: str) -> str:
    """Many a carrier spells an id in hexadecimal when it answers, and in decimal in its receipt."""
    try:
        return str(int(upstream_id, 16))
    except ValueError:
        return upstream_id
