"""Copying a whole store into an empty one, table by table, whatever database either is in.

The tables are found in the databases, not listed here: a room that brings one is copied from the day its migration is
in both stores. What cannot be copied whole is refused before a row is written, and what was copied is compared with
what it was copied from, column by column, before the copy is kept. Nothing here changes what is copied.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from heliograph.store import StoreError

Values = tuple[int | bool | str | bytes | None, ...]
Columns = tuple[str, ...]
Figures = tuple[int, ...]
"""Of a table: its rows, and of each column a sum over its numbers or over the lengths of its texts."""

FULL_OF_DEFAULTS = frozenset({"counter", "figure_fill"})
"""Tables that have rows as soon as they exist; a copy replaces them."""


class Source(Protocol):
    """A store as tables, at one moment. Texts are as customers wrote them, booleans may be 0 and 1."""

    place: str

    async def tables(self) -> Mapping[str, Columns]:
        """The tables to copy, with their columns; not those that the database keeps for itself."""

    def rows(self, table: str, columns: Columns) -> AsyncIterator[Sequence[Values]]:
        """All rows of a table, in portions."""

    async def figures(self, table: str, columns: Columns) -> Figures:
        """What two equal tables have in common, in any database."""

    async def sequences(self) -> Mapping[str, int]:
        """Table → the highest id that it has given away, where ids are never used twice."""

    async def faults(self) -> list[str]:
        """What `store check` says of it."""


class Target(Source, Protocol):
    """An empty store whose rows can be written; what is written is kept when all went well, else nothing is."""

    async def clear(self, table: str) -> None:
        """Remove the rows a new store has."""

    async def put(self, table: str, columns: Columns, rows: Sequence[Values]) -> None:
        """Write rows of a table."""

    async def go_on_from(self, sequences: Mapping[str, int]) -> None:
        """Give only higher ids from now on; and bring up what the database keeps for itself."""

    async def skip_ids(self, count: int) -> None:
        """Leave out so many ids of messages and events: somebody may have been given them."""


async def copy(source: Source, target: Target, say: Callable[[str], None]) -> dict[str, int]:
    """Rows copied by table. Raises `StoreError` if the target is not empty or cannot hold all of the source, or if what
    arrived is not what was sent."""
    here, there = await source.tables(), await target.tables()
    await _see_that_it_is_empty(target, there)
    await _see_that_it_fits(source, here, target, there)
    copied: dict[str, int] = {}
    for table, columns in sorted(here.items()):
        if table not in there:
            continue
        if table in FULL_OF_DEFAULTS:
            await target.clear(table)
        copied[table] = await _copy_table(source, target, table, columns)
        if copied[table]:
            say(f"{table}: {copied[table]:,} rows")
    await target.go_on_from({table: last for table, last in (await source.sequences()).items() if table in there})
    return copied


async def _copy_table(source: Source, target: Target, table: str, columns: Columns) -> int:
    count = 0
    async for rows in source.rows(table, columns):
        await target.put(table, columns, rows)
        count += len(rows)
    sent, arrived = await source.figures(table, columns), await target.figures(table, columns)
    if sent != arrived or sent[0] != count:
        different = [name for name, one, other in zip(("rows", *columns), sent, arrived, strict=True) if one != other]
        raise StoreError(
            f"{table} did not arrive as it was sent ({', '.join(different) or 'it changed meanwhile'}); nothing is "
            "kept of the copy: see that nobody else writes, then copy again"
        )
    return count


async def _see_that_it_is_empty(target: Target, tables: Mapping[str, Columns]) -> None:
    for table in sorted(tables):
        if table not in FULL_OF_DEFAULTS and (await target.figures(table, ()))[0]:
            raise StoreError(
                f"{target.place} is not empty: {table} has rows; nothing was copied, name an empty database"
            )


async def _see_that_it_fits(
    source: Source, here: Mapping[str, Columns], target: Target, there: Mapping[str, Columns]
) -> None:
    for table, columns in sorted(here.items()):
        if table not in there:
            count = (await source.figures(table, ()))[0]
            if count:
                raise StoreError(
                    f"{target.place} has no room for {table}, of which {source.place} has {count} rows; "
                    "nothing was copied"
                )
        elif set(columns) != set(there[table]):
            names = ", ".join(sorted(set(columns) ^ set(there[table])))
            raise StoreError(f"{table} has other columns in {target.place} ({names}); nothing was copied")
