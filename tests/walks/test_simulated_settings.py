"""What the settings of a simulated connector do, and what metrics and status tell of it meanwhile."""

from __future__ import annotations

from heliograph.backoffice import verbs
from heliograph.settings import ConnectorSettings
from walks.world import eventually, running


class StandingClock:
    """Time that does not pass, so that what a carrier plans can be compared."""

    def now(self):
        return 1_780_000_000_000

    def monotonic(self):
        return 1_000.0


def connectors(**settings):
    return (ConnectorSettings("carrier", "simulated", late_answer_wait_s=30, **settings),)


async def waits(folder, seed):
    """How long after its part each receipt is planned, in ms, of ten messages one after the other."""
    async with running(folder, clock=StandingClock(), connectors=connectors(seed=seed)) as world:
        for n in range(10):
            await world.send(f"3806712345{n + 20}")
    lines = (folder / "carrier-carrier.log").read_text("ascii").splitlines()
    taken = [line.split(" ") for line in lines if line.startswith("T ")]
    assert len(taken) == 10
    return [int(fields[8].partition(":")[0]) - 1_780_000_000_000 for fields in taken]


async def test_the_same_seed_makes_the_same_waits_and_another_seed_others(tmp_path):
    first, again, other = [await waits(tmp_path / str(n), seed) for n, seed in enumerate((1, 1, 2))]
    assert first == again != other
    assert all(50 <= wait <= 300 for wait in first + other)


async def test_latency_holds_answers_back_and_what_is_under_way_is_told(tmp_path):
    async with running(tmp_path, connectors=connectors(latency_ms=600)) as world:
        ids = list((await world.send("380671230009", "380671240009")).values())
        _, _, metrics = await world.post("/metrics", method="GET")
        for line in (
            b'heliograph_connector_connected{connector="carrier"} 1.0',
            b'heliograph_connector_under_way_parts{connector="carrier"} 2.0',
            b'heliograph_connector_waiting_parts{connector="carrier"} 0.0',
        ):
            assert line in metrics.splitlines()
        carrier = await status_of(world)
        assert (carrier["connected"], carrier["under_way"], carrier["waiting_parts"]) == (True, 2, 0)

        async def is_answered():
            return (await status_of(world))["under_way"] == 0

        await eventually(is_answered)
        assert {await world.until(message_id, "ENROUTE") for message_id in ids} == {"ENROUTE"}


async def status_of(world):
    """What `heliograph status` says of the carrier."""
    shown = await world.do(verbs.Status())
    return next(one for one in shown["connectors"] if one["name"] == "carrier")
