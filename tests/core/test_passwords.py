"""Passwords are verified in a helper, remembered when right, and a flood of them is BUSY."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import argon2
import pytest

from heliograph.core.directory import Directory
from heliograph.core.passwords import Check, Passwords, hash_password
from heliograph.model.account import Account, Credential, CredentialKind, DirectoryRows, Settings

SHOP = Account(1, "shop", purse=1, tariff="standard", senders_of=1, limits_of=1)
CLEAR = "Пароль-1"
MD5 = hashlib.md5(CLEAR.encode()).hexdigest()
SHA1 = hashlib.sha1(CLEAR.encode()).hexdigest()


class NoPlan:
    """A numbering plan that knows nobody."""

    def lookup(self, msisdn: str) -> None:
        return None


@pytest.fixture(scope="module")
def stored() -> str:
    return hash_password(CLEAR)


def directory(stored: str, account: Account = SHOP) -> Directory:
    rows = DirectoryRows(1, [account], [Credential(1, account.id, CredentialKind.PASSWORD, stored)])
    return Directory(rows, [], [], NoPlan(), b"key")


@pytest.fixture
async def passwords(stored):
    some = Passwords(directory(stored))
    await some.start()
    yield some
    await some.stop()


async def checked(passwords: Passwords, account: Account | None, presented: str, **options) -> Check:
    done: asyncio.Future[Check] = asyncio.get_running_loop().create_future()
    passwords.check(account, presented, done.set_result, **options)
    return await done


def test_a_stored_password_is_two_argon2id_hashes_and_never_the_same_twice(stored):
    of_md5, of_sha1 = stored.split(" ")
    for stored_hash, presented in ((of_md5, MD5), (of_sha1, SHA1)):
        assert stored_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert argon2.PasswordHasher().verify(stored_hash, presented)
    assert hash_password(CLEAR) != stored


async def test_the_clear_password_and_its_md5_and_sha1_hex_are_right(passwords):
    for presented in (CLEAR, MD5, SHA1):
        assert await checked(passwords, SHOP, presented) is Check.RIGHT


async def test_anything_else_is_wrong(passwords):
    for presented in ("", CLEAR + " ", MD5.upper(), SHA1[:-1] + "0", "0" * 32, "\ud800", "x" * 257):
        assert await checked(passwords, SHOP, presented) is Check.WRONG


async def test_the_hashed_forms_can_be_switched_off(passwords):
    assert await checked(passwords, SHOP, MD5, hashed_forms=False) is Check.WRONG
    assert await checked(passwords, SHOP, SHA1, hashed_forms=False) is Check.WRONG
    assert await checked(passwords, SHOP, CLEAR, hashed_forms=False) is Check.RIGHT


async def test_a_clear_password_that_looks_like_a_hash_is_right():
    looks_like_md5 = "0123456789abcdef0123456789abcdef"
    some = Passwords(directory(hash_password(looks_like_md5)))
    await some.start()
    assert await checked(some, SHOP, looks_like_md5) is Check.RIGHT
    await some.stop()


async def test_a_right_pair_is_verified_once_and_then_remembered(passwords):
    for _ in range(50):
        assert await checked(passwords, SHOP, CLEAR) is Check.RIGHT
    assert passwords.verified == 1


async def test_parallel_checks_of_one_pair_are_verified_once(passwords):
    checks = await asyncio.gather(*(checked(passwords, SHOP, CLEAR) for _ in range(200)))
    assert checks == [Check.RIGHT] * 200
    assert passwords.verified == 1


async def test_B27_a_changed_password_is_forgotten_at_once(passwords, stored):
    assert await checked(passwords, SHOP, CLEAR) is Check.RIGHT
    rows = DirectoryRows(2, [SHOP], [Credential(1, 1, CredentialKind.PASSWORD, await passwords.hash("another"))])
    passwords._directory.apply(rows)
    assert await checked(passwords, SHOP, CLEAR) is Check.WRONG
    assert await checked(passwords, SHOP, "another") is Check.RIGHT


async def test_B27_an_unknown_login_and_an_inactive_account_cost_a_verification(passwords):
    assert await checked(passwords, None, CLEAR) is Check.WRONG
    assert await checked(passwords, replace(SHOP, settings=Settings(active=False)), CLEAR) is Check.WRONG
    assert await checked(passwords, replace(SHOP, id=9), "other") is Check.WRONG
    assert passwords.verified == 3


async def test_more_checks_than_may_wait_are_busy_and_remembered_pairs_still_pass(stored):
    some = Passwords(directory(stored), most_waiting=2)
    await some.start()
    assert await checked(some, SHOP, CLEAR) is Check.RIGHT
    flood = [checked(some, SHOP, f"guess {number}") for number in range(10)]
    checks = await asyncio.gather(*flood, checked(some, SHOP, CLEAR))
    assert checks[:2] == [Check.WRONG] * 2
    assert checks[2:10] == [Check.BUSY] * 8
    assert checks[10] is Check.RIGHT
    await some.stop()


async def test_a_helper_that_dies_is_replaced(passwords):
    assert await checked(passwords, SHOP, "wrong") is Check.WRONG
    helper = passwords._helper
    helper.kill()
    await helper.wait()
    assert await checked(passwords, SHOP, CLEAR) is Check.RIGHT
    assert passwords._helper is not helper


async def test_stopping_answers_what_waits_and_leaves_no_process(stored):
    some = Passwords(directory(stored))
    await some.start()
    await checked(some, SHOP, "first")
    helper = some._helper
    waiting = [asyncio.create_task(checked(some, SHOP, f"guess {number}")) for number in range(5)]
    await asyncio.sleep(0)
    await some.stop()
    assert {await task for task in waiting} == {Check.BUSY}
    assert helper.returncode is not None


async def test_a_fault_of_one_caller_does_not_end_the_checking(passwords):
    faults: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(str(context["exception"])))

    def broken(_: Check) -> None:
        raise ZeroDivisionError("a bug in a door")

    passwords.check(SHOP, "wrong", broken)
    assert await checked(passwords, SHOP, CLEAR) is Check.RIGHT
    assert faults == ["a bug in a door"]


def test_a_helper_whose_gateway_was_killed_ends_without_a_word():
    task = b'{"pairs":[["","x"]]}\n'
    read, write = os.pipe()
    helper = subprocess.Popen(
        [sys.executable, "-m", "heliograph.core.password_helper"],
        stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(write)
    os.close(read)
    assert helper.communicate(task, timeout=20)[1] == b""
    assert helper.returncode == 0
