"""Certificates made for the occasion, and a caller who has TLS in its own hands, byte by byte."""

from __future__ import annotations

import asyncio
import functools
import ssl
import tempfile
from pathlib import Path

import trustme
from http_world import PATIENCE, listening

from heliograph.doors.http_listener import Listener
from heliograph.net.tls import server_context

NAME = "gateway.example"


@functools.cache
def authority():
    """Who signs every certificate of these tests."""
    return trustme.CA()


def issued(folder, *names, file="gateway.pem"):
    """A file with a new certificate for these names and its key."""
    path = Path(folder) / file
    authority().issue_cert(*(names or (NAME, "127.0.0.1"))).private_key_and_cert_chain_pem.write_to_path(path)
    return path


def context_of(path):
    return server_context(str(path), "", "", protocols=["http/1.1"])


@functools.cache
def usual_context():
    with tempfile.TemporaryDirectory() as folder:
        return context_of(issued(folder))


def trusting(**attributes):
    """A client's context that trusts our authority."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    for name, value in attributes.items():
        setattr(context, name, value)
    return context


def over_tls(context=None, **how):
    """A world whose one listener speaks TLS; `how` as for `listening`."""
    listener = Listener("127.0.0.1", 0, context or usual_context())
    return listening(listeners=[listener], **how)


def said(context=None):
    """How a caller connects to such a world."""
    return {"ssl": context or trusting(), "server_hostname": NAME}


class HandMade:
    """A client of TLS whose bytes the test moves itself. `caller` is the connection they go over."""

    def __init__(self, caller, context=None):
        self.caller = caller
        self._received = ssl.MemoryBIO()
        self._to_send = ssl.MemoryBIO()
        self.tls = (context or trusting()).wrap_bio(self._received, self._to_send, server_hostname=NAME)

    def hello(self):
        """The bytes of its first word."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return self._to_send.read()

    async def _until_done(self, work):
        while True:
            try:
                return work()
            except ssl.SSLWantReadError:
                self.caller.send(self._to_send.read())
                data = await asyncio.wait_for(self.caller.reader.read(1 << 16), PATIENCE)
                if data:
                    self._received.write(data)
                else:
                    self._received.write_eof()
            finally:
                self.caller.send(self._to_send.read())

    async def shake_hands(self):
        await self._until_done(self.tls.do_handshake)

    def sealed(self, data):
        """The bytes of the records that carry `data`."""
        self.tls.write(data)
        return self._to_send.read()

    def send(self, data):
        self.caller.send(self.sealed(data))

    async def read(self):
        """Some bytes; b"" once the listener has said that no more comes. A silent end raises `ssl.SSLEOFError`."""
        try:
            return await self._until_done(lambda: self.tls.read(1 << 16))
        except ssl.SSLZeroReturnError:  # as Python puts it when this side has said so too
            return b""

    async def rest(self):
        """All there is up to the listener's word that no more comes."""
        found = b""
        while data := await self.read():
            found += data
        return found

    def say_end(self):
        """This side sends no more, but reads on."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            self.caller.send(self._to_send.read())
