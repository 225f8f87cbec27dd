"""What a submission would become: who asks, what text, to whom, over which route, at what price.

Everything about a message that needs no reservation and leaves nothing behind: `intake` reserves and keeps what is
made here, `Intake.quote` only shows it. The items of one call mostly differ by their number alone, so what they share
is found out once (`Call`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from heliograph.channels.sms import NotText, TooLong
from heliograph.channels.sms.content import alphabet_kept, weigh
from heliograph.core.directory import Directory
from heliograph.core.errors import OF_REASON, NetworkError
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import TEST_MODE, Rule
from heliograph.core.terms import clock_of, due, prefix_allowed
from heliograph.model.account import HANDLER, Account
from heliograph.model.limits import UNLIMITED, Limits
from heliograph.model.message import Content, Kind, Message, Priority, State, Submission
from heliograph.model.refusal import Reason, Refused
from heliograph.model.rows import Fence
from heliograph.model.subclient import Flag

BULK_FROM = 101
"""Requests with more recipients than a hundred are bulk (decisions.md 5)."""

WITHOUT_HANDLER = frozenset({"commands", "control", "console"})
"""Doors by which people send, not programs: a handler is not told of what they sent (smsc-messages.md 10.1)."""

_QUEUED, _SCHEDULED, _REJECTED = State.QUEUED, State.SCHEDULED, State.REJECTED
_URGENT, _NORMAL, _BULK = Priority.URGENT, Priority.NORMAL, Priority.BULK
_HLR = Kind.HLR
_TEXTS = frozenset({Kind.TEXT, Kind.FLASH})


class NotAdmitted(Exception):
    """Leaves the admission of one item; never leaves `core`."""

    def __init__(self, reason: Reason, detail: str = "", field: str = "") -> None:
        self.refused = Refused(reason, detail, field)


@dataclass(slots=True)
class Call:
    """What the items of one call share, as far as it was found out; and what of them was let in."""

    now: int
    submission: Submission | None = None
    account: Account | None = None
    bounds: Account | None = None
    """Whose limits, speed and room in the queue count."""
    endpoints: tuple[str, ...] = ()
    endpoints_and_handler: tuple[str, ...] = ()
    sender: str = ""
    """A sender that the account may use."""
    content: Content | None = None
    coding: int = 0
    parts: int = 0
    tariff: str = ""
    zone: str = ""
    """By which clocks the hours of the limits are read."""
    limits: Limits | None = None
    """None: there are none to keep."""
    parts_in: int = 0
    parts_of: dict[int, int] = field(default_factory=dict)
    """By whose bounds they count."""

    def let_in(self, parts: int) -> None:
        """So many parts of the account go into the backlog with this call."""
        assert self.bounds is not None
        self.parts_in += parts
        self.parts_of[self.bounds.id] = self.parts_of.get(self.bounds.id, 0) + parts


class Admission:
    """`validity_s` is what a message gets whose sender named none. With `names_in_text` a text begins with the sender
    that was asked for where the network shows another in its place."""

    def __init__(self, directory: Directory, fence: Fence, validity_s: int, *, names_in_text: bool = False) -> None:
        self._directory = directory
        self._fence = fence
        self._validity_s = validity_s
        self._names_in_text = names_in_text

    def account(self, submission: Submission, call: Call) -> Account:
        """The account of an item, if it may send by this door; raises `NotAdmitted`."""
        known = call.submission
        if known is not None and known.account_id == submission.account_id and known.door == submission.door:
            assert call.account is not None
            return call.account
        account = self._directory.account(submission.account_id)
        if account is None or self._directory.is_closed(account):
            raise NotAdmitted(Reason.BAD_CREDENTIALS)
        if submission.door in account.settings.closed_doors:
            raise NotAdmitted(Reason.DOOR_CLOSED)
        call.submission, call.account, call.sender, call.content = submission, account, "", None
        bounds = call.bounds = self._directory.bounds(account)
        limits = bounds.limits
        call.tariff = self._directory.tariff(account)
        call.limits = None if limits is UNLIMITED else limits
        endpoints = [endpoint for endpoint in self._directory.endpoints(account.id) if "status" in endpoint.events]
        call.endpoints = tuple(endpoint.target for endpoint in endpoints if endpoint.kind != HANDLER)
        call.endpoints_and_handler = call.endpoints
        if submission.door not in WITHOUT_HANDLER:
            call.endpoints_and_handler = tuple(endpoint.target for endpoint in endpoints)
        return account

    def message(self, submission: Submission, account: Account, call: Call) -> Message:
        """The message without an id, QUEUED or SCHEDULED; raises `NotAdmitted`."""
        directory, recipient, content = self._directory, submission.recipient, submission.content
        kind = content.kind
        if submission.sender != call.sender:
            if kind is not _HLR and not directory.may_send_as(account, submission.sender):
                raise NotAdmitted(Reason.BAD_SENDER, field="sender")
            call.sender = submission.sender if kind is not _HLR else ""
        if not recipient:
            raise NotAdmitted(Reason.BAD_RECIPIENT, field="recipient")
        if content is not call.content:
            call.coding, call.parts = _measured(content, account.settings.national)
            call.content = content
        if directory.stop_listed(account, recipient, in_mailing=submission.campaign > 0):
            raise NotAdmitted(Reason.STOP_LISTED)
        operator = directory.operator(recipient)
        if call.limits is not None:
            _check_terms(call.limits, submission)
            call.zone = clock_of(call.limits, operator, account)
        rule = directory.routing.choose(account, submission.sender, recipient, operator, kind)
        if rule is None:
            raise NotAdmitted(Reason.NO_ROUTE)
        if rule.block:
            raise NotAdmitted(Reason.FORBIDDEN, detail=rule.id)
        line = directory.tariffs.price(call.tariff, recipient, operator, kind)
        if line is None:
            raise NotAdmitted(Reason.NO_TARIFF)
        if call.limits is not None and call.limits.least_tariff:
            least = directory.tariffs.price(call.limits.least_tariff, recipient, operator, kind)
            line = least if least is not None and least.per_part > line.per_part else line
        code = f"{operator.mcc}{operator.mnc}" if operator is not None else ""
        sender = directory.sent_as(account, submission.sender, operator)
        if sender == submission.sender:
            return self._made(submission, sender, account, call, rule, line, code)
        named = self._replaced(submission, account, call)
        call.content = None  # what was measured may be this one text
        message = self._made(named, sender, account, call, rule, line, code)
        message.sender_asked = submission.sender
        return message

    def _replaced(self, submission: Submission, account: Account, call: Call) -> Submission:
        """What is sent by a name that is not the one asked for; raises `NotAdmitted` where that is not wanted
        (smsc-directory.md 3.2, fl2[12], fl2[13])."""
        profile, content = account.profile, submission.content
        if profile is not None and profile.has(Flag.SENDER_NEVER_REPLACED):
            raise NotAdmitted(Reason.BAD_SENDER, "the network shows another name", "sender")
        if (
            not self._names_in_text
            or (profile is not None and profile.has(Flag.SENDER_NOT_IN_TEXT))
            or content.kind not in _TEXTS
            or content.segments
        ):
            return submission
        named = replace(content, text=f"{submission.sender}: {content.text}")
        call.coding, call.parts = _measured(named, account.settings.national)
        return replace(submission, content=named)

    def _made(
        self,
        submission: Submission,
        sender: str,
        account: Account,
        call: Call,
        rule: Rule,
        line: TariffLine,
        operator: str,
    ) -> Message:
        """By position: naming thirty values costs as much again as setting them."""
        now, parts, is_test = call.now, call.parts, submission.is_test or account.settings.test_mode
        due_at = submission.due_at or now
        if due_at < now:
            due_at = now
        validity_s = submission.validity_s or self._validity_s
        if call.limits is not None:
            due_at, validity_s = _within(call.limits, call.zone, due_at, validity_s)
        if rule.max_validity_s and rule.max_validity_s < validity_s:
            validity_s = rule.max_validity_s
        target = submission.receipt_target
        return Message(
            0,
            account.id,
            submission.channel,
            sender,
            submission.recipient,
            submission.recipient_given,
            submission.content,
            call.coding,
            parts,
            _SCHEDULED if due_at > now else _QUEUED,
            _priority(submission, account),
            submission.door,
            submission.dialect,
            submission.peer,
            0,
            now,
            due_at,
            due_at + validity_s * 1000,
            "",
            TEST_MODE.id if is_test else rule.id,
            line.id,
            account.second_purse if line.purse == "second" and account.second_purse else account.purse,
            0 if is_test else line.per_part * parts,
            self._directory.revision,
            (target, *call.endpoints) if target else call.endpoints_and_handler,
            submission.integration_id,
            submission.shown_id,
            operator,
            node=self._fence.node,
            epoch=self._fence.epoch,
            comment=submission.comment,
            campaign=submission.campaign,
            template=self._template(submission, account, operator),
        )

    def _template(self, submission: Submission, account: Account, operator: str) -> int:
        """The kind of the operator's template that the text is, 0 if it is none; raises `NotAdmitted` where the network
        takes no others."""
        templates, content = self._directory.templates, submission.content
        kind = templates.kind(account.id, submission.sender, content.text, operator)
        if templates.required and not kind and operator in templates.required and content.kind in _TEXTS:
            raise NotAdmitted(Reason.NO_TEMPLATE)
        return kind

    def refused(self, submission: Submission, account: Account, refused: Refused, call: Call) -> Message:
        """A refusal that keeps an id: a stored REJECTED message without a charge (decisions.md 4)."""
        now = call.now
        return Message(
            id=0,
            account_id=account.id,
            channel=submission.channel,
            sender=submission.sender,
            recipient=submission.recipient,
            recipient_given=submission.recipient_given,
            content=submission.content,
            coding=0,
            parts=1,
            state=_REJECTED,
            priority=_priority(submission, account),
            door=submission.door,
            dialect=submission.dialect,
            peer=submission.peer,
            request_id=0,
            accepted_at=now,
            due_at=now,
            expires_at=now,
            connector="",
            route_id="",
            tariff_line="",
            purse=account.purse,
            price=0,
            revision=self._directory.revision,
            integration_id=submission.integration_id,
            shown_id=submission.shown_id,
            error=OF_REASON.get(refused.reason, NetworkError.REJECTED_BY_OPERATOR),
            final_at=now,
            node=self._fence.node,
            epoch=self._fence.epoch,
            refusal=refused.reason.value,
            comment=submission.comment,
            campaign=submission.campaign,
        )


def _check_terms(limits: Limits, submission: Submission) -> None:
    """To whom, and to how many at once."""
    if limits.prefixes and not prefix_allowed(limits.prefixes, submission.recipient):
        raise NotAdmitted(Reason.NUMBER_NOT_ALLOWED, field="recipient")
    if 0 < limits.most_recipients < submission.batch or (limits.most_recipients and submission.priority is _BULK):
        raise NotAdmitted(Reason.MASS_FORBIDDEN)


def _within(limits: Limits, zone: str, due_at: int, validity_s: int) -> tuple[int, int]:
    """When it is due by the hours allowed, and for how long it may live; raises `NotAdmitted`."""
    if limits.hours is not None:
        at = due(limits.hours, zone, due_at)
        if at > due_at and limits.refused_outside:
            raise NotAdmitted(Reason.OUTSIDE_HOURS)
        due_at = at
    return due_at, min(validity_s, limits.longest_s) if limits.longest_s else validity_s


def _priority(submission: Submission, account: Account) -> Priority:
    priority = submission.priority
    if priority is None:
        priority = _BULK if submission.batch >= BULK_FROM else _NORMAL
    return _URGENT if account.settings.transactional and priority is _NORMAL else priority


def _measured(content: Content, languages: tuple[int, ...]) -> tuple[int, int]:
    if not content.text and not content.data and not content.segments and content.kind not in (Kind.HLR, Kind.PING):
        raise NotAdmitted(Reason.BAD_TEXT, "the text is empty", "text")
    try:
        counted = weigh(content, languages=languages)
    except TooLong as error:
        raise NotAdmitted(Reason.TEXT_TOO_LONG, str(error), "text") from error
    except NotText as error:
        raise NotAdmitted(Reason.BAD_TEXT, str(error), "text") from error
    return alphabet_kept(counted) | content.written << 24, counted.parts
