"""The HTTP client runs on asyncio's loop and on uvloop, as `serve` does where it can."""

from __future__ import annotations

import asyncio
import importlib.util


def pytest_asyncio_loop_factories(config, item):
    factories = {"asyncio": asyncio.new_event_loop}
    if item.path.name.startswith("test_http") and importlib.util.find_spec("uvloop"):
        import uvloop

        factories["uvloop"] = uvloop.new_event_loop
    return factories
