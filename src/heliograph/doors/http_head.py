"""Heads of requests: where a target leads, and the head that a program repeats.

A program that keeps its connection sends one head over and over, byte for byte but for the length of the body. Once
it has been read, the same bytes mean the same, so what follows is compared instead of read (a third of what a request
costs in the connection). Whatever differs, or does not come as one piece, is the parser's. No bytes are changed here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from heliograph.protocols.http import HttpRequest

_LENGTH: Final = b"\r\nContent-Length: "
_NAME: Final = "content-length"
_MOST_DIGITS: Final = 9
_NEVER_REPEATED: Final = frozenset({"expect", "transfer-encoding", "trailer"})


class RepeatedHead:
    """A head with a Content-Length that its connection has read to its end."""

    __slots__ = ("_after", "_at", "_before", "_request")

    def __init__(self, before: bytes, after: bytes, at: int, request: HttpRequest) -> None:
        self._before = before
        self._after = after
        self._at = at
        self._request = request

    def again(self, data: bytes) -> HttpRequest | None:
        """The request that `data` is, if it is one with this head and all of its body, and nothing else."""
        before, after = self._before, self._after
        if not data.startswith(before):
            return None
        start = len(before)
        end = data.find(b"\r", start, start + _MOST_DIGITS + 1)
        length = data[start:end]
        if not length.isdigit() or not data.startswith(after, end):
            return None
        body = data[end + len(after) :]
        if len(body) != int(length):
            return None
        known, at = self._request, self._at
        headers = [*known.headers]
        headers[at] = (headers[at][0], length.decode("ascii"))
        return HttpRequest(known.method, known.path, known.query, headers, body, known.peer, False, known.scheme)


def repeated_head(data: bytes, request: HttpRequest) -> RepeatedHead | None:
    """What to compare the next request with, `data` being all of this one; None if a head like it has to be read."""
    body = len(request.body)
    end = len(data) - body
    at = data.find(_LENGTH, 0, end) + len(_LENGTH)
    after = at + len(b"%d" % body)
    if at < len(_LENGTH) or data[at:after] != b"%d" % body or data.find(b"\r\n\r\n", after) != end - 4:
        return None
    names = [name.lower() for name, _ in request.headers]
    if names.count(_NAME) != 1 or not _NEVER_REPEATED.isdisjoint(names):
        return None
    return RepeatedHead(data[:at], data[after:end], names.index(_NAME), replace(request, body=b""))


def path_and_query(target: bytes) -> bytes:
    """Path and query of `http://host/path?query`, "/" of `*`; empty for what is neither."""
    if target == b"*":
        return b"/"
    scheme, found, rest = target.partition(b"://")
    if not found or scheme.lower() not in (b"http", b"https"):
        return b""
    for at, byte in enumerate(rest):
        if byte in b"/?":
            return rest[at:] if byte == b"/"[0] else b"/" + rest[at:]
    return b"/"
