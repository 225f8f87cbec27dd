"""`heliograph drill`: kill the gateway again and again under load, then prove that nothing was lost (R1, R2).

Four ledgers are joined at the end: what the client was answered, what the store holds, what the carriers took, what
the callback sink got. docs/drills.md tells what each run showed.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import tempfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from heliograph.cli.drill.checker import Verdict
from heliograph.cli.drill.run import Drill, Plan
from heliograph.cli.shell import DONE, FAILED, AsJson, app, err, out, print_json
from heliograph.ops import failpoints, log


@app.command
def drill(
    *,
    kills: Annotated[int, Parameter(help="R1: how often the gateway is killed at a random moment.")] = 8,
    messages: Annotated[int, Parameter(help="At least so many messages are sent.")] = 5_000,
    rate: Annotated[float, Parameter(help="Messages a second while the gateway is up.")] = 600.0,
    longest_life: Annotated[
        float, Parameter(help="R1: seconds after which the gateway is killed at the latest.")
    ] = 1.5,
    failpoint: Annotated[
        list[str] | None, Parameter(help=f"R2: die here instead, repeat: {', '.join(failpoints.PLACES)}, or all.")
    ] = None,
    rounds: Annotated[int, Parameter(help="R2: how often at each failpoint.")] = 5,
    seed: Annotated[int | None, Parameter(help="Repeat the random choices of an earlier run.")] = None,
    folder: Annotated[Path | None, Parameter(name="--dir", help="Keep the data here; else a temporary folder.")] = None,
    database: Annotated[str, Parameter(help="URL of an empty PostgreSQL database; else a file.")] = "",
    json: AsJson = False,
) -> int:
    """Kill a gateway under load and check that every accepted message, receipt, callback and coin is accounted for."""
    seed = secrets.randbelow(2**31) if seed is None else seed
    places = list(failpoints.PLACES) if failpoint == ["all"] else list(failpoint or [])
    plan = Plan(
        kills=kills, messages=messages, rate=rate, places=tuple(places), rounds=rounds, longest_life_s=longest_life
    )
    log.configure(level="error", form="auto", mask=True)
    if not json:
        out.print(f"seed {seed}: {plan.words}")
    with tempfile.TemporaryDirectory(prefix="heliograph-drill-") as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        say = (lambda line: None) if json else (lambda line: out.print(line, markup=False))
        chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
        verdict = asyncio.run(Drill(plan, place, chance, say, database).run())
    _tell(verdict, seed, json)
    return FAILED if verdict.faults else DONE


def _tell(verdict: Verdict, seed: int, json: bool) -> None:
    if json:
        print_json({"seed": seed, **verdict.counts, "faults": verdict.faults})
        return
    for name, count in verdict.counts.items():
        out.print(f"{name.replace('_', ' '):24} {count:>9,}")
    for fault in verdict.faults[:20]:
        err.print(f"FAULT {fault}", style="red", markup=False)
    out.print(
        f"{len(verdict.faults)} faults" if verdict.faults else "every message, receipt, callback and coin is there"
    )
