"""The words SMPP has for our nouns: command_status for every refusal, message_state and receipt word for every state.

One door speaks three flavours (decisions.md 13): `smsc` and `smsclub` answer as those providers do (smsc-protocols.md
2, smsclub.md 7), `plain` as SMPP 3.4 says. What a PDU asks for is read by `smpp_submit`, what goes back is made by
`smpp_deliver`. The tables are total: a test walks every `Reason` and every `State`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from heliograph.channels.sms.numbering import LONGEST, SHORTEST, normalise_smsc, normalise_smsclub
from heliograph.dialects.smsc_words import status_at
from heliograph.dialects.smsclub_words import STATES as SMSCLUB_STATES
from heliograph.model.message import State
from heliograph.model.refusal import Reason
from heliograph.protocols.smpp.status import Status

NAME: Final = "smpp"
"""`Submission.dialect` of everything that comes in by this tongue."""

FlavourName = Literal["smsc", "smsclub", "plain"]

REASONS: Final[dict[Reason, int]] = {
    Reason.BAD_CREDENTIALS: Status.ESME_RBINDFAIL,
    Reason.ADDRESS_NOT_ALLOWED: Status.ESME_RBINDFAIL,
    Reason.ADDRESS_BLOCKED: Status.ESME_RBINDFAIL,
    Reason.DOOR_CLOSED: Status.ESME_RBINDFAIL,
    Reason.TOO_MANY_REQUESTS: Status.ESME_RTHROTTLED,
    Reason.BAD_REQUEST: Status.ESME_RSUBMITFAIL,
    Reason.BAD_SENDER: Status.ESME_RINVSRCADR,
    Reason.BAD_RECIPIENT: Status.ESME_RINVDSTADR,
    Reason.BAD_TEXT: Status.ESME_RSUBMITFAIL,
    Reason.BAD_TIME: Status.ESME_RINVEXPIRY,
    Reason.TEXT_TOO_LONG: Status.ESME_RINVMSGLEN,
    Reason.TOO_MANY_ITEMS: Status.ESME_RINVNUMDESTS,
    Reason.STOP_LISTED: Status.ESME_RINVDSTADR,
    Reason.FORBIDDEN: Status.ESME_RSUBMITFAIL,
    Reason.MASS_FORBIDDEN: Status.ESME_RSUBMITFAIL,
    Reason.OUTSIDE_HOURS: Status.ESME_RSUBMITFAIL,
    Reason.NO_TEMPLATE: Status.ESME_RSUBMITFAIL,
    Reason.NUMBER_NOT_ALLOWED: Status.ESME_RINVDSTADR,
    Reason.MESSAGE_LIMIT: Status.ESME_RSUBMITFAIL,
    Reason.NUMBER_LIMIT: Status.ESME_RSUBMITFAIL,
    Reason.DUPLICATE: Status.ESME_RSUBMITFAIL,
    Reason.KEY_REUSED: Status.ESME_RSUBMITFAIL,
    Reason.NO_MONEY: Status.ESME_RSUBMITFAIL,
    Reason.NO_ROUTE: Status.ESME_RINVDSTADR,
    Reason.NO_TARIFF: Status.ESME_RINVDSTADR,
    Reason.UNSUPPORTED: Status.ESME_RINVCMDID,
    Reason.NOT_FOUND: Status.ESME_RINVMSGID,
    Reason.QUEUE_FULL: Status.ESME_RMSGQFUL,
    Reason.BUSY: Status.ESME_RMSGQFUL,
    Reason.INTERNAL: Status.ESME_RSYSERR,
}
"""Why an item is refused → command_status, where a flavour has no number of its own."""

SMSCLUB_MALFORMED, SMSCLUB_NO_WAY, SMSCLUB_STOP_LISTED, SMSCLUB_REPEATED = 192, 248, 249, 251
"""SMS Club's own numbers (smsclub.md 7)."""

_SMSC_REASONS: Final = {Reason.TEXT_TOO_LONG: Status.ESME_RSUBMITFAIL}
_SMSCLUB_REASONS: Final = {
    Reason.BAD_REQUEST: SMSCLUB_MALFORMED,
    Reason.TEXT_TOO_LONG: Status.ESME_RSUBMITFAIL,
    Reason.STOP_LISTED: SMSCLUB_STOP_LISTED,
    Reason.DUPLICATE: SMSCLUB_REPEATED,
    Reason.NO_MONEY: SMSCLUB_NO_WAY,
    Reason.NO_ROUTE: SMSCLUB_NO_WAY,
    Reason.NO_TARIFF: SMSCLUB_NO_WAY,
}


class Word(NamedTuple):
    """A state as SMPP says it: message_state (3.4, 5.2.28), and the word of a receipt's text (appendix B)."""

    number: int
    stat: str


ENROUTE: Final = Word(1, "ENROUTE")
DELIVERED: Final = Word(2, "DELIVRD")
EXPIRED: Final = Word(3, "EXPIRED")
DELETED: Final = Word(4, "DELETED")
UNDELIVERABLE: Final = Word(5, "UNDELIV")
UNKNOWN: Final = Word(7, "UNKNOWN")
REJECTED: Final = Word(8, "REJECTD")

