"""`kill -9` in the midst of payments between an account and its sub-client (R1): no money comes or goes."""

from __future__ import annotations

import random
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from walks.process import answer, serving

CONFIG = """
[http]
port = 0
[smsc]
at_once = 0
same_users = 0
[queue]
least_free_disk_mib = 0
[[connectors]]
name = "carrier"
kind = "simulated"
[[routes]]
id = "all"
connectors = ["carrier"]
[[tariffs]]
id = "all"
tariff = "default"
price = "0.01"
"""
KILLS = 3


def pay(url, apikey, amount):
    query = urllib.parse.urlencode({"apikey": apikey, "pay": 1, "user": "sub", "sum": amount, "fmt": 1})
    with urllib.request.urlopen(f"{url}/sys/users.php?{query}", timeout=10) as response:
        return response.read().decode()


def pay_on(url, apikey, until, paid, seed):
    """Back and forth, until the gateway is gone."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        amount = chance.choice(["0.000001", "1.5", "-1.5", "-0.000001", "2"])
        try:
            if pay(url, apikey, amount) == "OK":
                paid.append(amount)
        except (OSError, urllib.error.URLError):
            return


@pytest.mark.timeout(150)
def test_R1_a_gateway_killed_in_the_midst_of_payments_keeps_every_millionth(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "heliograph.toml").write_text(CONFIG)
    answer("migrate", "--dir", str(folder))
    apikey = answer("account", "create", "owner", "--dir", str(folder))["apikey"]
    answer("account", "top-up", "owner", "1000", "--dir", str(folder))
    answer("subclients", "add", "owner", "sub", "--password", "mypassword", "--dir", str(folder))
    promised = 0
    for life in range(KILLS):
        paid = []
        with serving(folder) as (_, url):
            until = time.monotonic() + random.uniform(0.3, 0.9)
            payers = [
                threading.Thread(target=pay_on, args=(url, apikey, until + 5, paid, life * 10 + n)) for n in range(4)
            ]
            for payer in payers:
                payer.start()
            time.sleep(max(0.0, until - time.monotonic()))
        for payer in payers:
            payer.join()
        assert paid
        promised += len(paid)
    assert answer("check", "--dir", str(folder))["faults"] == []
    (sub,) = answer("subclients", "list", "owner", "--dir", str(folder))
    owner = answer("account", "show", "owner", "--dir", str(folder))
    micros = [round(float(one["balance"]) * 1_000_000) for one in (owner, sub)]
    assert sum(micros) == 1_000_000_000
    assert micros[1] >= 0
    (stat,) = answer("subclients", "stats", "owner", "2020-01-01", "--dir", str(folder))
    assert stat["got"] == sub["balance"]
    assert promised > KILLS
