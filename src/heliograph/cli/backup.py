"""`heliograph backup · restore`: the whole gateway as a folder, taken while it works.

A backup is a folder with `heliograph.db` (a SQLite store, whatever database it came from), `secret.key`, the
configuration if it lies in the data folder, and `backup.json`, which says what it holds and is written last: without it
a backup has not come to its end. docs/operating-data.md tells what a restored gateway knows and what it does not.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

import heliograph
from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.configured import settings_of
from heliograph.cli.shell import (
    CONFIG_NAME,
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
from heliograph.cli.store import source_of, target_of
from heliograph.installation import Installation, write_private
from heliograph.settings import GatewaySettings
from heliograph.store.copying import copy
from heliograph.store.sqlite import backup as sqlite
from heliograph.store.sqlite.lock import FileLock
from heliograph.store.sqlite.tables import filling_tables, reading_tables

STORE: Final = "heliograph.db"
KEY: Final = "secret.key"
CONTENTS: Final = "backup.json"
MIB: Final = 1 << 20


class Contents(msgspec.Struct, frozen=True):
    """`backup.json`."""

    program: str
    taken_at: int
    came_from: str
    schema: int
    octets: int
    messages: int
    sha256: str


def backup(
    to: Annotated[Path, Parameter(help="A new or empty folder.")],
    *,
    pace: Annotated[int, Parameter(help="MiB a second, so that a working gateway does not notice.")] = 64,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> int:
    """Copy store, key and configuration into a folder, beside a working gateway or without one, and check the copy.

    All that was accepted before it began is in it.
    """
    installation = installation_of(folder)
    settings = settings_of(installation, config)
    if pace < 1:
        raise NotPossible("a pace is at least 1 MiB a second")
    look_there = installation.store(settings.store.path)
    if settings.store.kind == "sqlite" and not look_there.exists():
        raise NotPossible(f"there is no store {look_there}; name its folder with --dir")
    _see_that_there_is_room(installation, settings, to)
    made = not to.exists()
    taken_at = int(time.time() * 1000)
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        copied = asyncio.run(_copied(installation, settings, to / STORE, pace * MIB))
        _copy_private(installation.folder / KEY, to / KEY)
        if (installation.folder / CONFIG_NAME).exists():
            _copy_private(installation.folder / CONFIG_NAME, to / CONFIG_NAME)
        contents = Contents(heliograph.__version__, taken_at, settings.store.kind, *copied[:3], _digest(to / STORE))
        write_private(to / CONTENTS, msgspec.json.format(msgspec.json.encode(contents)).decode() + "\n")
    except BaseException:
        _remove(to, made)
        raise
    if json:
        print_json({**msgspec.to_builtins(contents), "faults": copied.faults})
    else:
        for fault in copied.faults:
            err.print(f"The store has a fault, and so has its backup: {fault}", style="red", markup=False)
        out.print(f"{contents.messages:,} messages, {contents.octets / MIB:,.1f} MiB: {to}", markup=False)
    return FAILED if copied.faults else DONE


def _see_that_there_is_room(installation: Installation, settings: GatewaySettings, to: Path) -> None:
    """Beside a backup on the gateway's own disk there must stay what the gateway needs to accept anything."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise NotPossible(f"{to} is not empty; name a new folder")
    if not (installation.folder / KEY).exists():
        raise NotPossible(f"{installation.folder} holds no gateway: there is no {KEY}; name its folder with --dir")
    path = installation.store(settings.store.path)
    if settings.store.kind != "sqlite" or not path.exists():
        return
    place = next(place for place in (to.absolute(), *to.absolute().parents) if place.exists())
    log = path.with_name(path.name + "-wal")
    needed = path.stat().st_size + (log.stat().st_size if log.exists() else 0)
    if place.stat().st_dev == path.stat().st_dev:
        needed += settings.queue.least_free_disk_mib * MIB
    free = shutil.disk_usage(place).free
    if free < needed:
        raise NotPossible(
            f"{place} has {free // MIB:,} MiB free, the backup and a working gateway need {needed // MIB:,}; "
            "free disk or name another one"
        )


