"""What admission pays the directory and the guards, per message: `python bench/directory.py`.

Budget: operator + route + price ≤ 3 µs, duplicate rule (reserve + confirm) ≤ 3 µs, after warm-up. Every number is
another one, the plan is the built-in one, routes and tariffs are as many as a busy operator has. Prints the median of
five runs in microseconds a message.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from heliograph.channels.sms.numbering import NumberingPlan
from heliograph.core.directory import Directory, secret_digest
from heliograph.core.guards import Duplicates
from heliograph.core.pricing import TariffLine
from heliograph.core.purses import Purses
from heliograph.core.routing import Rule
from heliograph.model.account import (
    Account,
    Credential,
    CredentialKind,
    DirectoryRows,
    Sender,
    StopListed,
)
from heliograph.model.message import Kind
from heliograph.model.money import Purse

COUNT = 50_000
START = 1_763_700_000_000
SECRET = b"key"
ACCOUNT = Account(1, "shop", 1, "standard", 1, 1)
NUMBERS = [f"380{(67, 50, 63, 96)[i % 4]}{i:07d}" for i in range(COUNT)]


def made() -> Directory:
    rows = DirectoryRows(
        1,
        [ACCOUNT],
        [Credential(1, 1, CredentialKind.TOKEN, secret_digest(SECRET, "token"))],
        [Sender(1, 1, "Shop")],
        stop_list=[StopListed(1, f"38067{i:07d}") for i in range(COUNT, 3 * COUNT)],
    )
    rules = [Rule(f"route{i}", ("carrier",), prefixes=(f"3806{i}", f"48{i:03d}")) for i in range(10)]
    rules += [Rule("poland", ("carrier",), mcc=("260",)), Rule("rest", ("carrier",))]
    lines = [TariffLine(f"line{i}", "standard", "0.85", prefixes=(f"48{i:03d}",)) for i in range(1_000)]
    lines += [TariffLine(f"ua{i}", "standard", "0.85", prefixes=(f"3806{i}",)) for i in range(10)]
    lines += [TariffLine("rest", "standard", "1")]
    return Directory(rows, rules, lines, NumberingPlan.builtin(), SECRET)


def per_message(work: Callable[[], object]) -> float:
    laps = []
    for _ in range(6):
        start = time.process_time()
        work()
        laps.append((time.process_time() - start) / COUNT * 1e6)
    return statistics.median(laps[1:])


def main() -> None:
    directory = made()
    purses = Purses([Purse(1, 1, "UAH", 10**18)])

    def way() -> None:
        operator, choose, price = directory.operator, directory.routing.choose, directory.tariffs.price
        for number in NUMBERS:
            network = operator(number)
            choose(ACCOUNT, "Shop", number, network, Kind.TEXT)
            price("standard", number, network, Kind.TEXT)

    def duplicates() -> None:
        guard = Duplicates()
        for index, number in enumerate(NUMBERS):
            now = START + index // 4
            key = guard.reserve("smsclub_json", 1, "Shop", number, "Your code is 123456", 120, now)
            assert isinstance(key, bytes)
            guard.confirm(key, now)

    works: dict[str, Callable[[], object]] = {
        "operator + route + price": way,
        "operator alone": lambda: [directory.operator(number) for number in NUMBERS],
        "duplicate rule": duplicates,
        "token": lambda: [directory.by_token("token") for _ in NUMBERS],
        "sender": lambda: [directory.may_send_as(ACCOUNT, "Shop") for _ in NUMBERS],
        "stop list of 100,000": lambda: [directory.stop_listed(ACCOUNT, number) for number in NUMBERS],
        "money": lambda: [purses.reserve(1, 850_000) for _ in NUMBERS],
    }
    for name, work in works.items():
        print(f"{name:28} {per_message(work):6.2f} µs")


if __name__ == "__main__":
    main()
