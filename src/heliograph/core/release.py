"""What waited may go: whether it still may, over which connector, and from when on.

Between the accept and the release of a scheduled or held message its account may have been closed, the number have come
on a stop list, limits and routes have changed. So all of it is asked again (decisions.md 15); what is refused now ends
with the error a fresh message would get. Price and parts stay as they were. Of a day's limits a message counts on the
day it was accepted and on the one it is released.
"""

from __future__ import annotations

from typing import NamedTuple

from heliograph.core.directory import Directory
from heliograph.core.terms import DayCounts, clock_of, due, local_day, prefix_allowed
from heliograph.model.account import Account
from heliograph.model.limits import UNLIMITED, Limits
from heliograph.model.message import Message
from heliograph.model.refusal import Reason


class Go(NamedTuple):
    """The way out: over this connector, "" = whichever its route prefers, not before `at` (ms)."""

    connector: str
    at: int


class Release:
    """Asked once for each message that is let go."""

    def __init__(self, directory: Directory, days: DayCounts) -> None:
        self._directory = directory
        self._days = days

    def look(self, message: Message, now: int) -> Go | Reason:
        """How it goes, or why not. A message that goes has been counted."""
        directory = self._directory
        account = directory.account(message.account_id)
        if account is None or directory.is_closed(account):
            return Reason.STOP_LISTED
        if directory.stop_listed(account, message.recipient, in_mailing=message.campaign > 0):
            return Reason.STOP_LISTED
        way = self._way(message, account, now)
        limits = directory.limits(account)
        if isinstance(way, Reason) or limits is UNLIMITED:
            return way
        if limits.prefixes and not prefix_allowed(limits.prefixes, message.recipient):
            return Reason.NUMBER_NOT_ALLOWED
        earliest = max(now, message.due_at)
        at = self._due(message, account, limits, earliest)
        if at > earliest and limits.refused_outside:
            return Reason.OUTSIDE_HOURS
        return self._counted(message, account, limits, now) or Go(way.connector, at)

    def _way(self, message: Message, account: Account, now: int) -> Go | Reason:
        """By the rule it was accepted under, while the table has it and nothing blocks; else by the one that fits."""
        routing = self._directory.routing
        operator = self._directory.operator(message.recipient)
        fits = routing.choose(
            account, message.sender, message.recipient, operator, message.content.kind, message.channel
        )
        if fits is not None and fits.block:
            return Reason.FORBIDDEN
        if routing.rule(message.route_id) is not None:
            return Go("", now)
        return Reason.NO_ROUTE if fits is None else Go(fits.connectors[0], now)

    def _due(self, message: Message, account: Account, limits: Limits, earliest: int) -> int:
        """The first moment within the hours that are allowed."""
        if limits.hours is None:
            return earliest
        operator = self._directory.operator(message.recipient)
        return due(limits.hours, clock_of(limits, operator, account), earliest)

    def _counted(self, message: Message, account: Account, limits: Limits, now: int) -> Reason | None:
        zone = account.settings.zone
        day = local_day(zone, now)
        if not limits.counts or local_day(zone, message.accepted_at) == day:
            return None
        text = message.content.text or message.content.data.hex()
        return self._days.reserve(account.limits_of or account.id, limits, day, message.recipient, text, message.peer)
