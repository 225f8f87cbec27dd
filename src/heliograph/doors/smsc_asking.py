"""How the doors beside SMSC's own ask its scripts: by request and name, and go on with the answer when it is there.

Mostly it comes as a future, once the message is durable; going on costs no task then, as on SMSC's own door.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from heliograph.dialects.smsc_request import Request
from heliograph.protocols.http import HttpResponse

Ask = Callable[[str, str, Request, str], HttpResponse | Awaitable[HttpResponse]]
"""SMSC's door: door, caller's address, request, name of the script."""


def then(
    asked: HttpResponse | Awaitable[HttpResponse], make: Callable[[HttpResponse], HttpResponse]
) -> HttpResponse | asyncio.Future[HttpResponse]:
    """What `make` makes of the answer, at once or when it comes. A caller who goes away ends only his own waiting."""
    if isinstance(asked, HttpResponse):
        return make(asked)
    made: asyncio.Future[HttpResponse] = asyncio.get_running_loop().create_future()

    def answered(answer: asyncio.Future[HttpResponse]) -> None:
        if made.done():
            return
        if answer.cancelled():
            made.cancel()
            return
        try:
            made.set_result(make(answer.result()))
        except Exception as error:
            made.set_exception(error)

    asyncio.ensure_future(asked).add_done_callback(answered)
    return made
