"""Mailings: their office, and the task that sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.backoffice.campaigns import Campaigns, Locks
from heliograph.backoffice.mailing import Mailing

if TYPE_CHECKING:
    from heliograph.app import Gateway


def mailings(gateway: Gateway) -> tuple[Campaigns, Mailing]:
    """Both of them, sharing the locks."""
    store, locks = gateway.store, Locks()
    mailing = Mailing(
        store=store.campaigns,
        contacts=store.contacts,
        intake=gateway.intake,
        directory=gateway.directory,
        journal=gateway.journal,
        clock=gateway.clock,
        locks=locks,
        on_fault=gateway.on_fault,
    )
    campaigns = Campaigns(
        store=store.campaigns,
        contacts=store.contacts,
        quote=gateway.intake.quote,
        cancel=gateway.cancel,
        locks=locks,
        wake=mailing.wake,
    )
    return campaigns, mailing
