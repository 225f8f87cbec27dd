"""Mailings: their office, and the task that sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from heliograph.backoffice.campaigns import Campaigns, Locks
from heliograph.backoffice.mailing import Mailing
from heliograph.core.pause import Pause
from heliograph.model.message import Message, MessageId

if TYPE_CHECKING:
    from heliograph.app import Gateway


def mailings(gateway: Gateway) -> tuple[Campaigns, Mailing]:
    """Both of them, sharing the locks."""
    store, locks = gateway.store, Locks()
    pause = Pause(store=store, journal=gateway.journal, dispatch=gateway.dispatch, clock=gateway.clock)

    async def messages(ids: Sequence[MessageId]) -> list[Message]:
        return await store.messages(ids, None)

    mailing = Mailing(
        store=store.campaigns,
        contacts=store.contacts,
        intake=gateway.intake,
        directory=gateway.directory,
        journal=gateway.journal,
        pause=pause,
        messages=messages,
        links=gateway.links if gateway.settings.links.base else None,
        clock=gateway.clock,
        locks=locks,
        on_fault=gateway.on_fault,
    )
    campaigns = Campaigns(
        store=store.campaigns,
        contacts=store.contacts,
        quote=gateway.intake.quote,
        shorten=gateway.links.sample if gateway.settings.links.base else None,
        cancel=gateway.cancel,
        pause=pause,
        locks=locks,
        wake=mailing.wake,
    )
    return campaigns, mailing
