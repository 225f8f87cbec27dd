"""The rooms of the back office that PostgreSQL does not keep yet, by name: one list, which the suite reads, too.

A gateway on PostgreSQL starts and carries messages; who asks for such a room hears at once that it is not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from heliograph.ports import StoreFailure

TO_COME: tuple[str, ...] = ("campaigns", "contacts", "templates")
"""Attributes of the store; `tests/store/test_<name>.py` is not asked of PostgreSQL while its name stands here."""


class RoomToCome:
    """Stands where a room will be."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Callable[..., NoReturn]:
        """Whatever is asked of it cannot be done."""
        if method.startswith("__"):
            raise AttributeError(method)

        def refuse(*_: object, **__: object) -> NoReturn:
            raise StoreFailure(f"{self._name} is not kept on PostgreSQL yet; use the store sqlite for it")

        return refuse
