"""What one `/sms/send` costs in our own code: reading, answering, and the door around an intake that does nothing.

    .venv/bin/python bench/smsclub.py

Prints microseconds per request and per recipient, medians of several runs, beside their budgets: 25 µs for a single
send, 6 µs for each of a hundred recipients (of the 55 µs that 18,000 messages a second leave for everything).
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

from heliograph.dialects.smsclub_json import Caller, read_ids, read_send, send_reply, status_reply
from heliograph.model.refusal import Accepted

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "doors"))
from smsclub_world import World, message_of

CALLER = Caller(account_id=7, door="smsclub", peer="192.0.2.1", duplicate_window_s=120)
RUNS = 7


def body(recipients: int) -> bytes:
    """A send of one text to so many numbers, as PHP writes it."""
    numbers = [str(380_989_300_000 + n) for n in range(recipients)]
    return json.dumps({"src_addr": "VashZakaz", "phone": numbers, "message": "Ваш код 1234"}).encode()


def median_us(call, loops: int) -> float:
    """Median over the runs of the mean of `loops` calls."""
    runs = []
    for _ in range(RUNS):
        started = time.perf_counter()
        for _ in range(loops):
            call()
        runs.append((time.perf_counter() - started) / loops * 1e6)
    return statistics.median(runs)


class AnsweringIntake:
    """Accepts everything with messages made beforehand: what is measured is the door."""

    def __init__(self, answers) -> None:
        self._answers = answers

    def submit_then(self, submissions, then):
        """The prepared answers."""
        then(self._answers)


def door_us(recipients: int, loops: int) -> float:
    """The door as the shell calls it, the account's rate set out of the way."""
    answers = [Accepted(message_of(106 + n)) for n in range(recipients)]
    world = World(intake=AnsweringIntake(answers), requests_per_second=1_000_000)
    payload = body(recipients)

    async def run() -> float:
        runs = []
        for _ in range(RUNS):
            started = time.perf_counter()
            for _ in range(loops):
                await world.call("/sms/send", payload)
            runs.append((time.perf_counter() - started) / loops * 1e6)
        return statistics.median(runs)

    return asyncio.run(run())


def main() -> None:
    """Measure and print."""
    print(f"{'':34}{'per request':>14}{'per recipient':>16}{'budget':>10}")
    for recipients, loops, budget in ((1, 5_000, 25.0), (100, 200, 6.0)):
        payload = body(recipients)
        submissions = read_send(payload, CALLER)
        answers = [Accepted(message_of(106 + n, submission=item)) for n, item in enumerate(submissions)]
        reading = median_us(lambda: read_send(payload, CALLER), loops)  # noqa: B023 - called before the next turn
        answering = median_us(lambda: send_reply(submissions, answers), loops)  # noqa: B023
        whole = door_us(recipients, loops)
        for what, took in (("read", reading), ("answer", answering), ("door, with building the request", whole)):
            line = f"{what}, {recipients}"
            print(f"{line:34}{took:11.1f} µs{took / recipients:13.2f} µs{budget:7.0f} µs")
    ids = json.dumps({"id_sms": list(range(106, 206))}).encode()
    messages = [message_of(106 + n) for n in range(100)]
    print(f"{'status of 100 ids':34}{median_us(lambda: status_reply(read_ids(ids), messages), 200):11.1f} µs")


if __name__ == "__main__":
    main()
