"""Accounts and what belongs to them. All values are immutable: the directory replaces them whole (decisions.md 20)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from heliograph.model.limits import UNLIMITED, Limits
from heliograph.model.senders import AtOperator
from heliograph.model.subclient import Flag, Profile

HOLD, PASS = "hold", "pass"
"""What becomes of parts of long messages (`Settings.parts`)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an account may set or an operator sets for it.

    `speed` is parts a second over all doors, 0 = no limit; `max_waiting` the parts it may have waiting, 0 = the
    server's limit. `zone` (`core.zones`) and `language` are for what it is shown, "" = the interface's usual
    ones. `allowed_peers` are addresses or networks in CIDR form; empty = everybody; fails closed.
    `test_mode`: nothing leaves and nothing is paid. `hashed_passwords`: the MD5 or SHA-1 hex of the password may stand
    for it where an interface knows that form. `secrets_in_url`: a password, token or key may stand in the address of a
    request, where proxies and histories keep it. `default_sender` is for requests that name none, "" = the first name.
    `parts`: parts of long messages by SMPP wait for each other (`hold`) or go alone (`pass`).
    `national` are identifiers of the languages whose tables (TS 23.038, 6.2.1.2) its texts may use; empty = none.
    `smpp_binds`, `smpp_window` (deliver_sm without an answer in each bind) and `smpp_speed` (messages a second) are its
    limits by SMPP, 0 = the server's; `smpp_overspeed`: above the speed it is refused (`refuse`) or waits (`wait`), "" =
    as the server does. `smpp_vendor_tlvs`: whether receipts by SMPP have SMSC's parameters 0x2000 to 0x2003, `on` or
    `off`, "" = as the flavour has it.
    `mail_answers`: who sends by mail gets a mail that says what became of it.
    `command_phones` are the telephones (MSISDN) that may control it by texts, `command_targets` whom such a text
    reaches, in the words of send.php: `+380…`, `G17`.
    Of SMS Club's HTTP gateway: `gateway_base64`, texts are Base64 on every path; `gateway_newlines`, a line feed
    follows each `<br/>`.
    """

    active: bool = True
    transactional: bool = False
    test_mode: bool = False
    speed: int = 0
    max_waiting: int = 0
    zone: str = ""
    language: str = ""
    closed_doors: tuple[str, ...] = ()
    allowed_peers: tuple[str, ...] = ()
    parameter_errors_as_add_info: bool = False
    hashed_passwords: bool = True
    secrets_in_url: bool = True
    default_sender: str = ""
    national: tuple[int, ...] = ()
    gateway_base64: bool = False
    gateway_newlines: bool = False
    parts: str = HOLD
    mail_answers: bool = False
    command_phones: tuple[str, ...] = ()
    command_targets: tuple[str, ...] = ()
    smpp_binds: int = 0
    smpp_window: int = 0
    smpp_speed: int = 0
    smpp_overspeed: str = ""
    smpp_vendor_tlvs: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One customer. Purse, tariff, senders, contacts and limits are pointers: a sub-client may use its owner's
    (decisions.md 7); `contacts_of` 0 means its own. `limits` are what whoever points here by `limits_of` must keep to,
    counted together. `profile` is what the owner (`parent`) knows and wants of a sub-client, None for a main account.
    """

    id: int
    login: str
    purse: int
    tariff: str
    senders_of: int
    limits_of: int
    settings: Settings = Settings()
    second_purse: int = 0
    parent: int = 0
    created_at: int = 0
    contacts_of: int = 0
    limits: Limits = UNLIMITED
    profile: Profile | None = None

    def shown_since(self, now: int) -> int:
        """Messages accepted before this moment (ms) are not shown to the account: the owner of a sub-client may hide
        them all, or what is older than some days."""
        profile = self.profile
        if profile is None:
            return 0
        if profile.has(Flag.MESSAGES_HIDDEN):
            return now + 1
        return now - profile.keep_days * 86_400_000 if profile.keep_days else 0


