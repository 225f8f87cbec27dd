"""Two gateways of this process on one database."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager

from core.house import home
from heliograph.settings import StoreSettings
from store.postgres.schemas import schemas
from walks.world import eventually, running


@asynccontextmanager
async def two_nodes(folder, second=None, **changes):
    """Both see each other; the account `shop` is known to both, with the same token. `second`: what is different at the
    second node."""
    store = StoreSettings("postgres", url=schemas(18).url(folder))
    async with running(folder / "one", store=store, **changes) as one:
        (folder / "two").mkdir()
        shutil.copy(folder / "one" / "secret.key", folder / "two")
        async with running(folder / "two", store=store, account=False, **{**changes, **(second or {})}) as two:
            two.token = one.token
            for world in (one, two):
                await eventually(lambda world=world: both_alive(world))
            yield one, two


@asynccontextmanager
async def two_homes(folder):
    """Both have carriers of their own, in the test's hand; the first is the first node."""
    store = StoreSettings("postgres", url=schemas(18).url(folder))
    async with home(folder / "one", store=store) as one:
        (folder / "two").mkdir()
        shutil.copy(folder / "one" / "secret.key", folder / "two")
        async with home(folder / "two", store=store, fresh=False) as two:
            yield one, two


async def both_alive(world):
    gateway = world.gateway
    return gateway.intake.nodes == 2 and gateway.duplicates.is_shared
