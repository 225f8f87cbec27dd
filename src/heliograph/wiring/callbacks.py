"""The ways home by HTTP: webhooks in our own form, handlers in SMSC's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliograph.doors.handler import HandlerNotifier
from heliograph.doors.webhook import WebhookNotifier
from heliograph.net.guard import Guard
from heliograph.net.http_client import HttpClient

if TYPE_CHECKING:
    from heliograph.app import Gateway


def callbacks(gateway: Gateway) -> list[HttpClient]:
    """Both notifiers, known to notify; the clients they call with, to be closed."""
    settings = gateway.settings.callbacks
    webhook_client = HttpClient(Guard(settings.allow_networks), timeout_s=settings.timeout_s)
    gateway.notify.add("endpoint", WebhookNotifier(gateway.directory, webhook_client, gateway.clock))
    handler_client = HttpClient(Guard(settings.allow_networks), timeout_s=settings.handler_timeout_s)
    handlers = HandlerNotifier(
        gateway.directory,
        gateway.store,
        handler_client,
        zone=gateway.settings.smsc.zone,
        crc32_hex=settings.crc32_hex,
    )
    gateway.notify.add("handler", handlers)
    return [webhook_client, handler_client]
