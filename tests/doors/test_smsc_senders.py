"""senders.php behind its door, on a store in memory (smsc-directory.md 5, 12)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from smsc_world import ACCOUNT, NEIGHBOUR, World

from heliograph.backoffice.number_proofs import NumberProofs
from heliograph.backoffice.senders import Senders as Room
from heliograph.backoffice.senders import SenderSettings
from heliograph.doors.smsc_senders import Senders
from heliograph.model.account import Sender, SenderState
from heliograph.model.senders import AtOperator, OperatorState
from heliograph.store.sqlite import SqliteStore

VECTORS = Path(__file__).parents[1] / "vectors" / "smsc" / "senders.toml"
STORIES = tomllib.loads(VECTORS.read_text("utf-8"))["story"]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
BOUNDARY = "x1x"


class Office(World):
    """The world of the door with the sender names of its accounts."""

    def __init__(self, store, *, moderate=True, most=200, **given):
        self.store, self._wanted = store, SenderSettings(moderate=moderate, most=most)
        super().__init__(**given)

    def _scripts(self):
        self.room = Room(store=self.store, directory=self.directory, clock=self.clock, settings=self._wanted)
        proofs = NumberProofs(
            senders=self.room,
            store=self.store.senders,
            directory=self.directory,
            clock=self.clock,
            messages=None,
            secret=b"secret",
            login="",
        )
        script = Senders(
            room=self.room, proofs=proofs, directory=self.directory, clock=self.clock, settings=self.settings
        )
        return {"senders": script}

    async def furnish(self):
        """What the stories begin with: the rows of the directory are in the store, too."""
        second = (
            AtOperator("mts_step", OperatorState.ADMITTED, changed_at=self.clock.now()),
            AtOperator("motiv_int", OperatorState.MARKED_FOR_REMOVAL, "COMMON", self.clock.now()),
        )
        for account, name, state, operators in (
            (NEIGHBOUR, "Other", SenderState.ACTIVE, ()),
            (ACCOUNT, "Shop", SenderState.ACTIVE, ()),
            (ACCOUNT, "Second", SenderState.ACTIVE, second),
            (ACCOUNT, "Third", SenderState.WAITING, ()),
        ):
            kept = Sender(0, account, name, state, operators=operators)
            kept_id, revision = await self.store.senders.save(kept, "test", 1)
            self.directory.put_sender(Sender(kept_id, account, name, state, operators=operators), revision)
        return self

    async def query(self, query):
        response = await self.call("/sys/senders.php", f"login=shop&psw=secret&{query}".encode())
        return response.body.decode("cp1251")

    async def senders(self, fmt=1, **fields):
        return await self.ask("senders", fmt=fmt, **fields)

    async def upload(self, query, *files):
        """An answer to a request with files in its body."""
        pieces = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file{number}"; filename="{name}"\r\n\r\n'.encode()
            + data
            + b"\r\n"
            for number, (name, data) in enumerate(files)
        ]
        body = b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()])
        response = await self.call(
            "/sys/senders.php",
            f"login=shop&psw=secret&fmt=1&{query}".encode(),
            body,
            method="POST",
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
        )
        return response.body.decode("cp1251")


@pytest.fixture
async def store():
    store = SqliteStore(None)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def office(store):
    return await Office(store, same_senders=0, new_senders=0, senders=()).furnish()


@pytest.mark.parametrize(
    "story",
    [pytest.param(story, marks=pytest.mark.covers(*story["rows"])) if "rows" in story else story for story in STORIES],
    ids=lambda story: story["name"],
)
@pytest.mark.covers_part(79, 80, 81, 82)
async def test_a_story_is_answered_as_printed(office, story):
    for asked, answer in story["asks"]:
        assert await office.query(asked) == answer.removeprefix("\n"), asked


@pytest.mark.covers(103)
async def test_a_fourth_identical_list_within_a_minute_is_error_9_and_another_one_is_not(store):
    office = await Office(store, senders=()).furnish()
    answers = [await office.senders(get=1) for _ in range(4)]
    assert answers == ["Second,3\nShop,2"] * 3 + ["0,-9"]
    assert await office.senders(get=1, all=1) == "Third,0,4\nSecond,1,3\nShop,1,2"
    office.clock.seconds += 60
    assert await office.senders(get=1) == "Second,3\nShop,2"


@pytest.mark.covers(104)
async def test_a_sixth_new_name_within_a_minute_is_error_9(store):
    office = Office(store, senders=())
    answers = [await office.senders(add=1, sender=f"Name{number}") for number in range(6)]
    assert answers == ["1", "2", "3", "4", "5", "0,-9"]
    office.clock.seconds += 60
    assert await office.senders(add=1, sender="Name5") == "6"


async def test_a_gateway_that_does_not_moderate_allows_names_at_once_but_never_numbers(store):
    office = Office(store, moderate=False, senders=())
    assert await office.senders(add=1, sender="MyShop") == "1"
    assert await office.senders(add=1, sender="8 (926) 123-45-67") == "0,-5"
    assert await office.senders(add=1, sender="89261234567") == "2"
    assert await office.senders(get=1, all=1) == "79261234567,0,2\nMyShop,1,1"
    assert office.directory.may_send_as(office.directory.account(ACCOUNT), "MyShop")
    assert not office.directory.may_send_as(office.directory.account(ACCOUNT), "79261234567")


async def test_an_account_has_so_many_names_and_no_more(store):
    office = Office(store, most=2, senders=())
    assert [await office.senders(add=1, sender=f"Name{number}") for number in range(3)] == ["1", "2", "0,-5"]


async def test_a_request_again_brings_a_refusal_back_to_waiting_but_an_admission_stays(office):
    second = office.room.find(ACCOUNT, "Second")
    await office.room.set_operator(second, "tele2", OperatorState.REFUSED, None, "test")
    assert await office.senders(chg=1, id=3, tele2=1, mts_step=1, mega=1, cmt="again") == "OK"
    kept = office.room.find(ACCOUNT, "Second")
    states = {at.flag: int(at.state) for at in kept.operators}
    assert states == {"mts_step": 2, "motiv_int": 255, "tele2": 0, "mega_step": 0}
    assert kept.comment == "again"


async def test_requisites_are_kept_whatever_the_belarusian_ones_are_called(office):
    asked = {"ua_reg": 1, "by_reg": 1, "fio": "Shop Ltd", "subj": "trade", "by_inn": "123", "by_any_other": "x"}
    assert await office.senders(add=1, sender="MyShop", **asked) == "5"
    kept = office.room.find(ACCOUNT, "MyShop")
    assert dict(kept.requisites) == {"fio": "Shop Ltd", "subj": "trade", "by_inn": "123", "by_any_other": "x"}
    assert [at.flag for at in kept.operators] == ["ua_reg", "by_reg"]


async def test_names_and_comments_stay_verbatim_whatever_they_say_B17(office):
    name, comment = "a';--", "x'); DROP TABLE sender; --"
    assert await office.senders(add=1, sender=name, cmt=comment) == "5"
    assert office.room.find(ACCOUNT, name).comment == comment
    assert await office.senders(get=1, all=1, cnt=1) == f"{name},0,5"
    assert await office.senders(**{"del": 1}, sender="' OR 1=1 --") == "0,-3"


async def test_a_key_that_may_only_ask_changes_nothing(office):
    for command in ("add", "chg", "del", "send_code", "check_code"):
        answer = await office.senders(login=None, psw=None, apikey="reading-key", sender="MyShop", **{command: 1})
        assert answer == "0,-2"
    assert await office.senders(login=None, psw=None, apikey="reading-key", get=1) == "Second,3\nShop,2"


# -- papers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mark.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 30),
        ("mark.JPEG", b"\xff\xd8\xff\xe0" + b"\0" * 30),
        ("mark.tif", b"II*\0" + b"\0" * 30),
        ("mark.tiff", b"MM\0*" + b"\0" * 30),
        ("mark.pdf", b"%PDF-1.7 ..."),
        ("mark.png", PNG),
        ("mark.zip", b"PK\x03\x04" + b"\0" * 30),
        ("mark.rar", b"Rar!\x1a\x07\x01\0"),
    ],
)
async def test_papers_of_six_kinds_are_kept_with_a_name(office, name, data):
    assert await office.upload("add=1&sender=MyShop&doc_info=trade+mark", (name, data)) == "5"
    (kept,) = await office.store.senders.documents(ACCOUNT)
    assert (kept.sender_id, kept.name.lower(), kept.remark, kept.size) == (5, name.lower(), "trade mark", len(data))
    assert (await office.store.senders.document(kept.id))[1] == data


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd.png", "passwd.png"),
        ("..\\\\..\\\\windows\\\\system.png", "system.png"),
        ("/etc/cron.d/x.png", "x.png"),
        ("a\u202egnp.png", "agnp.png"),
        ("a" * 300 + ".png", "a" * 96 + ".png"),
    ],
)
async def test_a_path_in_a_files_name_leads_nowhere_B21(office, given, kept):
    assert await office.upload("add=1&sender=MyShop", (given, PNG)) == "5"
    assert [one.name for one in await office.store.senders.documents(ACCOUNT)] == [kept]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("mark.png", b"%PDF-1.7 ..."),
        ("mark.png", b"<script>alert(1)</script>"),
        ("mark.exe", PNG),
        ("mark", PNG),
        ("..png", PNG),
        ("mark.png", b""),
        ("mark.png.php", PNG),
        ("mark.png", PNG + b"\0" * (3 << 20)),
    ],
)
async def test_a_file_that_is_not_what_it_says_or_too_large_is_refused_and_leaves_nothing_B23(office, name, data):
    assert await office.upload("add=1&sender=MyShop", ("good.png", PNG), (name, data)) == "0,-1"
    assert await office.store.senders.documents(ACCOUNT) == []
    assert await office.senders(**{"del": 1}, sender="MyShop") == "0,-3"


async def test_an_account_keeps_a_hundred_papers_and_loses_them_with_their_name(office):
    for _ in range(10):
        assert await office.upload("chg=1&id=3", *[("mark.png", PNG)] * 10) == "OK"
    assert await office.upload("chg=1&id=3", ("mark.png", PNG)) == "0,-5"
    assert await office.upload("chg=1&id=2", *[("mark.png", PNG)] * 11) == "0,-1"
    assert await office.senders(**{"del": 1}, id=3) == "OK"
    assert await office.store.senders.documents(ACCOUNT) == []
