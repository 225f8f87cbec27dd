"""What a sub-client is told of itself: that its balance runs low, that its messages do not arrive.

The owner says below which balance (`nb`) and whether deliveries are watched (`fl[5]`); word goes to the sub-client's
phone, as a message it pays itself, and to its address. Of a low balance it is told once until the balance was above
that level again, also over a restart; of failing deliveries once an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.forwarding import Normalise, SendMail
from heliograph.backoffice.own_messages import OwnMessages
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.model.account import Account
from heliograph.model.message import Message, State
from heliograph.model.money import show_balance
from heliograph.model.refusal import Accepted
from heliograph.model.subclient import Flag, Profile
from heliograph.ports import Clock, DirectoryChange

EVERY_S: Final = 60.0
HOUR_MS: Final = 3_600_000
LEAST: Final = 20
"""Messages of an hour below which nothing can be said of deliveries."""
AUTHOR: Final = "watchman"

_FAILED: Final = frozenset({State.UNDELIVERABLE, State.EXPIRED, State.REJECTED})
_LOW: Final = {
    "ru": "Баланс {login}: {balance} {currency}",
    "uk": "Баланс {login}: {balance} {currency}",
    "en": "Balance of {login}: {balance} {currency}",
}
_FAILING: Final = {
    "ru": "{login}: не доставлено {failed} из {ended} сообщений за час",
    "uk": "{login}: не доставлено {failed} з {ended} повідомлень за годину",
    "en": "{login}: {failed} of {ended} messages were not delivered within the hour",
}


@dataclass(slots=True)
class _Hour:
    """What ended since `since` (ms)."""

    since: int
    ended: int = 0
    failed: int = 0
    is_told: bool = False


class Watchman:
    """`ended` is told of messages as they end; `look` is called every minute."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        directory: Directory,
        purses: Purses,
        clock: Clock,
        messages: OwnMessages,
        normalise: Normalise,
        send_mail: SendMail,
    ) -> None:
        self._accounts = accounts
        self._directory = directory
        self._purses = purses
        self._clock = clock
        self._messages = messages
        self._normalise = normalise
        self._send_mail = send_mail
        self._hours: dict[int, _Hour] = {}

    def ended(self, messages: Sequence[Message]) -> None:
        """Count those of accounts whose deliveries are watched."""
        account_id, hour = 0, None
        for message in messages:
            if message.account_id != account_id:
                account_id = message.account_id
                hour = self._hour_of(account_id)
            if hour is not None and message.is_final:
                hour.ended += 1
                hour.failed += message.state in _FAILED

    def _hour_of(self, account_id: int) -> _Hour | None:
        """None: nobody wants to know."""
        account = self._directory.account(account_id)
        profile = account.profile if account is not None else None
        is_watched = profile is not None and profile.has(Flag.SUPERVISED)
        return self._hour(account) if account is not None and is_watched else None

    def _hour(self, account: Account) -> _Hour:
        now, hour = self._clock.now(), self._hours.get(account.id)
        if hour is None or abs(now - hour.since) >= HOUR_MS:
            hour = self._hours[account.id] = _Hour(now)
        return hour

    async def look(self) -> None:
        """Tell what there is to tell. Raises `StoreFailure`, and then it is told again."""
        for account in list(self._directory.accounts()):
            if account.profile is not None and not self._directory.is_closed(account):
                await self._look_at_balance(account, account.profile)
                await self._look_at_deliveries(account, account.profile)

    async def _look_at_balance(self, account: Account, profile: Profile) -> None:
        level, balance = profile.low_balance, self._purses.balance(account.purse)
        is_low = level is not None and balance < level
        if is_low == profile.is_told_of_balance:
            return
        if is_low:
            currency = self._purses.currency(account.purse)
            shown = show_balance(balance, 2)
            text = _said(_LOW, account).format(login=account.login, balance=shown, currency=currency)
            if not await self._tell(account, profile, text):
                return

        def rows(_: int) -> Sequence[DirectoryChange]:
            now = self._directory.account(account.id) or account
            return [replace(now, profile=replace(now.profile or profile, is_told_of_balance=is_low))]

        await self._accounts.amend(rows, author=AUTHOR)

    async def _look_at_deliveries(self, account: Account, profile: Profile) -> None:
        if not profile.has(Flag.SUPERVISED):
            self._hours.pop(account.id, None)
            return
        hour = self._hour(account)
        if not hour.is_told and hour.ended >= LEAST and hour.failed * 2 > hour.ended:
            text = _said(_FAILING, account).format(login=account.login, failed=hour.failed, ended=hour.ended)
            hour.is_told = await self._tell(account, profile, text)

    async def _tell(self, account: Account, profile: Profile, text: str) -> bool:
        """Whether at least one way took it."""
        is_told = False
        number = next((found for one in (profile.phone, profile.second_phone) if (found := self._normalise(one))), "")
        if number:
            is_told = isinstance(await self._messages.send(account, number, text), Accepted)
        for address in (profile.email, profile.second_email):
            if address and (await self._send_mail(address, text, text)).delivered:
                return True
        return is_told


def _said(words: dict[str, str], account: Account) -> str:
    return words.get(account.settings.language, words["en"])
