"""What waited may go: whether it still may, over which connector, and from when on.

Between the accept and the release of a scheduled or held message its account may have been closed, the number have come
on a stop list, limits and routes have changed. So all of it is asked again (decisions.md 15); what is refused now ends
with the error a fresh message would get. Price and parts stay as they were. Of a day's limits a message counts on the
day it was accepted and on the one it is released, one that came in parts as one, on the day it became whole.
"""

from __future__ import annotations

from typing import NamedTuple

from heliograph.core.directory import Directory
from heliograph.core.terms import DayCounts, clock_of, due, local_day, prefix_allowed, row_of
from heliograph.model.account import Account
from heliograph.model.limits import UNLIMITED, Limits
from heliograph.model.message import Message, State
from heliograph.model.refusal import Reason
from heliograph.model.rows import LetGo, Row


class Go(NamedTuple):
    """The way out: over this connector, "" = whichever its route prefers, not before `at` (ms). `rows` belong in the
    group that moves the message."""

    connector: str
    at: int
    rows: tuple[Row, ...] = ()


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
        rows = self._counted(message, account, limits, now)
        return rows if isinstance(rows, Reason) else Go(way.connector, at, rows)

    def alone(self, part: Message, now: int) -> Go | Reason:
        """The same for a part that turned out to be a message of its own: it is only counted."""
        account = self._directory.account(part.account_id)
        rows = () if account is None else self._counted(part, account, self._directory.limits(account), now)
        return rows if isinstance(rows, Reason) else Go("", now, rows)

    def way(self, message: Message, now: int) -> Go | Reason:
        """The way of one that was let go before and counted, whose connector is no more."""
        account = self._directory.account(message.account_id)
        return Reason.STOP_LISTED if account is None else self._way(message, account, now)

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

    def _counted(self, message: Message, account: Account, limits: Limits, now: int) -> Reason | tuple[Row, ...]:
        """One more today, unless it was counted among today's when it came; or why not.

        Other nodes are told of it by the rows, but whether there is room is said by what this one knows.
        """
        zone, was_held = account.settings.zone, message.state is State.HELD
        day = local_day(zone, now)
        if not limits.counts or (not was_held and local_day(zone, _came_at(message)) == day):
            return ()
        text = message.content.text or message.content.data.hex()
        counted = (account.limits_of or account.id, limits, day, message.recipient, text, message.peer)
        reason = self._days.reserve(*counted)
        if reason is not None:
            return reason
        rows: tuple[Row, ...] = () if was_held else (LetGo(account.id, now, message.id),)
        return (*rows, row_of(message.id, counted, decides=False)) if self._days.is_shared else rows


def _came_at(message: Message) -> int:
    """When it was accepted, the last of its parts where they came one by one."""
    return max([part.accepted_at for part in message.own_parts], default=message.accepted_at)
