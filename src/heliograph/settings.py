"""Everything an operator can set, in one place: what `heliograph.toml` holds and `explain-config` prints.

Part of the composition root: it gathers the settings of the rooms, which know nothing of the file they come from.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Annotated, Final, Literal

from msgspec import Meta

from heliograph.backoffice.commands import CommandSettings
from heliograph.backoffice.links import LinkSettings
from heliograph.backoffice.rents import OfferedNumber
from heliograph.backoffice.retention import RetentionSettings
from heliograph.backoffice.senders import SenderSettings
from heliograph.backoffice.templates import TemplateSettings
from heliograph.connectors import smpp_profiles, smpp_settings
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.core.pricing import TariffLine
from heliograph.core.routing import VIRTUAL, Rule
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.doors.smpp_limits import SmppDoorSettings
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smsclub import SmsClubSettings
from heliograph.doors.smtp_settings import SmtpDoorSettings
from heliograph.doors.v1 import V1Settings
from heliograph.net.smtp_client import MailSettings
from heliograph.simulator.personality import PERSONALITIES

Port = Annotated[int, Meta(ge=0, le=65535)]
_OF_NAMES: Final = frozenset(string.ascii_lowercase + string.digits + "-.")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where messages are kept."""

    kind: Annotated[
        Literal["sqlite", "postgres"],
        "Which store keeps the messages: a file, or a PostgreSQL server (docs/stores.md).",
    ] = "sqlite"
    path: Annotated[str, "Database file of sqlite; a relative path is within the data folder."] = "heliograph.db"
    url: Annotated[str, "Database of postgres: postgresql://user@host:5432/database."] = field(default="", repr=False)
    password: Annotated[
        str, "Password of that user; better: password_file, the name of a file with it, or libpq's own places."
    ] = field(default="", repr=False)


HttpDoor = Literal[
    "monitors", "links", "samples", "v1", "smsclub", "gateway_http", "gateway_xml", "smsc", "soap", "oms"
]
"""What a listener can carry; monitors are /healthz, /readyz and /metrics, samples programs for download."""


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """One address of the HTTP doors, with TLS or without."""

    port: Annotated[int, Meta(ge=0, le=65535), "Port to listen on; 0 = any free one."]
    host: Annotated[str, "Address to listen on; 0.0.0.0 = all of IPv4, :: = all of IPv6 and IPv4."] = "127.0.0.1"
    certificate: Annotated[
        str, "PEM file with certificate and chain, within the data folder if relative; empty = no TLS."
    ] = ""
    key: Annotated[str, "PEM file with the key of the certificate; empty = it is in the same file."] = ""
    key_password: Annotated[str, "Password of the key; better: key_password_file, the name of a file with it."] = ""
    names: Annotated[tuple[str, ...], "Host names answered to, others are refused with 421; empty = all."] = ()
    doors: Annotated[tuple[HttpDoor, ...], "Doors that are open here; empty = all."] = ()
    client_authorities: Annotated[
        str, "PEM file of the authorities whose certificates callers must show; empty = none is asked for."
    ] = ""


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """The HTTP listeners all HTTP doors share."""

    host: Annotated[str, "Address to listen on; 0.0.0.0 = all of IPv4, :: = all of IPv6 and IPv4."] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535), "Port to listen on; 0 = any free one."] = 8080
    listeners: tuple[ListenerSettings, ...] = ()
    max_body: Annotated[int, Meta(ge=1024, le=1 << 26), "Longest request body in bytes."] = 4 << 20
    trusted_proxies: Annotated[
        tuple[str, ...], "Addresses or networks whose X-Forwarded-For and -Proto are believed; empty = nobody's."
    ] = ()

    @property
    def every_listener(self) -> tuple[ListenerSettings, ...]:
        """Those of the list; without a list the one of `host` and `port`."""
        return self.listeners or (ListenerSettings(self.port, self.host),)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """How much may wait and how long it lives."""

    validity_s: Annotated[
        int, Meta(ge=1, le=30 * 86400), "Validity in seconds of a message whose sender named none."
    ] = 86400
    max_waiting: Annotated[int, Meta(ge=1), "Parts that may wait in all; above it new ones are refused."] = 5_000_000
    max_waiting_per_account: Annotated[
        int, Meta(ge=0), "Parts one account may have waiting unless its own setting says otherwise; 0 = no limit."
    ] = 0
    least_free_disk_mib: Annotated[int, Meta(ge=0), "Below so many MiB of free disk nothing new is accepted."] = 1024
    window: Annotated[int, Meta(ge=100), "Parts each connector keeps in memory; the rest waits in the store."] = 20_000
    silent_after_s: Annotated[
        int, Meta(ge=1), "Seconds after its validity until a message without a receipt is given up as UNKNOWN."
    ] = 86400
    parts_wait_s: Annotated[
        int, Meta(ge=1, le=86400), "Seconds the parts of a long message, submitted one by one, wait for each other."
    ] = 300
    incoming_parts_wait_s: Annotated[
        int, Meta(ge=1, le=86400), "Seconds the parts of a longer text from a handset wait for each other."
    ] = 600
    grace_s: Annotated[int, Meta(ge=0, le=600), "Seconds a stopping gateway waits for answers that are due."] = 10


