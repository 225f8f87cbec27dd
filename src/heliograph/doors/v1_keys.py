"""Idempotency keys of `/v1`: which one a request has, and what must be equal when it comes again with it."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from heliograph.dialects.native import wrong
from heliograph.dialects.native_openapi import KEY_HEADER, LONGEST_KEY
from heliograph.doors.v1_work import Asked, B, Q
from heliograph.model.refusal import Reason

REPLAYED: Final = ("Idempotent-Replayed", "true")
_KEY: Final = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")


def key_of(asked: Asked[B, Q]) -> str:
    """The key of a request, "" without one. Raises `Wrong` for one that is none."""
    key = asked.request.header(KEY_HEADER.lower())
    if key and _KEY.fullmatch(key) is None:
        raise wrong(Reason.BAD_REQUEST, f"A key is 1 to {LONGEST_KEY} printable characters.", KEY_HEADER)
    return key


def digest_of(asked: Asked[B, Q], path: str) -> str:
    """All that makes a request what it is; how its JSON was written does not count."""
    mode = b"test" if asked.guest.is_test else b"live"
    return hashlib.sha256(mode + path.encode() + msgspec.json.encode(asked.body)).hexdigest()
