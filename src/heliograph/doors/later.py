"""An answer that comes later, told in the very moment it is there.

A future would tell it in the loop's next turn, and whoever makes something of it needs one more for that. Here is
neither: who asked is called by who answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """Tell it once, and listen once, in whichever order. What is told is the answer, or what went
    wrong; `asyncio.CancelledError`: there will be none."""

    __slots__ = ("_then", "told")

    def __init__(self) -> None:
        self.told: T | BaseException | None = None
        """The answer, once it is there."""
        self._then: Callable[[T | BaseException], None] | None = None

    def tell(self, told: T | BaseException) -> None:
        """The answer, to whom it concerns."""
        self.told = told
        if self._then is not None:
            self._then(told)

    def listen(self, then: Callable[[T | BaseException], None]) -> None:
        """Be called with the answer: now, if it is there."""
        self._then = then
        if self.told is not None:
            then(self.told)

    def cancel(self) -> None:
        """Nobody listens any more. What is done for the answer goes on."""
        self._then = None

    def __await__(self) -> Generator[None, None, T]:
        """For who has a task anyway."""
        answered: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def then(told: T | BaseException) -> None:
            if answered.done():
                return
            if isinstance(told, BaseException):
                answered.set_exception(told)
            else:
                answered.set_result(told)

        self.listen(then)
        return answered.__await__()
