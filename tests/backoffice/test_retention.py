"""How long what is kept is kept: by the days of its class, and no class without days."""

from __future__ import annotations

import json

import pytest

from heliograph.backoffice.retention import Retention, RetentionSettings
from heliograph.backoffice.verbs import RetentionShow
from heliograph.cli import shell
from heliograph.model.message import State
from heliograph.model.retention import Kept
from heliograph.store.sqlite import SqliteStore
from store.samples import DAY, NOW, furnished

FOR_EVER = {f"{what.value}_days": 0 for what in Kept}


class Clock:
    """Stands still."""

    def now(self):
        return NOW + 40 * DAY

    def monotonic(self):
        return 0.0


@pytest.fixture
async def house(tmp_path):
    store = SqliteStore(tmp_path / "heliograph.db")
    await store.open()
    yield await furnished(store)
    await store.close()


async def with_messages(house):
    """250 a day for four days from NOW on, and one that lives."""
    rows = [
        house.message(state=State.DELIVERED, accepted_at=NOW + day * DAY, expires_at=NOW + (day + 1) * DAY)
        for day in range(4)
        for _ in range(250)
    ]
    await house.keep(*rows, house.message())
    return rows


async def test_a_walk_removes_what_is_older_than_its_days_and_nothing_else(house):
    await with_messages(house)
    settings = RetentionSettings(**{**FOR_EVER, "messages_days": 38})
    room = Retention(store=house.store.retention, clock=Clock(), settings=settings)
    found = await room.walk()
    assert {what: count for what, count in found.items() if count} == {Kept.MESSAGES: 500}
    assert await house.store.census() == {State.DELIVERED: 500, State.QUEUED: 1}
    assert (await room.walk())[Kept.MESSAGES] == 0
    await house.sound()


async def test_without_days_nothing_goes(house):
    await with_messages(house)
    room = Retention(store=house.store.retention, clock=Clock(), settings=RetentionSettings(**FOR_EVER))
    assert await room.walk() == {}
    assert await house.store.census() == {State.DELIVERED: 1_000, State.QUEUED: 1}


async def test_what_is_shown_is_what_a_walk_would_do_and_showing_changes_nothing(house):
    await with_messages(house)
    room = Retention(store=house.store.retention, clock=Clock(), settings=RetentionSettings(messages_days=38))
    for _ in range(2):
        rows = {row["class"]: row for row in await room.do(RetentionShow(), "test")}
        assert rows["messages"] == {
            "class": "messages",
            "days": 38,
            "rows": 1_001,
            "oldest": "2026-09-21T14:13:20Z",
            "due": 500,
            "next": "2026-10-31T14:13:20Z",  # now: it is over
        }
        assert (rows["texts"]["days"], rows["texts"]["rows"], rows["texts"]["due"], rows["texts"]["next"]) == (
            0, 1_001, 0, "",
        )  # fmt: skip


def test_the_command_shows_each_class_and_takes_the_configured_days(tmp_path, capsys):
    (tmp_path / "heliograph.toml").write_text("[retention]\nparked_days = 3\nclicks_days = 0\n")
    assert shell.run(["migrate", "--dir", str(tmp_path)]) == 0
    capsys.readouterr()
    assert shell.run(["retention", "--dir", str(tmp_path), "--json"]) == 0
    rows = {row["class"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name: row["days"] for name, row in rows.items()} == {
        "texts": 0,
        "numbers": 0,
        "trace": 0,
        "notices": 0,
        "messages": 200,
        "incoming_numbers": 0,
        "incoming": 200,
        "parked": 3,
        "downloads": 7,
        "links": 400,
        "clicks": 0,
    }
    assert rows["messages"]["rows"] == 0
    assert shell.run(["retention", "--dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "no limit" in said
    assert "The ledger is kept for ever." in said


def test_B_days_that_are_none_are_refused(tmp_path, capsys):
    (tmp_path / "heliograph.toml").write_text("[retention]\nmessages_days = -1\n")
    assert shell.run(["retention", "--dir", str(tmp_path)]) == 78
    assert "retention.messages_days" in capsys.readouterr().err
