"""Who guessed passwords is blocked on: after a restart, and on the other node."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager

from heliograph.doors.smsc_limits import SmscSettings
from heliograph.settings import StoreSettings
from store.postgres.schemas import schemas
from walks.world import eventually, running

WRONG, BLOCKED = b"ERROR = 2 (", b"ERROR = 4 ("
SMSC = SmscSettings(failed_logins=4, failed_logins_window_s=600, block_s=600)


async def ask(world, password):
    _, _, answer = await world.post(f"/sys/balance.php?login=shop&psw={password}", method="GET")
    return answer


@asynccontextmanager
async def two_nodes(folder, **changes):
    """Two gateways of this process on one database."""
    store = StoreSettings("postgres", url=schemas(18).url(folder))
    async with running(folder / "one", store=store, **changes) as one:
        (folder / "two").mkdir()
        shutil.copy(folder / "one" / "secret.key", folder / "two")
        async with running(folder / "two", store=store, account=False, **changes) as two:
            two.token = one.token
            yield one, two


async def test_B27_a_block_for_wrong_passwords_outlives_a_restart(tmp_path):
    async with running(tmp_path, smsc=SMSC) as world:
        for _ in range(4):
            assert (await ask(world, "guess")).startswith(WRONG)
        assert (await ask(world, "guess")).startswith(BLOCKED)
    async with running(tmp_path, smsc=SMSC, account=False) as world:
        assert (await ask(world, "guess")).startswith(BLOCKED)
        world.clock.shift(601)
        assert (await ask(world, "guess")).startswith(WRONG)


async def test_B27_guesses_count_over_both_nodes_and_the_block_holds_on_both(tmp_path):
    async with two_nodes(tmp_path, smsc=SMSC) as (one, two):
        for world in (one, two, one, two):
            assert not (await ask(world, "guess")).startswith(BLOCKED)

        async def blocked_on_both():
            answers = [await ask(world, "") for world in (one, two)]
            return all(answer.startswith(BLOCKED) for answer in answers)

        await eventually(blocked_on_both)
