"""Statements that take many rows at once: one array a column, turned into rows by `unnest`.

One statement a kind of row is one turn to the server, however many rows there are, and one plan, made once.
"""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from heliograph.store.postgres.texts import kept, kept_column

Values = tuple[Any, ...]


class Connection(Protocol):
    """What we use of a connection."""

    async def execute(self, query: str, *args: object) -> str: ...
    async def fetch(self, query: str, *args: object) -> list[Values]: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...  # noqa: ANN401
    async def close(self) -> None: ...
    def terminate(self) -> None: ...
    def is_closed(self) -> bool: ...


class Many(NamedTuple):
    """A statement over rows. `texts` are the places of its text columns, `gaps` of those that may be null."""

    sql: str
    texts: tuple[int, ...]
    gaps: tuple[int, ...]

    def columns(self, rows: Sequence[Values]) -> list[Any]:
        """The arrays to bind."""
        columns: list[Any] = list(zip(*rows, strict=True))
        for place in self.texts:
            columns[place] = kept_column(columns[place])
        for place in self.gaps:
            columns[place] = [kept(text) for text in columns[place]]
        return columns


def many(sql: str, columns: str) -> Many:
    """A statement whose `{rows}` stands for the bound rows.

    `columns` names them with their types, as "id bigint, sender text, shown_id text?"; a question mark: may be null.
    """
    pairs = [column.split() for column in columns.split(",")]
    kinds = [kind.rstrip("?") for _, kind in pairs]
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds, 1))
    rows = f"unnest({arrays}) AS new ({', '.join(name for name, _ in pairs)})"
    places = {mark: tuple(n for n, (_, kind) in enumerate(pairs) if kind == mark) for mark in ("text", "text?")}
    return Many(sql.replace("{rows}", rows), places["text"], places["text?"])


def insert(table: str, columns: str, after: str = "") -> Many:
    """Insert rows of these columns, named with their types as in `many`."""
    return many(f"INSERT INTO {table} ({names(columns)}) SELECT * FROM {{rows}} {after}", columns)


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
