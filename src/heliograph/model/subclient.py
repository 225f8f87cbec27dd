"""A sub-client as its owner sees it: what he wrote down about it and what he allows it.

A sub-client is an account like any other; this is what it has besides. What of it must hold while messages pass is
worked into the account's settings, limits and pointers (`backoffice.subclients`); here everything is kept as it was
said, also what has no effect yet (smsc-directory.md 3.2).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from heliograph.model.limits import UNLIMITED, Limits
from heliograph.model.money import Micro


class Kind(enum.IntEnum):
    """Whose tariff and whose balance. Stored: never renumber."""

    OWN = 0
    OWNERS_TARIFF = 1
    OWNERS_BALANCE_AND_TARIFF = 2
    OWNERS_BALANCE = 3
    ADDITIONAL_LOGIN = 4
    """The owner himself under another name: his limits, senders and contacts, too."""

    @property
    def has_purse(self) -> bool:
        """Whether it pays from a balance of its own."""
        return self in (Kind.OWN, Kind.OWNERS_TARIFF)

    @property
    def has_tariff(self) -> bool:
        """Whether it pays by a tariff of its own."""
        return self in (Kind.OWN, Kind.OWNERS_BALANCE)


class Flag(enum.StrEnum):
    """What is switched on for a sub-client. Stored by these words."""

    INCOMING_BY_SMPP = "incoming-by-smpp"
    SMPP = "smpp"
    SUPERVISED = "supervised"
    NO_MAILINGS = "no-mailings"
    INCOMING_TO_PHONE = "incoming-to-phone"
    INCOMING_TO_MAIL = "incoming-to-mail"
    PUSH_STATUSES = "push-statuses"
    PUSH_INCOMING = "push-incoming"
    DETECT_MACHINES = "detect-machines"
    TRACK_PARTS = "track-parts"
    OWNERS_CONTACTS = "owners-contacts"
    SETTINGS_FIXED = "settings-fixed"
    MAY_NOT_PAY = "may-not-pay"
    OWNERS_SENDERS = "owners-senders"
    API_LOG = "api-log"
    MESSAGES_HIDDEN = "messages-hidden"
    CALLS_NOT_FORWARDED = "calls-not-forwarded"
    EXTENDED_CABINET = "extended-cabinet"
    SURE_ROUTES = "sure-routes"
    BLOCKED = "blocked"
    SENDER_NEVER_REPLACED = "sender-never-replaced"
    SENDER_NOT_IN_TEXT = "sender-not-in-text"
    REFUSED_OUTSIDE_HOURS = "refused-outside-hours"
    SUBSCRIBERS_HOURS = "subscribers-hours"
    NO_MASS_MAILINGS = "no-mass-mailings"
    CHEAP_ROUTE_FIRST = "cheap-route-first"
    TEST_MODE = "test-mode"
    NEW_ADDRESSES_UNCONFIRMED = "new-addresses-unconfirmed"
    MAIL_OFF = "mail-off"
    MAIL_WITHOUT_SUBJECT = "mail-without-subject"
    MAIL_WITHOUT_TEXT = "mail-without-text"
    MAIL_WITHOUT_ADDRESS = "mail-without-address"
    MAIL_TRANSLITERATED = "mail-transliterated"
    MAIL_NUMBERS_IN_BODY = "mail-numbers-in-body"
    MAIL_NUMBERS_IN_ADDRESS = "mail-numbers-in-address"


@dataclass(frozen=True, slots=True)
class Profile:
    """What an owner wrote down about a sub-client.

    `plan` and `least_plan` count from 0 in the plans of the installation, -1 = none. `low_balance` is the balance below
    which somebody is told, None = never. `keep_days` is how long it sees what it sent, 0 = for ever. `mail_*` belong
    to mail that becomes messages: to which numbers, within which hours, cut to how many characters. `flags` are in
    order. `deleted_at` (ms) is 0 while it exists. `is_told_of_balance` after word went out that the balance is low,
    until it is not.
    """

    kind: Kind = Kind.OWN
    email: str = ""
    second_email: str = ""
    phone: str = ""
    second_phone: str = ""
    person: str = ""
    requisites: str = ""
    contract: str = ""
    notes: str = ""
    site: str = ""
    plan: int = -1
    least_plan: int = -1
    sender: str = ""
    second_sender: str = ""
    low_balance: Micro | None = None
    keep_days: int = 0
    command_phones: str = ""
    answer: str = ""
    call_answer: str = ""
    mail_numbers: str = ""
    mail_from_hour: int = 0
    mail_to_hour: int = 24
    mail_length: int = 0
    flags: tuple[Flag, ...] = ()
    deleted_at: int = 0
    is_told_of_balance: bool = False

    def has(self, flag: Flag) -> bool:
        """Whether a flag is set."""
        return flag in self.flags


UNSAID = Profile()


@dataclass(frozen=True, slots=True)
class Said:
    """All an owner may say of a sub-client. `handler` is the address that is called, with its signing parameters apart,
    "" = none; `zone` "" is the owner's."""

    profile: Profile = UNSAID
    limits: Limits = UNLIMITED
    zone: str = ""
    handler: tuple[str, str] = ("", "")


class PaperKind(enum.StrEnum):
    """What is handed to a sub-client on paper."""

    INVOICE = "invoice"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice, or an act of what was done in a month, as it was when it was made.

    `number` is what stands on it: an invoice's is its id, an act's the month as `YYYY-MM`. `at` is ms since the epoch;
    `count` the messages an act is about.
    """

    id: int
    kind: PaperKind
    account_id: int
    number: str
    at: int
    amount: Micro
    currency: str
    service: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Parties:
    """Who hands the paper to whom: names, and what stands below the customer's. `day` is `dd.mm.yyyy`."""

    contractor: str
    customer: str
    requisites: str
    contract: str
    language: str
    day: str
