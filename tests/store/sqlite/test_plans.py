"""Every read has its index, however much is stored, and the writes touch as few rows as decided (decisions.md 6)."""

from __future__ import annotations

import inspect
import re

import apsw
import pytest

from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import AttemptState, Priority, State
from heliograph.model.receipt import ReceiptFate
from heliograph.model.rows import ReceiptMove
from heliograph.ports import Store
from heliograph.store.sqlite import SqliteStore
from store.samples import FENCE, NOW, PRICE, House, attempt_moved, furnished, moved, settled, taken

KEYS = [("carrier", f"u{number}") for number in range(70)]
IDS = range(100_000_001, 100_000_301)

READS = {
    "messages": lambda store: store.messages(IDS, 1),
    "with_attempts": lambda store: store.with_attempts(IDS),
    "shown": lambda store: store.shown(1, [("380671234567", f"order-{number}") for number in range(70)]),
    "heads": lambda store: store.heads("carrier", Priority.NORMAL, 5, 500, FENCE),
    "retries": lambda store: store.retries("carrier", NOW + 9, 500, FENCE),
    "waited_for": lambda store: store.waited_for(FENCE),
    "unreported": lambda store: store.unreported("all", NOW + 9, (NOW, 5), 500, FENCE),
    "scheduled": lambda store: store.scheduled(NOW + 9, 500),
    "held": lambda store: store.held(5, 500, FENCE),
    "all_messages": lambda store: store.all_messages(5, 500),
    "overdue": lambda store: store.overdue(NOW + 9**12, 500),
    "silent": lambda store: store.silent(NOW + 9**12, 500),
    "undecided": lambda store: store.undecided(0, 500, FENCE),
    "attempts_awaiting": lambda store: store.attempts_awaiting(KEYS),
    "parked": lambda store: store.parked(KEYS),
    "incoming_parts": lambda store: store.incoming_parts(0, 10),
    "parked_with_attempt": lambda store: store.parked_with_attempt(500),
    "notice_targets": lambda store: store.notice_targets(NOW + 9),
    "notices": lambda store: store.notices("endpoint:1", 5, NOW + 9, 500),
    "notices_given_up": lambda store: store.notices_given_up(1, 5, 500),
    "recent": lambda store: store.recent(0),
    "newest_to": lambda store: store.newest_to("carrier", "380671234567", None, 0),
    "guard": lambda store: store.guard(1, "key", NOW),
    "waiting": lambda store: store.waiting(),
    "purses": lambda store: store.purses(),
    "story": lambda store: store.story(100_000_003),
    "entries": lambda store: store.entries(1, 0, 50),
    "directory": lambda store: store.directory(),
    "stop_listed": lambda store: store.stop_listed(1, "380671234567"),
    "stop_list": lambda store: store.stop_list(1, 5, 500),
    "document": lambda store: store.document("routes", 5),
}
PAST = {
    "history": SentSearch(1, 0, NOW + 9**12),
    "history of some days": SentSearch(1, NOW, NOW + 1, before=100_000_020, most=5),
    "history of what is no SMS": SentSearch(1, 0, NOW + 9**12, channel="mail"),
    "history of numbers": SentSearch(1, 0, NOW + 9**12, ("380671234567", "380501234567")),
}
READS_ALL = {"census", "check"}
"""These look at everything; they run beside the loop."""
WRITES = {"write", "probe", "file_shown", "prune_guards", "change_directory", "remove_from_directory", "keep_document"}

BIG = ("message", "attempt", "receipt", "notice", "incoming", "ledger", "guard", "shown")
FEW = (
    "message_held",
    "message_upstream",
    "message_waiting",
    "notice_fresh",
    "notice_retry",
    "receipt_parked",
    "attempt_waiting",
)
"""Partial indexes over rows that wait: reading one of these from end to end reads nothing that is over."""
MAY_WALK = {"undecided": {"message_upstream"}}
"""Once, at the start: what a carrier has."""
NEWEST_FIRST = ("recent", "newest_to")
"""These read the newest rows, back to a bound."""
SORTS = {
    "waiting",
    "waited_for",
    "census",
    "undecided",
    "notices",
    "notice_targets",
    "story",
    "retries",
    "overdue",
    "unreported",
    "silent",
    "with_attempts",
    "attempts_awaiting",
    "history of numbers",
}
"""These put in order the few rows they found."""


@pytest.fixture
async def listening():
    """A store in memory, where reading goes through the one connection, with a little of everything in it."""

    class Listening(apsw.Connection):
        """Notes what is asked."""

        def __init__(self, *how, **more):
            super().__init__(*how, **more)
            self.asked = []
            opened.append(self)

        def execute(self, sql, values=()):
            if sql.lstrip().startswith(("SELECT", "WITH")):
                self.asked.append((sql, tuple(values)))
            return super().execute(sql, values)

    opened = []
    store = SqliteStore(None, connect=Listening)
    await store.open()
    (connection,) = opened
    house = await furnished(store)
    for number in range(30):
        message = house.message(state=list(State)[number % 15], price=PRICE, parts=1 + number % 3)
        await house.keep(message, taken(message, f"u{number}"), house.notice(message), house.parked(f"u{number}"))
    yield store, connection
    await store.close()


def plan_of(connection, sql, values):
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]