async def _copied(
    installation: Installation, settings: GatewaySettings, target: Path, octets_a_second: int
) -> sqlite.Copied:
    path = installation.store(settings.store.path)
    if settings.store.kind == "sqlite":
        return await sqlite.back_up(path, target, octets_a_second=octets_a_second)
    async with source_of(settings.store, path, is_alone=False) as here, filling_tables(target) as there:
        await copy(here, there, lambda line: None)
    return sqlite.seen(target)


def _copy_private(here: Path, there: Path) -> None:
    write_private(there, here.read_text("utf-8"))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove(folder: Path, whole: bool) -> None:
    for name in (STORE, KEY, CONFIG_NAME, CONTENTS):
        (folder / name).unlink(missing_ok=True)
    if whole and folder.exists() and not any(folder.iterdir()):
        folder.rmdir()


def restore(
    backup: Annotated[Path, Parameter(help="The folder of a backup.")],
    *,
    replace: Annotated[bool, Parameter(help="Move a store that is there aside.", negative="")] = False,
    skip_ids: Annotated[int, Parameter(help="Ids to leave out: those given since the backup was taken.")] = 1_000_000,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> int:
    """Put a backup back; no gateway may run in the folder. `serve` goes on from it."""
    contents = _contents(backup)
    installation = installation_of(folder)
    installation.make()
    kept_config, own_config = backup / CONFIG_NAME, installation.folder / CONFIG_NAME
    takes_config = config is None and kept_config.exists() and not own_config.exists()
    settings = settings_of(installation, kept_config if takes_config else config)
    if skip_ids < 0:
        raise NotPossible("ids cannot go back")
    with ExitStack() as held:
        lock = FileLock(installation.folder / "restore.lock")
        if settings.store.kind == "sqlite":
            path = installation.store(settings.store.path)
            lock = FileLock(path.with_name(f"{path.name}.lock"))
        lock.take()
        held.callback(lock.release)
        _see_that_the_key_fits(installation, backup, replace)
        faults = _put_back(installation, settings, backup, skip_ids, replace)
        _copy_private(backup / KEY, installation.folder / KEY)
        if takes_config:
            _copy_private(kept_config, own_config)
    if json:
        print_json({**msgspec.to_builtins(contents), "faults": faults})
    else:
        for fault in faults:
            err.print(f"The backup has a fault: {fault}", style="red", markup=False)
        out.print(f"{contents.messages:,} messages are back in {installation.folder}.", markup=False)
    return FAILED if faults else DONE


def _contents(backup: Path) -> Contents:
    """What a backup holds, if it is whole. Raises `NotPossible`."""
    try:
        contents = msgspec.json.decode((backup / CONTENTS).read_bytes(), type=Contents)
    except (OSError, msgspec.DecodeError) as error:
        raise NotPossible(
            f"{backup} is no whole backup: {CONTENTS} cannot be read ({error}); name another backup"
        ) from error
    for name in (STORE, KEY):
        if not (backup / name).is_file():
            raise NotPossible(f"{backup} is no whole backup: there is no {name}; name another backup")
    if _digest(backup / STORE) != contents.sha256:
        raise NotPossible(f"{backup / STORE} is not what was backed up: its digest differs; name another backup")
    return contents


def _see_that_the_key_fits(installation: Installation, backup: Path, replace: bool) -> None:
    key = installation.folder / KEY
    if key.exists() and not replace and key.read_text("ascii").strip() != (backup / KEY).read_text("ascii").strip():
        raise NotPossible(
            f"{key} is another gateway's key than that of the backup; nothing was changed, restore into another "
            "folder, or with --replace"
        )


def _put_back(
    installation: Installation, settings: GatewaySettings, backup: Path, skip_ids: int, replace: bool
) -> list[str]:
    if settings.store.kind != "sqlite":
        return asyncio.run(_into_postgres(settings, backup / STORE, skip_ids))
    path = installation.store(settings.store.path)
    if path.exists() and not replace:
        raise NotPossible(
            f"{path} is there already; nothing was changed, restore into another folder, or with --replace, "
            "which moves it aside"
        )
    aside = f"{path.name}.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    return sqlite.put_back(backup / STORE, path, skip_ids=skip_ids, aside=aside).faults


async def _into_postgres(settings: GatewaySettings, backup: Path, skip_ids: int) -> list[str]:
    target = target_of(settings.store.url, settings.store.password)
    async with reading_tables(backup) as here, target as there:
        await copy(here, there, lambda line: None)
        await there.skip_ids(skip_ids)
        return await there.faults()
