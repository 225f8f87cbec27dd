"""What was accepted outlives an upgrade, a backup taken under load and a move to another database (R33)."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import shutil
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import asyncpg
import pytest

from heliograph.backoffice import verbs
from heliograph.cli import shell
from heliograph.model.message import FINAL, State
from heliograph.settings import StoreSettings
from heliograph.simulator.memory import read_ledger
from heliograph.store.copying import copy
from heliograph.store.postgres import migrate as postgres_migrate
from heliograph.store.postgres.tables import PostgresTables
from heliograph.store.sqlite import migrate as sqlite_migrate
from heliograph.store.sqlite.tables import SqliteTables
from store.postgres.server import empty_schema, server
from walks.sink import listening
from walks.world import SETTINGS, ShiftedClock, eventually, running

OLDER = Path(__file__).parents[1] / "store" / "older"
"""Stores of earlier programs, killed with messages under way: schema-N.sql is what lay in the file, schema-N.carrier
what the simulated carrier remembered. Made at the commits before schema N + 1."""
ENDPOINT = "http://127.0.0.1:9/events"
KEY = "0123456789abcdef" * 4 + "\n"
KILLED_AT = {1: 1_795_275_865, 7: 1_795_275_818}


async def command(*words):
    """Exit code, what a command prints, and what it complains of; in this process, where starting costs nothing."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        code = await asyncio.to_thread(shell.run, [str(word) for word in words])
    return code, said.getvalue(), complained.getvalue()


async def command_of_its_own(*words):
    """The same in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "heliograph", *map(str, words)],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode(), complained.decode()


async def all_ended(world, count):
    census = await world.gateway.store.census()
    return census == {State.DELIVERED: count}


async def told_of(sink, count):
    return len({event["data"]["id"] for event in sink.events()}) == count


def old_store(folder, schema, sink_url):
    """The file an earlier program left."""
    folder.mkdir()
    with closing(apsw.Connection(str(folder / "heliograph.db"))) as database:
        database.execute((OLDER / f"schema-{schema}.sql").read_text("utf-8").replace(ENDPOINT, sink_url))
    (folder / "secret.key").write_text(KEY)
    (folder / "carrier-carrier.log").write_bytes((OLDER / f"schema-{schema}.carrier").read_bytes())
    return folder / "heliograph.db"


async def on_postgres(file, url):
    """The same rows in the first schema of PostgreSQL, which keeps what SQLite's third one does."""
    connection = await asyncpg.connect(url)
    try:
        await postgres_migrate.migrate(connection, postgres_migrate.migrations()[:1])
        await connection.execute("BEGIN")
        with closing(apsw.Connection(str(file))) as database:
            sqlite_migrate.migrate(database, sqlite_migrate.migrations()[:3])
            await copy(SqliteTables(database, "file"), PostgresTables(connection, "database"), lambda line: None)
        await connection.execute("COMMIT")
    finally:
        await connection.close()


@pytest.mark.parametrize(("schema", "kind"), [(1, "sqlite"), (7, "sqlite"), (1, "postgres")])
async def test_R33_what_an_earlier_program_had_accepted_is_delivered_and_told_of_by_this_one(tmp_path, schema, kind):
    """Its queue, what was in doubt, what waited for its time, receipts that were due, calls that had failed."""
    clock, folder = ShiftedClock(), tmp_path / "data"
    with listening() as sink:
        file = old_store(folder, schema, sink.url)
        with closing(apsw.Connection(str(file))) as database:
            count, price = database.execute("SELECT count(*), sum(price) FROM message").get
            unfinished = database.execute("SELECT count(*) FROM message WHERE state <> 8").get
        assert unfinished > 5
        settings = StoreSettings()
        if kind == "postgres":
            url = await empty_schema(server(18), tmp_path)
            await on_postgres(file, url)
            settings = StoreSettings("postgres", url=url)
        clock.shift(KILLED_AT[schema] - clock.now() / 1000)
        async with running(folder, account=False, clock=clock, store=settings) as world:
            clock.shift(3_700)
            await world.gateway.notify.poll()
            await eventually(lambda: all_ended(world, count), 30)
            await eventually(lambda: told_of(sink, count), 30)
            assert await world.gateway.store.check() == []
            assert sum(purse.balance for purse in await world.gateway.store.purses()) == 100_000_000 - price
    told = {(headers["webhook-id"], body) for headers, body, _ in sink.calls}
    assert len(told) == count, "each event once, however often it was told"


async def load(world, accepted, stop):
    """Messages, one request after the other."""
    number = 0
    while not stop.is_set():
        number += 1
        phones = [f"38067{number:05d}{place:02d}" for place in range(10, 15)]
        accepted.update(map(int, (await world.send(*phones)).values()))


