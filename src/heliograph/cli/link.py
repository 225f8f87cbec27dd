"""How a command reaches the gateway of a folder: over its control socket, or by opening the store itself.

Imports nothing of what a gateway is made of: most commands find one running and want its answer at once.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Final, cast

import msgspec

from heliograph.backoffice.verbs import MOST_LINE, NotPossible, Verb
from heliograph.installation import Installation
from heliograph.net.unix_sockets import short_name

AT_ONCE: Final = 3
"""Verbs on their way of those that are asked one after another."""
PATIENCE_S: Final = 15.0
"""For how long a command waits for who has the folder and does not answer: a gateway that starts, another command."""
LOOK_S: Final = 0.1


def ask(
    installation: Installation,
    verb: Verb,
    *,
    config: Path | None = None,
    offline: bool = True,
    patience_s: float = PATIENCE_S,
) -> object:
    """The answer of the running gateway, else of the store itself where `offline` allows.

    A gateway has its store from the first moment of its start and its socket a little later, so a store in use is
    asked for again for `patience_s`. Raises `NotPossible`, `StoreError`.
    """
    return asyncio.run(_ask(installation, verb, config, offline, patience_s))


async def _ask(installation: Installation, verb: Verb, config: Path | None, offline: bool, patience_s: float) -> object:
    last = time.monotonic() + patience_s
    while True:
        try:
            return await send_to(installation, verb)
        except NoGateway:
            if not offline:
                raise
        # The whole house, which one who is answered over the socket need not wait for.
        from heliograph.cli.alone import answer_of
        from heliograph.store import StoreInUse

        try:
            return await answer_of(installation, verb, config)
        except StoreInUse as error:
            if error.pid is None or time.monotonic() > last:
                raise
        await asyncio.sleep(LOOK_S)


def ask_each(installation: Installation, verbs: Iterable[Verb], *, config: Path | None = None) -> Iterator[object]:
    """The answers to all of them, in order; the gateway has the next ones while it works at the first. Raises
    `NotPossible`."""
    with asyncio.Runner() as runner:
        streams = runner.run(_connect(installation))
        if streams is None:
            yield from (runner.run(_ask(installation, verb, config, True, PATIENCE_S)) for verb in verbs)
            return
        reader, writer = streams
        under_way = 0
        try:
            for verb in verbs:
                writer.write(msgspec.json.encode(verb) + b"\n")
                under_way += 1
                if under_way == AT_ONCE:
                    yield _answer(runner.run(reader.readline()))
                    under_way -= 1
            for _ in range(under_way):
                yield _answer(runner.run(reader.readline()))
        finally:
            writer.close()


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


def rows_of(answer: object) -> list[dict[str, object]]:
    """An answer that is a list of objects."""
    return cast("list[dict[str, object]]", answer)


def fields_of(answer: object) -> dict[str, object]:
    """An answer that is one object."""
    return cast("dict[str, object]", answer)
