"""Accounts as an operator handles them: made, paid, limited, named, closed.

Every change is rows with an author, durable before it is in force, in force before it is answered (decisions.md 20).
Clear secrets are returned once, by the call that made them, and kept nowhere.
"""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from heliograph.backoffice.replay import Replayed, given_up, replay
from heliograph.backoffice.verbs import USUAL_WINDOW, NotPossible
from heliograph.channels.sms import Language
from heliograph.core.directory import EVERYBODY, Directory, secret_digest
from heliograph.core.passwords import hash_password
from heliograph.core.purses import Purses
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.model.account import (
    HANDLER,
    NO_INCOMING,
    Account,
    Credential,
    CredentialKind,
    Endpoint,
    Settings,
    StopListed,
)
from heliograph.model.money import Entry, Micro, NotMoney, Purse, parse_amount
from heliograph.model.receipt import Notice
from heliograph.model.rows import Row
from heliograph.ports import Clock, DirectoryChange, Store

MOST_TOP_UP: Final[Micro] = 10**9 * 10**6
LEAST_PASSWORD: Final = 8
MOST_WINDOW: Final = 64
"""Calls under way to one address at once; as many connections are kept to it."""
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{1,63}")
_SYSTEM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,14}")
TOKEN_SCOPES: Final = ("live", "test", "read")
"""What a token may: everything; the same without anything leaving or being paid (`/v1`); ask."""
SMPP_FLAVOURS: Final = ("smsc", "smsclub", "plain")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MSISDN = re.compile(r"\d{5,15}")
_PIN = re.compile(r"[0-9]{4,12}")

Write = Callable[[Sequence[Row]], Awaitable[None]]
"""Make rows durable. Raises `StoreFailure`."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A new account with its secrets in clear."""

    id: int
    login: str
    password: str
    apikey: str
    token: str


