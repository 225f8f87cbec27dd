"""What can be asked of a gateway from inside: one typed request per verb, for the control socket, the command line
and, later, the console (decisions.md 9).

On the wire a request is one JSON object, `{"verb": "account.create", "login": …}`; an answer is what the verb returns,
made of plain values. A running server and a command that opened the store itself run the same code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, Literal

import msgspec

from heliograph.backoffice.accounts import USUAL_WINDOW, Accounts, NotPossible
from heliograph.core.cancel import Cancel
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.core.trace import tell
from heliograph.model.account import HANDLER, Account, Endpoint
from heliograph.model.message import Content, Submission
from heliograph.model.money import show_balance
from heliograph.model.refusal import Accepted, Answer
from heliograph.ports import Store

DECIMALS: Final = 6
MOST_RECIPIENTS: Final = 1_000


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
    default_sender: str | None = None
    zone: str | None = None
    language: Literal["", "ru", "uk", "en"] | None = None
    national: list[int] | None = None
    tariff: str | None = None
    credit: str | None = None


class AccountSender(_Verb, frozen=True, tag="account.sender"):
    """Let the account use a sender name, or no more."""

    login: str
    name: str
    remove: bool = False


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


class CancelMessages(_Verb, frozen=True, tag="cancel"):
    """Take back what has not left; the answer has the ids that were."""

    ids: list[int]


class Trace(_Verb, frozen=True, tag="trace"):
    """Everything that happened to a message."""

    id: int


class Status(_Verb, frozen=True, tag="status"):
    """How the gateway stands. Only a running one has an answer."""


class Census(_Verb, frozen=True, tag="census"):
    """How many messages there are in each state."""


class Check(_Verb, frozen=True, tag="check"):
    """Compare ledger, balances and messages."""


class Tail(_Verb, frozen=True, tag="tail"):
    """Events as they happen; the answer is a stream. `to` limits it to numbers with this beginning."""

    to: str = ""


Verb = (
    AccountCreate | AccountList | AccountShow | AccountToken | AccountApikey | AccountPassword | AccountRevoke
    | AccountSmpp | AccountTopUp | AccountSet | AccountSender | AccountCallback | AccountCallbackRemove | AccountHandler
    | AccountFailed | AccountReplay | StopNumber
    | Send | CancelMessages | Incoming | Trace | Status | Census | Check | Tail
)  # fmt: skip

Submit = Callable[[list[Submission]], Awaitable[list[Answer]]]
Normalise = Callable[[str], str]
SplitAddress = Callable[[str], tuple[str, str]]
"""A handler's address → what is called and what is secret in it. Raises `ValueError` with a sentence."""
Originate = Callable[[str, str, str], None]  # sender, recipient, text: a simulated carrier's handset sends it


