"""What the room of sender names needs of a store. The names are in the directory, too (`Store.directory`)."""

from __future__ import annotations

from typing import Protocol

from heliograph.model.account import Sender
from heliograph.model.senders import CodeSent, Document


class SenderStore(Protocol):
    """Each call that writes is one transaction, durable on return; raises `StoreFailure`."""

    async def save(self, sender: Sender, author: str, at: int) -> tuple[int, int]:
        """Insert (id 0) or replace a name, noted with its author; its id and the new revision of the directory."""

    async def remove(self, sender: Sender, author: str, at: int) -> int:
        """Remove a name with its papers; the new revision of the directory."""

    async def add_documents(self, documents: list[tuple[Document, bytes]]) -> list[int]:
        """Keep papers (id 0); their ids, in order."""

    async def documents(self, account_id: int) -> list[Document]:
        """The papers of an account, in order of id; their number is bounded when they are added."""

    async def document(self, document_id: int) -> tuple[Document, bytes] | None:
        """One paper with what is in it."""

    async def code(self, number: str) -> CodeSent | None:
        """The code that was sent to a number last."""

    async def save_code(self, code: CodeSent, forget_before: int) -> None:
        """Keep it in place of the one before; some of those sent before `forget_before` (ms) may go."""

    async def remove_code(self, number: str) -> None:
        """There is none any more."""
