"""The directory's rows: a JSON text for the whole value, beside it what is looked up or must be unique.

In the history of changes secrets and digests are masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import msgspec

from heliograph.model.account import Account, Blocks, Credential, Endpoint, Sender, StopListed
from heliograph.ports import DirectoryChange

MASKED = "***"
NEWEST = 2**62
"""Above every revision."""

Bodied = Account | Credential | Sender | Endpoint
"""What has a row with a JSON text."""
Kept = TypeVar("Kept", Account, Credential, Sender, Endpoint)


class Table(NamedTuple):
    """Its name, and the fields that stand beside the text."""

    name: str
    columns: tuple[str, ...]


TABLES: dict[type[Bodied], Table] = {
    Account: Table("account", ("login",)),
    Credential: Table("credential", ("account_id", "kind", "name", "digest")),
    Sender: Table("sender", ("account_id", "name")),
    Endpoint: Table("endpoint", ("account_id",)),
}


def values(row: Bodied) -> tuple[Any, ...]:
    """The values of its table's columns, then the text."""
    fields = [getattr(row, column) for column in TABLES[type(row)].columns]
    return (*[str(value) if isinstance(value, str) else value for value in fields], text_of(row))


def rows_of(kind: type[Kept], rows: Iterable[tuple[int, str]]) -> list[Kept]:
    """What stands in rows of id and text. The id is the truth: the text was written before it was known."""
    decoder = msgspec.json.Decoder(kind)
    return [replace(decoder.decode(body), id=row_id) for row_id, body in rows]


def again(row: Bodied, body: str | None) -> Bodied | None:
    """What stood in the row of the same kind and id, None if there was none."""
    return None if body is None else replace(msgspec.json.decode(body, type=type(row)), id=row.id)


def stop_listed_of(row: Sequence[Any]) -> StopListed:
    """The entry that stands in a row of account_id, recipient, blocks, id."""
    account_id, recipient, blocks, id_ = row
    return StopListed(account_id, recipient, Blocks(blocks), id_)


def subject_of(row: DirectoryChange) -> str:
    """What a revision is about."""
    return f"{noun_of(row)} {row.recipient if isinstance(row, StopListed) else row.id}"


def revision_text(revision: int) -> str:
    """The value of a document, in the history: under which revision it stands."""
    return msgspec.json.encode({"revision": revision}).decode()


def noun_of(row: DirectoryChange) -> str:
    """The word for it."""
    return "stop-list entry" if isinstance(row, StopListed) else type(row).__name__.lower()


def masked_text(row: Bodied | None) -> str:
    """The row for the history: what proves an identity or signs a call is not in it."""
    if row is None:
        return ""
    if isinstance(row, Credential):
        row = replace(row, digest=MASKED)
    if isinstance(row, Endpoint):
        row = replace(row, secret=MASKED)
    return text_of(row)


def text_of(row: DirectoryChange) -> str:
    """The row as its text."""
    return msgspec.json.encode(row).decode()
