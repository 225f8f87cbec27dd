"""What can be asked of a gateway from inside: one typed request per verb, for the control socket, the command line
and, later, the console (decisions.md 9). `office.Office` carries them out.

On the wire a request is one JSON object, `{"verb": "account.create", "login": …}`; an answer is what the verb returns,
made of plain values.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

MOST_LINE: Final = 1 << 20
"""Bytes of a request at most."""
USUAL_WINDOW: Final = 8


class NotPossible(ValueError):
    """What was asked cannot be done; the text says why, in a sentence for the one who asked."""


class _Verb(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="verb"):
    """The base of all requests."""


class AccountCreate(_Verb, frozen=True, tag="account.create"):
    """Make an account; the answer has its secrets, this once."""

    login: str
    currency: str = "UAH"
    tariff: str = "default"
    password: str | None = None


class AccountList(_Verb, frozen=True, tag="account.list"):
    """All accounts in short."""


class AccountShow(_Verb, frozen=True, tag="account.show"):
    """One account with all that belongs to it, without secrets."""

    login: str


class AccountToken(_Verb, frozen=True, tag="account.token"):
    """One more token."""

    login: str
    scope: str = "live"
    label: str = ""


class AccountApikey(_Verb, frozen=True, tag="account.apikey"):
    """One more API key."""

    login: str
    label: str = ""


class AccountSmpp(_Verb, frozen=True, tag="account.smpp"):
    """A system_id to bind with, or a new password for it; `flavour` "" leaves it to the port."""

    login: str
    system_id: str
    flavour: str = ""
    incoming: bool = True


class AccountPassword(_Verb, frozen=True, tag="account.password"):
    """A new password."""

    login: str
    password: str | None = None


class AccountCommands(_Verb, frozen=True, tag="account.commands"):
    """Telephones that may control the account by SMS, whom their texts reach, and their PIN ("" = none); what is not
    given stays."""

    login: str
    phones: list[str] | None = None
    to: list[str] | None = None
    pin: str | None = None


class AccountRevoke(_Verb, frozen=True, tag="account.revoke"):
    """Remove a credential by its id."""

    login: str
    credential: int


class AccountTopUp(_Verb, frozen=True, tag="account.top-up"):
    """Pay in, or correct by a negative amount."""

    login: str
    amount: str
    note: str = ""


class AccountSet(_Verb, frozen=True, tag="account.set"):
    """Change settings; what is not given stays."""

    login: str
    active: bool | None = None
    transactional: bool | None = None
    speed: int | None = None
    max_waiting: int | None = None
    allowed_peers: list[str] | None = None
    closed_doors: list[str] | None = None
    parameter_errors_as_add_info: bool | None = None
    test_mode: bool | None = None
    hashed_passwords: bool | None = None
    secrets_in_url: bool | None = None
    mail_answers: bool | None = None
    gateway_base64: bool | None = None
    gateway_newlines: bool | None = None
    default_sender: str | None = None
    zone: str | None = None
    language: Literal["", "ru", "uk", "en"] | None = None
    national: list[int] | None = None
    parts: Literal["hold", "pass"] | None = None
    smpp_binds: int | None = None
    smpp_window: int | None = None
    smpp_speed: int | None = None
    smpp_overspeed: Literal["", "refuse", "wait"] | None = None
    smpp_vendor_tlvs: Literal["", "on", "off"] | None = None
    tariff: str | None = None
    credit: str | None = None


class AccountSender(_Verb, frozen=True, tag="account.sender"):
    """Let the account use a sender name, or no more."""

    login: str
    name: str
    remove: bool = False


class SenderList(_Verb, frozen=True, tag="senders.list"):
    """Sender names of one account, or of all; `waiting` only those nobody has decided on."""

    login: str = ""
    waiting: bool = False


class SenderShow(_Verb, frozen=True, tag="senders.show"):
    """One sender name with all that belongs to it."""

    id: int


class SenderModerate(_Verb, frozen=True, tag="senders.moderate"):
    """Let a sender name in, or shut it out."""

    id: int
    allowed: bool


class SenderOperator(_Verb, frozen=True, tag="senders.operator"):
    """How an operator stands to a sender name, and what it shows instead."""

    id: int
    flag: str
    state: int | None = None
    substitute: str | None = None


class SenderPaper(_Verb, frozen=True, tag="senders.document"):
    """A document of a sender name; the answer has its octets in Base64."""

    id: int


class TemplateList(_Verb, frozen=True, tag="templates.list"):
    """Texts registered at operators, of one account or of all; `waiting` only those nobody has decided on."""

    login: str = ""
    waiting: bool = False


class TemplateModerate(_Verb, frozen=True, tag="templates.moderate"):
    """Say how a text stands at its operator: 0 waiting, 1 sent, 2 admitted, 3 refused."""

    id: int
    status: Literal[0, 1, 2, 3]


class StatsGet(_Verb, frozen=True, tag="stats.get"):
    """What was sent from one day to the end of another, `YYYY-MM-DD`, by an account or by all; `last` "" is until now.
    `by` says what the figures are told apart by; days are those of the account's zone, or UTC."""

    first: str
    last: str = ""
    login: str = ""
    by: tuple[Literal["day", "account", "sender", "operator"], ...] = ("day",)


