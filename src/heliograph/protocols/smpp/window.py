"""Requests that wait for their answers: numbering, the window, and what is overdue.

Answers come in any order, late, twice, or never. A request that got no answer in time leaves the window and makes room,
but stays known for a while: its answer, when it comes after all, still finds it. Times are milliseconds of a monotonic
clock, passed in; requests are kept in the order they went, so one look at the oldest says whether anything is due.
"""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, TypeVar

from heliograph.protocols.smpp.pdu import Pdu

LAST: Final = 0x7FFFFFFF
"""The last sequence_number; 1 follows it (SMPP 3.4, 3.2)."""

Tag = TypeVar("Tag")


class Sent(NamedTuple, Generic[Tag]):
    """A request that went: its PDU's type, when, and whatever the sender wants back with its answer."""

    kind: type[Pdu]
    at: int
    tag: Tag


class Window(Generic[Tag]):
    """At most `size` requests without an answer, each given up after `response_ms`, or never if that is 0.

    Of those given up, the last `late` are remembered, each for `late_ms`.
    """

    def __init__(
        self, size: int, response_ms: int, *, late: int = 10_000, late_ms: int = 600_000, first: int = 1
    ) -> None:
        if size < 1 or not 1 <= first <= LAST:
            raise ValueError("a window holds at least one request, numbers begin at 1 or after")
        self.size = size
        self.response_ms = response_ms
        self._most_late = late
        self._late_ms = late_ms
        self._next = first
        self._waiting: dict[int, Sent[Tag]] = {}
        self._late: dict[int, Sent[Tag]] = {}

    def __len__(self) -> int:
        """Requests without an answer."""
        return len(self._waiting)

    @property
    def free(self) -> int:
        """How many more requests may go; never below 0."""
        return max(0, self.size - len(self._waiting))

    def take_number(self) -> int:
        """The next sequence_number; one that still waits for its answer is passed over when they wrap."""
        number = self._next
        while number in self._waiting:
            number = number % LAST + 1
        self._next = number % LAST + 1
        return number

    def sent(self, number: int, kind: type[Pdu], at: int, tag: Tag) -> None:
        """A request has gone with this number. `at` never goes back."""
        self._waiting[number] = Sent(kind, at, tag)
        if self._late:
            self._late.pop(number, None)

    def peek(self, number: int) -> Sent[Tag] | None:
        """The request this number belongs to, waiting or given up; None if it is unknown."""
        return self._waiting.get(number) or self._late.get(number)

    def answered(self, number: int) -> tuple[Sent[Tag], bool] | None:
        """Take out the request that is answered, and whether it had been given up; None if it is unknown."""
        found = self._waiting.pop(number, None)
        if found is not None:
            return found, False
        found = self._late.pop(number, None)
        return None if found is None else (found, True)

    def overdue(self, now: int) -> list[Sent[Tag]]:
        """Give up the requests that waited `response_ms` and more, oldest first."""
        given_up: list[tuple[int, Sent[Tag]]] = []
        if not self.response_ms:
            return []
        for number, request in self._waiting.items():
            if now - request.at < self.response_ms:
                break
            given_up.append((number, request))
        for number, request in given_up:
            del self._waiting[number]
            self._late[number] = request
        self._forget(now)
        return [request for _, request in given_up]

    def next_due(self) -> int | None:
        """When the oldest request is to be given up; None if none waits."""
        if self.response_ms:
            for request in self._waiting.values():
                return request.at + self.response_ms
        return None

    def abandon(self) -> list[Sent[Tag]]:
        """The link is gone: everything still waiting, oldest first; nothing is known any more afterwards."""
        left = list(self._waiting.values())
        self._waiting.clear()
        self._late.clear()
        return left

    def _forget(self, now: int) -> None:
        forgotten: list[int] = []
        surplus = len(self._late) - self._most_late
        for number, request in self._late.items():
            if surplus <= len(forgotten) and now - request.at < self.response_ms + self._late_ms:
                break
            forgotten.append(number)
        for number in forgotten:
            del self._late[number]
