"""The composition root: builds everything top to bottom, starts it, stops it in reverse. Decides nothing else.

What the doors, the connectors and the office are made of is in `wiring/`, a module each.

Start: store, directory, money and marks, journal, recovery, carriers, housekeeping, doors last. Stop: doors first
(what was promised is answered), then the carriers give back what they did not send, the journal writes it all down,
the store closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Sequence

import structlog

from heliograph.core.awaiting import Awaiting
from heliograph.core.backlog import Backlog
from heliograph.core.cancel import Cancel
from heliograph.core.directory import Directory
from heliograph.core.dispatch import Dispatch
from heliograph.core.endings import Endings
from heliograph.core.guards import REMEMBERED_MS, Duplicates
from heliograph.core.holding import Holding
from heliograph.core.inbound import Inbound
from heliograph.core.intake import Intake
from heliograph.core.joining import Joining
from heliograph.core.journal import Journal
from heliograph.core.limits import SharedOut, SlidingWindows
from heliograph.core.live import Live
from heliograph.core.mo import OwnerOfIncoming
from heliograph.core.node import Node
from heliograph.core.notify import Notify
from heliograph.core.operator_templates import OperatorTemplates
from heliograph.core.outcomes import Outcomes
from heliograph.core.passwords import Passwords
from heliograph.core.pricing import TARIFFS_DOCUMENT, dump_tariffs
from heliograph.core.purses import Purses
from heliograph.core.release import Release
from heliograph.core.routing import ROUTES_DOCUMENT, dump_rules
from heliograph.core.terms import counts_of_today
from heliograph.core.upkeep import Upkeep
from heliograph.core.upstream_ids import UpstreamIds
from heliograph.doors.control import ControlDoor
from heliograph.doors.v1_events import EventStreams
from heliograph.installation import Installation
from heliograph.listeners import Listeners
from heliograph.model.message import Message
from heliograph.model.receipt import Heard
from heliograph.model.rows import Fence
from heliograph.numbering import PLAN_DOCUMENT, plan_file, plan_of
from heliograph.ops.clock import SystemClock
from heliograph.ops.failpoints import Failpoint, pass_by
from heliograph.ports import Clock, Connector, Settled, StoreFailure
from heliograph.settings import ConnectorSettings, GatewaySettings
from heliograph.store.sqlite.lock import FileLock
from heliograph.wiring.callbacks import callbacks
from heliograph.wiring.connectors import connector_of, connectors, nameless
from heliograph.wiring.forwarding import forwarding
from heliograph.wiring.http import http_shell
from heliograph.wiring.logins import logins
from heliograph.wiring.mailings import mailings
from heliograph.wiring.nodes import Shared, join
from heliograph.wiring.office import (
    accounts_on,
    ground_of,
    operators_verbs,
    rents,
    senders_on,
    short_links,
    subclients_on,
    templates_on,
)
from heliograph.wiring.retention import retention
from heliograph.wiring.second_ways import second_ways
from heliograph.wiring.smpp import smpp_door
from heliograph.wiring.smsc import smsc_door
from heliograph.wiring.smtp import smtp_door
from heliograph.wiring.store import open_store

FENCE = Fence(node=1, epoch=1)
"""One process owns the embedded store; where nodes share it each has a fence of its own (decisions.md 8)."""

log = structlog.get_logger()


class _Lift:
    """`ports.Lift`: the way up from the connectors."""

    def __init__(self, outcomes: Outcomes, inbound: Inbound, dispatch: Dispatch) -> None:
        self._outcomes = outcomes
        self._inbound = inbound
        self._dispatch = dispatch

    def settled(self, outcomes: list[Settled]) -> None:
        self._outcomes.settled(outcomes)

    def received(self, events: Sequence[Heard], then: Callable[[bool], None]) -> None:
        self._inbound.received(events, then)

    def ready(self, connector: str) -> None:
        self._dispatch.ready(connector)


class Gateway:
    """One gateway in one process. `start` it, then `stop` it, once each. Raises `StoreError`, `BadRules`,
    `BadTariffs`, `BadConfig` (a certificate, the plan), `CannotListen` (a port in use) from `start`, with everything
    closed again."""

    def __init__(
        self,
        settings: GatewaySettings,
        installation: Installation,
        *,
        clock: Clock | None = None,
        failpoint: Failpoint = pass_by,
    ) -> None:
        self.settings = settings
        self.installation = installation
        self.clock: Clock = clock or SystemClock()
        self.store = open_store(settings, installation)
        self._lock = FileLock(installation.lock)
        self._failpoint = failpoint
        self._is_ready = False
        self.smpp_listeners: Listeners | None = None
        """Certificates of the SMPP door, once it is built; None without a listener."""
        self.smtp_listeners: Listeners | None = None
        """The same of the SMTP door."""
        self.fenced = asyncio.Event()
        """Set when another node has taken over from this one: `abandon` it, and begin `again`."""
        self.fence = FENCE
        self.node: Node | None = None
        self.shared: Shared | None = None
        """The others, where nodes share the store."""
        self.rates: list[SharedOut] = []
        self.minutes: dict[str, SlidingWindows[str]] = {}
        """What doors count: rates, of which nodes have shares, and small limits within minutes, which all count."""
        self.faults = 0
        self.recovered = 0
        self.reload_complaints: list[str] = []
        """What the last look at a changed configuration could not take over."""

    # -- building ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Everything up; on return messages are taken."""
        self.listeners = Listeners(self.settings.http, self.installation.folder)
        if self.store.nodes is not None:
            self._lock.take()
        try:
            await self.store.open()
            self.node = await join(self)
            self.fence = FENCE if self.node is None else self.node.fence
            await self._build()
            await self._start()
        except BaseException:
            await self._abandon()
            raise
        self._is_ready = True
        for concern in [one for held in self.certificates() for one in held.concerns(self.clock.now())]:
            (log.error if concern.is_fault else log.warning)("certificate", concern=concern.text)
        log.info("started", pid=os.getpid(), http=self.http.described, folder=str(self.installation.folder))

    async def _build(self) -> None:
        await self._build_memory()
        self._build_core()
        self._build_doors()

    async def _build_memory(self) -> None:
        """What admission asks: who, where, how much, and what waits."""
        settings, store, now = self.settings, self.store, self.clock.now()
        secret = self.installation.secret()
        names = [connector.name for connector in settings.connectors]
        self.plan_file = plan_file(settings.numbering, self.installation.folder)
        plan = plan_of(settings.numbering, self.installation.folder)
        rows = await store.directory()
        self.directory = Directory(rows, settings.routes, settings.tariffs, plan, secret, connectors=names)
        for name, text in (
            (ROUTES_DOCUMENT, dump_rules(settings.routes)),
            (TARIFFS_DOCUMENT, dump_tariffs(settings.tariffs)),
            (PLAN_DOCUMENT, self.plan_file.document),
        ):
            self.directory.revision = await store.keep_document(name, text, "configuration", now)
        self.directory.templates = OperatorTemplates(required=settings.templates.required)
        with contextlib.suppress(StoreFailure):  # a store without the room; any other failure is met below
            for template in await store.templates.registered(None):
                self.directory.templates.put(template)
        self.purses = Purses(await store.purses())
        self.duplicates = Duplicates()
        self.days = await counts_of_today(self.directory, store.subclients, now)
        self._recent = await store.recent(now - REMEMBERED_MS)
        self.duplicates.load(self._recent, now)
        queue = settings.queue
        self.backlog = Backlog(queue.max_waiting, queue.max_waiting_per_account, self.directory.bound_by)
        self.backlog.load(await store.waiting())
        self.secret = secret
        self.passwords = Passwords(self.directory)

    def _build_core(self) -> None:
        store, clock, directory = self.store, self.clock, self.directory
        backlog, failpoint, on_fault = self.backlog, self._failpoint, self.on_fault
        self.live = Live(clock)
        self.events = EventStreams(directory, clock)
        self.journal = journal = Journal(
            store,
            clock,
            self.fence,
            on_fault=on_fault,
            failpoint=failpoint,
        )
        self.notify = notify = Notify(
            directory=directory, journal=journal, store=store, clock=clock, failpoint=failpoint
        )
        self.endings = endings = Endings(
            directory, self.purses, backlog, notify.of_message, notify.push, self._happened
        )
        self.dispatch = Dispatch(
            directory=directory,
            journal=journal,
            store=store,
            clock=clock,
            fence=self.fence,
            endings=endings,
            backlog=backlog,
            failpoint=failpoint,
            on_fault=on_fault,
        )
        self.awaiting = Awaiting(nameless=nameless(self.settings))
        self._build_ways()

    def _build_ways(self) -> None:
        """The way in, the way out, the way back."""
        settings, store, clock, directory = self.settings, self.store, self.clock, self.directory
        backlog, failpoint, on_fault, journal = self.backlog, self._failpoint, self.on_fault, self.journal
        dispatch, notify, endings, ids = self.dispatch, self.notify, self.endings, UpstreamIds()
        self.inbound = inbound = self._way_back(ids)
        dispatch.waiting.goes_again = inbound.goes_again
        self.outcomes = outcomes = Outcomes(
            directory=directory,
            dispatch=dispatch,
            journal=journal,
            clock=clock,
            endings=endings,
            backlog=backlog,
            awaiting=self.awaiting,
            match_early=inbound.match_early,
            ids=ids,
            failpoint=failpoint,
        )
        self.release = Release(directory, self.days)
        self.holding = holding = self._waiting_parts()
        holding.remember(self._recent)
        self.upkeep = Upkeep(
            release=self.release,
            journal=journal,
            store=store,
            clock=clock,
            fence=self.fence,
            dispatch=dispatch,
            outcomes=outcomes,
            inbound=inbound,
            holding=holding,
            notify=notify,
            endings=endings,
            backlog=backlog,
            free_disk=lambda: shutil.disk_usage(self.installation.folder).free,
            least_disk=settings.queue.least_free_disk_mib << 20,
            silent_after_ms=settings.queue.silent_after_s * 1000,
            on_fault=on_fault,
        )
        self.missing_receipts, self.strays = second_ways(self)
        self.intake = Intake(
            directory=directory,
            purses=self.purses,
            duplicates=self.duplicates,
            backlog=backlog,
            journal=journal,
            dispatch=dispatch,
            store=store,
            clock=clock,
            fence=self.fence,
            validity_s=settings.queue.validity_s,
            holding=holding,
            watch=self._happened,
            on_fault=on_fault,
            days=self.days,
            names_in_text=settings.senders.names_in_text,
        )

    def _build_doors(self) -> None:
        self.logins = logins(self)
        self.cancel = Cancel(
            store=self.store,
            journal=self.journal,
            dispatch=self.dispatch,
            holding=self.holding,
            endings=self.endings,
            clock=self.clock,
        )
        ground = ground_of(self)
        self.senders = senders_on(ground)
        self.templates = templates_on(ground)
        self.links = short_links(self)
        self.rents = rents(self)
        self.connectors = connectors(self)
        self.accounts = accounts_on(ground)
        self.subclients = subclients_on(ground, self.accounts)
        self.campaigns, self.mailing = mailings(self)
        self.retention = retention(self)
        smsc = smsc_door(self, self._recent)
        self.http = http_shell(self, smsc)
        self.smtp = smtp_door(self, smsc)
        del self._recent
        self.http_clients = callbacks(self)
        forwarding(self)
        self.smpp = smpp_door(self)
        self.verbs = operators_verbs(self)
        self.control = ControlDoor(self.installation.control, self.verbs, self.live, self.on_fault)
        if self.node is not None:
            self.shared = Shared(self, self.node)

    def _waiting_parts(self) -> Holding:
        """Where parts of long messages wait for each other."""
        return Holding(
            release=self.release,
            journal=self.journal,
            store=self.store,
            clock=self.clock,
            dispatch=self.dispatch,
            endings=self.endings,
            backlog=self.backlog,
            duplicates=self.duplicates,
            wait_ms=self.settings.queue.parts_wait_s * 1000,
        )

    def _way_back(self, ids: UpstreamIds) -> Inbound:
        """Where receipts and messages from handsets come in."""
        journal, store, clock, on_fault = self.journal, self.store, self.clock, self.on_fault
        owners = self.owners = OwnerOfIncoming(
            self.directory, store, clock, self.notify, self.settings.stop_list.opt_out_words
        )
        joining = Joining(
            journal=journal,
            store=store,
            clock=clock,
            owners=owners,
            push=self.notify.push,
            on_fault=on_fault,
            wait_ms=self.settings.queue.incoming_parts_wait_s * 1000,
            heard=self.events.heard,
        )
        return Inbound(
            journal=journal,
            store=store,
            clock=clock,
            endings=self.endings,
            awaiting=self.awaiting,
            owners=owners,
            joining=joining,
            ids=ids,
            withdraw=self.dispatch.withdraw,
            written=self.dispatch.written,
            on_the_way=self.notify.on_the_way,
            on_fault=on_fault,
            heard=self.events.heard,
        )

    def _happened(self, messages: list[Message]) -> None:
        """Whoever watches is told, operators and customers."""
        self.live.happened(messages)
        self.events.happened(messages)

    def connector(self, settings: ConnectorSettings) -> Connector:
        """A way to a carrier as its section of the configuration says; whoever embeds a gateway may bring another."""
        return connector_of(self, settings)

    # -- starting and stopping -----------------------------------------------------------------------------------

    async def _start(self) -> None:
        await self.http.bind()  # a port that is taken is found before anything is sent
        await self.smpp.bind_addresses()
        await self.smtp.bind_addresses()
        await self.journal.start()
        self.recovered = await self.upkeep.recover()
        if self.node is None:
            await self.holding.load(self.fence)
            await self.inbound.joining.load()
        lift = _Lift(self.outcomes, self.inbound, self.dispatch)
        if self.shared is not None:
            await self.shared.carriers.hold_back()
        for connector in self.connectors:
            await connector.start(lift)
            self.dispatch.ready(connector.name)
        if self.node is not None:
            await self.node.start()
        await self.notify.poll()
        await self.upkeep.start()
        await self.mailing.start()
        await self.retention.start()
        await self.control.start()
        await self.logins.look()
        await self.passwords.start()
        await self.smpp.start()
        await self.smtp.start()
        await self.http.start()

    async def stop(self) -> None:
        """Drain: answer what was asked, wait for carriers' answers up to the grace, write everything, close."""
        grace_s = float(self.settings.queue.grace_s)
        self._is_ready = False
        self.intake.is_stopping = True
        await self.mailing.stop()
        await asyncio.gather(self.http.stop(grace_s), self.smpp.stop(grace_s), self.smtp.stop(grace_s))
        await self.passwords.stop()
        await self.logins.stop()
        await self.control.stop(grace_s)
        self.dispatch.is_stopping = True
        await asyncio.gather(self.upkeep.stop(), self.retention.stop())
        for connector in self.connectors:
            await connector.stop(grace_s)
        await self.dispatch.drain(grace_s)
        self.notify.is_stopping = True
        await self.inbound.stop()
        await asyncio.gather(*(client.close(grace_s) for client in self.http_clients))
        await self.journal.stop()
        await self._leave()
        log.info("stopped")

    async def _leave(self) -> None:
        """The others may have what is left; the store and the folder are nobody's."""
        if self.shared is not None:
            await self.shared.stop()
        if self.node is not None:
            await self.node.stop()
            await self.node.leave()
        await self.store.close()
        self._lock.release()

    async def abandon(self) -> None:
        """Another node has taken over: write nothing more, tell nobody anything more, close."""
        self._is_ready = False
        self.intake.is_stopping = self.dispatch.is_stopping = self.notify.is_stopping = True
        self.journal.abandon()
        await self._abandon()
        log.error("another node has taken over from this one")

    def again(self) -> Gateway:
        """A new life of the same gateway."""
        return type(self)(self.settings, self.installation, clock=self.clock, failpoint=self._failpoint)

    async def _abandon(self) -> None:
        """Close what a failed start left open, as far as it had come."""
        for name in ("http", "smpp", "smtp", "control"):
            part = getattr(self, name, None)
            if part is not None:
                await part.stop(0.0)
        for name in ("passwords", "mailing", "retention", "logins", "upkeep"):
            if hasattr(self, name):
                await getattr(self, name).stop()
        for connector in getattr(self, "connectors", []):
            await connector.stop(0.0)
        if hasattr(self, "journal"):
            await self.journal.stop()
        await self._leave()

    # -- how it stands -------------------------------------------------------------------------------------------

    @property
    def http_url(self) -> str:
        """The first address of the HTTP doors."""
        return self.http.urls[0]

    def certificates(self) -> list[Listeners]:
        """The listeners of every door that is open."""
        return [held for held in (self.listeners, self.smpp_listeners, self.smtp_listeners) if held is not None]

    def not_ready(self) -> list[str]:
        """Why no message is taken now; [] when all is well."""
        reasons = []
        if not self._is_ready:
            reasons.append("starting or stopping")
        if self.node is not None and not self.node.is_safe():
            reasons.append("the lease of this node is not renewed")
        if not self.journal.is_open:
            reasons.append("the store does not commit")
        if self.backlog.is_disk_full:
            reasons.append("the disk is nearly full")
        return reasons

    def on_fault(self, where: str, error: BaseException) -> None:
        """A fault of ours, or of the store: counted and logged, never with a customer's data."""
        self.faults += 1
        if isinstance(error, StoreFailure):
            log.error("store failed", where=where, error=str(error))
        else:
            log.error("fault", where=where, error=type(error).__name__, exc_info=error)
