"""Statements that take many rows at once: one array a column, turned into rows by `unnest`, or `COPY`.

One statement a kind of row is one turn to the server, however many rows there are, and one plan, made once; and
statements that do not look at each other's rows are one statement `Together`. `COPY` is for many rows at once.

Arrays of texts travel as PostgreSQL writes them, as one text each: of every item of an array that the driver encodes
it asks whether that is an array, too, which costs more than all the rest (docs/decisions/0010). Of a column that says
the same in all rows, as most do, one value travels (docs/decisions/0017).
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

from heliograph.store.postgres.texts import kept, needs_keeping

Values = tuple[Any, ...]

COPIED = 64
"""So many rows and more are copied: it costs less a row, and two turns to the server."""
KEYS = ("id", "message_id")
"""Columns that say something else in each row."""


class Connection(Protocol):
    """What we use of a connection."""

    async def execute(self, query: str, *args: object) -> str: ...
    async def fetch(self, query: str, *args: object) -> list[Values]: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...  # noqa: ANN401
    async def copy_records_to_table(
        self, table_name: str, *, columns: Sequence[str], records: Sequence[Values]
    ) -> str: ...
    async def close(self) -> None: ...
    def terminate(self) -> None: ...
    def is_closed(self) -> bool: ...


class Many(NamedTuple):
    """A statement over rows. `texts` are the places of its text columns, `gaps` of those that may be null; `alike` of
    all that are given once if all rows have the same."""

    sql: str
    texts: tuple[int, ...]
    gaps: tuple[int, ...]
    alike: tuple[int, ...]
    width: int
    """How many arrays it is bound to."""

    def columns(self, rows: Sequence[Values]) -> list[Any]:
        """The arrays to bind."""
        columns: list[Any] = list(zip(*rows, strict=True))
        if (count := len(rows)) > 1:
            for place in self.alike:
                column = columns[place]
                if column.count(column[0]) == count:
                    columns[place] = column[:1]
        for place in self.texts:
            columns[place] = texts_array(columns[place])
        for place in self.gaps:
            columns[place] = [kept(text) for text in columns[place]]
        return columns


def texts_array(texts: Sequence[str]) -> str:
    """Texts as PostgreSQL writes an array of them, in the form a column holds."""
    together = "".join(texts)
    if needs_keeping(together):
        texts = [kept(text) for text in texts]
    if '"' in together or "\\" in together:
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    items = '","'.join(texts)
    return f'{{"{items}"}}'


class Insert(NamedTuple):
    """An insert of rows into a table: `few` at a time, or copied."""

    few: Many
    table: str
    names: tuple[str, ...]

    def records(self, rows: Sequence[Values]) -> Sequence[Values]:
        """The rows to copy."""
        texts = ["".join(column) for place, column in enumerate(zip(*rows, strict=True)) if place in self.few.texts]
        if self.few.gaps or needs_keeping("".join(texts)):
            return [tuple([kept(value) for value in row]) for row in rows]
        return rows


class Together:
    """Statements over rows that are sent as one: none of them sees what another does, nor changes what another does.
    They run in the order they were added."""

    def __init__(self) -> None:
        self._parts: list[tuple[Many, Sequence[Values]]] = []

    def add(self, statement: Many | Insert, rows: Sequence[Values]) -> None:
        """One more, if there are rows for it."""
        if rows:
            self._parts.append((statement.few if isinstance(statement, Insert) else statement, rows))

    async def run(self, connection: Connection, first: str, *values: object) -> tuple[Any, list[int]]:
        """Execute them after `first`, a query of at most one value; that value, or None, and how many rows each part
        wrote."""
        sql = as_one(first, len(values), tuple([part for part, _ in self._parts]))
        bound = [array for part, rows in self._parts for array in part.columns(rows)]
        told = (await connection.fetch(sql, *values, *bound))[0]
        return told[0], list(told[1:])


@cache
def as_one(first: str, bound: int, parts: tuple[Many, ...]) -> str:
    """The statement that a `Together` of these parts is, after a query with so many `bound` values."""
    steps, answers = [f"first AS MATERIALIZED ({first})"], ["(SELECT * FROM first)"]
    for number, part in enumerate(parts):
        sql = _NUMBERED.sub(lambda found, before=bound: f"${int(found[1]) + before}", part.sql)  # type: ignore[misc]
        steps.append(f"step{number} AS ({sql}{'' if _RETURNING.search(sql) else ' RETURNING 1'})")
        answers.append(f"(SELECT count(*) FROM step{number})")
        bound += part.width
    # What is asked for is answered in its order, and so are the steps taken.
    return f"WITH {', '.join(steps)} SELECT {', '.join(answers)}"


_NUMBERED = re.compile(r"\$(\d+)")
_RETURNING = re.compile(r"\bRETURNING\b")


def many(sql: str, columns: str) -> Many:
    """A statement whose `{rows}` stands for the bound rows.

    `columns` names them with their types, as "id bigint, sender text, shown_id text?"; a question mark: may be null.
    """
    pairs = [column.split() for column in columns.split(",")]
    kinds = ["text::text" if kind == "text" else kind.rstrip("?") for _, kind in pairs]
    arrays = [
        f"${number}::{kind}[] AS {name}" for number, ((name, _), kind) in enumerate(zip(pairs, kinds, strict=True), 1)
    ]
    # `unnest` makes as many rows as the longest array has, and fills the others up with nulls.
    longest = {name for name, _ in pairs}.intersection(KEYS) or {pairs[0][0]}
    alike = tuple(n for n, (name, kind) in enumerate(pairs) if not kind.endswith("?") and name not in longest)
    items = [f"unnest({name}) AS {name}" for name, _ in pairs]
    values = [name for name, _ in pairs]
    for place in alike:
        name = values[place]
        items.append(f"{name}[1] AS {name}_first")
        values[place] = f"coalesce({name}, {name}_first) AS {name}"
    # Arrays are read once, not once a row, and item by item: in FROM, `unnest` would first put each of them aside.
    given = f"(SELECT {', '.join(items)} FROM (SELECT {', '.join(arrays)} OFFSET 0) AS arrays OFFSET 0) AS given"
    rows = f"(SELECT {', '.join(values)} FROM {given}) AS new"
    places = {mark: tuple(n for n, (_, kind) in enumerate(pairs) if kind == mark) for mark in ("text", "text?")}
    return Many(sql.replace("{rows}", rows), places["text"], places["text?"], alike, len(pairs))


def insert(table: str, columns: str) -> Insert:
    """Insert rows of these columns, named with their types as in `many`."""
    few = many(f"INSERT INTO {table} ({names(columns)}) SELECT * FROM {{rows}}", columns)
    return Insert(few, table, tuple(names(columns).split(", ")))


def names(columns: str) -> str:
    """The columns without their types."""
    return ", ".join(column.split()[0] for column in columns.split(","))


async def run(connection: Connection, statement: Many | Insert, rows: Sequence[Values]) -> None:
    """Execute it with these rows, if there are any."""
    if not rows:
        return
    if isinstance(statement, Insert):
        if len(rows) >= COPIED:
            records = statement.records(rows)
            await connection.copy_records_to_table(statement.table, columns=statement.names, records=records)
            return
        statement = statement.few
    await connection.execute(statement.sql, *statement.columns(rows))


async def run_telling(connection: Connection, statement: Many, rows: Sequence[Values]) -> list[Values]:
    """Execute it with these rows and return what it returns."""
    return await connection.fetch(statement.sql, *statement.columns(rows)) if rows else []
