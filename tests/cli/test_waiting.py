"""A command that finds the folder in use, and nobody at its socket, waits for who has it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from heliograph.backoffice.verbs import AccountList
from heliograph.cli import link
from heliograph.cli.configured import settings_of
from heliograph.installation import Installation
from heliograph.store import StoreInUse
from heliograph.store.sqlite.lock import FileLock
from heliograph.wiring.store import open_store


@dataclass(frozen=True, slots=True)
class Looked(Installation):
    """Lets go of the lock when the socket is looked for the second time."""

    lock_of_other: FileLock
    looks: list[None]

    @property
    def control(self) -> Path:
        self.looks.append(None)
        if len(self.looks) == 2:
            self.lock_of_other.release()
        return self.folder / "control.sock"


@pytest.fixture
def folder(tmp_path):
    installation = Installation(tmp_path)

    async def made():
        store = open_store(settings_of(installation, None), installation)
        await store.open()
        await store.close()

    asyncio.run(made())
    return tmp_path


def test_a_command_waits_for_who_has_the_folder_and_does_not_answer_yet(folder):
    other = FileLock(folder / "heliograph.db.lock")
    other.take()
    looks: list[None] = []
    assert link.ask(Looked(folder, other, looks), AccountList()) == []
    assert len(looks) == 2


def test_a_command_says_who_has_the_folder_when_its_patience_is_over(folder):
    other = FileLock(folder / "heliograph.db.lock")
    other.take()
    with pytest.raises(StoreInUse, match="in use by the process with pid"):
        link.ask(Installation(folder), AccountList(), patience_s=0)
    other.release()
