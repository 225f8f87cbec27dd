"""How simulated carriers behave: what becomes of a part, as a value, from its number and the carrier's personality.

Pure: no clock, no chance. The same code stands behind the in-process connector and behind simulated SMPP carriers.
The last four digits of a number choose its fate whatever the personality, so that a client's tests can ask for every
outcome by number; all others meet the personality's usual fate. docs/simulator.md lists both.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Final

from heliograph.model.message import State

# Codes of the network errors our carriers report (smsc-messages.md 3.6).
NO_SUCH_NUMBER: Final = 1
OUT_OF_COVERAGE: Final = 6
OPERATOR_QUEUE_FULL: Final = 220
REJECTED: Final = 255
TEST_MODE: Final = 200


class Answer(enum.Enum):
    """What the carrier says to a submit."""

    TAKEN = "taken"
    REFUSED = "refused"
    """For good."""
    LATER = "later"
    """Not now: try again."""
    THROTTLED = "throttled"
    """Slower, please."""
    SILENT = "silent"
    """It takes the part and never answers."""


@dataclass(frozen=True, slots=True)
class PlannedReceipt:
    """A receipt and how long after the submit it leaves. `state` None: still on its way."""

    after_ms: int
    state: State | None
    error: int = 0


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one part. Times in ms from the submit; `reply` is texted back by the handset, "" for nothing."""

    answer: Answer = Answer.TAKEN
    answer_after_ms: int = 0
    error: int = 0
    receipts: tuple[PlannedReceipt, ...] = ()
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Personality:
    """A carrier. `per_second` parts are taken, more are throttled (0 = all); `up_s`/`down_s` are the turns of a link
    that comes and goes (0 = always there)."""

    name: str
    usual: Fate
    meaning: str
    per_second: int = 0
    up_s: float = 0.0
    down_s: float = 0.0
    refuses_every: int = 0
    """One number in so many, by its digits, is refused (0 = none)."""
    keeps_magic: bool = True


def _delivered(after_ms: int) -> tuple[PlannedReceipt, ...]:
    return (PlannedReceipt(after_ms, State.DELIVERED),)


_POLITE: Final = Fate(receipts=_delivered(100))

PERSONALITIES: Final[dict[str, Personality]] = {
    personality.name: personality
    for personality in (
        Personality("polite", _POLITE, "takes everything at once, delivers within a tenth of a second"),
        Personality("instant", Fate(receipts=_delivered(0)), "the same without any delay, for measuring"),
        Personality("slow", Fate(receipts=_delivered(5_000)), "takes at once, its receipts need five seconds"),
        Personality("late", Fate(answer_after_ms=2_000, receipts=_delivered(2_500)), "answers only after two seconds"),
        Personality("refuses", _POLITE, "refuses one number in five for good", refuses_every=5),
        Personality(
            "expires", Fate(receipts=(PlannedReceipt(1_000, State.EXPIRED, OUT_OF_COVERAGE),)), "never reaches anybody"
        ),
        Personality("throttles", _POLITE, "takes twenty parts a second and throttles the rest", per_second=20),
        Personality("flaps", _POLITE, "its link is up for ten seconds, then gone for three", up_s=10.0, down_s=3.0),
        Personality(
            "liar",
            Fate(
                receipts=(
                    PlannedReceipt(50, State.DELIVERED),
                    PlannedReceipt(60, State.DELIVERED),
                    PlannedReceipt(200, State.UNDELIVERABLE, OUT_OF_COVERAGE),
                )
            ),
            "says delivered twice, then the opposite",
        ),
        Personality("silent", Fate(), "takes everything and sends no receipt"),
        Personality(
            "virtual",
            Fate(receipts=(PlannedReceipt(0, State.DELIVERED, TEST_MODE),)),
            "test mode: delivered with error 200, nothing leaves the gateway",
        ),
    )
}

MAGIC: Final[dict[str, tuple[Fate, str]]] = {
    "0001": (
        Fate(receipts=(PlannedReceipt(300, State.UNDELIVERABLE, OUT_OF_COVERAGE),)),
        "taken, then undeliverable (error 6)",
    ),
    "0002": (Fate(receipts=(PlannedReceipt(300, State.EXPIRED, OUT_OF_COVERAGE),)), "taken, then expired (error 6)"),
    "0003": (Fate(Answer.REFUSED, error=REJECTED), "refused for good at submit (error 255)"),
    "0004": (Fate(Answer.THROTTLED), "throttled at the first try, then delivered"),
    "0005": (Fate(Answer.SILENT), "taken without an answer at the first try: in doubt, then delivered"),
    "0006": (Fate(answer_after_ms=3_000, receipts=_delivered(3_300)), "answered after three seconds, then delivered"),
    "0007": (Fate(answer_after_ms=500, receipts=_delivered(0)), "delivered, its receipt before the answer"),
    "0008": (Fate(receipts=(*_delivered(100), *_delivered(200))), "delivered, its receipt twice"),
    "0009": (Fate(), "taken, no receipt ever"),
    "0010": (
        Fate(receipts=(PlannedReceipt(300, State.UNDELIVERABLE, NO_SUCH_NUMBER),)),
        "taken, then undeliverable: no such number (error 1)",
    ),
    "0011": (Fate(Answer.LATER, error=OPERATOR_QUEUE_FULL), "refused for now at the first try, then delivered"),
    "0012": (
        Fate(receipts=(*_delivered(100), PlannedReceipt(300, State.UNDELIVERABLE, OUT_OF_COVERAGE))),
        "delivered, then said to be undeliverable",
    ),
    "0013": (Fate(receipts=_delivered(10_000)), "delivered after ten seconds"),
    "0014": (Fate(receipts=_delivered(100), reply="Yes"), "delivered, and the handset texts Yes back"),
    "0015": (
        Fate(receipts=(PlannedReceipt(100, None), *_delivered(400))),
        "first said to be on its way, then delivered",
    ),
}
"""Last four digits → fate and what it is, in words."""

AFTER_FIRST_TRY: Final = _POLITE
_ONLY_ONCE: Final = frozenset({"0004", "0005", "0011"})
_PLAIN_REFUSAL: Final = Fate(Answer.REFUSED, error=REJECTED)


def fate(personality: Personality, recipient: str, try_no: int) -> Fate:
    """What becomes of a part to `recipient` at its `try_no`-th try (from 1)."""
    magic = MAGIC.get(recipient[-4:])
    if magic is not None:
        return AFTER_FIRST_TRY if try_no > 1 and recipient[-4:] in _ONLY_ONCE else _as_virtual(personality, magic[0])
    every = personality.refuses_every
    if every and recipient[-3:].isdigit() and int(recipient[-3:]) % every == 0:
        return _PLAIN_REFUSAL
    return personality.usual


def _as_virtual(personality: Personality, chosen: Fate) -> Fate:
    """In test mode what is delivered carries the error code that says so (decisions.md 16)."""
    if personality.name != "virtual":
        return chosen
    receipts = tuple(
        replace(receipt, error=TEST_MODE) if receipt.state is State.DELIVERED else receipt
        for receipt in chosen.receipts
    )
    return replace(chosen, receipts=receipts)
