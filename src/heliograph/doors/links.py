"""Where short links lead people through: `/l/<code>` answers 302, or 404 for a code that nobody has.

No login: whoever has the code may follow it. What a visitor sends decides nothing but how he is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from heliograph.backoffice.links import PATH, ShortLinks
from heliograph.backoffice.refusals import NothingFound
from heliograph.ports import StoreFailure
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse

_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")
_UNCACHED: Final = ("Cache-Control", "no-store")


class LinkDoor:
    """The redirect. `offset_s` of an account: seconds that its calendar is east of UTC now."""

    name = "links"

    def __init__(self, links: ShortLinks, offset_s: Callable[[int], int]) -> None:
        self._links = links
        self._offset_s = offset_s

    def routes(self) -> Mapping[str, Handler]:
        """Path → handler."""
        return {PATH: self._follow}

    def on_error(self) -> HttpResponse:
        """What a visitor sees of a fault of ours."""
        return HttpResponse(500, [_TEXT], b"Try again later.\n")

    async def _follow(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(405, [_TEXT, ("Allow", "GET, HEAD")], b"Follow the link with GET.\n")
        code = request.path.removeprefix(PATH)
        purpose = request.header("sec-purpose") or request.header("purpose")
        is_only_looking = request.method == "HEAD" or "prefetch" in purpose.lower()
        try:
            offset_s = self._offset_s(await self._links.account_of(code))
            target = await self._links.visit(code, request.header("user-agent"), is_only_looking, offset_s)
        except NothingFound:
            return HttpResponse(404, [_TEXT, _UNCACHED], b"There is no such link.\n")
        except StoreFailure:
            return HttpResponse(503, [_TEXT, _UNCACHED], b"Try again later.\n")
        headers = [_TEXT, _UNCACHED, ("Location", target), ("Referrer-Policy", "no-referrer")]
        return HttpResponse(302, headers, b"")
