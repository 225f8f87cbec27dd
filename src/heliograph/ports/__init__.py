"""The contracts between the rooms: what core needs from a store, a connector, a door and a clock.

Both stores obey `Store`, each in its own SQL; `tests/store/` holds them to one meaning. Calls that may wait are
coroutines even where SQLite answers at once. Nothing here has behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from heliograph.model.account import Account, Credential, DirectoryRows, Endpoint, Sender, StopListed
from heliograph.model.message import Attempt, Kind, Message, MessageId, PartOf, Priority, State
from heliograph.model.money import Entry, Purse
from heliograph.model.outcome import Outcome
from heliograph.model.receipt import Heard, IncomingPart, KeptReceipt, Notice, NoticeResult
from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Guard, Row, Story
from heliograph.ports.alarms import AlarmStore
from heliograph.ports.campaigns import CampaignStore
from heliograph.ports.confirmations import ConfirmationsStore
from heliograph.ports.contacts import ContactStore
from heliograph.ports.exports import ExportStore
from heliograph.ports.history import HistoryStore
from heliograph.ports.links import LinkStore
from heliograph.ports.logins import LoginStore
from heliograph.ports.nodes import NodeStore
from heliograph.ports.rents import RentStore
from heliograph.ports.retention import RetentionStore
from heliograph.ports.senders import SenderStore
from heliograph.ports.subclients import SubclientStore
from heliograph.ports.templates import TemplateStore

Settled = tuple[Attempt, Outcome]
Delivered = tuple[Notice, NoticeResult]
DirectoryChange = Account | Credential | Sender | Endpoint | StopListed | Purse


class StoreFailure(Exception):
    """Nothing of the group was written; the same group may be tried again."""


class Clock(Protocol):
    """Time as an argument. `now` is ms since the epoch UTC and may jump; `monotonic` is seconds and never goes back."""

    def now(self) -> int: ...
    def monotonic(self) -> float: ...


class Recent(NamedTuple):
    """What must be remembered of a message after a restart: for the duplicate rule, and where a part of one went."""

    account_id: int
    dialect: str
    sender: str
    recipient: str
    text: str
    accepted_at: int
    kind: Kind = Kind.TEXT
    data: bytes = b""
    udh: bytes = b""
    part: PartOf | None = None
    connector: str = ""


class Waiting(NamedTuple):
    """How many parts of an account wait in the store (HELD, SCHEDULED, PAUSED, QUEUED)."""

    account_id: int
    parts: int


class Store(Protocol):
    """The queue and the memory of the gateway. Raises `StoreFailure` when it cannot do what was asked."""

    @property
    def place(self) -> str:
        """Where it is, for the operator; never a password."""

    async def open(self) -> None:
        """Take the lock, migrate forwards, make ready."""

    async def close(self) -> None: ...

    # -- writing -------------------------------------------------------------------------------------------------

    def take_ids(self, count: int) -> MessageId | None:
        """Reserve `count` consecutive message ids and return the first; None when none are at hand (answer BUSY)."""

    def take_event_ids(self, count: int) -> int | None:
        """The same from the counter of notices, kept receipts and incoming messages."""

    @property
    def writes_aside(self) -> bool:
        """True if the loop is free while a group is written; False if the loop writes the rows itself."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Held by a task from the moment at which what it writes next would be written at once, to the end of its
        block. Who chooses the rows in there chooses among all that came while others were writing."""

    async def write(self, rows: Sequence[Row], fence: Fence, at: int) -> Mapping[MessageId, Reason]:
        """Commit one group and return the messages it did not take, by id (nearly always none).

        A refused `Message` insert (NO_MONEY, DUPLICATE) leaves nothing. Nor does a `Move` that came too late (BUSY):
        a fenced one whose row is no longer QUEUED, one that would leave an end against `model.message.MOVES` (P5).
        The rest of the group is durable on return: charges and refunds are in the ledger and the purses
        (`model.rows.ledger_lines`). `at` is the clock's ms, for the ledger.
        """

    async def probe(self) -> None:
        """Commit something harmless: the store works again."""

    async def file_shown(self) -> bool:
        """Upkeep: bring a few hundred new messages into the order in which `shown` finds them after a restart; True if
        more wait for it."""

    @property
    def nodes(self) -> NodeStore | None:
        """The other processes that share it; None where one process owns it."""

    # -- rooms of the back office, a contract each ---------------------------------------------------------------

    @property
    def alarms(self) -> AlarmStore: ...

    @property
    def confirmations(self) -> ConfirmationsStore: ...

    @property
    def campaigns(self) -> CampaignStore: ...

    @property
    def contacts(self) -> ContactStore: ...

    @property
    def exports(self) -> ExportStore: ...

    @property
    def templates(self) -> TemplateStore: ...

    @property
    def subclients(self) -> SubclientStore: ...

    @property
    def history(self) -> HistoryStore: ...

    @property
    def links(self) -> LinkStore: ...

    @property
    def logins(self) -> LoginStore: ...

    @property
    def rents(self) -> RentStore: ...

    @property
    def retention(self) -> RetentionStore: ...

    @property
    def senders(self) -> SenderStore: ...

    # -- reading, a bounded number of rows each -----------------------------------------------------------------

    async def messages(self, ids: Sequence[MessageId], account_id: int | None) -> list[Message]:
        """The messages that own any of these part ids (≤ 500); another account's are absent. Without attempts."""

    async def shown(self, account_id: int, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Message]:
        """The newest message of an account under each (recipient, shown id) (≤ 500), by that key; none where there is
        none. `recipient` is the MSISDN, or what the customer wrote where that is no number. A part id of our own
        counts where no shown id does. Messages that a carrier has come with their attempts.
        """

    async def heads(
        self, connector: str, priority: Priority, after: MessageId, limit: int, fence: Fence
    ) -> list[Message]:
        """Fresh QUEUED messages (next_try_at 0) of a connector with id > `after`, in id order. Here and below, of the
        fence's node alone where nodes share the store."""

    async def retries(self, connector: str, now: int, limit: int, fence: Fence) -> list[Message]:
        """QUEUED messages whose next_try_at (> 0) has come, earliest first, with their attempts."""

    async def waited_for(self, fence: Fence) -> list[str]:
        """The names of the connectors that QUEUED messages wait for; where nodes share the store, the fence's node's
        and nobody's."""

    async def unreported(
        self, route_id: str, now: int, after: tuple[int, MessageId], limit: int, fence: Fence
    ) -> list[Message]:
        """SENDING messages of a route whose next_try_at (> 0) has come and is, with the id, above `after`: earliest
        first, with their attempts."""

    async def scheduled(self, now: int, limit: int) -> list[Message]:
        """SCHEDULED messages whose due_at has come."""

    async def overdue(self, now: int, limit: int) -> list[Message]:
        """SCHEDULED, PAUSED and QUEUED messages whose expires_at has come, with their attempts."""

    async def held(self, after: MessageId, limit: int, fence: Fence) -> list[Message]:
        """HELD messages with id > `after`, in id order: parts that wait for each other."""

    async def all_messages(self, after: MessageId, limit: int) -> list[Message]:
        """Messages of every account and state with id > `after`, in id order, without attempts: for who looks them
        all through."""

    async def silent(self, expired_before: int, limit: int) -> list[Message]:
        """SENDING and IN_DOUBT messages whose expires_at lies before, with their attempts."""

    async def with_attempts(self, ids: Sequence[MessageId]) -> list[Message]:
        """The messages with exactly these ids, in order of id, with their attempts."""

    async def undecided(self, after: MessageId, limit: int, fence: Fence) -> list[Message]:
        """SENDING or IN_DOUBT messages of which a part has no answered attempt, with their attempts: after a crash
        these are in doubt."""

    async def attempts_awaiting(self, keys: Sequence[tuple[str, str]]) -> list[Attempt]:
        """Attempts by (connector, upstream id), newest first per key; each with its message and all its attempts."""

    async def parked(self, keys: Sequence[tuple[str, str]]) -> list[KeptReceipt]:
        """PARKED receipts by (connector, upstream id)."""

    async def parked_with_attempt(self, limit: int) -> list[KeptReceipt]:
        """PARKED receipts for which an attempt exists by now."""

    async def incoming_parts(self, after: int, limit: int) -> list[tuple[IncomingPart, int]]:
        """Parts of messages from handsets with id > `after`, in id order, each with the incoming message it went
        into, 0 while it waits for others."""

    async def notice_targets(self, now: int) -> list[str]:
        """Targets that have WAITING notices due."""

    async def notices(self, target: str, after: int, now: int, limit: int, known: Collection[int] = ()) -> list[Notice]:
        """WAITING notices of a target that are due, id > `after`, in id order, each with its message or incoming; but
        of those that are `known` neither is read."""

    async def notices_given_up(self, account_id: int, after: int, limit: int) -> list[Notice]:
        """GIVEN_UP notices of an account, id > `after`, in id order, each with its message or incoming."""

    async def recent(self, since: int) -> list[Recent]:
        """Messages accepted since, for the duplicate rule."""

    async def newest_to(self, connector: str | None, recipient: str, sender: str | None, since: int) -> Message | None:
        """The newest message to `recipient` (over `connector`, from `sender` where given): whom an MO answers."""

    async def guard(self, account_id: int, key: str, now: int) -> Guard | None:
        """An idempotency key still in use."""

    async def prune_guards(self, now: int, limit: int) -> int:
        """Drop up to `limit` keys that are not in use any more. How many."""

    async def waiting(self) -> list[Waiting]:
        """What waits, per account."""

    async def purses(self) -> list[Purse]: ...

    async def story(self, message_id: MessageId) -> Story | None:
        """Everything about the message that owns this part id."""

    async def entries(self, purse: int, before: int, limit: int) -> list[tuple[int, Entry]]:
        """Ledger lines of a purse with their ids, newest first, id < `before` (0 = from the newest)."""

    async def census(self) -> dict[State, int]:
        """How many messages there are in each state; looks at all of them, off the loop."""

    async def check(self) -> list[str]:
        """Compare ledger, purses and message rows; each sentence returned is a fault, [] is sound."""

    # -- the directory ------------------------------------------------------------------------------------------

    async def directory(self) -> DirectoryRows: ...

    async def stop_listed(self, account_id: int, recipient: str) -> StopListed | None:
        """The entry of a recipient on an account's own stop list, with its id."""

    async def stop_list(self, account_id: int, after: int, limit: int) -> list[StopListed]:
        """Entries of an account's own stop list with id > `after`, in order of id."""

    async def change_directory(self, changes: Sequence[DirectoryChange], author: str, at: int) -> int:
        """Insert or replace by id (0 = new), note each with author and old value; returns the new revision.

        A `Purse` is created here with balance 0; money moves only by `Entry` rows. Ids given to new rows are read
        back with `directory()`.
        """

    async def remove_from_directory(self, row: DirectoryChange, author: str, at: int) -> int:
        """Remove a credential, sender, endpoint or stop-list row; returns the new revision."""

    async def keep_document(self, name: str, body: str, author: str, at: int) -> int:
        """Keep the text of routes, tariffs or numbering plan under a new revision, unless it is the newest already."""

    async def document(self, name: str, revision: int) -> str | None:
        """The text that was in force at `revision`."""


