"""Texts PostgreSQL cannot hold: its `text` has no NUL, and customers' texts may.

NUL is kept as two characters, and so is the one that marks it; texts with neither, nearly all there are, stay as they
are. What is compared with a column must be put in the same form.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

MARK = "\x01"
MARKED_MARK, MARKED_NUL = MARK + "\x02", MARK + "\x03"


def kept(value: Any) -> Any:  # noqa: ANN401 - a value of any column
    """A value as a column holds it; lists item by item, what is no text unchanged."""
    if type(value) is str:
        return _kept(value) if needs_keeping(value) else value
    if type(value) is list:
        return [kept(one) for one in value]
    return value


def needs_keeping(text: str) -> bool:
    """True if a column would hold it in another form."""
    return MARK in text or "\x00" in text


def told(row: Iterable[Any]) -> tuple[Any, ...]:
    """A row as it was before it was kept."""
    return tuple([_told(value) if type(value) is str and MARK in value else value for value in row])


def _kept(text: str) -> str:
    return text.replace(MARK, MARKED_MARK).replace("\x00", MARKED_NUL)


def _told(text: str) -> str:
    return text.replace(MARKED_NUL, "\x00").replace(MARKED_MARK, MARK)
