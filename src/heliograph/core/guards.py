"""Two guards against the same thing happening twice: the dialects' duplicate rule, and idempotency keys.

The duplicate rule lives in memory on SQLite and is filled at start from the store's last two minutes; an idempotency
key is a row of the store, written in the group of its messages (decisions.md 14). Only accepted items count, so both
work by reservation: whoever comes second while the first is not decided never slips through. Texts are not kept,
only keyed digests of them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NewType

from heliograph.model.message import MessageId, Submission
from heliograph.model.refusal import Reason
from heliograph.model.rows import Guard
from heliograph.ports import Recent, Store

DuplicateKey = NewType("DuplicateKey", int)
"""A reservation of the duplicate rule; to be confirmed or released, once."""

GENERATION_MS = 10_000
REMEMBERED_MS = 120_000
"""How far back the duplicate rule looks at least: SMS Club's window (smsclub.md 2.6)."""

FAMILIES = frozenset({"smsclub"})
"""Providers who count a message by whichever of their tongues it came (smsclub.md 2.6); elsewhere each counts alone."""

SHARDS = 64
MANY = 2_000
"""Old keys freed in one go when a generation begins: about half a millisecond."""
_RESERVED = 2**62
"""Stands where the time of acceptance will stand: later than any `now`, so a reservation counts as a duplicate."""

SHARED_BYTES = 16
"""Of the digest nodes know a message by: two different ones of a window share one never."""

KEY_KEPT_MS = 24 * 3_600_000
"""How long an idempotency key answers."""


def scope_of(dialect: str) -> str:
    """Where the duplicate rule looks for what came in a dialect: `smsclub_json` and `smsclub_gate` are one place."""
    family = dialect.partition("_")[0]
    return family if family in FAMILIES else dialect


class Duplicates:
    """Remembers what was accepted, per (scope, account, sender, recipient, text), for the scope's window.

    Times are ms since the epoch. Keys lie in shards, because one dictionary of half a million stops the loop for
    40 ms when it grows; generations of ten seconds say which of them are old. If the wall clock is set back, what is
    remembered moves with it, so no window grows (R24).
    """

    def __init__(self, max_keys: int = 500_000) -> None:
        self._max_keys = max_keys
        self._salt = secrets.token_hex(16)
        self._shards: tuple[dict[int, int], ...] = tuple({} for _ in range(SHARDS))
        self._generations: dict[int, list[int]] = {}
        self._old: list[int] = []
        self._count = 0
        self._remembered_ms = REMEMBERED_MS
        self._generation = 0
        self.is_shared = False
        """Other nodes accept, too, or did a while ago: what is remembered here is not all, rows decide."""

    def __len__(self) -> int:
        """How many keys are held: reserved, remembered, or old and not yet freed."""
        return self._count

    def reserve(
        self, scope: str, account_id: int, sender: str, recipient: str, text: str, window_s: int, now_ms: int
    ) -> DuplicateKey | Reason:
        """Reserve the right to send this.

        DUPLICATE if the same was accepted less than `window_s` ago or is being decided; BUSY if there are more keys
        than the mark allows: nothing is ever let through unchecked. `scope` is the dialect's (`scope_of`); `text`
        stands for the content: of a binary message pass its data as hex.
        """
        window_ms = window_s * 1000
        if now_ms // GENERATION_MS != self._generation or window_ms > self._remembered_ms:
            self._turn(now_ms, window_ms)
        if self._old:
            self._free(4, now_ms)
        digest = self._digest(scope, account_id, sender, recipient, text)
        shard = self._shards[digest % SHARDS]
        accepted_at = shard.get(digest)
        if accepted_at is None:
            if self._count >= self._max_keys and not self._free(MANY, now_ms):
                return Reason.BUSY
            self._count += 1
        elif now_ms - accepted_at < window_ms:
            return Reason.DUPLICATE
        shard[digest] = _RESERVED
        return DuplicateKey(digest)

    def confirm(self, key: DuplicateKey, accepted_at: int) -> None:
        """The item was accepted at `accepted_at`: from then on its window runs."""
        self._shards[key % SHARDS][key] = accepted_at
        self._note(key, accepted_at)

    def release(self, key: DuplicateKey) -> None:
        """The item was refused or its group failed: it does not count."""
        if self._shards[key % SHARDS].pop(key, None) is not None:
            self._count -= 1

    def load(self, recent: Iterable[Recent], now_ms: int, scope_of: Callable[[str], str] = scope_of) -> None:
        """Remember what the store says was accepted of late; `scope_of` turns a message's dialect into its scope."""
        self._turn(now_ms, REMEMBERED_MS)
        scopes: dict[str, str] = {}
        number, generation = -1, []
        for account_id, dialect, sender, recipient, text, accepted_at, *_ in recent:
            scope = scopes.get(dialect)
            if scope is None:
                scope = scopes[dialect] = scope_of(dialect)
            digest = self._digest(scope, account_id, sender, recipient, text)
            if accepted_at > now_ms:
                accepted_at = now_ms
            shard = self._shards[digest % SHARDS]
            self._count += digest not in shard
            shard[digest] = accepted_at
            if accepted_at // GENERATION_MS != number:
                number = accepted_at // GENERATION_MS
                generation = self._generations.setdefault(number, [])
            generation.append(digest)

    def _digest(self, scope: str, account_id: int, sender: str, recipient: str, text: str) -> int:
        """64 bits, by Python's own keyed hash of texts (SipHash) and a salt of ours: two different messages of half a
        million share one once in 10¹³ times, and nobody can choose them."""
        return hash((self._salt, scope, account_id, sender, recipient, text))

    def _note(self, digest: int, accepted_at: int) -> None:
        number = accepted_at // GENERATION_MS
        generation = self._generations.get(number)
        if generation is None:
            generation = self._generations[number] = []
        generation.append(digest)

    def _turn(self, now_ms: int, window_ms: int) -> None:
        """Start a generation: the keys of those that are past remembering are old. Follow a clock that was set back."""
        self._remembered_ms = max(self._remembered_ms, window_ms)
        number = now_ms // GENERATION_MS
        back = self._generation - number
        if back > 0:
            self._generations = {old - back: keys for old, keys in self._generations.items()}
            for shard in self._shards:
                shard.update((key, at - back * GENERATION_MS) for key, at in list(shard.items()) if at != _RESERVED)
        self._generation = number
        for old in [old for old in self._generations if (old + 1) * GENERATION_MS <= now_ms - self._remembered_ms]:
            self._old.extend(self._generations.pop(old))
        self._free(MANY, now_ms)

    def _free(self, at_most: int, now_ms: int) -> bool:
        """Free some old keys; a few at each call, because all at once would stop the loop. True if any was freed."""
        before = self._count
        for _ in range(min(at_most, len(self._old))):
            digest = self._old.pop()
            shard = self._shards[digest % SHARDS]
            accepted_at = shard.get(digest)
            if accepted_at is not None and now_ms - accepted_at >= self._remembered_ms:
                del shard[digest]
                self._count -= 1
        return self._count < before


