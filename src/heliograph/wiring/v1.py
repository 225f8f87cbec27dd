"""Our own interface with its works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import heliograph
from heliograph.backoffice.contacts import ContactBook
from heliograph.backoffice.history import History
from heliograph.backoffice.stop_list import StopLists
from heliograph.core.guards import Idempotency
from heliograph.doors.v1 import V1Door
from heliograph.doors.v1_accounts import AccountWorks
from heliograph.doors.v1_contacts import Contacts
from heliograph.doors.v1_events import BEAT_S
from heliograph.doors.v1_links import LinkWorks
from heliograph.doors.v1_mailings import Mailings
from heliograph.doors.v1_messages import Messages
from heliograph.doors.v1_money import Money
from heliograph.doors.v1_numbers import NumberWorks
from heliograph.doors.v1_senders import SenderNames
from heliograph.doors.v1_stop_list import StopListWorks
from heliograph.doors.v1_templates import TemplateWorks
from heliograph.doors.v1_webhooks import Webhooks
from heliograph.doors.v1_work import Bound
from heliograph.wiring.logins import with_logins

if TYPE_CHECKING:
    from heliograph.app import Gateway


def _rooms(gateway: Gateway, idempotency: Idempotency) -> Iterator[Bound]:
    """What the rooms of the back office do."""
    directory, purses, clock, store = gateway.directory, gateway.purses, gateway.clock, gateway.store
    book = ContactBook(store.contacts)
    mailings = Mailings(
        campaigns=gateway.campaigns,
        book=book,
        directory=directory,
        purses=purses,
        idempotency=idempotency,
        clock=clock,
        zone=gateway.settings.smsc.zone,
        has_links=bool(gateway.settings.links.base),
    )
    accounts = AccountWorks(
        accounts=gateway.accounts, subclients=gateway.subclients, directory=directory, purses=purses
    )
    yield from Webhooks(accounts=gateway.accounts, directory=directory, store=store, clock=clock).works()
    yield from Contacts(book).works()
    yield from mailings.works()
    yield from SenderNames(gateway.senders, directory).works()
    yield from StopListWorks(StopLists(store=store, directory=directory, clock=clock)).works()
    yield from TemplateWorks(gateway.templates).works()
    yield from NumberWorks(gateway.rents).works()
    yield from LinkWorks(gateway.links, clock, gateway.settings.smsc).works()
    yield from accounts.works()


def v1_door(gateway: Gateway) -> V1Door:
    """The door with every call it knows."""
    idempotency = Idempotency(gateway.store)
    messages = Messages(
        directory=gateway.directory,
        intake=gateway.intake,
        idempotency=idempotency,
        store=gateway.store,
        history=History(gateway.store),
        cancel=gateway.cancel,
        purses=gateway.purses,
        templates=gateway.templates,
        links=gateway.links if gateway.settings.links.base else None,
        clock=gateway.clock,
    )
    gateway.upkeep.add_everywhere("events", BEAT_S, gateway.events.beat)
    money = Money(purses=gateway.purses, store=gateway.store)
    door = V1Door(
        works=[*messages.works(), *money.works(), *gateway.events.works(), *_rooms(gateway, idempotency)],
        directory=gateway.directory,
        clock=gateway.clock,
        settings=gateway.settings.v1,
        version=heliograph.__version__,
    )
    return with_logins(gateway, door)
