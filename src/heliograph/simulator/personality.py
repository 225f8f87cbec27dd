"""How simulated carriers behave: what becomes of a part, as a value, from its number and the carrier's personality.

Pure: no clock, no chance. The same code stands behind the in-process connector and behind simulated SMPP carriers.
The last four digits of a number choose its fate whatever the personality, so that a client's tests can ask for every
outcome by number; all others meet the personality's usual fate. docs/simulator.md lists both, and a test holds that
page to these tables.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from heliograph.model.message import State

# Codes of the network errors our carriers report (smsc-messages.md 3.6).
NO_SUCH_NUMBER: Final = 1
OUT_OF_COVERAGE: Final = 6
CANNOT_RECEIVE: Final = 11
TEST_MODE: Final = 200
OPERATOR_QUEUE_FULL: Final = 220
NO_CONTRACT: Final = 243
WRONG_FORMAT: Final = 249
FORBIDDEN_NUMBER: Final = 252
REJECTED: Final = 255

SAME_ID: Final = "4711"
"""The one upstream id a carrier gives that gives everybody the same."""


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
    """A receipt and how long after the submit it leaves: `after_ms` and up to `spread_ms` more, by chance.

    `state` None: still on its way.
    """

    after_ms: int
    state: State | None
    error: int = 0
    spread_ms: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Fate:
    """What becomes of one part. Times in ms from the submit; `reply` is texted back by the handset, "" for nothing.

    `retry_after_ms` goes with LATER and THROTTLED. `once` holds for a message's first try only. `known_as` is the
    upstream id that is told: None the part's own, "" none at all (its receipts then carry one nobody was told).
    `roams`: an HLR query finds the subscriber abroad.
    Compared by identity: equal parts share one fate.
    """

    answer: Answer = Answer.TAKEN
    answer_after_ms: int = 0
    error: int = 0
    receipts: tuple[PlannedReceipt, ...] = ()
    reply: str = ""
    retry_after_ms: int | None = None
    once: bool = False
    known_as: str | None = None
    roams: bool = False


@dataclass(frozen=True, slots=True)
class Personality:
    """A carrier. `per_second` parts are taken, more are throttled (0 = all); `up_ms`/`down_ms` are the turns of a link
    that comes and goes (0 = always there). `by_last_digit` are numbers it treats otherwise than `usual`; `magic` are
    the four last digits that mean something to it."""

    name: str
    usual: Fate
    meaning: str
    per_second: int = 0
    up_ms: int = 0
    down_ms: int = 0
    by_last_digit: Mapping[str, Fate] = field(default_factory=dict)
    magic: Mapping[str, Fate] = field(default_factory=lambda: MAGIC_FATES)
    magic_after: Fate | None = None
    """What a magic number's `once` gives way to at the next try; None: POLITE."""
    throttled_percent: int = 0
    """How many of a hundred parts are throttled by chance."""


def _delivered(after_ms: int, error: int = 0, *, spread_ms: int = 0) -> tuple[PlannedReceipt, ...]:
    return (PlannedReceipt(after_ms, State.DELIVERED, error, spread_ms),)


def _ends(state: State, error: int) -> Fate:
    return Fate(receipts=(PlannedReceipt(300, state, error),))


POLITE: Final = Fate(receipts=_delivered(50, spread_ms=250))
_REFUSED: Final = Fate(Answer.REFUSED, error=REJECTED)
_LATER: Final = Fate(Answer.LATER, error=OPERATOR_QUEUE_FULL, retry_after_ms=1_000, once=True)
_SILENT: Final = Fate(Answer.SILENT, once=True)
THROTTLED: Final = Fate(Answer.THROTTLED, retry_after_ms=500)

MAGIC: Final[dict[str, tuple[Fate, str]]] = {
    "0000": (POLITE, "delivered"),
    "0001": (_ends(State.UNDELIVERABLE, OUT_OF_COVERAGE), "taken, then undeliverable (error 6)"),
    "0002": (_ends(State.EXPIRED, OUT_OF_COVERAGE), "taken, then expired (error 6)"),
    "0003": (_REFUSED, "refused for good at submit (error 255)"),
    "0004": (replace(THROTTLED, once=True), "throttled at the first try, then delivered"),
    "0005": (_SILENT, "taken without an answer at the first try: in doubt, then delivered"),
    "0006": (Fate(answer_after_ms=3_000, receipts=_delivered(3_300)), "answered after three seconds, then delivered"),
    "0007": (Fate(answer_after_ms=500, receipts=_delivered(0)), "delivered, its receipt before the answer"),
    "0008": (Fate(receipts=(*_delivered(100), *_delivered(200))), "delivered, its receipt twice"),
    "0009": (Fate(), "taken, no receipt ever"),
    "0010": (_ends(State.UNDELIVERABLE, NO_SUCH_NUMBER), "taken, then undeliverable: no such number (error 1)"),
    "0011": (_LATER, "refused for now at the first try (error 220), then delivered"),
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
    "0016": (
        Fate(receipts=_delivered(100), known_as=""),
        "taken without a message id; delivered, but the receipt matches nothing",
    ),
    "0017": (Fate(receipts=_delivered(100), known_as=SAME_ID), "delivered, under the same message id as all others"),
    "0018": (
        Fate(Answer.LATER, error=OPERATOR_QUEUE_FULL),
        "refused for now at every try (error 220), until its validity is over",
    ),
    "0019": (replace(POLITE, roams=True), "delivered; an HLR query finds the subscriber abroad"),
}
"""Last four digits → fate and what it is, in words."""

