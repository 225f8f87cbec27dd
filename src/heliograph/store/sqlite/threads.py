"""Waiting for a helper thread that uses a connection of ours."""

from __future__ import annotations

import asyncio


async def to_the_end(work: asyncio.Future[None]) -> None:
    """Await `work` to its end even when cancelled meanwhile: until then its connection is not free."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    failed = work.exception()
    if cancelled is not None:
        raise cancelled
    if failed is not None:
        raise failed
