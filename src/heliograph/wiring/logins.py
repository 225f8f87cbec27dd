"""Wrong logins of all doors."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol, TypeVar

from heliograph.core.limits import FailedLogins
from heliograph.core.logins import Logins

if TYPE_CHECKING:
    from heliograph.app import Gateway


class _Counts(Protocol):
    """A door that counts wrong logins."""

    @property
    def name(self) -> str: ...

    @property
    def failed(self) -> FailedLogins: ...


Door = TypeVar("Door", bound=_Counts)


def logins(gateway: Gateway) -> Logins:
    """What doors count, each of them added by its wiring."""
    made = Logins(gateway.store.logins, gateway.clock, secrets.randbits(62))
    gateway.upkeep.add_everywhere("logins", 1.0, made.look)
    gateway.upkeep.add("old logins", 600.0, made.forget)
    return made


def with_logins(gateway: Gateway, door: Door) -> Door:
    """The door, whose wrong logins are written down."""
    gateway.logins.add(door.name, door.failed)
    return door
