"""A gateway among others on one store: its node, and which rooms it tells what. Nothing of it where one process owns
the store."""

from __future__ import annotations

import hmac
import os
import socket
import time
from typing import TYPE_CHECKING

from heliograph import measures
from heliograph.core.binds import Binds
from heliograph.core.carriers import Carriers, Shareable
from heliograph.core.claiming import Claiming
from heliograph.core.destinations import Destinations
from heliograph.core.errors import NetworkError
from heliograph.core.node import Node, NotJoined
from heliograph.core.relay import BEAT_S, Relay
from heliograph.core.sharing import Sharing
from heliograph.core.standings import Standings
from heliograph.core.tallies import Tallies
from heliograph.core.terms import DAY_MS
from heliograph.model.node import Identity, Standing
from heliograph.model.outcome import Failed
from heliograph.store import StoreInUse

if TYPE_CHECKING:
    from heliograph.app import Gateway

KEPT_DAYS = 3
_NOT_SENT = Failed(
    NetworkError.NONE, permanent=False, retry_after_ms=0, detail="not sent: the carrier was not reached from this node"
)


async def join(gateway: Gateway) -> Node | None:
    """The node of this gateway, in a new epoch; None where one process owns the store. Raises `StoreFailure`."""
    store = gateway.store.nodes
    if store is None:
        return None
    installation = gateway.installation
    key_print = hmac.digest(installation.secret(), b"heliograph installation", "sha256").hex()[:32]
    node = Node(
        store,
        Identity(installation.node_name(), socket.gethostname(), os.getpid(), key_print),
        boottime=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        now=gateway.clock.now,
        on_fault=gateway.on_fault,
        fenced=gateway.fenced.set,
    )
    try:
        await node.join()
    except NotJoined as error:
        raise StoreInUse(str(error), None) from error
    return node


class Shared:
    """What a gateway that shares its store has more than another."""

    def __init__(self, gateway: Gateway, node: Node) -> None:
        store = gateway.store.nodes
        assert store is not None
        self.node = node
        self._store = store
        self._gateway = gateway
        dispatch, notify = gateway.dispatch, gateway.notify
        dispatch.waiting.nodes, dispatch.may_send, notify.may_send = store, node.is_safe, node.is_safe
        gateway.days.is_shared = True
        gateway.upkeep.is_first = gateway.mailing.is_first = lambda: node.is_first and node.is_safe()
        self.destinations = notify.places = Destinations(store, monotonic=gateway.clock.monotonic, came=notify.fetch)
        shareable = [connector for connector in gateway.connectors if isinstance(connector, Shareable)]
        self.carriers = Carriers(
            store,
            node,
            dispatch,
            shareable,
            patience={one.name: one.yield_after_s for one in gateway.settings.connectors},
            monotonic=gateway.clock.monotonic,
            unsent=lambda attempts: gateway.outcomes.settled([(attempt, _NOT_SENT) for attempt in attempts]),
        )
        self._sharing = Sharing(
            store=gateway.store,
            directory=gateway.directory,
            purses=gateway.purses,
            backlog=gateway.backlog,
            journal=gateway.journal,
            shares=[self._share_speeds, *[rate.share for rate in gateway.rates]],
            duplicates=gateway.duplicates,
            monotonic=gateway.clock.monotonic,
        )
        self._claiming = Claiming(
            store=gateway.store,
            nodes=store,
            node=node,
            holding=gateway.holding,
            joining=gateway.inbound.joining,
            monotonic=gateway.clock.monotonic,
        )
        node.retreat = self.carriers.retreat
        node.add("take-over", self._take_over)
        node.add("carriers", self.carriers.look)
        node.add("parts", self._claiming.look)
        node.add("sharing", self._sharing.look)
        node.hear("work", dispatch.work_came)
        node.hear("to", notify.notice_came)
        node.hear("parts", lambda _: node.look_soon())
        gateway.upkeep.add("days", 5.0, self._prune_days)
        gateway.inbound.apart = {}
        gateway.upkeep.add_everywhere("receipts apart", 1.0, gateway.inbound.put_together)
        self._share_limits()
        self._watch_together()

    def _share_limits(self) -> None:
        """What doors count."""
        gateway, node = self._gateway, self.node
        self.binds = Binds(self._store, node, lambda: gateway.smpp.here)
        gateway.smpp.elsewhere = self.binds.elsewhere
        self.tallies = Tallies(node.hint, gateway.clock.monotonic)
        for name, windows in gateway.minutes.items():
            self.tallies.add(name, windows)
        node.hear("tally", self.tallies.heard)
        node.hear("binds", lambda _: node.look_soon())
        node.hear("logins", lambda _: gateway.logins.look_soon())
        gateway.logins.spread = lambda: node.hint("logins")
        node.add("binds", self.binds.look)

    def _watch_together(self) -> None:
        """Who looks at one node sees all."""
        gateway, node = self._gateway, self.node
        self.standings = Standings(self._store, node, lambda: measures.status(gateway))
        self.relay = Relay(
            hint=node.hint,
            node=node.fence.node,
            store=gateway.store,
            monotonic=gateway.clock.monotonic,
            watched=[gateway.live, gateway.events],
        )
        gateway.live.node = node.fence.node
        gateway.live.also(self.relay.happened)
        gateway.events.told = self.relay.heard
        gateway.upkeep.add_everywhere("relay", BEAT_S, self.relay.beat)
        node.hear("want", self.relay.heard_wanted)
        node.hear("happened", self.relay.heard_happened)
        node.hear("status-ask", self.standings.heard_question)
        node.hear("status-told", self.standings.heard_answer)

    async def stop(self) -> None:
        """Tell the others nothing more."""
        self.tallies.stop()
        await self.relay.stop()

    async def _take_over(self, standing: Standing) -> None:
        await self.node.take_over(standing, self._gateway.upkeep.recover)

    async def _prune_days(self) -> None:
        await self._store.prune_days(self._gateway.clock.now() // DAY_MS - KEPT_DAYS)

    def _share_speeds(self, nodes: int) -> None:
        """Of accounts, and of carriers that are in each process."""
        self._gateway.intake.nodes = nodes
        for name, line in self._gateway.dispatch.lines.items():
            if name not in self.carriers.held():
                line.share(1 / nodes)