@dataclass(frozen=True, slots=True)
class StopListSettings:
    """Whom accounts may not write to."""

    opt_out_words: Annotated[
        tuple[str, ...],
        "A text from a handset that is one of these words, in any case, puts its sender on the stop list of the "
        "account it came to; empty = no text does.",
    ] = ("STOP", "СТОП")


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """Calls to customers' endpoints."""

    allow_networks: Annotated[
        tuple[str, ...], "Networks of private addresses that may be called all the same, such as 10.1.0.0/16."
    ] = ()
    timeout_s: Annotated[float, Meta(ge=0.1, le=120), "Seconds an endpoint has for its whole answer."] = 15.0
    handler_timeout_s: Annotated[
        float, Meta(ge=0.1, le=120), "Seconds a handler of SMSC's form has for its whole answer."
    ] = 30.0
    crc32_hex: Annotated[bool, "Write the crc32 of a handler's call as eight hex digits, not as a number."] = False


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The log, on standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], "Least severity that is written."] = "info"
    format: Annotated[Literal["auto", "json", "text"], "auto = text on a terminal, else JSON lines."] = "auto"
    mask: Annotated[bool, "Hide numbers and texts."] = True


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """One way to a carrier."""

    name: Annotated[str, "Name of the connector, unique; routes refer to it."]
    kind: Annotated[
        Literal["simulated", "smpp"], "What it is: smpp = a carrier by SMPP; simulated = one inside this process."
    ]
    personality: Annotated[str, "How a simulated carrier behaves; docs/simulator.md lists them."] = "polite"
    latency_ms: Annotated[
        int, Meta(ge=0, le=600_000), "Milliseconds a simulated carrier adds to each of its answers."
    ] = 0
    seed: Annotated[int, "Decides, with the name, whatever a simulated carrier leaves to chance."] = 0
    capture: Annotated[
        bool,
        "Write what is said, texts and numbers too: by SMPP into carrier-NAME.pcap, to a simulated carrier into "
        "carrier-NAME.parts.",
    ] = False
    window: Annotated[int, Meta(ge=1, le=100_000), "Parts a simulated carrier may have under way at once."] = 1_000
    speed: Annotated[float, Meta(ge=0), "Parts a second it may be given; 0 = as fast as it takes them."] = 0.0
    late_answer_wait_s: Annotated[
        float, Meta(ge=0.1, le=3600), "Seconds an answer is waited for on a living link; then the message is in doubt."
    ] = 60.0
    yield_after_s: Annotated[
        float,
        Meta(ge=0, le=3600),
        "Seconds without a link after which a node leaves its sessions to another node; 0 = never.",
    ] = 20.0
    smpp: SmppSettings = field(default_factory=SmppSettings)


