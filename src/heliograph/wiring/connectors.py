"""The ways to carriers: those of the configuration, and the one of accounts in test mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.connectors import smpp_profiles
from heliograph.connectors.simulated import SimulatedConnector
from heliograph.connectors.smpp import SmppConnector
from heliograph.connectors.virtual import VirtualConnector
from heliograph.net.capture import CaptureFile
from heliograph.ports import Connector
from heliograph.settings import ConnectorSettings, GatewaySettings
from heliograph.simulator.capture import Capture

if TYPE_CHECKING:
    from heliograph.app import Gateway


def connectors(gateway: Gateway) -> list[Connector]:
    """All of them, known to dispatch, not yet started."""
    settings, capacity = gateway.settings, gateway.settings.queue.window
    made = [gateway.connector(one) for one in settings.connectors]
    for way, one in zip(made, settings.connectors, strict=True):
        is_whole = one.kind == "smpp" and smpp_profiles.applied(one.smpp).long_messages == "payload"
        gateway.dispatch.add(way, capacity=capacity, speed=one.speed, takes_whole=is_whole)
    virtual = VirtualConnector(gateway.clock, magic_numbers=settings.smsc.magic_numbers)
    gateway.dispatch.add(virtual, capacity=capacity, speed=0)
    return [*made, virtual]


def nameless(settings: GatewaySettings) -> list[str]:
    """The connectors whose carriers send receipts that may name no message."""
    by_smpp = [one for one in settings.connectors if one.kind == "smpp"]
    return [one.name for one in by_smpp if smpp_profiles.applied(one.smpp).receipts_by_number]


def connector_of(gateway: Gateway, settings: ConnectorSettings) -> Connector:
    """The connector of one section of the configuration."""
    installation = gateway.installation
    if settings.kind == "smpp":
        return SmppConnector(
            settings.name,
            smpp_profiles.applied(settings.smpp),
            gateway.clock,
            folder=installation.folder,
            late_answer_wait_s=settings.late_answer_wait_s,
            capture=CaptureFile(installation.said_to_carrier(settings.name), gateway.clock.now)
            if settings.capture
            else None,
        )
    return SimulatedConnector(
        settings.name,
        settings.personality,
        installation.carrier(settings.name),
        gateway.clock,
        window=settings.window,
        late_answer_wait_s=settings.late_answer_wait_s,
        latency_ms=settings.latency_ms,
        seed=settings.seed,
        series=gateway.fence.node - 1,
        operator=gateway.directory.operator,
        capture=Capture(installation.captured(settings.name)).write if settings.capture else None,
    )
