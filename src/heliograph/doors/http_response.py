"""The head of a response as bytes: status line and headers of a door, checked once and remembered.

Doors answer with the same few heads over and over, so each is encoded and checked when it is first seen. A header
that would end its line (B25) is a fault of the door and never leaves the house.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from heliograph.protocols.http import HttpResponse

KEEP: Final = b""
"""HTTP/1.1: a connection stays open unless somebody says otherwise."""
KEEP_OLD: Final = b"Connection: keep-alive\r\n"
"""HTTP/1.0: a client that asked for it is told that it stays open."""
CLOSE: Final = b"Connection: close\r\n"

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
WITHOUT_BODY: Final = frozenset({204, 304})
"""Statuses that have neither body nor Content-Length."""

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus} | {453: "Repeated Message"}
_MOST_REMEMBERED: Final = 512
_JSON: Final = ("Content-Type", "application/json")


class Heads:
    """Encodes responses; `date` is the current Date header as a line, set by the shell each second."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, tuple[tuple[str, str], ...]], bytes] = {}
        self.date = b""

    def encode(self, response: HttpResponse, connection: bytes, *, with_body: bool) -> bytes:
        """The whole response; `connection` is KEEP, KEEP_OLD or CLOSE.

        Raises `ValueError` for a header that no response can carry.
        """
        status = response.status
        key = (status, tuple(response.headers))
        head = self._known.get(key)
        if head is None:
            head = self._remember(key)
        if status in WITHOUT_BODY:
            return b"%b%b%b\r\n" % (head, self.date, connection)
        body = response.body
        return b"%b%b%bContent-Length: %d\r\n\r\n%b" % (
            head,
            self.date,
            connection,
            len(body),
            body if with_body else b"",
        )

    def begin(self, response: HttpResponse) -> bytes:
        """The head of a response without an end. Raises as `encode`."""
        key = (response.status, tuple(response.headers))
        return b"%b%b%b\r\n" % (self._known.get(key) or self._remember(key), self.date, CLOSE)

    def _remember(self, key: tuple[int, tuple[tuple[str, str], ...]]) -> bytes:
        status, headers = key
        for name, value in headers:
            if not name or not name.isascii() or any(c <= " " or c == ":" for c in name):
                raise ValueError("a response header has a name that is none")
            if any(c in "\r\n\0" for c in value):
                raise ValueError(f"the response header {name} would end its line")
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}", *(f"{n}: {v}" for n, v in headers), ""]
        head = "\r\n".join(lines).encode("latin-1")
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = head
        return head


def refusal(status: int, why: str) -> HttpResponse:
    """What a caller hears whose bytes no door could read; `why` is ASCII without quotes."""
    return HttpResponse(status, [_JSON], b'{"error":"%b"}\n' % why.encode("ascii"))
