"""The SMPP door with its notifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.core.admission import Admission
from heliograph.core.replace import Replace
from heliograph.doors.smpp import SmppDoor
from heliograph.doors.smpp_notices import SCHEME, SmppNotifier
from heliograph.doors.smpp_requests import Requests
from heliograph.listeners import Listeners
from heliograph.net.capture import CaptureFile
from heliograph.settings import smpp_as_http
from heliograph.wiring.logins import with_logins

if TYPE_CHECKING:
    from heliograph.app import Gateway


def smpp_door(gateway: Gateway) -> SmppDoor:
    """The door of the settings, closed where they name no listener. Raises `BadConfig` (a certificate)."""
    settings, folder = gateway.settings.smpp, gateway.installation.folder
    listeners = gateway.smpp_listeners = Listeners(smpp_as_http(settings), folder) if settings.listeners else None
    made = listeners.made() if listeners is not None else []
    notifier = SmppNotifier(gateway.directory, zone=gateway.settings.smsc.zone, ready=gateway.notify.ready)
    gateway.notify.add(SCHEME, notifier)
    requests = Requests(
        store=gateway.store,
        cancel=gateway.cancel,
        replace=_replace(gateway),
        intake=gateway.intake,
        clock=gateway.clock,
        on_fault=gateway.on_fault,
    )
    installation, wall = gateway.installation, gateway.clock.now
    door = SmppDoor(
        [(listener, one.flavour) for listener, one in zip(made, settings.listeners, strict=True)],
        directory=gateway.directory,
        intake=gateway.intake,
        passwords=gateway.passwords,
        notifier=notifier,
        requests=requests,
        clock=gateway.clock,
        settings=settings,
        corrections=gateway.settings.smsc.corrections,
        on_fault=gateway.on_fault,
        captures={one: CaptureFile(installation.said_to_customer(one), wall) for one in settings.capture},
    )
    return with_logins(gateway, door)


def _replace(gateway: Gateway) -> Replace:
    settings = gateway.settings
    return Replace(
        admission=Admission(
            gateway.directory, gateway.fence, settings.queue.validity_s, names_in_text=settings.senders.names_in_text
        ),
        store=gateway.store,
        journal=gateway.journal,
        dispatch=gateway.dispatch,
        holding=gateway.holding,
        purses=gateway.purses,
        backlog=gateway.backlog,
        clock=gateway.clock,
    )
