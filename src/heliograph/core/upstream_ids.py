"""Receipts that name a message otherwise than the answer did: hex for decimal, other case, zeros, blanks (R14).

Some carriers answer a submit with one spelling of their id and send the receipt with another. Nothing is configured:
from the latest answer of a connector the shape of its ids is known, every other spelling of a receipt's id is tried in
that shape, and what has once led to an attempt is tried first from then on.

A guess can hit another message: decimal 1234 and hex 1234 may both wait. So a carrier whose ids fit as they are is
never guessed at, and before anything is known of one, a receipt has to wait a while for its own answer first
(docs/decisions/0004).
"""

from __future__ import annotations

import string
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Final

ENOUGH: Final = 1_000
"""Receipts after which a connector's habit is no longer counted."""

_HEX: Final = frozenset(string.hexdigits)

Rule = Callable[[str, str], str | None]
"""(id of the receipt, an id as answered) → the id in the answer's spelling, or None where the rule says nothing."""


def _bare(given: str, _: str) -> str | None:
    return given.strip()


def _lower(given: str, _: str) -> str | None:
    return given.strip().lower()


def _upper(given: str, _: str) -> str | None:
    return given.strip().upper()


def _zeros(given: str, shape: str) -> str | None:
    bare = given.strip().lstrip("0") or "0"
    return bare.rjust(len(shape), "0") if shape.startswith("0") else bare


def _to_decimal(given: str, shape: str) -> str | None:
    bare = given.strip().lower().removeprefix("0x")
    if not bare or not _HEX.issuperset(bare) or len(bare) > 32:
        return None
    return _zeros(str(int(bare, 16)), shape)


def _to_hex(given: str, shape: str) -> str | None:
    bare = given.strip()
    if not (bare.isascii() and bare.isdigit()) or len(bare) > 38:
        return None
    spelled = _zeros(f"{int(bare):x}", shape) or ""
    return spelled.upper() if shape.upper() == shape and shape.lower() != shape else spelled


RULES: Final[tuple[Rule, ...]] = (_bare, _lower, _upper, _zeros, _to_decimal, _to_hex)


class UpstreamIds:
    """What is known of each connector's spelling."""

    def __init__(self) -> None:
        self._shapes: dict[str, str] = {}
        self._straight: Counter[str] = Counter()
        self._bent: Counter[str] = Counter()
        self._rules: defaultdict[str, list[Rule]] = defaultdict(lambda: list(RULES))

    def answered(self, connector: str, upstream_id: str) -> None:
        """An answer named a message so."""
        if upstream_id:
            self._shapes[connector] = upstream_id

    def fitted(self, connector: str, given: str) -> None:
        """A receipt was matched by its id as it is: that says something unless every spelling of it is the same."""
        if self._straight[connector] < ENOUGH and self.spellings(connector, given):
            self._straight[connector] += 1

    def is_bent(self, connector: str) -> bool:
        """True once more receipts were matched by another spelling than as they are."""
        return self._bent[connector] > self._straight[connector]

    def may_be_bent(self, connector: str) -> bool:
        """True while no receipt was matched as it is: then guessing is worth trying."""
        return self._straight[connector] == 0 or self.is_bent(connector)

    def spellings(self, connector: str, given: str) -> list[str]:
        """Other spellings of a receipt's id, the likeliest first; [] before the connector has answered anything."""
        shape = self._shapes.get(connector)
        if shape is None:
            return []
        found = (rule(given, shape) for rule in self._rules[connector])
        return [spelled for spelled in dict.fromkeys(found) if spelled and spelled != given]

    def led(self, connector: str, given: str, answered: str) -> None:
        """The receipt's `given` was the attempt `answered`: try the rule that says so first."""
        if self._bent[connector] < 2 * ENOUGH:
            self._bent[connector] += 1
        rules, shape = self._rules[connector], self._shapes.get(connector, answered)
        for rule in rules:
            if rule(given, shape) == answered:
                rules.remove(rule)
                rules.insert(0, rule)
                return
