"""Who may control an account by texting a number of ours: its own telephones, with a PIN where it has one.

Here is decided whether somebody is heard; what he may ask for is the dialect's. Guessing a PIN, asking too often and a
number of ours that answers itself end in silence: every answer is a message that the account pays for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final

from msgspec import Meta

from heliograph.backoffice.accounts import Accounts, pin_of
from heliograph.backoffice.verbs import AccountCommands, NotPossible, Verb
from heliograph.core.directory import Directory
from heliograph.core.limits import FailedLogins, SlidingWindows
from heliograph.model.account import Account, CredentialKind
from heliograph.ports import Clock

MOST_PHONES: Final = 10
MOST_TARGETS: Final = 100
_HOUR_S: Final = 3600.0

_Words = Annotated[tuple[str, ...], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """Accounts controlled by texts from their own telephones."""

    enabled: Annotated[bool, "Texts of accounts' own telephones may be commands (docs/doors/smsc-commands.md)."] = False
    balance: Annotated[_Words, "Words that ask for the balance; case does not matter, here and below."] = ("BALANCE",)
    send: Annotated[_Words, "Words that send what follows."] = ("SEND",)
    status: Annotated[_Words, "Words that ask what became of the newest message."] = ("STATUS",)
    stop: Annotated[_Words, "Words that take back what a command sent and has not left."] = ("STOP",)
    an_hour: Annotated[int, Meta(ge=1, le=1_000), "Commands of one account within an hour; more are not heard."] = 20
    same_s: Annotated[
        int, Meta(ge=0, le=86_400), "Seconds in which the same text from the same telephone is one command."
    ] = 300
    wrong_pins: Annotated[int, Meta(ge=1, le=100), "Wrong PINs within an hour; then no PIN is looked at."] = 5
    block_s: Annotated[int, Meta(ge=1, le=604_800), "Seconds for which that is so."] = 86_400

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.balance, *self.send, *self.status, *self.stop)


class CommandGuard:
    """Whose commands are heard. `normalise` makes a number of what an owner wrote down of his sub-client."""

    def __init__(
        self, *, directory: Directory, clock: Clock, normalise: Callable[[str], str], settings: CommandSettings
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._normalise = normalise
        self.often = SlidingWindows[str](settings.an_hour, _HOUR_S)
        self.wrong = FailedLogins(settings.wrong_pins, _HOUR_S, settings.block_s)

    def is_own(self, account: Account, phone: str) -> bool:
        """Whether it is one of the account's telephones, and no number of ours that talks to itself."""
        if self._directory.is_closed(account) or self._directory.owner_of_number(phone):
            return False
        return phone in account.settings.command_phones or phone in self._of_profile(account)

    def _of_profile(self, account: Account) -> tuple[str, ...]:
        """Of a sub-client those its owner wrote down, if he wrote down whom commands reach."""
        profile = account.profile
        if profile is None or not profile.command_phones:
            return ()
        return tuple(filter(None, map(self._normalise, (profile.phone, profile.second_phone))))

    def has_pin(self, account: Account) -> bool:
        """Whether a PIN is asked for."""
        return any(row.kind is CredentialKind.PIN for row in self._directory.credentials(account.id))

    def is_right(self, account: Account, pin: str) -> bool:
        """Whether this is the account's PIN. Wrong ones are counted, and after some no PIN is right for a while."""
        now, name = self._clock.monotonic(), str(account.id)
        if self.wrong.blocked(name, now):
            return False
        if self._directory.credential(CredentialKind.PIN, pin_of(account.id, pin)) is not None:
            return True
        self.wrong.failed(name, now)
        return False

    def is_too_often(self, account: Account) -> bool:
        """Count a command and tell whether it is one too many."""
        return not self.often.hit(str(account.id), self._clock.monotonic())


class CommandOffice:
    """The operator's verb about commands."""

    verbs: Final[tuple[type[Verb], ...]] = (AccountCommands,)

    def __init__(self, *, accounts: Accounts, directory: Directory, normalise: Callable[[str], str]) -> None:
        self._accounts = accounts
        self._directory = directory
        self._normalise = normalise

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence."""
        if not isinstance(verb, AccountCommands):
            raise NotPossible("this is no verb of commands")
        settings = self._accounts.of(verb.login).settings
        phones = settings.command_phones if verb.phones is None else self._numbers(verb.phones, MOST_PHONES)
        targets = settings.command_targets if verb.to is None else self._targets(verb.to)
        changed = replace(settings, command_phones=phones, command_targets=targets)
        if changed != settings:
            await self._accounts.set_settings(verb.login, changed, author=author)
        if verb.pin is not None:
            await self._accounts.set_pin(verb.login, verb.pin, author=author)
        account = self._accounts.of(verb.login)
        pins = [row for row in self._directory.credentials(account.id) if row.kind is CredentialKind.PIN]
        return {"login": account.login, "phones": list(phones), "to": list(targets), "pin": bool(pins)}

    def _numbers(self, given: list[str], most: int) -> tuple[str, ...]:
        numbers = [self._normalise(number) for number in given]
        wrong = [one for one, number in zip(given, numbers, strict=True) if not number]
        if wrong:
            raise NotPossible(f"these are no international numbers: {', '.join(wrong)}")
        if len(numbers) > most:
            raise NotPossible(f"there may be {most} at most")
        return tuple(dict.fromkeys(numbers))

    def _targets(self, given: list[str]) -> tuple[str, ...]:
        groups = [one.upper() for one in given if one[:1] in ("G", "g")]
        wrong = [group for group in groups if not (group[1:].isascii() and group[1:].isdigit() and len(group) < 20)]
        if wrong:
            raise NotPossible(f"a group is G and its number, such as G17, not {', '.join(wrong)}")
        numbers = self._numbers([one for one in given if one[:1] not in ("G", "g")], MOST_TARGETS)
        return (*groups, *(f"+{number}" for number in numbers))
