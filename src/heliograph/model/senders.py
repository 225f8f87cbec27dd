"""What is known of a sender name beyond its letters: how operators stand to it, its papers, its proof.

A name is registered operator by operator, each registration under a flag (smsc-directory.md 5.2, 5.3). An operator may
want another name in its place; routing puts that substitute in where a message goes to it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, NamedTuple


class OperatorState(enum.IntEnum):
    """How an operator stands to a name (smsc-directory.md 5.3). Stored: never renumber."""

    WAITING = 0
    SENT = 1
    ADMITTED = 2
    REFUSED = 3
    SUSPENDED = 4
    NO_MONEY = 5
    DOCUMENTS_NEEDED = 8
    FROM_NEXT_MONTH = 9
    MARKED_FOR_REMOVAL = 255


@dataclass(frozen=True, slots=True)
class AtOperator:
    """One registration of a name: asked for under `flag`, how it stands, the substitute ("" = none), and when state or
    substitute changed last (ms)."""

    flag: str
    state: OperatorState = OperatorState.WAITING
    substitute: str = ""
    changed_at: int = 0


class Networks(NamedTuple):
    """The networks of a flag: a country by its mcc, and some of its networks, none named = all."""

    mcc: str
    mnc: tuple[str, ...] = ()

    def has(self, mcc: str, mnc: str) -> bool:
        """Whether a network is one of them."""
        return mcc == self.mcc and (not self.mnc or mnc in self.mnc)


_MEGAFON: Final = Networks("250", ("02",))
_BEELINE: Final = Networks("250", ("99", "28"))
_MOTIV: Final = Networks("250", ("35",))
_SBER: Final = Networks("250", ("50",))
_WINMOBILE: Final = Networks("250", ("32",))
_VOLNA: Final = Networks("250", ("60",))
_MTS: Final = Networks("250", ("01",))
_TELE2: Final = Networks("250", ("20",))
_UKRAINE: Final = Networks("255")
_BELARUS: Final = Networks("257")

FLAGS: Final[dict[str, Networks]] = {
    "mega_step": _MEGAFON,
    "bee_step": _BEELINE,
    "motiv_step": _MOTIV,
    "sber_step": _SBER,
    "winmob_step": _WINMOBILE,
    "volnamob_step": _VOLNA,
    "mts_step": _MTS,
    "tele2_step": _TELE2,
    "tele2": _TELE2,
    "ua_reg": _UKRAINE,
    "ua_int": _UKRAINE,
    "mega_int": _MEGAFON,
    "motiv_int": _MOTIV,
    "mts_int": _MTS,
    "motiv": _MOTIV,
    "by_reg": _BELARUS,
    "by_int": _BELARUS,
    "tele2_int": _TELE2,
    "sber_int": _SBER,
}
"""Every flag with its networks, in the order in which lists show them; of two substitutes the earlier flag's counts."""


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that was uploaded for a name: what its owner calls it, what it really is, a remark; never a path."""

    id: int
    sender_id: int
    account_id: int
    name: str
    kind: str
    remark: str
    size: int
    added_at: int


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code that proves who answers at `number`; `digest` instead of the code, `tries` wrong ones so far."""

    number: str
    account_id: int
    digest: str
    sent_at: int
    tries: int = 0


class Paper(NamedTuple):
    """A paper as it comes in: its name, what its octets say it is, a remark, and the octets."""

    name: str
    kind: str
    remark: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an owner says of a name of his: a comment (None leaves the old one), flags under which it shall be
    registered, what he says of himself, papers."""

    comment: str | None = None
    flags: tuple[str, ...] = ()
    requisites: tuple[tuple[str, str], ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True, slots=True)
class SenderSearch:
    """Which names of an account, newest first. `every` False: activated ones only; `before` an id, 0 = from the newest;
    `changed_since` (ms) asks for those whose state at some operator changed since, 0 = all."""

    every: bool = False
    mail: bool = False
    before: int = 0
    most: int = 1_000
    changed_since: int = 0
