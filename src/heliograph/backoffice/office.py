"""Carries out what is asked from inside (`backoffice.verbs`): the operator's way to accounts, messages and the state of
the house. A running server and a command that opened the store itself run the same code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

import msgspec

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.own_messages import Submit
from heliograph.backoffice.verbs import (
    AccountApikey,
    AccountCallback,
    AccountCallbackRemove,
    AccountCreate,
    AccountFailed,
    AccountHandler,
    AccountList,
    AccountPassword,
    AccountReplay,
    AccountRevoke,
    AccountSet,
    AccountShow,
    AccountSmpp,
    AccountToken,
    AccountTopUp,
    CancelMessages,
    Census,
    Check,
    Incoming,
    IncomingCall,
    NotPossible,
    Send,
    Status,
    StopNumber,
    Tail,
    Trace,
    Verb,
)
from heliograph.core.cancel import Cancel
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.core.trace import tell
from heliograph.model import receipt
from heliograph.model.account import HANDLER, Account, Endpoint
from heliograph.model.message import Content, Submission
from heliograph.model.money import show_balance
from heliograph.model.refusal import Accepted, Answer
from heliograph.ports import Store

DECIMALS: Final = 6
MOST_RECIPIENTS: Final = 1_000

Normalise = Callable[[str], str]
SplitAddress = Callable[[str], tuple[str, str]]
"""A handler's address → what is called and what is secret in it. Raises `ValueError` with a sentence."""
Received = Callable[[list[receipt.Receipt | receipt.Incoming], Callable[[bool], None]], None]
Originate = Callable[[str, str, str], None]  # sender, recipient, text: a simulated carrier's handset sends it


class Room(Protocol):
    """A room of the back office with verbs of its own."""

    @property
    def verbs(self) -> tuple[type[Verb], ...]:
        """Those it carries out."""

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""


class Office:
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
        received: Received | None = None,
        status: Callable[[bool], Awaitable[object]] | None = None,
        rooms: Sequence[Room] = (),
    ) -> None:
        self._accounts = accounts
        self._directory = directory
        self._purses = purses
        self._store = store
        self._normalise = normalise
        self._split_address = split_address
        self._submit = submit
        self._status = status
        self._received = received
        self._rooms = {verb: room for room in rooms for verb in room.verbs}
        self._cancel = cancel
        self._carriers = carriers or {}

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""
        room = self._rooms.get(type(verb))
        return await (self._do(verb, author) if room is None else room.do(verb, author))

    async def _do(self, verb: Verb, author: str) -> object:
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
            case Incoming() | IncomingCall():
                return await self._come_in(verb)
            case Trace():
                return await self._trace(verb)
            case Status() if self._status is not None:
                return await self._status(verb.everywhere)
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
            "tariff": self._directory.tariff(account),
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

    async def _come_in(self, verb: Incoming | IncomingCall) -> object:
        return self._incoming(verb) if isinstance(verb, Incoming) else await self._incoming_call(verb)

    async def _incoming_call(self, verb: IncomingCall) -> object:
        if self._received is None:
            raise NotPossible("no gateway is running here; start one with `heliograph serve` or `heliograph demo`")
        caller, called = self._normalise(verb.sender), self._normalise(verb.recipient)
        if not caller or not called:
            raise NotPossible("a call has two international numbers: who called, and the number of ours")
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._received([receipt.Incoming(0, "", caller, called, "", 0, is_call=True)], kept.set_result)
        if not await kept:
            raise NotPossible("the call could not be kept now; report it again")
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
    "secrets_in_url",
    "mail_answers",
    "gateway_base64",
    "gateway_newlines",
    "default_sender",
    "zone",
    "language",
    "national",
    "parts",
    "smpp_binds",
    "smpp_window",
    "smpp_speed",
    "smpp_overspeed",
    "smpp_vendor_tlvs",
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
