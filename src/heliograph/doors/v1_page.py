"""The page to try `/v1` on: three files of ours and the list of problems; nothing from elsewhere, no secret, no cookie.

The browser is told to take nothing but these files and to talk to nobody but us (Content-Security-Policy).
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Final

from heliograph.dialects.native import WORDINGS
from heliograph.protocols.http import HttpRequest, HttpResponse

PATH: Final = "/v1/docs"
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE: Final = (
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-cache"),
)
_MARK: Final = "<!-- problems -->"


def pages() -> dict[str, HttpResponse]:
    """Path → the response that is always the same."""
    folder = files("heliograph") / "doors" / "pages"
    page = (folder / "v1.html").read_text("utf-8").replace(_MARK, "\n".join(_problems()))
    return {
        PATH: _response("text/html; charset=utf-8", page.encode()),
        f"{PATH}.js": _response("text/javascript; charset=utf-8", (folder / "v1.js").read_bytes()),
        f"{PATH}.css": _response("text/css; charset=utf-8", (folder / "v1.css").read_bytes()),
    }


def is_read(request: HttpRequest) -> bool:
    """Whether a request only wants to see something."""
    return request.method in ("GET", "HEAD")


def _response(kind: str, body: bytes) -> HttpResponse:
    return HttpResponse(200, [("Content-Type", kind), *_SAFE], body)


def _problems() -> Iterator[str]:
    for code, (status, title) in sorted(WORDINGS.items(), key=lambda one: (one[1].status, one[0])):
        yield f'<tr id="{code}"><td><code>{code}</code></td><td>{status}</td><td>{escape(title)}</td></tr>'
