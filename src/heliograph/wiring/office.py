"""What the operator does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from heliograph import measures
from heliograph.backoffice.accounts import Accounts, Write
from heliograph.backoffice.alarms import AlarmOffice
from heliograph.backoffice.campaigns import Campaigns
from heliograph.backoffice.commands import CommandOffice
from heliograph.backoffice.contact_desk import ContactDesk
from heliograph.backoffice.links import SWEEP_S, ShortLinks
from heliograph.backoffice.office import Office, Room
from heliograph.backoffice.rents import Rents
from heliograph.backoffice.retention import Retention
from heliograph.backoffice.sender_desk import SenderDesk
from heliograph.backoffice.senders import Senders
from heliograph.backoffice.stats_desk import StatsDesk
from heliograph.backoffice.stop_list_desk import StopListDesk
from heliograph.backoffice.subclient_desk import SubclientDesk
from heliograph.backoffice.subclient_figures import SubclientFigures
from heliograph.backoffice.subclients import Plans, Subclients
from heliograph.backoffice.template_desk import TemplateDesk
from heliograph.backoffice.templates import Templates
from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.core import whole
from heliograph.core.directory import Directory
from heliograph.core.passwords import Passwords
from heliograph.core.purses import Purses
from heliograph.dialects.smsc_callback import split_address
from heliograph.model.rows import Row
from heliograph.ports import Clock, Store
from heliograph.settings import GatewaySettings

if TYPE_CHECKING:
    from heliograph.app import Gateway


@runtime_checkable
class _WithHandsets(Protocol):
    """A connector to a simulated carrier."""

    def incoming(self, sender: str, recipient: str, text: str) -> None:
        """A handset texts `recipient`."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the office stands on, whether a gateway runs over it or a command has opened the store alone (then without
    `passwords`). `write` brings rows into the store, in the order of everything else."""

    settings: GatewaySettings
    store: Store
    directory: Directory
    purses: Purses
    clock: Clock
    secret: bytes
    write: Write
    passwords: Passwords | None = None


def ground_of(gateway: Gateway) -> Ground:
    """That of a running gateway."""
    return Ground(
        gateway.settings,
        gateway.store,
        gateway.directory,
        gateway.purses,
        gateway.clock,
        gateway.secret,
        writer(gateway),
        gateway.passwords,
    )


def writer(gateway: Gateway) -> Write:
    """Rows of the back office, in the order of everything else."""

    async def write(rows: Sequence[Row]) -> None:
        durable = asyncio.Event()
        gateway.journal.add(list(rows), lambda _: durable.set())
        await durable.wait()

    return write


def accounts_on(ground: Ground) -> Accounts:
    """The accounts, for the verbs and for every door by which customers change theirs."""
    return Accounts(
        store=ground.store,
        directory=ground.directory,
        purses=ground.purses,
        clock=ground.clock,
        secret=ground.secret,
        write=ground.write,
    )


def subclients_on(ground: Ground, accounts: Accounts) -> Subclients:
    """The sub-clients of all accounts."""
    smsc = ground.settings.smsc
    return Subclients(
        accounts=accounts,
        directory=ground.directory,
        purses=ground.purses,
        passwords=ground.passwords,
        clock=ground.clock,
        write=ground.write,
        plans=Plans(smsc.plans, smsc.zone),
    )


def senders_on(ground: Ground) -> Senders:
    """The sender names of all accounts."""
    return Senders(store=ground.store, directory=ground.directory, clock=ground.clock, settings=ground.settings.senders)


def templates_on(ground: Ground) -> Templates:
    """The templates of all accounts."""
    moderate = ground.settings.templates.moderate
    return Templates(ground.store.templates, ground.directory.templates, moderate=moderate)


def rooms(
    ground: Ground, accounts: Accounts, senders: Senders, subclients: Subclients, campaigns: Campaigns | None = None
) -> list[Room]:
    """Rooms with verbs of their own, also where no gateway runs."""
    store, purses = ground.store, ground.purses
    figures = SubclientFigures(store.subclients, purses, ground.clock)
    return [
        ContactDesk(accounts=accounts, store=store, normalise=normalise_smsclub, campaigns=campaigns),
        StopListDesk(
            accounts=accounts, directory=ground.directory, store=store, clock=ground.clock, normalise=normalise_smsclub
        ),
        AlarmOffice(accounts=accounts, store=store, normalise=normalise_smsclub),
        SenderDesk(senders=senders, accounts=accounts, directory=ground.directory),
        CommandOffice(accounts=accounts, directory=ground.directory, normalise=normalise_smsclub),
        StatsDesk(accounts=accounts, directory=ground.directory, store=store, clock=ground.clock),
        Retention(store=store.retention, clock=ground.clock, settings=ground.settings.retention),
        TemplateDesk(templates=templates_on(ground), accounts=accounts, directory=ground.directory),
        SubclientDesk(subclients=subclients, figures=figures, accounts=accounts, purses=purses),
    ]


def office_alone(ground: Ground) -> Office:
    """The verbs where no gateway runs."""
    accounts = accounts_on(ground)
    return Office(
        accounts=accounts,
        directory=ground.directory,
        purses=ground.purses,
        store=ground.store,
        normalise=normalise_smsclub,
        split_address=split_address,
        rooms=rooms(ground, accounts, senders_on(ground), subclients_on(ground, accounts)),
    )


def short_links(gateway: Gateway) -> ShortLinks:
    """Short links; upkeep sees to it that every click is told."""
    made = ShortLinks(
        store=gateway.store,
        journal=gateway.journal,
        endings=gateway.endings,
        clock=gateway.clock,
        settings=gateway.settings.links,
    )
    gateway.upkeep.add("clicks", SWEEP_S, made.sweep)
    return made


def rents(gateway: Gateway) -> Rents:
    """Numbers that accounts may rent; upkeep looks at their months."""
    made = Rents(
        store=gateway.store,
        senders=gateway.senders,
        directory=gateway.directory,
        purses=gateway.purses,
        clock=gateway.clock,
        offered=gateway.settings.incoming_numbers,
        write=writer(gateway),
    )
    gateway.upkeep.add("rents", 60.0, made.look_at_months)
    return made


def operators_verbs(gateway: Gateway) -> Office:
    """The verbs of the command line and the console."""

    async def status(everywhere: bool) -> object:
        shared, node = gateway.shared, gateway.node
        if not everywhere or shared is None or node is None:
            return measures.status(gateway)
        return whole.together(node.fence.node, await shared.standings.ask())

    return Office(
        accounts=gateway.accounts,
        directory=gateway.directory,
        purses=gateway.purses,
        store=gateway.store,
        normalise=normalise_smsclub,
        split_address=split_address,
        submit=gateway.intake.submit,
        cancel=gateway.cancel,
        carriers={
            connector.name: connector.incoming
            for connector in gateway.connectors
            if isinstance(connector, _WithHandsets)
        },
        received=gateway.inbound.received,
        status=status,
        rooms=rooms(ground_of(gateway), gateway.accounts, gateway.senders, gateway.subclients, gateway.campaigns),
    )
