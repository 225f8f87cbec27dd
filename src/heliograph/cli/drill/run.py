"""One drill from the first message to the verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heliograph.backoffice import verbs
from heliograph.cli.drill.checker import Taken, Verdict, check
from heliograph.cli.drill.door_requests import HTTP_DOORS, Door
from heliograph.cli.drill.ground import HOST, Ground
from heliograph.cli.drill.scenarios import Act
from heliograph.cli.drill.smtp_load import send_mail
from heliograph.cli.drill.weather import SHARED, Weather
from heliograph.doors.http import HttpShell
from heliograph.doors.http_listener import Listener, Mounted
from heliograph.installation import Installation
from heliograph.model.message import FINAL, State
from heliograph.ops.clock import SystemClock
from heliograph.protocols.http import HttpResponse, Unreachable

DOORS: Final = (*HTTP_DOORS, "smpp", "smtp")
"""The doors the load comes in by. One that can say "accepted" and is not here has no proof."""
WORKERS: Final = 24
SHORTEST_LIFE_S: Final = 0.3
SETTLE_S: Final = 90.0
"""Longer than validity and silence together: also what stays in doubt comes to its visible end."""
MAGIC: Final = ("0001", "0002", "0003", "0007", "0008", "0010", "0011")
LEAST_SHARE: Final = 0.5
"""At least so many of the messages are accepted, however long the store takes none."""
WEATHER_SHARE: Final = 0.25
"""So many of the first half meet bad weather: what ends by its validity has its time."""
PAUSE_S: Final = 0.05
WARM_S: Final = 30.0
WARM: Final = 100
"""Messages that are accepted before the first act."""
REMEMBERED: Final = 1_000
"""Answer times."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. With `places` the gateway dies there, `rounds` times each; else `kills` times at random."""

    kills: int
    messages: int
    rate: float
    places: tuple[str, ...]
    rounds: int
    longest_life_s: float

    @property
    def deaths(self) -> int:
        """How often the gateway is to die."""
        return self.rounds * len(self.places) if self.places else self.kills

    @property
    def words(self) -> str:
        """The plan in words."""
        how = f"{self.rounds} deaths at each of {', '.join(self.places)}" if self.places else f"{self.kills} kills"
        return f"{how}, at least {self.messages:,} messages at {self.rate:,.0f} a second"


