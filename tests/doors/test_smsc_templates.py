"""templates.php and op_templates.php behind their door, and sending by a template (smsc-messages.md 6, 7)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from smsc_world import World

from heliograph.backoffice.templates import Templates
from heliograph.doors.smsc_templates import MessageTemplates, OperatorTemplates
from heliograph.model.message import Kind
from heliograph.store.sqlite import SqliteStore

VECTORS = Path(__file__).parents[1] / "vectors" / "smsc" / "templates.toml"
STORIES = tomllib.loads(VECTORS.read_text("utf-8"))["story"]
PHONE = "79260000000"


class Office(World):
    """The world of the door with the templates of its accounts."""

    def __init__(self, store, **given):
        self.store = store
        super().__init__(**given)

    def _scripts(self):
        self.room = Templates(self.store.templates, self.directory.templates)
        self.template_of = self.room.of
        return {
            **super()._scripts(),
            "templates": MessageTemplates(self.room, clock=self.clock, settings=self.settings),
            "op_templates": OperatorTemplates(self.room, clock=self.clock, settings=self.settings),
        }

    async def query(self, query, script):
        response = await self.call(f"/sys/{script}.php", f"login=shop&psw=secret&{query}".encode())
        return response.body.decode("cp1251")


@pytest.fixture
async def office():
    store = SqliteStore(None)
    await store.open()
    yield Office(store, same_templates=0)
    await store.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["name"])
@pytest.mark.covers(63, 64)
async def test_a_story_is_answered_as_printed(office, story):
    for asked, answer in story["asks"]:
        assert await office.query(asked, story.get("script", "templates")) == answer.removeprefix("\n"), asked


@pytest.mark.parametrize(
    ("script", "fields"),
    [
        ("templates", {}),
        ("templates", {"add": 1, "name": "n"}),
        ("templates", {"add": 1, "msg": "m"}),
        ("templates", {"add": 1, "name": "n" * 256, "msg": "m"}),
        ("templates", {"add": 1, "name": "n", "msg": "m" * 1001}),
        ("templates", {"add": 1, "name": "n", "msg": "m", "format": "fax"}),
        ("templates", {"add": 1, "name": "n", "msg": "m", "fl[1]": "2"}),
        ("templates", {"chg": 1, "msg": "m"}),
        ("templates", {"del": 1, "id": "first"}),
        ("op_templates", {"chg": 1}),
        ("op_templates", {"add": 1, "sender": "Shop", "msg": "m"}),
        ("op_templates", {"add": 1, "sender": "Shop", "msg": "m", "mts_srv": "0"}),
        ("op_templates", {"add": 1, "msg": "m", "mts_srv": 1}),
        ("op_templates", {"add": 1, "sender": "Shop", "mts_srv": 1}),
    ],
)
async def test_B17_a_wrong_parameter_is_error_1_and_keeps_nothing(office, script, fields):
    assert await office.ask(script, fmt=1, **fields) == "0,-1"
    assert await office.ask("templates", get=1, fmt=1) == "0,-3"
    assert await office.ask("op_templates", get=1, fmt=1) == "0,-3"


async def test_B23_another_accounts_templates_do_not_exist(office):
    await office.ask("templates", add=1, name="ours", msg="text")
    await office.ask("op_templates", add=1, sender="Shop", msg="text", mts_srv=1)
    stranger = {"login": "neighbour", "psw": "neighbours", "fmt": 1}
    for script, asked in (
        ("templates", {"get": 1}),
        ("templates", {"chg": 1, "id": 1, "msg": "theirs"}),
        ("templates", {"del": 1, "id": 1}),
        ("op_templates", {"get": 1}),
    ):
        assert await office.ask(script, **stranger, **asked) == "0,-3"
    assert await office.ask("send", **stranger, phones=PHONE, tpl=1) == "0,-1"
    assert await office.ask("templates", get=1, fmt=1) == "1,ours,text,,,0"


async def test_a_send_takes_text_type_and_sender_of_a_template(office):
    await office.ask("templates", add=1, name="n", msg="Hello", format="flash", sender="Second")
    assert await office.ask("send", phones=PHONE, tpl=1, fmt=1) == "1234,1"
    assert await office.ask("send", phones=PHONE, tpl=1, sender="Shop", mes="another", fmt=1) == "1235,1"
    assert await office.ask("send", phones=PHONE, tpl=1, fmt=1) == "0,-9"
    first, second = office.intake.submitted
    assert (first.content.text, first.content.kind, first.sender) == ("Hello", Kind.FLASH, "Second")
    assert (second.content.text, second.content.kind, second.sender) == ("Hello", Kind.FLASH, "Shop")
    for wrong in (2, "x", "9" * 30):
        assert await office.ask("send", phones=PHONE, tpl=wrong, fmt=1) == "0,-1"
    assert len(office.intake.submitted) == 2


async def test_the_fourth_identical_request_within_a_minute_is_error_9():
    store = SqliteStore(None)
    await store.open()
    office = Office(store)
    assert [await office.ask("templates", get=1, fmt=1) for _ in range(4)] == ["0,-3"] * 3 + ["0,-9"]
    assert await office.ask("op_templates", get=1, fmt=1) == "0,-3"
    office.clock.sleep(60)
    assert await office.ask("templates", get=1, fmt=1) == "0,-3"
    await store.close()


async def test_a_key_that_may_only_ask_keeps_nothing(office):
    key = {"login": None, "psw": None, "apikey": "reading-key", "fmt": 1}
    assert await office.ask("templates", **key, add=1, name="n", msg="m") == "0,-2"
    assert await office.ask("op_templates", **key, add=1, sender="Shop", msg="m", mts_srv=1) == "0,-2"
    assert await office.ask("templates", **key, get=1) == "0,-3"
