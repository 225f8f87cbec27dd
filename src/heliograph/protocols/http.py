"""What an HTTP request and its response are to a door: values, no shell, no socket (decisions.md 10).

Doors export handlers, `HttpRequest → HttpResponse` or one awaitable for it; whichever shell carries them, ours over
httptools or any other, decides nothing about their meaning. Bodies are whole: what is larger than the listener's
limit arrives as `body_too_large` with the body left out, so that the door can refuse it in its own words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Headers = Sequence[tuple[str, str]]
"""Name and value in the order received; names in any case, values as ISO 8859-1."""


@dataclass(slots=True)
class HttpRequest:
    """One request, read to its end."""

    method: str
    path: str
    """Percent-decoded as UTF-8, without the query; always begins with "/"."""
    query: bytes
    """As it came, without the "?"; doors of other charsets decode it themselves."""
    headers: Headers
    body: bytes
    peer: str
    """The caller's address, without port; behind a trusted proxy the one the proxy names."""
    body_too_large: bool = False
    scheme: str = "http"
    """http or https, as the caller spoke it; behind a trusted proxy as it spoke to the proxy."""

    @property
    def origin(self) -> str:
        """Where the caller found us, such as `https://gateway.example:8443`: what a door's own addresses begin with.

        "" for a caller that names no host; what it names is its own word, so it goes back to nobody else.
        """
        host = self.header("host")
        return f"{self.scheme}://{host}" if host else ""

    def header(self, name: str) -> str:
        """The first header of this name (lower case), or ""; never raises."""
        for given, value in self.headers:
            if given == name or given.lower() == name:
                return value
        return ""


class Outlet(Protocol):
    """Where a response without an end is written. Whoever does not read it is cut off, never waited for."""

    def write(self, data: bytes) -> bool:
        """Write, and tell whether the reader is still there."""

    def close(self) -> None:
        """End it."""


Stream = Callable[[Outlet], Callable[[], None]]
"""Begins a response without an end; returns what shall be done when its reader is gone."""


@dataclass(slots=True)
class HttpResponse:
    """A response with its whole body; the shell adds Content-Length, Date and Connection.

    With `stream` it has no end: that begins once the head is written, and the connection is closed behind it.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: Stream | None = None


Handler = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]
"""A door's work for one path. What it raises is a fault of ours: the shell answers the door's `on_error`."""

Routes = Mapping[str, Handler]
"""Path → handler. A path that ends in "/" stands for everything below it that has no nearer handler."""


class Unreachable(Exception):
    """No whole answer came: refused, reset, timed out, or not HTTP. `sent` tells whether the request may have
    arrived."""

    def __init__(self, text: str, *, sent: bool) -> None:
        super().__init__(text)
        self.sent = sent
