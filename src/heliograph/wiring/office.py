"""What the operator does."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from heliograph import measures
from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.alarms import AlarmOffice
from heliograph.backoffice.office import Office, Room
from heliograph.backoffice.sender_desk import SenderDesk
from heliograph.backoffice.senders import Senders
from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.connectors.simulated import SimulatedConnector
from heliograph.core.directory import Directory
from heliograph.dialects.smsc_callback import split_address
from heliograph.model.rows import Row
from heliograph.ports import Store

if TYPE_CHECKING:
    from heliograph.app import Gateway


def rooms(accounts: Accounts, store: Store, senders: Senders, directory: Directory) -> list[Room]:
    """Rooms with verbs of their own, also where no gateway runs."""
    return [
        AlarmOffice(accounts=accounts, store=store, normalise=normalise_smsclub),
        SenderDesk(senders=senders, accounts=accounts, directory=directory),
    ]


def operators_verbs(gateway: Gateway) -> Office:
    """The verbs of the command line and the console."""

    async def write(rows: object) -> None:
        """Rows of the back office, in the order of everything else."""
        gateway.journal.add(cast("list[Row]", rows))
        await gateway.journal.settle()

    accounts = Accounts(
        store=gateway.store,
        directory=gateway.directory,
        purses=gateway.purses,
        clock=gateway.clock,
        secret=gateway.secret,
        write=write,
    )
    return Office(
        accounts=accounts,
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
            if isinstance(connector, SimulatedConnector)
        },
        received=gateway.inbound.received,
        status=lambda: measures.status(gateway),
        rooms=rooms(accounts, gateway.store, gateway.senders, gateway.directory),
    )
