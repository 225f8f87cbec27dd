"""The command line as an operator and a script use it: real processes, a real folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import smpplib.client

from walks import process
from walks.process import HELIOGRAPH

ANY_PORT = ("--http-port", "0", "--smpp-port", "0", "--smtp-port", "0")
CONFIG = """
[http]
port = 0
[queue]
least_free_disk_mib = 0
grace_s = 3
[[connectors]]
name = "carrier"
kind = "simulated"
[[routes]]
id = "all"
connectors = ["carrier"]
[[tariffs]]
id = "all"
tariff = "default"
price = "0.45"
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "heliograph.toml").write_text(CONFIG)
    return folder


def run(*words, code=0, environ=None):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    done = subprocess.run(
        [*HELIOGRAPH, *map(str, words)], capture_output=True, text=True, timeout=60, env={**clean, **(environ or {})}
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def answer(*words, **how):
    return json.loads(run(*words, "--json", **how))


def serving(folder):
    """A gateway in a process of its own, and its URL; what it logs can be read."""
    return process.serving(folder, errors=subprocess.PIPE)


def post(url, path, token, body=b""):
    request = urllib.request.Request(url + path, body, {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)


def new_account(folder, **how):
    made = answer("account", "create", "shop", "--dir", folder, **how)
    answer("account", "sender", "shop", "Shop", "--dir", folder)
    answer("account", "top-up", "shop", "10", "--dir", folder)
    return made


def test_an_account_is_made_and_paid_without_and_with_a_running_gateway(folder):
    run("migrate", "--dir", folder)
    made = new_account(folder)
    assert set(made) == {"id", "login", "password", "apikey", "token"}
    with serving(folder) as (_, url):
        assert post(url, "/sms/balance", made["token"])["success_request"]["info"]["money"] == "10.0000"
        assert answer("account", "top-up", "shop", "2.50", "--dir", folder) == {"login": "shop", "balance": "12.500000"}
        assert post(url, "/sms/balance", made["token"])["success_request"]["info"]["money"] == "12.5000"
        second = answer("account", "token", "shop", "--scope", "read", "--dir", folder)["token"]
        assert post(url, "/sms/balance", second)["success_request"]["info"]["money"] == "12.5000"
        with pytest.raises(urllib.error.HTTPError):
            post(url, "/sms/send", second, b'{"src_addr":"Shop","phone":["380671234567"],"message":"x"}')
        shown = answer("account", "show", "shop", "--dir", folder)
        assert [sender["name"] for sender in shown["senders"]] == ["Shop"]
        assert [credential["scope"] for credential in shown["credentials"]] == ["live", "live", "live", "read"]
    assert answer("account", "list", "--dir", folder)[0]["balance"] == "12.500000"
    assert answer("check", "--dir", folder) == {"faults": []}


def test_a_message_is_sent_watched_and_traced(folder):
    run("migrate", "--dir", folder)
    new_account(folder)
    with serving(folder):
        tail = subprocess.Popen(
            [*HELIOGRAPH, "tail", "--dir", str(folder), "--json"], stdout=subprocess.PIPE, text=True
        )
        try:
            deadline = time.monotonic() + 30
            while answer("status", "--dir", folder)["watchers"] == 0:
                assert time.monotonic() < deadline
            (sent,) = answer("send", "380671234567", "Привіт", "--login", "shop", "--sender", "Shop", "--dir", folder)
            assert (sent["parts"], sent["price"]) == (1, "0.450000")
            events = [json.loads(tail.stdout.readline()) for _ in range(2)]
            assert [event["state"] for event in events] == ["SENDING", "DELIVERED"]
            assert {event["message_id"] for event in events} == {sent["id"]}
        finally:
            tail.send_signal(signal.SIGINT)
            tail.communicate(timeout=10)
        story = answer("trace", sent["id"], "--dir", folder)
        assert story["sentences"][-1].endswith("UTC.") or "Delivered since" in story["sentences"][-1]
        assert answer("census", "--dir", folder) == {"delivered": 1}
        assert answer("status", "--dir", folder)["ready"] is True
        shown = run("status", "--dir", folder)
        assert ["ready", "yes"] in [line.split() for line in shown.splitlines()]
        assert ["carrier", "yes"] in [line.replace("│", " ").split()[:2] for line in shown.splitlines()]
        assert "{" not in shown
        refused = run("send", "123", "x", "--login", "shop", "--sender", "Shop", "--dir", folder, "--json", code=1)
        assert refused == ""
    assert "Delivered since" in run("trace", sent["id"], "--dir", folder)


def test_what_cannot_be_done_is_said_in_one_sentence_with_exit_code_1(folder):
    run("migrate", "--dir", folder)
    for words, said in (
        (("account", "show", "nobody"), "there is no account 'nobody'"),
        (("trace", "100000001"), "there is no message 100000001"),
        (("status",), "no gateway is running in"),
        (("account", "create", "x"), "a login has 2 to 64 letters"),
    ):
        complaint = run(*words, "--dir", folder, code=1)
        assert said in complaint
        assert "Traceback" not in complaint
    run("account", "create", "shop", "--dir", folder)
    for amount in ("0", "1.2345678", "x", "-5", "99999999999"):
        assert "Traceback" not in run("account", "top-up", "shop", "--dir", folder, "--", amount, code=1)
    assert answer("check", "--dir", folder) == {"faults": []}


def test_a_second_server_ends_with_78_and_names_the_first(folder):
    run("migrate", "--dir", folder)
    with serving(folder) as (process, _):
        assert f"pid {process.pid}" in run("serve", "--dir", folder, code=78)


def test_a_wrong_configuration_ends_with_78_and_says_all_that_is_wrong(folder):
    (folder / "heliograph.toml").write_text('[http]\nport = "x"\n[quee]\n[[connectors]]\nname = "c"\n')
    for command in ("check-config", "serve", "migrate"):
        complaint = run(command, "--dir", folder, code=78)
        assert "http.port is 'x'" in complaint
        assert "did you mean queue?" in complaint
        assert "connectors[0] lacks kind" in complaint
    assert [path.name for path in folder.iterdir()] == ["heliograph.toml"]


def test_check_config_finds_everything_in_one_go(folder):
    (folder / "heliograph.toml").write_text(
        CONFIG.replace('connectors = ["carrier"]', 'connectors = ["carier"]').replace('"0.45"', '"-1"')
        + '[[connectors]]\nname = "carrier"\nkind = "simulated"\n[numbering]\nplan = "none.csv"\n'
    )
    said = run("check-config", "--dir", folder, code=78)
    assert "the connector 'carrier' exists twice" in said
    assert "leads to the connector 'carier', which does not exist" in said
    assert "the price '-1' is negative" in said
    assert "numbering.plan" in said


def test_a_route_to_nowhere_is_found_by_check_config(folder):
    text = CONFIG.replace('connectors = ["carrier"]', 'connectors = ["carier"]')
    (folder / "heliograph.toml").write_text(text)
    assert "leads to the connector 'carier', which does not exist" in run("check-config", "--dir", folder, code=78)


def test_the_environment_names_folder_and_settings(folder):
    environ = {"HELIOGRAPH_DIR": str(folder)}
    assert answer("check-config", environ=environ)["connectors"] == 1
    assert "http.port is 'x'" in run("check-config", environ={**environ, "HELIOGRAPH_HTTP_PORT": "x"}, code=78)


def test_a_command_that_is_none_is_refused_with_2(folder):
    assert "heliograph --help" in run("frobnicate", code=2)
    assert "heliograph --help" in run("trace", "abc", "--dir", folder, code=2)


def test_a_narrow_terminal_is_told_all_of_a_settings_name():
    lines = run("explain-config", "smsc.failed_logins_window_s", environ={"COLUMNS": "60"}).splitlines()
    cells = [line.split("│") for line in lines if line.startswith("│")]
    assert "".join(row[1].strip() for row in cells) == "smsc.failed_logins_window_s"
    assert "…" not in "".join(lines)


def test_every_setting_is_explained():
    rows = answer("explain-config")
    assert len(rows) > 40
    assert {row["name"] for row in answer("explain-config", "http.")} == {
        "http.host", "http.port", "http.max_body", "http.trusted_proxies", "http.listeners[].port",
        "http.listeners[].host", "http.listeners[].certificate", "http.listeners[].key",
        "http.listeners[].key_password", "http.listeners[].names", "http.listeners[].doors",
        "http.listeners[].client_authorities",
    }  # fmt: skip


def test_sigterm_drains_and_a_restart_goes_on(folder):
    run("migrate", "--dir", folder)
    made = new_account(folder)
    with serving(folder) as (process, url):
        body = {"src_addr": "Shop", "phone": ["380671230013"], "message": "slow"}
        (message_id,) = post(url, "/sms/send", made["token"], json.dumps(body).encode())["success_request"]["info"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not (folder / "control.sock").exists()
    with serving(folder) as (_, url):
        until = time.monotonic() + 30
        state = ""
        while state != "DELIVRD" and time.monotonic() < until:
            answered = post(url, "/sms/status", made["token"], json.dumps({"id_sms": [message_id]}).encode())
            state = answered["success_request"]["info"][message_id]
            time.sleep(0.2)
        assert state == "DELIVRD"


def binds(demo):
    """True if its system_id binds with its password."""
    host, _, port = demo["smpp"].rpartition(":")
    client = smpplib.client.Client(host, int(port), timeout=5, allow_unknown_opt_params=True)
    try:
        client.connect()
        return client.bind_transceiver(system_id=demo["system_id"], password=demo["smpp_password"]).status == 0
    finally:
        client._socket.close()
        client._socket = None


def test_the_demo_is_ready_for_programs_and_keeps_its_credentials(tmp_path):
    printed = []
    for _ in range(2):
        demo = subprocess.Popen(
            [*HELIOGRAPH, "demo", "--dir", str(tmp_path / "demo"), *ANY_PORT, "--json"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            printed.append(json.loads(demo.stdout.readline()))
            body = {"src_addr": printed[-1]["sender"], "phone": ["380671234567"], "message": f"x{len(printed)}"}
            sent = post(printed[-1]["http_url"], "/sms/send", printed[-1]["token"], json.dumps(body).encode())
            assert sent["success_request"]["info"]
            assert binds(printed[-1])
        finally:
            demo.kill()
            demo.communicate(timeout=20)
    words = {"http_url", "smpp", "smtp", "login", "password", "apikey", "token", "sender", "system_id", "smpp_password"}
    assert set(printed[0]) == words
    any_port = {"http_url": "", "smpp": "", "smtp": ""}
    assert printed[0] | any_port == printed[1] | any_port
    for secret in ("demo.json", "demo.env", "secret.key", "heliograph.db"):
        assert Path(tmp_path, "demo", secret).stat().st_mode & 0o777 == 0o600


def test_the_tour_shows_a_message_in_each_end_and_ends_itself():
    demo = subprocess.run(
        [*HELIOGRAPH, "demo", "--tour", *ANY_PORT, "--json"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert demo.returncode == 0, demo.stderr
    ends = json.loads(demo.stdout.splitlines()[1])
    assert {end["state"] for end in ends} == {
        "DELIVERED",
        "UNDELIVERABLE",
        "EXPIRED",
        "REJECTED",
        "UNKNOWN",
        "CANCELLED",
    }
