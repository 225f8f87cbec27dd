"""`kill -9` of a gateway in the midst of SMPP (R1): nothing it promised is lost, only what was in doubt goes twice."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager

import pytest

from heliograph.simulator.memory import read_ledger
from walks.process import HELIOGRAPH, answer, serving

WINDOW = 20
CONFIG = """
[http]
port = 0
[smsclub]
requests_per_second = 1000
[queue]
least_free_disk_mib = 0
[[connectors]]
name = "carrier"
kind = "smpp"
smpp.host = "127.0.0.1"
smpp.port = {port}
smpp.system_id = "gateway"
smpp.window = {window}
smpp.sessions = 2
smpp.reconnect_least_s = 0.05
[[routes]]
id = "all"
connectors = ["carrier"]
[[tariffs]]
id = "all"
tariff = "default"
price = "0.01"
"""


@contextmanager
def a_carrier(file):
    """A simulated carrier in a process of its own, and its port."""
    words = [*HELIOGRAPH, "simulate-carrier", "--port", "0", "--json", "--memory", str(file), "--personality", "hasty"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def send(url, token, numbers):
    body = json.dumps({"src_addr": "Shop", "phone": numbers, "message": "Hello"}).encode()
    request = urllib.request.Request(url + "/sms/send", body, {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return list(json.load(response)["success_request"]["info"].values())


@pytest.mark.timeout(150)
def test_R1_a_gateway_killed_in_the_midst_of_smpp_loses_nothing(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with a_carrier(tmp_path / "carrier.log") as port:
        (folder / "heliograph.toml").write_text(CONFIG.format(port=port, window=WINDOW))
        answer("migrate", "--dir", folder)
        token = answer("account", "create", "shop", "--dir", str(folder))["token"]
        answer("account", "sender", "shop", "Shop", "--dir", str(folder))
        answer("account", "top-up", "shop", "100", "--dir", str(folder))
        promised = []
        deaths = 3
        for death in range(deaths):
            with serving(folder) as (_, url):
                for request in range(3):
                    first = 100 + 100 * (3 * death + request)
                    promised += send(url, token, [f"38067{1_000_000 + first + number}" for number in range(100)])
                time.sleep(0.05 * death)
        with serving(folder):
            until = time.monotonic() + 60
            while True:
                census = answer("census", "--dir", str(folder))
                if census.get("delivered", 0) + census.get("in_doubt", 0) == len(promised):
                    break
                assert time.monotonic() < until, census
                time.sleep(0.2)
            answer("check", "--dir", str(folder))
    times = Counter(part.recipient for part in read_ledger(tmp_path / "carrier.log").taken)
    assert set(times) == set(promised)
    assert len(promised) == 900
    assert sum(count - 1 for count in times.values()) <= deaths * 2 * WINDOW
    assert max(times.values()) <= 2
