"""How long to wait before a connection is tried again: twice as long each time, with chance in it. Pure.

Chance keeps a thousand clients of one server that restarts from coming back in the same moment. It is an argument.
"""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Pauses from `least_s` up to `most_s`, both above 0; `chance` gives a number from 0 to 1 each time."""

    def __init__(self, least_s: float, most_s: float, chance: Callable[[], float]) -> None:
        self._least_s = least_s
        self._most_s = max(least_s, most_s)
        self._chance = chance
        self._next_s = least_s

    def pause_s(self) -> float:
        """The next pause: between half of its length and all of it."""
        whole, self._next_s = self._next_s, min(self._most_s, 2 * self._next_s)
        return whole * (0.5 + self._chance() / 2)

    def longest_s(self) -> float:
        """The longest pause, for what will hardly be better next time; the following ones are as long."""
        self._next_s = self._most_s
        return self.pause_s()

    def lasted(self, seconds: float) -> None:
        """A connection held so long: begin anew if it outlasted the pause there was before it, so that a link that
        comes and goes at once is not tried at full speed for ever."""
        if seconds >= max(self._next_s, self._least_s):
            self._next_s = self._least_s