class Drill(Ground):
    """Runs a plan in `folder`, and in it `acts`, one after the other, among carriers like `weather`: by scenario."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        chance: random.Random,
        say: Callable[[str], None],
        database: str = "",
        nodes: int = 1,
        *,
        acts: Mapping[str, Act] | None = None,
        weather: Mapping[str, Weather] | None = None,
        is_long: bool = False,
    ) -> None:
        self._weathers = {**(weather or {}), **({"nodes": SHARED} if nodes > 1 else {})}
        super().__init__(Installation(folder), chance, say, database, list(self._weathers.values()), nodes)
        self._plan = plan
        self._acts = dict(acts or {})
        self.is_long = is_long
        self._scene = ""
        self._are_acts_over = False
        self._sent = 0
        self._number = 0
        self._answer_times: deque[float] = deque(maxlen=REMEMBERED)

    async def run(self) -> Verdict:
        """Load, faults, one after the other; then let everything end, stop, and check."""
        shell = HttpShell(
            [Listener(HOST, 0)],
            [Mounted({"/": self.sink.handle}, lambda: HttpResponse(500))],
            clock=SystemClock(),
            max_body=1 << 20,
            on_fault=lambda _, error: self.sink.faults.append(f"the sink failed: {error!r}"),
        )
        await shell.start()
        try:
            await self.configure()
            await self.start()
            await self.start_others()
            await self.prepare(f"http://{HOST}:{shell.addresses[0][1]}/events")
            workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]
            await self._die_and_come_back()
            await self._play()
            await asyncio.gather(*workers)
            await self._settle()
            await self.stop()
            return await self._check()
        finally:
            await self.close()
            await shell.stop(1.0)

    async def _die_and_come_back(self) -> None:
        """One death after another, at failpoints also of a life that only recovers; the last has no end planned."""
        if not self._plan.places:
            for number in range(self._plan.kills):
                await asyncio.sleep(self.chance.uniform(SHORTEST_LIFE_S, self._plan.longest_life_s))
                await self.kill()
                self.say(f"kill {number + 1} of {self._plan.kills}; {len(self.client.accepted):,} accepted so far")
                await self.start()
        for place in self._plan.places:
            for number in range(self._plan.rounds):
                await self.die_at(place)
                self.say(f"{place} {number + 1} of {self._plan.rounds}; {len(self.client.accepted):,} accepted so far")
        if self._plan.places:
            await self.start()

    async def _play(self) -> None:
        """Each act while the load goes on; what is accepted meanwhile belongs to its scenario."""
        for name, act in self._acts.items():
            await self.until(lambda: self.answers >= WARM, WARM_S)
            self._scene = name
            began = time.monotonic()
            await act(self)
            self.say(f"{name}: {time.monotonic() - began:.1f} s; {self.answers:,} accepted so far")
        self._scene = ""
        self._are_acts_over = True

    # -- what acts ask of a drill ----------------------------------------------------------------------------------

    def fault(self, words: str) -> None:
        """Note what should not have been, under the scenario that is on."""
        self.sink.faults.append(f"{self._scene}: {words}")

    async def until(self, is_so: Callable[[], bool], within_s: float) -> bool:
        """Wait for something; False if it does not come in time."""
        for _ in range(int(within_s / PAUSE_S)):
            if is_so():
                return True
            await asyncio.sleep(PAUSE_S)
        return is_so()

    @property
    def answers(self) -> int:
        """Messages that were answered "accepted" until now."""
        return len(self.client.accepted) + len(self.client.taken)

    def latencies(self) -> list[float]:
        """Seconds that the last requests by HTTP waited for their answers; asked once, they are forgotten."""
        times = list(self._answer_times)
        self._answer_times.clear()
        return times

    def text(self, words: str) -> str:
        """One that nobody else sends, with the name of the scenario in it."""
        self._number += 1
        return f"Drill {self._number} {self._scene}. {words}"

    def recipient(self, prefix: str = "38067", ending: str = "") -> str:
        """Another one each time, unless `ending` is one of the four digits that mean something."""
        self._sent += 1
        match len(ending):
            case 4:
                return f"{prefix}{self._sent % 1000:03d}{ending}"
            case 1:
                return f"{prefix}{self._sent // 900 % 1000:03d}{100 + self._sent % 900}{ending}"
        return f"{prefix}{self._sent // 9000 % 1000:03d}{1000 + self._sent % 9000}"

    # -- the load --------------------------------------------------------------------------------------------------

    @property
    def _is_enough(self) -> bool:
        has_sent = self._sent >= self._plan.messages and self.answers >= self._plan.messages * LEAST_SHARE
        return has_sent and self.deaths >= self._plan.deaths and self._are_acts_over

    async def _work(self) -> None:
        """Send at a share of the rate until there are enough messages and deaths."""
        pause_s = WORKERS / self._plan.rate
        while not self._is_enough:
            door = await self._next_door()
            over_http = HTTP_DOORS.get(door)
            recipients, text = self._request(over_http.most if over_http else 4 if door == "smpp" else 1)
            started = time.monotonic()
            if over_http is not None:
                await self._send_by_http(over_http, recipients, text)
            elif door == "smpp":
                await self._send_by_smpp(recipients, text)
            else:
                await self._send_by_smtp(recipients[0], text)
            rest_s = pause_s * len(recipients) - (time.monotonic() - started)
            if rest_s > 0:
                await asyncio.sleep(rest_s)

    async def _next_door(self) -> str:
        """One after the other; while the first node is down the others are asked by HTTP."""
        if not any(node.up.is_set() for node in self.nodes):
            await self.first.up.wait()
        doors = DOORS if self.first.up.is_set() else tuple(HTTP_DOORS)
        return doors[self._number % len(doors)]

    def _request(self, most: int) -> tuple[list[str], str]:
        """One to `most` recipients; every fifth text has two or three parts. No text repeats."""
        text = self.text("Hello.")
        is_long = self._number % 5 == 0
        if is_long:
            text += " " + "Привіт! " * 12 + "Бувай."
        recipients = []
        for _ in range(self.chance.randint(1, most)):
            if (
                self._weathers
                and self.answers < self._plan.messages * LEAST_SHARE
                and self.chance.random() < WEATHER_SHARE
            ):
                weather = self.chance.choice(list(self._weathers.values()))
                if not (weather.centre and is_long):
                    recipients.append(self.recipient(weather.prefix, self.chance.choice(weather.endings or ("",))))
                    continue
            network = self.chance.choice(("38067", "38067", "38050", "38063"))
            magic = self.chance.random() < 0.1
            recipients.append(self.recipient(network, self.chance.choice(MAGIC) if magic else ""))
        return list(dict.fromkeys(recipients)), text

    async def _send_by_http(self, door: Door, recipients: list[str], text: str) -> None:
        """One request, noted before it leaves; its answer may be lost."""
        asked = door.ask(self.secrets, recipients, text)
        self.client.requests[text] = recipients
        self.client.unanswered.add(text)
        began = time.monotonic()
        try:
            response = await self.http.request("POST", f"{self.next_url()}{asked.path}", asked.headers, asked.body)
        except Unreachable:
            await asyncio.sleep(0.02)
            return
        self._answer_times.append(time.monotonic() - began)
        self.client.unanswered.discard(text)
        door.note(self.client, recipients, text, response)

    async def _send_by_smpp(self, recipients: list[str], text: str) -> None:
        self.client.requests[text] = recipients
        self.client.unanswered.add(text)
        answers = await self.smpp.submit(recipients, text)
        for recipient, answer in zip(recipients, answers, strict=True):
            if answer is not None:
                self.client.answered_by_smpp(recipient, text, answer.command_status, answer.message_id)
        if all(answer is not None for answer in answers):
            self.client.unanswered.discard(text)
        else:
            await asyncio.sleep(0.02)

    async def _send_by_smtp(self, recipient: str, text: str) -> None:
        """A mail; 250 says that it is durable, and names no id."""
        self.client.requests[text] = [recipient]
        self.client.unanswered.add(text)
        secrets = self.secrets
        code = await send_mail(HOST, self._smtp_port, secrets.apikey, secrets.sender, recipient, text)
        if code is None:
            await asyncio.sleep(0.02)
            return
        self.client.unanswered.discard(text)
        if code == 250:
            self.client.taken.add((recipient, text))
        else:
            self.client.refused[code] += 1

    # -- the end ---------------------------------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Wait until every message has ended and been told of, and no receipt or callback is owed any more."""
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            counts = await self.ask(verbs.Census())
            unfinished = [name for name in counts if State[name.upper()] not in FINAL]
            stored = sum(int(str(count)) for count in counts.values())
            await self.smpp.stay()
            told = self.smpp.accepted <= self.smpp.receipts.keys()
            if not unfinished and told and len(self.sink.states()) == stored and await self._is_quiet():
                return
            await asyncio.sleep(0.3)
        self.sink.faults.append(f"not all messages had ended after {SETTLE_S:.0f} s")

    async def _is_quiet(self) -> bool:
        """No call has come for longer than a failed one waits for its next try."""
        calls = self.sink.calls
        for _ in range(12):
            await asyncio.sleep(0.5)
            if self.sink.calls != calls:
                return False
        return True

    async def _check(self) -> Verdict:
        self.sink.faults += [
            f"message {message_id} had no receipt by SMPP"
            for message_id in sorted(self.smpp.accepted - self.smpp.receipts.keys())
        ]
        taken = Taken(self.ledgers(), self.ledgers_by_smpp())
        is_disturbed = bool(self._acts)
        return await self.look(
            lambda store: check(
                store, self.client, taken, self.sink, self.paid_in, self.deaths, is_disturbed=is_disturbed
            )
        )
