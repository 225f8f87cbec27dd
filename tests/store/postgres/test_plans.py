"""Every hot statement uses the index that was made for it: in an empty database, in one that has grown without anybody
looking at it, and in one that was analysed."""

from __future__ import annotations

import re

import asyncpg
import pytest

from heliograph.model.message import State
from heliograph.model.retention import Kept
from heliograph.store.postgres import (
    PostgresStore,
    attempts,
    campaigns,
    confirmations,
    database,
    figures,
    guards,
    history,
    incoming,
    last_group,
    messages,
    money,
    nodes,
    notices,
    queue,
    receipts,
    retention,
    shown,
    subclients,
)
from heliograph.store.postgres.link import HURRIED
from heliograph.store.postgres.statements import as_whole
from store.postgres.schemas import schemas
from store.postgres.server import empty_schema, server
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
    "waited for": (queue.WAITED_FOR, {"message_fresh", "message_retry"}),
    "unreported": (queue.UNREPORTED, {"message_unreported"}),
    "scheduled": (queue.SCHEDULED, {"message_scheduled"}),
    "overdue": (queue.OVERDUE, {"message_waiting"}),
    "silent": (queue.SILENT, {"message_upstream"}),
    "undecided": (queue.UNDECIDED, {"message_upstream", "message_pkey", "attempt_pkey"}),
    "newest id": (queue.NEWEST, {"message_pkey"}),
    "recent": (queue.RECENT, {"message_pkey"}),
    "newest to a number": (history.NEWEST_TO, {"message_by_recipient", "message_pkey"}),
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
    "history": (history.SENT_SMS, {"message_of_account"}),
    "history of what is no SMS": (history.SENT_OTHERWISE, {"message_of_channel"}),
    "history of a number": (history.SENT_TO, {"message_by_recipient"}),
    "answers": (history.RECEIVED, {"incoming_of_account"}),
    "let go today": (subclients.RELEASED, {"let_go_pkey", "message_pkey"}),
    "mailing advanced": (campaigns.ADVANCE.sql, {"campaign_pkey"}),
    "waiting of a mailing": (campaigns.WAITING, {"message_of_campaign_waiting"}),
    "paused of a mailing": (campaigns.PAUSED, {"message_of_campaign_paused"}),
    "mailings under way": (campaigns.UNDER_WAY, {"campaign_under_way"}),
    "texts that are old": (retention.LOOK[Kept.TEXTS], {"message_pkey"}),
    "traces that are old": (retention.LOOK[Kept.TRACE], {"message_pkey"}),
    "messages that are old": (retention.LOOK[Kept.MESSAGES], {"message_pkey", "notice_of_message"}),
    "notices that are old": (retention.LOOK[Kept.NOTICES], {"notice_pkey"}),
    "incoming that is old": (retention.LOOK[Kept.INCOMING], {"incoming_pkey", "notice_of_incoming"}),
    "parked that is old": (retention.LOOK[Kept.PARKED], {"receipt_pkey"}),
    "links that are old": (retention.OLD_LINKS, {"short_link_made", "short_link_pkey", "message_pkey"}),
    "numbers masked": (retention.REMOVE[Kept.NUMBERS][-1], {"message_pkey"}),
    "numbers of handsets masked": (retention.REMOVE[Kept.INCOMING_NUMBERS][-1], {"incoming_pkey"}),
    "texts blanked": (retention.REMOVE[Kept.TEXTS][-1], {"message_pkey"}),
    "messages removed": (retention.REMOVE[Kept.MESSAGES][-1], {"message_pkey"}),
    "attempts removed": (retention.REMOVE[Kept.TRACE][-1], {"attempt_pkey"}),
    "receipts removed": (retention.REMOVE[Kept.TRACE][0], {"receipt_of_message"}),
    "notices removed with messages": (retention.REMOVE[Kept.MESSAGES][4], {"notice_of_message"}),
    "notices removed with incoming": (retention.REMOVE[Kept.INCOMING][0], {"notice_of_incoming"}),
    "guard": (guards.GET, {"guard_pkey"}),
    "guards put": (guards.PUT.sql, {"guard_pkey"}),
    "guards pruned": (nodes.PRUNE_GUARDS, {"guard_until"}),
    "what is nobody's": (nodes.ANY_NOBODYS, {"message_fresh", "message_retry"}),
    "claimed": (nodes.CLAIM, {"message_fresh", "message_retry", "message_pkey"}),
    "disowned": (nodes.DISOWN, {"message_fresh", "message_retry", "message_pkey"}),
    "held parts claimed": (nodes.CLAIM_HELD, {"message_held", "message_pkey"}),
    "parts of incoming claimed": (nodes.CLAIM_PARTS, {"incoming_part_of_node", "incoming_part_pkey"}),
    "a group begun": (database.FENCED_TRANSACTION, {"node_pkey"}),
    "a lost group made void": (last_group.VOID, {"last_group_pkey"}),
    "a group at once": (
        as_whole(
            last_group.NUMBERED,
            4,
            (
                messages.MOVE,
                messages.INSERT_PLAIN,
                attempts.INSERT,
                notices.INSERT,
                attempts.MOVE,
                notices.MOVE,
                figures.ADD,
                money.INSERT_ENTRY,
                money.CHANGE,
            ),
            (0, 8),
        ),
        {"node_pkey", "last_group_pkey", "message_pkey", "attempt_pkey", "notice_pkey", "purse_pkey"},
    ),
}
"""What is asked while messages flow, and the indexes the answer stands in."""
ONE_BY_ONE = {
    "messages that are old": {"notice": "(message_id = message.id)"},
    "incoming that is old": {"notice": "(incoming_id = incoming.id)"},
}
"""Of a table beside it each row asks for its own; never is all of that table read."""
SMALL_TABLES = {"purse", "counter", "node", "lease"}
PARENTS = """
    SELECT child.relname::text, parent.relname::text FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
    WHERE child.relnamespace = current_schema()::regnamespace
"""
"""Indexes of ranges of messages → the index they are part of."""


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
    connection = await asyncpg.connect(url, server_settings={**HURRIED, "enable_partition_pruning": "off"})
    try:
        for name, (sql, _) in HOT.items():
            await connection.execute(f'PREPARE "{name}" AS {sql}')
        for step in ("empty", "grown", "analysed"):
            if step == "grown":
                await grow(await furnished(store))
            if step == "analysed":
                await connection.execute("ANALYZE")
            wrong = []
            parents = dict(await connection.fetch(PARENTS))
            for name, (sql, indexes) in HOT.items():
                plan = await plan_of(connection, name, sql)
                named = {parents.get(word, word) for word in re.findall(r"\w+", plan)}
                read = set(re.findall(r"Seq Scan on (\w+)", plan)) - SMALL_TABLES
                read |= {other for other, one_by_one in ONE_BY_ONE.get(name, {}).items() if one_by_one not in plan}
                if read or not indexes <= named:
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


