"""Numbered migrations, forward only, each in one transaction, under the lock.

`schema_version` has one row per migration that was applied. What this program does not recognise as its own, whole
and not newer than itself, it refuses to touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import apsw

from heliograph.store import StoreError

Migration = tuple[int, str]
"""The number and the script of one migration."""

CREATE_VERSIONS = "CREATE TABLE schema_version (version INTEGER PRIMARY KEY)"
VERSIONS = "SELECT version FROM schema_version ORDER BY version"
NOTE_VERSION = "INSERT INTO schema_version VALUES (?)"
OBJECTS = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"


@cache
def migrations() -> tuple[Migration, ...]:
    """What this program brings, in order."""
    folder = files("heliograph.store.sqlite") / "migrations"
    return tuple(
        sorted(
            (int(entry.name.removesuffix(".sql")), entry.read_text("utf-8"))
            for entry in folder.iterdir()
            if entry.name.endswith(".sql")
        )
    )


def version(database: apsw.Connection, scripts: Sequence[Migration]) -> int:
    """The schema the database has, 0 for an empty one; `StoreError` if `scripts` cannot lead on from it."""
    objects = _objects(database)
    if not objects:
        return 0
    if "schema_version" not in objects:
        raise StoreError("the file is a database of another program; name another file")
    applied = [int(row[0]) for row in database.execute(VERSIONS)]
    newest = scripts[-1][0]
    if applied and applied[-1] > newest:
        raise StoreError(
            f"the database has schema {applied[-1]}, this program knows up to {newest}; run the newer program, "
            "or restore the backup made before the upgrade"
        )
    known = [script for script in scripts if script[0] in applied]
    missing = _objects_of(tuple(known)) - objects
    if not applied or missing or [number for number, _ in known] != list(range(1, len(applied) + 1)):
        raise StoreError(
            f"the database is only half migrated (versions {applied}, missing {sorted(missing)}); restore a backup"
        )
    return applied[-1]


def migrate(database: apsw.Connection, scripts: Sequence[Migration]) -> int:
    """Bring the schema up to the newest script and return its number. A script that fails changes nothing."""
    current = version(database, scripts)
    for number, script in scripts:
        if number > current:
            _apply(database, number, script)
    return scripts[-1][0]


def _apply(database: apsw.Connection, number: int, script: str) -> None:
    try:
        database.execute("BEGIN IMMEDIATE")
        if number == 1:
            database.execute(CREATE_VERSIONS)
        for statement in _statements(script):
            database.execute(statement)
        database.execute(NOTE_VERSION, (number,))
        database.execute("COMMIT")
    except apsw.Error as error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise StoreError(f"migration {number} failed and changed nothing: {error}; free disk or report it") from error


def _statements(script: str) -> list[str]:
    """Cut a script at the ends of its statements (`executescript` would commit on its own)."""
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if apsw.complete(pending):
            statements.append(pending)
            pending = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in pending.splitlines()):
        statements.append(pending)
    return statements


def _objects(database: apsw.Connection) -> frozenset[str]:
    return frozenset(str(row[0]) for row in database.execute(OBJECTS))


@cache
def _objects_of(scripts: tuple[Migration, ...]) -> frozenset[str]:
    """The tables and indexes these scripts make."""
    database = apsw.Connection(":memory:")
    try:
        for _, script in scripts:
            for statement in _statements(script):
                database.execute(statement)
        return _objects(database)
    finally:
        database.close()
