"""What an operator may set for SMTP: where it listens, how much it takes, and which mails become messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta

from heliograph.model.subclient import Flag, Profile

NAME: Final = "smtp"
"""The door's name, as messages and `closed_doors` have it."""

MOST_TEXT: Final = 1000
"""Characters of a message made of a mail."""

Part = Literal["subject", "text", "sender"]
_Hour = Annotated[int, Meta(ge=0, le=24)]


@dataclass(frozen=True, slots=True)
class SmtpListenerSettings:
    """One address of the SMTP door; with a certificate it offers STARTTLS, or speaks TLS from the start."""

    port: Annotated[int, Meta(ge=0, le=65535), "Port to listen on; 0 = any free one."]
    host: Annotated[str, "Address to listen on; 0.0.0.0 = all of IPv4, :: = all of IPv6 and IPv4."] = "127.0.0.1"
    certificate: Annotated[
        str, "PEM file with certificate and chain, within the data folder if relative; empty = no STARTTLS."
    ] = ""
    key: Annotated[str, "PEM file with the key of the certificate; empty = it is in the same file."] = ""
    key_password: Annotated[str, "Password of the key; better: key_password_file, the name of a file with it."] = ""
    tls: Annotated[
        Literal["starttls", "always"], "With a certificate: TLS after STARTTLS, or from the start (port 465)."
    ] = "starttls"


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """One account whose mails become messages: LOGIN@domain, LOGIN+NUMBER@domain, NUMBER@domain."""

    account: Annotated[str, "Login of the account that sends and pays."]
    from_addresses: Annotated[
        tuple[str, ...], "Who may write: addresses, or @domain for everybody there; nobody else is let in."
    ]
    from_networks: Annotated[tuple[str, ...], "From where it may be written, in CIDR form; empty = from anywhere."] = ()
    numbers: Annotated[tuple[str, ...], "Whom LOGIN@domain reaches."] = ()
    any_number: Annotated[bool, "The number may stand in the address: LOGIN+NUMBER@domain, NUMBER@domain."] = False
    from_hour: Annotated[_Hour, "First hour of the day, in the account's zone, in which mails become messages."] = 0
    to_hour: Annotated[_Hour, "The hour in which that ends."] = 24
    most_characters: Annotated[int, Meta(ge=1, le=1000), "A longer message is cut."] = 1000
    parts: Annotated[tuple[Part, ...], "What of a mail goes into the message."] = (
        "subject",
        "text",
    )
    translit: Annotated[bool, "Write the message in Latin letters."] = False
    numbers_in_body: Annotated[bool, "The first line of the text may hold the numbers; it is not sent."] = False


@dataclass(frozen=True, slots=True)
class SmtpDoorSettings:
    """The SMTP door. Without a listener it is closed."""

    listeners: tuple[SmtpListenerSettings, ...] = ()
    hostname: Annotated[str, "The name it greets with."] = "heliograph"
    max_size: Annotated[int, Meta(ge=1024, le=1 << 24), "Longest mail in bytes; a longer one is refused with 552."] = (
        100 * 1024
    )
    max_connections: Annotated[int, Meta(ge=1, le=100_000), "Connections in all."] = 500
    timeout_s: Annotated[int, Meta(ge=1, le=3600), "Seconds from one command to the next, a mail included."] = 60
    failed_login_pause_s: Annotated[float, Meta(ge=0, le=30), "Seconds the answer to wrong credentials waits."] = 1.0
    domains: Annotated[tuple[str, ...], "Domains at which mails become messages; empty = none."] = ()
    mailboxes: Annotated[tuple[MailboxSettings, ...], "Accounts whose mails become messages."] = ()
    owners_networks: Annotated[
        tuple[str, ...], "From where mails may come that sub-clients' owners want as messages; empty = from anywhere."
    ] = ()


def mailbox_of(login: str, profile: Profile, networks: tuple[str, ...]) -> MailboxSettings | None:
    """The mailbox that an owner set up for a sub-client (smsc-directory.md 3.2: `mph`, `mh1`, `mh2`, `mlen`, `mfl`);
    None without numbers, or without an address of the sub-client's own to write from."""
    writers = tuple(address for address in (profile.email, profile.second_email) if address)
    numbers = tuple(number for number in re.split(r"[,;\s]+", profile.mail_numbers) if number)
    in_address, in_body = profile.has(Flag.MAIL_NUMBERS_IN_ADDRESS), profile.has(Flag.MAIL_NUMBERS_IN_BODY)
    if profile.has(Flag.MAIL_OFF) or not writers or not (numbers or in_address or in_body):
        return None
    left_out: tuple[tuple[Part, Flag], ...] = (
        ("subject", Flag.MAIL_WITHOUT_SUBJECT),
        ("text", Flag.MAIL_WITHOUT_TEXT),
        ("sender", Flag.MAIL_WITHOUT_ADDRESS),
    )
    return MailboxSettings(
        login,
        writers,
        networks,
        numbers,
        in_address,
        profile.mail_from_hour,
        profile.mail_to_hour,
        profile.mail_length or MOST_TEXT,
        tuple(part for part, flag in left_out if not profile.has(flag)),
        profile.has(Flag.MAIL_TRANSLITERATED),
        in_body,
    )
