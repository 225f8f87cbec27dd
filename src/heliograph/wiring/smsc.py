"""SMSC's door with its scripts by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from heliograph.backoffice.alarms import Alarms
from heliograph.backoffice.confirmations import Confirmations
from heliograph.backoffice.contacts import ContactBook
from heliograph.backoffice.papers import Papers
from heliograph.backoffice.stop_list import StopLists
from heliograph.backoffice.subclient_figures import SubclientFigures
from heliograph.core.deletion import Deletion
from heliograph.dialects import smsc_send
from heliograph.dialects.smsc_contacts import MAILS, PHONES
from heliograph.doors.smsc import Script, SmscDoor
from heliograph.doors.smsc_balance import Balance
from heliograph.doors.smsc_contacts import Contacts
from heliograph.doors.smsc_documents import Documents
from heliograph.doors.smsc_jobs import Jobs
from heliograph.doors.smsc_ping import Ping
from heliograph.doors.smsc_send import Send
from heliograph.doors.smsc_status import Status
from heliograph.doors.smsc_templates import MessageTemplates, OperatorTemplates
from heliograph.doors.smsc_users import Users
from heliograph.doors.smsc_wait_call import WaitCall
from heliograph.ports import Recent
from heliograph.wiring.commands import commands_door
from heliograph.wiring.logins import with_logins
from heliograph.wiring.smsc_data import data_scripts

if TYPE_CHECKING:
    from heliograph.app import Gateway


def smsc_door(gateway: Gateway, recent: Sequence[Recent]) -> SmscDoor:
    """The scripts of `/sys/`; `recent` is what the last minutes before the start accepted, for the duplicate rule.
    Commands by SMS, which send as one of the scripts does, are built with it."""
    settings, directory, clock = gateway.settings.smsc, gateway.directory, gateway.clock
    book = ContactBook(gateway.store.contacts)
    templates = gateway.templates
    send = Send(
        directory=directory,
        intake=gateway.intake,
        purses=gateway.purses,
        duplicates=gateway.duplicates,
        recent=recent,
        groups=book.phones,
        template=templates.of,
        links=gateway.links if gateway.settings.links.base else None,
        clock=clock,
        settings=settings,
    )
    commands_door(gateway, send)
    alarms = Alarms(store=gateway.store, directory=directory, submit=gateway.intake.submit, dialect=smsc_send.NAME)
    stop_lists = StopLists(store=gateway.store, directory=directory, clock=clock)
    status = _status(gateway)
    scripts: dict[str, Script] = {
        "send": send,
        "balance": Balance(purses=gateway.purses, clock=clock, settings=settings),
        "status": status,
        "ping": Ping(alarms),
        "jobs": Jobs(
            campaigns=gateway.campaigns,
            book=book,
            template=templates.of,
            caller=send.caller,
            clock=clock,
            settings=settings,
        ),
        "templates": MessageTemplates(templates, clock=clock, settings=settings),
        "op_templates": OperatorTemplates(templates, clock=clock, settings=settings),
        "users": _users(gateway),
        "documents": _documents(gateway),
        "phones": Contacts(PHONES, book=book, stop_lists=stop_lists, clock=clock, settings=settings),
        "mails": Contacts(MAILS, book=book, stop_lists=stop_lists, clock=clock, settings=settings),
        **data_scripts(gateway),
    }
    if settings.confirmation_numbers:
        confirmations = Confirmations(
            store=gateway.store,
            clock=clock,
            numbers=settings.confirmation_numbers,
            a_day=settings.confirmations_a_day,
        )
        wait_call = WaitCall(confirmations=confirmations, purses=gateway.purses, clock=clock, settings=settings)
        scripts["wait_call"] = wait_call
    door = SmscDoor(scripts=scripts, directory=directory, passwords=gateway.passwords, clock=clock, settings=settings)
    gateway.rates += [door.at_once, status.at_once]
    return with_logins(gateway, door)


def _status(gateway: Gateway) -> Status:
    """How messages stand."""
    return Status(
        directory=gateway.directory,
        store=gateway.store,
        deletion=Deletion(cancel=gateway.cancel, journal=gateway.journal),
        clock=gateway.clock,
        settings=gateway.settings.smsc,
    )


def _users(gateway: Gateway) -> Users:
    """The sub-clients of whoever calls."""
    return Users(
        subclients=gateway.subclients,
        figures=SubclientFigures(gateway.store.subclients, gateway.purses, gateway.clock),
        purses=gateway.purses,
        clock=gateway.clock,
        settings=gateway.settings.smsc,
    )


def _documents(gateway: Gateway) -> Documents:
    """Invoices and acts."""
    settings, clock = gateway.settings.smsc, gateway.clock
    papers = Papers(
        store=gateway.store.subclients,
        directory=gateway.directory,
        purses=gateway.purses,
        figures=SubclientFigures(gateway.store.subclients, gateway.purses, clock),
        clock=clock,
        zone=settings.zone,
    )
    return Documents(subclients=gateway.subclients, papers=papers, clock=clock, settings=settings)