ONE_RANGE = {
    "messages by id": (messages.BY_IDS, "ARRAY[101000005, 101000777]"),
    "messages by part id": (messages.OWNING, "ARRAY[101000005, 101000777]"),
    "network": (messages.SET_NETWORK.sql, "ARRAY[101000005, 101000777], ARRAY['[]', '[]']"),
    "recent": (queue.RECENT, "101000777, 101000005, 0"),
    "page of a history": (history.SENT_SMS, "1, 101000005, 101000777, 0, 9000000000000, 'sms', 100"),
    "history of a number": (
        history.SENT_TO,
        "1, 101000005, 101000777, 0, 9000000000000, 'sms', 100, ARRAY[24658], "
        "ARRAY['380671234567'], ARRAY['380671234567']",
    ),
}
"""What names ids, with ids of the first range."""


async def test_what_names_ids_looks_at_no_other_range(tmp_path):
    url = await empty_schema(server(18), tmp_path)
    store = PostgresStore(url)
    await store.open()
    connection = await asyncpg.connect(url, server_settings=HURRIED)
    try:
        for number in range(12):
            first = 102_000_001 + number * 1_000_000
            await connection.execute(
                f"CREATE TABLE message_{first} PARTITION OF message FOR VALUES FROM ({first}) TO ({first + 1_000_000})"
            )
        house = await furnished(store)
        await house.keep(*[house.message(id=one) for one in (101_000_005, 101_000_600, 101_000_777)])
        for name, (sql, values) in ONE_RANGE.items():
            await connection.execute(f'PREPARE "{name}" AS {sql}')
            plan = "\n".join(
                row[0]
                for row in await connection.fetch(
                    f'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) EXECUTE "{name}" ({values})'
                )
            )
            looked = {
                line.split(" on ")[1].split()[0]
                for line in plan.split("\n")
                if " using message_" in line and "never executed" not in line
            }
            assert looked == {"message_past"}, f"{name}:\n{plan}"
    finally:
        await connection.close()
        await store.close()
