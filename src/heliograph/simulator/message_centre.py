"""A simulated carrier behind a real socket that speaks SMPP: for our own connector, and for anybody's client.

The same personalities, magic numbers and memory as inside the gateway (`simulator.carrier`, `simulator.memory`); here
is only the way between them and SMPP's sessions. One timer for everything that is due, lists in and out. Receipts and
texts go to receivers of the system_id whose they are, and are repeated until they are acknowledged.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Final, Literal, NamedTuple

from heliograph.protocols.smpp.events import Answered, Ended, Event, GaveUp
from heliograph.protocols.smpp.pdu import Bind, Pdu, SubmitSm, SubmitSmResp, answer_to
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.status import Status
from heliograph.protocols.smpp.timers import Spans
from heliograph.simulator import smpp_words
from heliograph.simulator.agenda import Agenda
from heliograph.simulator.alarm import Alarm
from heliograph.simulator.carrier import Carrier, Share
from heliograph.simulator.lines import DueReceipt, OwedText, TakenPart
from heliograph.simulator.memory import CarrierMemory, OwedReceipts
from heliograph.simulator.personality import Answer
from heliograph.simulator.portrait import portrait
from heliograph.simulator.smpp_caller import Caller, Due

NOT_KEPT_PAUSE_MS: Final = 500
"""After this the carrier sends again what a client did not keep."""
REPLY_AFTER_MS: Final = 200
OWN_NUMBER: Final = "380440000000"
"""Whom a handset texts back when the sender was a name."""
MOST_TRIES: Final = 200_000
"""Messages whose tries are remembered."""
MOST_OF_AN_ADDRESS: Final = 20
NAME: Final = b"heliograph"

Ids = Literal["decimal", "hex"]

Tries = Counter[tuple[bytes, int]]
"""(Number, checksum of the text) → how often a message was tried that was not taken yet."""


@dataclass(slots=True)
class _Moment:
    """What happens at one moment."""

    answers: list[tuple[Caller, list[Pdu]]] = field(default_factory=list)
    deliveries: list[Due] = field(default_factory=list)
    deaf: list[Caller] = field(default_factory=list)
    turn: bool = False


class CentreStatus(NamedTuple):
    """How a message centre stands; counts are since its start."""

    personality: str
    sessions: int
    taken: int
    not_taken: int
    receipts: int
    """Receipts clients have acknowledged."""
    texts: int
    owed: int
    """Receipts and texts that are due, or not yet acknowledged."""


class MessageCentre:
    """`personality` is a name or the path of a file (`simulator.portrait`); `memory` its file (None: forgets at the
    end); `now` and `wall` give ms of a monotonic clock and since the epoch. With `system_id` only this client is let
    in, with this password.

    `ids` "hex": answers spell an id in hex, whatever the personality says. `window` is how many deliver_sm wait for an
    answer in each session. Centres that are given the same `tries` know of each other's. Raises `BadPortrait` for a
    personality there is not; `start` raises `OSError`.
    """

    def __init__(
        self,
        personality: str,
        memory: Path | None,
        *,
        now: Callable[[], int],
        wall: Callable[[], int],
        system_id: str = "",
        password: str = "",
        ids: Ids = "decimal",
        window: int = 500,
        seed: int = 0,
        spans: Spans | None = None,
        tries: Tries | None = None,
    ) -> None:
        chosen, self._wire = portrait(personality)
        if ids == "hex":
            self._wire = replace(self._wire, ids="upper_hex")
        self._carrier = Carrier(chosen, Random(f"{chosen.name} {seed}"))  # noqa: S311 - repeatable
        self._memory = CarrierMemory(memory, 1 if memory is not None else wall() * 1_000)
        self._now = now
        self._wall = wall
        self._login = system_id.encode(), password.encode()
        self._limits = Limits(window=window, owed=10_000, spans=spans or Spans())
        self._agenda = Agenda(_Moment)
        self._alarm = Alarm(self._agenda, self._work)
        self._callers: list[Caller] = []
        self._outgoing: deque[Due] = deque()
        self._tries: Tries = Counter() if tries is None else tries
        self._unfinished: dict[str, int] = {}
        """Parts of a text, by its serial, that are not acknowledged."""
        self._server: asyncio.Server | None = None
        self._ticker: asyncio.Handle | None = None
        self._taken = self._not_taken = self._receipts = self._texts = self._owed = 0

    # -- for its owner -------------------------------------------------------------------------------------------

    @property
    def status(self) -> CentreStatus:
        """For people and tests."""
        bound = sum([caller.session.state.is_bound for caller in self._callers])
        name = self._carrier.personality.name
        return CentreStatus(name, bound, self._taken, self._not_taken, self._receipts, self._texts, self._owed)

    async def start(self, host: str, port: int) -> int:
        """Open the memory, listen; returns the port, which is another one if 0 was asked for."""
        ledger = self._memory.open()
        now, wall = self._now(), self._wall()
        for (recipient, checksum), try_no in ledger.silent.items():
            self._tries[recipient.encode("latin-1"), checksum] = try_no
        for owed in ledger.owed():
            self._owe_receipts(b"", owed.parts, owed.number, owed.receipt.due_at - wall, now)
        for text in ledger.owed_texts():
            self._owe_text(b"", text, text.due_at - wall)
        if self._carrier.stays_ms:
            self._agenda.at(now + self._carrier.stays_ms, now).turn = True
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Caller(self, self._limits, self._now), host, port)
        self._alarm.set(now)
        self._ticker = loop.call_later(1.0, self._tick)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close everything at once; what is owed stays owed."""
        if self._server is not None:
            self._server.close()
        self.drop()
        self._alarm.cancel()
        if self._ticker is not None:
            self._ticker.cancel()
        await asyncio.sleep(0)
        self._memory.close()

    def drop(self) -> None:
        """Lose every link, as a network does."""
        for caller in self._callers[:]:
            caller.abort()

    def incoming(self, sender: str, recipient: str, text: str) -> None:
        """A handset texts `recipient`. Raises `ValueError` for what no handset could send."""
        if not (0 < len(sender) <= MOST_OF_AN_ADDRESS and 0 < len(recipient) <= MOST_OF_AN_ADDRESS):
            raise ValueError(f"numbers have at most {MOST_OF_AN_ADDRESS} digits")
        owed = OwedText(self._memory.next_serials(1)[0], self._wall(), sender, recipient, text)
        smpp_words.texts_of(owed)
        self._memory.owe([owed])
        self._owe_text(b"", owed, 0)

    # -- for its callers -----------------------------------------------------------------------------------------

    def called(self, caller: Caller) -> None:
        """Somebody has connected."""
        self._callers.append(caller)
        if not self._carrier.is_up:
            caller.abort()

    def gone(self, caller: Caller) -> None:
        """Somebody's connection is closed."""
        self._callers.remove(caller)

    def heard(self, caller: Caller, events: list[Event[Due]]) -> None:
        """What a session tells."""
        submitted: list[SubmitSm] = []
        acknowledged: list[Due] = []
        for event in events:
            if isinstance(event, SubmitSm):
                submitted.append(event)
            elif isinstance(event, Answered):
                if event.pdu.command_status:
                    self._again(event.tag)
                elif not event.late:
                    acknowledged.append(event.tag)
            else:
                self._heard_else(caller, event)
        if acknowledged:
            self._acknowledge(acknowledged)
        if submitted:
            self._submit(caller, submitted)
        self._deliver()

    def _heard_else(self, caller: Caller, event: Event[Due]) -> None:
        if isinstance(event, GaveUp):
            for due in event.tags:
                self._again(due)
        elif isinstance(event, Ended):
            self._outgoing.extendleft(reversed(event.left))
        elif isinstance(event, Bind):
            self._bind(caller, event)
        elif isinstance(event, Pdu):
            # The other commands of a message centre are not simulated.
            caller.answer(answer_to(event, Status.ESME_RSYSERR))

    def _bind(self, caller: Caller, bind: Bind) -> None:
        system_id, password = self._login
        if system_id and (bind.system_id, bind.password) != (system_id, password):
            wrong = Status.ESME_RINVSYSID if bind.system_id != system_id else Status.ESME_RINVPASWD
            caller.session.refuse(bind, wrong)
            return
        caller.session.accept(bind, NAME, self._now())
        caller.system_id = bind.system_id
        if self._wire.deaf_after_ms:
            now = self._now()
            self._agenda.at(now + self._wire.deaf_after_ms, now).deaf.append(caller)
            self._alarm.set(now)

    # -- taking parts --------------------------------------------------------------------------------------------

    def _submit(self, caller: Caller, pdus: list[SubmitSm]) -> None:
        now, wall = self._now(), self._wall()
        pdus = self._well_formed(caller, pdus)
        keys = [(pdu.destination_addr, zlib.crc32(smpp_words.octets_of(pdu))) for pdu in pdus]
        asked: list[tuple[str, int]] = []
        for key in keys:
            self._tries[key] += 1
            asked.append((key[0].decode("latin-1"), self._tries[key]))
        if len(self._tries) > MOST_TRIES:
            self._tries.clear()
        for share in self._carrier.submit(asked, now):
            self._take(caller, share, pdus, [(asked[at], keys[at][1]) for at in share.positions], now, wall)
        self._alarm.set(now)

    def _well_formed(self, caller: Caller, pdus: list[SubmitSm]) -> list[SubmitSm]:
        """Those this carrier can read; the others are refused at once."""
        bad = [(pdu, status) for pdu in pdus if (status := self._wire.refuses(pdu))]
        for pdu, status in bad:
            caller.answer(answer_to(pdu, status))
        self._not_taken += len(bad)
        return [pdu for pdu in pdus if not self._wire.refuses(pdu)] if bad else pdus

    def _take(
        self,
        caller: Caller,
        share: Share,
        pdus: list[SubmitSm],
        about: list[tuple[tuple[str, int], int]],
        now: int,
        wall: int,
    ) -> None:
        """Those of a list that meet the same fate: remembered before they are answered."""
        chosen, status = share.fate, self._wire.status(share.fate)
        mine = [pdus[at] for at in share.positions]
        parts = self._parts(share, mine, about, wall) if status == Status.ESME_ROK else []
        if parts and not self._memory.take(parts):
            parts, status = [], Status.ESME_RMSGQFUL
        self._taken += len(parts)
        self._not_taken += len(mine) - len(parts)
        if chosen.answer is not Answer.SILENT or not parts:
            answers = self._answers(mine, parts, chosen.known_as, status)
            self._agenda.at(now + chosen.answer_after_ms, now).answers.append((caller, answers))
        wanted = [part for part, pdu in zip(parts, mine, strict=False) if pdu.registered_delivery & 0x03]
        for number, wait in enumerate(share.receipts_after_ms if wanted else ()):
            self._owe_receipts(caller.system_id, wanted, number, wait, now)
        if chosen.answer in (Answer.TAKEN, Answer.REFUSED):  # the same text again is another message
            for pdu, (_, checksum) in zip(mine, about, strict=True):
                self._tries.pop((pdu.destination_addr, checksum), None)
        if chosen.reply:
            for part in parts:
                self._reply(caller.system_id, part, chosen.reply)

    def _parts(
        self, share: Share, pdus: list[SubmitSm], about: list[tuple[tuple[str, int], int]], wall: int
    ) -> list[TakenPart]:
        """As the carrier keeps them; which message of ours they are of it cannot know."""
        receipts = tuple(
            DueReceipt(wall + wait, planned.state, planned.error)
            for wait, planned in zip(share.receipts_after_ms, share.fate.receipts, strict=True)
        )
        return [
            TakenPart(
                serial,
                share.fate.known_as or serial,
                0,
                1,
                try_no,
                pdu.source_addr.decode("latin-1"),
                recipient,
                checksum,
                receipts,
            )
            for serial, pdu, ((recipient, try_no), checksum) in zip(
                self._memory.next_serials(len(pdus)), pdus, about, strict=True
            )
        ]

    def _answers(self, pdus: list[SubmitSm], parts: list[TakenPart], known_as: str | None, status: int) -> list[Pdu]:
        dressed, told = self._wire.dressed, self._wire.told
        if not parts:
            return [dressed(SubmitSmResp(sequence_number=pdu.sequence_number, command_status=status)) for pdu in pdus]
        ids = [told(part.serial) if known_as is None else known_as.encode() for part in parts]
        return [
            dressed(SubmitSmResp(sequence_number=pdu.sequence_number, message_id=upstream_id))
            for pdu, upstream_id in zip(pdus, ids, strict=True)
        ]

    # -- the way back --------------------------------------------------------------------------------------------

    def _owe_receipts(self, system_id: bytes, parts: list[TakenPart], number: int, wait: int, now: int) -> None:
        self._owed += len(parts)
        make = self._wire.receipt
        self._agenda.at(now + wait, now).deliveries += [
            Due(system_id, part, number, partial(make, part, number)) for part in parts
        ]

    def _reply(self, system_id: bytes, part: TakenPart, words: str) -> None:
        number_of_ours = part.sender.lstrip("+")
        recipient = number_of_ours if number_of_ours.isdigit() else OWN_NUMBER
        serial = self._memory.next_serials(1)[0]
        text = OwedText(serial, self._wall() + REPLY_AFTER_MS, part.recipient, recipient, words)
        self._memory.owe([text])
        self._owe_text(system_id, text, REPLY_AFTER_MS)

    def _owe_text(self, system_id: bytes, text: OwedText, wait: int) -> None:
        now = self._now()
        pdus = smpp_words.texts_of(text)
        self._owed += len(pdus)
        self._unfinished[text.serial] = len(pdus)
        self._agenda.at(now + wait, now).deliveries += [
            Due(system_id, text, number, partial(self._wire.dressed, pdu)) for number, pdu in enumerate(pdus)
        ]
        self._alarm.set(now)

    def _deliver(self) -> None:
        """As many as the windows of the receivers allow."""
        if not self._outgoing:
            return
        now = self._now()
        receivers = [caller for caller in self._callers if caller.receives]
        for caller in receivers:
            free, kept = caller.session.free, []
            while free and self._outgoing:
                due = self._outgoing.popleft()
                if due.system_id and due.system_id != caller.system_id:
                    kept.append(due)
                    continue
                caller.session.send(due.pdu(), due, now)
                free -= 1
            self._outgoing.extendleft(reversed(kept))
            caller.flush()

    def _again(self, due: Due) -> None:
        now = self._now()
        self._agenda.at(now + NOT_KEPT_PAUSE_MS, now).deliveries.append(due)
        self._alarm.set(now)

    def _acknowledge(self, dues: list[Due]) -> None:
        receipts: list[OwedReceipts] = []
        texts: list[OwedText] = []
        self._owed -= len(dues)
        for due in dues:
            if isinstance(due.about, TakenPart):
                receipts.append(OwedReceipts([due.about], due.number))
                continue
            left = self._unfinished[due.about.serial] = self._unfinished[due.about.serial] - 1
            if not left:
                del self._unfinished[due.about.serial]
                texts.append(due.about)
        self._receipts += len(receipts)
        self._texts += len(texts)
        self._memory.acknowledge(receipts, texts)

    # -- time ----------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        now = self._now()
        for moment in self._agenda.take_due(now):
            if moment.turn:
                self._turn(now)
            for caller in moment.deaf:
                caller.is_deaf = True
            order = -1 if self._wire.backwards else 1
            for caller, answers in moment.answers[::order]:
                for answer in answers[::order]:
                    caller.answer(answer)
                caller.flush()
            self._outgoing.extend(moment.deliveries[::order])
        self._deliver()
        self._alarm.set(now)

    def _turn(self, now: int) -> None:
        """The link goes or comes back."""
        self._carrier.turn()
        self._agenda.at(now + self._carrier.stays_ms, now).turn = True
        if not self._carrier.is_up:
            self.drop()

    def _tick(self) -> None:
        self._ticker = asyncio.get_running_loop().call_later(1.0, self._tick)
        for caller in self._callers[:]:
            caller.tick()
