"""`heliograph serve`: the gateway of a configuration, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated

from cyclopts import Parameter

from heliograph.app import Gateway
from heliograph.cli.shell import DONE, FAILED, Config, Dir, app, err, installation_of, settings_of
from heliograph.ops import failpoints, log

Started = Callable[[Gateway], Awaitable[None]]


@app.command
def serve(
    *,
    folder: Dir = None,
    config: Config = None,
    ready_fd: Annotated[int | None, Parameter(help="Descriptor that gets a line once messages are taken.")] = None,
) -> int:
    """Run the gateway in the foreground; SIGTERM or Ctrl-C drain it."""
    installation = installation_of(folder)
    settings = settings_of(installation, config, to_serve=True)
    installation.make()
    log.configure(level=settings.log.level, form=settings.log.format, mask=settings.log.mask)
    gateway = Gateway(settings, installation, failpoint=failpoints.from_environ(os.environ))

    async def started(gateway: Gateway) -> None:
        if ready_fd is not None:
            os.write(ready_fd, f"{gateway.http_url}\n".encode())
            os.close(ready_fd)

    return run_until_stopped(gateway, started)


def run_until_stopped(gateway: Gateway, started: Started) -> int:
    """Start, tell `started`, wait for a signal (or for `started` to raise `SystemExit`), drain."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_run(gateway, started))


async def _run(gateway: Gateway, started: Started) -> int:
    _allow_connections()
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        await gateway.start()
    except OSError as error:
        where = f"{gateway.settings.http.host} port {gateway.settings.http.port}"
        err.print(f"cannot listen on {where}: {error.strerror}; choose another with http.port", style="red")
        return FAILED
    code = DONE
    _rarely_collect()
    try:
        await started(gateway)
        await stopping.wait()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else FAILED
    finally:
        await gateway.stop()
    return code


def _allow_connections() -> None:
    """As many open files as the system allows at all: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _rarely_collect() -> None:
    """What is alive now lives for good; garbage that reference counting leaves is little, so look for it seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed (`pip install heliograph[fast]`), else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
