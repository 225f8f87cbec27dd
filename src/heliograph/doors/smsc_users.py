"""SMSC's `users.php`: the sub-clients of whoever calls (smsc-directory.md 3).

The dialect reads and writes, `backoffice.subclients` decides; here stand who may ask for what, how often, and what is
a password. A sub-client may change a few settings of its own and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.backoffice.subclient_figures import SubclientFigures
from heliograph.backoffice.subclients import NoSuchSubclient, NotEnough, SharedBalance, Subclients
from heliograph.core.purses import Purses
from heliograph.dialects.smsc_answer import CREDENTIALS, FAILED, LIMIT, Answer, created, ok
from heliograph.dialects.smsc_command import command_of, number_of
from heliograph.dialects.smsc_request import WrongRequest
from heliograph.dialects.smsc_users import (
    COMMANDS,
    NO_USER,
    NOT_ENOUGH,
    NOT_SAVED,
    PERSONAL,
    READING,
    SETTINGS,
    SHARED,
    TEXTS,
    Asked,
    Shown,
    Stat,
    read_amount,
    read_asked,
    read_currency,
    read_settings,
    stats_answer,
    users_answer,
)
from heliograph.doors.smsc import Call
from heliograph.doors.smsc_limits import SmscSettings, Windows
from heliograph.model.account import Account
from heliograph.model.subclient import Flag
from heliograph.ports import Clock

MOST_USERS: Final = 1_000
"""Sub-clients in one answer of `get`; `after_id` asks for the next."""

LONGEST_PASSWORD: Final = 256
_KINDS: Final[Sequence[Callable[[str], bool]]] = (
    str.islower,
    str.isupper,
    str.isdigit,
    lambda sign: not sign.isalnum(),
)


class Users:
    """The script `users`."""

    def __init__(
        self,
        *,
        subclients: Subclients,
        figures: SubclientFigures,
        purses: Purses,
        clock: Clock,
        settings: SmscSettings,
    ) -> None:
        self._subclients = subclients
        self._figures = figures
        self._purses = purses
        self._clock = clock
        self._settings = settings
        self._within_a_minute = Windows(settings.same_users)
        self.limits = {"within_a_minute": self._within_a_minute}
        self._answers = {
            "add": self._add,
            "chg": self._change,
            "pay": self._pay,
            "get_stat": self._stat,
            "get_stat_all": self._stat_all,
            "get": self._get,
            "del": self._delete,
        }

    async def answer(self, call: Call) -> Answer:
        """The answer to a command, or one of the script's own errors (3.4)."""
        command = command_of(call.request, COMMANDS)
        if not call.may_send and command not in READING:
            raise WrongRequest(CREDENTIALS)
        try:
            return await self._answers[command](call)
        except NoSuchSubclient:
            raise WrongRequest(NO_USER, TEXTS[NO_USER]) from None
        except SharedBalance:
            raise WrongRequest(SHARED, TEXTS[SHARED]) from None
        except NotEnough:
            raise WrongRequest(NOT_ENOUGH, TEXTS[NOT_ENOUGH]) from None
        except NotSaved:
            raise WrongRequest(NOT_SAVED, TEXTS[NOT_SAVED]) from None

    # -- changes ---------------------------------------------------------------------------------------------------

    async def _add(self, call: Call) -> Answer:
        request, owner = call.request, self._owner(call)
        login, password = request.get("user").strip(), request.get("password")
        change, currency = read_settings(request), read_currency(request)
        if not login or not self._may_be_password(password):
            raise WrongRequest
        self._count(f"add {owner.id}")
        made = await self._subclients.add(owner, login, password, currency, change, call.account.login)
        return created(call.style, "user", made)

    async def _change(self, call: Call) -> Answer:
        """`password` without `pswc` is a new one if it is not the current one (3.5). Its currency stays: another one
        is not saved."""
        request, account = call.request, self._changed(call)
        owner = self._subclients.owner_of(account)
        change, currency = read_settings(request), read_currency(request)
        if currency and currency != self._purses.currency(account.purse):
            raise NotSaved
        self._count(f"chg {account.id}")
        password = await self._new_password(call, account)
        login = request.get("new_login").strip()
        await self._subclients.change(owner, account, change, call.account.login, login=login, password=password)
        return ok(call.style)

    def _changed(self, call: Call) -> Account:
        """The sub-client that a change is about: one of the caller's, or the caller himself, as far as he may."""
        request, caller = call.request, call.account
        if caller.profile is None or self._subclients.owner(caller) is not caller:
            return self._named(call)
        if request.get("user").strip() not in ("", caller.login) or number_of(request, "user_id") not in (0, caller.id):
            raise WrongRequest(NO_USER, TEXTS[NO_USER])
        asked = request.fields.keys() & SETTINGS
        if caller.profile.has(Flag.SETTINGS_FIXED) or asked - PERSONAL or request.get("new_login"):
            raise WrongRequest(FAILED)
        return caller

    async def _new_password(self, call: Call, account: Account) -> str:
        """The password to set, "" to leave it. A sub-client that changes its own must know the current one."""
        current, new = call.request.get("pswc"), call.request.get("password")
        if not new:
            return ""
        if current and not await self._subclients.is_password(account, current):
            raise WrongRequest(FAILED)
        if await self._subclients.is_password(account, new):
            return ""
        if account.id == call.account.id and not current:
            raise WrongRequest(FAILED)
        if not self._may_be_password(new):
            raise WrongRequest
        return new

    async def _pay(self, call: Call) -> Answer:
        request, owner = call.request, self._owner(call)
        account, amount = self._named(call), read_amount(request.get("sum"))
        if not amount:
            raise WrongRequest
        await self._subclients.pay(owner, account, amount, call.account.login, second=request.flag("balance2"))
        return ok(call.style)

    async def _delete(self, call: Call) -> Answer:
        account = self._named(call)
        self._count(f"chg {account.id}")
        await self._subclients.delete(self._owner(call), account, call.account.login)
        return ok(call.style)

    # -- looks -----------------------------------------------------------------------------------------------------

    async def _get(self, call: Call) -> Answer:
        """One by `user` or `user_id`, else all, page by page by `after_id`."""
        request, owner = call.request, self._owner(call)
        after, hides_deleted = number_of(request, "after_id"), request.flag("hide_deleted")
        if request.get("user") or request.get("user_id"):
            found: Sequence[Account] = [self._named(call)]
        else:
            found = [one for one in self._subclients.all_of(owner) if one.id > after]
        shown = [one for account in found if not ((one := self._shown(account)).is_deleted and hides_deleted)]
        if not shown:
            raise NothingFound
        return users_answer(call.style, shown[:MOST_USERS])

    async def _stat(self, call: Call) -> Answer:
        asked, accounts = self._asked(call)
        zone = self._zone(call)
        rows = await self._figures.in_all(accounts, zone, asked.first, asked.last, second=asked.second)
        return stats_answer(
            call.style, [Stat(row.account.login, row.messages, row.got, row.spent, row.currency) for row in rows]
        )

    async def _stat_all(self, call: Call) -> Answer:
        asked, accounts = self._asked(call)
        zone = self._zone(call)
        rows = await self._figures.daily(accounts, zone, asked.first, asked.last, second=asked.second)
        if not rows:
            raise NothingFound
        return stats_answer(
            call.style,
            [Stat(row.account.login, row.messages, row.got, row.spent, row.currency, row.day) for row in rows],
        )

    def _asked(self, call: Call) -> tuple[Asked, list[Account]]:
        """Of whom statistics are asked for. Raises `NothingFound` rather than of nobody."""
        asked, owner = read_asked(call.request), self._owner(call)
        if asked.login or asked.user_id:
            return asked, [self._subclients.of(owner, asked.login, asked.user_id)]
        accounts = [
            account
            for account in self._subclients.all_of(owner)
            if account.profile is not None
            and account.profile.kind.has_purse is asked.own_balance
            and not (asked.hides_deleted and account.profile.deleted_at)
        ]
        if not accounts:
            raise NothingFound
        return asked, accounts

    def _shown(self, account: Account) -> Shown:
        profile = account.profile
        assert profile is not None
        balance = self._purses.balance(account.purse)
        return Shown(
            account.id,
            account.login,
            profile.kind,
            profile.person,
            balance,
            self._purses.spendable(account.purse) - balance,
            self._purses.currency(account.purse),
            profile.has(Flag.BLOCKED),
            profile.deleted_at > 0,
        )

    # -- who and how often -----------------------------------------------------------------------------------------

    def _owner(self, call: Call) -> Account:
        """Whose sub-clients they are. A sub-client has none: for it there is nothing here."""
        owner = self._subclients.owner(call.account)
        if owner.parent:
            raise WrongRequest(FAILED)
        return owner

    def _named(self, call: Call) -> Account:
        request, owner = call.request, self._owner(call)
        login, user_id = request.get("user").strip(), number_of(request, "user_id")
        if not login and not user_id:
            raise WrongRequest
        return self._subclients.of(owner, login, user_id)

    def _zone(self, call: Call) -> str:
        return call.account.settings.zone or self._settings.zone

    def _may_be_password(self, password: str) -> bool:
        kinds = sum(any(kind(sign) for sign in password) for kind in _KINDS)
        settings = self._settings
        return settings.least_password <= len(password) <= LONGEST_PASSWORD and kinds >= settings.password_kinds

    def _count(self, key: str) -> None:
        if not self._within_a_minute.hit(key, self._clock.monotonic()):
            raise WrongRequest(LIMIT)
