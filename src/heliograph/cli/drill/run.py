"""One drill from the first message to the verdict."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heliograph.app import open_store
from heliograph.backoffice import verbs
from heliograph.cli.drill.checker import Verdict, check
from heliograph.cli.drill.door_requests import HTTP_DOORS, Door, Secrets
from heliograph.cli.drill.ledgers import ClientLedger, Sink
from heliograph.cli.drill.smpp_load import SYSTEM_ID, SmppCustomer
from heliograph.cli.drill.smtp_load import send_mail
from heliograph.cli.link import fields_of, send_to
from heliograph.doors.http import HttpShell
from heliograph.doors.http_listener import Listener, Mounted
from heliograph.installation import Installation
from heliograph.model.message import FINAL, State
from heliograph.model.money import parse_amount
from heliograph.net.guard import Guard
from heliograph.net.http_client import HttpClient
from heliograph.ops import failpoints
from heliograph.ops.clock import SystemClock
from heliograph.protocols.http import HttpResponse, Unreachable
from heliograph.settings import GatewaySettings, StoreSettings
from heliograph.simulator.memory import read_ledger

DOORS: Final = (*HTTP_DOORS, "smpp", "smtp")
"""The doors the load comes in by. One that can say "accepted" and is not here has no proof."""
HOST: Final = "127.0.0.1"
SENDER: Final = "Heliograph"
PAID_IN: Final = "1000000"
CARRIERS: Final = ("fast", "slow")
WORKERS: Final = 24
SINK_FAILS_EVERY: Final = 150
SHORTEST_LIFE_S: Final = 0.3
SETTLE_S: Final = 90.0
"""Longer than validity and silence together: also what stays in doubt comes to its visible end."""
MAGIC: Final = ("0001", "0002", "0003", "0007", "0008", "0010", "0011")

CONFIG: Final = """
[http]
port = {port}
[smsclub]
requests_per_second = 1000000
[v1]
requests_per_second = 100000
[[smpp.listeners]]
port = {smpp_port}
flavour = "plain"
[[smtp.listeners]]
port = {smtp_port}
[smsc]
at_once = 0
[queue]
least_free_disk_mib = 16
validity_s = 20
silent_after_s = 10
[callbacks]
allow_networks = ["127.0.0.0/8"]
[log]
level = "error"
[[connectors]]
name = "fast"
kind = "simulated"
window = 200
[[connectors]]
name = "slow"
kind = "simulated"
personality = "slow"
window = 500
[[routes]]
id = "slow"
connectors = ["slow"]
prefixes = ["38063"]
[[routes]]
id = "fast"
connectors = ["fast"]
[[tariffs]]
id = "all"
tariff = "default"
price = "0.45"
"""


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


class Drill:
    """Runs a plan in `folder`. All choices come from `chance`. `database` is the URL of an empty PostgreSQL database,
    "" for a file in the folder."""

    def __init__(
        self, plan: Plan, folder: Path, chance: random.Random, say: Callable[[str], None], database: str = ""
    ) -> None:
        self._plan = plan
        self._store = StoreSettings("postgres", url=database) if database else StoreSettings()
        self._installation = Installation(folder)
        self._chance = chance
        self._say = say
        self._client = ClientLedger()
        self._sink = Sink(SINK_FAILS_EVERY)
        self._http = HttpClient(Guard(["127.0.0.0/8"]), timeout_s=20.0)
        self._smtp_port = 0
        self._up = asyncio.Event()
        self._secrets = Secrets("", "", "", "", SENDER)
        self._url = ""
        self._sent = 0
        self._deaths = 0
        self._number = 0

    async def run(self) -> Verdict:
        """Load, die, come back, again and again; then let everything end, stop, and check."""
        shell = HttpShell(
            [Listener(HOST, 0)],
            [Mounted({"/": self._sink.handle}, lambda: HttpResponse(500))],
            clock=SystemClock(),
            max_body=1 << 20,
            on_fault=lambda _, error: self._sink.faults.append(f"the sink failed: {error!r}"),
        )
        await shell.start()
        try:
            self._configure()
            process = await self._start()
            await self._prepare(f"http://{HOST}:{shell.addresses[0][1]}/events")
            workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]
            process = await self._die_and_come_back(process)
            await asyncio.gather(*workers)
            await self._settle()
            await self._stop(process)
            return await self._check()
        finally:
            self._smpp.close()
            await self._http.close()
            await shell.stop(1.0)

    # -- the gateway -----------------------------------------------------------------------------------------------

    def _configure(self) -> None:
        with socket.socket() as one, socket.socket() as two, socket.socket() as three:
            for probe in (one, two, three):
                probe.bind((HOST, 0))
            port, smpp_port, self._smtp_port = (probe.getsockname()[1] for probe in (one, two, three))
        self._url = f"http://{HOST}:{port}"
        self._smpp = SmppCustomer(HOST, smpp_port, SENDER)
        config = CONFIG.format(port=port, smpp_port=smpp_port, smtp_port=self._smtp_port)
        if self._store.url:
            config += f'\n[store]\nkind = "postgres"\nurl = "{self._store.url}"\n'
        (self._installation.folder / "heliograph.toml").write_text(config, "utf-8")

    async def _start(self, failpoint: str = "") -> subprocess.Popen[bytes]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
        if failpoint:
            environ[failpoints.VARIABLE] = failpoint
        read, write = os.pipe()
        words = [sys.executable, "-m", "heliograph", "serve", "--dir", str(self._installation.folder)]
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - ourselves, and the loop may wait for the fork
            [*words, "--ready-fd", str(write)], env=environ, pass_fds=[write]
        )
        os.close(write)
        with os.fdopen(read) as ready:
            line = await asyncio.to_thread(ready.readline)
        if line:
            self._up.set()
        elif not failpoint:
            raise RuntimeError(f"the gateway did not start: exit code {process.wait()}")
        return process

    async def _prepare(self, sink_url: str) -> None:
        made = await self._ask(verbs.AccountCreate("drill"))
        password, token, apikey = (str(made[name]) for name in ("password", "token", "apikey"))
        self._secrets = Secrets("drill", password, token, apikey, SENDER)
        await self._ask(verbs.AccountSender("drill", SENDER))
        await self._ask(verbs.AccountTopUp("drill", PAID_IN))
        made = await self._ask(verbs.AccountSmpp("drill", SYSTEM_ID))
        self._smpp.password = str(made["password"])
        callback = await self._ask(verbs.AccountCallback("drill", sink_url))
        self._sink.secret = str(callback["secret"])

    async def _ask(self, verb: verbs.Verb) -> dict[str, object]:
        return fields_of(await send_to(self._installation, verb))

    async def _die_and_come_back(self, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """One death after another; the last life has no end planned."""
        if not self._plan.places:
            for number in range(self._plan.kills):
                await asyncio.sleep(self._chance.uniform(SHORTEST_LIFE_S, self._plan.longest_life_s))
                await self._kill(process)
                self._say(f"kill {number + 1} of {self._plan.kills}; {len(self._client.accepted):,} accepted so far")
                process = await self._start()
            return process
        for place in self._plan.places:
            for number in range(self._plan.rounds):
                await self._kill(process, count=False)
                process = await self._start(f"{place}:{self._chance.randint(1, 60)}")
                await self._wait_for_death(process, place)
                self._say(
                    f"{place} {number + 1} of {self._plan.rounds}; {len(self._client.accepted):,} accepted so far"
                )
                process = await self._start()
                await asyncio.sleep(self._chance.uniform(0.05, 0.3))
        return process

    async def _wait_for_death(self, process: subprocess.Popen[bytes], place: str) -> None:
        try:
            await asyncio.to_thread(process.wait, 20)
        except subprocess.TimeoutExpired:
            self._say(f"{place} was not passed often enough; killed instead")
        await self._kill(process)

    async def _kill(self, process: subprocess.Popen[bytes], *, count: bool = True) -> None:
        self._up.clear()
        process.kill()
        await asyncio.to_thread(process.wait)
        self._deaths += count

    async def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        code = await asyncio.to_thread(process.wait)
        if code:
            self._sink.faults.append(f"the gateway ended with exit code {code}")

    # -- the load --------------------------------------------------------------------------------------------------

    @property
    def _is_enough(self) -> bool:
        return self._sent >= self._plan.messages and self._deaths >= self._plan.deaths

    async def _work(self) -> None:
        """Send at a share of the rate until there are enough messages and deaths."""
        pause_s = WORKERS / self._plan.rate
        while not self._is_enough:
            await self._up.wait()
            door = DOORS[self._number % len(DOORS)]
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

    def _request(self, most: int) -> tuple[list[str], str]:
        """One to `most` recipients; every fifth text has two or three parts. Texts and numbers never repeat."""
        self._number += 1
        text = f"Drill {self._number}. " + ("Привіт! " * 12 + "Бувай." if self._number % 5 == 0 else "Hello.")
        recipients = []
        for _ in range(self._chance.randint(1, most)):
            self._sent += 1
            network = self._chance.choice(("38067", "38067", "38050", "38063"))
            magic = self._chance.random() < 0.1
            ending = self._chance.choice(MAGIC) if magic else f"{1000 + self._sent % 9000}"
            recipients.append(f"{network}{self._sent // 9000 % 1000:03d}{ending}")
        return list(dict.fromkeys(recipients)), text

    async def _send_by_http(self, door: Door, recipients: list[str], text: str) -> None:
        """One request, noted before it leaves; its answer may be lost."""
        asked = door.ask(self._secrets, recipients, text)
        self._client.requests[text] = recipients
        self._client.unanswered.add(text)
        try:
            response = await self._http.request("POST", f"{self._url}{asked.path}", asked.headers, asked.body)
        except Unreachable:
            await asyncio.sleep(0.02)
            return
        self._client.unanswered.discard(text)
        door.note(self._client, recipients, text, response)

    async def _send_by_smpp(self, recipients: list[str], text: str) -> None:
        self._client.requests[text] = recipients
        self._client.unanswered.add(text)
        answers = await self._smpp.submit(recipients, text)
        for recipient, answer in zip(recipients, answers, strict=True):
            if answer is not None:
                self._client.answered_by_smpp(recipient, text, answer.command_status, answer.message_id)
        if all(answer is not None for answer in answers):
            self._client.unanswered.discard(text)
        else:
            await asyncio.sleep(0.02)

    async def _send_by_smtp(self, recipient: str, text: str) -> None:
        """A mail; 250 says that it is durable, and names no id."""
        self._client.requests[text] = [recipient]
        self._client.unanswered.add(text)
        secrets = self._secrets
        code = await send_mail(HOST, self._smtp_port, secrets.apikey, secrets.sender, recipient, text)
        if code is None:
            await asyncio.sleep(0.02)
            return
        self._client.unanswered.discard(text)
        if code == 250:
            self._client.taken.add((recipient, text))
        else:
            self._client.refused[code] += 1

    # -- the end ---------------------------------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Wait until every message has ended and been told of, and no receipt or callback is owed any more."""
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            counts = await self._ask(verbs.Census())
            unfinished = [name for name in counts if State[name.upper()] not in FINAL]
            stored = sum(int(str(count)) for count in counts.values())
            await self._smpp.stay()
            told = self._smpp.accepted <= self._smpp.receipts.keys()
            if not unfinished and told and len(self._sink.states()) == stored and await self._is_quiet():
                return
            await asyncio.sleep(0.3)
        self._sink.faults.append(f"not all messages had ended after {SETTLE_S:.0f} s")

    async def _is_quiet(self) -> bool:
        """No call has come for longer than a failed one waits for its next try."""
        calls = self._sink.calls
        for _ in range(12):
            await asyncio.sleep(0.5)
            if self._sink.calls != calls:
                return False
        return True

    async def _check(self) -> Verdict:
        self._sink.faults += [
            f"message {message_id} had no receipt by SMPP"
            for message_id in sorted(self._smpp.accepted - self._smpp.receipts.keys())
        ]
        store = open_store(GatewaySettings(store=self._store), self._installation)
        await store.open()
        try:
            carriers = [read_ledger(self._installation.carrier(name)) for name in CARRIERS]
            return await check(store, self._client, carriers, self._sink, parse_amount(PAID_IN), self._deaths)
        finally:
            with contextlib.suppress(Exception):
                await store.close()
