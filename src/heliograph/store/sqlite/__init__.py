"""The embedded store: one SQLite file, one process, nothing to administer."""

from __future__ import annotations

from heliograph.store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
