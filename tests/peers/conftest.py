"""Clients nobody here wrote, against a started gateway. `make peers` installs them; in CI a missing one is a failure,
elsewhere it is skipped and counted by its name."""

from __future__ import annotations

import asyncio
import os
import shutil

import pytest

from walks.world import running


def need(program, *arguments):
    """The path of a program that works; else skip, or fail in CI."""
    path = shutil.which(program)
    if path is None or (arguments and os.spawnl(os.P_WAIT, path, program, *arguments) != 0):
        gone(f"{program} ({' '.join(arguments) or 'not installed'})")
    return path


def need_file(path, name):
    """The path of a peer that is no program on the search path; else skip, or fail in CI."""
    if not path.exists():
        gone(name)
    return str(path)


def gone(what):
    """A peer is missing: skip, or fail in CI."""
    reason = f"missing peer: {what}; make peers installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


async def run(*words, data=None, timeout=30, env=None, cwd=None):
    """Run a peer; exit code, what it printed, what it complained of. `env` is added to our environment."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(env or {})},
        cwd=cwd,
    )
    try:
        printed, complained = await asyncio.wait_for(process.communicate(data), timeout)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode, printed.decode(), complained.decode()


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path / "data") as world:
        yield world
