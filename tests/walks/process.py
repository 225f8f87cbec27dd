"""A gateway in a process of its own, for what only a process shows: that it is killed, and that it begins again."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import NamedTuple

from heliograph.cli.link import send_to
from heliograph.installation import Installation

HELIOGRAPH = [sys.executable, "-m", "heliograph"]


class Life(NamedTuple):
    """One life of a gateway, and where it is found."""

    process: subprocess.Popen
    url: str


def answer(*words):
    """What a command of the operator's answers."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    words = [*HELIOGRAPH, *map(str, words), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def ask(folder, verb):
    """What the gateway of a folder answers an operator: as a command does, without a process for it."""
    return asyncio.run(send_to(Installation(folder), verb))


@contextmanager
def serving(folder, errors=subprocess.DEVNULL):
    """A life of the gateway of a folder, ready; killed at the end without a word."""
    read, write = os.pipe()
    words = [*HELIOGRAPH, "serve", "--dir", str(folder), "--ready-fd", str(write)]
    process = subprocess.Popen(words, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=errors, text=True)
    os.close(write)
    with os.fdopen(read) as ready:
        url = ready.readline().strip()
    try:
        yield Life(process, url)
    finally:
        process.kill()
        process.communicate(timeout=30)
