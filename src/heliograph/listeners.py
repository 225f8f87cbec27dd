"""From settings of listeners, of whichever protocol, to listeners: certificates, what is wrong with them, renewal.

Part of the composition root. Files are read here and nowhere else: at the start, at `check-config`, and when a
running gateway is told to look at them again.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard

from heliograph.config import BadConfig
from heliograph.doors.http_listener import Listener, written
from heliograph.settings import HttpSettings, ListenerSettings

if TYPE_CHECKING:
    from heliograph.net.certificates import Concern, Identity

_PROTOCOLS: Final = ["http/1.1"]
_WITH_SECRETS: Final = frozenset({"v1", "smsclub", "gateway_http", "gateway_xml", "smsc", "soap", "oms"})


def complaints(http: HttpSettings, folder: Path) -> list[str]:
    """What keeps the listeners from being made: certificates and keys that cannot be used."""
    return [found for found in (_read(one, folder) for one in http.every_listener) if isinstance(found, str)]


def concerns(http: HttpSettings, folder: Path, now: int) -> list[Concern]:
    """What customers will not like about certificates that can be used, at `now` in ms since the epoch."""
    found: list[Concern] = []
    for settings in http.every_listener:
        identity = _read(settings, folder)
        if _is_sound(identity):
            found += identity.concerns(settings.names, now)
    return found


def in_the_clear(http: HttpSettings) -> list[str]:
    """Listeners open to a network on which customers' secrets travel without TLS, where no proxy is said to stand
    before them: a password's MD5 or SHA-1 is as good as the password (B28)."""
    if http.trusted_proxies:
        return []
    return [
        f"{settings.host} port {settings.port} has no TLS: tokens, keys and passwords, also as MD5 or SHA-1, can be "
        "read on the way; put a certificate or a proxy there (see `account limits --no-hashed-passwords`, too)"
        for settings in http.every_listener
        if not settings.certificate
        and not _is_own(settings.host)
        and (not settings.doors or _WITH_SECRETS.intersection(settings.doors))
    ]


class Renewable(Protocol):
    """What listens with a certificate, or without one."""

    @property
    def has_tls(self) -> bool:
        """Whether there is a certificate to renew."""

    def renew(self, context: ssl.SSLContext) -> None:
        """New connections get another certificate."""


class Listeners:
    """The listeners of one protocol. Raises `BadConfig` if a certificate cannot be used."""

    def __init__(self, http: HttpSettings, folder: Path) -> None:
        self._folder = folder
        self._settings = list(http.every_listener)
        self._identities = [_read(settings, folder) for settings in self._settings]
        refused = [identity for identity in self._identities if isinstance(identity, str)]
        if refused:
            raise BadConfig(refused)

    def made(self) -> list[Listener]:
        """For the shell, in the order of the settings."""
        return [
            Listener(
                settings.host,
                settings.port,
                identity.context if _is_sound(identity) else None,
                settings.names,
                settings.doors,
            )
            for settings, identity in zip(self._settings, self._identities, strict=True)
        ]

    def renew(self, http: HttpSettings | None, entrances: Sequence[Renewable]) -> list[str]:
        """Read every certificate again, where `http` says (None = where it was), for new connections.

        Returns complaints; whom they concern keeps what it has. A listener is the same if its address is; one that
        is new, gone, or with TLS where it had none waits for the next start.
        """
        wanted = {(one.host, one.port): one for one in (http.every_listener if http is not None else ())}
        found: list[str] = []
        for number, (old, entrance) in enumerate(zip(self._settings, entrances, strict=True)):
            new = wanted.get((old.host, old.port), old)
            if not entrance.has_tls or not new.certificate:
                continue
            identity = _read(new, self._folder)
            if isinstance(identity, str):
                found.append(identity)
            elif identity is not None:
                self._identities[number] = identity
                self._settings[number] = replace(
                    old,
                    certificate=new.certificate,
                    key=new.key,
                    key_password=new.key_password,
                    client_authorities=new.client_authorities,
                )
                entrance.renew(identity.context)
        return found

    def concerns(self, now: int) -> list[Concern]:
        """What customers do not like about the certificates in use."""
        return [
            concern
            for settings, identity in zip(self._settings, self._identities, strict=True)
            if _is_sound(identity)
            for concern in identity.concerns(settings.names, now)
        ]

    def expiries(self) -> dict[str, float]:
        """When the certificate of each listener with TLS expires, in seconds since the epoch, by its address."""
        return {
            written(settings.host, settings.port): identity.expires_at / 1000
            for settings, identity in zip(self._settings, self._identities, strict=True)
            if _is_sound(identity)
        }


def _is_sound(identity: Identity | str | None) -> TypeGuard[Identity]:
    """Neither a complaint nor nothing."""
    return identity is not None and not isinstance(identity, str)


def _read(settings: ListenerSettings, folder: Path) -> Identity | str | None:
    """The identity of one listener; a complaint; None without TLS."""
    if not settings.certificate:
        return None
    # Only who has a certificate needs what reads them, and waits for it.
    from heliograph.net.certificates import BadCertificate, read_identity

    certificate, key = folder / settings.certificate, folder / settings.key if settings.key else None
    callers = folder / settings.client_authorities if settings.client_authorities else None
    try:
        return read_identity(certificate, key, settings.key_password, protocols=_PROTOCOLS, callers=callers)
    except BadCertificate as error:
        return str(error)


def _is_own(host: str) -> bool:
    """Whether only this machine reaches it."""
    return host in ("localhost", "::1") or host.startswith("127.")
