"""What a running gateway takes over from a changed configuration, and what waits for its next start.

Taken over: certificates of all listeners, routes, tariffs, the numbering plan, trusted proxies, the log. What is
broken leaves everything of its kind as it was and holds up nothing else: a new certificate is taken even while the file
has a mistake. The rest is only named, so that nobody believes that it is in force.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from heliograph.config import BadConfig
from heliograph.core.pricing import TARIFFS_DOCUMENT, BadTariffs, Tariffs, dump_tariffs
from heliograph.core.routing import ROUTES_DOCUMENT, BadRules, RoutingTable, dump_rules
from heliograph.doors.http_peer import Proxies
from heliograph.doors.smpp_limits import SmppListenerSettings
from heliograph.doors.smtp_settings import SmtpListenerSettings
from heliograph.numbering import PLAN_DOCUMENT, plan_file, plan_of
from heliograph.ports import StoreFailure
from heliograph.settings import GatewaySettings, ListenerSettings, smpp_as_http, smtp_as_http

if TYPE_CHECKING:
    from heliograph.app import Gateway

AUTHOR: Final = "configuration"
Read = Callable[[], GatewaySettings]
"""The configuration as it is now, sound as far as `settings.complaints` can tell. Raises `BadConfig`."""


class Reloaded(NamedTuple):
    """What came of it: sentences about what could not be taken over, names of settings that wait for a start."""

    complaints: list[str]
    waiting: list[str]


async def reload(gateway: Gateway, read: Read) -> Reloaded:
    """Take over what can be from the configuration as it is now."""
    try:
        settings = read()
    except BadConfig as error:
        return Reloaded([*error.complaints, *_certificates(gateway, None)], [])
    complaints = _certificates(gateway, settings)
    complaints += await _rules(gateway, settings)
    complaints += await _plan(gateway, settings)
    gateway.http.proxies = Proxies(settings.http.trusted_proxies)
    taken = dataclasses.replace(
        gateway.settings,
        http=dataclasses.replace(gateway.settings.http, trusted_proxies=settings.http.trusted_proxies),
        log=settings.log,
        numbering=settings.numbering,
    )
    gateway.settings = taken
    waiting = list(_differing(_without_rules(taken), _without_rules(settings), ""))
    return Reloaded(complaints, waiting)


def _certificates(gateway: Gateway, settings: GatewaySettings | None) -> list[str]:
    """Those of all doors, read from where `settings` say; None = from where they were."""
    http = settings.http if settings is not None else None
    complaints = gateway.listeners.renew(http, gateway.http.entrances)
    if gateway.smpp_listeners is not None:
        smpp = smpp_as_http(settings.smpp) if settings is not None and settings.smpp.listeners else None
        complaints += gateway.smpp_listeners.renew(smpp, gateway.smpp.entrances)
    if gateway.smtp_listeners is not None:
        smtp = smtp_as_http(settings.smtp) if settings is not None and settings.smtp.listeners else None
        complaints += gateway.smtp_listeners.renew(smtp, gateway.smtp.entrances)
    return complaints


async def _rules(gateway: Gateway, settings: GatewaySettings) -> list[str]:
    """Routes and tariffs are compiled aside, noted under a new revision, then swapped whole; both or neither."""
    old, directory = gateway.settings, gateway.directory
    if (settings.routes, settings.tariffs) == (old.routes, old.tariffs):
        return []
    try:
        RoutingTable(settings.routes, [connector.name for connector in old.connectors])
        Tariffs(settings.tariffs)
        now = gateway.clock.now()
        routes, tariffs = dump_rules(settings.routes), dump_tariffs(settings.tariffs)
        revision = await gateway.store.keep_document(ROUTES_DOCUMENT, routes, AUTHOR, now)
        directory.swap_routes(settings.routes, revision)
        revision = await gateway.store.keep_document(TARIFFS_DOCUMENT, tariffs, AUTHOR, now)
        directory.swap_tariffs(settings.tariffs, revision)
    except (BadRules, BadTariffs) as error:
        return list(error.complaints)
    except StoreFailure as error:
        return [f"routes and tariffs could not be noted: {error}"]
    gateway.settings = dataclasses.replace(old, routes=settings.routes, tariffs=settings.tariffs)
    return []


async def _plan(gateway: Gateway, settings: GatewaySettings) -> list[str]:
    """The numbering plan is read again if its file is another or has changed; a broken one leaves the old in force."""
    folder = gateway.installation.folder
    try:
        file = plan_file(settings.numbering, folder)
        if file == gateway.plan_file:
            return []
        plan = await asyncio.to_thread(plan_of, settings.numbering, folder)
        revision = await gateway.store.keep_document(PLAN_DOCUMENT, file.document, AUTHOR, gateway.clock.now())
    except BadConfig as error:
        return list(error.complaints)
    except StoreFailure as error:
        return [f"the numbering plan could not be noted: {error}"]
    gateway.directory.swap_plan(plan, revision)
    gateway.plan_file = file
    return []


def _without_rules(settings: GatewaySettings) -> GatewaySettings:
    """What is left once everything is left out that can be taken over, or was complained of."""
    bare = tuple(
        ListenerSettings(one.port, one.host, "with TLS" if one.certificate else "", names=one.names, doors=one.doors)
        for one in settings.http.listeners
    )
    http = dataclasses.replace(settings.http, listeners=bare)
    of_smpp = tuple(
        SmppListenerSettings(one.port, one.host, one.flavour, "with TLS" if one.certificate else "")
        for one in settings.smpp.listeners
    )
    smpp = dataclasses.replace(settings.smpp, listeners=of_smpp)
    of_smtp = tuple(
        SmtpListenerSettings(one.port, one.host, "with TLS" if one.certificate else "", tls=one.tls)
        for one in settings.smtp.listeners
    )
    smtp = dataclasses.replace(settings.smtp, listeners=of_smtp)
    return dataclasses.replace(settings, http=http, smpp=smpp, smtp=smtp, routes=(), tariffs=())


def _differing(one: object, other: object, name: str) -> Iterator[str]:
    """Dotted names of the fields of two dataclasses of one type that differ; lists of tables as a whole."""
    assert dataclasses.is_dataclass(one)
    for field in dataclasses.fields(one):
        mine, its = getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(mine):
            yield from _differing(mine, its, f"{name}{field.name}.")
        elif mine != its:
            yield f"{name}{field.name}"
