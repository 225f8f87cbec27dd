"""Rows to write and ways to look at what came back. Every value a story does not care about is a plausible one."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from heliograph.model.account import Account
from heliograph.model.message import Attempt, AttemptState, Content, Message, Priority, State
from heliograph.model.money import Entry, Purse
from heliograph.model.receipt import Incoming, KeptReceipt, Notice, NoticeState, Receipt, ReceiptFate
from heliograph.model.rows import AttemptMove, Fence, Move, NoticeMove
from store.backends import about

NOW = 1_790_000_000_000
DAY = 86_400_000
FENCE = Fence(1, 1)
PURSE, OTHER_PURSE = 1, 2
PRICE = 450_000
OPENING = 10**18
"""More than any story spends: a store may refuse what a purse cannot pay."""


class House:
    """A store with what a story needs around it: accounts 1 and 2 with a purse each, the first with money."""

    def __init__(self, store):
        self.store = store

    async def keep(self, *rows, at=NOW):
        """Write one group until all of it is taken. What a store refuses must have left nothing."""
        await keep(self.store, rows, at)

    def message(self, **changes):
        """A new message, QUEUED and free, with ids of the store's own."""
        values = {
            "account_id": 1,
            "channel": "sms",
            "sender": "Heliograph",
            "recipient": "380671234567",
            "recipient_given": "+38 (067) 123-45-67",
            "content": Content("Hello"),
            "coding": 0,
            "parts": 1,
            "state": State.QUEUED,
            "priority": Priority.NORMAL,
            "door": "smsclub",
            "dialect": "smsclub",
            "peer": "192.0.2.1",
            "accepted_at": NOW,
            "due_at": NOW,
            "expires_at": NOW + DAY,
            "connector": "carrier",
            "route_id": "all",
            "tariff_line": "ukraine",
            "purse": PURSE,
            "price": 0,
            "revision": 1,
            "node": 1,
            "epoch": 1,
        } | changes
        if "id" not in values:
            values["id"] = self.store.take_ids(values["parts"])
        values.setdefault("request_id", values["id"])
        return Message(**values)

    def upstream(self, **changes):
        """A message that is SENDING on its first try."""
        return self.message(**{"state": State.SENDING, "tries": 1, **changes})

    def event_id(self):
        return self.store.take_event_ids(1)

    def notice(self, message=None, **changes):
        """A fresh notice about a message."""
        values = {
            "id": self.event_id() if "id" not in changes else changes["id"],
            "account_id": 1,
            "target": "endpoint:1",
            "created_at": NOW,
            "message": message,
            "state": State.DELIVERED if message is not None else None,
        } | changes
        return Notice(**values)

    def incoming(self, **changes):
        """A text of a handset."""
        values = {
            "id": self.event_id() if "id" not in changes else changes["id"],
            "connector": "carrier",
            "sender": "380671234567",
            "recipient": "4433",
            "text": "STOP",
            "received_at": NOW,
        } | changes
        return Incoming(**values)

    def parked(self, upstream_id, connector="carrier", **changes):
        """A receipt that matches nothing yet."""
        receipt = Receipt(connector, upstream_id, State.DELIVERED, 0, NOW, NOW - 5, "380671234567", "DELIVRD")
        return KeptReceipt(self.event_id(), receipt, ReceiptFate.PARKED, **changes)

    async def stored(self, message_id):
        """The message that owns an id, or None."""
        found = await self.store.messages([message_id], None)
        return found[0] if found else None

    async def balance(self, purse=PURSE):
        return next(one.balance for one in await self.store.purses() if one.id == purse)

    async def sound(self):
        """Ledger, purses and rows agree."""
        assert await self.store.check() == []


async def furnished(store):
    """Give an empty store its accounts and the first purse its money."""
    await store.change_directory(
        [
            Purse(PURSE, 1, "UAH", 0),
            Purse(OTHER_PURSE, 2, "EUR", 0, credit=5_000_000),
            Account(1, "first", PURSE, "default", 1, 1),
            Account(2, "second", OTHER_PURSE, "default", 2, 2),
        ],
        "test",
        NOW,
    )
    await store.write([top_up(OPENING)], FENCE, NOW)
    return House(store)


async def keep(store, rows, at=NOW):
    for _ in range(100):
        verdict = await store.write(rows, FENCE, at)
        if not verdict:
            return
        new = {row.id for row in rows if isinstance(row, Message)} & set(verdict)
        assert await store.messages(list(new), None) == []
        rows = [
            row
            for row in rows
            if (about(row) in new) or (isinstance(row, Move) and row.fenced and row.message_id in verdict)
        ]
    raise AssertionError("the store refuses the same items for ever")


def taken(message, upstream_id="up-1", part=1, try_no=1, **changes):
    """An attempt that a carrier took."""
    values = {"state": AttemptState.TAKEN, "upstream_id": upstream_id, "sent_at": NOW, "answered_at": NOW + 1} | changes
    return Attempt(message, part, part, try_no, message.connector, **values)


def attempt_moved(attempt, state, **changes):
    """The new standing of an attempt."""
    values = {
        "upstream_id": attempt.upstream_id,
        "answered_at": attempt.answered_at,
        "receipt_at": NOW + 2,
        "error": 0,
        "detail": "",
    } | changes
    return AttemptMove(attempt.message.id, attempt.part_first, attempt.try_no, state, **values)


def moved(message, state, **changes):
    """The new standing of a message."""
    values = {
        "connector": message.connector,
        "tries": message.tries,
        "next_try_at": 0,
        "error": 0,
        "final_at": 0,
        "maybe_twice": False,
        "purse": message.purse,
        "message": message,
    } | changes
    return Move(message.id, state, **values)


def settled(notice, progress=NoticeState.DELIVERED, **changes):
    """The new standing of a notice."""
    values = {"tries": 1, "next_try_at": 0, "answer": "200 OK", "settled_at": NOW + 3} | changes
    return NoticeMove(notice.id, progress, **values)


def top_up(amount, purse=PURSE, at=NOW, note="invoice 7"):
    """Money paid in."""
    return Entry(at, "top-up", purse, "bank", f"purse:{purse}", amount, 1, 0, 0, note)


def plain(value):
    """Everything a row says, comparable: a message without its attempts, what points at a message as its id."""
    if isinstance(value, Message):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.name != "attempts"}
    if is_dataclass(value):
        return {
            one.name: inner.id if isinstance(inner := getattr(value, one.name), Message) else plain(inner)
            for one in fields(value)
        }
    return value
