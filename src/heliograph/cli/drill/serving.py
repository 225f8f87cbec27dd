"""One `heliograph serve` of a drill: a process that is begun, killed, stopped and begun again in its folder."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.link import fields_of, send_to
from heliograph.installation import Installation
from heliograph.ops import failpoints


class Serving:
    """The gateway of a folder. `url` is where its HTTP doors are; `up` is set while it takes requests."""

    def __init__(self, installation: Installation, url: str = "") -> None:
        self.installation = installation
        self.url = url
        self.up = asyncio.Event()
        self.process: subprocess.Popen[bytes] | None = None

    async def begin(self, failpoint: str = "") -> None:
        """Messages are taken on return; with a failpoint it may have died on the way."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
        if failpoint:
            environ[failpoints.VARIABLE] = failpoint
        read, write = os.pipe()
        folder = self.installation.folder
        words = [sys.executable, "-m", "heliograph", "serve", "--dir", str(folder)]
        with (folder / "gateway.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220, S603 - ourselves, and the loop may wait for the fork
                [*words, "--ready-fd", str(write)], env=environ, pass_fds=[write], stderr=log
            )
        os.close(write)
        with os.fdopen(read) as ready:
            line = await asyncio.to_thread(ready.readline)
        if line:
            self.up.set()
        elif not failpoint:
            said = (folder / "gateway.log").read_text("utf-8", "replace")[-1_000:]
            raise RuntimeError(f"the gateway did not start: exit code {self.process.wait()}: {said}")

    async def die(self) -> None:
        """As `kill -9`."""
        self.up.clear()
        if self.process is not None:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)

    async def end(self) -> int:
        """In order; the exit code."""
        self.up.clear()
        assert self.process is not None
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait)

    def tell(self, number: int) -> None:
        """Send a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    async def stands(self) -> dict[str, object]:
        """How it stands, by itself; {} while it does not answer."""
        return await self.says(verbs.Status())

    async def says(self, verb: verbs.Verb) -> dict[str, object]:
        """What it answers its operator; {} while it does not answer, or cannot."""
        try:
            async with asyncio.timeout(2.0):
                return fields_of(await send_to(self.installation, verb))
        except (NotPossible, OSError, TimeoutError):
            return {}

    @property
    def is_there(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None