class Lift(Protocol):
    """What core offers a connector: the way up. None of these raises or waits."""

    def settled(self, outcomes: list[Settled]) -> None:
        """Each attempt's outcome, exactly once, in any order and grouping; `Taken` may follow `InDoubt` where a carrier
        answers after all."""

    def received(self, events: Sequence[Heard], then: Callable[[bool], None]) -> None:
        """Receipts, incoming messages and parts of such; `then(True)` once they are durable, `then(False)` if they were
        not kept."""

    def ready(self, connector: str) -> None:
        """There is room again, or the connection came or went."""


class Connector(Protocol):
    """A way to carriers. `kind`, `name` for the trace; lists only, nothing waits."""

    name: str

    @property
    def free(self) -> int:
        """How many parts it can take now; 0 when not connected."""

    @property
    def connected(self) -> bool: ...

    @property
    def under_way(self) -> int:
        """Parts handed over whose outcome has not come back."""

    async def start(self, lift: Lift) -> None: ...

    def send(self, attempts: list[Attempt]) -> None:
        """Hand over at once; the outcomes come back through `Lift.settled`."""

    async def stop(self, grace_s: float) -> None:
        """Stop sending, wait for answers up to `grace_s`, report the rest as InDoubt or not sent."""


class Notifier(Protocol):
    """The half of a door that brings notices home. One per scheme of target (`endpoint`, `smpp`, `handler`)."""

    def notify(self, notices: list[Notice], settled: Callable[[list[Delivered]], None]) -> None:
        """Try each once; results come back through `settled`, in any order and grouping."""

    def window(self, target: str) -> int:
        """How many notices may be under way to this target now; 0 while it cannot be reached."""


class Door(Protocol):
    """Something customers come in by."""

    name: str

    async def start(self) -> None: ...

    async def stop(self, grace_s: float) -> None: ...
