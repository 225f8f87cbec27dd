"""Calls to customers' endpoints in our own form: JSON, signed as Standard Webhooks ask (docs/webhooks.md).

Each notice is one POST. Its `webhook-id` never changes over retries and restarts, so a receiver can drop repeats; the
signature covers id, time and body. 2xx means taken, 410 means never again, anything else is tried again later by the
schedule of `core.notify`. The address is read when the notice is sent (decisions.md 12).
"""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable
from typing import Final

import msgspec

from heliograph.core.directory import Directory
from heliograph.core.errors import sentence
from heliograph.core.keyed_hash import keyed_hash
from heliograph.dialects.native import STATES
from heliograph.doors.calls import Call, Caller, Settled
from heliograph.model.account import Endpoint
from heliograph.model.message import FINAL
from heliograph.model.money import show_price
from heliograph.model.receipt import Incoming, Notice, NoticeResult
from heliograph.net.http_client import HttpClient, Prepared, prepare
from heliograph.ports import Clock

GONE: Final = 410
DECIMALS: Final = 6
_shown_price = functools.lru_cache(maxsize=4096)(show_price)
_HEADERS: Final = (("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "Heliograph"))


class WebhookNotifier:
    """`ports.Notifier` for targets `endpoint:<id>`."""

    def __init__(self, directory: Directory, client: HttpClient, clock: Clock) -> None:
        self._caller = Caller(directory, client, _judge)
        self._clock = clock

    def window(self, target: str) -> int:
        return self._caller.window(target)

    def notify(self, notices: list[Notice], settled: Settled) -> None:
        for notice in notices:
            self._caller.call(notice, self._build, settled)

    def _build(self, notice: Notice, endpoint: Endpoint) -> Call:
        body = event(notice)
        event_id, seconds = notice.event_id, self._clock.now() // 1000
        signed = signature(endpoint.secret, event_id, seconds, body)
        fields = f"webhook-id: {event_id}\r\nwebhook-timestamp: {seconds}\r\nwebhook-signature: {signed}\r\n"
        return Call(_prepared(endpoint.url), fields.encode("ascii"), body)


@functools.lru_cache(maxsize=1024)
def _judge(status: int) -> NoticeResult:
    taken = 200 <= status < 300
    return NoticeResult(taken, taken or status == GONE, f"HTTP {status}")


@functools.lru_cache(maxsize=4096)
def _prepared(url: str) -> Prepared:
    return prepare("POST", url, _HEADERS)


def event(notice: Notice) -> bytes:
    """The body of a call: `{"type", "timestamp", "data"}` as JSON."""
    if notice.incoming is not None:
        incoming = notice.incoming
        if incoming.is_call:
            return _call(notice, incoming)
        data: dict[str, object] = {
            "id": str(incoming.id),
            "from": incoming.sender,
            "to": incoming.recipient,
            "text": incoming.text,
            "missing_parts": incoming.missing,
            "received_at": incoming.received_at,
            "answers": str(incoming.answers) if incoming.answers else None,
        }
        return _body("message.received", notice, data)
    message, state = notice.message, notice.state
    assert message is not None
    assert state is not None
    data = {
        "id": str(message.id),
        "request_id": str(message.request_id),
        "integration_id": message.integration_id,
        "reference": message.comment,
        "from": message.sender,
        "to": message.recipient,
        "state": STATES[state],
        "final": state in FINAL,
        "error": notice.error,
        "error_text": sentence(notice.error) if notice.error else None,
        "parts": message.parts,
        "price": _shown_price(message.price - message.refunded, DECIMALS),
        "accepted_at": message.accepted_at,
    }
    return _body("message.status", notice, data)


def _call(notice: Notice, call: Incoming) -> bytes:
    """A call that confirms a number."""
    data: dict[str, object] = {
        "id": str(call.id),
        "from": call.sender,
        "to": call.recipient,
        "received_at": call.received_at,
    }
    return _body("call.received", notice, data)


def _body(kind: str, notice: Notice, data: dict[str, object]) -> bytes:
    return msgspec.json.encode({"type": kind, "timestamp": notice.created_at, "data": data})


def signature(secret: str, event_id: str, seconds: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over "id.timestamp.body"; the key is what follows `whsec_`, base64."""
    digest = _signer(secret)(f"{event_id}.{seconds}.".encode("ascii") + body)
    return "v1," + binascii.b2a_base64(digest, newline=False).decode("ascii")


@functools.lru_cache(maxsize=4096)
def _signer(secret: str) -> Callable[[bytes], bytes]:
    return keyed_hash(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