STATES: Final[dict[State, Word]] = {
    State.HELD: ENROUTE,
    State.SCHEDULED: ENROUTE,
    State.QUEUED: ENROUTE,
    State.SENDING: ENROUTE,
    State.IN_DOUBT: ENROUTE,
    State.PAUSED: ENROUTE,
    State.SENT: ENROUTE,
    State.DELIVERED: DELIVERED,
    State.READ: DELIVERED,
    State.CLICKED: DELIVERED,
    State.UNDELIVERABLE: UNDELIVERABLE,
    State.EXPIRED: EXPIRED,
    State.REJECTED: REJECTED,
    State.CANCELLED: DELETED,
    State.UNKNOWN: UNKNOWN,
}
"""State → word, as the plain flavour says it."""

_OF_STATUS: Final = {
    -2: DELETED, -1: ENROUTE, 0: ENROUTE, 1: DELIVERED, 2: DELIVERED, 3: EXPIRED, 4: DELIVERED,
    20: UNDELIVERABLE, 22: REJECTED, 23: REJECTED, 24: REJECTED, 25: UNDELIVERABLE,
}  # fmt: skip
"""SMSC's status → word (smsc-protocols.md 2.3)."""

_OF_STAT: Final = {word.stat: word for word in (ENROUTE, DELIVERED, EXPIRED, UNDELIVERABLE, REJECTED)}


def normalise_plain(given: str) -> str:
    """An international number, with or without `+` or `00`; "" if it is none."""
    digits = given.removeprefix("+").removeprefix("00")
    is_number = digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST
    return digits if is_number and digits[0] != "0" else ""


def _plain_word(state: State, error: int) -> Word:
    return STATES[state]


def _smsc_word(state: State, error: int) -> Word:
    return _OF_STATUS[status_at(state, error)]


def _smsclub_word(state: State, error: int) -> Word:
    return _OF_STAT[SMSCLUB_STATES[state]]


@dataclass(frozen=True, slots=True)
class Flavour:
    """How one provider's SMPP differs from the others'. Numbers are what an operator has not set otherwise."""

    name: FlavourName
    normalise: Callable[[str], str]
    word: Callable[[State, int], Word]
    """State and error of an event → its word."""
    unknown_login: int
    wrong_password: int
    not_here: int = Status.ESME_RBINDFAIL
    """The caller's address is not allowed or blocked, or the account may not use SMPP."""
    too_many_binds: int = Status.ESME_RALYBND
    submits_multi: bool = True
    default_sender: bool = True
    """Without a sender the account's own one is taken; else that is a wrong sender."""
    special_texts: bool = False
    """`__HLR__` and `__PING__` ask for look-ups, `~~~` begins a comment (smsc-protocols.md 2.2)."""
    tells_errors: bool = True
    """`err` of a receipt has the error; else it is 000."""
    vendor_tlvs: bool = False
    """Receipts have SMSC's own parameters 0x2000 to 0x2003 (smsc-protocols.md 2.3)."""
    speed: int = 0
    """Messages a second of one account; 0 = no limit."""
    window: int = 10
    """deliver_sm of one bind without an answer."""
    tongue: str = NAME
    """The dialect of what it accepts: SMS Club's duplicate rule looks over all tongues of that name."""
    duplicate_window_s: int = 0
    inactivity_s: int = 0
    """Silence after which a bind is closed; 0 = only when enquire_link gets no answer."""
    reasons: Mapping[Reason, int] = field(default_factory=dict)

    def status_of(self, reason: Reason) -> int:
        """The command_status of a refusal."""
        return self.reasons.get(reason) or REASONS[reason]


FLAVOURS: Final[dict[str, Flavour]] = {
    "smsc": Flavour(
        "smsc",
        normalise_smsc,
        _smsc_word,
        unknown_login=Status.ESME_RINVSYSID,
        wrong_password=Status.ESME_RINVPASWD,
        submits_multi=False,
        special_texts=True,
        vendor_tlvs=True,
        speed=100,
        window=5,
        duplicate_window_s=60,
        inactivity_s=120,
        reasons=_SMSC_REASONS,
    ),
    "smsclub": Flavour(
        "smsclub",
        normalise_smsclub,
        _smsclub_word,
        unknown_login=Status.ESME_RBINDFAIL,
        wrong_password=Status.ESME_RBINDFAIL,
        default_sender=False,
        tells_errors=False,
        speed=30,
        tongue="smsclub_smpp",
        duplicate_window_s=120,
        inactivity_s=150,
        reasons=_SMSCLUB_REASONS,
    ),
    "plain": Flavour(
        "plain",
        normalise_plain,
        _plain_word,
        unknown_login=Status.ESME_RBINDFAIL,
        wrong_password=Status.ESME_RBINDFAIL,
        window=100,
    ),
}

PORTS: Final = {3700: "smsc", 3443: "smsc", 2775: "smsclub", 2777: "smsclub"}
"""Listening port → flavour of who binds there, where nothing else is said; any other port is plain."""
