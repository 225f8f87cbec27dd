"""SMS Club's doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.core.limits import FailedLogins
from heliograph.doors.gateway_http import GatewayHttpDoor
from heliograph.doors.gateway_xml import GatewayXmlDoor
from heliograph.doors.smsclub import SmsClubDoor
from heliograph.doors.smsclub_gates import Gates
from heliograph.doors.smsclub_originators import Originators

if TYPE_CHECKING:
    from heliograph.app import Gateway


def smsclub_door(gateway: Gateway) -> SmsClubDoor:
    """The JSON API."""
    return SmsClubDoor(
        directory=gateway.directory,
        intake=gateway.intake,
        store=gateway.store,
        purses=gateway.purses,
        clock=gateway.clock,
        settings=gateway.settings.smsclub,
        more=Originators(gateway.senders).calls(),
    )


def gateways(gateway: Gateway) -> tuple[GatewayHttpDoor, GatewayXmlDoor]:
    """The two older gateways. Whoever guesses passwords at one is blocked at both."""
    settings = gateway.settings.smsclub
    failed = FailedLogins(settings.failed_logins, settings.failed_logins_window_s, settings.block_s)
    gateway.logins.add("smsclub", failed)
    gates = Gates(
        directory=gateway.directory,
        passwords=gateway.passwords,
        intake=gateway.intake,
        store=gateway.store,
        clock=gateway.clock,
        settings=settings,
        failed=failed,
    )
    return GatewayHttpDoor(gates, purses=gateway.purses), GatewayXmlDoor(gates)
