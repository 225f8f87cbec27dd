"""Whom a mailing comes to next: its targets in their order, groups of contacts spread out, nobody twice for one text.

It reads pages and holds none of them: a million recipients are never in memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, NamedTuple

from heliograph.model.campaign import Campaign, Cursor, Target, Wording
from heliograph.model.contacts import AddressKind, Contact
from heliograph.model.message import Content, Message, MessageId, Priority, Submission
from heliograph.ports.campaigns import CampaignStore
from heliograph.ports.contacts import ContactStore

PAGE: Final = 500
_NAMES: Final = ("NAME", "LNM", "FNM", "MNM")
"""What stands in braces for the name, last, first and middle name of a contact."""


class Place(NamedTuple):
    """A recipient's submission, where the cursor stands behind it, and whether its links are to be short."""

    submission: Submission
    cursor: Cursor
    short_links: bool = False


MessagesOf = Callable[[Sequence[MessageId]], Awaitable[list[Message]]]


async def no_messages(_: Sequence[MessageId]) -> list[Message]:
    """For mailings that send for the first time."""
    return []


class Recipients:
    """The recipients of one mailing. What is said and which groups there are is read once.

    One that sends again needs the messages that did not reach, and whose contacts its names are (`owner`).
    """

    def __init__(
        self,
        campaign: Campaign,
        campaigns: CampaignStore,
        contacts: ContactStore,
        messages: MessagesOf = no_messages,
        owner: int = 0,
    ) -> None:
        self._campaign = campaign
        self._campaigns = campaigns
        self._contacts = contacts
        self._messages = messages
        self._owner = owner
        self._wordings: list[Wording] = []
        self._groups: list[Target] = []
        self._numbers: set[tuple[int, str]] = set()
        self._forms: dict[int, str] = {}

    async def open(self) -> None:
        """Read what stays the same."""
        self._wordings = await self._campaigns.wordings(self._campaign.id)
        self._groups = await self._campaigns.groups(self._campaign.id)
        ordinal = 0
        while self._groups and (page := await self._campaigns.targets(self._campaign.id, ordinal, PAGE)):
            self._numbers.update((target.wording, target.recipient) for target in page if not target.group_id)
            ordinal = page[-1].ordinal + 1

    async def after(self, cursor: Cursor, most: int) -> list[Place]:
        """Up to `most` of those behind the cursor; [] at the end."""
        found: list[Place] = []
        while len(found) < most:
            targets = await self._campaigns.targets(self._campaign.id, cursor.ordinal, most - len(found))
            if not targets:
                break
            if self._campaign.parent:
                cursor = Cursor(targets[-1].ordinal + 1)
                found += await self._again(targets)
                continue
            for target in targets:
                if not target.group_id:
                    cursor = Cursor(target.ordinal + 1)
                    found.append(Place(self._submission(target, None), cursor, self._is_short(target)))
                    continue
                cursor = Cursor(target.ordinal, cursor.contact_id if cursor.ordinal == target.ordinal else 0)
                while len(found) < most:
                    page = await self._contacts.members(target.group_id, cursor.contact_id, most - len(found))
                    if not page:
                        cursor = Cursor(target.ordinal + 1)
                        break
                    cursor = Cursor(target.ordinal, page[-1].id)
                    found += [
                        Place(
                            self._submission(target, contact),
                            Cursor(target.ordinal, contact.id),
                            self._is_short(target),
                        )
                        for contact in await self._fresh(target, page)
                    ]
                if len(found) >= most:
                    break
        return found

    async def _again(self, targets: Sequence[Target]) -> list[Place]:
        """The second text to those the first did not reach, at the very number."""
        before = {one.id: one for one in await self._messages([target.message_id for target in targets])}
        is_personal = "{" in self._wordings[0].content.text
        found: list[Place] = []
        for target in targets:
            contact = None
            if is_personal:
                contact = await self._contacts.by_address(self._owner, AddressKind.PHONE, target.recipient)
            submission = self._submission(target, contact)
            submission.recipient, submission.recipient_given = target.recipient, target.recipient_given
            message = before.get(target.message_id)
            if message is not None:
                submission.sender = submission.sender or message.sender
                if not submission.content.text:
                    submission.content = message.content
            found.append(Place(submission, Cursor(target.ordinal + 1), self._is_short(target)))
        return found

    async def _fresh(self, target: Target, page: Sequence[Contact]) -> Iterator[Contact]:
        """Those that were not told the same already, as members of a group before, or by number."""
        before = [one.group_id for one in self._before(target)]
        told = await self._contacts.belonging([contact.id for contact in page], before) if before else set()
        return (
            contact
            for contact in page
            if contact.id not in told and (target.wording, contact.addresses[0]) not in self._numbers
        )

    def _is_short(self, target: Target) -> bool:
        return self._wordings[target.wording].short_links

    def _before(self, target: Target) -> Iterator[Target]:
        return (one for one in self._groups if one.ordinal < target.ordinal and one.wording == target.wording)

    def _submission(self, target: Target, contact: Contact | None) -> Submission:
        """By position where nothing is left out: a mailing makes a million of them."""
        campaign, wording = self._campaign, self._wordings[target.wording]
        content = wording.content
        if contact is not None and "{" in content.text:
            content = self._said(target.wording, content, contact)
        return Submission(
            campaign.account_id,
            campaign.door,
            campaign.dialect,
            wording.sender,
            target.recipient if contact is None else contact.addresses[0],
            target.recipient_given if contact is None else contact.addresses[0],
            content,
            peer=campaign.peer,
            validity_s=campaign.validity_s,
            due_at=target.due_at,
            priority=Priority.BULK,
            keep_refused=True,
            comment=wording.comment,
            campaign=campaign.id,
        )

    def _said(self, wording: int, content: Content, contact: Contact) -> Content:
        """The content with a contact's names in their places."""
        form = self._forms.get(wording)
        if form is None:
            form = self._forms[wording] = _form(content.text)
        text = form.format(contact.name, contact.last_name, contact.first_name, contact.middle_name)
        return Content(
            text,
            content.kind,
            content.data,
            content.udh,
            content.coding,
            content.pid,
            content.segments,
            content.parameters,
            content.written,
        )


def _form(text: str) -> str:
    """The text as what `str.format` puts four names into at once, so that a name is never read as a place."""
    form = text.replace("{", "{{").replace("}", "}}")
    for place, word in enumerate(_NAMES):
        form = form.replace(f"{{{{{word}}}}}", f"{{{place}}}")
    return form
