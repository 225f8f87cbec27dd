"""The operator's statistics: what was sent, delivered and paid, by day, account, sender name and operator."""

from __future__ import annotations

from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.days import day_of, shown_day
from heliograph.backoffice.verbs import NotPossible, StatsGet, Verb
from heliograph.core.directory import Directory
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.model.figures import By, Figure, Question
from heliograph.model.money import show_balance
from heliograph.ports import Clock, Store

DECIMALS: Final = 6
DAY_MS: Final = 86_400_000


class StatsDesk:
    """Carries the verb out."""

    verbs: Final[tuple[type[Verb], ...]] = (StatsGet,)

    def __init__(self, *, accounts: Accounts, directory: Directory, store: Store, clock: Clock) -> None:
        self._accounts = accounts
        self._directory = directory
        self._store = store
        self._clock = clock

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""
        if not isinstance(verb, StatsGet):
            raise NotPossible("this is no verb about statistics")
        account = self._accounts.of(verb.login) if verb.login else None
        by = tuple(By(one) for one in verb.by)
        offset = self._offset_s(account.settings.zone if account is not None else "")
        since = day_of(verb.first) * DAY_MS - offset * 1000
        until = (day_of(verb.last) + 1) * DAY_MS - offset * 1000 if verb.last else self._clock.now() + 1
        question = Question(account.id if account is not None else 0, since, until, offset, by)
        return [self._shown(figure, by) for figure in await self._store.history.counted(question)]

    def _offset_s(self, zone: str) -> int:
        try:
            return offset_s(zone or "UTC", self._clock.now())
        except UnknownZone:
            return 0

    def _shown(self, figure: Figure, by: tuple[By, ...]) -> dict[str, object]:
        account = self._directory.account(figure.account_id)
        told: dict[By, object] = {
            By.DAY: shown_day(figure.day) if figure.day >= 0 else "",
            By.ACCOUNT: account.login if account is not None else figure.account_id,
            By.SENDER: figure.sender,
            By.OPERATOR: figure.operator,
        }
        return {
            **{one.value: told[one] for one in by},
            "messages": figure.messages,
            "parts": figure.parts,
            "delivered": figure.delivered,
            "failed": figure.failed,
            "refused": figure.refused,
            "cost": show_balance(figure.amount, DECIMALS),
        }
