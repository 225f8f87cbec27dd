"""The limits of a day as rows: where nodes share a store, these say whether there is room for one more.

The rows of a group are locked in their order, and its messages let in one by one, as if each had come alone. Only
messages of accounts with such limits have any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.message import MessageId
from heliograph.model.refusal import Reason
from heliograph.model.rows import DayCount
from heliograph.store.postgres.statements import Connection, many, run, run_telling

_COLUMNS: Final = "account_id integer, day integer, key text"
ENSURE: Final = many(
    "INSERT INTO day_count (account_id, day, key, count) SELECT account_id, day, key, 0 FROM {rows} "
    "ON CONFLICT DO NOTHING",
    _COLUMNS,
)
HOLD: Final = many(
    """
    SELECT held.account_id, held.day, held.key, held.count FROM {rows} JOIN day_count AS held
    USING (account_id, day, key) ORDER BY held.account_id, held.day, held.key FOR UPDATE OF held
    """,
    _COLUMNS,
)
ADD: Final = many(
    """
    UPDATE day_count SET count = day_count.count + new.more FROM {rows}
    WHERE day_count.account_id = new.account_id AND day_count.day = new.day AND day_count.key = new.key
    """,
    _COLUMNS + ", more integer",
)
FORGET: Final = "DELETE FROM day_count WHERE day < $1"

_Place = tuple[int, int, str]


async def claim(database: Connection, counted: Sequence[DayCount]) -> dict[MessageId, Reason]:
    """Count the messages for which there is room, and say which limit refuses the others."""
    if not counted:
        return {}
    places = sorted({place for one in counted for place in _places(one)})
    await run(database, ENSURE, places)
    counts = {(row[0], row[1], row[2]): int(row[3]) for row in await run_telling(database, HOLD, places)}
    more: dict[_Place, int] = {}
    refused: dict[MessageId, Reason] = {}
    for one in counted:
        reason = next((limit.reason for limit in one.limits if counts[_place(one, limit.key)] >= limit.most), None)
        if reason is not None:
            refused[one.message_id] = reason
            continue
        for place in _places(one):
            counts[place] += 1
            more[place] = more.get(place, 0) + 1
    await run(database, ADD, [(*place, count) for place, count in more.items()])
    return refused


async def give_back(database: Connection, counted: Sequence[DayCount]) -> None:
    """These are not taken after all."""
    less: dict[_Place, int] = {}
    for one in counted:
        for place in _places(one):
            less[place] = less.get(place, 0) - 1
    await run(database, ADD, [(*place, count) for place, count in less.items()])


def _place(one: DayCount, key: str) -> _Place:
    return one.account_id, one.day, key


def _places(one: DayCount) -> list[_Place]:
    return [_place(one, limit.key) for limit in one.limits]
