"""A store whose answers arrive later than they were read, as those of a server do."""

from __future__ import annotations

import asyncio

from walks.world import eventually


class Late:
    """Answers to one question of a store that are on their way until the test lets them arrive, from now on."""

    def __init__(self, store, question, monkeypatch):
        self._ask = getattr(store, question)
        self._gates = []
        self._is_write = question == "write"
        self.is_late = True
        monkeypatch.setattr(store, question, self._asked)

    async def _asked(self, *asked, **named):
        answer = await self._ask(*asked, **named)
        if self.is_late and (answer or self._is_write):
            gate = asyncio.Event()
            self._gates.append(gate)
            await gate.wait()
        return answer

    async def underway(self):
        """Wait until an answer is on its way."""
        await eventually(lambda: asyncio.sleep(0, bool(self._gates)))

    async def arrive(self):
        """All that is on its way arrives, and what comes after is in time."""
        self.is_late = False
        while self._gates:
            self._gates.pop(0).set()
        for _ in range(5):
            await asyncio.sleep(0)
