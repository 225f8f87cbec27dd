"""The control socket: a Unix socket in the data folder, for the operator's own commands (decisions.md 9).

Whoever may open the file may do everything, so it has mode 0600. One JSON object a line in, one a line out:
`{"ok": …}` or `{"error": "a sentence"}`; `tail` answers with a line per event until the caller goes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from heliograph.backoffice.office import Office
from heliograph.backoffice.verbs import MOST_LINE, NotPossible, Tail, Verb
from heliograph.core.live import Live
from heliograph.net.unix_sockets import bind
from heliograph.ports import StoreFailure

AUTHOR = "operator"


class ControlDoor:
    """Serves `verbs` on `path`. A socket file left by a killed process is replaced: the store's lock was ours first."""

    name = "control"

    def __init__(self, path: Path, verbs: Office, live: Live, on_fault: Callable[[str, BaseException], None]) -> None:
        self._path = path
        self._verbs = verbs
        self._live = live
        self._on_fault = on_fault
        self._decoder = msgspec.json.Decoder(Verb)
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. The folder's path may be longer than a socket's name can be, so it is bound from within."""
        self._path.unlink(missing_ok=True)
        listener = bind(self._path)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MOST_LINE)

    async def stop(self, grace_s: float) -> None:
        """Listen no more and let the callers go; a verb under way ends first, a tail does not."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._callers):
            task.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._callers.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._callers.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readline()
            except ValueError:
                _write(writer, {"error": f"a request is one line of at most {MOST_LINE} bytes"})
                return
            if not line.strip():
                if not line:
                    return
                continue
            try:
                verb = self._decoder.decode(line)
                if isinstance(verb, Tail):
                    await self._tail(verb, reader, writer)
                    return
                _write(writer, {"ok": await asyncio.shield(self._verbs.do(verb, AUTHOR))})
            except msgspec.MsgspecError as error:
                _write(writer, {"error": f"not understood: {error}"})
            except (NotPossible, StoreFailure) as error:
                _write(writer, {"error": str(error)})
            except Exception as error:
                self._on_fault("control", error)
                _write(writer, {"error": "something went wrong in the gateway; its log says what"})
            await writer.drain()

    async def _tail(self, verb: Tail, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = asyncio.ensure_future(reader.read())
        gone.add_done_callback(lambda _: writer.close())
        missed = 0
        try:
            async for event in self._live.watch(is_local=verb.here):
                if gone.done():
                    return
                missed += event.missed
                if event.recipient.startswith(verb.to):
                    _write(writer, {"ok": {**msgspec.to_builtins(event), "missed": missed}})
                    missed = 0
                    await writer.drain()
        finally:
            gone.cancel()


def _write(writer: asyncio.StreamWriter, answer: dict[str, object]) -> None:
    writer.write(msgspec.json.encode(answer) + b"\n")
