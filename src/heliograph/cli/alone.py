"""A verb carried out where no gateway runs: the command opens the store itself, under its lock (decisions.md 9)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from heliograph.app import FENCE
from heliograph.backoffice.verbs import Verb
from heliograph.cli.configured import settings_of
from heliograph.core.directory import Directory
from heliograph.core.purses import Purses
from heliograph.installation import Installation
from heliograph.model.rows import Row
from heliograph.numbering import plan_of
from heliograph.ops.clock import SystemClock
from heliograph.store import StoreError
from heliograph.wiring.office import Ground, office_alone
from heliograph.wiring.store import open_store


async def answer_of(installation: Installation, verb: Verb, config: Path | None) -> object:
    """What the verb answers. No gateway runs: under its lock we are the one process that owns the store.

    Raises `BadConfig`, `StoreError`, `NotPossible`.
    """
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
