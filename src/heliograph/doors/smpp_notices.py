"""Receipts and incoming messages on their way to SMPP customers: `ports.Notifier` for targets `smpp:<system_id>`.

They go over whichever of a customer's binds receives and has room, the oldest first. Who is away is waited for; what
was on its way when a bind ended goes first over the next one. A notice is settled by the customer's own answer alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from heliograph.core.directory import Directory
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.dialects.smpp_deliver import incoming, is_wanted, receipt
from heliograph.dialects.smpp_submit import DELIVERED_ONLY, FAILED_ONLY, NO_END, Bound
from heliograph.doors.smpp_session import SmppConnection
from heliograph.model.receipt import INTERMEDIATE, Notice, NoticeResult
from heliograph.ports import Delivered
from heliograph.protocols.smpp.pdu import DeliverSm
from heliograph.protocols.smpp.status import Status, named

Settled = Callable[[list[Delivered]], None]

SCHEME: Final = "smpp"
_FORMS: Final = tuple(end + said for end in ("", FAILED_ONLY, DELIVERED_ONLY, NO_END) for said in ("", INTERMEDIATE))
"""How the targets of a system_id may end: each is a destination of its own."""
_FOR_GOOD: Final = frozenset({Status.ESME_RX_P_APPN, Status.ESME_RX_R_APPN})
"""Answers after which the same is not sent again."""
_GIVEN_UP_AT_ONCE: Final = 500
_TAKEN: Final = NoticeResult(delivered=True, final=True, answer="ESME_ROK")
_NOT_ASKED: Final = NoticeResult(delivered=True, final=True, answer="not asked for")
_NO_WORDS: Final = NoticeResult(delivered=False, final=True, answer="cannot be written as a deliver_sm")
_SILENT: Final = NoticeResult(delivered=False, final=False, answer="no deliver_sm_resp in time")
_REMOVED: Final = NoticeResult(delivered=False, final=True, answer="the system_id was removed")


def target_of(system_id: str) -> str:
    """Where the notices of a system_id go, as `Message.targets` names it."""
    return f"{SCHEME}:{system_id}"


_VENDOR_TLVS: Final = {"on": True, "off": False}


class _Customer:
    """One system_id: its receiving binds, and what waits for room on them."""

    def __init__(self) -> None:
        self.receivers: list[SmppConnection] = []
        self.waiting: deque[Notice] = deque()
        self.turn = 0

    def next_shares(self) -> list[tuple[SmppConnection, list[Notice]]]:
        """What goes next, and whither: the receivers that have room take turns in being the first, and share alike."""
        waiting, ready = self.waiting, [connection for connection in self.receivers if connection.free]
        if not waiting or not ready:
            return []
        self.turn = (self.turn + 1) % len(ready)
        ready = ready[self.turn :] + ready[: self.turn]
        shares: list[tuple[SmppConnection, list[Notice]]] = []
        for left, connection in zip(range(len(ready), 0, -1), ready, strict=True):
            share = min(connection.free, -(-len(waiting) // left))
            shares.append((connection, [waiting.popleft() for _ in range(share)]))
        return shares


class SmppNotifier:
    """Brings notices home. `ready` is told of targets that can be reached again; `zone` is that of accounts without
    their own, where the flavour is smsc."""

    def __init__(self, directory: Directory, *, zone: str, ready: Callable[[str], None]) -> None:
        self._directory = directory
        self._zone = zone
        self._ready = ready
        self._customers: dict[str, _Customer] = {}
        self._settled: Settled | None = None
        self._results: list[Delivered] = []
        self.delivered = 0

    # -- ports.Notifier ------------------------------------------------------------------------------------------

    def window(self, target: str) -> int:
        """What all receivers of the customer may have under way together; 0 while there is none."""
        system_id = _system_id(target)
        if not self._exists(system_id):
            return _GIVEN_UP_AT_ONCE
        customer = self._customers.get(system_id)
        return sum(connection.window for connection in customer.receivers) if customer is not None else 0

    def notify(self, notices: list[Notice], settled: Settled) -> None:
        self._settled = settled
        by_target: dict[str, list[Notice]] = {}
        for notice in notices:
            by_target.setdefault(notice.target, []).append(notice)
        for target, its in by_target.items():
            system_id = _system_id(target)
            customer = self._customer(system_id)
            customer.waiting += its
            if self._exists(system_id):
                self._pump(customer)
            else:
                self._give_up(customer)

    def recall(self, target: str) -> list[Notice]:
        """Notices that wait for a customer who is away go back: he may be bound to another node."""
        customer = self._customers.get(_system_id(target))
        if customer is None or customer.receivers:
            return []
        recalled = [notice for notice in customer.waiting if notice.target == target]
        customer.waiting = deque(notice for notice in customer.waiting if notice.target != target)
        return recalled

    # -- the door's connections ----------------------------------------------------------------------------------

    def came(self, connection: SmppConnection) -> None:
        """A receiver is bound."""
        customer = self._customer(connection.system_id)
        customer.receivers.append(connection)
        self._pump(customer)
        for form in _FORMS:
            self._ready(target_of(connection.system_id) + form)

    def went(self, connection: SmppConnection) -> None:
        """A connection is gone; its unanswered notices have come by `unanswered` before."""
        customer = self._customers.get(connection.system_id)
        if customer is not None and connection in customer.receivers:
            customer.receivers.remove(connection)

    def answered(self, connection: SmppConnection, answers: list[tuple[Notice, int]]) -> None:
        """The customer's words on what he got."""
        results: list[Delivered] = []
        for notice, status in answers:
            if status == Status.ESME_ROK:
                self.delivered += 1
                results.append((notice, _TAKEN))
            else:
                results.append((notice, NoticeResult(False, status in _FOR_GOOD, named(status))))
        self._pump(self._customer(connection.system_id))
        self._settle(results)

    def unanswered(self, connection: SmppConnection, notices: list[Notice], *, lost: bool) -> None:
        """Those of a lost connection go first over the next one; a silent customer is tried again later."""
        if not notices:
            return
        if not lost:
            self._settle([(notice, _SILENT) for notice in notices])
            return
        customer = self._customer(connection.system_id)
        if connection in customer.receivers:
            customer.receivers.remove(connection)
        customer.waiting.extend(notices)
        customer.waiting = deque(sorted(customer.waiting, key=lambda notice: notice.id))
        self._pump(customer)

    def look_again(self) -> None:
        """The directory has changed: what waits for a system_id that is gone is given up."""
        for system_id, customer in list(self._customers.items()):
            if not self._exists(system_id):
                self._give_up(customer)
                for form in _FORMS:
                    self._ready(target_of(system_id) + form)

    def _give_up(self, customer: _Customer) -> None:
        given_up = [(notice, _REMOVED) for notice in customer.waiting]
        customer.waiting.clear()
        self._settle(given_up)

    def _exists(self, system_id: str) -> bool:
        directory = self._directory
        return directory.by_system_id(system_id) is not None or directory.by_login(system_id) is not None

    # -- sending -------------------------------------------------------------------------------------------------

    def _pump(self, customer: _Customer) -> None:
        while shares := customer.next_shares():
            for connection, notices in shares:
                self._settle(self._deliver(connection, notices))

    def _deliver(self, connection: SmppConnection, notices: list[Notice]) -> list[Delivered]:
        """Send as many as there is room for; what becomes of the others at once."""
        bound, with_tlvs = connection.bound, connection.takes_tlvs
        assert bound is not None
        results: list[Delivered] = []
        pdus: list[tuple[DeliverSm, Notice]] = []
        for notice in notices:
            if notice.message is not None and not is_wanted(notice):
                results.append((notice, _NOT_ASKED))
                continue
            try:
                pdus.append((self._made(notice, bound, with_tlvs), notice))
            except Exception:  # one that cannot be told must not stand before the others
                results.append((notice, _NO_WORDS))
        return results + [(notice, _NO_WORDS) for notice in connection.deliver(pdus)]

    def _made(self, notice: Notice, bound: Bound, with_tlvs: bool) -> DeliverSm:
        if notice.incoming is not None:
            return incoming(notice.incoming, with_tlvs=with_tlvs)
        message = notice.message
        assert message is not None
        account = self._directory.account(notice.account_id)
        return receipt(
            notice,
            bound.flavour,
            quarters=bound.quarters,
            with_tlvs=with_tlvs,
            second_balance=account is not None and message.purse == account.second_purse != 0,
            vendor_tlvs=_VENDOR_TLVS.get(account.settings.smpp_vendor_tlvs) if account is not None else None,
        )

    def quarters(self, zone: str, flavour: str, now: int) -> int:
        """The zone of what an account is shown, in quarters of an hour ahead of UTC."""
        zone = zone or (self._zone if flavour == "smsc" else "")
        try:
            return offset_s(zone, now) // 900 if zone else 0
        except UnknownZone:
            return 0

    def _settle(self, results: list[Delivered]) -> None:
        """Once a turn of the loop: settling brings the next ones, which may be settled at once."""
        if results and not self._results:
            asyncio.get_running_loop().call_soon(self._flush)
        self._results += results

    def _flush(self) -> None:
        results, self._results = self._results, []
        if results and self._settled is not None:
            self._settled(results)

    def _customer(self, system_id: str) -> _Customer:
        customer = self._customers.get(system_id)
        if customer is None:
            customer = self._customers[system_id] = _Customer()
        return customer


def _system_id(target: str) -> str:
    return target.partition(":")[2].partition("?")[0]
