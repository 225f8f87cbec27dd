"""`heliograph smpp-client`: bind to a message centre, send, see what comes back; or put a load on it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from cyclopts import Parameter

from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.shell import DONE, FAILED, AsJson, err, out, print_json
from heliograph.cli.smpp import words
from heliograph.cli.smpp.load import Load
from heliograph.cli.smpp.peer import Address, Authorities, How, Password, Peer, SystemId, SystemType, Tls, peer_of
from heliograph.net.smpp_esme import Esme
from heliograph.protocols.smpp.pdu import DataSm, DeliverSm, Pdu, SubmitSmResp
from heliograph.protocols.smpp.status import named

RECEIPTS_WAIT_S: Final = 10.0
ENDS: Final = frozenset({"DELIVRD", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "UNKNOWN"})
"""States that no other follows."""


class Plan(NamedTuple):
    """What is to be done once bound."""

    sender: str
    messages: list[tuple[str, str]]
    """Number and text."""
    long: words.Long
    registered: int
    wait_s: float | None
    """How long receipts and texts are waited for; None = until it is stopped."""
    as_json: bool


def smpp_client(
    address: Address,
    *,
    system_id: SystemId = "",
    password: Password = "",
    system_type: SystemType = "",
    bind: Annotated[How, Parameter(help="Transceiver, transmitter or receiver.")] = "trx",
    sender: Annotated[str, Parameter(help="Who the messages are from: a name or a number.")] = "",
    to: Annotated[str, Parameter(help="Number to send to; with --load the numbers begin with it.")] = "",
    text: Annotated[str, Parameter(help="Text to send, cut into parts if it is long.")] = "",
    file: Annotated[Path | None, Parameter(help="File with lines NUMBER TEXT; --file=- = standard input.")] = None,
    long: Annotated[
        words.Long, Parameter(help="A long text in parts with a header, or whole in message_payload.")
    ] = "udh",
    receipts: Annotated[bool, Parameter(help="Ask for delivery receipts.")] = True,
    wait: Annotated[
        float | None, Parameter(help="Seconds to wait for receipts and texts. [default: 10; rx: until Ctrl-C]")
    ] = None,
    load: Annotated[int, Parameter(help="Send so many messages as fast as the window allows, then count.")] = 0,
    window: Annotated[int, Parameter(help="Messages that may wait for their answers.")] = 10,
    tls: Tls = False,
    authorities: Authorities = None,
    json: AsJson = False,
) -> int:
    """Bind by SMPP, send a text or a file of them, print each answer, receipt and text that comes; or measure."""
    peer = peer_of(address, system_id, password, system_type, tls=tls, authorities=authorities)
    if window < 1 or load < 0:
        raise NotPossible("--window is at least 1, --load at least 0")
    if bind == "rx" and (to or text or file or load):
        raise NotPossible("a receiver sends nothing: take --bind trx")
    registered = 1 if receipts else 0
    if load:
        return asyncio.run(
            _load(peer, bind, Load(load, sender, to, text, registered, wait or RECEIPTS_WAIT_S), window, json)
        )
    messages = list(_lines(file)) if file is not None else [(to, text)] if to or text else []
    if any(not number or not said for number, said in messages):
        raise NotPossible("a message needs --to and --text")
    usual_wait = None if bind == "rx" or not messages else RECEIPTS_WAIT_S if receipts and bind == "trx" else 0.0
    plan = Plan(sender, messages, long, registered, usual_wait if wait is None else wait, json)
    return asyncio.run(_Client(peer, bind, window, plan).run())


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    try:
        said = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise NotPossible(f"{file} cannot be read: {error}") from None
    for place, line in enumerate(said.splitlines(), 1):
        number, _, text = line.strip().partition(" ")
        if number and not text.strip():
            raise NotPossible(f"line {place} of {file} is not NUMBER TEXT")
        if number:
            yield number, text.strip()


class _Client:
    """One bind and what is told about it."""

    def __init__(self, peer: Peer, how: How, window: int, plan: Plan) -> None:
        self._peer, self._how, self._window, self._plan = peer, how, window, plan
        self._owed = 0
        """Receipts that are awaited: counted, for carriers spell ids in more ways than one."""
        self._changed = asyncio.Event()
        self._refused = 0

    async def run(self) -> int:
        """Bind, send, wait, unbind; 1 if anything was refused."""
        plan, stop = self._plan, asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        esme = await self._peer.bound(self._how, self._heard, self._window)
        version = esme.session.version
        self._tell({"bound": self._how, "version": version}, f"bound as {self._how}, the peer speaks {_spelt(version)}")
        stopping = asyncio.create_task(stop.wait())
        over = asyncio.create_task(esme.over.wait())
        work = asyncio.create_task(self._work(esme))
        await asyncio.wait({stopping, over, work}, return_when=asyncio.FIRST_COMPLETED)
        was_lost = over.done()
        for task in (stopping, over, work):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        if was_lost:
            self._tell({"lost": esme.why}, f"the connection is over: {esme.why}")
        is_clean = not was_lost and await esme.leave()
        if not was_lost:
            self._tell({"unbound": is_clean}, "unbound" if is_clean else "closed: no answer to the unbind")
        return FAILED if self._refused or (was_lost and (plan.messages or plan.wait_s is not None)) else DONE

    async def _work(self, esme: Esme) -> None:
        room = asyncio.Semaphore(self._window)
        asked = []
        for place, (number, text) in enumerate(self._plan.messages):
            try:
                pdus = words.submits(
                    self._plan.sender, number, text, long=self._plan.long, registered=self._plan.registered,
                    reference=place + 1,
                )  # fmt: skip
            except words.NotSendable as error:
                raise NotPossible(str(error)) from None
            for part, pdu in enumerate(pdus, 1):
                await room.acquire()
                asked.append(asyncio.create_task(self._submit(esme, room, pdu, number, (part, len(pdus)))))
        await asyncio.gather(*asked)
        if self._plan.wait_s is None:
            await asyncio.Event().wait()
        deadline = time.monotonic() + (self._plan.wait_s or 0)
        while (self._owed > 0 or not self._plan.messages) and time.monotonic() < deadline:
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), max(deadline - time.monotonic(), 0))

    async def _submit(self, esme: Esme, room: asyncio.Semaphore, pdu: Pdu, number: str, part: tuple[int, int]) -> None:
        started = time.monotonic()
        answer = await esme.ask(pdu)
        room.release()
        ms = round((time.monotonic() - started) * 1000, 1)
        status = named(answer.command_status) if answer is not None else "no answer"
        message_id = answer.message_id.decode("latin-1") if isinstance(answer, SubmitSmResp) else ""
        if answer is None or answer.command_status:
            self._refused += 1
        elif self._plan.registered and self._how == "trx":
            self._owed += 1
        said = f"part {part[0]} of {part[1]} to {number}" if part[1] > 1 else f"to {number}"
        outcome = f"taken as {message_id}" if answer is not None and not answer.command_status else status
        self._tell(
            {"to": number, "part": part[0], "parts": part[1], "status": status, "id": message_id, "ms": ms},
            f"{said}: {outcome} ({ms} ms)",
        )

    def _heard(self, pdu: DeliverSm | DataSm) -> None:
        said = words.delivered(pdu)
        if "receipt" in said:
            self._owed -= said["state"] in ENDS
            line = f"receipt of {said['receipt']}: {said['state']} err {said['err'] or '-'}"
        else:
            line = f"from {said['from']} to {said['to']}: {said['incoming'] or said.get('data', '')}"
        self._tell(said, line)
        self._changed.set()

    def _tell(self, fields: dict[str, object], line: str) -> None:
        if self._plan.as_json:
            print_json(fields)
        else:
            out.print(line, markup=False)


def _spelt(version: int | None) -> str:
    return f"SMPP {version >> 4}.{version & 15}" if version is not None else "a version it does not name"


async def _load(peer: Peer, how: How, load: Load, window: int, as_json: bool) -> int:
    if not load.number:
        raise NotPossible("--load needs --to: the numbers begin with it")
    esme = await peer.bound(how, load.heard, window)
    try:
        result = await load.run(esme)
    finally:
        await esme.leave()
    if as_json:
        print_json(result)
    else:
        for name, value in result.items():
            out.print(f"{name.replace('_', ' '):18} {value}", markup=False)
    if load.statuses.keys() - {0}:
        err.print("not everything was taken", style="red")
    return FAILED if load.statuses.keys() - {0} else DONE
