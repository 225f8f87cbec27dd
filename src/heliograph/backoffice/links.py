"""Short links: put into texts as they are sent, followed by whoever got them (smsc-directory.md 8).

A code leads only where its customer's text led; nothing a visitor says makes up an address. Codes have 65 bits of
chance. The first visit of a person moves the delivered message to CLICKED; programs that look at links before people
do are counted apart, and visits in floods not at all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Final
from urllib.parse import quote

from msgspec import Meta

from heliograph.backoffice.refusals import NothingFound
from heliograph.core.endings import Ended, Endings
from heliograph.core.journal import Journal, Verdict
from heliograph.core.limits import SlidingWindows
from heliograph.model.links import Clicks, Days, NewLink, ShortLink
from heliograph.model.message import Kind, Message, MessageId, State, Submission, may_move
from heliograph.model.refusal import Accepted, Answer
from heliograph.model.rows import Row
from heliograph.ports import Clock, Store, StoreFailure

PATH: Final = "/l/"
DIGITS: Final = 11
MOST_AT_ONCE: Final = 500
MOST_LENGTH: Final = 2_000
"""Characters of an address that is shortened; a longer one stays as it is."""
LATE_MS: Final = 7 * 86_400_000
"""After its validity, for so long, a receipt is still to come of what is UNKNOWN."""
SWEEP_S: Final = 5.0
VISITS_A_SECOND: Final = 5
"""Of one code; more are led on and not counted."""

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_CODE: Final = re.compile(rf"[A-Za-z0-9]{{{DIGITS}}}")
_LINK: Final = re.compile(r"https?://[^\s<>\"\x00-\x20\x7f]{1,2000}[^\s<>\"\x00-\x20\x7f.,;:!?)\]'»”]", re.IGNORECASE)
_HOST: Final = re.compile(r"https?://(?:\[[0-9a-f:.]+\]|[\w-][\w.-]*)(?::\d{1,5})?(?:[/?#]|$)", re.IGNORECASE)
_BOTS: Final = re.compile(
    r"bot\b|bot/|crawl|spider|preview|facebookexternalhit|whatsapp|viber|skypeuri|vkshare|embedly|slurp|"
    r"curl/|wget/|python-|okhttp|go-http-client|headless|^$",
    re.IGNORECASE,
)
_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Short links in texts."""

    base: Annotated[
        str,
        Meta(pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$"),
        "Where visitors reach this gateway, such as https://go.example; /l/ and a code follow. Empty = no short links.",
    ] = ""


class ShortLinks:
    """Makes, follows and counts short links."""

    def __init__(
        self, *, store: Store, journal: Journal, endings: Endings, clock: Clock, settings: LinkSettings
    ) -> None:
        self._store = store
        self._journal = journal
        self._endings = endings
        self._clock = clock
        self._base = settings.base + PATH
        self._under_way: set[MessageId] = set()
        self._swept = ""
        self.visits: SlidingWindows[str] = SlidingWindows(VISITS_A_SECOND, 1.0)
        """Those of one link that are counted, a second."""

    # -- sending ---------------------------------------------------------------------------------------------------

    async def shorten(self, account_id: int, submissions: Sequence[Submission]) -> list[list[str]]:
        """Put a code for each link into each text, and keep them; the codes of each. Raises `StoreFailure`."""
        made: list[list[NewLink]] = [self._shortened(submission) for submission in submissions]
        links = [link for of_one in made for link in of_one]
        for start in range(0, len(links), MOST_AT_ONCE):
            await self._store.links.add(account_id, links[start : start + MOST_AT_ONCE], self._clock.now())
        return [[link.code for link in of_one] for of_one in made]

    def sample(self, submissions: Sequence[Submission]) -> None:
        """The texts as long as they would be; nothing is kept."""
        for submission in submissions:
            self._shortened(submission)

    def _shortened(self, submission: Submission) -> list[NewLink]:
        content = submission.content
        if content.kind not in (Kind.TEXT, Kind.FLASH) or "://" not in content.text:
            return []
        links: list[NewLink] = []

        def short(found: re.Match[str]) -> str:
            if _HOST.match(found[0]) is None or len(found[0]) > MOST_LENGTH:
                return found[0]
            links.append(NewLink("".join([secrets.choice(_ALPHABET) for _ in range(DIGITS)]), found[0]))
            return self._base + links[-1].code

        submission.content = replace(content, text=_LINK.sub(short, content.text))
        return links

    async def sent(self, codes: Sequence[Sequence[str]], answers: Sequence[Answer]) -> None:
        """Remember whose message each code is in. What cannot be written only loses who clicked."""
        pairs = [
            (code, answer.message.id)
            for of_one, answer in zip(codes, answers, strict=True)
            if isinstance(answer, Accepted)
            for code in of_one
        ]
        with suppress(StoreFailure):
            for start in range(0, len(pairs), MOST_AT_ONCE):
                await self._store.links.sent(pairs[start : start + MOST_AT_ONCE])

    # -- visitors --------------------------------------------------------------------------------------------------

    async def visit(self, code: str, agent: str, is_only_looking: bool, offset_s: int) -> str:
        """Where the code leads, as it may stand in a header. Raises `NothingFound`, `StoreFailure`.

        `is_only_looking`: it is not a person who follows the link now, whoever `agent` is.
        """
        link = await self._store.links.find(code) if _CODE.fullmatch(code) else None
        if link is None:
            raise NothingFound
        if self.visits.hit(code, self._clock.monotonic()):
            now = self._clock.now()
            is_bot = is_only_looking or _BOTS.search(agent) is not None
            day = (now // 1000 + offset_s) // 86_400
            if await self._store.links.visited(link, day, is_bot, now):
                await self._clicked(link)
        return quote(link.target, safe=_SAFE)

    async def account_of(self, code: str) -> int:
        """Whose link it is, 0 if nobody's."""
        link = await self._store.links.find(code) if _CODE.fullmatch(code) else None
        return 0 if link is None else link.account_id

    async def _clicked(self, link: ShortLink) -> None:
        if link.message_id:
            self._end(await self._store.messages([link.message_id], link.account_id))

    def _end(self, messages: Sequence[Message]) -> None:
        """Those that were delivered are CLICKED, once each: a text may have several links."""
        rows: list[Row] = []
        ended = Ended()
        for message in messages:
            if may_move(message.state, State.CLICKED) and message.id not in self._under_way:
                self._endings.end(message, State.CLICKED, 0, self._clock.now(), rows, ended)

        ids = [message.id for message in ended.messages]

        def committed(verdict: Verdict) -> None:
            self._under_way.difference_update(ids)
            self._endings.committed(ended, verdict)

        if rows:
            self._under_way.update(ids)
            self._journal.add(rows, committed)

    async def sweep(self) -> None:
        """Upkeep: who opened a link before the receipt had come, or as the gateway died, has clicked all the same."""
        links = await self._store.links.untold(self._swept, MOST_AT_ONCE)
        self._swept = links[-1].code if len(links) == MOST_AT_ONCE else ""
        if not links:
            return
        found = await self._store.messages(sorted({link.message_id for link in links}), None)
        self._end(found)
        waited_for = {message.id for message in found if self._may_yet(message)}
        if done := [link.code for link in links if link.message_id not in waited_for]:
            await self._store.links.told(done)

    def _may_yet(self, message: Message) -> bool:
        """Whether it may still become CLICKED; what just did is looked at once more, when that is durable."""
        if message.id in self._under_way or not message.is_final:
            return True
        return message.state is State.UNKNOWN and self._clock.now() < message.expires_at + LATE_MS

    # -- counting --------------------------------------------------------------------------------------------------

    async def clicks(self, account_id: int, target: str, target_id: int, days: Days) -> Clicks:
        """The visits of people to one of the account's links. Raises `NothingFound`."""
        found = await self._store.links.clicks(account_id, target, target_id, days)
        if found is None:
            raise NothingFound
        return found
