"""Certificates of our own listeners: read with their keys, and looked at for what is wrong with them.

Whatever a file can have wrong is said in one sentence that names it. An identity out of its time can be used all the
same: a gateway that will not start again helps its customers less than one whose certificate some of them refuse.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from heliograph.net.tls import server_context

_DAY_MS: Final = 86_400_000
EXPIRES_SOON_MS: Final = 14 * _DAY_MS
"""From so long before its end on a certificate is warned of; whoever renews by machine does it earlier."""


class BadCertificate(Exception):
    """Certificate and key cannot be used; the text names the file and the remedy."""


class Concern(NamedTuple):
    """What is wrong with a certificate that can be used. `is_fault`: customers will refuse it today."""

    text: str
    is_fault: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key, ready to be used. Times in ms since the epoch UTC."""

    context: ssl.SSLContext
    file: Path
    names: tuple[str, ...]
    """Host names and addresses it is made out to; `*.example.com` stands for one label."""
    begins_at: int
    expires_at: int

    def is_for(self, name: str) -> bool:
        """Whether a client that asked for this host name accepts it (RFC 6125, 6.4)."""
        name = name.lower()
        above = "*." + name.partition(".")[2]
        return any(mine.lower() in (name, above) for mine in self.names)

    def concerns(self, names: Sequence[str], now: int) -> list[Concern]:
        """What a customer will not like about it at `now`; `names` are the host names it is used under."""
        found = [
            Concern(f"{self.file} is not made out to {name}, but to {', '.join(self.names) or 'nobody'}", True)
            for name in names
            if not self.is_for(name)
        ]
        if now >= self.expires_at:
            found.append(Concern(f"{self.file} expired on {_day(self.expires_at)}", True))
        elif now < self.begins_at:
            found.append(Concern(f"{self.file} is not valid before {_day(self.begins_at)}", True))
        elif now >= self.expires_at - EXPIRES_SOON_MS:
            days = (self.expires_at - now) // _DAY_MS
            found.append(Concern(f"{self.file} expires on {_day(self.expires_at)}, in {days} days", False))
        return found


def read_identity(
    certificate: Path, key: Path | None, password: str, *, protocols: list[str], callers: Path | None = None
) -> Identity:
    """Read a certificate, the chain above it and its key (None = in the same file) from PEM files.

    `protocols` are offered by ALPN; `callers` are the authorities by which callers must prove who they are, None = they
    need not. Raises `BadCertificate`.
    """
    if callers is not None:
        _chain(callers)
    chain = _chain(certificate)
    in_file = key or certificate
    private = _key(in_file, password)
    own = chain[0]
    if _spki(own.public_key()) != _spki(private.public_key()):
        raise BadCertificate(f"the key in {in_file} does not belong to the certificate in {certificate}")
    try:
        trusted = str(callers) if callers is not None else ""
        context = server_context(str(certificate), str(in_file), password, protocols=protocols, callers=trusted)
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error)
        why = reason.replace("_", " ").lower()
        raise BadCertificate(f"{certificate} with its key cannot be used: {why}") from None
    return Identity(context, certificate, _names(own), _ms(own.not_valid_before_utc), _ms(own.not_valid_after_utc))


def self_signed(names: Sequence[str], addresses: Sequence[str], begins_at: int, days: int) -> bytes:
    """A certificate that nobody signed but itself, with its key, as PEM: for trying things out on one machine.

    Whoever is to believe it has to be given it. `begins_at` in ms since the epoch.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    begins = datetime.fromtimestamp(begins_at / 1000, UTC)
    named = [*map(x509.DNSName, names), *(x509.IPAddress(ip_address(address)) for address in addresses)]
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days))
        .add_extension(x509.SubjectAlternativeName(named), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _chain(path: Path) -> list[x509.Certificate]:
    data = _read(path)
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise BadCertificate(f"{path} holds no certificate in PEM form") from None


def _key(path: Path, password: str) -> PrivateKeyTypes:
    data = _read(path)
    if b"PRIVATE KEY-----" not in data:
        raise BadCertificate(f"{path} holds no key in PEM form: name the file of the key as key")
    is_encrypted = b"BEGIN ENCRYPTED PRIVATE KEY" in data or b"4,ENCRYPTED" in data
    if is_encrypted and not password:
        raise BadCertificate(f"the key in {path} is encrypted: name a file with its password as key_password_file")
    try:
        return load_pem_private_key(data, password.encode() if is_encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        wrong = f"the password does not open the key in {path}" if is_encrypted else f"the key in {path} is damaged"
        raise BadCertificate(wrong) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadCertificate(f"{path} cannot be read: {error.strerror}") from None


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()  # a common name alone counts for nobody any more (RFC 9110, 4.3.4)
    addresses = (str(address) for address in named.get_values_for_type(x509.IPAddress))
    return (*named.get_values_for_type(x509.DNSName), *addresses)


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