class RetentionShow(_Verb, frozen=True, tag="retention.show"):
    """What is kept of each class, for how long, and what would be removed now."""


class AccountCallback(_Verb, frozen=True, tag="account.callback"):
    """Call an address with the account's events; the answer has the signing secret, this once."""

    login: str
    url: str
    events: tuple[Literal["status", "incoming"], ...] = ("status", "incoming")
    window: int = USUAL_WINDOW


class AccountCallbackRemove(_Verb, frozen=True, tag="account.callback-remove"):
    """Call it no more."""

    login: str
    callback: int


class AccountHandler(_Verb, frozen=True, tag="account.handler"):
    """Call an address in SMSC's form; an empty one switches the calls off."""

    login: str
    url: str
    events: tuple[Literal["status", "incoming"], ...] = ("status", "incoming")
    window: int = USUAL_WINDOW


class AccountFailed(_Verb, frozen=True, tag="account.failed"):
    """Calls of an account that were given up, the oldest first."""

    login: str
    most: int = 100


class AccountReplay(_Verb, frozen=True, tag="account.replay"):
    """Make them once more."""

    login: str


class StopNumber(_Verb, frozen=True, tag="stop"):
    """A number that gets nothing (more), from one account or from everybody."""

    number: str
    login: str | None = None
    lift: bool = False


class StopListAdd(_Verb, frozen=True, tag="stop-list.add"):
    """Put numbers on a stop list, a row each with `phone` and `blocks`; the answer says of each why it was refused, ""
    if it was kept. `login` "" is the list that counts for everybody."""

    rows: list[dict[str, str]]
    login: str = ""
    preview: bool = False


class StopListGet(_Verb, frozen=True, tag="stop-list.get"):
    """A page of a stop list with id > `after`."""

    login: str = ""
    after: int = 0
    most: int = 100


class Send(_Verb, frozen=True, tag="send"):
    """Send a text as an account would."""

    login: str
    sender: str
    to: list[str]
    text: str
    validity_s: int | None = None
    due_at: int | None = None


class Incoming(_Verb, frozen=True, tag="incoming"):
    """Let a handset of a simulated carrier text a number of ours."""

    connector: str
    sender: str
    recipient: str
    text: str


class IncomingCall(_Verb, frozen=True, tag="incoming-call"):
    """A telephone system has heard a call of `sender` to a number of ours; nobody needs to have answered it."""

    sender: str
    recipient: str


class AlarmAdd(_Verb, frozen=True, tag="alarm.add"):
    """Make an event notification: who is told what by `ping.php`."""

    login: str
    name: str
    failure: str
    recovery: str = ""
    to: list[str] = []
    groups: list[int] = []
    sender: str = ""
    flash: bool = False


