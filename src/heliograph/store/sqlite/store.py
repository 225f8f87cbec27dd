"""`ports.Store` on SQLite: a table of contents. What each method does stands in the module of its noun.

Writing goes through `Database.group`, reading through `Database.reader`; both are done in the loop's thread, in a
bounded number of rows. Node and epoch are written and not checked: one process owns the file (decisions.md 8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import apsw

from heliograph.model.account import DirectoryRows, StopListed
from heliograph.model.message import Attempt, Message, MessageId, Priority, State
from heliograph.model.money import Entry, Purse
from heliograph.model.receipt import IncomingPart, KeptReceipt, Notice
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Guard, Row, Story
from heliograph.ports import DirectoryChange, Recent, StoreFailure, Waiting
from heliograph.ports.nodes import NodeStore
from heliograph.store import StoreError
from heliograph.store.group import Verdict, sort
from heliograph.store.sqlite import (
    attempts,
    check,
    directory,
    figures,
    group,
    guards,
    incoming,
    messages,
    money,
    notices,
    queue,
    receipts,
)
from heliograph.store.sqlite.alarms import SqliteAlarms
from heliograph.store.sqlite.campaigns import SqliteCampaigns
from heliograph.store.sqlite.confirmations import SqliteConfirmations
from heliograph.store.sqlite.contacts import SqliteContacts
from heliograph.store.sqlite.counters import EVENT_IDS, MESSAGE_IDS, Counter
from heliograph.store.sqlite.database import Connect, Database
from heliograph.store.sqlite.exports import SqliteExports
from heliograph.store.sqlite.history import SqliteHistory
from heliograph.store.sqlite.links import SqliteLinks
from heliograph.store.sqlite.logins import SqliteLogins
from heliograph.store.sqlite.recipients import Recipients
from heliograph.store.sqlite.rents import SqliteRents
from heliograph.store.sqlite.retention import SqliteRetention
from heliograph.store.sqlite.senders import SqliteSenders
from heliograph.store.sqlite.shown import Shown
from heliograph.store.sqlite.subclients import SqliteSubclients
from heliograph.store.sqlite.templates import SqliteTemplates

RECENT_IDS = 500_000
"""How many of the newest ids `recent` looks at: as many as the duplicate rule keeps (decisions.md 14)."""
NEWEST_TO = 50_000
"""Among how many of the newest messages `newest_to` finds one."""
PARKED_PAGE = 2_000
"""How many parked receipts one `parked_with_attempt` looks at."""


class SqliteStore:
    """One database file, or none (`path` None: in memory, gone with the process).

    `connect` is the class of the writing connection; tests give one that fails.
    """

    def __init__(self, path: Path | None, *, connect: Connect = apsw.Connection) -> None:
        self._database = Database(path, connect)
        self._message_ids = Counter("message", MESSAGE_IDS)
        self._event_ids = Counter("event", EVENT_IDS)
        self._recipients = Recipients(NEWEST_TO)
        self._shown = Shown()
        self._parked = receipts.ParkedSweep(PARKED_PAGE)
        self._raising: asyncio.Task[None] | None = None
        self.alarms = SqliteAlarms(self._database)
        self.confirmations = SqliteConfirmations(self._database)
        self.rents = SqliteRents(self._database)
        self.retention = SqliteRetention(self._database)
        self.links = SqliteLinks(self._database)
        self.logins = SqliteLogins(self._database)
        self.history = SqliteHistory(self._database)
        self.exports = SqliteExports(self._database)
        self.senders = SqliteSenders(self._database)
        self.contacts = SqliteContacts(self._database)
        self.templates = SqliteTemplates(self._database)
        self.campaigns = SqliteCampaigns(self._database)
        self.subclients = SqliteSubclients(self._database)
        self.place = "memory" if path is None else str(path)
        self.nodes: NodeStore | None = None

    async def open(self) -> None:
        self._database.open()
        try:
            figures.fill(self._database.writer)
            self._message_ids.load(self._database.writer)
            self._event_ids.load(self._database.writer)
            self._shown.open(self._database.reader)
            await self.probe()
        except BaseException as error:
            await self._database.close()
            if isinstance(error, StoreFailure):
                raise StoreError(f"the store {error}; free disk, and see that nobody else uses the file") from error
            raise

    async def close(self) -> None:
        """Write the counters exactly and close; closing twice, or before opening, is allowed."""
        if self._raising is not None:
            await asyncio.wait([self._raising])
        if self._database.is_open:
            try:
                async with self._database.group() as database:
                    self._message_ids.close_in(database)
                    self._event_ids.close_in(database)
            except StoreFailure:
                pass  # then the next start skips a block of ids, as after a crash
            finally:
                await self._database.close()

    # -- writing ---------------------------------------------------------------------------------------------------

    def take_ids(self, count: int) -> MessageId | None:
        return self._take(self._message_ids, count)

    def take_event_ids(self, count: int) -> int | None:
        return self._take(self._event_ids, count)

    def _take(self, counter: Counter, count: int) -> int | None:
        first = counter.take(count)
        if first is None and (self._raising is None or self._raising.done()):
            self._raising = asyncio.get_running_loop().create_task(self._raise_counters(), name="store-ids")
        return first

    async def _raise_counters(self) -> None:
        """Groups raise the counters; when none comes because no ids are at hand, we do."""
        try:
            await self.probe()
        except StoreFailure:
            return

    @property
    def writes_aside(self) -> bool:
        return False

    def turn(self) -> AbstractAsyncContextManager[object]:
        return self._database.turn

    async def write(self, rows: Sequence[Row], fence: Fence, at: int) -> Mapping[MessageId, Reason]:
        sorted_rows = sort(rows)
        try:
            async with self._database.group() as database:
                group.write(database, sorted_rows, fence, at)
                self._shown.write_in(database, sorted_rows.messages)
                self._raise_in(database)
            verdict: Verdict = {}
        except group.LostRow:
            async with self._database.group() as database:
                verdict = group.write_looking(database, sorted_rows, fence, at)
                self._shown.write_in(database, sorted_rows.messages)
                self._raise_in(database)
        self._raised()
        self._recipients.written(sorted_rows.messages)
        self._shown.written(sorted_rows.messages)
        return verdict

    async def probe(self) -> None:
        async with self._database.group() as database:
            database.execute("UPDATE counter SET value = value")
            self._raise_in(database)
        self._raised()

    async def file_shown(self) -> bool:
        """Put a batch of shown ids where they are found after a restart."""
        self._shown.load(self._database.reader)
        if not self._shown.is_due:
            return False
        async with self._database.group() as database:
            batch = self._shown.file_in(database)
        self._shown.filed(batch)
        return self._shown.is_due

    def _raise_in(self, database: apsw.Connection) -> None:
        self._message_ids.raise_in(database)
        self._event_ids.raise_in(database)

    def _raised(self) -> None:
        self._message_ids.committed()
        self._event_ids.committed()

    # -- reading ---------------------------------------------------------------------------------------------------

    async def messages(self, ids: Sequence[MessageId], account_id: int | None) -> list[Message]:
        return messages.owning(self._database.reader, ids, account_id)

    async def shown(self, account_id: int, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Message]:
        return self._shown.find(self._database.reader, account_id, keys)

    async def heads(
        self, connector: str, priority: Priority, after: MessageId, limit: int, fence: Fence
    ) -> list[Message]:
        return messages.select(self._database.reader, queue.HEADS, connector, int(priority), after, limit)

    async def retries(self, connector: str, now: int, limit: int, fence: Fence) -> list[Message]:
        return self._with_attempts(queue.RETRIES, connector, now, limit)

    async def waited_for(self, fence: Fence) -> list[str]:
        return [row[0] for row in self._database.reader.rows(queue.WAITED_FOR)]

    async def unreported(
        self, route_id: str, now: int, after: tuple[int, MessageId], limit: int, fence: Fence
    ) -> list[Message]:
        return self._with_attempts(queue.UNREPORTED, route_id, now, *after, limit)

    async def scheduled(self, now: int, limit: int) -> list[Message]:
        return messages.select(self._database.reader, queue.SCHEDULED, now, limit)

    async def overdue(self, now: int, limit: int) -> list[Message]:
        return self._with_attempts(queue.OVERDUE, now, limit)

    async def held(self, after: MessageId, limit: int, fence: Fence) -> list[Message]:
        return messages.select(self._database.reader, queue.HELD, after, limit)

    async def all_messages(self, after: MessageId, limit: int) -> list[Message]:
        return messages.select(self._database.reader, queue.ALL, after, limit)

    async def silent(self, expired_before: int, limit: int) -> list[Message]:
        return self._with_attempts(queue.SILENT, expired_before, limit)

    async def with_attempts(self, ids: Sequence[MessageId]) -> list[Message]:
        found = messages.by_ids(self._database.reader, ids)
        attempts.load(self._database.reader, found.values())
        return [found[one] for one in sorted(found)]

    async def undecided(self, after: MessageId, limit: int, fence: Fence) -> list[Message]:
        return self._with_attempts(queue.UNDECIDED, after, limit)

    def _with_attempts(self, sql: str, *values: int | str) -> list[Message]:
        reader = self._database.reader
        found = messages.select(reader, sql, *values)
        attempts.load(reader, found)
        return found

    async def attempts_awaiting(self, keys: Sequence[tuple[str, str]]) -> list[Attempt]:
        return attempts.awaiting(self._database.reader, keys)

    async def parked(self, keys: Sequence[tuple[str, str]]) -> list[KeptReceipt]:
        return receipts.parked(self._database.reader, keys)

    async def parked_with_attempt(self, limit: int) -> list[KeptReceipt]:
        """Looks at the next `PARKED_PAGE` parked receipts at each call, round and round."""
        return self._parked.step(self._database.reader, limit)

    async def incoming_parts(self, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
        return incoming.parts(self._database.reader, after, limit)

    async def notice_targets(self, now: int) -> list[str]:
        return notices.targets(self._database.reader, now)

    async def notices(self, target: str, after: int, now: int, limit: int, known: Collection[int] = ()) -> list[Notice]:
        return notices.due(self._database.reader, target, after, now, limit, known)

    async def notices_given_up(self, account_id: int, after: int, limit: int) -> list[Notice]:
        return notices.given_up(self._database.reader, account_id, after, limit)

    async def recent(self, since: int) -> list[Recent]:
        """Among the newest `RECENT_IDS` ids."""
        return queue.recent(self._database.reader, since, RECENT_IDS)

    async def newest_to(self, connector: str | None, recipient: str, sender: str | None, since: int) -> Message | None:
        """Among the newest `NEWEST_TO` messages."""
        return self._recipients.newest_to(self._database.reader, recipient, connector, sender, since)

    async def guard(self, account_id: int, key: str, now: int) -> Guard | None:
        return guards.find(self._database.reader, account_id, key, now)

    async def prune_guards(self, now: int, limit: int) -> int:
        if self._database.reader.first(guards.ANY_OVER, (now,)) is None:
            return 0
        async with self._database.group() as database:
            database.execute(guards.PRUNE, (now, limit))
            return database.changes()

    async def waiting(self) -> list[Waiting]:
        return queue.waiting(self._database.reader)

    async def purses(self) -> list[Purse]:
        return money.purses(self._database.reader)

    async def story(self, message_id: MessageId) -> Story | None:
        reader = self._database.reader
        for message in messages.owning(reader, [message_id], None):
            attempts.load(reader, [message])
            return Story(
                message,
                list(message.attempts),
                receipts.of_message(reader, message.id),
                notices.of_message(reader, message),
                money.entries_covering(reader, message),
            )
        return None

    async def entries(self, purse: int, before: int, limit: int) -> list[tuple[int, Entry]]:
        return money.entries_of(self._database.reader, purse, before, limit)

    async def census(self) -> dict[State, int]:
        """SENDING with all its parts taken counts as SENDING: that is how it is written."""
        rows = await self._database.aside(lambda reader: reader.rows(queue.CENSUS))
        return {State(state): count for state, count in rows}

    async def check(self) -> list[str]:
        """In a thread of its own: it reads everything."""
        return await self._database.aside(check.faults)

    # -- the directory ---------------------------------------------------------------------------------------------

    async def directory(self) -> DirectoryRows:
        return directory.load(self._database.reader)

    async def stop_listed(self, account_id: int, recipient: str) -> StopListed | None:
        return directory.stop_listed(self._database.reader, account_id, recipient)

    async def stop_list(self, account_id: int, after: int, limit: int) -> list[StopListed]:
        return directory.stop_list_page(self._database.reader, account_id, after, limit)

    async def change_directory(self, changes: Sequence[DirectoryChange], author: str, at: int) -> int:
        async with self._database.group() as database:
            return directory.change(database, changes, author, at)

    async def remove_from_directory(self, row: DirectoryChange, author: str, at: int) -> int:
        async with self._database.group() as database:
            return directory.remove(database, row, author, at)

    async def keep_document(self, name: str, body: str, author: str, at: int) -> int:
        async with self._database.group() as database:
            return directory.keep_document(database, name, body, author, at)

    async def document(self, name: str, revision: int) -> str | None:
        return directory.document(self._database.reader, name, revision)
