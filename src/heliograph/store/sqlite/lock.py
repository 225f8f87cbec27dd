"""One process owns the file: an exclusive lock file beside the database, with the holder's pid inside.

The lock is the kernel's (flock), so a killed holder leaves none behind; the file itself stays. It is held from before
the first look at the database until after its last connection is closed.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from heliograph.store import StoreError, StoreInUse


class FileLock:
    """Held while the process lives, or until `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock; `StoreInUse` has the pid of who has it, `StoreError` says why the folder cannot be used."""
        folder = self._path.parent
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError as error:
            raise StoreError(f"there is no folder {folder}; create it or name another one") from error
        except OSError as error:
            raise StoreError(f"cannot write in {folder}: {error.strerror}; make it writable for this user") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = _pid_in(descriptor)
            os.close(descriptor)
            holder = "another process" if pid is None else f"the process with pid {pid}"
            raise StoreInUse(f"{folder} is in use by {holder}; stop it or choose another folder", pid) from error
        self._descriptor = descriptor
        with suppress(OSError):  # the number helps whoever comes second; a full disk must not keep the first one out
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let go; doing it twice is allowed."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _pid_in(descriptor: int) -> int | None:
    try:
        return int(os.pread(descriptor, 32, 0))
    except ValueError:
        return None
