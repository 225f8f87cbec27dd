"""What an operator sets of a connection to a carrier that speaks SMPP: `smpp.…` of a connector of this kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from heliograph.connectors.smpp_ids import MessageIds


@dataclass(frozen=True, slots=True)
class SmppSettings:
    """How to reach the carrier, and its habits."""

    host: Annotated[str, "Name or address of the carrier's message centre."] = ""
    port: Annotated[int, Meta(ge=1, le=65535), "Port its message centre listens on."] = 2775
    system_id: Annotated[str, "Login the carrier gave, at most 64 letters."] = ""
    password: Annotated[str, "Password; better: password_file, the name of a file with it."] = field(
        default="", repr=False
    )
    system_type: Annotated[str, "What the carrier wants as system_type; mostly nothing."] = ""
    bind: Annotated[
        Literal["trx", "tx+rx", "tx"],
        "trx = transceivers; tx+rx = pairs of a transmitter and a receiver; tx = transmitters alone, no receipts.",
    ] = "trx"
    sessions: Annotated[int, Meta(ge=1, le=64), "Sessions, or pairs of them, that are kept open."] = 1
    window: Annotated[int, Meta(ge=1, le=10_000), "submit_sm that may wait for their answers, in each session."] = 10
    interface_version: Annotated[int, Meta(ge=0, le=255), "Version said in the bind: 52 = 3.4, 51 = 3.3, 80 = 5.0."] = (
        0x34
    )
    address_range: Annotated[str, "address_range of the bind; mostly nothing."] = ""
    tls: Annotated[bool, "Speak TLS; the carrier's certificate is checked against its name."] = False
    authorities: Annotated[str, "PEM file of the authorities trusted for TLS; empty = the system's."] = ""
    certificate: Annotated[str, "PEM file with our own certificate, for carriers that ask for one; empty = none."] = ""
    key: Annotated[str, "PEM file with the key of the certificate; empty = it is in the same file."] = ""
    key_password: Annotated[str, "Password of the key; better: key_password_file, the name of a file with it."] = field(
        default="", repr=False
    )
    profiles: Annotated[
        tuple[str, ...], "Habits under a name, such as smpp-3.3; docs/connectors/smpp.md lists them."
    ] = ()
    message_ids: Annotated[
        MessageIds,
        "How answers and receipts spell an id: learned = found out; same; hex-decimal = hex in answers, decimal in "
        "receipts; decimal-hex; any-case; any-zeros.",
    ] = "learned"
    receipts_by_number: Annotated[
        bool, "Receipts may name no message: then the oldest one to their number that waits for a receipt is meant."
    ] = False
    source_ton: Annotated[
        int, Meta(ge=-1, le=255), "source_addr_ton; -1 = by the sender: name 5, number 1, short 0."
    ] = -1
    source_npi: Annotated[
        int, Meta(ge=-1, le=255), "source_addr_npi; -1 = by the sender: name 0, number 1, short 0."
    ] = -1
    dest_ton: Annotated[int, Meta(ge=0, le=255), "dest_addr_ton; 1 = international."] = 1
    dest_npi: Annotated[int, Meta(ge=0, le=255), "dest_addr_npi; 1 = the telephone numbering plan."] = 1
    service_type: Annotated[str, "service_type of each message, at most 5 letters; mostly nothing."] = ""
    alphabet: Annotated[
        Literal["gsm", "gsm-packed", "latin-1"],
        "How texts of the GSM alphabet go: a letter an octet, packed into seven bits, or as Latin-1.",
    ] = "gsm"
    gsm_data_coding: Annotated[
        int, Meta(ge=0, le=255), "data_coding that says this alphabet to the carrier; 0 = its default one, 3 = Latin-1."
    ] = 0
    incoming_alphabet: Annotated[
        Literal["gsm", "gsm-packed", "latin-1"], "What data_coding 0 means in messages that come in."
    ] = "gsm"
    long_messages: Annotated[
        Literal["udh", "sar", "payload"],
        "How a long text goes: in parts with a header in the text, in parts with sar_* parameters, or whole as "
        "message_payload.",
    ] = "udh"
    registered_delivery: Annotated[int, Meta(ge=0, le=31), "Asks for receipts; 1 = of the end, 0 = of nothing."] = 1
    validity: Annotated[
        Literal["relative", "absolute", "none"], "How the carrier is told how long a message is worth delivering."
    ] = "relative"
    receipt_zone_quarters: Annotated[
        int, Meta(ge=-48, le=56), "Zone of the dates in receipts, in quarters of an hour ahead of UTC."
    ] = 0
    receipt_errors: Annotated[
        Literal["gsm", "smsc"], "What err in receipts means: codes of the GSM network, or the list of SMSC's interface."
    ] = "gsm"
    enquire_link_s: Annotated[float, Meta(ge=0.05, le=3600), "Silence after which the link is tried."] = 30.0
    response_s: Annotated[
        float, Meta(ge=0.05, le=600), "Seconds until an answer is late: its place in the window is free again."
    ] = 10.0
    connect_s: Annotated[float, Meta(ge=0.1, le=120), "Seconds for the connection, and again for the bind."] = 10.0
    reconnect_least_s: Annotated[float, Meta(ge=0.01, le=600), "First pause before a lost link is tried again."] = 1.0
    reconnect_most_s: Annotated[float, Meta(ge=0.01, le=3600), "Longest pause before it is."] = 60.0
    temporary_statuses: Annotated[
        tuple[int, ...], "Further command_status after which a message is tried again, such as 0x400."
    ] = ()
    throttled_statuses: Annotated[tuple[int, ...], "Further command_status that mean: slower."] = ()
    permanent_statuses: Annotated[tuple[int, ...], "command_status that are the end of a message all the same."] = ()


def complaints(settings: SmppSettings, where: str) -> Iterator[str]:
    """What the types cannot say."""
    if not settings.host:
        yield f"{where}.host is missing: name the carrier's message centre"
    if not settings.system_id:
        yield f"{where}.system_id is missing: it is the login the carrier gave"
    for name, most in (
        ("system_id", 64),
        ("password", 64),
        ("system_type", 32),
        ("address_range", 40),
        ("service_type", 5),
    ):
        value = getattr(settings, name)
        if len(value) > most or not value.isascii() or "\0" in value:
            yield f"{where}.{name} must be at most {most} ASCII letters"
    for name, value in (
        ("authorities", settings.authorities),
        ("certificate", settings.certificate),
        ("key", settings.key),
    ):
        if "-----BEGIN" in value:
            yield f"{where}.{name} must be the name of a file, not what is in it"
    if settings.key and not settings.certificate:
        yield f"{where} has a key but no certificate"
    if not settings.tls and (settings.authorities or settings.certificate):
        yield f"{where} has certificates but tls is off"
    if settings.reconnect_least_s > settings.reconnect_most_s:
        yield f"{where}.reconnect_least_s is longer than reconnect_most_s"
    said = [*settings.temporary_statuses, *settings.throttled_statuses, *settings.permanent_statuses]
    for status in sorted({status for status in said if said.count(status) > 1}):
        yield f"{where} says two things of the command_status 0x{status:02X}"