async def walks(listening, verb, read):
    """The big tables, or indexes of them, that a verb reads from end to end."""
    store, connection = listening
    connection.asked.clear()
    await read(store)
    assert connection.asked
    found = []
    for sql, values in list(connection.asked):
        for step in plan_of(connection, sql, values):
            scanned = re.match(r"SCAN (?:TABLE )?(\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
            newest_first = verb in NEWEST_FIRST and "ORDER BY id DESC LIMIT" in sql
            if scanned and scanned[1] in BIG and not newest_first:
                found.append(scanned[2] or scanned[1])
            if "TEMP B-TREE" in step:
                assert verb in SORTS, f"{step}\n{sql}"
    return found


@pytest.mark.parametrize("verb", READS)
async def test_a_read_searches_and_never_walks_a_big_table(listening, verb):
    assert set(await walks(listening, verb, READS[verb])) <= MAY_WALK.get(verb, set())


@pytest.mark.parametrize("name", PAST)
async def test_looking_back_searches_and_never_walks_a_big_table(listening, name):
    assert await walks(listening, name, lambda store: store.history.sent(PAST[name])) == []


async def test_answers_are_searched(listening):
    searches = (IncomingSearch(1, 0), IncomingSearch(1, NOW, to="4433"), IncomingSearch(1, after=5, before=9))
    for search in searches:
        assert await walks(listening, "answers", lambda store, search=search: store.history.received(search)) == []


async def test_what_reads_everything_is_seen_to_do_so(listening):
    assert "message" in await walks(listening, "census", lambda store: store.census())


def test_every_read_of_the_port_is_looked_at():
    """A verb that is added has to be listed here."""
    verbs = {name for name, member in inspect.getmembers(Store, inspect.iscoroutinefunction)}
    assert verbs - {"open", "close"} == set(READS) | READS_ALL | WRITES


async def test_reads_that_are_ordered_by_time_read_no_more_than_they_return(listening):
    """A limit is worth nothing when all rows are sorted first."""
    store, connection = listening
    for verb in ("heads", "retries", "scheduled", "overdue", "silent", "entries"):
        connection.asked.clear()
        await READS[verb](store)
        first_sql, values = connection.asked[0]
        assert not any("TEMP B-TREE" in step for step in plan_of(connection, first_sql, values)), verb


async def test_a_message_that_goes_at_once_enters_two_indexes(listening):
    """The id is the table itself; (account, id) and the one over what a carrier has are all that is added."""
    store, connection = listening
    house = House(store)
    conditions = {
        "message_of_account": "account_id > 0",
        "message_upstream": "(state = 4 OR state = 5) AND expires_at > 0",
        "message_fresh": "state = 3 AND next_try_at = 0 AND connector > ''",
        "message_retry": "state = 3 AND next_try_at > 0 AND connector > ''",
        "message_scheduled": "state = 2 AND due_at > 0",
        "message_waiting": "(state <= 3 OR state = 6) AND expires_at > 0",
    }

    def entries():
        return {
            name: connection.execute(f"SELECT count(*) FROM message INDEXED BY {name} WHERE {where}").fetchone()[0]
            for name, where in conditions.items()
        }

    before = entries()
    await house.keep(*(house.upstream() for _ in range(100)))
    added = {name: count - before[name] for name, count in entries().items()}
    assert {name: count for name, count in added.items() if count} == {
        "message_of_account": 100,
        "message_upstream": 100,
    }


async def test_a_message_that_is_over_is_in_no_index_of_those_that_wait(listening):
    """Cost stays flat because what is over leaves every index but the two in order of time: by account, and by runs of
    ids. One more is of messages that an ordinary one is not: no SMS."""
    _, connection = listening
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'message'"
    ).fetchall()
    of_few = {"message_of_channel"}
    partial = {name for name, sql in indexes if sql and " WHERE " in sql} - of_few
    assert {name for name, _ in indexes} == partial | of_few | {"message_of_account", "message_by_recipient"}
    assert partial <= set(FEW) | {
        "message_fresh",
        "message_retry",
        "message_scheduled",
        "message_unreported",
        "message_of_campaign_paused",
        "message_of_campaign_waiting",
    }
    for name, sql in indexes:
        if name in partial:
            states = [state for state in State if _holds(connection, sql.split(" WHERE ")[1], state)]
            assert all(state < State.SENT for state in states), name


def _holds(connection, condition, state):
    row = f"SELECT {int(state)} AS state, 1 AS campaign, {{}} AS next_try_at"
    return any(
        connection.execute(f"SELECT 1 FROM ({row.format(next_try_at)}) WHERE {condition}").fetchone()
        for next_try_at in (0, 1)
    )


async def test_six_rows_are_written_for_a_message_with_receipt_and_notice(listening):
    """The database's own count of changed rows, less those a group of any size writes once (ledger, purse, a
    counter of statistics at the beginning and one at the end)."""
    store, connection = listening
    house = House(store)

    async def changed(*rows):
        before = connection.total_changes()
        await house.keep(*rows)
        return connection.total_changes() - before

    messages = [house.upstream(price=PRICE, targets=("endpoint:1",)) for _ in range(100)]
    notices = [house.notice(message) for message in messages]
    written = await changed(*messages)
    written += await changed(*(taken(message, f"r{message.id}") for message in messages))
    attempt_moves = [move_of(message) for message in messages]
    ends = [moved(message, State.DELIVERED, tries=1, final_at=NOW) for message in messages]
    written += await changed(*attempt_moves, *ends, *notices)
    written += await changed(*(settled(notice) for notice in notices))
    once = 4
    assert written - once == 6 * 100


def move_of(message):
    return attempt_moved(taken(message, f"r{message.id}"), AttemptState.DELIVERED)


async def test_a_receipt_that_was_matched_is_no_longer_among_the_parked(listening):
    store, connection = listening
    house = House(store)
    message = house.upstream()
    await house.keep(message, kept := house.parked("zz"))
    await house.keep(ReceiptMove(kept.id, ReceiptFate.MATCHED, message.id, 1))
    ((parked,),) = connection.execute(
        "SELECT count(*) FROM receipt INDEXED BY receipt_parked WHERE fate = 1 AND connector > ''"
    ).fetchall()
    assert parked == 30