class AlarmList(_Verb, frozen=True, tag="alarm.list"):
    """The event notifications of an account."""

    login: str


class AlarmRemove(_Verb, frozen=True, tag="alarm.remove"):
    """Remove one."""

    login: str
    id: int


class ContactAdd(_Verb, frozen=True, tag="contact.add"):
    """Keep contacts, a row each; the answer says of each why it was refused, "" if it was kept."""

    login: str
    rows: list[dict[str, str]]
    group: str = ""
    preview: bool = False
    kind: Literal["phone", "mail"] = "phone"


class ContactList(_Verb, frozen=True, tag="contact.list"):
    """A page of contacts with id > `after`."""

    login: str
    after: int = 0
    most: int = 100
    search: str = ""
    kind: Literal["phone", "mail"] = "phone"


class JobList(_Verb, frozen=True, tag="job.list"):
    """The mailings of an account."""

    login: str


class JobChange(_Verb, frozen=True, tag="job.change"):
    """Pause a mailing, let it go on, or switch it off."""

    login: str
    id: int
    change: Literal["pause", "resume", "cancel"]


class CancelMessages(_Verb, frozen=True, tag="cancel"):
    """Take back what has not left; the answer has the ids that were."""

    ids: list[int]


class Trace(_Verb, frozen=True, tag="trace"):
    """Everything that happened to a message."""

    id: int


class Status(_Verb, frozen=True, tag="status"):
    """How the gateway stands. Only a running one has an answer. `everywhere`: all nodes together."""

    everywhere: bool = False


class Census(_Verb, frozen=True, tag="census"):
    """How many messages there are in each state."""


class Check(_Verb, frozen=True, tag="check"):
    """Compare ledger, balances and messages."""


class Tail(_Verb, frozen=True, tag="tail"):
    """Events as they happen; the answer is a stream. `to` limits it to numbers with this beginning, `here` to what
    happens on this node."""

    to: str = ""
    here: bool = False


class SubclientList(_Verb, frozen=True, tag="subclient.list"):
    """The sub-clients of an account."""

    owner: str


class SubclientShow(_Verb, frozen=True, tag="subclient.show"):
    """One of them."""

    owner: str
    login: str


class SubclientAdd(_Verb, frozen=True, tag="subclient.add"):
    """Make one; `currency` "" is the owner's."""

    owner: str
    login: str
    password: str
    kind: Literal[0, 1, 2, 3, 4] = 0
    currency: str = ""
    owners_senders: bool = False


class SubclientPay(_Verb, frozen=True, tag="subclient.pay"):
    """Move money to it, or back by a negative amount."""

    owner: str
    login: str
    amount: str


class SubclientBlock(_Verb, frozen=True, tag="subclient.block"):
    """Let it do nothing, or let it in again."""

    owner: str
    login: str
    blocked: bool


class SubclientStats(_Verb, frozen=True, tag="subclient.stats"):
    """What all of them sent, got and spent from one day to the end of another, `YYYY-MM-DD`; `last` "" is until now."""

    owner: str
    first: str
    last: str = ""
    daily: bool = False


Verb = (
    AccountCreate | AccountList | AccountShow | AccountToken | AccountApikey | AccountPassword | AccountRevoke
    | AccountSmpp | AccountTopUp | AccountSet | AccountSender | AccountCallback | AccountCallbackRemove | AccountHandler
    | AccountFailed | AccountReplay | AccountCommands | StopNumber
    | StopListAdd | StopListGet
    | AlarmAdd | AlarmList | AlarmRemove
    | ContactAdd | ContactList | JobList | JobChange
    | TemplateList | TemplateModerate | StatsGet | RetentionShow
    | SenderList | SenderShow | SenderModerate | SenderOperator | SenderPaper
    | SubclientList | SubclientShow | SubclientAdd | SubclientPay | SubclientBlock | SubclientStats
    | Send | CancelMessages | Incoming | IncomingCall | Trace | Status | Census | Check | Tail
)  # fmt: skip
