"""Calls to customers' endpoints in our own form: JSON, signed as Standard Webhooks ask (docs/webhooks.md).

Each notice is one POST. Its `webhook-id` never changes over retries and restarts, so a receiver can drop repeats; the
signature covers id, time and body. 2xx means taken, 410 means never again, anything else is tried again later by the
schedule of `core.notify`. The address is read when the notice is sent (decisions.md 12).
"""

from __future__ import annotations

import asyncio
import base64
import functools
import hmac
from collections.abc import Callable
from typing import Final

import msgspec

from heliograph.core.directory import Directory
from heliograph.core.errors import sentence
from heliograph.model.account import Endpoint
from heliograph.model.message import FINAL
from heliograph.model.money import show_price
from heliograph.model.receipt import Notice, NoticeResult
from heliograph.net.http_client import HttpClient
from heliograph.ports import Clock, Delivered
from heliograph.protocols.http import Unreachable

GONE: Final = 410
DECIMALS: Final = 6
_REMOVED: Final = NoticeResult(delivered=False, final=True, answer="the endpoint was removed")
_SWITCHED_OFF: Final = NoticeResult(delivered=False, final=True, answer="the endpoint is switched off")

Settled = Callable[[list[Delivered]], None]


class WebhookNotifier:
    """`ports.Notifier` for targets `endpoint:<id>`."""

    def __init__(self, directory: Directory, client: HttpClient, clock: Clock) -> None:
        self._directory = directory
        self._client = client
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def window(self, target: str) -> int:
        endpoint = self._endpoint(target)
        return endpoint.window if endpoint is not None else 1

    def notify(self, notices: list[Notice], settled: Settled) -> None:
        for notice in notices:
            task = asyncio.create_task(self._call(notice, settled))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _endpoint(self, target: str) -> Endpoint | None:
        number = target.partition(":")[2]
        return self._directory.endpoint(int(number)) if number.isdigit() else None

    async def _call(self, notice: Notice, settled: Settled) -> None:
        endpoint = self._endpoint(notice.target)
        if endpoint is None or not endpoint.active:
            settled([(notice, _REMOVED if endpoint is None else _SWITCHED_OFF)])
            return
        settled([(notice, await self._tell(notice, endpoint))])

    async def _tell(self, notice: Notice, endpoint: Endpoint) -> NoticeResult:
        """One POST. Never raises: a notice that cannot be told must not stand before the others."""
        try:
            body = event(notice)
            seconds = self._clock.now() // 1000
            headers = [
                ("Content-Type", "application/json; charset=utf-8"),
                ("User-Agent", "Heliograph"),
                ("webhook-id", notice.event_id),
                ("webhook-timestamp", str(seconds)),
                ("webhook-signature", signature(endpoint.secret, notice.event_id, seconds, body)),
            ]
            response = await self._client.request("POST", endpoint.url, headers, body)
        except Unreachable as error:
            return NoticeResult(delivered=False, final=False, answer=str(error))
        except Exception as error:
            return NoticeResult(delivered=False, final=False, answer=f"cannot be sent: {type(error).__name__}")
        taken = 200 <= response.status < 300
        return NoticeResult(taken, taken or response.status == GONE, f"HTTP {response.status}")


def event(notice: Notice) -> bytes:
    """The body of a call: `{"type", "timestamp", "data"}` as JSON."""
    if notice.incoming is not None:
        incoming = notice.incoming
        data: dict[str, object] = {
            "id": str(incoming.id),
            "from": incoming.sender,
            "to": incoming.recipient,
            "text": incoming.text,
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
        "from": message.sender,
        "to": message.recipient,
        "state": state.name.lower(),
        "final": state in FINAL,
        "error": notice.error,
        "error_text": sentence(notice.error) if notice.error else None,
        "parts": message.parts,
        "price": show_price(message.price - message.refunded, DECIMALS),
        "accepted_at": message.accepted_at,
    }
    return _body("message.status", notice, data)


def _body(kind: str, notice: Notice, data: dict[str, object]) -> bytes:
    return msgspec.json.encode({"type": kind, "timestamp": notice.created_at, "data": data})


def signature(secret: str, event_id: str, seconds: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over "id.timestamp.body"; the key is what follows `whsec_`, base64."""
    digest = hmac.digest(_key(secret), f"{event_id}.{seconds}.".encode("ascii") + body, "sha256")
    return "v1," + base64.b64encode(digest).decode("ascii")


@functools.lru_cache(maxsize=4096)
def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
