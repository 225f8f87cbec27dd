"""Statements that take many rows at once: one array a column, turned into rows by `unnest`.

One statement a kind of row is one turn to the server, however many rows there are, and one plan, made once; and
statements that do not look at each other's rows are one statement `Together`. `COPY` would cost as much a row, also of
a thousand rows, and two turns.

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

from asyncpg import DivisionByZeroError  # type: ignore[import-untyped]

from heliograph.store.postgres.texts import kept, needs_keeping

Values = tuple[Any, ...]

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


class Together:
    """Statements over rows that are sent as one: none of them sees what another does, nor changes what another does.
    They run in the order they were added."""

    def __init__(self) -> None:
        self._parts: list[tuple[Many, Sequence[Values]]] = []
        self._whole: list[int] = []
        """The numbers of the parts of which every row is wanted."""

    def add(self, statement: Many, rows: Sequence[Values], *, whole: bool = False) -> None:
        """One more, if there are rows for it; `whole`: it is nothing, or something else, unless it writes all."""
        if rows:
            if whole:
                self._whole.append(len(self._parts))
            self._parts.append((statement, rows))

    async def run(self, connection: Connection, first: str, *values: object) -> tuple[Any, bool]:
        """Execute them within a transaction after `first`, a query of at most one value: that value, or None, and
        whether all was written of which that is wanted."""
        sql = as_one(first, len(values), tuple([part for part, _ in self._parts]))
        told = (await connection.fetch(sql, *values, *self._bound()))[0]
        return told[0], all(told[1 + number] == len(self._parts[number][1]) for number in self._whole)

    async def run_whole(self, connection: Connection, first: str, *values: object) -> None:
        """Execute them after `first`, a query of at most one value, as a transaction of their own. `NotWhole`, and
        nothing is written, unless `first` finds its value and all is written of which that is wanted."""
        sql = as_whole(first, len(values), tuple([part for part, _ in self._parts]), tuple(self._whole))
        wanted = [len(self._parts[number][1]) for number in self._whole]
        try:
            await connection.fetch(sql, *values, *wanted, *self._bound())
        except DivisionByZeroError:
            raise NotWhole from None

    def _bound(self) -> list[Any]:
        return [array for part, rows in self._parts for array in part.columns(rows)]


class NotWhole(Exception):
    """Some of what a statement had to write was not to be written: a move found its message moved by somebody else, a
    key is somebody else's, or it costs more than there is. Nothing of its transaction is kept."""


@cache
def as_one(first: str, bound: int, parts: tuple[Many, ...]) -> str:
    """The statement that a `Together` of these parts is, after a query with so many `bound` values. It answers the
    value of that, and how many rows each part wrote."""
    steps, answers = _steps(first, bound, parts)
    return f"WITH {steps} SELECT {answers}"


@cache
def as_whole(first: str, bound: int, parts: tuple[Many, ...], whole: tuple[int, ...]) -> str:
    """The same, failing by a division unless there is that value and each of the `whole` parts wrote as many rows as is
    bound behind the values of `first`."""
    steps, answers = _steps(first, bound + len(whole), parts)
    wanted = [f"wrote{number} = ${bound + place}::bigint" for place, number in enumerate(whole, 1)]
    is_whole = " AND ".join(["held IS NOT NULL", *wanted])
    return f"WITH {steps} SELECT 1 / ({is_whole})::integer FROM (SELECT {answers} OFFSET 0) AS answer"


def _steps(first: str, bound: int, parts: tuple[Many, ...]) -> tuple[str, str]:
    steps, answers = [f"first AS MATERIALIZED ({first})"], ["(SELECT * FROM first) AS held"]
    for number, part in enumerate(parts):
        sql = _NUMBERED.sub(lambda found, before=bound: f"${int(found[1]) + before}", part.sql)  # type: ignore[misc]
        steps.append(f"step{number} AS ({sql}{'' if _RETURNING.search(sql) else ' RETURNING 1'})")
        answers.append(f"(SELECT count(*) FROM step{number}) AS wrote{number}")
        bound += part.width
    # What is asked for is answered in its order, and so are the steps taken.
    return ", ".join(steps), ", ".join(answers)


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


def insert(table: str, columns: str) -> Many:
    """Insert rows of these columns, named with their types as in `many`."""
    return many(f"INSERT INTO {table} ({names(columns)}) SELECT * FROM {{rows}}", columns)


def names(columns: str) -> str:
    """The columns without their types."""
    return ", ".join(column.split()[0] for column in columns.split(","))


async def run(connection: Connection, statement: Many, rows: Sequence[Values]) -> None:
    """Execute it with these rows, if there are any."""
    if rows:
        await connection.execute(statement.sql, *statement.columns(rows))


async def run_telling(connection: Connection, statement: Many, rows: Sequence[Values]) -> list[Values]:
    """Execute it with these rows and return what it returns."""
    return await connection.fetch(statement.sql, *statement.columns(rows)) if rows else []
