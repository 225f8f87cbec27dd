"""HMAC-SHA256 under one key, thousands of times a second: of tokens and API keys, of calls to customers' endpoints.

RFC 2104 from two hashes that have read their half of the key. Not by `hmac.digest`: that looks up its parts anew each
time, and lets go of the interpreter, to have it back when the thread that commits is done with it, a tenth of a
millisecond later on a busy core.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

SHA256_BLOCK = 64


def keyed_hash(key: bytes) -> Callable[[bytes], bytes]:
    """The HMAC-SHA256 of what it is given, 32 octets."""
    block = (key if len(key) <= SHA256_BLOCK else hashlib.sha256(key).digest()).ljust(SHA256_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
    outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def hashed(told: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(told)
        second.update(first.digest())
        return second.digest()

    return hashed
