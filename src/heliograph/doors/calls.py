"""One call for one notice, for all doors that bring notices home by HTTP: what they share beside their tongues.

A notice whose endpoint is gone ends; one that cannot be put in words, or cannot be sent, has failed this time and
stands before nobody. Results are gathered and settled together, once a turn of the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from heliograph.core.directory import Directory
from heliograph.model.account import Endpoint
from heliograph.model.receipt import Notice, NoticeResult
from heliograph.net.http_client import HttpClient, Prepared
from heliograph.ports import Delivered
from heliograph.protocols.http import HttpResponse, Unreachable

_REMOVED: Final = NoticeResult(delivered=False, final=True, answer="the endpoint was removed")
_SWITCHED_OFF: Final = NoticeResult(delivered=False, final=True, answer="the endpoint is switched off")

Settled = Callable[[list[Delivered]], None]


class Call(NamedTuple):
    """What is sent: `fields` are header lines of this call alone, each with its end."""

    prepared: Prepared
    fields: bytes
    body: bytes


Build = Callable[[Notice, Endpoint], Call]
"""A notice in an endpoint's tongue. What it raises is a failure of this try alone."""


class Caller:
    """Calls endpoints. `judge` tells what an HTTP status means for the notice."""

    def __init__(self, directory: Directory, client: HttpClient, judge: Callable[[int], NoticeResult]) -> None:
        self._directory = directory
        self._client = client
        self._judge = judge
        self._results: list[Delivered] = []
        self._settled: Settled | None = None

    def window(self, target: str) -> int:
        """How many calls may be under way to the endpoint of a target (`<scheme>:<id>`)."""
        endpoint = self._endpoint(target)
        return endpoint.window if endpoint is not None else 1

    def call(self, notice: Notice, build: Build, settled: Settled) -> None:
        """One try. Never raises: a notice that cannot be told must not stand before the others."""
        endpoint = self._endpoint(notice.target)
        if endpoint is None or not endpoint.active:
            self.note(notice, _REMOVED if endpoint is None else _SWITCHED_OFF, settled)
            return

        def answered(answer: HttpResponse | Unreachable) -> None:
            if isinstance(answer, HttpResponse):
                result = self._judge(answer.status)
            else:
                result = NoticeResult(delivered=False, final=False, answer=str(answer))
            self.note(notice, result, settled)

        try:
            call = build(notice, endpoint)
            self._client.send(call.prepared, call.fields, call.body, answered)
        except Unreachable as error:
            answered(error)
        except Exception as error:
            self.note(notice, NoticeResult(False, False, f"cannot be sent: {type(error).__name__}"), settled)

    def note(self, notice: Notice, result: NoticeResult, settled: Settled) -> None:
        """Settle with whatever else comes to its end in this turn of the loop."""
        if settled != self._settled:
            self._flush()
            self._settled = settled
        if not self._results:
            asyncio.get_running_loop().call_soon(self._flush)
        self._results.append((notice, result))

    def _flush(self) -> None:
        results, self._results = self._results, []
        if results and self._settled is not None:
            self._settled(results)

    def _endpoint(self, target: str) -> Endpoint | None:
        number = target.partition(":")[2]
        return self._directory.endpoint(int(number)) if number.isdigit() else None
