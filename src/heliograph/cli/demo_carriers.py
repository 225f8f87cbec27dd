"""The demo's carriers: message centres in the gateway's own process, reached as any carrier is, by SMPP over loopback.

Each is a connector with the carrier behind it, started and stopped together. What a carrier took and owes is in its own
file, so that it goes on from there after a `kill -9` of both, as a real one would.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

from heliograph.app import Gateway
from heliograph.connectors.smpp import SmppConnector
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.ports import Clock, Connector, Lift
from heliograph.settings import ConnectorSettings
from heliograph.simulator.message_centre import MessageCentre, Tries

HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 2.0
"""How long a start waits for the first bind; the connector goes on trying after that."""


class DemoGateway(Gateway):
    """A gateway whose carriers by SMPP are simulated where they stand."""

    def _build_doors(self) -> None:
        self._tries: Tries = Counter()
        """The first try of a message is the first of all, also where a second carrier has it."""
        super()._build_doors()

    def connector(self, settings: ConnectorSettings) -> Connector:
        if settings.kind != "smpp":
            return super().connector(settings)
        return LoopbackCarrier(settings, self.installation.carrier(settings.name), self.clock, self._tries)


class LoopbackCarrier(SmppConnector):
    """`settings` name the carrier's personality; its port is any free one, its password is made up and told nobody."""

    def __init__(self, settings: ConnectorSettings, memory: Path, clock: Clock, tries: Tries) -> None:
        smpp = replace(settings.smpp, host=HOST, system_id="heliograph", password=secrets.token_hex(8))
        self._centre = MessageCentre(
            settings.personality,
            memory,
            now=lambda: int(clock.monotonic() * 1000),
            wall=clock.now,
            system_id=smpp.system_id,
            password=smpp.password,
            seed=settings.seed,
            tries=tries,
        )
        self._smpp = smpp
        super().__init__(settings.name, smpp, clock, late_answer_wait_s=settings.late_answer_wait_s)

    async def start(self, lift: Lift) -> None:
        """Open the carrier and bind to it. Raises `OSError` if its file or a port cannot be had."""
        port = await self._centre.start(HOST, 0)
        self._settings: SmppSettings = replace(self._smpp, port=port)
        await super().start(lift)
        until = self._clock.monotonic() + PATIENCE_S
        while not self.connected and self._clock.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.005)

    async def stop(self, grace_s: float) -> None:
        await super().stop(grace_s)
        await self._centre.stop()

    def incoming(self, sender: str, recipient: str, text: str) -> None:
        """A handset texts `recipient`."""
        self._centre.incoming(sender, recipient, text)
