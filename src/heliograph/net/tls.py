"""The server's side of TLS as a layer between a socket and any protocol: bytes in, bytes out, nothing about their use.

`TlsLink` is the protocol of the socket and the transport of what lies above it. It works in memory (`ssl.MemoryBIO`),
so it is the same on every loop, costs little for who connects and stays silent, has no timer and no task of its own:
whoever lies above is told of the connection at once and limits the time, that of the handshake too. Who speaks no TLS
hears so in plain words.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import Counter
from collections.abc import Callable
from typing import Final, Literal, cast

_RECORD: Final = 16 * 1024
"""Most that one record of TLS carries."""
_HANDSHAKE: Final = 0x16
"""First byte of every TLS connection: a record of the handshake (RFC 8446, 5.1)."""
_MOST_UNSENT: Final = 4 * _RECORD

Failure = Literal["refused", "unfinished", "plain", "crowded"]
"""How a handshake fails: by TLS itself (no common version or cipher, a certificate not trusted, garbage); left in the
middle or out of time; not TLS at all; cut off because too many are under way."""


def server_context(
    certificate: str, key: str, password: str, *, protocols: list[str], callers: str = ""
) -> ssl.SSLContext:
    """TLS 1.2 and newer with Python's own choice of ciphers, for a certificate chain and its key in PEM files.

    `key` "" = in the same file; `password` "" = the key is not encrypted; `protocols` are offered by ALPN. `callers` is
    a PEM file of the authorities by which callers must prove who they are, "" = they need not. Raises `OSError`, of
    which `ssl.SSLError` is one.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.load_cert_chain(certificate, key or None, lambda: password)
    context.set_alpn_protocols(protocols)
    if callers:
        context.load_verify_locations(callers)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class TlsGate:
    """What the TLS connections of one listener share. Set `context` anew and new connections take the new one.

    `now` gives seconds on any clock; at most `most` handshakes are under way at once, of which one may take
    `patience_s` before it makes room for the next. `completed` and `failed` are counters for the metrics.
    """

    def __init__(
        self, context: ssl.SSLContext, now: Callable[[], float], *, most: int, patience_s: float, in_plain: bytes
    ) -> None:
        self.context = context
        self.in_plain = in_plain
        """What a caller hears who speaks no TLS but letters."""
        self.completed = 0
        self.failed: Counter[Failure] = Counter()
        self._now = now
        self._most = most
        self._patience_s = patience_s
        self._under_way: dict[TlsLink, float] = {}

    @property
    def under_way(self) -> int:
        """How many handshakes are begun and not ended."""
        return len(self._under_way)

    def begins(self, link: TlsLink) -> bool:
        """Make room for one more handshake: the oldest goes if it had its time, else this one may not begin."""
        if len(self._under_way) >= self._most:
            oldest, since = next(iter(self._under_way.items()))
            if self._now() - since < self._patience_s:
                return False
            oldest.fail("crowded")
        self._under_way[link] = self._now()
        return True

    def ends(self, link: TlsLink) -> bool:
        """The handshake is over; False if it never began."""
        return self._under_way.pop(link, None) is not None


