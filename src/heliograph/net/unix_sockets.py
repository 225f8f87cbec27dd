"""Unix sockets whose folder may have a longer name than a socket's can be. Knows nothing of what is said over them."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LONGEST_NAME: Final = 100
"""What every system takes as a socket's name."""


def bind(path: Path) -> socket.socket:
    """A listening Unix socket at `path`, mode 0600 from its first moment."""
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        with short_name(path) as name:
            listener.bind(name)
    except BaseException:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


@contextlib.contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A name of at most 100 bytes for a socket's file: a longer path goes through the folder's descriptor."""
    if len(os.fsencode(path)) <= LONGEST_NAME:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
