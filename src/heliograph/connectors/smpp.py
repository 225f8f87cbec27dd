"""A carrier that speaks SMPP: we are its client (ESME), over as many sessions as it allows.

Obeys `ports.Connector`. Parts go in lists, one write for each session; answers come back in lists; what the carrier
delivers is answered once it is durable. One task for each session keeps it up, one timer for all looks what is late:
none of either for a message. What is lost with a link was written to it, so it is in doubt (decisions.md 1).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import structlog

from heliograph.connectors.smpp_learner import Learner
from heliograph.connectors.smpp_link import SmppLink
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.connectors.smpp_statuses import Statuses
from heliograph.connectors.smpp_user_data import CannotSend
from heliograph.connectors.smpp_words import Words
from heliograph.core.errors import NetworkError
from heliograph.model.message import Attempt
from heliograph.model.outcome import Failed, InDoubt, Taken
from heliograph.model.receipt import Heard, Receipt
from heliograph.net.backoff import Backoff
from heliograph.net.capture import CaptureFile
from heliograph.net.tls_client import client_context
from heliograph.ports import Clock, Lift, Settled
from heliograph.protocols.smpp.events import Answered, BindRefused, Bound, Ended, Event, GaveUp, Odd
from heliograph.protocols.smpp.pdu import (
    Bind,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    SubmitSm,
    SubmitSmResp,
    answer_to,
)
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.status import Status, named
from heliograph.protocols.smpp.timers import Spans
from heliograph.protocols.smpp.tlv import RECEIPTED_MESSAGE_ID

if TYPE_CHECKING:
    import ssl

TICK_S: Final = 1.0
"""How often it is looked what is late, at least."""
LATE_ANSWER_WAIT_S: Final = 60.0
MOST_OWED: Final = 10_000
"""deliver_sm of a session whose answers wait for the store, half a second's at full speed. What a carrier sends beyond
that is throttled, and not every carrier says a receipt twice."""
GOODBYE_S: Final = 2.0
"""How long a stopping gateway waits for the answers to its unbinds."""
LEAVE_S: Final = 3.0
"""How long a session that goes to another node has for its last answers and its unbind."""
HOPELESS: Final = frozenset(
    {Status.ESME_RINVPASWD, Status.ESME_RINVSYSID, Status.ESME_RBINDFAIL, Status.ESME_RINVSYSTYP}
)
"""Answers to a bind that will not change soon; who asks too often may be locked out."""

_BINDS: Final[dict[str, tuple[type[Bind], ...]]] = {
    "trx": (BindTransceiver,),
    "tx+rx": (BindTransmitter, BindReceiver),
    "tx": (BindTransmitter,),
}

_DELIVERED: Final = (DeliverSm, DataSm)

log = structlog.get_logger()


class SmppConnector:
    """`name` of the connector; `folder` is where certificates are looked for; `late_answer_wait_s` is how long an
    answer is waited for on a living link before the message is in doubt; `capture` gets all that is said. `start`
    raises `OSError` for certificates that cannot be used."""

    def __init__(
        self,
        name: str,
        settings: SmppSettings,
        clock: Clock,
        *,
        folder: Path | None = None,
        late_answer_wait_s: float = LATE_ANSWER_WAIT_S,
        chance: Random | None = None,
        capture: CaptureFile | None = None,
    ) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._folder = folder or Path()
        self._late_after_ms = int(late_answer_wait_s * 1000)
        self._capture = capture
        self._chance = chance or Random()  # noqa: S311 - it only spreads reconnections
        self._words = Words(name, settings)
        self._statuses = Statuses(settings)
        response_s = min(settings.response_s, late_answer_wait_s)
        spans = Spans(
            session_init_ms=int(settings.connect_s * 1000),
            enquire_link_ms=int(settings.enquire_link_s * 1000),
            response_ms=int(response_s * 1000),
        )
        self._limits = Limits(window=settings.window, owed=MOST_OWED, spans=spans)
        self._tick_s = min(TICK_S, response_s / 4, settings.enquire_link_s / 4, late_answer_wait_s / 4)
        self._learner = Learner() if settings.message_ids == "learned" else None
        self._habits: list[str] = []
        self._proposal: str | None = None
        self._lift: Lift
        self._links: list[SmppLink] = []
        self._unsent: list[Settled] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._allowed = settings.sessions
        self._timer: asyncio.Handle | None = None
        self._drained = asyncio.Event()
        self._is_stopping = False
        self._tls: ssl.SSLContext | None = None
        self._under_way = 0
        self.late_answers = 0
        """Answers that came after their message was given up as in doubt."""
        self.oddities = 0
        """PDUs that should not have come."""

    # -- ports.Connector -----------------------------------------------------------------------------------------

    @property
    def free(self) -> int:
        return 0 if self._is_stopping else sum([link.free for link in self._links])

    @property
    def connected(self) -> bool:
        return any(link.is_bound and link.transmits for link in self._links)

    @property
    def under_way(self) -> int:
        return self._under_way

    @property
    def bound(self) -> int:
        """Sessions that are bound now."""
        return sum([link.is_bound for link in self._links])

    @property
    def habits(self) -> list[str]:
        """What the first receipts told of the carrier, in sentences."""
        return self._learner.habits if self._learner is not None else self._habits

    @property
    def proposal(self) -> str | None:
        """The `message_ids` that would fit it; None if there is nothing to set."""
        return self._learner.proposal if self._learner is not None else self._proposal

    @property
    def sessions(self) -> int:
        """How many sessions the carrier allows."""
        return self._settings.sessions

    async def allow(self, sessions: int) -> None:
        """Keep so many sessions up from now on, 0 = none, at most those of the settings; returns when those that are
        too many are closed. What has no answer by then is in doubt."""
        self._allowed = sessions
        if self._timer is None or self._is_stopping:
            return  # not started yet, or ending
        kinds = _BINDS[self._settings.bind]
        while len(self._keepers) < sessions * len(kinds):
            self._keepers.append(asyncio.create_task(self._keep(kinds[len(self._keepers) % len(kinds)])))
        leaving = self._keepers[sessions * len(kinds) :]
        del self._keepers[sessions * len(kinds) :]
        for keeper in leaving:
            keeper.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)

    async def start(self, lift: Lift) -> None:
        """Begin to bind; a carrier that is away is not waited for."""
        self._lift = lift
        settings = self._settings
        if settings.tls:
            self._tls = client_context(
                self._path(settings.authorities),
                self._path(settings.certificate),
                self._path(settings.key),
                settings.key_password,
            )
        self._keepers = [
            asyncio.create_task(self._keep(kind)) for _ in range(self._allowed) for kind in _BINDS[settings.bind]
        ]
        self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._tick)

    def send(self, attempts: list[Attempt]) -> None:
        self._under_way += len(attempts)
        now, wall = self._now(), self._clock.now()
        links = sorted([link for link in self._links if link.free], key=_free)
        at = 0
        for place, link in enumerate(links):
            if at == len(attempts):
                break
            share = min(link.free, -(-(len(attempts) - at) // (len(links) - place)))
            self._submit(link, attempts[at : at + share], now, wall)
            at += share
        for attempt in attempts[at:]:
            self._not_sent(attempt, _NO_LINK)

    async def stop(self, grace_s: float) -> None:
        """Wait for answers, take leave of the carrier; what has no answer by then is in doubt."""
        if self._is_stopping:
            return
        self._is_stopping = True
        keepers, self._keepers = self._keepers, []
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        if self._under_way and grace_s > 0:
            self._drained.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._drained.wait(), grace_s)
        links = list(self._links)
        for link in links:
            link.unbind()
        if links:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    asyncio.gather(*[link.over.wait() for link in links]), min(max(grace_s, 0.1), GOODBYE_S)
                )
        for link in self._links[:]:
            link.close("the gateway stopped before the answer came")
        self._settle_unsent()
        if self._timer is not None:
            self._timer.cancel()

    # -- out -----------------------------------------------------------------------------------------------------

    def _submit(self, link: SmppLink, attempts: Sequence[Attempt], now: int, wall: int) -> None:
        """Write a list to a session that has room for it."""
        submit = self._words.submit
        requests: list[tuple[SubmitSm, Attempt]] = []
        for attempt in attempts:
            try:
                requests.append((submit(attempt, wall), attempt))
            except CannotSend as unsendable:
                self._not_sent(attempt, unsendable.failed)
        for attempt, error in link.session.send_all(requests, now):
            self._not_sent(attempt, Failed(NetworkError.REJECTED_BY_OPERATOR, permanent=True, detail=str(error)))
        link.flush()

    def _not_sent(self, attempt: Attempt, failed: Failed) -> None:
        """Nothing of it was written; core hears so in the loop's next turn, not while it hands over."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._settle_unsent)
        self._unsent.append((attempt, failed))

    def _settle_unsent(self) -> None:
        unsent, self._unsent = self._unsent, []
        self._settle(unsent)

    def _settle(self, outcomes: list[Settled]) -> None:
        if not outcomes:
            return
        self._under_way -= len(outcomes)
        self._lift.settled(outcomes)
        if not self._under_way:
            self._drained.set()

    # -- back ----------------------------------------------------------------------------------------------------

    def _heard(self, link: SmppLink, events: list[Event[Attempt]]) -> None:
        """What a session tells; [] when it takes more again."""
        outcomes: list[Settled] = []
        delivered: list[DeliverSm | DataSm] = []
        is_changed = not events
        for event in events:
            kind = event.__class__
            if isinstance(event, Answered):
                self._answered(link, event, outcomes)
            elif isinstance(event, _DELIVERED):
                delivered.append(event)
            elif isinstance(event, GaveUp):
                gone = self._now() - self._limits.spans.response_ms
                link.late.update(dict.fromkeys(event.tags, gone))
                is_changed = True
            elif isinstance(event, Ended):
                outcomes += self._ended(link, event)
                is_changed = True
            elif isinstance(event, Bound):
                self._bound(link)
                is_changed = True
            elif isinstance(event, BindRefused):
                self._refused(link, event.pdu.command_status)
            elif kind is Odd:
                self.oddities += 1
        self._settle(outcomes)
        if delivered:
            self._deliver(link, delivered)
        if is_changed:
            self._lift.ready(self.name)

    def _answered(self, link: SmppLink, answered: Answered[Attempt], outcomes: list[Settled]) -> None:
        pdu, attempt, is_late = answered
        if is_late and link.late.pop(attempt, None) is None:
            self.late_answers += 1  # its outcome was told: in doubt
            if pdu.__class__ is not SubmitSmResp or pdu.command_status:
                return
            self._under_way += 1  # it is told once more
        if pdu.__class__ is SubmitSmResp:
            assert isinstance(pdu, SubmitSmResp)
            if not pdu.command_status:
                upstream_id = self._words.answered_id(pdu.message_id.decode("latin-1"))
                if self._learner is not None:
                    self._learner.answered(upstream_id)
                outcomes.append((attempt, Taken(upstream_id)))
                return
        outcomes.append((attempt, self._statuses.failed(pdu.command_status or Status.ESME_RUNKNOWNERR)))

    def _ended(self, link: SmppLink, ended: Ended[Attempt]) -> list[Settled]:
        """A session is over: whatever it has not answered is in doubt."""
        if link in self._links:
            self._links.remove(link)
        doubtful = [*link.late, *ended.left]
        link.late.clear()
        if not self._is_stopping:
            (log.info if ended.clean else log.warning)(
                "carrier link lost", connector=self.name, why=ended.why, in_doubt=len(doubtful)
            )
        outcome = InDoubt(f"the link was lost before the answer came: {ended.why}")
        return [(attempt, outcome) for attempt in doubtful]

    def _deliver(self, link: SmppLink, pdus: list[DeliverSm | DataSm]) -> None:
        """Hand on what the carrier delivers; it is answered once it is durable."""
        now = self._clock.now()
        events = [self._words.event(pdu, now) for pdu in pdus]
        if self._learner is not None:
            self._learn(self._learner, pdus, events)

        def then(is_kept: bool) -> None:
            status = Status.ESME_ROK if is_kept else Status.ESME_RX_T_APPN
            link.answer([answer_to(pdu, status) for pdu in pdus])

        self._lift.received(events, then)

    def _learn(self, learner: Learner, pdus: list[DeliverSm | DataSm], events: list[Heard]) -> None:
        for pdu, event in zip(pdus, events, strict=True):
            if learner.is_done:
                break
            if isinstance(event, Receipt):
                in_text = bool(isinstance(pdu, DeliverSm) and pdu.short_message)
                in_parameter = RECEIPTED_MESSAGE_ID.of(pdu.tlvs) is not None
                learner.reported(event.upstream_id, in_text=in_text, in_parameter=in_parameter)
        if learner.is_done:
            self._learner = None
            self._habits, self._proposal = learner.habits, learner.proposal
            if learner.proposal is not None:
                log.warning("carrier spells ids in two ways", connector=self.name, habits=learner.habits)

    # -- sessions ------------------------------------------------------------------------------------------------

    async def _keep(self, kind: type[Bind]) -> None:
        """Keep one session up for as long as the connector runs."""
        settings = self._settings
        backoff = Backoff(settings.reconnect_least_s, settings.reconnect_most_s, self._chance.random)
        while True:
            link = SmppLink(self._bind(kind), self._limits, self._now, self._heard, self._capture)
            try:
                await self._connect(link)
            except (OSError, UnicodeError) as error:
                log.warning("carrier not reached", connector=self.name, error=str(error) or type(error).__name__)
            else:
                try:
                    await link.over.wait()
                except asyncio.CancelledError:
                    if not self._is_stopping:
                        await self._take_leave(link)
                    raise
                if link.bound_at:
                    backoff.lasted((self._now() - link.bound_at) / 1000)
            await asyncio.sleep(backoff.longest_s() if link.is_hopeless else backoff.pause_s())

    async def _take_leave(self, link: SmppLink) -> None:
        """This session is not ours any more: it is given nothing, its answers are waited for a moment, then it ends."""
        link.is_leaving = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await link.answered(self._limits.window)
                link.unbind()
                await link.over.wait()
        link.close("the session goes to another node")

    async def _connect(self, link: SmppLink) -> None:
        settings = self._settings
        self._links.append(link)
        try:
            async with asyncio.timeout(settings.connect_s):
                await asyncio.get_running_loop().create_connection(
                    lambda: link, settings.host, settings.port, ssl=self._tls
                )
        except BaseException:
            if link in self._links:
                self._links.remove(link)
            raise

    def _bind(self, kind: type[Bind]) -> Bind:
        settings = self._settings
        return kind(
            system_id=settings.system_id.encode("ascii"),
            password=settings.password.encode("ascii"),
            system_type=settings.system_type.encode("ascii"),
            interface_version=settings.interface_version,
            address_range=settings.address_range.encode("ascii"),
        )

    def _bound(self, link: SmppLink) -> None:
        link.is_bound = True
        link.bound_at = self._now()
        log.info("carrier link bound", connector=self.name, sessions=self.bound)

    def _refused(self, link: SmppLink, status: int) -> None:
        link.is_hopeless = status in HOPELESS
        log.warning("carrier refused the bind", connector=self.name, status=named(status))
        asyncio.get_running_loop().call_soon(link.close, f"the bind was refused: {named(status)}")

    # -- time ----------------------------------------------------------------------------------------------------

    def _now(self) -> int:
        return int(self._clock.monotonic() * 1000)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._tick)
        too_late = self._now() - self._late_after_ms
        doubtful: list[Settled] = []
        for link in self._links[:]:
            link.tick()
            while link.late:
                attempt = next(iter(link.late))
                if link.late[attempt] > too_late:
                    break
                del link.late[attempt]
                doubtful.append((attempt, _NO_ANSWER))
        self._settle(doubtful)

    def _path(self, name: str) -> str:
        return str(self._folder / name) if name else ""


_NO_ANSWER = InDoubt("no answer came in time")
_NO_LINK = Failed(NetworkError.NONE, permanent=False, retry_after_ms=1_000, detail="not sent: no session had room")


def _free(link: SmppLink) -> int:
    return link.free
