"""Stores: the queue and the memory of the gateway. Each database has its own SQL, one suite of stories its meaning.

A store is the truth about every message and decides nothing about any. Errors, all of them `ports.StoreFailure`:

    StoreFailure          this time it did not work; nothing was changed, try again
    └── StoreError        it cannot be opened as it is; the text names what is wrong and the remedy
        └── StoreInUse    another process has it
"""

from __future__ import annotations

from heliograph.ports import StoreFailure


class StoreError(StoreFailure):
    """The store cannot be opened as it is; the text names what is wrong and the remedy. Nothing was changed."""


class StoreInUse(StoreError):
    """Another process owns the store; `pid` is its number, None if it has not written it yet."""

    def __init__(self, text: str, pid: int | None) -> None:
        super().__init__(text)
        self.pid = pid


STORES: dict[str, str] = {
    "sqlite": "heliograph.store.sqlite:SqliteStore",
    "postgres": "heliograph.store.postgres:PostgresStore",
}
"""kind → dotted path, imported on first use."""
