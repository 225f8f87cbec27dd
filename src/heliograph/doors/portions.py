"""A request of many recipients handed to intake in portions, so that nobody else waits for it.

A portion is as long as a group of the journal may be (decisions.md 4); the answers come back whole and in order.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from heliograph.model.message import Submission
from heliograph.model.refusal import Answer

PORTION: Final = 500
"""Recipients handed to intake at once."""


class Admits(Protocol):
    """What is needed of intake."""

    async def submit(self, submissions: list[Submission]) -> list[Answer]:
        """One answer per submission, in order, once what was accepted is durable."""


async def submit_in_portions(intake: Admits, submissions: list[Submission]) -> list[Answer]:
    """An answer for each submission, in order, once everything that was accepted is durable."""
    answers: list[Answer] = []
    for start in range(0, len(submissions), PORTION):
        if start:
            await asyncio.sleep(0)
        answers += await intake.submit(submissions[start : start + PORTION])
    return answers
