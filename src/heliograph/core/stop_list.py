"""Numbers that get nothing, eight bytes each: a sorted array per account and a small overlay of late changes.

A stop list of ten million numbers is 80 MB and one look-up about a microsecond (decisions.md 20). What is no plain
number (an address of another channel) lies in a set of texts beside it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable

MOST_OVERLAID = 4_096
"""Late changes kept beside the array before they are merged into it."""


class StopList:
    """A set of recipients."""

    __slots__ = ("_added", "_numbers", "_removed", "_texts")

    def __init__(self, recipients: Iterable[str] = ()) -> None:
        numbers: set[int] = set()
        self._texts: set[str] = set()
        for recipient in recipients:
            number = _number(recipient)
            if number:
                numbers.add(number)
            else:
                self._texts.add(recipient)
        self._numbers = array("Q", sorted(numbers))
        self._added: set[int] = set()
        self._removed: set[int] = set()

    def __len__(self) -> int:
        return len(self._numbers) + len(self._added) - len(self._removed) + len(self._texts)

    def __contains__(self, recipient: str) -> bool:
        number = _number(recipient)
        if not number:
            return recipient in self._texts
        if number in self._added:
            return True
        return self._is_sorted_in(number) and number not in self._removed

    def add(self, recipient: str) -> None:
        """Put a recipient on the list."""
        number = _number(recipient)
        if not number:
            self._texts.add(recipient)
        elif self._is_sorted_in(number):
            self._removed.discard(number)
        else:
            self._added.add(number)
            self._merge_if_large()

    def remove(self, recipient: str) -> None:
        """Take a recipient off the list, if it is on it."""
        number = _number(recipient)
        self._texts.discard(recipient)
        self._added.discard(number)
        if number and self._is_sorted_in(number):
            self._removed.add(number)
            self._merge_if_large()

    def _is_sorted_in(self, number: int) -> bool:
        place = bisect_left(self._numbers, number)
        return place < len(self._numbers) and self._numbers[place] == number

    def _merge_if_large(self) -> None:
        if len(self._added) + len(self._removed) > MOST_OVERLAID:
            merged = [number for number in self._numbers if number not in self._removed]
            merged += self._added
            merged.sort()
            self._numbers = array("Q", merged)
            self._added.clear()
            self._removed.clear()


def _number(recipient: str) -> int:
    """The recipient as a number, 0 if it is none that could be written back the same."""
    if not (recipient.isascii() and recipient.isdigit()) or recipient[0] == "0" or len(recipient) > 18:
        return 0
    return int(recipient)