@dataclass(frozen=True, slots=True)
class NumberingSettings:
    """Whose number is whose."""

    plan: Annotated[
        str,
        "CSV with prefix, mcc, mnc, country, operator, region, tz, within the data folder if relative; empty = none.",
    ] = ""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The whole configuration."""

    carrier_profiles: Annotated[
        str,
        "Folder with habits of carriers by SMPP, a TOML file each, within the data folder if relative; empty = none.",
    ] = ""
    store: StoreSettings = field(default_factory=StoreSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    v1: V1Settings = field(default_factory=V1Settings)
    smsclub: SmsClubSettings = field(default_factory=SmsClubSettings)
    smsc: SmscSettings = field(default_factory=SmscSettings)
    smpp: SmppDoorSettings = field(default_factory=SmppDoorSettings)
    senders: SenderSettings = field(default_factory=SenderSettings)
    templates: TemplateSettings = field(default_factory=TemplateSettings)
    incoming_numbers: tuple[OfferedNumber, ...] = ()
    links: LinkSettings = field(default_factory=LinkSettings)
    commands: CommandSettings = field(default_factory=CommandSettings)
    smtp: SmtpDoorSettings = field(default_factory=SmtpDoorSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    numbering: NumberingSettings = field(default_factory=NumberingSettings)
    queue: QueueSettings = field(default_factory=QueueSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    stop_list: StopListSettings = field(default_factory=StopListSettings)
    callbacks: CallbackSettings = field(default_factory=CallbackSettings)
    log: LogSettings = field(default_factory=LogSettings)
    connectors: tuple[ConnectorSettings, ...] = ()
    routes: tuple[Rule, ...] = ()
    tariffs: tuple[TariffLine, ...] = ()


def complaints(settings: GatewaySettings) -> list[str]:
    """What the types cannot say; routes and tariffs complain for themselves when they are compiled."""
    found: list[str] = []
    names = [connector.name for connector in settings.connectors]
    found += [f"the connector {name!r} exists twice" for name in sorted(set(names)) if names.count(name) > 1]
    if VIRTUAL in names:
        found.append(f"the connector name {VIRTUAL!r} is taken by the one of accounts in test mode")
    for connector in settings.connectors:
        if connector.personality not in PERSONALITIES:
            known = ", ".join(PERSONALITIES)
            found.append(
                f"the connector {connector.name!r} has the personality {connector.personality!r}; known: {known}"
            )
        if connector.kind == "smpp":
            where = f"smpp of the connector {connector.name!r}"
            found += [
                *smpp_settings.complaints(connector.smpp, where),
                *smpp_profiles.complaints(connector.smpp, where),
            ]
        elif connector.smpp != SmppSettings():
            found.append(f"the connector {connector.name!r} has settings of SMPP but is of the kind {connector.kind!r}")
    found += _store(settings.store)
    found += _listeners(settings.http)
    found += _smpp_listeners(settings.smpp)
    found += _smtp(settings.smtp)
    found += _shared_ports(settings)
    try:
        offset_s(settings.smsc.zone, 0)
    except UnknownZone as error:
        found.append(f"smsc.zone: {error}")
    found += _corrections(settings.smsc)
    found += _commands(settings.commands)
    if not settings.connectors:
        found.append("there is no connector: add [[connectors]], or nothing can be sent")
    for where, networks in (
        ("callbacks.allow_networks", settings.callbacks.allow_networks),
        ("http.trusted_proxies", settings.http.trusted_proxies),
        ("smtp.owners_networks", settings.smtp.owners_networks),
        ("smtp.mailboxes", [network for mailbox in settings.smtp.mailboxes for network in mailbox.from_networks]),
    ):
        for network in networks:
            try:
                ip_network(network, strict=False)
            except ValueError:
                found.append(f"{where} has {network!r}, which is no address or network")
    return found


def _store(store: StoreSettings) -> Iterator[str]:
    if store.kind != "postgres":
        if store.url or store.password:
            yield f'store.url and store.password are of the kind "postgres", but store.kind is "{store.kind}"'
    elif not store.url.startswith(("postgresql://", "postgres://")):
        yield 'store.url must name the database, as in "postgresql://heliograph@db.example.org:5432/heliograph"'


def _commands(commands: CommandSettings) -> Iterator[str]:
    known = Counter(word.casefold() for word in commands.words)
    for word, times in known.items():
        if times > 1:
            yield f"the word {word!r} stands for {times} commands"
        if not word or word.split() != [word]:
            yield f"commands has {word!r}, which is not one word"


def _corrections(smsc: SmscSettings) -> Iterator[str]:
    for number, rule in enumerate(smsc.corrections):
        if rule.complaint:
            yield f"smsc.corrections[{number}]: {rule.complaint}"


def smpp_as_http(smpp: SmppDoorSettings) -> HttpSettings:
    """The addresses of the SMPP door in the form listeners are made from."""
    return HttpSettings(
        listeners=tuple(
            ListenerSettings(
                one.port,
                one.host,
                one.certificate,
                one.key,
                one.key_password,
                client_authorities=one.client_authorities,
            )
            for one in smpp.listeners
        )
    )


def _smpp_listeners(smpp: SmppDoorSettings) -> Iterator[str]:
    for complaint in _listeners(smpp_as_http(smpp)):
        yield complaint.replace("http.listeners", "smpp.listeners")


def smtp_as_http(smtp: SmtpDoorSettings) -> HttpSettings:
    """The addresses of the SMTP door in the form listeners are made from."""
    return HttpSettings(
        listeners=tuple(
            ListenerSettings(one.port, one.host, one.certificate, one.key, one.key_password) for one in smtp.listeners
        )
    )


def every_door(settings: GatewaySettings) -> list[HttpSettings]:
    """The addresses of all doors, each protocol's in the form listeners are made from; a closed door has none."""
    doors = [settings.http]
    doors += [smpp_as_http(settings.smpp)] if settings.smpp.listeners else []
    return doors + ([smtp_as_http(settings.smtp)] if settings.smtp.listeners else [])