class TlsLink(asyncio.Protocol, asyncio.Transport):
    """One connection. Lives in the loop's thread; `above` is called as by any transport of asyncio."""

    def __init__(self, gate: TlsGate, above: asyncio.Protocol) -> None:
        super().__init__()
        self._gate = gate
        self._above = above
        self._below: asyncio.Transport
        self._received = ssl.MemoryBIO()
        self._to_send = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._is_up = False
        """The handshake is completed."""
        self._is_over = False
        """Nothing is read any more: the handshake failed, or the connection was closed."""
        self._is_closing = False
        self._is_paused = False
        self._has_ended = False
        """The caller has said that no more comes."""
        self._is_reading = False
        self._is_draining = False
        """This side has said that no more comes."""

    # -- protocol of the socket ----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast(asyncio.Transport, transport)
        self._above.connection_made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle("unfinished")
        self._is_over = self._is_closing = True
        self._above.connection_lost(exc)
        # what a closed connection leaves may wait long for the collector of cycles: let it be little
        self._tls, self._received, self._to_send = None, ssl.MemoryBIO(), ssl.MemoryBIO()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._is_draining:
            self._above.data_received(data)
            return
        if self._tls is None and not self._begin(data):
            return
        self._received.write(data)
        if self._is_up or self._shake_hands():
            self._read()

    def eof_received(self) -> bool:
        self._received.write_eof()
        if not self._is_up or self._is_over:
            return False
        if self._is_draining:
            self._end_of_file()
        else:
            self._read()
        return not self._is_closing

    def pause_writing(self) -> None:
        self._above.pause_writing()

    def resume_writing(self) -> None:
        self._above.resume_writing()

    # -- handshake -----------------------------------------------------------------------------------------------

    def _begin(self, data: bytes) -> bool:
        if data[0] != _HANDSHAKE:
            self._gate.failed["plain"] += 1
            self._is_over = True
            if data[:1].isalpha():
                self._below.write(self._gate.in_plain)
                self._below.write_eof()  # closing at once could drop what is still on its way
            else:
                self._below.close()
            return False
        if not self._gate.begins(self):
            self._gate.failed["crowded"] += 1
            self.abort()
            return False
        self._tls = self._gate.context.wrap_bio(self._received, self._to_send, server_side=True)
        return True

    def _shake_hands(self) -> bool:
        assert self._tls is not None
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except ssl.SSLError:
            self._flush()  # the alert says why
            self._settle("refused")
            self._is_over = True
            self._below.close()
            return False
        self._is_up = True
        self._gate.ends(self)
        self._gate.completed += 1
        self._flush()
        return True

    def fail(self, how: Failure) -> None:
        """End a handshake that is under way."""
        self._settle(how)
        self.abort()

    def _settle(self, how: Failure) -> None:
        if self._gate.ends(self):
            self._gate.failed[how] += 1

    # -- reading -------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Give everything that is there to what lies above, until it asks for a pause."""
        tls = self._tls
        if self._is_reading or tls is None:
            return
        self._is_reading = True
        try:
            while not (self._is_paused or self._has_ended or self._is_draining or self._is_over):
                data = tls.read(_RECORD)
                if not data:
                    self._end_of_file()
                    break
                self._above.data_received(data)
                if not self._received.pending and not tls.pending() and not self._received.eof:
                    break
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            self._broken()
        finally:
            self._is_reading = False
        self._flush()

    def _end_of_file(self) -> None:
        self._has_ended = True
        if not self._above.eof_received():
            self.close()

    def _broken(self) -> None:
        """The caller's bytes are no TLS any more, or it went without a word: nothing can be said to it either."""
        if not self._is_closing:
            self._flush()  # the alert says why
            self._is_closing = self._is_over = True
            self._below.close()

    # -- transport of what lies above ----------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        tls = self._tls
        if tls is None or not self._is_up or self._is_closing or not data:
            return
        try:
            sent = tls.write(data)
            while sent < len(data):
                sent += tls.write(memoryview(data)[sent:])
        except ssl.SSLError:
            self._broken()
            return
        if not self._is_reading or self._to_send.pending > _MOST_UNSENT:
            self._flush()

    def write_eof(self) -> None:
        """Tell the caller that no more comes. What it still sends goes up as it comes, undecrypted: after our own end
        TLS takes nothing more, but who closed now would drop what is still on its way to the caller."""
        self._is_draining = True
        self._say_end()
        self._below.write_eof()

    def can_write_eof(self) -> bool:
        return self._is_up

    def close(self) -> None:
        """Send what is to be sent, then the end."""
        if self._is_closing:
            return
        if not self._is_up:
            self.fail("unfinished")
            return
        self._say_end()
        self._is_closing = self._is_over = True
        self._below.close()

    def abort(self) -> None:
        self._is_closing = self._is_over = True
        self._below.abort()

    def is_closing(self) -> bool:
        return self._is_closing or self._below.is_closing()

    def pause_reading(self) -> None:
        self._is_paused = True
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._is_paused = False
        self._below.resume_reading()
        if self._is_up and not self._is_over:
            asyncio.get_running_loop().call_soon(self._read)

    def is_reading(self) -> bool:
        return not self._is_paused

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Also `ssl_object`, else what the socket's transport knows."""
        return self._tls if name == "ssl_object" else self._below.get_extra_info(name, default)

    def _say_end(self) -> None:
        """Send close_notify (RFC 8446, 6.1). The caller's own is not waited for."""
        if self._tls is not None:
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            self._flush()

    def _flush(self) -> None:
        if self._to_send.pending and not self._below.is_closing():
            self._below.write(self._to_send.read())