async def test_R33_a_backup_taken_under_load_has_all_that_was_accepted_before_it_and_goes_on(tmp_path):
    """Beside a gateway that works on; what is restored delivers what waited, matches the receipts that carriers owed,
    and gives no id again. What a carrier had told only later is known to nobody, and ends in sight."""
    slow = replace(SETTINGS.connectors[0], latency_ms=2_000, window=40)
    first, second, kept = tmp_path / "first", tmp_path / "second", tmp_path / "backup"
    accepted, stop = set(), asyncio.Event()
    async with running(first, connectors=(slow,)) as world:
        await world.do(verbs.AccountTopUp("shop", "100000"))
        loading = asyncio.create_task(load(world, accepted, stop))
        await eventually(lambda: enough(accepted, 150))
        carrier = tmp_path / "carrier"
        shutil.copy(first / "carrier-carrier.log", carrier)
        before = set(accepted)
        code, said, complained = await command_of_its_own("backup", kept, "--dir", first, "--pace", "1", "--json")
        assert code == 0, complained
        during = len(accepted) - len(before)
        stop.set()
        await loading
        assert world.gateway.faults == 0
    contents = json.loads(said)
    assert contents["faults"] == []
    assert contents["messages"] >= len(before)
    assert during > 0, "the gateway went on"
    assert {file.name for file in kept.iterdir()} == {"heliograph.db", "secret.key", "backup.json"}
    code, _, complained = await command("restore", kept, "--dir", second)
    assert code == 0, complained
    shutil.copy(carrier, second / "carrier-carrier.log")
    owed = {part.message_id for receipts in read_ledger(carrier).owed() for part in receipts.parts}
    async with running(second, account=False) as world:
        store = world.gateway.store
        assert {message.id for message in await store.messages(sorted(before), None)} == before
        await eventually(lambda: none_waits(world), 30)
        await eventually(lambda: are_delivered(world, owed), 30)
        world.clock.shift(3 * 86_400)
        await eventually(lambda: none_is_under_way(world), 30)
        assert sum((await store.census()).values()) == contents["messages"]
        assert await store.check() == []
        assert store.take_ids(1) > max(accepted) + 500_000


async def none_waits(world):
    return await world.gateway.store.waiting() == []


async def are_delivered(world, ids):
    messages = await world.gateway.store.messages(sorted(ids), None)
    return {message.state for message in messages} <= {State.DELIVERED}


async def none_is_under_way(world):
    await world.gateway.upkeep.give_up_silent()
    return set(await world.gateway.store.census()) <= FINAL


async def enough(accepted, count):
    return len(accepted) >= count


async def test_R33_a_store_moves_to_postgres_and_back_with_its_queue(tmp_path):
    """The doors, the money and what waits are the same behind the other database."""
    slow = replace(SETTINGS.connectors[0], latency_ms=60_000, window=2)
    folder, back = tmp_path / "data", tmp_path / "back.db"
    url = await empty_schema(server(18), tmp_path)
    async with running(folder, connectors=(slow,), queue=replace(SETTINGS.queue, grace_s=0)) as world:
        ids = set(map(int, (await world.send(*[f"3806712345{place}" for place in range(10, 30)])).values()))
        token = world.token
        code, _, complained = await command("store", "copy", url, "--dir", folder)
        assert (code, "is in use by the process with pid" in complained) == (78, True)
    code, said, complained = await command("store", "copy", url, "--dir", folder)
    assert code == 0, complained
    assert "message: 20 rows" in said
    on_server = StoreSettings("postgres", url=url)
    async with running(folder, account=False, connectors=(slow,), store=on_server) as world:
        world.token = token
        ids |= set(map(int, (await world.send("380501234567")).values()))
        balance = (await world.json("/sms/balance"))["success_request"]["info"]["money"]
        assert balance == "90.5500"
    (folder / "heliograph.toml").write_text(f'[store]\nkind = "postgres"\nurl = "{url}"\n')
    code, _, complained = await command("store", "copy", back, "--dir", folder, "--config", folder / "heliograph.toml")
    assert code == 0, complained
    (folder / "heliograph.toml").unlink()
    async with running(folder, account=False, store=StoreSettings(path=str(back))) as world:
        await eventually(lambda: all_ended(world, 21), 30)
        assert {message.id for message in await world.gateway.store.messages(sorted(ids), None)} == ids
        assert await world.gateway.store.check() == []


