"""The folder of a test run's PostgreSQL servers: one a run, whatever number of workers, and gone with it.

A pytest plugin. The process that runs the workers makes the name and removes the folder at the end, also after a
ctrl-C; what a run left that was killed outright, the next one removes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

VARIABLE = "TEST_SERVERS"
QUICK_DISK = Path("/dev/shm")
"""In memory where there is such a thing: the servers sync as always, and wait for no disk."""
PREFIX = "heliograph-servers-"


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        place = QUICK_DISK if QUICK_DISK.is_dir() else Path(tempfile.gettempdir())
        _remove_what_dead_runs_left(place)
        os.environ[VARIABLE] = str(place / f"{PREFIX}{os.getpid()}")


def pytest_unconfigure(config):
    if "store.postgres.server" in sys.modules:
        sys.modules["store.postgres.server"].remove_all()
    if not hasattr(config, "workerinput"):
        remove(Path(os.environ[VARIABLE]))


def folder_of_the_run():
    """Where this run's servers live; made when it is first asked for."""
    folder = Path(os.environ[VARIABLE])
    folder.mkdir(exist_ok=True)
    return folder


def remove(folder, patience_s=10.0):
    """Remove it; a server whose parent has just died may write for a moment more."""
    end = time.monotonic() + patience_s
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            time.sleep(0.05)


def _remove_what_dead_runs_left(place):
    for folder in place.glob(f"{PREFIX}*"):
        try:
            os.kill(int(folder.name.removeprefix(PREFIX)), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, PermissionError):
            continue
