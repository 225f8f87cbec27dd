"""Sender names as rows of the directory, their papers, and the codes that prove numbers."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from dataclasses import astuple
from typing import Final

from heliograph.model.account import Sender
from heliograph.model.senders import CodeSent, Document
from heliograph.store.sqlite import directory
from heliograph.store.sqlite.database import Database

_ID: Final = "SELECT id FROM sender WHERE account_id = ? AND name = ?"
_FACTS: Final = "sender_id, account_id, name, kind, remark, size, added_at"
_ADD: Final = f"INSERT INTO sender_document ({_FACTS}, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_DROP: Final = "DELETE FROM sender_document WHERE sender_id = ? AND account_id = ?"
_OF_ACCOUNT: Final = f"SELECT id, {_FACTS} FROM sender_document WHERE account_id = ? ORDER BY id"
_ONE: Final = f"SELECT id, {_FACTS}, data FROM sender_document WHERE id = ?"
_CODE: Final = "SELECT number, account_id, digest, sent_at, tries FROM sender_code WHERE number = ?"
_SAVE_CODE: Final = """
    INSERT INTO sender_code (number, account_id, digest, sent_at, tries) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (number) DO UPDATE
    SET account_id = excluded.account_id, digest = excluded.digest, sent_at = excluded.sent_at, tries = excluded.tries
"""
_DROP_CODE: Final = "DELETE FROM sender_code WHERE number = ?"
_FORGET: Final = """
    DELETE FROM sender_code WHERE number IN (SELECT number FROM sender_code WHERE sent_at < ? LIMIT 100)
"""


class SqliteSenders:
    """`ports.senders.SenderStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, sender: Sender, author: str, at: int) -> tuple[int, int]:
        async with self._database.group() as database:
            revision = directory.change(database, [sender], author, at)
            found = database.execute(_ID, (sender.account_id, sender.name)).get
        return int(found), revision

    async def remove(self, sender: Sender, author: str, at: int) -> int:
        async with self._database.group() as database:
            database.execute(_DROP, (sender.id, sender.account_id))
            return directory.remove(database, sender, author, at)

    async def add_documents(self, documents: list[tuple[Document, bytes]]) -> list[int]:
        ids: list[int] = []
        async with self._database.group() as database:
            for document, data in documents:
                database.execute(_ADD, (*astuple(document)[1:], data))
                ids.append(database.last_insert_rowid())
        return ids

    async def documents(self, account_id: int) -> list[Document]:
        return [Document(*row) for row in self._database.reader.rows(_OF_ACCOUNT, (account_id,))]

    async def document(self, document_id: int) -> tuple[Document, bytes] | None:
        found = self._database.reader.first(_ONE, (document_id,))
        return None if found is None else (Document(*found[:-1]), found[-1])

    async def code(self, number: str) -> CodeSent | None:
        found = self._database.reader.first(_CODE, (number,))
        return None if found is None else CodeSent(*found)

    async def save_code(self, code: CodeSent, forget_before: int) -> None:
        async with self._database.group() as database:
            database.execute(_FORGET, (forget_before,))
            database.execute(_SAVE_CODE, astuple(code))

    async def remove_code(self, number: str) -> None:
        async with self._database.group() as database:
            database.execute(_DROP_CODE, (number,))