MAGIC_FATES: Final[Mapping[str, Fate]] = {digits: fate for digits, (fate, _) in MAGIC.items()}

_VIRTUAL: Final = Fate(receipts=_delivered(0, TEST_MODE))

TEST_MODE_MAGIC: Final[dict[str, tuple[Fate, str]]] = {
    "9900": (Fate(), "taken, stays on its way"),
    "9901": (_VIRTUAL, "delivered (status 1)"),
    "9903": (_ends(State.EXPIRED, OUT_OF_COVERAGE), "expired (status 3)"),
    "9920": (_ends(State.UNDELIVERABLE, OUT_OF_COVERAGE), "undeliverable (status 20)"),
    "9922": (Fate(Answer.REFUSED, error=WRONG_FORMAT), "refused: wrong number (status 22, error 249)"),
    "9923": (Fate(Answer.REFUSED, error=FORBIDDEN_NUMBER), "refused: forbidden (status 23, error 252)"),
    "9924": (Fate(Answer.REFUSED, error=NO_CONTRACT), "refused: not enough money (status 24, error 243)"),
    "9925": (Fate(Answer.REFUSED, error=CANNOT_RECEIVE), "refused: cannot be reached (status 25, error 11)"),
}
"""What `99SS` does in test mode where the operator switched it on (smsc-messages.md 2.20)."""


def _in_test_mode(fate: Fate) -> Fate:
    """What is delivered carries the error code that says so (decisions.md 16)."""
    receipts = (
        replace(receipt, error=TEST_MODE) if receipt.state is State.DELIVERED else receipt for receipt in fate.receipts
    )
    return replace(fate, receipts=tuple(receipts))


_TEST_MODE_FATES: Final[Mapping[str, Fate]] = {
    digits: _in_test_mode(fate) for digits, (fate, _) in (MAGIC | TEST_MODE_MAGIC).items()
}

PERSONALITIES: Final[dict[str, Personality]] = {
    personality.name: personality
    for personality in (
        Personality("polite", POLITE, "takes everything at once, delivers within a third of a second"),
        Personality("instant", Fate(receipts=_delivered(0)), "the same without any delay, for measuring"),
        Personality("slow", Fate(receipts=_delivered(5_000)), "takes at once, its receipts need five seconds"),
        Personality(
            "late",
            Fate(answer_after_ms=2_000, receipts=_delivered(2_500)),
            "answers only after two seconds; the first try to a number that ends in 9 it never answers",
            by_last_digit={"9": _SILENT},
        ),
        Personality(
            "refuses",
            POLITE,
            "refuses numbers that end in 0 for good (error 255), in 5 because they do not exist (error 1), in 1 for "
            "now, at the first try (error 220)",
            by_last_digit={"0": _REFUSED, "5": Fate(Answer.REFUSED, error=NO_SUCH_NUMBER), "1": _LATER},
        ),
        Personality(
            "expires", Fate(receipts=(PlannedReceipt(1_000, State.EXPIRED, OUT_OF_COVERAGE),)), "never reaches anybody"
        ),
        Personality("throttles", POLITE, "takes twenty parts a second and throttles the rest", per_second=20),
        Personality(
            "flaps", POLITE, "its link is up for ten seconds, then gone for three", up_ms=10_000, down_ms=3_000
        ),
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
        Personality(
            "hasty",
            Fate(answer_after_ms=50, receipts=_delivered(0, spread_ms=550)),
            "its receipts leave from 50 ms before the answer to half a second after it",
        ),
        Personality("silent", Fate(), "takes everything and sends no receipt"),
        Personality(
            "no_ids", Fate(receipts=_delivered(100), known_as=""), "answers without message ids: no receipt can match"
        ),
        Personality(
            "virtual",
            _VIRTUAL,
            "test mode: delivered with error 200, nothing leaves the gateway; magic numbers are numbers like others",
            magic={},
        ),
        Personality(
            "virtual_magic",
            _VIRTUAL,
            "test mode that obeys magic numbers; delivered is always with error 200",
            magic=_TEST_MODE_FATES,
            magic_after=_VIRTUAL,
        ),
    )
}


def fate(personality: Personality, recipient: str, try_no: int) -> Fate:
    """What becomes of a part to `recipient` at its `try_no`-th try (from 1)."""
    chosen = personality.magic.get(recipient[-4:])
    if chosen is not None:
        return (personality.magic_after or POLITE) if chosen.once and try_no > 1 else chosen
    chosen = personality.by_last_digit.get(recipient[-1:])
    if chosen is None or (chosen.once and try_no > 1):
        return personality.usual
    return chosen
