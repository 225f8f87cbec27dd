"""phones.php and mails.php behind their door, on a store in memory (smsc-directory.md 1, 2, 12)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from smsc_world import ACCOUNT, NEIGHBOUR, World

from heliograph.backoffice.contacts import ContactBook
from heliograph.backoffice.stop_list import StopLists
from heliograph.dialects.smsc_contacts import MAILS, PHONES
from heliograph.doors.smsc_contacts import Contacts
from heliograph.store.sqlite import SqliteStore

VECTORS = Path(__file__).parents[1] / "vectors" / "smsc" / "phones.toml"
STORIES = tomllib.loads(VECTORS.read_text("utf-8"))["story"]
PHONE = "79999999999"


class Office(World):
    """The world of the door with the contacts of its accounts."""

    def __init__(self, store, **given):
        self.book = ContactBook(store.contacts)
        self.store = store
        super().__init__(**given)

    def _scripts(self):
        stop_lists = StopLists(store=self.store, directory=self.directory, clock=self.clock)
        return {
            name: Contacts(words, book=self.book, stop_lists=stop_lists, clock=self.clock, settings=self.settings)
            for name, words in (("phones", PHONES), ("mails", MAILS))
        }

    async def query(self, query, script="phones"):
        response = await self.call(f"/sys/{script}.php", f"login=shop&psw=secret&{query}".encode())
        return response.body.decode("cp1251")

    async def phones(self, fmt=1, **fields):
        return await self.ask("phones", fmt=fmt, **fields)

    async def listed(self, **fields):
        """Names of the contacts found, or the error."""
        return [line.split(",")[1] for line in (await self.phones(get=1, **fields)).split("\n")]


@pytest.fixture
async def office():
    store = SqliteStore(None)
    await store.open()
    yield Office(store, same_contacts=0)
    await store.close()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["name"])
@pytest.mark.covers_part(75)
async def test_a_story_is_answered_as_printed(office, story):
    for asked, answer in story["asks"]:
        assert await office.query(asked, story.get("script", "phones")) == answer.removeprefix("\n"), asked


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+7 (999) 999-99-99", "79999999999"),
        (" 79999999999", "79999999999"),
        ("89999999999", "79999999999"),
        ("79999999999,79999999998", "79999999999,79999999998"),
        ("79999999999\n79999999998", "79999999999,79999999998"),
        ("79999999999 79999999998", "79999999999,79999999998"),
        ("+79999999999+79999999998", "79999999999,79999999998"),
        ("8 999 999 99 99|79999999999; 380671234567", "79999999999,380671234567"),
    ],
)
async def test_a_list_of_numbers_has_any_separator(office, given, kept):
    await office.phones(add=1, name="n", phone=given)
    assert (await office.phones(get=1)) == f"0,n,{kept},0,,,,,,,,1"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"add": 2},
        {"add": 0, "get": ""},
        {"move_group": 4, "grp": 1, "phone": PHONE},
        {"add": 1, "phone": PHONE},
        {"add": 1, "name": "n"},
        {"add": 1, "name": "n", "phone": "12"},
        {"add": 1, "name": "n", "phone": f"{PHONE},12"},
        {"add": 1, "name": "n", "phone": "call me"},
        {"add": 1, "name": "n", "phone": ",".join(str(int(PHONE) - place) for place in range(21))},
        {"add": 1, "name": "n" * 256, "phone": PHONE},
        {"add": 1, "name": "n", "phone": PHONE, "cmt": "n" * 1001},
        {"add": 1, "name": "n", "phone": PHONE, "bd": "31.04.1990"},
        {"add": 1, "name": "n", "phone": PHONE, "bd": "1990-04-01"},
        {"add": 1, "name": "n", "phone": PHONE, "grp": "first"},
        {"add_group": 1},
        {"add_group": 1, "name": "n", "num": "x"},
        {"add_group": 1, "name": "n", "type": 2},
        {"chg": 1, "name": "n"},
        {"chg": 1, "phone": f"{PHONE},79999999998", "name": "n"},
        {"chg": 1, "phone": PHONE, "new_phone": "12"},
        {"chg_group": 1, "name": "n"},
        {"chg_group": 1, "grp": 1},
        {"move_group": 1, "phone": PHONE},
        {"move_group": 1, "grp": 1},
        {"del": 1},
        {"del_group": 1},
        {"get": 1, "after_id": "x"},
        {"add_black": 1},
        {"add_black": 1, "phone": PHONE, "type": 3},
        {"add_black": 1, "phone": f"{PHONE},79999999998"},
        {"del_black": 1, "phone": "12"},
        {"get": 1, "grp": "9" * 30},
    ],
)
async def test_B17_a_wrong_parameter_is_error_1_and_changes_nothing(office, fields):
    await office.phones(add=1, name="before", phone="79999999990")
    assert await office.phones(**fields) == "0,-1"
    assert await office.listed() == ["before"]
    assert await office.phones(get_group=1) == "1,Contacts,,0"


@pytest.mark.parametrize(
    "fields",
    [
        {"add": 1, "name": "n", "phone": PHONE, "grp": 9},
        {"chg": 1, "phone": PHONE, "name": "n"},
        {"chg_group": 1, "grp": 9, "name": "n"},
        {"move_group": 1, "grp": 1, "phone": PHONE},
        {"move_group": 3, "grp": 9, "phone": "79999999990"},
        {"del": 1, "phone": PHONE},
        {"del_group": 1, "grp": 9},
        {"get": 1, "phone": PHONE},
        {"get": 1, "grp": 9},
        {"get": 1, "search": "nothing like it"},
        {"get": 1, "after_id": 1},
    ],
)
async def test_what_does_not_exist_is_error_3(office, fields):
    await office.phones(add=1, name="before", phone="79999999990")
    assert await office.phones(**fields) == "0,-3"
    assert await office.listed() == ["before"]


async def test_B23_another_accounts_contacts_and_groups_do_not_exist(office):
    await office.phones(add_group=1, name="ours")
    await office.phones(add=1, name="ours", phone=PHONE, grp=1)
    stranger = {"login": "neighbour", "psw": "neighbours"}
    for asked in (
        {"get": 1},
        {"get": 1, "phone": PHONE},
        {"get": 1, "grp": 1},
        {"chg": 1, "phone": PHONE, "name": "theirs"},
        {"del": 1, "phone": PHONE},
        {"chg_group": 1, "grp": 1, "name": "theirs"},
        {"del_group": 1, "grp": 2},
        {"move_group": 1, "grp": 1, "phone": PHONE},
        {"add": 1, "name": "n", "phone": PHONE, "grp": 1},
    ):
        assert await office.phones(**stranger, **asked) == "0,-3", asked
    assert await office.phones(**stranger, add=1, name="theirs", phone=PHONE) == "2"
    assert await office.phones(get=1) == f"0,ours,{PHONE},1,,,,,,,,1"
    assert "2,ours,,0" in await office.phones(get_group=1)


async def test_B23_another_accounts_stop_list_is_not_seen_and_not_changed(office):
    await office.phones(add_black=1, phone=PHONE)
    stranger = {"login": "neighbour", "psw": "neighbours"}
    assert await office.phones(**stranger, get_black=1) == "0,-3"
    assert await office.phones(**stranger, del_black=1, phone=PHONE) == "0,-3"
    assert office.directory.stop_listed(office.directory.account(ACCOUNT), PHONE)
    assert not office.directory.stop_listed(office.directory.account(NEIGHBOUR), PHONE)


async def test_a_number_belongs_to_one_contact(office):
    await office.phones(add=1, name="first", phone=PHONE)
    await office.phones(add=1, name="second", phone="79999999998")
    assert await office.phones(add=1, name="third", phone=f"79999999997,{PHONE}") == "0,-5"
    assert await office.phones(chg=1, phone="79999999998", new_phone=PHONE) == "0,-5"
    assert await office.listed() == ["first", "second"]


async def test_a_change_leaves_what_it_does_not_name(office):
    await office.phones(add=1, name="first", phone=PHONE, fio="Last First Middle", tags="a", grp=1)
    await office.phones(chg=1, phone=PHONE, new_phone="79999999998", cmt="note", tags="", bd="29.02.1996")
    assert await office.phones(get=1) == "0,first,79999999998,1,Last,First,Middle,29.02.1996,note,a,,1"
    await office.phones(chg=1, phone="79999999998", grp=0, fnm="Second")
    assert await office.phones(get=1) == "0,first,79999999998,0,Last,Second,Middle,29.02.1996,note,a,,1"


async def test_a_contact_without_a_name_is_called_by_its_full_name(office):
    await office.phones(add=1, phone=PHONE, lnm="Last", fnm="First")
    assert await office.listed() == ["Last First"]


async def test_several_groups_at_once_and_what_is_in_any_of_them(office):
    for name in ("two", "three"):
        await office.phones(add_group=1, name=name)
    await office.phones(add=1, name="first", phone=PHONE, grp="1,3")
    await office.phones(add=1, name="second", phone="79999999998", grp="2")
    await office.phones(add=1, name="third", phone="79999999997")
    assert await office.listed(grp="2,3") == ["first", "second"]
    assert await office.listed(grp=1) == ["first"]
    await office.phones(del_group=1, grp=1)
    assert await office.phones(get=1, phone=PHONE) == f"0,first,{PHONE},3,,,,,,,,1"


async def test_pages_go_on_behind_the_last_int_id(office):
    for place in range(3):
        await office.phones(add=1, name=f"n{place}", phone=f"7999999999{place}")
    assert await office.listed(after_id=0) == ["n0", "n1", "n2"]
    assert await office.listed(after_id=1) == ["n1", "n2"]
    assert await office.listed(after_id=2) == ["n2"]


async def test_a_search_goes_over_everything_and_fio_over_names(office):
    await office.phones(add=1, name="Anna", phone=PHONE, cmt="from Kyiv", charset="utf-8")
    await office.phones(add=1, name="Борис", phone="79999999998", lnm="Сірко", charset="utf-8")
    for fields, found in (
        ({"search": "KYIV"}, ["Anna"]),
        ({"search": "999999998"}, ["Борис"]),
        ({"fio": "сірко"}, ["Борис"]),
        ({"fio": "kyiv"}, ["-3"]),
        ({"search": "%"}, ["-3"]),
        ({"search": "' OR 1=1 --"}, ["-3"]),
    ):
        assert await office.listed(charset="utf-8", **fields) == found


async def test_a_group_number_is_changed_and_never_given_twice(office):
    await office.phones(add_group=1, name="two", num="007")
    assert await office.phones(get_group=1) == "1,Contacts,,0\n2,two,7,0"
    assert await office.phones(add_group=1, name="three", num=7) == "0,-5"
    assert await office.phones(chg_group=1, grp=1, num=7) == "0,-5"
    assert await office.phones(chg_group=1, grp=2, num=17) == "OK"
    assert await office.phones(get_group=1) == "1,Contacts,,0\n2,two,17,0"


@pytest.mark.parametrize(
    ("charset", "encoding"), [("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("utf-8", "utf-8")]
)
async def test_names_come_and_go_in_the_callers_character_set(office, charset, encoding):
    await office.phones(add=1, name="Катя", phone=PHONE, charset=charset)
    response = await office.call("/sys/phones.php", f"login=shop&psw=secret&get=1&fmt=1&charset={charset}".encode())
    assert response.body == f"0,Катя,{PHONE},0,,,,,,,,1".encode(encoding)
    plain = await office.phones(get=1, fmt=3)
    assert '"name": "\\u041a\\u0430\\u0442\\u044f"' in plain


async def test_the_fourth_identical_request_within_a_minute_is_error_9():
    store = SqliteStore(None)
    await store.open()
    office = Office(store)
    assert [await office.phones(get_group=1) for _ in range(4)] == ["1,Contacts,,0"] * 3 + ["0,-9"]
    assert await office.phones(get=1) == "0,-3"
    office.clock.sleep(60)
    assert await office.phones(get_group=1) == "1,Contacts,,0"
    await store.close()


async def test_a_key_that_may_only_ask_changes_nothing(office):
    key = {"login": None, "psw": None, "apikey": "reading-key"}
    for asked in ({"add": 1, "name": "n", "phone": PHONE}, {"del_group": 1, "grp": 1}, {"chg_group": 1, "grp": 1}):
        assert await office.phones(**key, **asked) == "0,-2"
    assert await office.phones(**key, get_group=1) == "1,Contacts,,0"
