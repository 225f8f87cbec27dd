"""Certificates of our own listeners: what is wrong with them is said, what can be used is used."""

from __future__ import annotations

import contextlib
import datetime
import ssl
import time

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from heliograph.net.certificates import BadCertificate, Concern, read_identity, self_signed

DAY_MS = 86_400_000
BEGINS = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
ENDS = datetime.datetime(2026, 4, 1, 12, 30, tzinfo=datetime.UTC)
BEGINS_AT = 1_767_225_600_000
ENDS_AT = 1_775_046_600_000

authority = trustme.CA()


def issue(folder, *names, begins=BEGINS, ends=ENDS, **how):
    """Certificate, key, and both in one file."""
    issued = authority.issue_cert(*(names or ("gateway.example",)), not_before=begins, not_after=ends, **how)
    paths = [folder / name for name in ("cert.pem", "key.pem", "both.pem")]
    issued.cert_chain_pems[0].write_to_path(paths[0])
    issued.private_key_pem.write_to_path(paths[1])
    paths[2].write_bytes(paths[0].read_bytes() + paths[1].read_bytes())
    return paths


def encrypted(path, password, form=PrivateFormat.PKCS8):
    """The key in `path`, encrypted beside it."""
    key = load_pem_private_key(path.read_bytes(), None)
    new = path.with_name("locked.pem")
    new.write_bytes(key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(password)))
    return new


def identity_of(certificate, key=None, password=""):
    return read_identity(certificate, key, password, protocols=["http/1.1"])


def complaint_of(*what):
    with pytest.raises(BadCertificate) as caught:
        identity_of(*what)
    return str(caught.value)


def test_a_certificate_is_read_with_its_names_and_times(tmp_path):
    cert, key, both = issue(tmp_path, "gateway.example", "*.example.org", "192.0.2.1", "2001:db8::1")
    for identity in (identity_of(cert, key), identity_of(both)):
        assert identity.names == ("gateway.example", "*.example.org", "192.0.2.1", "2001:db8::1")
        assert (identity.begins_at, identity.expires_at) == (BEGINS_AT, ENDS_AT)
        assert identity.context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_key_may_stand_before_the_certificate_in_one_file(tmp_path):
    cert, key, both = issue(tmp_path)
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    assert identity_of(both).names == ("gateway.example",)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("kind", [trustme.KeyType.ECDSA, trustme.KeyType.RSA])
def test_an_encrypted_key_opens_with_its_password_only(tmp_path, form, kind):
    cert, key, _ = issue(tmp_path, key_type=kind)
    locked = encrypted(key, b"open sesame", form)
    assert identity_of(cert, locked, "open sesame").names == ("gateway.example",)
    assert complaint_of(cert, locked, "sesame") == f"the password does not open the key in {locked}"
    needs = f"the key in {locked} is encrypted: name a file with its password as key_password_file"
    assert complaint_of(cert, locked) == needs
    assert identity_of(cert, key, "a password too many").names == ("gateway.example",)


def test_what_is_wrong_with_the_files_is_said(tmp_path):
    cert, key, _ = issue(tmp_path)
    gone, other = tmp_path / "gone.pem", tmp_path / "other"
    other.mkdir()
    _, foreign, _ = issue(other)
    empty, damaged = tmp_path / "empty.pem", tmp_path / "damaged.pem"
    empty.write_bytes(b"")
    damaged.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    cut = tmp_path / "cut.pem"
    cut.write_bytes(cert.read_bytes()[:200])
    assert complaint_of(gone) == f"{gone} cannot be read: No such file or directory"
    assert complaint_of(cert, gone) == f"{gone} cannot be read: No such file or directory"
    assert complaint_of(tmp_path) == f"{tmp_path} cannot be read: Is a directory"
    assert complaint_of(empty, key) == f"{empty} holds no certificate in PEM form"
    assert complaint_of(cut, key) == f"{cut} holds no certificate in PEM form"
    assert complaint_of(key, key) == f"{key} holds no certificate in PEM form"
    assert complaint_of(cert) == f"{cert} holds no key in PEM form: name the file of the key as key"
    assert complaint_of(cert, damaged) == f"the key in {damaged} is damaged"
    assert complaint_of(cert, foreign) == f"the key in {foreign} does not belong to the certificate in {cert}"


def test_a_key_too_weak_for_TLS_is_refused(tmp_path):
    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "weak.example")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, BEGINS, ENDS).sign(key, hashes.SHA256())
    weak = tmp_path / "weak.pem"
    weak.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    assert complaint_of(weak) == f"{weak} with its key cannot be used: ee key too small"


def test_a_certificate_out_of_its_time_can_be_used_but_is_a_concern(tmp_path):
    cert, key, _ = issue(tmp_path)
    identity = identity_of(cert, key)

    def at(now):
        return identity.concerns((), now)

    expired = [Concern(f"{cert} expired on 2026-04-01 12:30 UTC", True)]
    early = [Concern(f"{cert} is not valid before 2026-01-01 00:00 UTC", True)]
    soon = [Concern(f"{cert} expires on 2026-04-01 12:30 UTC, in 13 days", False)]
    assert at(BEGINS_AT - 1) == early
    assert at(BEGINS_AT) == []
    assert at(ENDS_AT - 14 * DAY_MS - 1) == []
    assert at(ENDS_AT - 14 * DAY_MS + 1) == soon
    assert at(ENDS_AT - 1)[0].is_fault is False
    assert at(ENDS_AT) == expired


def test_a_certificate_signed_by_itself_is_good_for_who_is_given_it(tmp_path):
    path = tmp_path / "own.pem"
    now = int(time.time() * 1000)
    path.write_bytes(self_signed(["localhost"], ["127.0.0.1", "::1"], now, 30))
    identity = identity_of(path)
    assert identity.names == ("localhost", "127.0.0.1", "::1")
    assert identity.expires_at - identity.begins_at == 30 * DAY_MS
    assert identity.concerns(["localhost", "127.0.0.1", "::1"], now) == []
    trusting = ssl.create_default_context(cafile=path)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    for name in identity.names:
        shake_hands(identity.context, trusting, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(identity.context, trusting, "other.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(identity.context, ssl.create_default_context(), "localhost")


def shake_hands(serving, calling, name):
    """Both sides in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    client = calling.wrap_bio(to_client, to_server, server_hostname=name)
    for side in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()


@pytest.mark.parametrize(
    ("name", "is_for"),
    [
        ("gateway.example", True),
        ("GATEWAY.example", True),
        ("sms.example.org", True),
        ("example.org", False),
        ("a.sms.example.org", False),
        ("192.0.2.1", True),
        ("other.example", False),
    ],
)
def test_a_certificate_made_out_to_others_is_a_concern(tmp_path, name, is_for):
    cert, key, _ = issue(tmp_path, "gateway.example", "*.example.org", "192.0.2.1")
    found = identity_of(cert, key).concerns([name], BEGINS_AT)
    said = f"{cert} is not made out to {name}, but to gateway.example, *.example.org, 192.0.2.1"
    assert found == ([] if is_for else [Concern(said, True)])
