"""What a simulated carrier costs per part: submit, answer, receipt and the file: `python -m bench.simulator`.

Budget: the polite carrier ≤ 4 µs. Parts go in lists of 500 (and one by one, for comparison), every receipt is kept at
once, the file is real. Prints the median of the runs in microseconds of processor time a part.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from heliograph.connectors.simulated import SimulatedConnector
from heliograph.model.message import Attempt, Content, Message, Priority, State
from heliograph.model.receipt import Incoming, Receipt
from heliograph.ops.clock import SystemClock
from heliograph.ports import Settled
from heliograph.simulator.memory import CarrierMemory

PARTS = 50_000
RUNS = 5


class Counter:
    """A `ports.Lift` that counts and keeps everything."""

    def __init__(self) -> None:
        self.answers = 0
        self.receipts = 0

    def settled(self, outcomes: list[Settled]) -> None:
        self.answers += len(outcomes)

    def received(self, events: list[Receipt | Incoming], then: Callable[[bool], None]) -> None:
        self.receipts += len(events)
        then(True)

    def ready(self, connector: str) -> None:
        pass


def attempt(number: int) -> Attempt:
    recipient = f"38067{number // 9_000:03d}{1_000 + number % 9_000}"
    content = Content("Your code is 123456. Do not tell it to anybody.")
    message = Message(
        100_000_001 + number, 1, "sms", "Heliograph", recipient, recipient, content, 0, 1, State.SENDING,
        Priority.NORMAL, "smsclub", "smsclub_json", "", 1, 0, 0, 0, "carrier", "all", "all", 1, 450_000, 1,
    )  # fmt: skip
    return Attempt(message, 1, 1, 1, "carrier")


async def run(personality: str, at_once: int, file: Path | None) -> float:
    connector = SimulatedConnector("carrier", personality, file, SystemClock(), window=1_000)
    lift = Counter()
    await connector.start(lift)
    attempts = [attempt(number) for number in range(PARTS)]
    gc.collect()
    gc.freeze()  # as in a gateway that runs for long: what waits is not looked at again and again
    began = time.process_time()
    sent = 0
    while sent < PARTS:
        room = min(connector.free, at_once)
        if room:
            connector.send(attempts[sent : sent + room])
            sent += room
        await asyncio.sleep(0)
    while lift.receipts < PARTS:
        await asyncio.sleep(0.02)
    spent = time.process_time() - began
    assert lift.answers == PARTS
    await connector.stop(1)
    gc.unfreeze()
    return spent / PARTS * 1e6


def main() -> None:
    for personality, at_once, keeps in (
        ("polite", 500, True),
        ("instant", 500, True),
        ("instant", 500, False),
        ("instant", 1, True),
    ):
        laps = []
        for _ in range(RUNS):
            with tempfile.TemporaryDirectory() as folder:
                laps.append(asyncio.run(run(personality, at_once, Path(folder) / "file" if keeps else None)))
        words = f"{personality}, lists of {at_once}, {'with' if keeps else 'without'} file"
        print(f"{words:36} {statistics.median(laps):6.2f} µs a part")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        asyncio.run(run("instant", 500, file))
        began = time.process_time()
        CarrierMemory(file).open()
        print(f"{'opening the file again':36} {(time.process_time() - began) / PARTS * 1e6:6.2f} µs a part")


if __name__ == "__main__":
    main()
