"""R27: a mailing whose gateway is killed again and again comes to each recipient exactly once in our ledger."""

from __future__ import annotations

import json
import random
import sqlite3
import time
import urllib.parse
import urllib.request
from itertools import pairwise

import pytest

from heliograph.backoffice import verbs
from heliograph.backoffice.table_columns import MOST_ROWS
from walks.process import ask, serving

RECIPIENTS = 14_000
KILLS = 10
PAUSED, DEARER = 3, 6
"""Before which of the kills it is paused, and after which its messages cost more."""
SLOW, FAST = 300, 5_000
"""The carrier's messages/s: a mailing that has taken its backlog goes on as slowly, however quick the machine is."""
CONFIGURATION = """
[http]
port = 0
[queue]
least_free_disk_mib = 0
[smsc]
same_jobs = 0
[[connectors]]
name = "carrier"
kind = "simulated"
speed = {speed}
[[routes]]
id = "all"
connectors = ["carrier"]
[[tariffs]]
id = "all"
tariff = "default"
price = "{price}"
"""


class Owner:
    """Who made the mailing, and looks how far it has come."""

    def __init__(self, folder):
        self.folder = folder
        self.url = self.apikey = ""
        self.job = 0

    def ask(self, **fields):
        body = urllib.parse.urlencode({"apikey": self.apikey, "fmt": 3, **fields}).encode()
        with urllib.request.urlopen(f"{self.url}/sys/jobs.php", body, timeout=60) as response:
            return json.load(response)

    def begin(self):
        """Contacts in a group, and a mailing to all of them."""
        made = ask(self.folder, verbs.AccountCreate("shop"))
        ask(self.folder, verbs.AccountSender("shop", "Shop"))
        ask(self.folder, verbs.AccountTopUp("shop", "100000"))
        rows = [{"phone": f"{380_670_000_000 + place}", "name": f"name {place}"} for place in range(RECIPIENTS)]
        for first in range(0, RECIPIENTS, MOST_ROWS):
            ask(self.folder, verbs.ContactAdd("shop", rows[first : first + MOST_ROWS], "all"))
        self.apikey = made["apikey"]
        self.job = self.ask(add=1, name="all", phones="G2", mes="Hello, {NAME}", time="+0")["id"]

    def shown(self):
        return self.ask(get=1, id=self.job)

    def come(self):
        return self.shown()["sms_cnt"]

    def until(self, condition, seconds=60):
        """What the mailing is like as soon as it is so."""
        deadline = time.monotonic() + seconds
        while not condition(job := self.shown()):
            assert time.monotonic() < deadline, job
            time.sleep(0.01)
        return job

    def pause(self):
        """How far it has come and stays, whoever dies."""
        ask(self.folder, verbs.JobChange("shop", self.job, "pause"))
        return self.come()

    def resume(self, come):
        """Nothing was taken in the meantime; now it goes on."""
        job = self.shown()
        assert (job["status"], job["sms_cnt"]) == (-2, come)
        ask(self.folder, verbs.JobChange("shop", self.job, "resume"))


def configure(folder, price, speed=SLOW):
    (folder / "heliograph.toml").write_text(CONFIGURATION.format(price=price, speed=speed))


@pytest.mark.timeout(300)
def test_R27_a_mailing_killed_ten_times_paused_and_made_dearer_comes_to_each_recipient_once(tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    folder = tmp_path / "data"
    folder.mkdir()
    configure(folder, "0.1")
    owner, came, held = Owner(folder), [], 0
    for kill in range(KILLS):
        with serving(folder) as (_, owner.url):
            if kill == 0:
                owner.begin()
            if kill == PAUSED + 1:
                owner.resume(held)
            came.append(owner.come())
            further = came[-1] + chance.randrange(1, 200)
            owner.until(lambda job, further=further: job["sms_cnt"] >= further)
            if kill == PAUSED:
                held = owner.pause()
        if kill == DEARER:
            configure(folder, "0.25")
    configure(folder, "0.25", FAST)
    with serving(folder) as (_, owner.url):
        came.append(owner.come())
        job = owner.until(lambda job: job["status"] == 1)
    print(f"was killed at {came[1:]}")
    assert all(earlier < later for earlier, later in pairwise(came)), "it was killed while it went on"
    assert len(came[1:]) == KILLS
    assert came[-1] < RECIPIENTS
    assert job["sms_cnt"] == job["phones_cnt"] == RECIPIENTS
    with sqlite3.connect(folder / "heliograph.db") as database:
        total, distinct, charged = database.execute(
            "SELECT count(*), count(DISTINCT recipient), sum(price) FROM message WHERE campaign > 0"
        ).fetchone()
        prices = dict(database.execute("SELECT price, count(*) FROM message WHERE campaign > 0 GROUP BY price"))
        ledger = database.execute("SELECT sum(amount) FROM ledger WHERE kind = 'charge'").fetchone()[0]
    assert (total, distinct) == (RECIPIENTS, RECIPIENTS)
    assert set(prices) == {100_000, 250_000}
    assert charged == ledger == 100_000 * prices[100_000] + 250_000 * prices[250_000]
