"""`heliograph serve`: the gateway of a configuration, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated

import structlog
from cyclopts import Parameter

from heliograph.app import Gateway
from heliograph.cli.configured import settings_of
from heliograph.cli.loops import loop_factory
from heliograph.cli.shell import DONE, FAILED, Config, Dir, err, installation_of
from heliograph.doors.http_listener import CannotListen
from heliograph.ops import failpoints, log
from heliograph.ops.garbage import QuietCollector
from heliograph.reload import Read, Reloaded, reload
from heliograph.settings import GatewaySettings

Started = Callable[[Gateway], Awaitable[None]]
logger = structlog.get_logger()


def serve(
    *,
    folder: Dir = None,
    config: Config = None,
    ready_fd: Annotated[int | None, Parameter(help="Descriptor that gets a line once messages are taken.")] = None,
) -> int:
    """Run the gateway in the foreground; SIGTERM or Ctrl-C drain it, SIGHUP lets it look at its configuration again."""
    installation = installation_of(folder)

    settings = settings_of(installation, config, to_serve=True)
    installation.make()
    log.configure(level=settings.log.level, form=settings.log.format, mask=settings.log.mask)
    gateway = Gateway(settings, installation, failpoint=failpoints.from_environ(os.environ))

    async def started(gateway: Gateway) -> None:
        if ready_fd is not None:
            os.write(ready_fd, f"{gateway.http_url}\n".encode())
            os.close(ready_fd)

    def read() -> GatewaySettings:
        return settings_of(installation, config, to_serve=True, with_certificates=False)

    return run_until_stopped(gateway, started, read)


def run_until_stopped(gateway: Gateway, started: Started, read: Read | None = None) -> int:
    """Start, tell `started`, wait for a signal (or for `started` to raise `SystemExit`), drain.

    With `read`, SIGHUP takes over what has changed in the configuration and can be.
    """
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_run(gateway, started, read))


async def _run(gateway: Gateway, started: Started, read: Read | None) -> int:
    """One life after the other: a gateway from which another node has taken over begins anew."""
    _allow_connections()
    loop = asyncio.get_running_loop()
    stopping, hung_up = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if read is not None:
        loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    code = await _live(gateway, started, read, stopping, hung_up)
    while code is None:
        gateway = gateway.again()
        code = await _live(gateway, None, read, stopping, hung_up)
    return code


async def _live(
    gateway: Gateway, started: Started | None, read: Read | None, stopping: asyncio.Event, hung_up: asyncio.Event
) -> int | None:
    """One life of a gateway; None if another node ended it."""
    collector = QuietCollector(lambda: gateway.journal.rows)
    with collector.held_back():
        try:
            await gateway.start()
        except CannotListen as error:
            err.print(f"{error}; choose another address in the configuration", style="red", markup=False)
            return FAILED
        except OSError as error:
            err.print(f"cannot start: {error}", style="red", markup=False)
            return FAILED
        code, again = DONE, False
        collector.start()
        reloading = asyncio.create_task(_reload_when_told(gateway, read, hung_up)) if read is not None else None
        try:
            if started is not None:
                await started(gateway)
            again = await _first_of(gateway.fenced, stopping) is gateway.fenced
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else FAILED
        finally:
            if reloading is not None:
                reloading.cancel()
            await (gateway.abandon() if again else gateway.stop())
        return None if again else code


async def _first_of(*events: asyncio.Event) -> asyncio.Event:
    """The event that is set first."""
    waiting = {asyncio.ensure_future(event.wait()): event for event in events}
    done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    return waiting[done.pop()]


async def _reload_when_told(gateway: Gateway, read: Read, told: asyncio.Event) -> None:
    """One reload after the other, for as long as the gateway runs."""
    while True:
        await told.wait()
        told.clear()
        old = gateway.settings.log
        try:
            result = await reload(gateway, read)
        except Exception as error:
            gateway.on_fault("reload", error)
            result = Reloaded(["a fault of the gateway, see the log"], [])
        new = gateway.settings.log
        if new != old:
            log.configure(level=new.level, form=new.format, mask=new.mask)
        gateway.reload_complaints = result.complaints
        for complaint in result.complaints:
            logger.error("not reloaded", complaint=complaint)
        if result.waiting:
            logger.warning("changed, but taken over at the next start alone", settings=result.waiting)
        for concern in gateway.listeners.concerns(gateway.clock.now()):
            (logger.error if concern.is_fault else logger.warning)("certificate", concern=concern.text)
        logger.info("reloaded", complaints=len(result.complaints))


def _allow_connections() -> None:
    """As many open files as the system allows at all: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
