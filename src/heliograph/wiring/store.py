"""The store a configuration names."""

from __future__ import annotations

import importlib
from typing import cast

from heliograph.installation import Installation
from heliograph.ports import Store
from heliograph.settings import GatewaySettings
from heliograph.store import STORES, StoreError


def open_store(settings: GatewaySettings, installation: Installation) -> Store:
    """The store of the configuration, not yet opened. Raises `StoreError` if what it is built on is not installed."""
    store = settings.store
    module, _, name = STORES[store.kind].partition(":")
    try:
        factory = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        raise StoreError(f'{error.name} is missing; install it: pip install "heliograph[{store.kind}]"') from error
    if store.kind == "postgres":
        return cast(Store, factory(store.url, store.password))
    return cast(Store, factory(installation.store(store.path)))