class Verbs:
    """Carries verbs out. `submit` and `status` are None where no server runs. `author` names who asked."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        directory: Directory,
        purses: Purses,
        store: Store,
        normalise: Normalise,
        split_address: SplitAddress,
        submit: Submit | None = None,
        cancel: Cancel | None = None,
        carriers: Mapping[str, Originate] | None = None,
        status: Callable[[], object] | None = None,
    ) -> None:
        self._accounts = accounts
        self._directory = directory
        self._purses = purses
        self._store = store
        self._normalise = normalise
        self._split_address = split_address
        self._submit = submit
        self._status = status
        self._cancel = cancel
        self._carriers = carriers or {}

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""
        match verb:
            case AccountCreate():
                return await self._accounts.create(
                    verb.login, author=author, currency=verb.currency, tariff=verb.tariff, password=verb.password
                )
            case AccountList():
                return [self._short(account) for account in self._directory.accounts()]
            case AccountShow():
                return await self._long(verb.login)
            case Send():
                return await self._send(verb)
            case Incoming():
                return self._incoming(verb)
            case Trace():
                return await self._trace(verb)
            case Status() if self._status is not None:
                return self._status()
            case Census():
                return {state.name.lower(): count for state, count in (await self._store.census()).items()}
            case Check():
                return {"faults": await self._store.check()}
            case AccountHandler() | AccountFailed() | AccountReplay():
                return await self._calls(verb, author)
            case Tail() | Status():
                raise NotPossible("no gateway is running here")
            case _:
                return await self._change(verb, author)

    async def _change(self, verb: Verb, author: str) -> object:
        """The verbs that change an account, or take its messages back."""
        accounts = self._accounts
        match verb:
            case CancelMessages():
                return await self._take_back(verb)
            case AccountToken() | AccountApikey() | AccountSmpp() | AccountPassword():
                return await self._secret(verb, author)
            case AccountRevoke():
                await accounts.revoke(verb.login, verb.credential, author=author)
            case AccountTopUp():
                balance = await accounts.top_up(verb.login, verb.amount, note=verb.note)
                return {"login": verb.login, "balance": show_balance(balance, DECIMALS)}
            case AccountSet():
                await self._set(verb, author)
                return await self._long(verb.login)
            case AccountSender():
                change = accounts.remove_sender if verb.remove else accounts.add_sender
                await change(verb.login, verb.name, author=author)
            case AccountCallback():
                endpoint = await accounts.add_endpoint(
                    verb.login, verb.url, verb.events, author=author, window=verb.window
                )
                return {"callback": endpoint.id, "url": endpoint.url, "secret": endpoint.secret}
            case AccountCallbackRemove():
                await accounts.remove_endpoint(verb.login, verb.callback, author=author)
            case StopNumber():
                await accounts.stop_number(verb.login, verb.number, lift=verb.lift, author=author)
        return {"done": True}

    async def _secret(self, verb: AccountToken | AccountApikey | AccountSmpp | AccountPassword, author: str) -> object:
        accounts, login = self._accounts, verb.login
        match verb:
            case AccountToken():
                return {"token": await accounts.add_token(login, scope=verb.scope, label=verb.label, author=author)}
            case AccountApikey():
                return {"apikey": await accounts.add_apikey(login, label=verb.label, author=author)}
            case AccountPassword():
                return {"password": await accounts.set_password(login, verb.password, author=author)}
        return {"password": await accounts.add_smpp(login, verb.system_id, verb.flavour, verb.incoming, author=author)}

    async def _set_handler(self, verb: AccountHandler, author: str) -> object:
        url = signing = ""
        if verb.url:
            try:
                url, signing = self._split_address(verb.url)
            except ValueError as error:
                raise NotPossible(str(error)) from None
        handler = await self._accounts.set_handler(
            verb.login, url, signing, verb.events, author=author, window=verb.window
        )
        return {"handler": _handler(handler)}

    async def _calls(self, verb: AccountHandler | AccountFailed | AccountReplay, author: str) -> object:
        if isinstance(verb, AccountHandler):
            return await self._set_handler(verb, author)
        if isinstance(verb, AccountReplay):
            replayed = await self._accounts.replay(verb.login)
            return {"replayed": replayed.again, "endpoint_gone": replayed.gone}
        if not 1 <= verb.most <= MOST_RECIPIENTS:
            raise NotPossible(f"ask for 1 to {MOST_RECIPIENTS} at a time")
        return [
            {
                "event": notice.event_id,
                "target": notice.target,
                "message": notice.message.id if notice.message is not None else None,
                "state": notice.state.name.lower() if notice.state is not None else "incoming",
                "tries": notice.tries,
                "answer": notice.answer,
                "given_up_at": notice.settled_at,
            }
            for notice in await self._accounts.failed_calls(verb.login, verb.most)
        ]

    async def _set(self, verb: AccountSet, author: str) -> None:
        settings = self._accounts.of(verb.login).settings
        if verb.tariff is not None:
            if verb.tariff not in self._directory.tariffs:
                raise NotPossible(f"there is no tariff {verb.tariff!r}")
            await self._accounts.set_tariff(verb.login, verb.tariff, author=author)
        if verb.credit is not None:
            await self._accounts.set_credit(verb.login, verb.credit, author=author)
        given = {
            name: tuple(value) if isinstance(value, list) else value
            for name in _SETTINGS
            if (value := getattr(verb, name)) is not None
        }
        if given:
            await self._accounts.set_settings(verb.login, replace(settings, **given), author=author)  # type: ignore[arg-type]

    def _short(self, account: Account) -> dict[str, object]:
        return {
            "id": account.id,
            "login": account.login,
            "active": account.settings.active,
            "balance": show_balance(self._purses.balance(account.purse), DECIMALS),
            "currency": self._purses.currency(account.purse),
            "tariff": account.tariff,
        }

    async def _long(self, login: str) -> dict[str, object]:
        account = self._accounts.of(login)
        rows = await self._store.directory()
        return {
            **self._short(account),
            "settings": msgspec.to_builtins(account.settings),
            "senders": [
                {"name": row.name, "state": row.state.name.lower()}
                for row in rows.senders
                if row.account_id == account.id
            ],
            "credentials": [
                {"id": row.id, "kind": row.kind.value, "name": row.name, "scope": row.scope}
                for row in self._directory.credentials(account.id)
            ],
            "callbacks": [
                {"id": row.id, "url": row.url, "events": list(row.events)}
                for row in self._directory.endpoints(account.id)
                if row.kind != HANDLER
            ],
            "handler": _handler(self._accounts.handler_of(account)),
        }

    async def _trace(self, verb: Trace) -> object:
        trace = await tell(self._store, self._directory, verb.id)
        if trace is None:
            raise NotPossible(f"there is no message {verb.id}")
        return {**trace.as_json(), "sentences": trace.sentences()}

    async def _take_back(self, verb: CancelMessages) -> object:
        if self._cancel is None:
            raise NotPossible("no gateway is running here")
        if not 0 < len(verb.ids) <= MOST_RECIPIENTS // 2:
            raise NotPossible(f"cancel 1 to {MOST_RECIPIENTS // 2} messages at a time")
        cancelled: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        await self._cancel.cancel(
            verb.ids, None, lambda messages: cancelled.set_result([message.id for message in messages])
        )
        return {"cancelled": await cancelled}

    def _incoming(self, verb: Incoming) -> object:
        originate = self._carriers.get(verb.connector)
        if originate is None:
            known = ", ".join(self._carriers) or "none"
            raise NotPossible(f"{verb.connector!r} is no simulated carrier of a running gateway; there are: {known}")
        originate(verb.sender, verb.recipient, verb.text)
        return {"done": True}

    async def _send(self, verb: Send) -> object:
        if self._submit is None:
            raise NotPossible("no gateway is running here; start one with `heliograph serve` or `heliograph demo`")
        if not 0 < len(verb.to) <= MOST_RECIPIENTS:
            raise NotPossible(f"send to 1 to {MOST_RECIPIENTS} numbers at a time")
        account = self._accounts.of(verb.login)
        submissions = [
            Submission(
                account_id=account.id,
                door="control",
                dialect="native",
                sender=verb.sender,
                recipient=self._normalise(number),
                recipient_given=number,
                content=Content(verb.text),
                validity_s=verb.validity_s,
                due_at=verb.due_at,
                batch=len(verb.to),
            )
            for number in verb.to
        ]
        answers = await self._submit(submissions)
        return [_answer(number, answer) for number, answer in zip(verb.to, answers, strict=True)]


_SETTINGS: Final = (
    "active",
    "transactional",
    "speed",
    "max_waiting",
    "allowed_peers",
    "closed_doors",
    "parameter_errors_as_add_info",
    "test_mode",
    "hashed_passwords",
    "default_sender",
    "zone",
    "language",
    "national",
)


def _handler(endpoint: Endpoint | None) -> dict[str, object] | None:
    """A handler as it may be shown: by which hashes it is signed, not with which secrets."""
    if endpoint is None:
        return None
    signed_by = [one.partition("=")[0] for one in endpoint.secret.split("&") if one]
    return {"id": endpoint.id, "url": endpoint.url, "signed_by": signed_by, "events": list(endpoint.events)}


def _answer(number: str, answer: Answer) -> dict[str, object]:
    if isinstance(answer, Accepted):
        message = answer.message
        return {"to": number, "id": message.id, "parts": message.parts, "price": show_balance(message.price, DECIMALS)}
    return {"to": number, "refused": answer.reason.value, "detail": answer.detail}
