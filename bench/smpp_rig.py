"""Both ends of the way by SMPP, in one process and one event loop: the customer who submits, the carrier that takes.

They speak in octets, by templates, so that two of them need less of their core than a gateway of its own. The carrier
answers at once, gives unique ids, and sends a receipt after `receipt_ms` where one is asked for; at most `RECEIPTS` of
them wait for an answer. Every message has a number of its own as its recipient, so what is missing and what came twice
is known exactly.
"""

from __future__ import annotations

import asyncio
import struct
import time
from array import array
from collections import Counter, deque

RECEIPTS = 500
TEXT = b"One hundred letters of a text that says nothing, but is as long as many that say something: read it."
SENDER = b"Heliograph"
FIRST_NUMBER = 380_670_000_000
_HEAD = struct.Struct(">4I")
_SUBMIT = b"%b\0\x05\0" + SENDER + b"\0\x01\x01%012d\0\0\0\0\0\0%c\0\0\0" + bytes([len(TEXT)]) + TEXT
_RECEIPT = b"%b\0\x01\x01%b\0\x05\0%b\0\x04\0\0\0\0\0\0\0\0%c%b\0\x1e\0%c%b\0\x04\x27\0\x01\x02"
_RECEIPT_TEXT = b"id:%b sub:001 dlvrd:001 submit date:2511210900 done date:2511210901 stat:DELIVRD err:000 text:"


class _Peer(asyncio.Protocol):
    """Cuts what comes into PDUs; `pdu` is told of each, `flush` writes what they put into `out`."""

    def __init__(self):
        self.out = []
        self._rest = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(64 << 20)

    def data_received(self, data):
        if self._rest:
            data = self._rest + data
        at, size, unpack, pdu = 0, len(data), _HEAD.unpack_from, self.pdu
        while size - at >= 16:
            length, command, status, number = unpack(data, at)
            if size - at < length:
                break
            pdu(command, status, number, data, at, at + length)
            at += length
        self._rest = data[at:]
        self.read_all()
        self.flush()

    def read_all(self):
        """All PDUs of a read were told."""

    def flush(self):
        if self.out:
            self.transport.write(b"".join(self.out))
            self.out.clear()


class Carrier(_Peer):
    """`taken` counts by recipient."""

    def __init__(self, receipt_ms):
        super().__init__()
        self.taken = Counter()
        self._receipt_s = receipt_ms / 1000
        self._next = 1
        self._sequence = 1
        self._new, self._due, self._waiting = [], deque(), {}

    def pdu(self, command, status, number, data, at, end):
        if command == 4:
            _, source, after = self._address(data, at + 16)
            recipient = after[0]
            upstream_id = b"%d" % self._next
            self._next += 1
            self.taken[recipient] += 1
            self.out.append(_HEAD.pack(17 + len(upstream_id), 0x80000004, 0, number) + upstream_id + b"\0")
            if after[1]:
                self._new.append((recipient, source, upstream_id))
        elif command == 0x80000005:
            receipt = self._waiting.pop(number)
            if status:
                self._due.append(receipt)
        elif command in (1, 2, 9):
            self.out.append(_HEAD.pack(20, command | 0x80000000, 0, number) + b"rig\0")
        elif command < 0x80000000:
            self.out.append(_HEAD.pack(16, command | 0x80000000, 0, number))

    @staticmethod
    def _address(data, at):
        """Service type, sender, (recipient, registered_delivery) of a submit_sm."""
        at = data.index(0, at) + 3
        end = data.index(0, at)
        source = data[at:end]
        at = end + 3
        end = data.index(0, at)
        recipient = data[at:end]
        at = data.index(0, end + 4) + 1
        at = data.index(0, at) + 1
        return None, source, (recipient, data[at])

    def read_all(self):
        if self._new:
            asyncio.get_running_loop().call_later(self._receipt_s, self._now_due, self._new)
            self._new = []
        self._send_receipts()

    def _now_due(self, receipts):
        self._due.extend(receipts)
        self._send_receipts()
        self.flush()

    def _send_receipts(self):
        due, waiting, out = self._due, self._waiting, self.out
        while due and len(waiting) < RECEIPTS:
            receipt = recipient, source, upstream_id = due.popleft()
            text = _RECEIPT_TEXT % upstream_id
            body = _RECEIPT % (b"", recipient, source, len(text), text, len(upstream_id) + 1, upstream_id)
            self._sequence += 1
            waiting[self._sequence] = receipt
            out.append(_HEAD.pack(16 + len(body), 5, 0, self._sequence) + body)


class Customer(_Peer):
    """One bind. `waits` are ns from a message (from when it was due, at a rate) to its answer."""

    def __init__(self, system_id, password):
        super().__init__()
        self._login = system_id.encode(), password.encode()
        self.bound = asyncio.get_running_loop().create_future()
        self._first = 0
        self._count = self._sent = self._answered = 0

    def connection_made(self, transport):
        super().connection_made(transport)
        body = b"%b\0%b\0\0\x34\0\0\0" % self._login
        self.out.append(_HEAD.pack(16 + len(body), 9, 0, 1) + body)
        self.flush()

    async def send(self, first, count, *, window, registered, rate=0.0, patience_s=120.0):
        """Submit `count` messages to numbers from `first` on; wait for all answers, and for all receipts if asked."""
        self._first, self._count, self._window, self._rate = first, count, window, rate
        self._registered = registered
        self._sent = self._answered = 0
        self._base = self._base_next = getattr(self, "_base_next", 2)
        self._base_next += count
        self.times = array("q", bytes(8 * count))
        self.waits = array("q", bytes(8 * count))
        self.statuses, self.ids, self.receipts = Counter(), {}, Counter()
        self.started = time.perf_counter_ns()
        self.answered_at = self.told_at = self.started
        if rate:
            await self._pace(patience_s)
        else:
            self._fill()
            self.flush()
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            if self._answered == count and (not registered or len(self.receipts) >= len(self.ids)):
                break
            await asyncio.sleep(0.005)

    async def _pace(self, patience_s):
        until = time.monotonic() + patience_s
        while self._sent < self._count and time.monotonic() < until:
            self._fill()
            self.flush()
            await asyncio.sleep(0.001)

    def _fill(self):
        now = time.perf_counter_ns()
        allowed = self._count
        if self._rate:
            allowed = min(self._count, int((now - self.started) * self._rate / 1e9) + 1)
        most = min(allowed, self._answered + self._window)
        out, times = self.out, self.times
        while self._sent < most:
            place = self._sent
            body = _SUBMIT % (b"", self._first + place, self._registered)
            out.append(_HEAD.pack(16 + len(body), 4, 0, self._base + place) + body)
            times[place] = self.started + int(place * 1e9 / self._rate) if self._rate else now
            self._sent += 1

    def pdu(self, command, status, number, data, at, end):
        if command == 0x80000004:
            place = number - self._base
            self.answered_at = time.perf_counter_ns()
            self.waits[place] = self.answered_at - self.times[place]
            self._answered += 1
            self.statuses[status] += 1
            if not status:
                self.ids[data[at + 16 : end - 1]] = place
        elif command == 5:
            begin = data.index(b"id:", at) + 3
            self.receipts[data[begin : data.index(b" ", begin)]] += 1
            self.told_at = time.perf_counter_ns()
            self.out.append(_HEAD.pack(17, 0x80000005, 0, number) + b"\0")
        elif command == 0x80000009:
            self.bound.set_result(status)
        elif command == 0x15:
            self.out.append(_HEAD.pack(16, 0x80000015, 0, number))

    def read_all(self):
        if self._count and not self._rate:
            self._fill()
