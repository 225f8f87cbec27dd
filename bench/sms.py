"""How many texts a second are counted and encoded on one core: what every message pays for its alphabet and its parts.

    python -m bench.sms [--texts N] [--runs N]

A text is counted as intake counts it (`weigh`) and encoded as a connector encodes it (`encode_message`): both are what
a message costs on its way. "plain" are texts of the GSM alphabet of 20 to 160 characters, "long" ones of three parts;
"mixed" are Cyrillic, Latin with an odd sign, Turkish, Hindi and emoji, some of two parts; "national" the same with
Turkish and Hindi tables allowed. Every text is another one, so nothing is remembered. Figures are medians of the runs,
by CPU time of this one thread, so that a busy neighbour counts little; garbage collection is set as `serve` sets it.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import statistics
import time
from collections.abc import Collection, Iterator

from heliograph.channels.sms import Language
from heliograph.channels.sms.content import alphabet_kept, encode_message, weigh
from heliograph.model.message import Content, Message, Priority, State

BUDGETS = {"plain": 100_000, "mixed": 40_000}
WORDS = "your order is ready wait for the courier today between ten and two o'clock code do not tell it to anybody"
MIXED = (
    "Замовлення готове, заберіть його сьогодні до вечора. Код ",
    "Your parcel — “fragile” — is waiting for you, the code is ",
    "Kargonuz dağıtıma çıktı, kurye bugün size ulaşacak, kod ",
    "आपका ऑर्डर तैयार है, कोड ",
    "Order [{0}] costs 20 € ~ ",
    "🎉 Вітаємо! 👍🏽 🇺🇦 ",
)


def plain(chance: random.Random, parts: int) -> str:
    """A text of the default alphabet, of so many parts."""
    most = chance.randint(20, 160) if parts == 1 else 153 * parts - chance.randint(0, 100)
    text = " ".join(chance.choices(WORDS.split(), k=most // 3))
    return f"{chance.randint(0, 10**9)} {text}"[:most]


def mixed(chance: random.Random, number: int) -> str:
    """A text of one of the scripts in turn; one in three is three times as long."""
    text = f"{MIXED[number % len(MIXED)]}{chance.randint(0, 10**9)}. "
    return text * chance.choice((1, 1, 3))


def texts_of(name: str, count: int) -> list[str]:
    """The texts of a row of the table, the same ones each time."""
    chance = random.Random(name)
    if name in ("plain", "long"):
        return [plain(chance, 1 if name == "plain" else 3) for _ in range(count)]
    return [mixed(chance, number) for number in range(count)]


def message(content: Content) -> Message:
    """A message as intake makes it, before it is counted."""
    return Message(
        id=100_000_001, account_id=1, channel="sms", sender="Heliograph", recipient="380671234567",
        recipient_given="380671234567", content=content, coding=0, parts=1, state=State.QUEUED,
        priority=Priority.NORMAL, door="smsc", dialect="smsc_send", peer="", request_id=1, accepted_at=0, due_at=0,
        expires_at=0, connector="", route_id="", tariff_line="", purse=1, price=0, revision=0,
    )  # fmt: skip


def run(texts: list[str], languages: Collection[int]) -> tuple[float, float, int]:
    """Texts a second counted, counted and encoded, and the parts there were."""
    messages = [message(Content(text)) for text in texts]
    start = time.process_time()
    counted = [weigh(one.content, languages=languages) for one in messages]
    middle = time.process_time()
    for one, weighed in zip(messages, counted, strict=True):
        one.coding = alphabet_kept(weighed)
    begin = time.process_time()
    parts = sum([len(encode_message(one).parts) for one in messages])
    end = time.process_time()
    assert parts == sum(weighed.parts for weighed in counted)
    return len(texts) / (middle - start), len(texts) / (middle - start + end - begin), parts


def measure(count: int, runs: int) -> Iterator[tuple[str, float, float, float]]:
    """Name, parts a text, medians of texts counted, and counted and encoded, a second."""
    names = ("plain", "long", "mixed", "national")
    texts = {name: texts_of("mixed" if name == "national" else name, count) for name in names}
    found: dict[str, list[tuple[float, float, int]]] = {name: [] for name in names}
    for _ in range(runs):  # in turns, so that a neighbour's load meets all alike
        for name in names:
            languages = (Language.TURKISH, Language.HINDI) if name == "national" else ()
            found[name].append(run(texts[name], languages))
    for name, rows in found.items():
        counted, encoded = (statistics.median(row[column] for row in rows) for column in (0, 1))
        yield name, rows[0][2] / count, counted, encoded


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    print(f"{arguments.texts:,} texts, median of {arguments.runs} runs, Python {platform.python_version()}, one core, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"{'':10}{'parts':>7}{'counted/s':>14}{'and encoded/s':>16}{'budget':>12}")
    for name, parts, counted, encoded in measure(arguments.texts, arguments.runs):
        budget = f"{BUDGETS[name]:,}" if name in BUDGETS else ""
        print(f"{name:10}{parts:>7.2f}{counted:>14,.0f}{encoded:>16,.0f}{budget:>12}")


if __name__ == "__main__":
    main()
