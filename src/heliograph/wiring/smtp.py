"""The SMTP door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.doors.smtp import SmtpDoor
from heliograph.listeners import Listeners
from heliograph.settings import smtp_as_http
from heliograph.wiring.forwarding import mail_sender

if TYPE_CHECKING:
    from heliograph.app import Gateway
    from heliograph.doors.smsc import SmscDoor


def smtp_door(gateway: Gateway, smsc: SmscDoor) -> SmtpDoor:
    """The door of the settings, closed where they name no listener. Raises `BadConfig` (a certificate)."""
    settings, folder = gateway.settings.smtp, gateway.installation.folder
    listeners = gateway.smtp_listeners = Listeners(smtp_as_http(settings), folder) if settings.listeners else None
    made = listeners.made() if listeners is not None else []
    return SmtpDoor(
        [(listener, one.tls == "always") for listener, one in zip(made, settings.listeners, strict=True)],
        ask=smsc.ask,
        ask_for=smsc.ask_for,
        directory=gateway.directory,
        clock=gateway.clock,
        settings=settings,
        usual_zone=gateway.settings.smsc.zone,
        send_mail=mail_sender(gateway.settings.mail) if gateway.settings.mail.host else None,
        on_fault=gateway.on_fault,
    )
