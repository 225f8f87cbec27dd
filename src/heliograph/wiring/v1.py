"""Our own interface with its works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import heliograph
from heliograph.backoffice.history import History
from heliograph.core.guards import Idempotency
from heliograph.doors.v1 import V1Door
from heliograph.doors.v1_messages import Messages
from heliograph.doors.v1_money import Money

if TYPE_CHECKING:
    from heliograph.app import Gateway


def v1_door(gateway: Gateway) -> V1Door:
    """The door with every call it knows."""
    messages = Messages(
        directory=gateway.directory,
        intake=gateway.intake,
        idempotency=Idempotency(gateway.store),
        store=gateway.store,
        history=History(gateway.store),
        cancel=gateway.cancel,
        purses=gateway.purses,
        clock=gateway.clock,
    )
    money = Money(purses=gateway.purses, store=gateway.store)
    return V1Door(
        works=[*messages.works(), *money.works()],
        directory=gateway.directory,
        clock=gateway.clock,
        settings=gateway.settings.v1,
        version=heliograph.__version__,
    )
