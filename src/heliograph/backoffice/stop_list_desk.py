"""Stop lists as an operator handles them: taken from tables and given back, an account's or the one for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from heliograph.backoffice.accounts import Accounts
from heliograph.backoffice.table_columns import MOST_ROWS, OF_STOP_LISTS
from heliograph.backoffice.verbs import NotPossible, StopListAdd, StopListGet, Verb
from heliograph.core.directory import EVERYBODY, Directory
from heliograph.model.account import Blocks, StopListed
from heliograph.ports import Clock, Store

_BLOCKS: Final = {"": Blocks.EVERYTHING} | {
    said: blocks for blocks in Blocks for said in (str(int(blocks)), blocks.name.lower())
}


class StopListDesk:
    """Carries the verbs out. What was put on a list counts from the answer on."""

    verbs: Final[tuple[type[Verb], ...]] = (StopListAdd, StopListGet)

    def __init__(
        self,
        *,
        accounts: Accounts,
        directory: Directory,
        store: Store,
        clock: Clock,
        normalise: Callable[[str], str],
    ) -> None:
        self._accounts = accounts
        self._directory = directory
        self._store = store
        self._clock = clock
        self._normalise = normalise

    async def do(self, verb: Verb, author: str) -> object:
        """Carry out and answer. Raises `NotPossible` with a sentence, `StoreFailure`."""
        match verb:
            case StopListAdd():
                return {"refused": await self._add(verb, author)}
            case StopListGet():
                most = min(max(verb.most, 1), MOST_ROWS)
                rows = await self._store.stop_list(self._owner(verb.login), verb.after, most)
                return [{"id": row.id, "phone": row.recipient, "blocks": row.blocks.name.lower()} for row in rows]
            case _:
                raise NotPossible("this is no verb of stop lists")

    async def _add(self, verb: StopListAdd, author: str) -> list[str]:
        """Why each row was refused, "" for one that is kept (or would be, if this is only a preview)."""
        if not 0 < len(verb.rows) <= MOST_ROWS:
            raise NotPossible(f"bring 1 to {MOST_ROWS} rows at a time")
        owner = self._owner(verb.login)
        made = [self._row(owner, row) for row in verb.rows]
        rows = {one.recipient: one for one in made if not isinstance(one, str)}
        if rows and not verb.preview:
            revision = await self._store.change_directory(list(rows.values()), author, self._clock.now())
            for one in rows.values():
                self._directory.stop(one, revision)
        return [one if isinstance(one, str) else "" for one in made]

    def _row(self, owner: int, row: Mapping[str, str]) -> StopListed | str:
        """The entry of a row, or what is wrong with it."""
        unknown = row.keys() - set(OF_STOP_LISTS)
        if unknown:
            return f"there is no column {min(unknown)!r}"
        number = self._normalise(row.get("phone", ""))
        if not number:
            return "phone is no international number"
        blocks = _BLOCKS.get(row.get("blocks", "").strip().lower())
        if blocks is None:
            return "blocks is none of 0 everything, 1 mailings, 2 single"
        return StopListed(owner, number, blocks)

    def _owner(self, login: str) -> int:
        return self._accounts.of(login).id if login else EVERYBODY
