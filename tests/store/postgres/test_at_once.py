"""What flows all day is written in one turn to the server, and means what it means when it is written step by step."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from heliograph.model.message import AttemptState, Content, State
from heliograph.model.node import Identity
from heliograph.model.receipt import NoticeState
from heliograph.model.refusal import Reason
from heliograph.model.rows import Guard
from heliograph.store.postgres import PostgresStore
from heliograph.store.postgres.database import Database
from store.postgres.cut import wire_to
from store.postgres.schemas import schemas
from store.postgres.server import schema_of, server
from store.samples import (
    FENCE,
    NOW,
    OPENING,
    OTHER_PURSE,
    PRICE,
    attempt_moved,
    furnished,
    moved,
    plain,
    settled,
    taken,
    top_up,
)

BLOCKED = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))"


async def a_minute(house, many):
    """Rows of every kind that flows: new messages with keys that nodes share, answers and receipts of those before,
    notices told of."""
    known = [house.upstream(price=PRICE) for _ in range(many)]
    attempts = [taken(message, f"up-{message.id}") for message in known]
    told = [house.notice(message) for message in known]
    await house.keep(*known)
    await house.keep(*attempts, *told)
    new = [house.upstream(price=PRICE) for _ in range(many)]
    return [
        *new,
        *[Guard(message.account_id, f"same:{message.id}", "", (message.id,), NOW + 1) for message in new],
        *[taken(message, f"again-{message.id}", try_no=2) for message in known],
        *[attempt_moved(attempt, AttemptState.DELIVERED) for attempt in attempts],
        *[moved(message, State.DELIVERED, final_at=NOW) for message in known],
        *[house.notice(message) for message in known],
        *[settled(notice) for notice in told],
    ]


@pytest.mark.parametrize(("is_node", "turns"), [(True, 1), (False, 3)])
@pytest.mark.parametrize("many", [3, 20, 300])
async def test_a_group_of_what_flows_all_day_is_one_turn_to_the_server(tmp_path, many, is_node, turns):
    """Who is no node begins and commits."""
    schemas(18).url(tmp_path)
    async with wire_to(server(18)) as (wire, url):
        store = PostgresStore(f"{url}&search_path={schema_of(tmp_path)}")
        await store.open()
        if is_node:
            await store.nodes.join(Identity("first", "host", 1, "key"))
        house = await furnished(store)
        await house.keep(*await a_minute(house, many))
        rows = await a_minute(house, many)
        before = wire.turns
        assert not await store.write(rows, FENCE, NOW)
        assert wire.turns - before == turns
        await house.sound()
        await store.close()


async def test_what_comes_and_goes_on_in_one_group_is_written_in_the_order_it_came(house):
    """An answer and its receipt, a message that ends at once, a notice that is told at once."""
    known, new = house.upstream(price=PRICE), house.upstream(price=PRICE)
    await house.keep(known)
    attempt, notice = taken(known, "up-7"), house.notice(known)
    rows = [
        new,
        attempt,
        notice,
        attempt_moved(attempt, AttemptState.IN_DOUBT, receipt_at=0),
        attempt_moved(attempt, AttemptState.DELIVERED),
        moved(known, State.SENT),
        moved(known, State.DELIVERED, final_at=NOW + 1),
        moved(new, State.REJECTED, refund=PRICE, final_at=NOW),
        settled(notice, NoticeState.WAITING, next_try_at=NOW + 5, settled_at=0),
        settled(notice, tries=2),
    ]
    assert not await house.store.write(rows, FENCE, NOW)
    story = await house.store.story(known.id)
    assert (story.message.state, story.message.final_at) == (State.DELIVERED, NOW + 1)
    assert [(one.state, one.receipt_at) for one in story.attempts] == [(AttemptState.DELIVERED, NOW + 2)]
    assert [(one.progress, one.tries) for one in story.notices] == [(NoticeState.DELIVERED, 2)]
    assert (await house.stored(new.id)).state is State.REJECTED
    assert await house.balance() == OPENING - PRICE
    await house.sound()


async def test_a_second_move_that_comes_too_late_leaves_the_first(house):
    known = house.upstream()
    await house.keep(known)
    rows = [moved(known, State.DELIVERED, final_at=NOW), moved(known, State.EXPIRED, final_at=NOW + 1)]
    assert await house.store.write(rows, FENCE, NOW) == {known.id: Reason.BUSY}
    assert (await house.stored(known.id)).state is State.DELIVERED
    await house.sound()


async def test_a_group_waits_for_a_row_without_holding_its_purse(house, tmp_path):
    """The debit comes last (decisions.md 7), so that others pay meanwhile."""
    known = house.upstream()
    attempt = taken(known)
    await house.keep(known, attempt)
    other = await asyncpg.connect(schemas(18).url(tmp_path))
    try:
        async with other.transaction():
            await other.execute("SELECT FROM attempt WHERE message_id = $1 FOR UPDATE", known.id)
            new = house.message(price=PRICE)
            rows = [new, attempt_moved(attempt, AttemptState.DELIVERED)]
            writing = asyncio.create_task(house.store.write(rows, FENCE, NOW))
            async with asyncio.timeout(30):
                while not await other.fetchval(BLOCKED):
                    await asyncio.sleep(0.01)
            await other.execute("SELECT FROM purse FOR UPDATE NOWAIT")
        assert not await writing
    finally:
        await other.close()
    assert await house.balance() == OPENING - PRICE
    await house.sound()


async def test_messages_are_admitted_in_order_while_their_purse_can_pay(house):
    cheap = [house.message(account_id=2, purse=OTHER_PURSE, price=2_000_000) for _ in range(3)]
    assert await house.store.write(cheap, FENCE, NOW) == {cheap[2].id: Reason.NO_MONEY}
    assert await house.balance(OTHER_PURSE) == -4_000_000
    await house.sound()


async def test_lines_that_say_the_same_are_as_many_as_there_are(house):
    await house.keep(top_up(700), top_up(700), top_up(700))
    assert await house.balance() == OPENING + 2_100
    assert len([entry for _, entry in await house.store.entries(1, 0, 10) if entry.amount == 700]) == 3
    await house.sound()


@pytest.mark.parametrize("many", [2, 70])
async def test_what_all_rows_say_and_what_some_do_not_comes_back_as_it_was(house, many):
    alike = [house.message(recipient="380671234567") for _ in range(many)]
    data = [
        Content("", data=bytes([number % 250]) if number % 2 else b"", coding=number % 3 or None)
        for number in range(many)
    ]
    mixed = [
        house.message(
            content=content,
            integration_id=None if number % 2 else number,
            shown_id=f"own {number}" if number % 3 else None,
            sender='"{a\\b},NULL"' if number % 2 else "",
        )
        for number, content in enumerate(data)
    ]
    await house.keep(*alike, *mixed)
    for message in (*alike, *mixed):
        assert plain(await house.stored(message.id)) == plain(message)
    await house.sound()


MANY_STEPS = "SELECT " + " + ".join("(SELECT count(*) FROM unnest($1::bigint[], $1::bigint[]))" for _ in range(150))
"""Takes some MiB of the server's memory, in small pieces, as a group does."""


def faults(pid):
    """How often a process has touched a page of memory that it did not have."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[7])


async def test_the_server_keeps_the_memory_that_each_group_needs(tmp_path):
    schemas(18).url(tmp_path)
    database = Database(f"{server(18).url}&search_path={schema_of(tmp_path)}", "")
    await database.open()
    async with database.group() as writer:
        pid = await writer.fetchval("SELECT pg_backend_pid()")
        for _ in range(5):
            await writer.fetchval(MANY_STEPS, [1])
        before = faults(pid)
        for _ in range(20):
            await writer.fetchval(MANY_STEPS, [1])
        assert faults(pid) - before < 20 * 200  # some 1,100 without
    await database.close()
