"""Checking passwords without ever stopping the loop: argon2id in one helper process, and a memory of what was right.

These APIs send the password with every request, in clear, as its MD5 hex or as its SHA-1 hex (smsc-messages.md 1.3),
and one argon2 takes 20 ms. So the hashes of the MD5 hex and of the SHA-1 hex are stored, a clear password is checked
through its MD5 hex, and a pair that verified is remembered as a keyed digest until the stored hash changes
(decisions.md 18). At most 64 checks wait; above that the answer is BUSY. An unknown login costs the same work as a
known one (B27). Nothing here logs or keeps a secret in clear.
"""

from __future__ import annotations

import asyncio
import enum
import hashlib
import re
import secrets
import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from heliograph.core.directory import Directory
from heliograph.core.password_helper import Result, Task, hash_password, md5_hex
from heliograph.model.account import Account, Credential, CredentialKind

__all__ = ["Check", "Passwords", "hash_password"]

MOST_WAITING: Final = 64
MOST_REMEMBERED: Final = 50_000
LONGEST_PASSWORD: Final = 256
PATIENCE_S: Final = 10.0
"""A helper that is silent for so long is replaced."""

_MD5_HEX = re.compile(r"[0-9a-f]{32}")
_SHA1_HEX = re.compile(r"[0-9a-f]{40}")


class Check(enum.Enum):
    """What became of a check."""

    RIGHT = enum.auto()
    WRONG = enum.auto()
    BUSY = enum.auto()


Done = Callable[[Check], None]
_Then = Callable[[Result | None], None]


class Passwords:
    """Checks in order of arrival; `start` it before use and `stop` it at the end."""

    def __init__(self, directory: Directory, *, most_waiting: int = MOST_WAITING) -> None:
        self._directory = directory
        self._most_waiting = most_waiting
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._checks: dict[bytes, list[Done]] = {}
        self._tasks: deque[tuple[Task, _Then]] = deque()
        self._wake = asyncio.Event()
        self._helper: asyncio.subprocess.Process | None = None
        self._runner: asyncio.Task[None] | None = None
        self.verified = 0
        """How often the helper was asked to verify; the rest was remembered."""

    async def start(self) -> None:
        """Begin to work; the helper process starts with the first task."""
        self._runner = asyncio.create_task(self._run(), name="passwords")

    async def stop(self) -> None:
        """End the helper; what still waits is BUSY."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
            self._runner = None
        while self._tasks:
            self._tasks.popleft()[1](None)
        await self._end_helper()

    async def hash(self, clear: str) -> str:
        """`hash_password` in the helper. Raises RuntimeError if it could not be had."""
        hashed: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()

        def then(result: Result | None) -> None:
            if not hashed.done():
                hashed.set_result(result)

        self._ask(Task(clear=clear), then)
        result = await hashed
        if result is None:
            raise RuntimeError("the password helper has ended")
        return result.hashes

    def check(self, account: Account | None, presented: str, done: Done, *, hashed_forms: bool = True) -> None:
        """Tell `done` whether `presented` is the password of the account (None: of nobody, at the same cost).

        `hashed_forms` says whether its MD5 hex and SHA-1 hex count as well. `done` may be called at once.
        """
        credentials: tuple[Credential, ...] = ()
        if account is not None and not self._directory.is_closed(account):
            credentials = self._directory.credentials(account.id)
        passwords = [row for row in credentials if row.kind is CredentialKind.PASSWORD]
        self.check_against(passwords, presented, done, hashed_forms=hashed_forms)

    def check_against(
        self, credentials: Sequence[Credential], presented: str, done: Done, *, hashed_forms: bool = True
    ) -> None:
        """The same against given credentials, whose `digest` is in the form of `hash_password`."""
        if len(presented) > LONGEST_PASSWORD:
            done(Check.WRONG)
            return
        pair = self._pair(credentials, presented, hashed_forms)
        if pair in self._right:
            self._right.move_to_end(pair)
            done(Check.RIGHT)
        elif pair in self._checks:
            self._checks[pair].append(done)
        elif len(self._tasks) >= self._most_waiting:
            done(Check.BUSY)
        else:
            self._checks[pair] = [done]
            pairs = _candidates(credentials, presented, hashed_forms)
            self._ask(Task(pairs=pairs), lambda result: self._settle(pair, result))

    def _settle(self, pair: bytes, result: Result | None) -> None:
        check = Check.BUSY if result is None else Check.RIGHT if result.fits else Check.WRONG
        if check is Check.RIGHT:
            self._right[pair] = None
            if len(self._right) > MOST_REMEMBERED:
                self._right.popitem(last=False)
        for done in self._checks.pop(pair, ()):
            done(check)

    def _pair(self, credentials: Sequence[Credential], presented: str, hashed_forms: bool) -> bytes:
        """Names what is checked. It covers the stored hashes, so with a new password everything is a new pair."""
        state = hashlib.blake2b(digest_size=16, key=self._key)
        for credential in credentials:
            state.update(f"{credential.id} {credential.digest}\n".encode())
        state.update(f"\0{hashed_forms}\0{presented}".encode("utf-8", "surrogatepass"))
        return state.digest()

    def _ask(self, task: Task, then: _Then) -> None:
        self._tasks.append((task, then))
        self._wake.set()

    # -- the helper process --------------------------------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._tasks:
                task, then = self._tasks[0]
                result = await self._carry_out(task)
                self._tasks.popleft()
                loop.call_soon(then, result)  # a fault in a door's `done` must not end this task

    async def _carry_out(self, task: Task) -> Result | None:
        """One task. A helper that died or hangs is replaced and asked once more; None if that fails as well."""
        self.verified += bool(task.pairs)
        for _ in range(2):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await self._exchange(task)
            except (OSError, TimeoutError, asyncio.IncompleteReadError, msgspec.DecodeError):
                await self._end_helper()
        return None

    async def _exchange(self, task: Task) -> Result:
        helper = self._helper or await self._start_helper()
        assert helper.stdin is not None
        assert helper.stdout is not None
        helper.stdin.write(msgspec.json.encode(task) + b"\n")
        await helper.stdin.drain()
        return msgspec.json.decode(await helper.stdout.readuntil(b"\n"), type=Result)

    async def _start_helper(self) -> asyncio.subprocess.Process:
        """In a session of its own, so that an interrupt at the terminal does not end it before the gateway drains."""
        self._helper = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "heliograph.core.password_helper",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        return self._helper

    async def _end_helper(self) -> None:
        helper, self._helper = self._helper, None
        if helper is None:
            return
        if helper.stdin is not None:
            helper.stdin.close()
        if helper.returncode is None:
            helper.kill()
        await helper.wait()


def _candidates(credentials: Sequence[Credential], presented: str, hashed_forms: bool) -> list[tuple[str, str]]:
    """What to verify against which stored hash; with no credential the same amount, against the hash of nobody."""
    pairs: list[tuple[str, str]] = []
    for stored in [credential.digest for credential in credentials] or [" "]:
        of_md5, _, of_sha1 = stored.partition(" ")
        if hashed_forms and _MD5_HEX.fullmatch(presented):
            pairs.append((of_md5, presented))
        elif hashed_forms and _SHA1_HEX.fullmatch(presented):
            pairs.append((of_sha1, presented))
        pairs.append((of_md5, md5_hex(presented)))
    return pairs
