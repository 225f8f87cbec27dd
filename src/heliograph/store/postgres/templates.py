"""Templates in two tables."""

# ruff: noqa: S608 - the statements are put together from names written here; every value is bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heliograph.model.templates import OperatorTemplate, Template, TemplateStatus
from heliograph.store.columns import templates as columns
from heliograph.store.postgres.database import Database
from heliograph.store.postgres.texts import kept, told

_ADD: Final = """
    INSERT INTO template (name, text, format, sender, signs, account_id) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
"""
_SAVE: Final = """
    UPDATE template SET name = $1, text = $2, format = $3, sender = $4, signs = $5 WHERE account_id = $6 AND id = $7
"""
_REMOVE: Final = "DELETE FROM template WHERE account_id = $1 AND id = $2"
_OF_ACCOUNT: Final = f"SELECT {columns.COLUMNS} FROM template WHERE account_id = $1 ORDER BY id"
_REGISTER: Final = """
    INSERT INTO operator_template (account_id, sender, text, flag, status) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
"""
_REGISTERED: Final = f"""
    SELECT {columns.REGISTERED} FROM operator_template WHERE account_id = $1 OR $1 IS NULL ORDER BY id
"""
_MODERATE: Final = f"UPDATE operator_template SET status = $1 WHERE id = $2::bigint RETURNING {columns.REGISTERED}"


class PostgresTemplates:
    """`ports.templates.TemplateStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, template: Template) -> int:
        async with self._database.group() as database:
            return int(await database.fetchval(_ADD, *_values(template)))

    async def save(self, template: Template) -> None:
        async with self._database.group() as database:
            await database.execute(_SAVE, *_values(template), template.id)

    async def remove(self, template: Template) -> None:
        async with self._database.group() as database:
            await database.execute(_REMOVE, template.account_id, template.id)

    async def of_account(self, account_id: int) -> list[Template]:
        return [columns.template_of(row) for row in await self._database.rows(_OF_ACCOUNT, account_id)]

    async def register(self, templates: Sequence[OperatorTemplate]) -> None:
        async with self._database.group() as database:
            for one in templates:
                await database.execute(_REGISTER, *[kept(value) for value in columns.registered_values(one)])

    async def moderate(self, template_id: int, status: TemplateStatus) -> OperatorTemplate | None:
        async with self._database.group() as database:
            rows = await database.fetch(_MODERATE, int(status), template_id)
        return columns.registered_of(told(rows[0])) if rows else None

    async def registered(self, account_id: int | None) -> list[OperatorTemplate]:
        return [columns.registered_of(row) for row in await self._database.rows(_REGISTERED, account_id)]


def _values(template: Template) -> list[object]:
    return [kept(value) for value in (*columns.values(template), template.account_id)]
