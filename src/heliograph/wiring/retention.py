"""How long what is kept is kept: the task that removes it, and what the operator asks about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from heliograph.backoffice.retention import Retention

if TYPE_CHECKING:
    from heliograph.app import Gateway

log = structlog.get_logger()


def retention(gateway: Gateway) -> Retention:
    """The task of a running gateway; of several nodes one works."""

    def is_first() -> bool:
        return gateway.upkeep.is_first()

    return Retention(
        store=gateway.store.retention,
        clock=gateway.clock,
        settings=gateway.settings.retention,
        is_first=is_first,
        removed=lambda found: log.info("removed what was old", **found),
        on_fault=gateway.on_fault,
    )
