"""`heliograph store check · copy`: is the store sound, and how does it move into another database?"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path
from types import ModuleType
from typing import Annotated, cast

from cyclopts import App, Parameter

from heliograph.cli.configured import settings_of
from heliograph.cli.operation import check
from heliograph.cli.shell import (
    DONE,
    FAILED,
    AsJson,
    Config,
    Dir,
    err,
    installation_of,
    out,
    print_json,
)
from heliograph.settings import StoreSettings
from heliograph.store import StoreError
from heliograph.store.copying import Source, Target, copy
from heliograph.store.sqlite import tables as sqlite
from heliograph.store.sqlite.lock import FileLock

store = App(name="store")
store.command(check)

Said = Callable[[str], None]


@store.command(name="copy")
def copy_(
    to: Annotated[str, Parameter(help="postgresql://user@host/database, empty, or the name of a new SQLite file.")],
    *,
    password_file: Annotated[Path | None, Parameter(help="File with the password of that database.")] = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> int:
    """Copy the whole store, back office and money included, into an empty database; the gateway is stopped meanwhile.

    It is all there, compared and checked, or nothing of it. What is copied from stays as it is.
    """
    installation = installation_of(folder)
    settings = settings_of(installation, config).store
    password = password_of(password_file)
    say = (lambda line: None) if json else (lambda line: out.print(line, markup=False))
    with ExitStack() as held:
        path = installation.store(settings.path)
        if settings.kind == "sqlite":
            lock = FileLock(path.with_name(f"{path.name}.lock"))
            lock.take()
            held.callback(lock.release)
        copied, faults = asyncio.run(_copied(source_of(settings, path, is_alone=True), target_of(to, password), say))
    if json:
        print_json({"tables": copied, "faults": faults})
        return FAILED if faults else DONE
    for fault in faults:
        err.print(f"It was so before it was copied: {fault}", style="red", markup=False)
    out.print(f"{sum(copied.values()):,} rows in {len(copied)} tables are copied and compared.", markup=False)
    out.print(f"To use them, set in [store]: {_setting(to)}", markup=False)
    return FAILED if faults else DONE


async def _copied(
    source: AbstractAsyncContextManager[Source], target: AbstractAsyncContextManager[Target], say: Said
) -> tuple[dict[str, int], list[str]]:
    async with source as here, target as there:
        copied = await copy(here, there, say)
        return copied, await there.faults()


def password_of(file: Path | None) -> str:
    """The first line of a file; "" without one. Raises `StoreError`."""
    if file is None:
        return ""
    try:
        return file.read_text("utf-8").partition("\n")[0]
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error


def source_of(settings: StoreSettings, path: Path, *, is_alone: bool) -> AbstractAsyncContextManager[Source]:
    """The tables of the configured store at one moment; `is_alone`: while no gateway uses it."""
    if settings.kind == "sqlite":
        return sqlite.reading_tables(path)
    tables = _postgres().reading_tables(settings.url, settings.password, alone=is_alone)
    return cast("AbstractAsyncContextManager[Source]", tables)


def target_of(to: str, password: str) -> AbstractAsyncContextManager[Target]:
    """An empty database to fill."""
    if to.startswith(("postgresql://", "postgres://")):
        return cast("AbstractAsyncContextManager[Target]", _postgres().filling_tables(to, password))
    return sqlite.filling_tables(Path(to))


def _postgres() -> ModuleType:
    """Its driver is installed by who wants it."""
    try:
        return importlib.import_module("heliograph.store.postgres.tables")
    except ModuleNotFoundError as error:
        raise StoreError(f'{error.name} is missing; install it: pip install "heliograph[postgres]"') from error


def _setting(to: str) -> str:
    if to.startswith(("postgresql://", "postgres://")):
        return 'kind = "postgres", url and password_file'
    return f'kind = "sqlite", path = "{Path(to).resolve()}"'
