"""The gateway of a drill: its folder and process, its accounts, and the ledgers of who is around it."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Final, TypeVar

from heliograph.backoffice import verbs
from heliograph.cli.drill.door_requests import Secrets
from heliograph.cli.drill.ledgers import ClientLedger, Sink
from heliograph.cli.drill.serving import Serving
from heliograph.cli.drill.smpp_load import SYSTEM_ID, SmppCustomer
from heliograph.cli.drill.weather import Weather
from heliograph.cli.drill.wire import Wire
from heliograph.cli.link import fields_of, send_to
from heliograph.installation import Installation
from heliograph.model.money import Micro, parse_amount
from heliograph.net.free_ports import free_ports
from heliograph.net.guard import Guard
from heliograph.net.http_client import HttpClient
from heliograph.ports import Store
from heliograph.settings import GatewaySettings, StoreSettings
from heliograph.simulator.memory import CarrierLedger, read_ledger
from heliograph.simulator.message_centre import MessageCentre
from heliograph.wiring.store import open_store

HOST: Final = "127.0.0.1"
SENDER: Final = "Heliograph"
PAID_IN: Final = "1000000"
CARRIERS: Final = ("fast", "slow")
SINK_FAILS_EVERY: Final = 150
DEATH_S: Final = 20
Answer = TypeVar("Answer")

KNOWN_S: Final = 20.0

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
{weather}
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


class Ground:
    """Has the gateway of `folder`. All choices come from `chance`. `database` is the URL of an empty PostgreSQL
    database, "" for a file in the folder; `weather` are carriers beside the usual two."""

    def __init__(
        self,
        installation: Installation,
        chance: random.Random,
        say: Callable[[str], None],
        database: str,
        weather: Sequence[Weather],
        nodes: int = 1,
    ) -> None:
        self.first = Serving(installation)
        self.nodes = [
            self.first,
            *[Serving(Installation(installation.folder / f"node-{number}")) for number in range(2, nodes + 1)],
        ]
        """All that share the database; one of them most of the time."""
        self.wire = Wire(database)
        self._turn = 0
        self.installation = installation
        self.chance = chance
        self.say = say
        self.database = database
        self.client = ClientLedger()
        self.sink = Sink(SINK_FAILS_EVERY)
        self.http = HttpClient(Guard(["127.0.0.0/8"]), timeout_s=20.0)
        self.secrets = Secrets("", "", "", "", SENDER)
        self.deaths = 0
        self.paid_in: Micro = 0
        self._store = StoreSettings("postgres", url=database) if database else StoreSettings()
        self._weather = weather
        self._sink_url = ""
        self._smtp_port = 0
        self._centres = AsyncExitStack()

    # -- building ------------------------------------------------------------------------------------------------

    async def configure(self) -> None:
        """Ports, carriers by SMPP, the configuration."""
        weather = "".join([one.config.replace("{port}", str(await self._centre(one))) for one in self._weather])
        if len(self.nodes) > 1:
            await self.wire.lay()
        for node in self.nodes:
            database = self.wire.own if node is not self.first and node is self.nodes[-1] else self._store.url
            smpp_port, smtp_port = self._configure(node, weather, database)
            if node is self.first:
                self._smtp_port = smtp_port
                self.smpp = SmppCustomer(HOST, smpp_port, SENDER)
        self._share_key()

    def _share_key(self) -> None:
        """All nodes have the key of the first."""
        for node in self.nodes[1:]:
            self.installation.secret()
            shutil.copy(self.installation.folder / "secret.key", node.installation.folder)

    def _configure(self, node: Serving, weather: str, database: str) -> tuple[int, int]:
        """Ports of its own, and what all have; the ports of SMPP and SMTP."""
        port, smpp_port, smtp_port = free_ports(3, HOST)
        node.url = f"http://{HOST}:{port}"
        config = CONFIG.format(port=port, smpp_port=smpp_port, smtp_port=smtp_port, weather=weather)
        if database:
            config += f'\n[store]\nkind = "postgres"\nurl = "{database}"\n'
        node.installation.folder.mkdir(parents=True, exist_ok=True)
        (node.installation.folder / "heliograph.toml").write_text(config, "utf-8")
        return smpp_port, smtp_port

    async def _centre(self, weather: Weather) -> int:
        """The port of the message centre of this weather; 0 if it has none."""
        if not weather.centre:
            return 0
        memory = self.installation.carrier(weather.carriers[0])
        centre = MessageCentre(weather.centre, memory, now=_monotonic_ms, wall=_wall_ms)
        port = await centre.start(HOST, 0)
        self._centres.push_async_callback(centre.stop)
        return port

    async def prepare(self, sink_url: str) -> None:
        """The account the load comes from."""
        self._sink_url = sink_url
        self.secrets = await self.add_account("drill", PAID_IN)
        made = await self.ask(verbs.AccountSmpp("drill", SYSTEM_ID))
        self.smpp.password = str(made["password"])

    async def add_account(self, login: str, money: str) -> Secrets:
        """An account with a sender, money and the sink as its callback address."""
        made = await self.ask(verbs.AccountCreate(login))
        password, token, apikey = (str(made[name]) for name in ("password", "token", "apikey"))
        await self.ask(verbs.AccountSender(login, SENDER))
        await self.ask(verbs.AccountTopUp(login, money))
        self.paid_in += parse_amount(money)
        callback = await self.ask(verbs.AccountCallback(login, self._sink_url))
        self.sink.secrets.add(str(callback["secret"]))
        await self._known_to_all(login)
        return Secrets(login, password, token, apikey, SENDER)

    async def _known_to_all(self, login: str) -> None:
        """Every node that is up knows its callback; of what one accepts before that nobody is told."""
        for node in self.nodes[1:]:
            until = time.monotonic() + KNOWN_S
            while node.up.is_set() and not (await node.says(verbs.AccountShow(login))).get("callbacks"):
                if time.monotonic() > until:
                    self.sink.faults.append(f"a node did not know {login} within {KNOWN_S:.0f} s")
                    break
                await asyncio.sleep(0.1)

    async def ask(self, verb: verbs.Verb) -> dict[str, object]:
        """What the running gateway answers its operator."""
        return fields_of(await send_to(self.installation, verb))

    # -- the process ---------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where the HTTP doors of the first node are."""
        return self.first.url

    def next_url(self) -> str:
        """The same of the nodes that are up, in turn."""
        up = [node for node in self.nodes if node.up.is_set()] or self.nodes
        self._turn += 1
        return up[self._turn % len(up)].url

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """That of the first node."""
        assert self.first.process is not None
        return self.first.process

    async def start(self, failpoint: str = "") -> None:
        """Messages are taken on return; with a failpoint it may have died on the way."""
        await self.first.begin(failpoint)

    async def start_others(self) -> None:
        """The other nodes, where there are any."""
        await asyncio.gather(*[node.begin() for node in self.nodes[1:]])

    async def kill(self, *, count: bool = True) -> None:
        """As `kill -9`."""
        await self.first.die()
        self.deaths += count

    async def die_at(self, place: str) -> None:
        """Start it anew and let it die at a failpoint."""
        await self.kill(count=False)
        await self.start(f"{place}:{self.chance.randint(1, 60)}")
        try:
            await asyncio.to_thread(self.process.wait, DEATH_S)
        except subprocess.TimeoutExpired:
            self.say(f"{place} was not passed often enough; killed instead")
        await self.kill()

    async def stop(self) -> None:
        """In order."""
        for node in reversed(self.nodes):
            code = await node.end()
            if code:
                self.sink.faults.append(f"the gateway ended with exit code {code}")

    async def look(self, ask: Callable[[Store], Awaitable[Answer]]) -> Answer:
        """What the store of the gateway, which is not running, says."""
        store = open_store(GatewaySettings(store=self._store), self.installation)
        await store.open()
        try:
            return await ask(store)
        finally:
            await store.close()

    def ledgers(self) -> list[CarrierLedger]:
        """What the carriers took and owe."""
        names = [*CARRIERS, *[name for one in self._weather for name in one.carriers if not one.centre]]
        return [read_ledger(node.installation.carrier(name)) for node in self.nodes for name in names]

    def ledgers_by_smpp(self) -> list[CarrierLedger]:
        """The same of those that know numbers and not our ids."""
        return [read_ledger(self.installation.carrier(one.carriers[0])) for one in self._weather if one.centre]

    async def close(self) -> None:
        """Whoever is still there goes."""
        for node in self.nodes:
            if node.is_there:
                node.tell(signal.SIGCONT)
                await node.die()
        await self.wire.cut()
        if hasattr(self, "smpp"):
            self.smpp.close()
        await self.http.close()
        await self._centres.aclose()


def _monotonic_ms() -> int:
    return int(time.monotonic() * 1000)


def _wall_ms() -> int:
    return int(time.time() * 1000)
