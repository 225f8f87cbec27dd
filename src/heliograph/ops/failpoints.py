"""Places where a drill lets the process die, as if the machine had lost power at that very instruction (R2).

`HELIOGRAPH_FAILPOINT=after_store:37` kills the process the 37th time it passes `after_store`. Without the variable
passing a place costs an empty call.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from typing import Final

VARIABLE: Final = "HELIOGRAPH_FAILPOINT"

PLACES: Final = (
    "before_store",
    "after_store",
    "after_submit",
    "after_answer",
    "during_callback",
)
"""before_store: a group is about to be written · after_store: it is durable and nobody knows · after_submit: attempts
were handed to a carrier · after_answer: its answers are about to be written · during_callback: a notice is about to
leave."""

Failpoint = Callable[[str], None]


def pass_by(_: str) -> None:
    """The failpoint of a process that is not drilled."""


def from_environ(environ: Mapping[str, str]) -> Failpoint:
    """The failpoint the environment asks for. Raises `ValueError` with a sentence for a place that does not exist."""
    wanted = environ.get(VARIABLE, "")
    if not wanted:
        return pass_by
    place, _, count = wanted.partition(":")
    if place not in PLACES or not (count or "1").isdigit():
        raise ValueError(f"{VARIABLE} is {wanted!r}; it must be one of {', '.join(PLACES)}, then ':' and a count")
    left = int(count or "1")

    def die_at(name: str) -> None:
        nonlocal left
        if name == place:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return die_at
