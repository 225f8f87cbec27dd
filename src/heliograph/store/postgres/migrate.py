"""Numbered migrations, forward only, each in one transaction, all under one advisory lock of the database.

`schema_version` has one row per migration that was applied. What this program does not recognise as its own, whole
and not newer than itself, it refuses to touch. Everything lives in the first schema of the role's `search_path`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from heliograph.store import StoreError
from heliograph.store.postgres.failures import words
from heliograph.store.postgres.statements import Connection

Migration = tuple[int, str]
"""The number and the script of one migration."""

LOCK = "SELECT pg_advisory_lock(hashtextextended('heliograph migrate ' || current_schema(), 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('heliograph migrate ' || current_schema(), 0))"
SCHEMA = "SELECT current_schema()"
CREATE_VERSIONS = "CREATE TABLE schema_version (version integer PRIMARY KEY)"
VERSIONS = "SELECT version FROM schema_version ORDER BY version"
NOTE_VERSION = "INSERT INTO schema_version VALUES ($1)"
OBJECTS = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i', 'p', 'I', 'v', 'm', 'f')
"""
DENIED = """
    SELECT min(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
"""
_MADE = re.compile(r"^\s*(CREATE|DROP)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX)\s+(\w+)", re.MULTILINE)


@cache
def migrations() -> tuple[Migration, ...]:
    """What this program brings, in order."""
    folder = files("heliograph.store.postgres") / "migrations"
    return tuple(
        sorted(
            (int(entry.name.removesuffix(".sql")), entry.read_text("utf-8"))
            for entry in folder.iterdir()
            if entry.name.endswith(".sql")
        )
    )


async def migrate(connection: Connection, scripts: Sequence[Migration]) -> int:
    """Bring the schema up to the newest script and return its number. A script that fails changes nothing."""
    if await connection.fetchval(SCHEMA) is None:
        raise StoreError("the search_path names no schema that exists; create one, or correct store.url")
    await connection.execute(LOCK)  # who comes second waits, and then finds nothing to do
    try:
        current = await version(connection, scripts)
        denied = await connection.fetchval(DENIED)
        if denied is not None:
            raise StoreError(f"the role may not write to the table {denied}; the role of store.url must own the tables")
        for number, script in scripts:
            if number > current:
                await _apply(connection, number, script)
    finally:
        if not connection.is_closed():
            await connection.execute(UNLOCK)
    return scripts[-1][0]


async def version(connection: Connection, scripts: Sequence[Migration]) -> int:
    """The schema the database has, 0 for an empty one; `StoreError` if `scripts` cannot lead on from it."""
    objects = frozenset(str(row[0]) for row in await connection.fetch(OBJECTS))
    if not objects:
        return 0
    if "schema_version" not in objects:
        raise StoreError("the database holds tables of another program; name another database or schema")
    try:
        applied = [int(row[0]) for row in await connection.fetch(VERSIONS)]
    except Exception as error:
        raise StoreError(
            f"the tables cannot be read: {words(error)}; let the role of store.url read them, or own them"
        ) from error
    newest = scripts[-1][0]
    if applied and applied[-1] > newest:
        raise StoreError(
            f"the database has schema {applied[-1]}, this program knows up to {newest}; run the newer program, "
            "or restore the backup made before the upgrade"
        )
    missing = _objects_of([script for number, script in scripts if number in applied]) - objects
    if not applied or missing or applied != list(range(1, len(applied) + 1)):
        raise StoreError(
            f"the database is only half migrated (versions {applied}, missing {sorted(missing)}); restore a backup"
        )
    return applied[-1]


async def _apply(connection: Connection, number: int, script: str) -> None:
    try:
        await connection.execute("BEGIN")
        if number == 1:
            await connection.execute(CREATE_VERSIONS)
        await connection.execute(script)
        await connection.execute(NOTE_VERSION, number)
        await connection.execute("COMMIT")
    except Exception as error:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise StoreError(
            f"migration {number} failed and changed nothing: {words(error)}; give the role CREATE on the schema, "
            "free disk, or report it"
        ) from error


def _objects_of(scripts: Sequence[str]) -> frozenset[str]:
    """The tables and indexes these scripts make."""
    found: set[str] = set()
    for script in scripts:
        for verb, name in _MADE.findall(script):
            (found.add if verb == "CREATE" else found.discard)(name)
    return frozenset(found)
