"""The store on PostgreSQL 16 or newer: a server of its own, for who has one or wants to run more than one machine."""

from __future__ import annotations

from heliograph.store.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
