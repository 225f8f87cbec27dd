"""How a command reaches the gateway of a folder: over its control socket, or by opening the store itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import msgspec

from heliograph.app import FENCE, open_store
from heliograph.backoffice.accounts import NotPossible
from heliograph.backoffice.verbs import Verb
from heliograph.cli.shell import settings_of
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.doors.control import MOST_LINE, short_name
from heliograph.installation import Installation
from heliograph.model.rows import Row
from heliograph.numbering import plan_of
from heliograph.ops.clock import SystemClock
from heliograph.store import StoreError
from heliograph.wiring.office import Ground, office_alone


def ask(installation: Installation, verb: Verb, *, config: Path | None = None, offline: bool = True) -> object:
    """The answer of the running gateway, else of the store itself where `offline` allows. Raises `NotPossible`."""
    return asyncio.run(_ask(installation, verb, config, offline))


async def _ask(installation: Installation, verb: Verb, config: Path | None, offline: bool) -> object:
    try:
        return await send_to(installation, verb)
    except NoGateway:
        if not offline:
            raise
    return await _alone(installation, verb, config)


class NoGateway(NotPossible):
    """No gateway is running in the folder."""


async def send_to(installation: Installation, verb: Verb) -> object:
    """The answer of the running gateway. Raises `NoGateway`, `NotPossible`."""
    streams = await _connect(installation)
    if streams is None:
        raise NoGateway(f"no gateway is running in {installation.folder}")
    reader, writer = streams
    try:
        writer.write(msgspec.json.encode(verb) + b"\n")
        return _answer(await reader.readline())
    finally:
        writer.close()


async def follow(installation: Installation, verb: Verb) -> AsyncIterator[object]:
    """The stream a verb is answered with, until the gateway ends."""
    streams = await _connect(installation)
    if streams is None:
        raise NoGateway(f"no gateway is running in {installation.folder}")
    reader, writer = streams
    try:
        writer.write(msgspec.json.encode(verb) + b"\n")
        while line := await reader.readline():
            yield _answer(line)
    finally:
        writer.close()


async def _connect(installation: Installation) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    if not installation.control.exists():
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        with short_name(installation.control) as name:
            connection.connect(name)
    except OSError:
        connection.close()
        return None
    return await asyncio.open_unix_connection(sock=connection, limit=MOST_LINE * 16)


def _answer(line: bytes) -> object:
    if not line:
        raise NotPossible("the gateway ended before it answered")
    answer = msgspec.json.decode(line, type=dict[str, object])
    if "error" in answer:
        raise NotPossible(str(answer["error"]))
    return answer["ok"]


async def _alone(installation: Installation, verb: Verb, config: Path | None) -> object:
    """No gateway runs: under its lock we are the one process that owns the store."""
    settings = settings_of(installation, config)
    path = installation.store(settings.store.path)
    if settings.store.kind == "sqlite" and not path.exists():
        raise StoreError(f"there is no store {path}; `heliograph migrate` makes one, `heliograph serve` too")
    store, clock = open_store(settings, installation), SystemClock()
    await store.open()
    try:
        secret, plan = installation.secret(), plan_of(settings.numbering, installation.folder)
        directory = Directory(await store.directory(), settings.routes, settings.tariffs, plan, secret)
        purses = Purses(await store.purses())

        async def write(rows: Sequence[Row]) -> None:
            await store.write(rows, FENCE, clock.now())

        verbs = office_alone(Ground(settings, store, directory, purses, clock, secret, write))
        return msgspec.to_builtins(await verbs.do(verb, "operator"))
    finally:
        await store.close()


def rows_of(answer: object) -> list[dict[str, object]]:
    """An answer that is a list of objects."""
    return cast("list[dict[str, object]]", answer)


def fields_of(answer: object) -> dict[str, object]:
    """An answer that is one object."""
    return cast("dict[str, object]", answer)
