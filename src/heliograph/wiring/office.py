"""What the operator does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from heliograph import measures
from heliograph.backoffice.accounts import Accounts, Write
from heliograph.backoffice.alarms import AlarmOffice
from heliograph.backoffice.campaigns import Campaigns
from heliograph.backoffice.contact_desk import ContactDesk
from heliograph.backoffice.office import Office, Room
from heliograph.backoffice.rents import Rents
from heliograph.backoffice.sender_desk import SenderDesk
from heliograph.backoffice.senders import Senders
from heliograph.backoffice.subclient_desk import SubclientDesk
from heliograph.backoffice.subclient_figures import SubclientFigures
from heliograph.backoffice.subclients import Plans, Subclients
from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.dialects.smsc_callback import split_address
from heliograph.model.rows import Row
from heliograph.ports import Clock, Store

if TYPE_CHECKING:
    from heliograph.app import Gateway


@runtime_checkable
class _WithHandsets(Protocol):
    """A connector to a simulated carrier."""

    def incoming(self, sender: str, recipient: str, text: str) -> None:
        """A handset texts `recipient`."""


def rooms(
    accounts: Accounts, store: Store, senders: Senders, directory: Directory, campaigns: Campaigns | None = None
) -> list[Room]:
    """Rooms with verbs of their own, also where no gateway runs."""
    return [
        ContactDesk(accounts=accounts, store=store, normalise=normalise_smsclub, campaigns=campaigns),
        AlarmOffice(accounts=accounts, store=store, normalise=normalise_smsclub),
        SenderDesk(senders=senders, accounts=accounts, directory=directory),
    ]


def subclient_desk(
    subclients: Subclients, accounts: Accounts, purses: Purses, store: Store, clock: Clock
) -> SubclientDesk:
    """The verbs about sub-clients, also where no gateway runs."""
    figures = SubclientFigures(store.subclients, purses, clock)
    return SubclientDesk(subclients=subclients, figures=figures, accounts=accounts, purses=purses)


def writer(gateway: Gateway) -> Write:
    """Rows of the back office, in the order of everything else."""

    async def write(rows: Sequence[Row]) -> None:
        gateway.journal.add(list(rows))
        await gateway.journal.settle()

    return write


def accounts_of(gateway: Gateway) -> Accounts:
    """The accounts, for the verbs and for every door by which customers change theirs."""
    return Accounts(
        store=gateway.store,
        directory=gateway.directory,
        purses=gateway.purses,
        clock=gateway.clock,
        secret=gateway.secret,
        write=writer(gateway),
    )


def subclients_of(gateway: Gateway) -> Subclients:
    """The sub-clients of all accounts."""
    smsc = gateway.settings.smsc
    return Subclients(
        accounts=gateway.accounts,
        directory=gateway.directory,
        purses=gateway.purses,
        passwords=gateway.passwords,
        clock=gateway.clock,
        write=writer(gateway),
        plans=Plans(smsc.plans, smsc.zone),
    )


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
        status=lambda: measures.status(gateway),
        rooms=[
            *rooms(gateway.accounts, gateway.store, gateway.senders, gateway.directory, gateway.campaigns),
            subclient_desk(gateway.subclients, gateway.accounts, gateway.purses, gateway.store, gateway.clock),
        ],
    )
