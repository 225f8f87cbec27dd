"""Requests that wait for their answers: numbering, the window, and what is overdue.

Answers come in any order, late, twice, or never. A request that got no answer in time leaves the window and makes room,
but stays known for a while: its answer, when it comes after all, still finds it. Times are milliseconds of a monotonic
clock, passed in; requests are kept in the order they went, so one look at the oldest says whether anything is due.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from heliograph.protocols.smpp.pdu import RESPONSE

LAST: Final = 0x7FFFFFFF
"""The last sequence_number; 1 follows it (SMPP 3.4, 3.2)."""

Tag = TypeVar("Tag")


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
        # Number → the request's command_id, when it went, its tag; plain tuples, for there is one per message.
        self._waiting: dict[int, tuple[int, int, Tag]] = {}
        self._late: dict[int, tuple[int, int, Tag]] = {}

    def __len__(self) -> int:
        """Requests without an answer."""
        return len(self._waiting)

    @property
    def free(self) -> int:
        """How many more requests may go; never below 0."""
        free = self.size - len(self._waiting)
        return free if free > 0 else 0

    def take_number(self) -> int:
        """The next sequence_number; one that still waits for its answer is passed over when they wrap."""
        number = self._next
        while number in self._waiting:
            number = number % LAST + 1
        self._next = number + 1 if number < LAST else 1
        return number

    def sent(self, number: int, command_id: int, at: int, tag: Tag) -> None:
        """A request has gone with this number, and comes back as `tag`. `at` never goes back."""
        self._waiting[number] = command_id, at, tag
        if self._late:
            self._late.pop(number, None)

    def answered(self, number: int, command_id: int) -> tuple[Tag, bool] | None:
        """Take out the request a response answers: its tag, and whether it had been given up.

        None if nothing waits under this number, or something that such a response, or generic_nack, does not answer.
        """
        is_late = number not in self._waiting
        requests = self._late if is_late else self._waiting
        found = requests.get(number)
        if found is None or (found[0] | RESPONSE != command_id and command_id != RESPONSE):
            return None
        del requests[number]
        return found[2], is_late

    def overdue(self, now: int) -> list[Tag]:
        """Give up the requests that waited `response_ms` and more, oldest first."""
        if not self.response_ms:
            return []
        given_up: list[int] = []
        for number, (_, at, _) in self._waiting.items():
            if now - at < self.response_ms:
                break
            given_up.append(number)
        for number in given_up:
            self._late[number] = self._waiting.pop(number)
        tags = [self._late[number][2] for number in given_up]
        self._forget(now)
        return tags

    def next_due(self) -> int | None:
        """When the oldest request is to be given up; None if none waits."""
        if self.response_ms:
            for _, at, _ in self._waiting.values():
                return at + self.response_ms
        return None

    def abandon(self) -> list[Tag]:
        """The link is gone: everything still waiting, oldest first; nothing is known any more afterwards."""
        left = [tag for _, _, tag in self._waiting.values()]
        self._waiting.clear()
        self._late.clear()
        return left

    def _forget(self, now: int) -> None:
        forgotten: list[int] = []
        surplus = len(self._late) - self._most_late
        for number, (_, at, _) in self._late.items():
            if surplus <= len(forgotten) and now - at < self.response_ms + self._late_ms:
                break
            forgotten.append(number)
        for number in forgotten:
            del self._late[number]