async def test_R33_a_gateway_on_postgres_is_backed_up_while_it_runs_and_restored_into_either_database(tmp_path):
    url = await empty_schema(server(18), tmp_path / "first")
    folder, other, kept = tmp_path / "data", tmp_path / "other", tmp_path / "backup"
    folder.mkdir()
    (folder / "heliograph.toml").write_text(f'[store]\nkind = "postgres"\nurl = "{url}"\n')
    async with running(folder, store=StoreSettings("postgres", url=url)) as world:
        ids = set(map(int, (await world.send("380671234567", "380501234567")).values()))
        code, said, complained = await command("backup", kept, "--dir", folder, "--json")
        assert code == 0, complained
        assert json.loads(said)["came_from"] == "postgres"
    (tmp_path / "sqlite.toml").write_text("")
    code, _, complained = await command("restore", kept, "--dir", other, "--config", tmp_path / "sqlite.toml")
    assert code == 0, complained
    async with running(other, account=False) as world:
        assert {message.id for message in await world.gateway.store.messages(sorted(ids), None)} == ids
        assert await world.gateway.store.check() == []
    code, _, complained = await command("restore", kept, "--dir", folder)
    assert (code, "is not empty" in complained) == (1, True)
    fresh = await empty_schema(server(18), tmp_path / "second")
    (folder / "heliograph.toml").write_text(f'[store]\nkind = "postgres"\nurl = "{fresh}"\n')
    code, _, complained = await command("restore", kept, "--dir", folder)
    assert code == 0, complained
    async with running(folder, account=False, store=StoreSettings("postgres", url=fresh)) as world:
        assert {message.id for message in await world.gateway.store.messages(sorted(ids), None)} == ids
        assert await world.gateway.store.check() == []


@pytest.fixture
async def gateway_folder(tmp_path):
    """A stopped gateway and a backup of it."""
    folder = tmp_path / "data"
    async with running(folder):
        pass
    code, _, complained = await command("backup", tmp_path / "backup", "--dir", folder)
    assert code == 0, complained
    return folder


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file() and file.suffix != ".lock"}


async def test_B_a_backup_is_put_back_only_where_it_overwrites_nothing(tmp_path, gateway_folder):
    before = contents(gateway_folder)
    code, _, complained = await command("restore", tmp_path / "backup", "--dir", gateway_folder)
    assert code == 1
    assert "is there already; nothing was changed, restore into another folder, or with --replace" in complained
    assert contents(gateway_folder) == before
    (gateway_folder / "secret.key").write_text("f" * 64 + "\n")
    code, _, complained = await command("restore", tmp_path / "backup", "--dir", gateway_folder)
    assert (code, "is another gateway's key" in complained) == (1, True)
    code, _, complained = await command("restore", tmp_path / "backup", "--dir", gateway_folder, "--replace")
    assert code == 0, complained
    after = contents(gateway_folder)
    aside = [name for name in after if name.startswith("heliograph.db.20") and not name.endswith(("-wal", "-shm"))]
    assert [after[name] for name in aside] == [before["heliograph.db"]]
    assert after["secret.key"] == before["secret.key"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("no contents", "is no whole backup: backup.json cannot be read"),
        ("no key", "there is no secret.key"),
        ("another byte", "is not what was backed up: its digest differs"),
    ],
)
async def test_B_a_backup_that_is_not_whole_is_refused(tmp_path, gateway_folder, damage, said):
    kept, other = tmp_path / "backup", tmp_path / "other"
    match damage:
        case "no contents":
            (kept / "backup.json").unlink()
        case "no key":
            (kept / "secret.key").unlink()
        case "another byte":
            octets = bytearray((kept / "heliograph.db").read_bytes())
            octets[5_000] ^= 1
            (kept / "heliograph.db").write_bytes(octets)
    code, _, complained = await command("restore", kept, "--dir", other)
    assert (code, said in complained) == (1, True), complained
    assert not (other / "heliograph.db").exists()


async def test_B_a_restore_is_refused_while_a_gateway_runs_and_a_backup_into_a_full_folder(tmp_path):
    folder = tmp_path / "data"
    async with running(folder):
        code, _, complained = await command("backup", tmp_path / "backup", "--dir", folder)
        assert code == 0, complained
        code, _, complained = await command("restore", tmp_path / "backup", "--dir", folder, "--replace")
        assert (code, "is in use by the process with pid" in complained) == (78, True)
        code, _, complained = await command("backup", tmp_path / "backup", "--dir", folder)
        assert (code, "is not empty; name a new folder" in complained) == (1, True)
    for words in (["backup", tmp_path / "b"], ["store", "copy", tmp_path / "c.db"], ["store", "check"]):
        code, _, complained = await command(*words, "--dir", tmp_path / "nowhere")
        assert code in (1, 78), complained
        assert "nowhere" in complained
        assert not (tmp_path / "nowhere" / "heliograph.db").exists()
    assert not (tmp_path / "b").exists()
