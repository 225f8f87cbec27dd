"""`heliograph migrate`: the store made, or brought up to date."""

from __future__ import annotations

import asyncio

from heliograph.cli.configured import settings_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, out, print_json
from heliograph.wiring.store import open_store


def migrate(*, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Make the store, or bring an older one up to date; `serve` does it by itself."""
    installation = installation_of(folder)
    settings = settings_of(installation, config)
    installation.make()
    installation.secret()

    async def open_and_close() -> str:
        store = open_store(settings, installation)
        await store.open()
        await store.close()
        return store.place

    place = asyncio.run(open_and_close())
    if json:
        print_json({"store": place})
    else:
        out.print(f"The store {place} is up to date.", markup=False)
