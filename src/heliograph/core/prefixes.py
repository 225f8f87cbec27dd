"""The longest of many digit prefixes that a number begins with: the one index behind routes and prices.

Every prefix that fits a number is a beginning of the longest one that fits, so numbers with the same longest prefix
are alike for every rule made of these prefixes. Routing and pricing cache their decisions by it.
"""

from __future__ import annotations

from collections.abc import Iterable


class Prefixes:
    """An immutable set of prefixes. A look-up costs one slice per length that occurs, longest first."""

    __slots__ = ("_lengths", "_prefixes")

    def __init__(self, prefixes: Iterable[str]) -> None:
        self._prefixes = frozenset(prefixes)
        self._lengths = tuple(sorted({len(prefix) for prefix in self._prefixes if prefix}, reverse=True))

    def longest(self, number: str) -> str:
        """The longest prefix `number` begins with, or "" if there is none."""
        prefixes = self._prefixes
        for length in self._lengths:
            beginning = number[:length]
            if beginning in prefixes:
                return beginning
        return ""
