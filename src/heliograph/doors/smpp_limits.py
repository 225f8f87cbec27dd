"""What an operator may set for SMPP: where it listens, and how much one peer may ask for (smsc-protocols.md 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta

NAME: Final = "smpp"
"""The door's name, as messages and `closed_doors` have it."""

_Seconds = Annotated[int, Meta(ge=1, le=3600)]


@dataclass(frozen=True, slots=True)
class SmppListenerSettings:
    """One address of the SMPP door, with TLS or without."""

    port: Annotated[int, Meta(ge=0, le=65535), "Port to listen on; 0 = any free one."]
    host: Annotated[str, "Address to listen on; 0.0.0.0 = all of IPv4, :: = all of IPv6 and IPv4."] = "127.0.0.1"
    flavour: Annotated[
        Literal["", "smsc", "smsclub", "plain"],
        "Whose SMPP is spoken to credentials without a flavour; empty = by port: 3700, 3443 smsc, 2775, 2777 smsclub.",
    ] = ""
    certificate: Annotated[
        str, "PEM file with certificate and chain, within the data folder if relative; empty = no TLS."
    ] = ""
    key: Annotated[str, "PEM file with the key of the certificate; empty = it is in the same file."] = ""
    key_password: Annotated[str, "Password of the key; better: key_password_file, the name of a file with it."] = ""
    client_authorities: Annotated[
        str, "PEM file of the authorities whose certificates callers must show; empty = none is asked for."
    ] = ""


@dataclass(frozen=True, slots=True)
class SmppDoorSettings:
    """The SMPP door. Without a listener it is closed."""

    listeners: tuple[SmppListenerSettings, ...] = ()
    max_connections: Annotated[int, Meta(ge=1, le=100_000), "Connections in all."] = 2_000
    max_binds: Annotated[int, Meta(ge=1, le=1_000), "Binds of one system_id at once."] = 10
    max_pending: Annotated[
        int, Meta(ge=1, le=100_000), "Requests of one bind without our answer; the next is throttled."
    ] = 5_000
    window: Annotated[
        int, Meta(ge=0, le=10_000), "deliver_sm of one bind without an answer; 0 = smsc 5, smsclub 10, plain 100."
    ] = 0
    smsc_speed: Annotated[int, Meta(ge=0), "Messages a second of one account, smsc; 0 = no limit."] = 100
    smsclub_speed: Annotated[int, Meta(ge=0), "Messages a second of one account, smsclub; 0 = no limit."] = 30
    plain_speed: Annotated[int, Meta(ge=0), "Messages a second of one account, plain; 0 = no limit."] = 0
    capture: Annotated[
        tuple[str, ...], "system_ids whose sessions are written, texts and numbers too, into smpp-NAME.pcap."
    ] = ()
    overspeed: Annotated[
        Literal["refuse", "wait"], "Above the speed: answer 0x58, or read no faster than is allowed."
    ] = "refuse"
    bind_s: Annotated[_Seconds, "Seconds from the connection to the bind."] = 10
    enquire_link_s: Annotated[_Seconds, "Seconds of silence after which we ask whether the peer is there."] = 60
    response_s: Annotated[_Seconds, "Seconds a peer has for an answer."] = 30
    failed_logins: Annotated[
        int, Meta(ge=1), "Failed binds of one address within failed_logins_window_s that block it."
    ] = 10
    failed_logins_window_s: Annotated[int, Meta(ge=1), "Seconds in which failed binds are counted."] = 600
    block_s: Annotated[int, Meta(ge=1), "Seconds for which such an address is refused."] = 600
    failed_login_pause_s: Annotated[float, Meta(ge=0, le=10), "Seconds the answer to a failed bind is held back."] = 1.0

    def speed(self, flavour: str) -> int:
        """Messages a second of one account; 0 = no limit."""
        return {"smsc": self.smsc_speed, "smsclub": self.smsclub_speed}.get(flavour, self.plain_speed)
