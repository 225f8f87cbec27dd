"""The connector of accounts in test mode: takes everything, sends nothing, reports it delivered (decisions.md 16).

The receipt says delivered with error 200, so that nobody takes it for a real one. With `magic_numbers` a number that
ends in 99SS ends with SMSC's status SS instead, and 9900 never gets a receipt (smsc-messages.md 2.20).
"""

from __future__ import annotations

import asyncio
from typing import Final

from heliograph.core.errors import NetworkError
from heliograph.core.routing import VIRTUAL
from heliograph.model.message import Attempt, State
from heliograph.model.outcome import Failed, Outcome, Taken
from heliograph.model.receipt import Receipt
from heliograph.ports import Clock, Lift, Settled

WINDOW: Final = 10_000
NOT_KEPT_PAUSE_S: Final = 0.5
"""After this the receipts are told again that the gateway could not keep."""

_ENDS: Final = {
    "9903": State.EXPIRED,
    "9920": State.UNDELIVERABLE,
}
_REFUSALS: Final = {
    "9922": NetworkError.WRONG_NUMBER_FORMAT,
    "9923": NetworkError.FORBIDDEN_NUMBER,
    "9924": NetworkError.NO_CONTRACT,
    "9925": NetworkError.NO_ROUTE,
}
_SILENT: Final = "9900"


class VirtualConnector:
    """Obeys `ports.Connector`. Answers and receipts come in the loop's next turn, in one go."""

    name = VIRTUAL

    def __init__(self, clock: Clock, *, magic_numbers: bool = False) -> None:
        self._clock = clock
        self._magic_numbers = magic_numbers
        self._lift: Lift | None = None
        self._waiting: list[Attempt] = []

    @property
    def connected(self) -> bool:
        return self._lift is not None

    @property
    def free(self) -> int:
        return WINDOW - len(self._waiting) if self._lift is not None else 0

    @property
    def under_way(self) -> int:
        return len(self._waiting)

    async def start(self, lift: Lift) -> None:
        """Ready at once."""
        self._lift = lift

    def send(self, attempts: list[Attempt]) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._answer)
        self._waiting += attempts

    async def stop(self, grace_s: float) -> None:
        """Answer what was handed over."""
        self._answer()
        self._lift = None

    def _answer(self) -> None:
        """Outcomes and their receipts, one after the other: they are written together."""
        attempts, self._waiting = self._waiting, []
        if self._lift is None or not attempts:
            return
        now = self._clock.now()
        outcomes: list[Settled] = []
        receipts: list[Receipt] = []
        for attempt in attempts:
            outcome, receipt = self._fate(attempt, now)
            outcomes.append((attempt, outcome))
            if receipt is not None:
                receipts.append(receipt)
        self._lift.settled(outcomes)
        self._tell(receipts)

    def _tell(self, receipts: list[Receipt]) -> None:
        if self._lift is None or not receipts:
            return

        def then(is_kept: bool) -> None:
            if not is_kept and self._lift is not None:
                asyncio.get_running_loop().call_later(NOT_KEPT_PAUSE_S, self._tell, receipts)

        self._lift.received(list(receipts), then)

    def _fate(self, attempt: Attempt, now: int) -> tuple[Outcome, Receipt | None]:
        recipient = attempt.message.recipient
        ending = recipient[-4:] if self._magic_numbers else ""
        if ending in _REFUSALS:
            return Failed(_REFUSALS[ending], permanent=True), None
        upstream_id = f"{attempt.message.id}.{attempt.part_first}.{attempt.try_no}"
        state = _ENDS.get(ending, State.DELIVERED)
        receipt = Receipt(self.name, upstream_id, state, NetworkError.TEST_MODE, now, now, recipient)
        return Taken(upstream_id), None if ending == _SILENT else receipt
