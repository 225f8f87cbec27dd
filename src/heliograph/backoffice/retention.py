"""How long what is kept is kept, and the task that removes it: slowly, so that nobody waits for it.

A walk goes through all classes, a short removal at a time, and rests three times as long as each took; then there is
none for ten minutes. Of several nodes one walks. What a walk that breaks off has not come to, the next one removes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from msgspec import Meta

from heliograph.backoffice.verbs import NotPossible, RetentionShow, Verb
from heliograph.model.retention import DAY_MS, Kept
from heliograph.ports import Clock
from heliograph.ports.retention import RetentionStore

A_SLICE: Final = 100
"""Rows of one removal: some 5 ms, as any other group."""
BEAT_S: Final = 5.0
BETWEEN_WALKS_S: Final = 600.0
MOST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """How many days what has ended is kept. The ledger is kept for ever."""

    messages_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days an ended message is kept after it was accepted, with all that hangs on it; 0 = for ever. "
        "Histories reach back as far; statistics further.",
    ] = 200
    texts_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days the text of an ended message is kept; then the message stays without it. 0 = as long as the message.",
    ] = 0
    numbers_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days the recipient of an ended message is kept, at least until 7 days after its validity; then only its first "
        "two and last two characters. 0 = as long as the message.",
    ] = 0
    trace_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days the attempts and receipts of an ended message are kept, at least until 7 days after its validity; "
        "0 = as long as the message.",
    ] = 0
    notices_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days a callback or other notice is kept after it was made, settled or given up; 0 = as long as what it "
        "speaks of.",
    ] = 0
    incoming_numbers_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days the number is kept from which a text or call came; then only its first two and last two digits. 0 = as "
        "long as the text.",
    ] = 0
    incoming_days: Annotated[
        int, Meta(ge=0, le=MOST_DAYS), "Days a text or call from a handset is kept, with its notices; 0 = for ever."
    ] = 200
    parked_days: Annotated[
        int, Meta(ge=0, le=MOST_DAYS), "Days a receipt that matches no message waits for one; 0 = for ever."
    ] = 7
    downloads_days: Annotated[
        int, Meta(ge=0, le=MOST_DAYS), "Days a file of sent messages can be downloaded; 0 = for ever."
    ] = 7
    links_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days a short link leads on after it was made, longer while its message has not ended; 0 = for ever.",
    ] = 400
    clicks_days: Annotated[
        int,
        Meta(ge=0, le=MOST_DAYS),
        "Days the visits of short links are told apart; then only their sum. 0 = for ever.",
    ] = 400

    def days(self, what: Kept) -> int:
        """Those of a class."""
        return int(getattr(self, f"{what.value}_days"))


class Retention:
    """The task and what an operator asks about it. `removed` is told what a walk removed, by class, if anything."""

    verbs: Final[tuple[type[Verb], ...]] = (RetentionShow,)

    def __init__(
        self,
        *,
        store: RetentionStore,
        clock: Clock,
        settings: RetentionSettings,
        is_first: Callable[[], bool] = lambda: True,
        removed: Callable[[dict[str, int]], None] = lambda _: None,
        on_fault: Callable[[str, BaseException], None] = lambda _, __: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._is_first = is_first
        self._removed = removed
        self._on_fault = on_fault
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; the first walk comes at once."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """End between two removals; one that is under way is rolled back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def walk(self) -> dict[Kept, int]:
        """Remove all that may go by now; how many rows of each class."""
        found: dict[Kept, int] = {}
        for what in Kept:
            days = self._settings.days(what)
            after = 0
            while days:
                now = self._clock.now()
                began = self._clock.monotonic()
                slice_ = await self._store.remove(what, now - days * DAY_MS, now, after, A_SLICE)
                found[what] = found.get(what, 0) + slice_.removed
                after = slice_.after
                if not after:
                    break
                await asyncio.sleep(3 * (self._clock.monotonic() - began))
        return found

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer: changes nothing. Raises `NotPossible` with a sentence, `StoreFailure`."""
        if not isinstance(verb, RetentionShow):
            raise NotPossible("this is no verb about retention")
        now = self._clock.now()
        rows = []
        for what in Kept:
            days = self._settings.days(what)
            before = now - days * DAY_MS if days else 0
            standing = await self._store.standing(what, before, now)
            next_at = max(standing.oldest_at + days * DAY_MS, now) if days and standing.rows else 0
            rows.append(
                {
                    "class": what.value,
                    "days": days,
                    "rows": standing.rows,
                    "oldest": _moment(standing.oldest_at),
                    "due": standing.due,
                    "next": _moment(next_at),
                }
            )
        return rows

    async def _run(self) -> None:
        next_walk = 0.0
        while True:
            try:
                if self._is_first():
                    await self._store.make_ready(self._clock.now(), self._settings.messages_days)
                    if self._clock.monotonic() >= next_walk:
                        next_walk = self._clock.monotonic() + BETWEEN_WALKS_S
                        found = {what.value: count for what, count in (await self.walk()).items() if count}
                        if found:
                            self._removed(found)
            except Exception as error:
                self._on_fault("retention", error)
            await asyncio.sleep(BEAT_S)


def _moment(at: int) -> str:
    """A time for people and programs, "" for none."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
