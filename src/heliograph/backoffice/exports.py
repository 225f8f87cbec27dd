"""Files of the messages an account sent, made in the background: asked for, listed, downloaded.

A file is made piece by piece, newest message first, one export at a time, each piece and how far it has come in one
transaction: a restart goes on where it stood, and no line is there twice. Pieces are kept compressed and a file goes
after some days. What an account may not see of its messages is not in its files either.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from heliograph.backoffice.refusals import NothingFound, NotSaved
from heliograph.core.directory import Directory
from heliograph.model.account import Account
from heliograph.model.exports import Export, ExportState
from heliograph.model.history import SentSearch
from heliograph.model.message import Message
from heliograph.ports import Clock, Store

EVERY_S: Final = 1.0
A_PIECE: Final = 250
"""Messages of one piece: the loop is busy with them for a few milliseconds."""
PIECES_AT_ONCE: Final = 4
MOST_ROWS: Final = 200_000
"""Lines of a file; what is older goes into a file of its own."""
MOST_OPEN: Final = 20
"""Exports of one account that are not done."""

Lines = Callable[[Account, Sequence[Message]], str]
"""Messages as lines of a file, each with its end."""


class Exports:
    """The exports of all accounts. `head` is the first line of a file. Raises `StoreFailure`."""

    def __init__(self, *, store: Store, directory: Directory, clock: Clock, lines: Lines, head: str) -> None:
        self._store = store
        self._exports = store.exports
        self._directory = directory
        self._clock = clock
        self._lines = lines
        self._head = head

    async def ask(self, account: Account, since: int, until: int, name: str) -> int:
        """A new export of what was accepted from `since` to before `until` (ms); its id. `name` is the file's.

        Raises `NotSaved` while too many of the account are not done.
        """
        known = await self._exports.of_account(account.id, 0, 10_000)
        if sum(export.state in (ExportState.WAITING, ExportState.RUNNING) for export in known) >= MOST_OPEN:
            raise NotSaved
        return await self._exports.add(Export(0, account.id, name, since, until, self._clock.now()))

    async def all(self, account: Account, after: int, most: int) -> list[Export]:
        """Those with a higher id than `after`, in order of id. Raises `NothingFound` rather than giving none."""
        found = await self._exports.of_account(account.id, after, most)
        if not found:
            raise NothingFound
        return found

    async def file(self, account: Account, export_id: int, name: str = "") -> tuple[Export, str]:
        """A finished export, by id or by name, and its file. Raises `NothingFound`, also for one that is not ready."""
        export = await self._exports.find(account.id, export_id) if export_id else None
        if export is None and not export_id:
            known = await self._exports.of_account(account.id, 0, 10_000)
            export = next((one for one in reversed(known) if one.name == name), None)
        if export is None or export.state is not ExportState.READY:
            raise NothingFound
        text, number = [self._head], 0
        while pieces := await self._exports.pieces(export.id, number, 100):
            number = pieces[-1][0]
            text += [zlib.decompress(octets).decode() for _, octets in pieces]
        return export, "".join(text)

    # -- in the background -----------------------------------------------------------------------------------------

    async def work(self) -> None:
        """Go on with the first that is not done; a few pieces, then others have their turn."""
        for _ in range(PIECES_AT_ONCE):
            export = await self._exports.next()
            if export is None:
                return
            await self._go_on(export)

    async def _go_on(self, export: Export) -> None:
        account = self._directory.account(export.account_id)
        if account is None:
            await self._exports.go_on(replace(export, state=ExportState.FAILED), b"")
            return
        since = max(export.since, account.shown_since(self._clock.now()))
        search = SentSearch(account.id, since, export.until, before=export.before, most=A_PIECE)
        ids = await self._store.history.sent(search) if since < export.until else []
        found = await self._store.messages(ids, account.id)
        messages = sorted(found, key=lambda message: message.id, reverse=True)
        piece = zlib.compress(self._lines(account, messages).encode("utf-8", "replace")) if messages else b""
        on = replace(export, state=ExportState.RUNNING, rows=export.rows + len(messages))
        if ids:
            on = replace(on, before=min(ids))
        is_over = len(ids) < A_PIECE
        if is_over or on.rows >= MOST_ROWS:
            on = replace(on, state=ExportState.READY)
        rest = None
        if not is_over and on.state is ExportState.READY:
            rest = replace(on, state=ExportState.WAITING, rows=0, name=_next_name(on.name))
        await self._exports.go_on(on, piece, rest)


def _next_name(name: str) -> str:
    """`sent.csv` → `sent-part2.csv` → `sent-part3.csv`."""
    stem = name.removesuffix(".csv")
    first, dash, number = stem.rpartition("-part")
    return f"{first}-part{int(number) + 1}.csv" if dash and number.isdigit() else f"{stem}-part2.csv"
