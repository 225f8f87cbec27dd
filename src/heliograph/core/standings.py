"""How the other nodes stand, asked when somebody wants to know: each puts its answer into a lease of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from heliograph.core.node import Node
from heliograph.ports import StoreFailure
from heliograph.ports.nodes import NodeStore

BEGINNING: Final = "status "
PATIENCE_S: Final = 1.5
"""Who has not answered by then does not."""
LOOK_S: Final = 0.1

Told = Mapping[str, object]


class _Answer(msgspec.Struct):
    """What a node tells, to the question of this number."""

    question: str
    told: dict[str, object]


class Standings:
    """`mine` says how this node stands, in values JSON knows."""

    def __init__(self, nodes: NodeStore, node: Node, mine: Callable[[], dict[str, object]]) -> None:
        self._nodes = nodes
        self._node = node
        self._mine = mine
        self._asked = 0
        self._came = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()

    async def ask(self) -> dict[int, Told | None]:
        """By node, of all that live; None of those that did not answer in time. Raises `StoreFailure`."""
        me = self._node.fence.node
        others = {row.id for row in self._node.alive} - {me}
        answers: dict[int, Told | None] = {me: self._mine(), **dict.fromkeys(others)}
        if not others:
            return answers
        self._asked += 1
        question = f"{me}.{self._asked}"
        self._node.hint(f"status-ask {question}")
        with_time = asyncio.get_running_loop().time() + PATIENCE_S
        while others and asyncio.get_running_loop().time() < with_time:
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), LOOK_S)
            except TimeoutError:
                continue
            for lease in await self._nodes.leases(BEGINNING):
                answer = msgspec.json.decode(lease.detail, type=_Answer) if lease.node in others else None
                if answer is not None and answer.question == question:
                    answers[lease.node] = answer.told
                    others.discard(lease.node)
        return answers

    def heard_question(self, question: str) -> None:
        """Another node asks."""
        task = asyncio.get_running_loop().create_task(self._answer(question), name="status")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, question: str) -> None:
        name = f"{BEGINNING}{self._node.fence.node}"
        try:
            await self._nodes.take([name])
            await self._nodes.tell(name, msgspec.json.encode(_Answer(question, self._mine())).decode())
        except StoreFailure:
            return  # who asks sees that there is no answer
        self._node.hint("status-told")

    def heard_answer(self, _: str) -> None:
        """One has answered."""
        self._came.set()
