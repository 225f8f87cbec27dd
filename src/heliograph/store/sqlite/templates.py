"""Templates in two tables."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.templates import OperatorTemplate, Template, TemplateStatus
from heliograph.store.columns import templates as columns
from heliograph.store.sqlite.database import Database

_ADD: Final = "INSERT INTO template (account_id, name, text, format, sender, signs) VALUES (?, ?, ?, ?, ?, ?)"
_SAVE: Final = """
    UPDATE template SET name = ?, text = ?, format = ?, sender = ?, signs = ? WHERE id = ? AND account_id = ?
"""
_REMOVE: Final = "DELETE FROM template WHERE id = ? AND account_id = ?"
_OF_ACCOUNT: Final = f"SELECT {columns.COLUMNS} FROM template WHERE account_id = ? ORDER BY id"
_REGISTER: Final = """
    INSERT INTO operator_template (account_id, sender, text, flag, status)
    SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (
        SELECT 1 FROM operator_template WHERE account_id = ?1 AND sender = ?2 AND text = ?3 AND flag = ?4
    )
"""
_REGISTERED: Final = f"""
    SELECT {columns.REGISTERED} FROM operator_template WHERE account_id = ? OR ? IS NULL ORDER BY id
"""
_MODERATE: Final = "UPDATE operator_template SET status = ? WHERE id = ?"
_ONE: Final = f"SELECT {columns.REGISTERED} FROM operator_template WHERE id = ?"


class SqliteTemplates:
    """`ports.templates.TemplateStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, template: Template) -> int:
        async with self._database.group() as database:
            database.execute(_ADD, (template.account_id, *columns.values(template)))
            return int(database.last_insert_rowid())

    async def save(self, template: Template) -> None:
        async with self._database.group() as database:
            database.execute(_SAVE, (*columns.values(template), template.id, template.account_id))

    async def remove(self, template: Template) -> None:
        async with self._database.group() as database:
            database.execute(_REMOVE, (template.id, template.account_id))

    async def of_account(self, account_id: int) -> list[Template]:
        rows = self._database.reader.rows(_OF_ACCOUNT, (account_id,))
        return [columns.template_of(row) for row in rows]

    async def register(self, templates: Sequence[OperatorTemplate]) -> None:
        async with self._database.group() as database:
            database.executemany(_REGISTER, [columns.registered_values(one) for one in templates])

    async def moderate(self, template_id: int, status: TemplateStatus) -> OperatorTemplate | None:
        async with self._database.group() as database:
            database.execute(_MODERATE, (int(status), template_id))
        row = self._database.reader.first(_ONE, (template_id,))
        return None if row is None else columns.registered_of(row)

    async def registered(self, account_id: int | None) -> list[OperatorTemplate]:
        rows = self._database.reader.rows(_REGISTERED, (account_id, account_id))
        return [columns.registered_of(row) for row in rows]
