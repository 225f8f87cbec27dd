"""Every hot statement uses the index that was made for it: in an empty database, in one that has grown without anybody
looking at it, and in one that was analysed."""

from __future__ import annotations

import re

import asyncpg
import pytest

from heliograph.model.message import State
from heliograph.store.postgres import (
    PostgresStore,
    attempts,
    campaigns,
    confirmations,
    database,
    guards,
    incoming,
    messages,
    money,
    nodes,
    notices,
    queue,
    receipts,
    shown,
)
from heliograph.store.postgres.link import HURRIED
from store.postgres.schemas import schemas
from store.samples import NOW, furnished, taken

HOT = {
    "messages by id": (messages.BY_IDS, {"message_pkey"}),
    "messages by part id": (messages.OWNING, {"message_pkey"}),
    "message moved": (messages.MOVE.sql, {"message_pkey"}),
    "network": (messages.SET_NETWORK.sql, {"message_pkey"}),
    "hidden": (messages.HIDE.sql, {"message_pkey"}),
    "heads": (queue.HEADS, {"message_fresh"}),
    "held": (queue.HELD, {"message_held"}),
    "retries": (queue.RETRIES, {"message_retry"}),
    "scheduled": (queue.SCHEDULED, {"message_scheduled"}),
    "overdue": (queue.OVERDUE, {"message_waiting"}),
    "silent": (queue.SILENT, {"message_upstream"}),
    "undecided": (queue.UNDECIDED, {"message_upstream", "message_pkey", "attempt_pkey"}),
    "newest id": (queue.NEWEST, {"message_pkey"}),
    "recent": (queue.RECENT, {"message_pkey"}),
    "newest to a number": (queue.NEWEST_TO, {"message_pkey"}),
    "shown": (shown.NEWEST, {"message_shown"}),
    "attempts of messages": (attempts.OF_MESSAGES, {"attempt_pkey"}),
    "attempts awaiting": (attempts.WAITING, {"attempt_waiting"}),
    "attempt moved": (attempts.MOVE.sql, {"attempt_pkey"}),
    "receipts of a message": (receipts.OF_MESSAGE, {"receipt_of_message"}),
    "parked": (receipts.PARKED, {"receipt_parked"}),
    "parked page": (receipts.PARKED_PAGE, {"receipt_parked_by_id", "attempt_waiting"}),
    "receipt moved": (receipts.MOVE.sql, {"receipt_pkey"}),
    "incoming": (incoming.BY_IDS, {"incoming_pkey"}),
    "parts of incoming": (incoming.PARTS, {"incoming_part_pkey"}),
    "part joined": (incoming.PART_JOINED.sql, {"incoming_part_pkey"}),
    "part gone": (incoming.PART_GONE.sql, {"incoming_part_pkey"}),
    "confirmations": (confirmations.PENDING, {"confirmation_of_phone"}),
    "notices of a message": (notices.OF_MESSAGE, {"notice_of_message"}),
    "fresh notices": (notices.FRESH, {"notice_fresh"}),
    "due notices": (notices.DUE, {"notice_retry", "notice_pkey"}),
    "notices given up": (notices.GIVEN_UP, {"notice_given_up"}),
    "targets": (notices.TARGETS, {"notice_fresh", "notice_retry"}),
    "notice moved": (notices.MOVE.sql, {"notice_pkey"}),
    "purses changed": (money.CHANGE.sql, {"purse_pkey"}),
    "purses locked": (money.LOCK, {"purse_pkey"}),
    "ledger of a purse": (money.ENTRIES, {"ledger_of_purse"}),
    "ledger of a message": (money.COVERING, {"ledger_by_time"}),
    "mailing advanced": (campaigns.ADVANCE.sql, {"campaign_pkey"}),
    "waiting of a mailing": (campaigns.WAITING, {"message_of_campaign_waiting"}),
    "paused of a mailing": (campaigns.PAUSED, {"message_of_campaign_paused"}),
    "mailings under way": (campaigns.UNDER_WAY, {"campaign_under_way"}),
    "guard": (guards.GET, {"guard_pkey"}),
    "guards put": (guards.PUT.sql, {"guard_pkey"}),
    "guards pruned": (nodes.PRUNE_GUARDS, {"guard_until"}),
    "what is nobody's": (nodes.ANY_NOBODYS, {"message_fresh", "message_retry"}),
    "claimed": (nodes.CLAIM, {"message_fresh", "message_retry", "message_pkey"}),
    "disowned": (nodes.DISOWN, {"message_fresh", "message_retry", "message_pkey"}),
    "held parts claimed": (nodes.CLAIM_HELD, {"message_held", "message_pkey"}),
    "parts of incoming claimed": (nodes.CLAIM_PARTS, {"incoming_part_of_node", "incoming_part_pkey"}),
    "a group begun": (database.FENCED_TRANSACTION, {"node_pkey"}),
}
"""What is asked while messages flow, and the indexes the answer stands in."""
SMALL_TABLES = {"purse", "counter", "node", "lease"}


async def grow(house, many=3_000):
    """What flows through in a minute or two, every state among it."""
    states = list(State)
    for start in range(0, many, 1_000):
        rows = [
            house.message(state=states[n % len(states)], shown_id=f"o{n}", tries=1) for n in range(start, start + 1_000)
        ]
        await house.keep(*rows)
        await house.keep(*[taken(row, f"u{row.id}") for row in rows], *[house.notice(row) for row in rows])
        await house.keep(*[house.parked(f"p{start + n}") for n in range(1_000)], at=NOW + start)


@pytest.mark.parametrize("version", [16, 18])
async def test_hot_statements_never_read_a_big_table_from_end_to_end(tmp_path, version):
    url = schemas(version).url(tmp_path)
    store = PostgresStore(url)
    await store.open()
    connection = await asyncpg.connect(url, server_settings=HURRIED)
    try:
        for name, (sql, _) in HOT.items():
            await connection.execute(f'PREPARE "{name}" AS {sql}')
        for step in ("empty", "grown", "analysed"):
            if step == "grown":
                await grow(await furnished(store))
            if step == "analysed":
                await connection.execute("ANALYZE")
            wrong = []
            for name, (sql, indexes) in HOT.items():
                plan = await plan_of(connection, name, sql)
                read = set(re.findall(r"Seq Scan on (\w+)", plan)) - SMALL_TABLES
                if read or not indexes <= set(re.findall(r"\w+", plan)):
                    wrong.append(f"{name} ({step}):\n{plan}")
            assert not wrong, "\n".join(wrong)
    finally:
        await connection.close()
        await store.close()


async def plan_of(connection, name, sql):
    """The plan that serves any values."""
    count = max((int(number) for number in re.findall(r"\$(\d+)", sql)), default=0)
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    return "\n".join(row[0] for row in await connection.fetch(f'EXPLAIN EXECUTE "{name}"{values}'))
