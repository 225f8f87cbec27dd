"""A disk that is full, for files of this process."""

from __future__ import annotations

import resource
from contextlib import contextmanager


@contextmanager
def files_no_longer_than(octets):
    """No file grows beyond so many octets meanwhile: the write that would is cut short or fails with `OSError`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
