"""What a command line waits for before it does anything: a command that only asks a running gateway imports no room
of it, and `--help` says of every command what the command says of itself."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys

import pytest

from heliograph.cli import COMMANDS

HEAVY = {
    "heliograph.app", "heliograph.connectors", "heliograph.core", "heliograph.dialects", "heliograph.doors",
    "heliograph.settings", "heliograph.simulator", "heliograph.store", "heliograph.wiring",
    "aiosmtpd", "apsw", "argon2", "asyncpg", "cryptography", "httptools", "phonenumbers", "prometheus_client",
    "reportlab",
    "starlette", "structlog", "uvicorn", "uvloop",
}  # fmt: skip

ASKED = [
    (["--version"], None),
    (["--help"], None),
    (["account", "--help"], None),
    (["account", "list"], []),
    (["account", "show", "shop"], {"login": "shop"}),
    (["account", "top-up", "shop", "5"], {"balance": "5"}),
    (["cancel", "7"], {"cancelled": [7]}),
    (["census"], {"DELIVERED": 1}),
    (["contacts", "list", "shop"], []),
    (["jobs", "list", "shop"], []),
    (["senders", "list"], []),
    (["send", "380501234567", "hi", "--login", "shop", "--sender", "Shop"], []),
    (["status"], {"ready": True, "connectors": [], "nodes": []}),
    (["stop-list", "list"], []),
    (["subclients", "list", "shop"], []),
    (["tail"], None),
    (["templates", "list"], []),
    (["trace", "7"], {"sentences": ["accepted"]}),
]
"""Command lines, and what the gateway answers: as little as the command can print; None = nothing."""

PROGRAM = """
import json, socket, sys, threading
from heliograph.cli import run

folder, asked, imported = sys.argv[1], json.loads(sys.argv[2]), []
gateway = socket.create_server(f"{folder}/control.sock", family=socket.AF_UNIX)

def answer(value):
    with gateway.accept()[0] as caller:
        caller.recv(1 << 16)
        if value is not None:
            caller.sendall(json.dumps({"ok": value}).encode() + b"\\n")

for words, value in asked:
    if words[-1] in ("--help", "--version"):
        code = run(words)
    else:
        threading.Thread(target=answer, args=(value,), daemon=True).start()
        code = run([*words, "--dir", folder])
    imported.append((code, sorted({".".join(name.split(".")[:2]) for name in sys.modules})))
json.dump(imported, sys.stderr)
"""


def test_a_command_that_asks_a_running_gateway_imports_no_room_of_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), json.dumps(ASKED)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for (words, _), (code, imported) in zip(ASKED, json.loads(done.stderr), strict=True):
        assert code == 0, (words, done.stdout)
        names = set(imported) | {name.partition(".")[0] for name in imported}
        assert not names & HEAVY, words


@pytest.mark.parametrize(("name", "place", "help_"), COMMANDS, ids=[name for name, *_ in COMMANDS])
def test_the_list_of_commands_says_of_each_what_it_says_of_itself(name, place, help_):
    module, _, attribute = place.partition(":")
    command = getattr(importlib.import_module(f"heliograph.cli.{module}"), attribute)
    if inspect.isfunction(command):
        said, shown = ([part.split() for part in text.split("\n\n")] for text in (inspect.getdoc(command), help_))
        assert said == shown
    else:
        assert command.name == (name,)
