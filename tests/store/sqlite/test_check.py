"""`check` is silent about a sound store and names each fault that is planted in its file."""

from __future__ import annotations

import asyncio

import pytest

from heliograph.model.message import State
from heliograph.model.receipt import ReceiptFate
from heliograph.model.rows import Guard, ReceiptMove
from store.samples import DAY, NOW, OTHER_PURSE, PRICE, moved, settled, taken, top_up
from store.sqlite.opening import ask, opened

FAULTS = {
    "a purse without its ledger": (
        "UPDATE purse SET balance = balance + 1 WHERE id = 1",
        ["purse:1 holds 999999999998650001, its ledger says 999999999998650000"],
    ),
    "a ledger line too many": (
        "INSERT INTO ledger (at, kind, purse, debit, credit, amount, count, first_id, last_id, note) "
        "SELECT at, kind, purse, debit, credit, amount, count, first_id, last_id, note FROM ledger "
        "WHERE kind = 'charge' LIMIT 1",
        [
            "purse:1 holds 999999999998650000, its ledger says 999999999997300000",
            "3 messages cost purse:1 1350000, the ledger charged it 2700000 for 6 messages",
        ],
    ),
    "a ledger line lost": (
        "DELETE FROM ledger WHERE kind = 'charge'",
        [
            "purse:1 holds 999999999998650000, its ledger says 1000000000000000000",
            "3 messages cost purse:1 1350000, the ledger charged it 0 for 0 messages",
        ],
    ),
    "a purse lost": ("DELETE FROM purse WHERE id = 1", ["the ledger names purse:1, which does not exist"]),
    "a charge of the wrong count": (
        "UPDATE ledger SET count = 7 WHERE kind = 'charge'",
        ["3 messages cost purse:1 1350000, the ledger charged it 1350000 for 7 messages"],
    ),
    "a price that grew": (
        "UPDATE message SET price = price + 1 WHERE id = (SELECT min(id) FROM message WHERE price > 0)",
        [
            "3 messages cost purse:1 1350001, the ledger charged it 1350000 for 3 messages",
            "1 counters of statistics are not what the messages say, the first is 1",
        ],
    ),
    "a message lost": (
        "DELETE FROM message WHERE id = (SELECT max(id) FROM message WHERE price > 0)",
        [
            "2 messages cost purse:1 900000, the ledger charged it 1350000 for 3 messages",
            "1 counters of statistics are not what the messages say, the first is 1",
        ],
    ),
    "a refund nobody got": (
        "UPDATE message SET refunded = 5 WHERE id = (SELECT min(id) FROM message WHERE price > 0)",
        [
            "messages gave purse:1 5 back, the ledger says 0",
            "1 counters of statistics are not what the messages say, the first is 1",
        ],
    ),
    "a refund greater than its price": (
        "UPDATE message SET refunded = 9000000 WHERE id = (SELECT min(id) FROM message WHERE price > 0)",
        [
            "messages gave purse:1 9000000 back, the ledger says 0",
            "1 messages gave back more than their price, or less than nothing, the first is {first}",
            "1 counters of statistics are not what the messages say, the first is 1",
        ],
    ),
    "a line that moves nothing": (
        "UPDATE ledger SET amount = 0, count = 0, kind = 'correction' WHERE kind = 'top-up' AND purse = 2",
        [
            "purse:2 holds 7, its ledger says 0",
            "1 ledger lines move nothing, or from an account to itself, the first is 3",
        ],
    ),
    "a state that is none": (
        "UPDATE message SET state = 99 WHERE id = (SELECT min(id) FROM message)",
        [
            "1 messages are in a state that is none, the first is {first}",
            "1 counters of statistics are not what the messages say, the first is 1",
        ],
    ),
    "a counter that lost some": (
        "UPDATE figure SET delivered = delivered - 1",
        ["1 counters of statistics are not what the messages say, the first is 1"],
    ),
    "a removal that was not noted": (
        "INSERT INTO removed_figure VALUES (7, 1, 1, 1, 0, 0, 0, 0, 0)",
        ["1 counters of statistics are not what the messages say, the first is 7"],
    ),
    "a part id owned twice": (
        "UPDATE message SET parts = 2 WHERE id = (SELECT min(id) FROM message)",
        [
            "1 messages own a part id of the next one, the first is {second}",
            "1 counters of statistics are not what the messages say, the first is 1",
        ],
    ),
    "a message counter that fell behind": (
        "UPDATE counter SET value = 100000001 WHERE name = 'message'",
        ["4 messages have an id that the counter has yet to give, the first is {first}"],
    ),
    "an event counter that fell behind": (
        "UPDATE counter SET value = 3 WHERE name = 'event'",
        ["3 events have an id that the counter has yet to give, the first is 3"],
    ),
    "an attempt of no message": (
        "UPDATE attempt SET message_id = 5",
        ["1 attempts belong to no message, or to parts it has not got, the first is 5"],
    ),
    "an attempt of a part that is not": (
        "UPDATE attempt SET part_last = 2",
        ["1 attempts belong to no message, or to parts it has not got, the first is {first}"],
    ),
    "an attempt in a state that is none": (
        "UPDATE attempt SET state = 0",
        ["1 attempts are in a state that is none, the first is {first}"],
    ),
    "a matched receipt of no message": (
        "UPDATE receipt SET message_id = 5 WHERE fate = 2",
        [
            "1 receipts have a fate that is none, or speak of no message although they are not parked, "
            "the first is {matched}"
        ],
    ),
    "a receipt without a fate": (
        "UPDATE receipt SET fate = 9 WHERE fate = 1",
        [
            "1 receipts have a fate that is none, or speak of no message although they are not parked, "
            "the first is {parked}"
        ],
    ),
    "an answer to no message": (
        "UPDATE incoming SET answers = 5",
        ["1 incoming messages answer one that does not exist, the first is {incoming}"],
    ),
    "a notice of no message": (
        "UPDATE notice SET message_id = 5 WHERE message_id > 0",
        ["1 notices speak of a message that does not exist, the first is {status}"],
    ),
    "a notice of no incoming message": (
        "UPDATE notice SET incoming_id = 999 WHERE incoming_id > 0",
        ["1 notices speak of an incoming message that does not exist, or of nothing, the first is {text}"],
    ),
    "a notice of nothing": (
        "UPDATE notice SET message_id = 0 WHERE message_id > 0",
        ["1 notices speak of an incoming message that does not exist, or of nothing, the first is {status}"],
    ),
    "a settled notice that waits": (
        "UPDATE notice SET progress = 1 WHERE settled_at > 0",
        ["1 notices stand where none can stand, the first is {status}"],
    ),
    "a part of no incoming text": (
        "INSERT INTO incoming_part VALUES (7, 5, 0, 2, 1, 0, 'carrier', '1', '2', '3', x'', x'')",
        ["1 parts of incoming texts belong to a text that does not exist, the first is 7"],
    ),
    "an endpoint of no account": (
        "INSERT INTO endpoint VALUES (7, 99, '')",
        ["1 endpoints belong to an account that does not exist, the first is 7"],
    ),
    "a credential of no account": (
        "INSERT INTO credential VALUES (7, 99, 'token', '', 'x', '')",
        ["1 credentials belong to an account that does not exist, the first is 7"],
    ),
    "a notice in a state that is none": (
        "UPDATE notice SET progress = 8 WHERE message_id > 0",
        ["1 notices stand where none can stand, the first is {status}"],
    ),
}


