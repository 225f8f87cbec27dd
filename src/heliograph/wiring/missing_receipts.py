"""The job of upkeep that sends on what no receipt came for, put together from the gateway's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.core.missing_receipts import MissingReceipts

if TYPE_CHECKING:
    from heliograph.app import Gateway

EVERY_S = 1.0


def missing_receipts(gateway: Gateway) -> MissingReceipts:
    """It looks from the next start on."""
    made = MissingReceipts(
        directory=gateway.directory,
        dispatch=gateway.dispatch,
        outcomes=gateway.outcomes,
        inbound=gateway.inbound,
        journal=gateway.journal,
        store=gateway.store,
        clock=gateway.clock,
        fence=gateway.fence,
    )
    gateway.upkeep.add_everywhere("missing receipts", EVERY_S, made.look)
    return made
