"""Callbacks that were given up: seen, and made once more when the customer's machine is back (R22).

A replayed notice is as fresh as a new one: its schedule begins again, its event id stays. What went to an endpoint that
was removed stays as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from heliograph.backoffice.refusals import NothingFound
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


async def given_up_of(store: Store, account_id: int, ids: Sequence[int]) -> AsyncIterator[list[Notice]]:
    """Those of what was given up that have these ids, together. Raises `NothingFound` if one is not there."""
    found: list[Notice] = []
    for id_ in dict.fromkeys(ids):
        page = await store.notices_given_up(account_id, id_ - 1, 1)
        if not page or page[0].id != id_:
            raise NothingFound
        found += page
    yield found


async def replay(
    store: Store, directory: Directory, write: Write, account_id: int, now: int, ids: Sequence[int] = ()
) -> Replayed:
    """Let everything that was given up of an account, or only the notices with `ids`, be tried again from now on.

    Raises `NothingFound` if one of these is not among it, `StoreFailure`.
    """
    targets = {endpoint.target for endpoint in directory.endpoints(account_id)}
    again = gone = 0
    async for page in given_up_of(store, account_id, ids) if ids else given_up(store, account_id):
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
