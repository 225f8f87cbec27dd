"""Who guessed passwords stays blocked after a restart."""

from __future__ import annotations

from heliograph.doors.smsc_limits import SmscSettings
from walks.world import running

WRONG, BLOCKED = b"ERROR = 2 (", b"ERROR = 4 ("
SMSC = SmscSettings(failed_logins=4, failed_logins_window_s=600, block_s=600)


async def ask(world, password):
    _, _, answer = await world.post(f"/sys/balance.php?login=shop&psw={password}", method="GET")
    return answer


async def test_B27_a_block_for_wrong_passwords_outlives_a_restart(tmp_path):
    async with running(tmp_path, smsc=SMSC) as world:
        for _ in range(4):
            assert (await ask(world, "guess")).startswith(WRONG)
        assert (await ask(world, "guess")).startswith(BLOCKED)
    async with running(tmp_path, smsc=SMSC, account=False) as world:
        assert (await ask(world, "guess")).startswith(BLOCKED)
        world.clock.shift(601)
        assert (await ask(world, "guess")).startswith(WRONG)
