"""What the password helper process does: argon2id, one task a line, until its input ends.

`python -m heliograph.core.password_helper` reads a `Task` in JSON per line from its parent and writes a `Result`. It
holds nothing between tasks, touches no file and no network, and ends when the parent closes the pipe or dies.
"""

from __future__ import annotations

import hashlib
import os
import sys
from typing import BinaryIO, Final

import argon2
import msgspec

TIME_COST: Final = 2
MEMORY_KIB: Final = 19 * 1024


class Task(msgspec.Struct, frozen=True):
    """What is asked: does any (stored hash, candidate) fit, or, with `clear`, what is to be stored of a password.

    A stored hash "" is that of nobody: it fits nothing, at the cost of one that might.
    """

    pairs: list[tuple[str, str]] = []
    clear: str | None = None


class Result(msgspec.Struct, frozen=True):
    """The answer to one task."""

    fits: bool = False
    hashes: str = ""


def hash_password(clear: str) -> str:
    """What is stored of a password: the argon2id hashes of its MD5 hex and of its SHA-1 hex, joined by a blank.

    Takes about 40 ms.
    """
    return f"{_hasher().hash(md5_hex(clear))} {_hasher().hash(sha1_hex(clear))}"


def md5_hex(clear: str) -> str:
    """The lower-case MD5 hex of a password in UTF-8."""
    return hashlib.md5(clear.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def sha1_hex(clear: str) -> str:
    """The lower-case SHA-1 hex of a password in UTF-8."""
    return hashlib.sha1(clear.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def carry_out(task: Task, nobodys: str) -> Result:
    """Do one task; `nobodys` is a sound hash to spend time on where there is none."""
    if task.clear is not None:
        return Result(hashes=hash_password(task.clear))
    return Result(fits=any(_fits(stored, candidate, nobodys) for stored, candidate in task.pairs))


def _fits(stored: str, candidate: str, nobodys: str) -> bool:
    try:
        return _hasher().verify(stored or nobodys, candidate) and stored != ""
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=1)


def serve(tasks: BinaryIO, results: BinaryIO) -> None:
    """Answer line by line until the input ends, or nobody is left to be answered."""
    nobodys = _hasher().hash("nobody")
    for line in tasks:
        result = carry_out(msgspec.json.decode(line, type=Task), nobodys)
        try:
            results.write(msgspec.json.encode(result) + b"\n")
            results.flush()
        except BrokenPipeError:  # the gateway was killed meanwhile
            os._exit(0)  # an orderly exit would try to flush once more


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