class Accounts:
    """Changes accounts in the store and in the directory that serves them."""

    def __init__(
        self, *, store: Store, directory: Directory, purses: Purses, clock: Clock, secret: bytes, write: Write
    ) -> None:
        self._store = store
        self._directory = directory
        self._purses = purses
        self._clock = clock
        self._secret = secret
        self._write = write
        self._one_at_a_time = asyncio.Lock()

    def of(self, login: str) -> Account:
        """The account of a login. Raises `NotPossible`."""
        account = self._directory.by_login(login)
        if account is None:
            raise NotPossible(f"there is no account {login!r}")
        return account

    def _of_id(self, account_id: int) -> Account:
        account = self._directory.account(account_id)
        if account is None:
            raise NotPossible(f"there is no account {account_id}")
        return account

    async def create(
        self, login: str, *, author: str, currency: str = "UAH", tariff: str = "default", password: str | None = None
    ) -> NewAccount:
        """A new account with an empty purse, a password, an API key and a token; all of it at once or nothing."""
        check_login(login)
        if not _CURRENCY.fullmatch(currency):
            raise NotPossible(f"{currency!r} is no currency: three capital letters, such as UAH")
        if password is not None and len(password) < LEAST_PASSWORD:
            raise NotPossible(f"a password has at least {LEAST_PASSWORD} characters")
        new = NewAccount(0, login, password or secrets.token_urlsafe(12), new_secret(), new_secret())
        hashes = await asyncio.to_thread(hash_password, new.password)

        def rows(account_id: int, purse_id: int) -> list[DirectoryChange]:
            now = self._clock.now()
            return [
                Account(account_id, login, purse_id, tariff, account_id, account_id, created_at=now),
                Purse(purse_id, account_id, currency, 0),
                Credential(0, account_id, CredentialKind.PASSWORD, hashes, created_at=now),
                self._credential(account_id, CredentialKind.APIKEY, new.apikey),
                self._credential(account_id, CredentialKind.TOKEN, new.token),
            ]

        return replace(new, id=await self.enrol(login, rows, author=author))

    async def enrol(self, login: str, rows: Callable[[int, int], Sequence[DirectoryChange]], *, author: str) -> int:
        """Keep the rows of a new account, made for its id and that of its purse, at once; returns its id.

        Raises `NotPossible` for a login that is taken.
        """
        async with self._one_at_a_time:
            if self._directory.by_login(login) is not None:
                raise NotPossible(f"there is an account {login!r} already")
            account_id = max((account.id for account in self._directory.accounts()), default=0) + 1
            await self._change(rows(account_id, await self._next_purse()), author)
        return account_id

    async def amend(self, rows: Callable[[int], Sequence[DirectoryChange]], *, author: str) -> None:
        """Change accounts and what is theirs, all of it at once; `rows` are told the id a new purse would have."""
        async with self._one_at_a_time:
            await self._change(rows(await self._next_purse()), author)

    async def _next_purse(self) -> int:
        return max((purse.id for purse in await self._store.purses()), default=0) + 1

    async def add_token(self, login: str, *, scope: str, label: str, author: str) -> str:
        """One more bearer token; `scope` is one of `TOKEN_SCOPES`."""
        if scope not in TOKEN_SCOPES:
            raise NotPossible(f"{scope!r} is no scope: {', '.join(TOKEN_SCOPES[:-1])} or {TOKEN_SCOPES[-1]}")
        account, token = self.of(login), new_secret()
        await self._change([self._credential(account.id, CredentialKind.TOKEN, token, label, scope)], author)
        return token

    async def add_apikey(self, login: str, *, label: str, author: str) -> str:
        """One more API key."""
        account, apikey = self.of(login), new_secret()
        await self._change([self._credential(account.id, CredentialKind.APIKEY, apikey, label)], author)
        return apikey

    async def add_smpp(self, login: str, system_id: str, flavour: str, incoming: bool, *, author: str) -> str:
        """An SMPP credential with a new password, in place of the account's own one of that system_id.

        `flavour` "" leaves it to the port; `incoming` False keeps incoming messages from it.
        """
        account, password = self.of(login), secrets.token_hex(4)
        if not _SYSTEM_ID.fullmatch(system_id):
            raise NotPossible("a system_id has 1 to 15 letters, digits or . _ @ -, and begins with a letter or a digit")
        if flavour and flavour not in SMPP_FLAVOURS:
            raise NotPossible(f"{flavour!r} is no flavour: {', '.join(SMPP_FLAVOURS)}")
        owner = self._directory.by_login(system_id)
        known = self._directory.by_system_id(system_id)
        if (owner is not None and owner.id != account.id) or (known is not None and known.account_id != account.id):
            raise NotPossible(f"the system_id {system_id!r} is taken")
        hashes = await asyncio.to_thread(hash_password, password)
        words = [word for word in (flavour, "" if incoming else NO_INCOMING) if word]
        row = Credential(
            known.id if known is not None else 0,
            account.id,
            CredentialKind.SMPP,
            hashes,
            system_id,
            " ".join(words) or "live",
            self._clock.now(),
        )
        await self._change([row], author)
        return password

    async def set_password(self, login: str, password: str | None, *, author: str) -> str:
        """A new password in place of the old; made here if none is given."""
        account, password = self.of(login), password or secrets.token_urlsafe(12)
        if len(password) < LEAST_PASSWORD:
            raise NotPossible(f"a password has at least {LEAST_PASSWORD} characters")
        hashes = await asyncio.to_thread(hash_password, password)
        known = [row for row in self._directory.credentials(account.id) if row.kind is CredentialKind.PASSWORD]
        old = known[0].id if known else 0
        await self._change(
            [Credential(old, account.id, CredentialKind.PASSWORD, hashes, created_at=self._clock.now())], author
        )
        return password

    async def set_pin(self, login: str, pin: str, *, author: str) -> None:
        """The PIN of commands by SMS in place of the old; "" = none is asked for any more."""
        account = self.of(login)
        known = [row for row in self._directory.credentials(account.id) if row.kind is CredentialKind.PIN]
        if pin:
            if not _PIN.fullmatch(pin):
                raise NotPossible("a PIN has 4 to 12 digits")
            made = self._credential(account.id, CredentialKind.PIN, pin_of(account.id, pin))
            await self._change([replace(made, id=known[0].id if known else 0)], author)
        elif known:
            await self._remove(known[0], author)

    async def revoke(self, login: str, credential_id: int, *, author: str) -> None:
        """Remove one credential; it is worth nothing from this moment on."""
        account = self.of(login)
        for credential in self._directory.credentials(account.id):
            if credential.id == credential_id:
                await self._remove(credential, author)
                return
        raise NotPossible(f"the account {login!r} has no credential {credential_id}")

    async def top_up(self, login: str, amount: str, *, note: str) -> Micro:
        """Pay into the main purse; a negative amount corrects. Returns the new balance."""
        account = self.of(login)
        try:
            micro = parse_amount(amount)
        except NotMoney:
            raise NotPossible(f"{amount!r} is no amount: digits, at most six decimals, a point between them") from None
        if not 0 < abs(micro) <= MOST_TOP_UP:
            raise NotPossible("an amount is neither nothing nor more than a thousand million")
        purse = account.purse
        if purse not in self._purses:
            raise NotPossible(f"the account {login!r} has no purse")
        if micro > 0:
            await self._write(
                [Entry(self._clock.now(), "top-up", purse, "bank", f"purse:{purse}", micro, 1, 0, 0, note)]
            )
            self._purses.top_up(purse, micro)
        else:
            await self._correct(purse, -micro, note)
        return self._purses.balance(purse)

    async def _correct(self, purse: int, micro: Micro, note: str) -> None:
        """Reserved before it is written, so that it cannot be spent meanwhile."""
        if not self._purses.reserve(purse, micro):
            raise NotPossible("the balance does not reach for this correction")
        try:
            await self._write(
                [Entry(self._clock.now(), "correction", purse, f"purse:{purse}", "bank", micro, 1, 0, 0, note)]
            )
        except BaseException:
            self._purses.give_back(purse, micro)
            raise

    async def set_credit(self, login: str, amount: str, *, author: str) -> None:
        """How far below zero the main purse may go."""
        account = self.of(login)
        try:
            credit = parse_amount(amount)
        except NotMoney:
            raise NotPossible(f"{amount!r} is no amount") from None
        if credit < 0:
            raise NotPossible("a credit is not negative")
        if account.parent and account.purse == self._of_id(account.parent).purse:
            raise NotPossible(f"{login!r} pays from another account's balance: set the credit there")
        purse = Purse(account.purse, account.id, self._purses.currency(account.purse), 0, credit)
        await self._change([purse], author)

    async def set_settings(self, login: str, settings: Settings, *, author: str) -> None:
        """Replace what an account may and must. Raises `NotPossible` for networks, zones, languages that are none."""
        account = self.of(login)
        for network in settings.allowed_peers:
            try:
                ip_network(network, strict=False)
            except ValueError:
                raise NotPossible(f"{network!r} is no address or network") from None
        by_smpp = settings.smpp_binds, settings.smpp_window, settings.smpp_speed
        if min(settings.speed, settings.max_waiting, *by_smpp) < 0:
            raise NotPossible("a limit is not negative; 0 lifts it")
        for language in settings.national:
            if language not in tuple(Language):
                raise NotPossible(f"there is no national language {language}; there are 1 to {max(Language)}")
        if settings.zone:
            try:
                offset_s(settings.zone, self._clock.now())
            except UnknownZone as error:
                raise NotPossible(str(error)) from None
        await self._change([replace(account, settings=settings)], author)

    async def set_tariff(self, login: str, tariff: str, *, author: str) -> None:
        """Price by another tariff from now on; what is accepted keeps its price."""
        await self._change([replace(self.of(login), tariff=tariff)], author)

    async def add_endpoint(
        self, login: str, url: str, events: tuple[str, ...], *, author: str, window: int = USUAL_WINDOW
    ) -> Endpoint:
        """Call `url` with events (`status`, `incoming`) of the account, at most `window` at once; the answer has the
        new signing secret."""
        account = self.of(login)
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname is not None and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or not url.isascii() or any(character <= " " for character in url):
            raise NotPossible(f"{url!r} is no http or https address")
        _check_calls(events, window)
        secret = "whsec_" + _base64(secrets.token_bytes(24))
        endpoint = Endpoint(0, account.id, url, secret, events=events, window=window)
        await self._change([endpoint], author)
        return self._directory.endpoints(account.id)[-1]

    async def remove_endpoint(self, login: str, endpoint_id: int, *, author: str) -> None:
        """Call it no more; what waits for it is given up."""
        account, endpoint = self.of(login), self._directory.endpoint(endpoint_id)
        if endpoint is None or endpoint.account_id != account.id:
            raise NotPossible(f"{login!r} has no callback {endpoint_id}")
        await self._remove(endpoint, author)

    async def set_handler(
        self,
        login: str,
        url: str,
        signing: str,
        events: tuple[str, ...],
        *,
        author: str,
        window: int = USUAL_WINDOW,
    ) -> Endpoint | None:
        """Call `url` in SMSC's form, in place of the handler before; "" = none, and what waits for it is given up."""
        account = self.of(login)
        _check_calls(events, window)
        known = self.handler_of(account)
        if url:
            old = known.id if known is not None else 0
            await self._change([Endpoint(old, account.id, url, signing, HANDLER, events, window)], author)
        elif known is not None:
            await self._remove(known, author)
        return self.handler_of(account)

    def handler_of(self, account: Account) -> Endpoint | None:
        """The one handler of an account."""
        return self._directory.handler_of(account.id)

    async def failed_calls(self, login: str, most: int) -> list[Notice]:
        """The oldest of the calls of an account that were given up."""
        found: list[Notice] = []
        async for page in given_up(self._store, self.of(login).id):
            found += page
            if len(found) >= most:
                break
        return found[:most]

    async def replay(self, login: str, ids: Sequence[int] = ()) -> Replayed:
        """Make the calls once more that were given up, all of them or those of these notices."""
        return await replay(self._store, self._directory, self._write, self.of(login).id, self._clock.now(), ids)

    async def stop_number(self, login: str | None, recipient: str, *, lift: bool, author: str) -> None:
        """Put a number on the stop list of an account (None: of everybody), or take it off."""
        if not _MSISDN.fullmatch(recipient):
            raise NotPossible(f"{recipient!r} is no number: 5 to 15 digits, international, without +")
        row = StopListed(EVERYBODY if login is None else self.of(login).id, recipient)
        if lift:
            self._directory.unstop(row, await self._store.remove_from_directory(row, author, self._clock.now()))
        else:
            self._directory.stop(row, await self._store.change_directory([row], author, self._clock.now()))

    def _credential(
        self, account_id: int, kind: CredentialKind, clear: str, label: str = "", scope: str = "live"
    ) -> Credential:
        digest = secret_digest(self._secret, clear)
        return Credential(0, account_id, kind, digest, label, scope, self._clock.now())

    async def _change(self, changes: Sequence[DirectoryChange], author: str) -> None:
        await self._store.change_directory(changes, author, self._clock.now())
        await self._take_over()

    async def _remove(self, row: DirectoryChange, author: str) -> None:
        await self._store.remove_from_directory(row, author, self._clock.now())
        await self._take_over()

    async def _take_over(self) -> None:
        for purse in await self._store.purses():
            self._purses.put(purse)
        self._directory.apply(await self._store.directory())


def check_login(login: str) -> None:
    """Raises `NotPossible` for what is no login."""
    if not _LOGIN.fullmatch(login):
        raise NotPossible("a login has 2 to 64 letters, digits or . _ @ -, and begins with a letter or a digit")


def pin_of(account_id: int, pin: str) -> str:
    """What a PIN's digest is made of: the same PIN of two accounts is two secrets."""
    return f"{account_id} {pin}"


def new_secret() -> str:
    """A token or API key: 32 letters and digits, 190 bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(32))


def _check_calls(events: tuple[str, ...], window: int) -> None:
    if not events or set(events) - {"status", "incoming"}:
        raise NotPossible("the events are status, incoming, or both")
    if not 1 <= window <= MOST_WINDOW:
        raise NotPossible(f"1 to {MOST_WINDOW} calls may be under way at once")


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
