"""The client's side of TLS: what we demand of who we connect to, and how we show who we are."""

from __future__ import annotations

import ssl


def client_context(authorities: str, certificate: str, key: str, password: str) -> ssl.SSLContext:
    """TLS 1.2 and newer; the other side must prove its name.

    `authorities` is a PEM file of those trusted, "" = the system's; `certificate` and `key` are PEM files of ours, ""
    = we show none, or the key is in the same file; `password` "" = the key is not encrypted. Raises `OSError`, of
    which `ssl.SSLError` is one.
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate, key or None, lambda: password)
    return context
