"""How a command reaches the gateway of a folder: over its control socket, or by opening the store itself.

Imports nothing of what a gateway is made of: most commands find one running and want its answer at once.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Final, cast

import msgspec

from heliograph.backoffice.verbs import MOST_LINE, NotPossible, Verb
from heliograph.installation import Installation
from heliograph.net.unix_sockets import short_name

AT_ONCE: Final = 3
"""Verbs on their way of those that are asked one after another."""


def ask(installation: Installation, verb: Verb, *, config: Path | None = None, offline: bool = True) -> object:
    """The answer of the running gateway, else of the store itself where `offline` allows. Raises `NotPossible`."""
    return asyncio.run(_ask(installation, verb, config, offline))


async def _ask(installation: Installation, verb: Verb, config: Path | None, offline: bool) -> object:
    try:
        return await send_to(installation, verb)
    except NoGateway:
        if not offline:
            raise
    # The whole house, which one who is answered over the socket need not wait for.
    from heliograph.cli.alone import answer_of

    return await answer_of(installation, verb, config)


def ask_each(installation: Installation, verbs: Iterable[Verb], *, config: Path | None = None) -> Iterator[object]:
    """The answers to all of them, in order; the gateway has the next ones while it works at the first. Raises
    `NotPossible`."""
    with asyncio.Runner() as runner:
        streams = runner.run(_connect(installation))
        if streams is None:
            yield from (runner.run(_ask(installation, verb, config, True)) for verb in verbs)
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
