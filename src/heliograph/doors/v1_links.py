"""Clicks on short links by `/v1`."""

from __future__ import annotations

from collections.abc import Iterable

from heliograph.backoffice.links import ShortLinks
from heliograph.dialects import native_links as calls
from heliograph.dialects.native_call import NoBody
from heliograph.dialects.native_links import ClicksView, LinkQuery, clicks_view, target_of
from heliograph.dialects.smsc_tinyurls import days_at
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smsc_zone import offset_of
from heliograph.doors.v1_work import Asked, Bound, bound
from heliograph.ports import Clock


class LinkWorks:
    """The works of the calls about short links. The usual zone is that of `settings`."""

    def __init__(self, links: ShortLinks, clock: Clock, settings: SmscSettings) -> None:
        self._links = links
        self._clock = clock
        self._settings = settings

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.CLICKS, self._clicks)

    async def _clicks(self, asked: Asked[NoBody, LinkQuery]) -> ClicksView:
        now = self._clock.now()
        days = days_at(now, offset_of(asked.account, self._settings, now))
        return clicks_view(await self._links.clicks(asked.account.id, *target_of(asked.query), days))
