"""R27: a mailing whose gateway is killed again and again comes to each recipient exactly once in our ledger."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest

HELIOGRAPH = [sys.executable, "-m", "heliograph"]
RECIPIENTS = 15_000
KILLS = 10
CONFIGURATION = """
[http]
port = 0
max_body = 8388608
[queue]
least_free_disk_mib = 0
[smsc]
same_jobs = 0
max_list = 10000
[[connectors]]
name = "carrier"
kind = "simulated"
speed = 1500
[[routes]]
id = "all"
connectors = ["carrier"]
[[tariffs]]
id = "all"
tariff = "default"
price = "0.1"
"""


def command(*words):
    return subprocess.run([*HELIOGRAPH, *words], check=True, capture_output=True, text=True, timeout=60).stdout


class Life:
    """A gateway from its start to its death."""

    def __init__(self, folder):
        read, write = os.pipe()
        self.process = subprocess.Popen(
            [*HELIOGRAPH, "serve", "--dir", str(folder), "--ready-fd", str(write)],
            pass_fds=[write],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as ready:
            self.url = ready.readline().strip()

    def ask(self, apikey, **fields):
        body = urllib.parse.urlencode({"apikey": apikey, "fmt": 3, **fields}).encode()
        with urllib.request.urlopen(f"{self.url}/sys/jobs.php", body, timeout=60) as answer:
            return json.load(answer)

    def kill(self):
        self.process.kill()
        self.process.wait(30)


@pytest.mark.timeout(300)
def test_R27_a_mailing_killed_ten_times_comes_to_each_recipient_once(tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "heliograph.toml").write_text(CONFIGURATION)
    command("migrate", "--dir", str(folder))
    made = json.loads(command("account", "create", "shop", "--dir", str(folder), "--json"))
    command("account", "sender", "shop", "Shop", "--dir", str(folder))
    command("account", "top-up", "shop", "100000", "--dir", str(folder))
    apikey, step, ids = made["apikey"], 5_000, []
    life = Life(folder)
    for part in range(0, RECIPIENTS, step):
        numbers = ",".join(str(380_670_000_000 + place) for place in range(part, part + step))
        ids.append(life.ask(apikey, add=1, name=f"part {part}", phones=numbers, mes="Hello", time="+0")["id"])
    came = []
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.4))
        life.kill()
        life = Life(folder)
        came.append(sum(life.ask(apikey, get=1, id=one)["sms_cnt"] for one in ids))
    print(f"came as far as {came}")
    try:
        deadline = time.monotonic() + 120
        while any(life.ask(apikey, get=1, id=one)["status"] != 1 for one in ids):
            assert time.monotonic() < deadline
            time.sleep(0.5)
        jobs = [life.ask(apikey, get=1, id=one) for one in ids]
    finally:
        life.process.terminate()
        life.process.wait(60)
    assert len(set(came)) >= 2  # it was killed while it sent
    assert [one["sms_cnt"] for one in jobs] == [step] * len(ids)
    with sqlite3.connect(folder / "heliograph.db") as database:
        total, distinct, charged = database.execute(
            "SELECT count(*), count(DISTINCT recipient), sum(price) FROM message WHERE campaign > 0"
        ).fetchone()
        ledger = database.execute("SELECT sum(amount) FROM ledger WHERE kind = 'charge'").fetchone()[0]
    assert (total, distinct) == (RECIPIENTS, RECIPIENTS)
    assert charged == ledger == RECIPIENTS * 100_000
