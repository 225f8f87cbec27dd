"""Nothing accepted is lost, whatever moment the gateway dies at (P1–P6, R1, R2), and an answer leaves only after the
log is on disk. The drill is the same as `heliograph drill`; its long forms are in docs/drills.md."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from heliograph.cli import shell
from peers.conftest import need
from store.postgres.server import empty_schema, server

HELIOGRAPH = [sys.executable, "-m", "heliograph"]


def drill(*words, timeout):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    done = subprocess.run(
        [*HELIOGRAPH, "drill", "--json", *words], capture_output=True, text=True, timeout=timeout, env=environ
    )
    assert done.stdout, done.stderr
    result = json.loads(done.stdout)
    print(f"seed {result['seed']}")
    assert result["faults"] == [], result
    assert done.returncode == 0
    return result


@pytest.mark.timeout(400)
def test_R1_eight_kills_under_load_lose_nothing():
    result = drill("--kills", "8", "--messages", "5000", "--rate", "700", timeout=380)
    assert result["deaths"] == 8
    assert result["answered_accepted"] + result["requests_without_answer"] >= 5_000 * 0.95
    assert result["parts_stored"] > result["messages_stored"]
    assert result["events_received"] == result["messages_stored"]


@pytest.mark.timeout(400)
def test_R2_five_deaths_at_each_commit_point_lose_nothing():
    places = ["before_store", "after_store", "after_submit", "after_answer", "during_callback"]
    words = [word for place in places for word in ("--failpoint", place)]
    result = drill(*words, "--rounds", "5", "--messages", "2000", "--rate", "400", timeout=380)
    assert result["deaths"] == 25
    assert result["answered_accepted"] > 1_000


@pytest.mark.timeout(400)
@pytest.mark.parametrize("words", [["--kills", "3"], ["--failpoint", "after_store", "--rounds", "2"]], ids=["R1", "R2"])
def test_R1_R2_deaths_on_postgres_lose_nothing(tmp_path, words):
    database = asyncio.run(empty_schema(server(18), tmp_path))
    result = drill("--database", database, *words, "--messages", "1200", "--rate", "300", timeout=380)
    assert result["deaths"] == int(words[-1])
    assert result["answered_accepted"] > 600
    assert result["events_received"] == result["messages_stored"]


CARRIERS = ["R7", "R8", "R9", "R10", "R11", "R12"]
SCENARIOS = [*CARRIERS, *(f"R{number}" for number in (3, 4, 5, 6, 20, 21, 22, 24, 25, 26, 28, 35))]
"""In one run. R1 and R2 are above, R27 in test_mailing_crash, R33 in test_operating_data, R34 in test_stores_way."""


@pytest.mark.timeout(400)
def test_R3_to_R35_a_gateway_that_is_disturbed_in_every_way_loses_nothing():
    words = [word for name in SCENARIOS for word in ("--scenario", name)]
    result = drill(*words, "--messages", "700", timeout=380)
    assert set(CARRIERS) <= result["scenarios"].keys()
    for figures in result["scenarios"].values():
        assert (figures["lost"], figures["doubled_outside"], figures["unmatched"]) == (0, 0, 0)
    assert result["money_difference"] == 0


def test_a_scenario_there_is_none_of_is_refused_with_where_they_are_listed(capsys):
    assert shell.run(["drill", "--scenario", "R99"]) == 1
    assert "there is no scenario R99; `heliograph drill --list` names them" in capsys.readouterr().err
    assert shell.run(["drill", "--list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"│ {name} " in listed for name in [*SCENARIOS, "N1", "N4"])


def test_a_drill_of_several_nodes_names_what_it_needs(capsys):
    assert shell.run(["drill", "--scenario", "N1"]) == 1
    assert "several nodes need a database: name an empty one with --database" in capsys.readouterr().err
    assert shell.run(["drill", "--scenario", "N2", "--nodes", "1", "--database", "postgresql://x"]) == 1
    assert "N1 to N4 need several nodes: --nodes 3" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_answer_leaves_only_after_the_log_is_on_disk(tmp_path, kind):
    """The kernel's own record: the request was read, then the log was synced, then the answer was written. On
    PostgreSQL the log is the server's, whose processes are watched with the gateway."""
    strace = need("strace", "-qq", "-o", "/dev/null", "true")
    folder = tmp_path / "data"
    servers = _processes_of(server(18)) if kind == "postgres" else []
    database = asyncio.run(empty_schema(server(18), tmp_path)) if kind == "postgres" else ""
    token = _installation(folder, database)
    record = tmp_path / "calls"
    read, write = os.pipe()
    words = [strace, "--seccomp-bpf", "-I", "2", "-f", "-qq", "-y", "-s", "60", "-o", str(record)]
    words += ["-e", "trace=read,recvfrom,write,writev,sendto,sendmsg,fsync,fdatasync"]
    words += [word for pid in servers for word in ("-p", str(pid))]
    process = subprocess.Popen(
        [*words, *HELIOGRAPH, "serve", "--dir", str(folder), "--ready-fd", str(write)], pass_fds=[write]
    )
    os.close(write)
    try:
        with os.fdopen(read) as ready:
            url = ready.readline().strip()
        body = json.dumps({"src_addr": "Shop", "phone": ["380671234567"], "message": "durable"}).encode()
        request = urllib.request.Request(f"{url}/sms/send", body, {"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.load(answer)["success_request"]["info"]
    finally:
        _end(process)
    calls = record.read_text(errors="replace").splitlines()
    asked = next(number for number, line in enumerate(calls) if '"POST /sms/send' in line)
    answered = next(number for number, line in enumerate(calls) if '"HTTP/1.1 200' in line and number > asked)
    between = [line for line in calls[asked:answered] if "sync(" in line or "sync resumed" in line]
    log = {"sqlite": "heliograph.db-wal", "postgres": "/pg_wal/"}[kind]
    assert any("sync(" in line and log in line for line in between), calls[asked : answered + 1]
    assert all(line.endswith("= 0") or "unfinished" in line for line in between)
    last = [line for line in between if log in line and "sync(" in line][-1]
    assert last.endswith("= 0") or any("sync resumed" in line for line in between[between.index(last) :])


def _installation(folder, database):
    """A data folder with an account that may send; its token."""
    folder.mkdir()
    store = f'[store]\nkind = "postgres"\nurl = "{database}"\n' if database else ""
    (folder / "heliograph.toml").write_text(
        f"{store}[http]\nport = 0\n[queue]\nleast_free_disk_mib = 0\n"
        '[[connectors]]\nname = "carrier"\nkind = "simulated"\n'
        '[[routes]]\nid = "all"\nconnectors = ["carrier"]\n[[tariffs]]\nid = "all"\ntariff = "default"\nprice = "0.1"\n'
    )
    _command("migrate", "--dir", str(folder))
    made = json.loads(_command("account", "create", "shop", "--dir", str(folder), "--json"))
    _command("account", "sender", "shop", "Shop", "--dir", str(folder))
    _command("account", "top-up", "shop", "10", "--dir", str(folder))
    return made["token"]


def _command(*words):
    return subprocess.run([*HELIOGRAPH, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def _children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _processes_of(database_server):
    """The server and what it runs in the background; who is connected to it later is followed."""
    return [database_server.process.pid, *_children(database_server.process.pid)]


def _end(process):
    """strace passes nothing on: tell the gateway, its only child, to stop, then strace to let go of the others."""
    end = time.monotonic() + 30
    while (children := _children(process.pid)) and time.monotonic() < end:
        for child in children:
            os.kill(child, signal.SIGTERM)
        time.sleep(0.1)
    process.terminate()
    process.wait(30)
