"""Sample programs for download: `/samples/` lists them, `/samples/<name>` gives one (smsclub.md 8).

No login: they are the same for everybody and hold no secret. Each is made once, beside the loop, and kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from heliograph.protocols.http import Handler, HttpRequest, HttpResponse

PATH: Final = "/samples/"
_HTML: Final = ("Content-Type", "text/html; charset=utf-8")
_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")
_TYPES: Final = {"zip": "application/zip", "pdf": "application/pdf"}


class SampleDoor:
    """`downloads`: name → what makes it. Names end in .zip or .pdf and need no escaping."""

    name = "samples"

    def __init__(self, downloads: Mapping[str, Callable[[], bytes]]) -> None:
        self._downloads = downloads
        self._made: dict[str, bytes] = {}

    def routes(self) -> Mapping[str, Handler]:
        """Path → handler."""
        return {PATH: self._answer, PATH.rstrip("/"): self._answer}

    def on_error(self) -> HttpResponse:
        """What a visitor sees of a fault of ours."""
        return HttpResponse(500, [_TEXT], b"Try again later.\n")

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(405, [_TEXT, ("Allow", "GET, HEAD")], b"Download them with GET.\n")
        name = request.path.removeprefix(PATH)
        if name in ("", PATH.rstrip("/")):
            return HttpResponse(200, [_HTML], self._list().encode())
        make = self._downloads.get(name)
        if make is None:
            return HttpResponse(404, [_TEXT], b"There is no such sample.\n")
        if name not in self._made:
            self._made[name] = await asyncio.to_thread(make)
        saved = ("Content-Disposition", f'attachment; filename="{name}"')
        return HttpResponse(200, [("Content-Type", _TYPES[name.rpartition(".")[2]]), saved], self._made[name])

    def _list(self) -> str:
        items = "".join(f'<li><a href="{PATH}{name}">{name}</a></li>' for name in self._downloads)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sample programs</title></head>'
            f"<body><h1>Sample programs</h1><ul>{items}</ul></body></html>"
        )