async def inhabited(path):
    """A closed store with a few rows of every kind; names for some of their ids."""
    async with opened(path) as house:
        messages = [house.upstream(price=PRICE) for _ in range(3)]
        free = house.message()
        await house.keep(*messages, free)
        await house.keep(top_up(7, OTHER_PURSE), Guard(1, "key", "hash", (messages[0].id,), NOW + DAY))
        incoming = house.incoming(answers=messages[0].id)
        parked, matched = house.parked("x"), house.parked("y")
        status, text = house.notice(messages[0]), house.notice(incoming=incoming)
        await house.keep(taken(messages[0]), incoming, parked, matched, status, text)
        await house.keep(
            moved(messages[0], State.DELIVERED, tries=1, final_at=NOW),
            ReceiptMove(matched.id, ReceiptFate.MATCHED, messages[1].id, 1),
            settled(status),
        )
        await house.sound()
    return {
        "first": messages[0].id,
        "second": messages[1].id,
        "incoming": incoming.id,
        "parked": parked.id,
        "matched": matched.id,
        "status": status.id,
        "text": text.id,
    }


@pytest.mark.parametrize(("plant", "expected"), FAULTS.values(), ids=FAULTS)
async def test_a_planted_fault_is_named(tmp_path, plant, expected):
    path = tmp_path / "store.db"
    names = await inhabited(path)
    async with opened(path) as house:
        ask(path, plant)
        assert await house.store.check() == [sentence.format(**names) for sentence in expected]


async def test_an_index_that_lost_an_entry_is_damage(tmp_path):
    path = tmp_path / "store.db"
    await inhabited(path)
    (page,) = ask(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'message_of_account'")[0]
    content = bytearray(path.read_bytes())
    start = (page - 1) * 4_096
    content[start + 3 : start + 5] = (1).to_bytes(2, "big")
    path.write_bytes(content)
    async with opened(path) as house:
        assert any("damaged" in fault for fault in await house.store.check())


async def test_the_check_looks_at_one_moment_while_others_write(tmp_path):
    """Beside a working gateway: what is written meanwhile is seen whole or not at all."""
    async with opened(tmp_path / "store.db") as house:
        await house.keep(*(house.message(price=PRICE) for _ in range(3_000)))
        checks = [asyncio.create_task(house.store.check()) for _ in range(3)]
        groups = 0
        while not all(check.done() for check in checks):
            message = house.message(price=PRICE)
            await house.keep(message)
            await house.keep(moved(message, State.EXPIRED, refund=PRICE, final_at=NOW))
            groups += 1
        assert groups > 1
        assert [await check for check in checks] == [[], [], []]