def between_nodes(submission: Submission, message_id: MessageId, now: int) -> Guard:
    """The duplicate rule as a row, where several nodes take messages for one account: the first has the key."""
    sender, content = submission.sender, submission.content
    where = f"{scope_of(submission.dialect)} {submission.recipient} {len(sender)}"
    told = f"{where} {content.data.hex()} {sender}{content.text}"
    digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=SHARED_BYTES).digest()
    key = f"same:{b64encode(digest).decode('ascii')}"
    return Guard(submission.account_id, key, "", (message_id,), now + submission.duplicate_window_s * 1000)


@dataclass(frozen=True, slots=True)
class Replay:
    """The key was used by the same request before: answer with its messages.

    One id per item, in the order of the request; 0 where the item was refused then.
    """

    message_ids: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used by another request: refuse with KEY_REUSED, send nothing (R26)."""


class Claim:
    """The right to carry out the request of a key. Exactly one of `done` and `release` must follow."""

    def __init__(self, idempotency: Idempotency, account_id: int, key: str, body_hash: str) -> None:
        self._idempotency = idempotency
        self._place = (account_id, key)
        self._decided: asyncio.Future[tuple[MessageId, ...] | None] = asyncio.get_running_loop().create_future()
        self.body_hash = body_hash

    def row(self, message_ids: Sequence[MessageId], now: int, not_taken: int = 0) -> Guard:
        """The row to write in the group of the messages, so that both are durable or neither is. `not_taken` (≤ 0) is
        kept for a message that the store refuses."""
        account_id, key = self._place
        return Guard(account_id, key, self.body_hash, tuple(message_ids), now + KEY_KEPT_MS, not_taken)

    def done(self, message_ids: Sequence[MessageId]) -> None:
        """The group is durable: everybody who waits is answered with the same ids."""
        self._settle(tuple(message_ids))

    def release(self) -> None:
        """Nothing was accepted: the next in line may try. Does nothing after `done`."""
        self._settle(None)

    async def wait(self) -> tuple[MessageId, ...] | None:
        """What it was decided to be; None if it was released. A waiter that is cancelled harms nobody."""
        return await asyncio.shield(self._decided)

    def _settle(self, message_ids: tuple[MessageId, ...] | None) -> None:
        if not self._decided.done():
            self._decided.set_result(message_ids)
            self._idempotency.forget(self._place)


class Idempotency:
    """Idempotency keys of the accounts: those being carried out in memory, those carried out in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: dict[tuple[int, str], Claim] = {}

    def __len__(self) -> int:
        """How many keys are being carried out."""
        return len(self._under_way)

    async def claim(self, account_id: int, key: str, body_hash: str, now: int) -> Claim | Replay | KeyReused:
        """Claim a key for a request. A parallel request with the same body waits for the first one's end; if that
        accepted nothing, one of those who wait is next. Raises `StoreFailure`."""
        place = (account_id, key)
        while (first := self._under_way.get(place)) is not None:
            if first.body_hash != body_hash:
                return KeyReused()
            message_ids = await first.wait()
            if message_ids is not None:
                return Replay(message_ids)
        claim = self._under_way[place] = Claim(self, account_id, key, body_hash)
        try:
            guard = await self._store.guard(account_id, key, now)
        except BaseException:
            claim.release()
            raise
        if guard is None:
            return claim
        if guard.body_hash != body_hash:
            claim.release()
            return KeyReused()
        claim.done(guard.message_ids)
        return Replay(guard.message_ids)

    def forget(self, place: tuple[int, str]) -> None:
        """A claim is settled; called by the claim itself."""
        self._under_way.pop(place, None)


def body_hash(submissions: Sequence[Submission]) -> str:
    """A digest of all that makes a request what it is: two requests with one key must agree in it.

    Where and when it came in (`peer`) is not part of it, what shall be sent to whom and how is.
    """
    told = [
        (
            item.dialect,
            item.channel,
            item.sender,
            item.recipient_given,
            item.content.text,
            int(item.content.kind),
            item.content.data.hex(),
            item.content.udh.hex(),
            item.content.coding,
            item.validity_s,
            item.due_at,
            item.priority,
            item.integration_id,
            item.shown_id,
            item.receipt_target,
        )
        for item in submissions
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=True).encode("ascii")).hexdigest()
