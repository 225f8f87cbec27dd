"""Rows that must belong to a row of another table, for `store check`: one list, in SQL that both databases read."""

# ruff: noqa: S608 - the statements are put together from names written here

from __future__ import annotations

from typing import Final, NamedTuple


class Reference(NamedTuple):
    """Rows of `table` whose `column` is the id of a row in `owner`; 0 is none."""

    what: str
    table: str
    column: str
    owner: str

    @property
    def sql(self) -> str:
        """How many belong to nothing, and the first of them."""
        return (
            f"SELECT count(*), min(id) FROM {self.table} WHERE {self.column} > 0 "
            f"AND NOT EXISTS (SELECT 1 FROM {self.owner} WHERE {self.owner}.id = {self.table}.{self.column})"
        )


REFERENCES: Final = (
    Reference(
        "parts of incoming texts belong to a text that does not exist", "incoming_part", "incoming_id", "incoming"
    ),
    Reference("credentials belong to an account that does not exist", "credential", "account_id", "account"),
    Reference("sender names belong to an account that does not exist", "sender", "account_id", "account"),
    Reference("endpoints belong to an account that does not exist", "endpoint", "account_id", "account"),
    Reference("papers belong to a sender name that does not exist", "sender_document", "sender_id", "sender"),
)

ORPHANS: Final = tuple((reference.what, reference.sql) for reference in REFERENCES)
"""What is wrong, and how many there are and the first of them."""
