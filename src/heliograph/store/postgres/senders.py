"""Sender names as rows of the directory, their papers, and the codes that prove numbers."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from dataclasses import astuple
from typing import Final

from heliograph.model.account import Sender
from heliograph.model.senders import CodeSent, Document
from heliograph.store.postgres import directory
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.texts import kept

_ID: Final = "SELECT id FROM sender WHERE account_id = $1 AND name = $2"
_FACTS: Final = "sender_id, account_id, name, kind, remark, size, added_at"
_ADD: Final = f"INSERT INTO sender_document ({_FACTS}, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id"
_DROP: Final = "DELETE FROM sender_document WHERE sender_id = $1 AND account_id = $2"
_OF_ACCOUNT: Final = f"SELECT id, {_FACTS} FROM sender_document WHERE account_id = $1 ORDER BY id"
_ONE: Final = f"SELECT id, {_FACTS}, data FROM sender_document WHERE id = $1"
_CODE: Final = "SELECT number, account_id, digest, sent_at, tries FROM sender_code WHERE number = $1"
_SAVE_CODE: Final = """
    INSERT INTO sender_code (number, account_id, digest, sent_at, tries) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (number) DO UPDATE
    SET account_id = excluded.account_id, digest = excluded.digest, sent_at = excluded.sent_at, tries = excluded.tries
"""
_DROP_CODE: Final = "DELETE FROM sender_code WHERE number = $1"
_FORGET: Final = """
    DELETE FROM sender_code
    WHERE number = ANY(ARRAY(SELECT number FROM sender_code WHERE sent_at < $1 LIMIT 100))
"""
_MOST_ID: Final = 2**31
"""Ids are below it; larger numbers are asked for, too."""


class PostgresSenders:
    """`ports.senders.SenderStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, sender: Sender, author: str, at: int) -> tuple[int, int]:
        async with self._database.group() as database:
            revision = await directory.change(database, [sender], author, at)
            found = await database.fetchval(_ID, sender.account_id, kept(sender.name))
        return int(found), revision

    async def remove(self, sender: Sender, author: str, at: int) -> int:
        async with self._database.group() as database:
            await database.execute(_DROP, sender.id, sender.account_id)
            return await directory.remove(database, sender, author, at)

    async def add_documents(self, documents: list[tuple[Document, bytes]]) -> list[int]:
        ids: list[int] = []
        async with self._database.group() as database:
            for document, data in documents:
                values = [kept(value) for value in astuple(document)[1:]]
                ids.append(int(await database.fetchval(_ADD, *values, data)))
        return ids

    async def documents(self, account_id: int) -> list[Document]:
        return [Document(*row) for row in await self._database.rows(_OF_ACCOUNT, account_id)]

    async def document(self, document_id: int) -> tuple[Document, bytes] | None:
        if not 0 < document_id < _MOST_ID:
            return None
        found = await self._database.rows(_ONE, document_id)
        return (Document(*found[0][:-1]), bytes(found[0][-1])) if found else None

    async def code(self, number: str) -> CodeSent | None:
        found = await self._database.rows(_CODE, kept(number))
        return CodeSent(*found[0]) if found else None

    async def save_code(self, code: CodeSent, forget_before: int) -> None:
        async with self._database.group() as database:
            await database.execute(_FORGET, forget_before)
            await database.execute(_SAVE_CODE, *[kept(value) for value in astuple(code)])

    async def remove_code(self, number: str) -> None:
        async with self._database.group() as database:
            await database.execute(_DROP_CODE, kept(number))
