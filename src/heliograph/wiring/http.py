"""The HTTP doors under one shell. Paths are looked for in the order of this list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph import measures
from heliograph.doors import health
from heliograph.doors.http import HttpShell
from heliograph.doors.http_listener import Mounted
from heliograph.doors.links import LinkDoor
from heliograph.doors.oms import OmsDoor
from heliograph.doors.smsc_zone import offset_of
from heliograph.doors.soap import SoapDoor
from heliograph.ops.metrics import Metrics
from heliograph.wiring.samples import samples_door
from heliograph.wiring.smsclub import gateways, smsclub_door
from heliograph.wiring.v1 import v1_door

if TYPE_CHECKING:
    from heliograph.app import Gateway
    from heliograph.doors.smsc import SmscDoor


def links_door(gateway: Gateway) -> list[Mounted]:
    """The redirect of short links, where there are any."""
    if not gateway.settings.links.base:
        return []

    def offset_s(account_id: int) -> int:
        account, now = gateway.directory.account(account_id), gateway.clock.now()
        return 0 if account is None else offset_of(account, gateway.settings.smsc, now)(now)

    door = LinkDoor(gateway.links, offset_s)
    return [Mounted(door.routes(), door.on_error, door.name)]


def http_shell(gateway: Gateway, smsc: SmscDoor) -> HttpShell:
    """Everything that is answered over HTTP."""
    settings = gateway.settings.http
    smsclub, v1 = smsclub_door(gateway), v1_door(gateway)
    gateway.rates += [smsclub.rate, v1.rate, gateway.links.visits]
    gateway.minutes |= {name: limit.counted for name, limit in smsc.windows().items() if limit.counted is not None}
    soap, oms = SoapDoor(smsc.ask), OmsDoor(smsc.ask)
    monitors = health.routes(gateway.not_ready, Metrics(measures.of(gateway)).render)
    return HttpShell(
        gateway.listeners.made(),
        [
            *links_door(gateway),
            samples_door(),
            Mounted(monitors, smsclub.on_error, "monitors"),
            Mounted(v1.routes(), v1.on_error, v1.name),
            Mounted(smsclub.routes(), smsclub.on_error, "smsclub"),
            *[Mounted(gate.routes(), gate.on_error, gate.name) for gate in gateways(gateway)],
            Mounted(smsc.routes(), smsc.on_error, "smsc"),
            Mounted(soap.routes(), soap.on_error, soap.name),
            Mounted(oms.routes(), oms.on_error, oms.name),
        ],
        clock=gateway.clock,
        max_body=settings.max_body,
        trusted_proxies=settings.trusted_proxies,
        on_fault=gateway.on_fault,
    )
