"""Event notifications: a customer's watchman calls, and everybody on the list is told (smsc-messages.md 8).

Messages go through intake like any other, before what is not urgent. The operator makes the lists on the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.own_messages import Submit
from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.verbs import AlarmAdd, AlarmList, AlarmRemove, NotPossible, Verb
from heliograph.core.directory import Directory
from heliograph.model.alarms import Alarm
from heliograph.model.message import Content, Kind, Priority, Submission
from heliograph.model.refusal import Accepted, Answer
from heliograph.ports import Store

MOST_RECIPIENTS: Final = 1_000
MOST_TEXT: Final = 1_000
"""Characters of a text before its placeholders are filled in."""
MOST_INFO: Final = 255
"""Characters of what a placeholder is filled with."""


@dataclass(frozen=True, slots=True)
class Event:
    """What the watchman says: the rule or server, its address, a free text; `is_recovery` when it works again."""

    name: str
    host: str
    info: str
    is_recovery: bool


class Alarms:
    """Tells of events. `dialect` is that of what is sent, as if the customer had sent to each recipient himself.
    Raises `StoreFailure` when the store cannot."""

    def __init__(self, *, store: Store, directory: Directory, submit: Submit, dialect: str) -> None:
        self._store = store
        self._dialect = dialect
        self._directory = directory
        self._submit = submit

    async def tell(self, account_id: int, alarm_id: int, event: Event, peer: str) -> list[Answer]:
        """Send the text to each recipient; what became of each, [] if nobody is to be told of this.

        Raises `NothingFound` for a group that is not the account's.
        """
        alarm = await self._store.alarms.get(account_id, alarm_id)
        if alarm is None:
            raise NothingFound
        text = alarm.recovery if event.is_recovery else alarm.failure
        recipients = await self._recipients(alarm)
        if not text or not recipients:
            return []
        content = Content(_filled(text, event), kind=Kind.FLASH if alarm.is_flash else Kind.TEXT)
        sender = alarm.sender or self._usual_sender(account_id)
        return await self._submit(
            [
                Submission(
                    account_id=account_id,
                    door="smsc",
                    dialect=self._dialect,
                    sender=sender,
                    recipient=recipient,
                    recipient_given=recipient,
                    content=content,
                    peer=peer,
                    priority=Priority.URGENT,
                    batch=len(recipients),
                    shown_id="",
                    keep_refused=True,
                )
                for recipient in recipients
            ]
        )

    async def _recipients(self, alarm: Alarm) -> list[str]:
        """Each number once: those of the list, then the first of each contact of its groups."""
        found = dict.fromkeys(alarm.recipients)
        for group_id in alarm.groups:
            members = await self._store.contacts.members(group_id, 0, MOST_RECIPIENTS)
            found.update(dict.fromkeys(contact.addresses[0] for contact in members if contact.addresses))
        return list(found)[:MOST_RECIPIENTS]

    def _usual_sender(self, account_id: int) -> str:
        account = self._directory.account(account_id)
        return "" if account is None else self._directory.usual_name(account)


def _filled(text: str, event: Event) -> str:
    """The text with what the call brought; what it brought is not looked through for placeholders again."""
    given: Mapping[str, str] = {"{NAME}": event.name, "{HOST}": event.host, "{INFO}": event.info}
    pieces = text.split("{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        word, brace, rest = piece.partition("}")
        place = f"{{{word}{brace}"
        filled.append(given[place][:MOST_INFO] + rest if place in given else f"{{{piece}")
    return "".join(filled)


class AlarmOffice:
    """The operator's verbs about event notifications."""

    verbs: Final[tuple[type[Verb], ...]] = (AlarmAdd, AlarmList, AlarmRemove)

    def __init__(self, *, accounts: Accounts, store: Store, normalise: Callable[[str], str]) -> None:
        self._accounts = accounts
        self._store = store
        self._normalise = normalise

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence."""
        match verb:
            case AlarmAdd():
                return {"id": await self._store.alarms.add(self._made(verb))}
            case AlarmList():
                account = self._accounts.of(verb.login)
                return [_shown(alarm) for alarm in await self._store.alarms.of_account(account.id)]
            case AlarmRemove():
                if not await self._store.alarms.remove(self._accounts.of(verb.login).id, verb.id):
                    raise NotPossible(f"the account has no notification {verb.id}")
                return {"removed": verb.id}
            case _:
                raise NotPossible("this is no verb of event notifications")

    def _made(self, verb: AlarmAdd) -> Alarm:
        recipients = [self._normalise(number) for number in verb.to]
        wrong = [given for given, number in zip(verb.to, recipients, strict=True) if not number]
        if wrong:
            raise NotPossible(f"these are no international numbers: {', '.join(wrong)}")
        if not 0 < len(recipients) + len(verb.groups) <= MOST_RECIPIENTS:
            raise NotPossible(f"a notification has 1 to {MOST_RECIPIENTS} recipients and groups")
        if not verb.failure or max(len(verb.failure), len(verb.recovery)) > MOST_TEXT:
            raise NotPossible(f"a notification has a text of 1 to {MOST_TEXT} characters for the failure")
        return Alarm(
            0,
            self._accounts.of(verb.login).id,
            verb.name,
            verb.failure,
            verb.recovery,
            tuple(recipients),
            tuple(verb.groups),
            verb.sender,
            verb.flash,
        )


def accepted(answers: Sequence[Answer]) -> bool:
    """Whether anybody is told."""
    return any(isinstance(answer, Accepted) for answer in answers)


def _shown(alarm: Alarm) -> dict[str, object]:
    return {
        "id": alarm.id,
        "name": alarm.name,
        "failure": alarm.failure,
        "recovery": alarm.recovery,
        "to": list(alarm.recipients),
        "groups": list(alarm.groups),
        "sender": alarm.sender,
        "flash": alarm.is_flash,
    }