NO_INCOMING = "no-incoming"
"""In the scope of an SMPP credential: incoming messages do not go to it."""


class CredentialKind(enum.StrEnum):
    """How a caller proves who he is."""

    TOKEN = "token"  # noqa: S105 - the name of a kind, not a secret
    APIKEY = "apikey"
    PASSWORD = "password"  # noqa: S105 - the name of a kind, not a secret
    SMPP = "smpp"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Credential:
    """One secret of an account, never in clear.

    Tokens, API keys and PINs: `digest` is the HMAC-SHA256 hex under the installation's key. Passwords: `digest` holds
    the argon2id hashes of the MD5 hex and of the SHA-1 hex, joined by a blank (decisions.md 18). `name` is the
    system_id of an SMPP credential, else a label. `scope` is `live`, `test` or `read`; of an SMPP credential it is
    `live`, or words: the flavour it is answered in (`smsc`, `smsclub`, `plain`), and `no-incoming`.
    """

    id: int
    account_id: int
    kind: CredentialKind
    digest: str
    name: str = ""
    scope: str = "live"
    created_at: int = 0


class SenderState(enum.IntEnum):
    """Moderation of a sender name (smsc-directory.md 5.3)."""

    WAITING = 0
    ACTIVE = 1
    DISABLED = 2


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender name of an account, 1–11 characters, or a number; with `mail` an e-mail address.

    `comment` is what its owner said of it, `requisites` what he said of himself (parameter, value).
    """

    id: int
    account_id: int
    name: str
    state: SenderState = SenderState.ACTIVE
    mail: bool = False
    comment: str = ""
    operators: tuple[AtOperator, ...] = ()
    requisites: tuple[tuple[str, str], ...] = ()
    created_at: int = 0

    @property
    def is_number(self) -> bool:
        """A number: whoever wants to send as it proves that he answers there."""
        digits = self.name.removeprefix("+")
        return digits.isascii() and digits.isdigit()

    def at(self, flag: str) -> AtOperator | None:
        """The registration under a flag, None if it was never asked for."""
        return next((one for one in self.operators if one.flag == flag), None)


HANDLER = "handler"
"""The kind of endpoint that is called in SMSC's form (smsc-messages.md 10)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an account wants to be called.

    Kind `event` is our own form; `secret` signs its calls as Standard Webhooks ask. Kind `handler` is SMSC's form, at
    most one an account; `secret` holds the signing parameters of its address, which `url` has no more. `events` are
    `status` and `incoming`; `window` is how many calls may be under way at once.
    """

    id: int
    account_id: int
    url: str
    secret: str
    kind: str = "event"
    events: tuple[str, ...] = ("status", "incoming")
    window: int = 8
    active: bool = True

    @property
    def target(self) -> str:
        """Where its notices go, as `Message.targets` names it."""
        return f"handler:{self.id}" if self.kind == HANDLER else f"endpoint:{self.id}"


class Blocks(enum.IntEnum):
    """What an entry of a stop list keeps away from a number; numbers as `type` (smsc-directory.md 1.2)."""

    EVERYTHING = 0
    MAILINGS = 1
    SINGLE = 2


@dataclass(frozen=True, slots=True)
class StopListed:
    """A number that gets nothing from `account_id` (0 = from nobody), or only some. An account has it once; equal
    whatever its `id`."""

    account_id: int
    recipient: str
    blocks: Blocks = Blocks.EVERYTHING
    id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of the directory: who changed what, when, from and to what (JSON texts, "" = absent)."""

    id: int
    at: int
    author: str
    subject: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DirectoryRows:
    """Everything the store keeps of the directory, as it was at revision `revision`."""

    revision: int
    accounts: list[Account] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    senders: list[Sender] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)
    stop_list: list[StopListed] = field(default_factory=list)
