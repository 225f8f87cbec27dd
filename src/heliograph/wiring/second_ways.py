"""The jobs of upkeep that find another way out: for what no receipt came for, and for what waits for a connector that
is no more. Put together from the gateway's parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.core.missing_receipts import MissingReceipts
from heliograph.core.strays import Strays

if TYPE_CHECKING:
    from heliograph.app import Gateway

RECEIPTS_EVERY_S = 1.0
STRAYS_EVERY_S = 10.0


def second_ways(gateway: Gateway) -> tuple[MissingReceipts, Strays]:
    """They look from the next start on."""
    receipts = MissingReceipts(
        directory=gateway.directory,
        dispatch=gateway.dispatch,
        outcomes=gateway.outcomes,
        inbound=gateway.inbound,
        journal=gateway.journal,
        store=gateway.store,
        clock=gateway.clock,
        fence=gateway.fence,
    )
    strays = Strays(
        release=gateway.release,
        dispatch=gateway.dispatch,
        journal=gateway.journal,
        store=gateway.store,
        clock=gateway.clock,
        fence=gateway.fence,
    )
    gateway.upkeep.add_everywhere("missing receipts", RECEIPTS_EVERY_S, receipts.look)
    gateway.upkeep.add_everywhere("strays", STRAYS_EVERY_S, strays.look)
    return receipts, strays
