"""Callbacks that were given up: seen, and made once more when the customer's machine is back (R22).

A replayed notice is as fresh as a new one: its schedule begins again, its event id stays. What went to an endpoint that
was removed stays as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from heliograph.core.directory import Directory
from heliograph.model.receipt import Notice, NoticeState
from heliograph.model.rows import NoticeMove, Row
from heliograph.ports import Store

PAGE: Final = 500

Write = Callable[[Sequence[Row]], Awaitable[None]]


class Replayed(NamedTuple):
    """How many go out again, and how many could not: their endpoint is gone."""

    again: int
    gone: int


async def given_up(store: Store, account_id: int) -> AsyncIterator[list[Notice]]:
    """What was given up of an account, a page at a time, oldest first."""
    after = 0
    while page := await store.notices_given_up(account_id, after, PAGE):
        yield page
        after = page[-1].id


async def replay(store: Store, directory: Directory, write: Write, account_id: int, now: int) -> Replayed:
    """Let everything that was given up of an account be tried again from now on. Raises `StoreFailure`."""
    targets = {endpoint.target for endpoint in directory.endpoints(account_id)}
    again = gone = 0
    async for page in given_up(store, account_id):
        rows: list[Row] = [
            NoticeMove(notice.id, NoticeState.WAITING, 0, now, notice.answer, 0)
            for notice in page
            if notice.target in targets
        ]
        if rows:
            await write(rows)
        again += len(rows)
        gone += len(page) - len(rows)
    return Replayed(again, gone)
