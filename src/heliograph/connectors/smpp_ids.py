"""How a carrier spells its message ids, in answers and in receipts, and the one form both are brought to. Pure.

Where nothing is set, core tries spellings by itself once a receipt has waited (core.upstream_ids); a setting says it at
once and without a guess. What does not fit the setting stays as it is.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Final, Literal

MessageIds = Literal["learned", "same", "hex-decimal", "decimal-hex", "any-case", "any-zeros"]

_HEX: Final = frozenset(string.hexdigits)
_MOST_DIGITS: Final = 40

Spelling = Callable[[str], str]


def _same(given: str) -> str:
    return given


def _of_hex(given: str) -> str:
    bare = given.strip().lower().removeprefix("0x")
    return str(int(bare, 16)) if 0 < len(bare) <= _MOST_DIGITS and _HEX.issuperset(bare) else given


def _of_decimal(given: str) -> str:
    bare = given.strip()
    return str(int(bare)) if len(bare) <= _MOST_DIGITS and bare.isascii() and bare.isdigit() else given


def _lower(given: str) -> str:
    return given.strip().lower()


def _no_zeros(given: str) -> str:
    return given.strip().lstrip("0") or "0" if given else ""


_SPELLINGS: Final[dict[MessageIds, tuple[Spelling, Spelling]]] = {
    "learned": (_same, _same),
    "same": (_same, _same),
    "hex-decimal": (_of_hex, _of_decimal),
    "decimal-hex": (_of_decimal, _of_hex),
    "any-case": (_lower, _lower),
    "any-zeros": (_no_zeros, _no_zeros),
}
CHANGES: Final[tuple[MessageIds, ...]] = ("any-case", "any-zeros", "hex-decimal", "decimal-hex")
"""Those that change something, the mildest first."""


def spellings(ids: MessageIds) -> tuple[Spelling, Spelling]:
    """What brings the id of an answer, and that of a receipt, to one form."""
    return _SPELLINGS[ids]
