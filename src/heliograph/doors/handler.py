"""Calls to customers' handlers in SMSC's form (smsc-messages.md 10, docs/webhooks.md).

Each notice is one POST in the form, character set and signature that the handler's address asks for. 200 means taken,
404 means never again, anything else is tried again every four minutes by the schedule of `core.notify`. The address is
read when the notice is sent (decisions.md 12).
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from typing import Final, NamedTuple

from heliograph.core.directory import Directory
from heliograph.core.zones import UnknownZone, offset_s
from heliograph.dialects.smsc_callback import (
    Event,
    Handler,
    body,
    confirmation_event,
    incoming_event,
    read_address,
    status_event,
)
from heliograph.doors.calls import Call, Caller, Settled
from heliograph.model.account import Account, Endpoint
from heliograph.model.message import Kind, Message
from heliograph.model.receipt import Notice, NoticeResult
from heliograph.net.http_client import HttpClient, Prepared, prepare
from heliograph.ports import Store, StoreFailure

TAKEN: Final = 200
NEVER_AGAIN: Final = 404
_NOT_READ: Final = NoticeResult(delivered=False, final=False, answer="the message it answers cannot be read now")


class _Address(NamedTuple):
    handler: Handler
    prepared: Prepared


class HandlerNotifier:
    """`ports.Notifier` for targets `handler:<id>`. `zone` is that of accounts without one of their own; `crc32_hex`
    writes that hash as eight hex digits."""

    def __init__(
        self, directory: Directory, store: Store, client: HttpClient, *, zone: str, crc32_hex: bool = False
    ) -> None:
        self._directory = directory
        self._store = store
        self._caller = Caller(directory, client, _judge)
        self._zone = zone
        self._crc32_hex = crc32_hex
        self._tasks: set[asyncio.Task[None]] = set()

    def window(self, target: str) -> int:
        return self._caller.window(target)

    def notify(self, notices: list[Notice], settled: Settled) -> None:
        replies: list[Notice] = []
        for notice in notices:
            if notice.incoming is not None and notice.incoming.answers:
                replies.append(notice)
            else:
                self._caller.call(notice, self._build, settled)
        if replies:
            task = asyncio.get_running_loop().create_task(self._tell_replies(replies, settled))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell_replies(self, replies: Sequence[Notice], settled: Settled) -> None:
        """A reply names the message it answers by the id its sender knows, which only the store has."""
        ids = {notice.incoming.answers for notice in replies if notice.incoming is not None}
        try:
            found = {message.id: message for message in await self._store.messages(sorted(ids), None)}
        except StoreFailure:
            for notice in replies:
                self._caller.note(notice, _NOT_READ, settled)
            return
        for notice in replies:
            assert notice.incoming is not None
            build = functools.partial(self._build, answered=found.get(notice.incoming.answers))
            self._caller.call(notice, build, settled)

    def _build(self, notice: Notice, endpoint: Endpoint, answered: Message | None = None) -> Call:
        address = _address(endpoint.url, endpoint.secret, self._crc32_hex)
        if notice.incoming is not None and notice.incoming.is_call:
            event = confirmation_event(notice.incoming.sender, notice.incoming.received_at)
        elif notice.incoming is not None:
            event = incoming_event(notice.incoming, answered)
        else:
            event = self._status(notice)
        return Call(address.prepared, b"", body(address.handler, event))

    def _status(self, notice: Notice) -> Event:
        message, state = notice.message, notice.state
        assert message is not None
        assert state is not None
        account = self._directory.account(notice.account_id)
        assert account is not None
        is_look_up = message.content.kind is Kind.HLR
        return status_event(
            message,
            state,
            notice.error,
            notice.created_at,
            offset_s=self._offset_s(account, notice.created_at),
            second_balance=message.purse == account.second_purse,
            operator=self._directory.operator(message.recipient) if is_look_up else None,
            part=notice.part,
            carriers_word=notice.carriers_word,
        )

    def _offset_s(self, account: Account, at: int) -> int:
        """How far east of UTC the account's clock is; the usual one if this machine does not know its zone."""
        try:
            return offset_s(account.settings.zone or self._zone, at)
        except UnknownZone:
            return offset_s(self._zone, at)


@functools.lru_cache(maxsize=1024)
def _judge(status: int) -> NoticeResult:
    return NoticeResult(status == TAKEN, status in (TAKEN, NEVER_AGAIN), f"HTTP {status}")


@functools.lru_cache(maxsize=4096)
def _address(url: str, signing: str, crc32_hex: bool) -> _Address:
    handler = read_address(url, signing, crc32_hex=crc32_hex)
    headers = [("Content-Type", handler.content_type), ("User-Agent", "Heliograph")]
    return _Address(handler, prepare("POST", url, headers))
