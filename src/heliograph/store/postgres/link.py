"""Connections to one PostgreSQL server: opened with what our statements count on, and refused without what P1 needs.

The planner is told to use the indexes we made: a table that was empty when a plan was made and has a million rows a
minute later has no statistics worth the name. Long looks (`Connections.unhurried`) plan as usual.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import parse_qs, urlsplit

import asyncpg  # type: ignore[import-untyped]

from heliograph.store import StoreError
from heliograph.store.postgres.failures import is_temporary, words
from heliograph.store.postgres.statements import Connection

CONNECT_S = 5.0
STATEMENT_S = 20.0
"""A server that does not answer a small statement for so long is as good as gone."""
LONGEST_STATEMENT = 64 * 1024
"""Characters; longer ones would be planned each time."""
OLDEST_VERSION = 160_000
ENCODING = "UTF8"
HURRIED = {
    "jit": "off",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "enable_material": "off",
    "enable_memoize": "off",
    "plan_cache_mode": "force_generic_plan",
    "lock_timeout": "10s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
}
ALIVE = {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
"""So the server lets go of what a vanished machine held within some ten seconds."""
DURABLE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}
"""Settings without which an answer given after COMMIT might be broken by a power cut, and what they may be."""


class Connections:
    """Makes connections to the server of a URL (`postgresql://user@host:port/database?search_path=…`)."""

    def __init__(self, url: str, password: str) -> None:
        self._url = url
        self._password = password or None
        self.name = _described(url)

    async def hurried(self, *, reads_only: bool = False) -> Connection:
        """For statements that must not wait. `StoreFailure` is for the caller to say: this raises what the driver
        raises."""
        more = {"default_transaction_read_only": "on"} if reads_only else {}
        return await self._connect({**HURRIED, **ALIVE, **more})

    async def unhurried(self, *, reads_only: bool = True) -> Connection:
        """For looks at everything, and for migrations."""
        more = {"default_transaction_read_only": "on"} if reads_only else {}
        return await self._connect({**ALIVE, **more}, patience_s=None)

    async def _connect(self, settings: dict[str, str], patience_s: float | None = STATEMENT_S) -> Connection:
        connection = await asyncpg.connect(
            self._url,
            password=self._password,
            timeout=CONNECT_S,
            command_timeout=patience_s,
            max_cacheable_statement_size=LONGEST_STATEMENT,
            max_cached_statement_lifetime=0,
            server_settings={"application_name": "heliograph", **settings},
        )
        return cast(Connection, connection)

    def unreachable(self, error: BaseException) -> StoreError:
        """Why there is no connection, with the remedy; the password is in neither."""
        if isinstance(error, OSError | TimeoutError):
            remedy = "start the server, or correct store.url"
        elif is_temporary(error):
            remedy = "see the server's log"
        else:
            remedy = "correct store.url and the password, or create role and database"
        return StoreError(f"cannot connect to {self.name}: {words(error)}; {remedy}")


async def see_that_it_is_durable(connection: Connection, name: str) -> None:
    """`StoreError` if the server is too old, cannot keep every text, or would answer before a commit is safe."""
    version = int(await connection.fetchval("SELECT current_setting('server_version_num')"))
    if version < OLDEST_VERSION:
        raise StoreError(f"{name} is PostgreSQL {version // 10_000}; this program needs 16 or newer")
    encoding = str(await connection.fetchval("SELECT current_setting('server_encoding')"))
    if encoding != ENCODING:
        raise StoreError(
            f"{name} keeps texts as {encoding}; make a database that keeps them as {ENCODING}: "
            "createdb --encoding UTF8 --template template0"
        )
    if await connection.fetchval("SELECT current_setting('transaction_read_only')") == "on":
        raise StoreError(
            f"{name} can only be read; name the primary server in store.url, or set default_transaction_read_only = off"
        )
    for setting, allowed in DURABLE.items():
        value = str(await connection.fetchval("SELECT current_setting($1)", setting))
        if value not in allowed:
            raise StoreError(
                f"{name} has {setting} = {value}: what was accepted could be lost; set it to {allowed[0]} in the "
                "server's configuration (and for this role and database)"
            )


def _described(url: str) -> str:
    """The server and database of a URL, without user and password."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = parts.hostname or query.get("host", ["the local socket"])[0]
    port = f":{parts.port}" if parts.port else ""
    return f"PostgreSQL at {host}{port}{parts.path}"
