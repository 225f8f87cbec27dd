"""What monitors ask: `/healthz` (the process lives), `/readyz` (it takes messages), `/metrics` (Prometheus).

A shell's own routes, not a door: nobody submits here, and nothing said here speaks of any customer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from heliograph.protocols.http import Handler, HttpRequest, HttpResponse

_JSON: Final = ("Content-Type", "application/json")
_TEXT: Final = ("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
_FRESH: Final = ("Cache-Control", "no-store")


def routes(not_ready: Callable[[], list[str]], metrics: Callable[[], bytes]) -> dict[str, Handler]:
    """`not_ready` gives the reasons why no message is taken now, [] when all is well."""

    def healthz(request: HttpRequest) -> HttpResponse:
        return _answer(request, 200, {"status": "ok"})

    def readyz(request: HttpRequest) -> HttpResponse:
        reasons = not_ready()
        if reasons:
            return _answer(request, 503, {"status": "not ready", "reasons": reasons})
        return _answer(request, 200, {"status": "ready"})

    def show_metrics(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return _not_allowed()
        return HttpResponse(200, [_TEXT, _FRESH], metrics())

    return {"/healthz": healthz, "/readyz": readyz, "/metrics": show_metrics}


def _answer(request: HttpRequest, status: int, body: dict[str, object]) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return _not_allowed()
    return HttpResponse(status, [_JSON, _FRESH], msgspec.json.encode(body) + b"\n")


def _not_allowed() -> HttpResponse:
    return HttpResponse(405, [("Allow", "GET, HEAD"), _JSON], b'{"status":"method not allowed"}\n')
