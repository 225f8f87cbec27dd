"""`ports.Store` on PostgreSQL: a table of contents. What each method does stands in the module of its noun.

Writing goes through `Database.group`, reading through `Database.reading`, so nothing here ever holds the loop. What a
group says it did is what is committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress

from heliograph.model.account import DirectoryRows, StopListed
from heliograph.model.message import Attempt, Message, MessageId, Priority, State
from heliograph.model.money import Entry, Purse
from heliograph.model.receipt import IncomingPart, KeptReceipt, Notice
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Guard, Row, Story
from heliograph.ports import DirectoryChange, Recent, StoreFailure, Waiting
from heliograph.store.group import Group, sort
from heliograph.store.postgres import (
    at_once,
    attempts,
    check,
    directory,
    figures,
    group,
    guards,
    history,
    incoming,
    messages,
    money,
    notices,
    queue,
    receipts,
    shown,
)
from heliograph.store.postgres.alarms import PostgresAlarms
from heliograph.store.postgres.campaigns import PostgresCampaigns
from heliograph.store.postgres.confirmations import PostgresConfirmations
from heliograph.store.postgres.contacts import PostgresContacts
from heliograph.store.postgres.counters import EVENT_IDS, MESSAGE_IDS, Counter
from heliograph.store.postgres.database import Database, LostCommit
from heliograph.store.postgres.doubts import Doubts
from heliograph.store.postgres.exports import PostgresExports
from heliograph.store.postgres.history import PostgresHistory
from heliograph.store.postgres.links import PostgresLinks
from heliograph.store.postgres.logins import PostgresLogins
from heliograph.store.postgres.nodes import PostgresNodes
from heliograph.store.postgres.rents import PostgresRents
from heliograph.store.postgres.retention import PostgresRetention
from heliograph.store.postgres.senders import PostgresSenders
from heliograph.store.postgres.statements import Connection, NotWhole, Together
from heliograph.store.postgres.subclients import PostgresSubclients
from heliograph.store.postgres.templates import PostgresTemplates

RECENT_IDS = 500_000
"""How many of the newest ids `recent` looks at: as many as the duplicate rule keeps (decisions.md 14)."""
PARKED_PAGE = 2_000
"""How many parked receipts one `parked_with_attempt` looks at."""


class PostgresStore:
    """One database, or one schema of it: `postgresql://user@host:port/database?search_path=schema`. The password
    stands in `password`, or where libpq looks for one."""

    def __init__(self, url: str, password: str = "") -> None:
        self._database = Database(url, password)
        self._message_ids = Counter("message", MESSAGE_IDS)
        self._event_ids = Counter("event", EVENT_IDS)
        self._parked = receipts.ParkedSweep(PARKED_PAGE)
        self._doubts = Doubts(self._database)
        self._raising: asyncio.Task[None] | None = None
        self.place = self._database.place
        self.alarms = PostgresAlarms(self._database)
        self.campaigns = PostgresCampaigns(self._database)
        self.confirmations = PostgresConfirmations(self._database)
        self.contacts = PostgresContacts(self._database)
        self.subclients = PostgresSubclients(self._database)
        self.history = PostgresHistory(self._database)
        self.exports = PostgresExports(self._database)
        self.links = PostgresLinks(self._database)
        self.logins = PostgresLogins(self._database)
        self.rents = PostgresRents(self._database)
        self.retention = PostgresRetention(self._database)
        self.senders = PostgresSenders(self._database)
        self.templates = PostgresTemplates(self._database)
        self.nodes = PostgresNodes(self._database)

    async def open(self) -> None:
        await self._database.open()
        try:
            await figures.fill(self._database)
            await self.probe()
        except BaseException:
            await self._database.close()
            raise

    async def close(self) -> None:
        """Give back the ids that are left and close; closing twice, or before opening, is allowed."""
        if self._raising is not None:
            await asyncio.wait([self._raising])
        await self.nodes.close()
        if self._database.is_open:
            try:
                async with self._database.group() as database:
                    await self._message_ids.close_in(database)
                    await self._event_ids.close_in(database)
            except StoreFailure:
                pass  # then a block of ids is skipped, as after a crash
            finally:
                await self._database.close()

    # -- writing ---------------------------------------------------------------------------------------------------

    def take_ids(self, count: int) -> MessageId | None:
        return self._take(self._message_ids, count)

    def take_event_ids(self, count: int) -> int | None:
        return self._take(self._event_ids, count)

    def _take(self, counter: Counter, count: int) -> int | None:
        first = counter.take(count)
        if first is None and self._database.is_open and (self._raising is None or self._raising.done()):
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
        return True

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Others write on connections of their own."""
        return nullcontext()

    async def write(self, rows: Sequence[Row], fence: Fence, at: int) -> Mapping[MessageId, Reason]:
        await self._doubts.settle(fence, at)
        sorted_rows = sort(self._doubts.rows_of(rows))
        try:
            verdict = await self._write(sorted_rows, fence, at)
        except LostCommit as lost:
            self._doubts.add(lost.group, rows)
            raise
        self._doubts.written(rows)
        self._raised()
        return verdict

    async def _write(self, rows: Group, fence: Fence, at: int) -> Mapping[MessageId, Reason]:
        try:
            if at_once.is_common(rows):
                with suppress(NotWhole):
                    await self._write_at_once(at_once.turns(rows, fence, at))
                    return {}
            async with self._database.group() as database:
                await self._raise_in(database)
                return await group.write(database, rows, fence, at)
        except money.NoMoney:
            async with self._database.group() as database:
                await self._raise_in(database)
                return await group.write_while_there_is_money(database, rows, fence, at)

    async def _write_at_once(self, turns: Sequence[Together]) -> None:
        if len(turns) == 1 and self._database.fence is not None and not self._ids_are_due:
            await self._database.in_one_turn(turns[0])
            return
        async with self._database.group(is_together=True) as database:
            await self._raise_in(database)
            for turn in turns:
                await self._database.together(database, turn)

    @property
    def _ids_are_due(self) -> bool:
        return self._message_ids.is_due or self._event_ids.is_due

    async def probe(self) -> None:
        async with self._database.group() as database:
            await database.execute("UPDATE counter SET value = value WHERE name = 'event'")
            await self._raise_in(database)
        self._raised()

    async def file_shown(self) -> bool:
        """Nothing to do: an index has them at once."""
        return False

    async def _raise_in(self, database: Connection) -> None:
        await self._message_ids.raise_in(database)
        await self._event_ids.raise_in(database)

    def _raised(self) -> None:
        self._message_ids.committed()
        self._event_ids.committed()

    # -- reading ---------------------------------------------------------------------------------------------------

    async def messages(self, ids: Sequence[MessageId], account_id: int | None) -> list[Message]:
        async with self._database.reading() as reader:
            return await messages.owning(reader, ids, account_id)

    async def shown(self, account_id: int, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Message]:
        async with self._database.reading(of_one_moment=True) as reader:
            return await shown.find(reader, account_id, keys)

    async def heads(
        self, connector: str, priority: Priority, after: MessageId, limit: int, fence: Fence
    ) -> list[Message]:
        async with self._database.reading() as reader:
            return await messages.select(reader, queue.HEADS, connector, int(priority), after, limit, fence.node)

    async def retries(self, connector: str, now: int, limit: int, fence: Fence) -> list[Message]:
        return await self._with_attempts(queue.RETRIES, connector, now, limit, fence.node)

    async def waited_for(self, fence: Fence) -> list[str]:
        return [row[0] for row in await self._database.rows(queue.WAITED_FOR, fence.node)]

    async def unreported(
        self, route_id: str, now: int, after: tuple[int, MessageId], limit: int, fence: Fence
    ) -> list[Message]:
        return await self._with_attempts(queue.UNREPORTED, route_id, now, *after, limit, fence.node)

    async def scheduled(self, now: int, limit: int) -> list[Message]:
        async with self._database.reading() as reader:
            return await messages.select(reader, queue.SCHEDULED, now, limit)

    async def overdue(self, now: int, limit: int) -> list[Message]:
        return await self._with_attempts(queue.OVERDUE, now, limit)

    async def held(self, after: MessageId, limit: int, fence: Fence) -> list[Message]:
        async with self._database.reading() as reader:
            return await messages.select(reader, queue.HELD, after, limit, fence.node)

    async def all_messages(self, after: MessageId, limit: int) -> list[Message]:
        async with self._database.reading() as reader:
            return await messages.select(reader, queue.ALL, after, limit)

    async def silent(self, expired_before: int, limit: int) -> list[Message]:
        return await self._with_attempts(queue.SILENT, expired_before, limit)

    async def with_attempts(self, ids: Sequence[MessageId]) -> list[Message]:
        async with self._database.reading(of_one_moment=True) as reader:
            found = await messages.by_ids(reader, ids)
            await attempts.load(reader, found.values())
            return [found[one] for one in sorted(found)]

    async def undecided(self, after: MessageId, limit: int, fence: Fence) -> list[Message]:
        return await self._with_attempts(queue.UNDECIDED, after, limit, fence.node)

    async def _with_attempts(self, sql: str, *values: int | str) -> list[Message]:
        async with self._database.reading(of_one_moment=True) as reader:
            found = await messages.select(reader, sql, *values)
            await attempts.load(reader, found)
            return found

    async def attempts_awaiting(self, keys: Sequence[tuple[str, str]]) -> list[Attempt]:
        async with self._database.reading(of_one_moment=True) as reader:
            return await attempts.awaiting(reader, keys)

    async def parked(self, keys: Sequence[tuple[str, str]]) -> list[KeptReceipt]:
        async with self._database.reading() as reader:
            return await receipts.parked(reader, keys)

    async def parked_with_attempt(self, limit: int) -> list[KeptReceipt]:
        """Looks at the next `PARKED_PAGE` parked receipts at each call, round and round."""
        async with self._database.reading() as reader:
            return await self._parked.step(reader, limit)

    async def incoming_parts(self, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
        async with self._database.reading() as reader:
            return await incoming.parts(reader, after, limit)

    async def notice_targets(self, now: int) -> list[str]:
        async with self._database.reading() as reader:
            return await notices.targets(reader, now)

    async def notices(self, target: str, after: int, now: int, limit: int, known: Collection[int] = ()) -> list[Notice]:
        async with self._database.reading(of_one_moment=True) as reader:
            return await notices.due(reader, target, after, now, limit, known)

    async def notices_given_up(self, account_id: int, after: int, limit: int) -> list[Notice]:
        async with self._database.reading(of_one_moment=True) as reader:
            return await notices.given_up(reader, account_id, after, limit)

    async def recent(self, since: int) -> list[Recent]:
        """Among the newest `RECENT_IDS` ids."""
        async with self._database.reading(of_one_moment=True) as reader:
            return await queue.recent(reader, since, RECENT_IDS)

    async def newest_to(self, connector: str | None, recipient: str, sender: str | None, since: int) -> Message | None:
        """Among the two million newest ids."""
        async with self._database.reading() as reader:
            return await history.newest_to(reader, recipient, connector, sender, since)

    async def guard(self, account_id: int, key: str, now: int) -> Guard | None:
        async with self._database.reading() as reader:
            return await guards.find(reader, account_id, key, now)

    async def prune_guards(self, now: int, limit: int) -> int:
        return await self.nodes.prune_guards(now, limit)

    async def waiting(self) -> list[Waiting]:
        async with self._database.aside() as reader:
            return await queue.waiting(reader)

    async def purses(self) -> list[Purse]:
        async with self._database.reading() as reader:
            return await money.purses(reader)

    async def story(self, message_id: MessageId) -> Story | None:
        async with self._database.reading(of_one_moment=True) as reader:
            for message in await messages.owning(reader, [message_id], None):
                await attempts.load(reader, [message])
                return Story(
                    message,
                    list(message.attempts),
                    await receipts.of_message(reader, message.id),
                    await notices.of_message(reader, message),
                    await money.entries_covering(reader, message),
                )
        return None

    async def entries(self, purse: int, before: int, limit: int) -> list[tuple[int, Entry]]:
        async with self._database.reading() as reader:
            return await money.entries_of(reader, purse, before, limit)

    async def census(self) -> dict[State, int]:
        """SENDING with all its parts taken counts as SENDING: that is how it is written."""
        async with self._database.aside() as reader:
            return {State(state): count for state, count in await reader.rows(queue.CENSUS)}

    async def check(self) -> list[str]:
        """On a connection of its own: it reads everything."""
        async with self._database.aside() as reader:
            return await check.faults(reader)

    # -- the directory ---------------------------------------------------------------------------------------------

    async def directory(self) -> DirectoryRows:
        async with self._database.reading(of_one_moment=True) as reader:
            return await directory.load(reader)

    async def stop_listed(self, account_id: int, recipient: str) -> StopListed | None:
        async with self._database.reading() as reader:
            return await directory.stop_listed(reader, account_id, recipient)

    async def stop_list(self, account_id: int, after: int, limit: int) -> list[StopListed]:
        async with self._database.reading() as reader:
            return await directory.stop_list_page(reader, account_id, after, limit)

    async def change_directory(self, changes: Sequence[DirectoryChange], author: str, at: int) -> int:
        async with self._database.group() as database:
            revision = await directory.change(database, changes, author, at)
        self.nodes.changed()
        return revision

    async def remove_from_directory(self, row: DirectoryChange, author: str, at: int) -> int:
        async with self._database.group() as database:
            revision = await directory.remove(database, row, author, at)
        self.nodes.changed()
        return revision

    async def keep_document(self, name: str, body: str, author: str, at: int) -> int:
        async with self._database.group() as database:
            return await directory.keep_document(database, name, body, author, at)

    async def document(self, name: str, revision: int) -> str | None:
        async with self._database.reading() as reader:
            return await directory.document(reader, name, revision)