def _shared_ports(settings: GatewaySettings) -> Iterator[str]:
    """Ports that two listeners want; those of one protocol at one address are found with it."""
    names = ("http", *("smpp" for _ in settings.smpp.listeners[:1]), *("smtp" for _ in settings.smtp.listeners[:1]))
    wanted = [
        (name, one.host, one.port)
        for name, http in zip(names, every_door(settings), strict=True)
        for one in http.every_listener
        if one.port
    ]
    for number, (name, host, port) in enumerate(wanted):
        for other, its_host, its_port in wanted[:number]:
            if port == its_port and _overlap(host, its_host) and (name, host) != (other, its_host):
                yield f"port {port} is wanted twice: by {other} on {its_host} and by {name} on {host}"


def _overlap(host: str, other: str) -> bool:
    """Whether both hosts have an address in common; `::` takes IPv4 too."""
    one, two = ({"localhost": "127.0.0.1", "[::]": "::"}.get(given, given) for given in (host, other))
    both = (one, two)
    return one == two or "::" in both or ("0.0.0.0" in both and ":" not in one + two)  # noqa: S104 - not bound here


def _smtp(smtp: SmtpDoorSettings) -> Iterator[str]:
    for complaint in _listeners(smtp_as_http(smtp)):
        yield complaint.replace("http.listeners", "smtp.listeners")
    for number, listener in enumerate(smtp.listeners):
        if listener.tls == "always" and not listener.certificate:
            yield f'smtp.listeners[{number}] has tls = "always" but no certificate'
    for number, mailbox in enumerate(smtp.mailboxes):
        where = f"smtp.mailboxes[{number}]"
        if not mailbox.from_addresses:
            yield f"{where} lets nobody write: name from_addresses"
        if not (mailbox.numbers or mailbox.any_number or mailbox.numbers_in_body):
            yield f"{where} reaches nobody: name numbers, or any_number = true"
        if mailbox.from_hour >= mailbox.to_hour:
            yield f"{where} has no hour between from_hour and to_hour"
    if smtp.mailboxes and not smtp.domains:
        yield "smtp.mailboxes need smtp.domains"


def _listeners(http: HttpSettings) -> Iterator[str]:
    usual = HttpSettings()
    if http.listeners and (http.host, http.port) != (usual.host, usual.port):
        yield "http.host and http.port are for a single listener: leave them out beside [[http.listeners]]"
    addresses = Counter((listener.host, listener.port) for listener in http.listeners if listener.port)
    for (host, port), times in addresses.items():
        if times > 1:
            yield f"http.listeners has {host} port {port} {times} times"
    for number, listener in enumerate(http.listeners):
        where = f"http.listeners[{number}]"
        if not listener.certificate and (listener.key or listener.key_password):
            yield f"{where} has a key but no certificate"
        if not listener.certificate and listener.client_authorities:
            yield f"{where} asks for certificates of callers, but has none of its own"
        for name, value in (
            ("certificate", listener.certificate),
            ("key", listener.key),
            ("client_authorities", listener.client_authorities),
        ):
            if "-----BEGIN" in value:
                yield f"{where}.{name} must be the name of a file, not what is in it"
        for name in listener.names:
            if not name or not set(name.lower()) <= _OF_NAMES:
                yield f"{where}.names has {name!r}, which is no host name; write it without scheme and port"
