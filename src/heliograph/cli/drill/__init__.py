"""`heliograph drill`: disturb a gateway under load in every way we know, then prove that nothing was lost.

Four ledgers are joined at the end: what the client was answered, what the store holds, what the carriers took, what
the callback sink got. docs/drills.md tells what each run showed.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.drill.checker import Verdict
from heliograph.cli.drill.run import Drill, Plan
from heliograph.cli.drill.scenarios import SCENARIOS, Scenario
from heliograph.cli.drill.weather import WEATHER
from heliograph.cli.shell import DONE, FAILED, AsJson, err, out, print_json, print_table
from heliograph.ops import failpoints, log

MESSAGES: Final = 5_000
RATE: Final = 600.0
SCENARIO_MESSAGES: Final = (1_000, 100_000)
SCENARIO_RATE: Final = (150.0, 200.0)
"""Fast form, long form."""
MOST_FAULTS: Final = 20


def drill(
    *,
    scenario: Annotated[list[str] | None, Parameter(help="Play this scenario, repeat: R4, R22 … `--list`.")] = None,
    all_: Annotated[bool, Parameter(name="--all", help="Play all scenarios, in one run.", negative="")] = False,
    list_: Annotated[bool, Parameter(name="--list", help="Say what scenarios there are.", negative="")] = False,
    long: Annotated[bool, Parameter(help="Their long forms, one run each.", negative="")] = False,
    kills: Annotated[int, Parameter(help="R1: how often the gateway is killed at a random moment.")] = 8,
    messages: Annotated[int | None, Parameter(help="At least so many messages are sent.")] = None,
    rate: Annotated[float | None, Parameter(help="Messages a second while the gateway is up.")] = None,
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
    nodes: Annotated[int, Parameter(help="So many gateways on the database, for N1 to N4.")] = 0,
    json: AsJson = False,
) -> int:
    """Disturb a gateway under load and check that every accepted message, receipt, callback and coin is accounted for.

    Without a scenario it is killed at random moments, or at failpoints.
    """
    if list_:
        print_table("Scenarios", ("name", "what is done"), [(name, one.about) for name, one in SCENARIOS.items()])
        return DONE
    log.configure(level="error", form="auto", mask=True)
    seed = secrets.randbelow(2**31) if seed is None else seed
    nodes = nodes or (3 if any(SCENARIOS[name].needs_nodes for name in scenario or [] if name in SCENARIOS) else 1)
    names = [name for name, one in SCENARIOS.items() if all_ and _can_be_played(one, database, nodes)]
    names = names or scenario or []
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise NotPossible(f"there is no scenario {', '.join(unknown)}; `heliograph drill --list` names them")
    files = [name for name in names if database and SCENARIOS[name].needs_file]
    if files:
        raise NotPossible(f"{', '.join(files)} is about the files of SQLite: leave --database out")
    if nodes > 1 and not database:
        raise NotPossible("several nodes need a database: name an empty one with --database")
    if nodes < 2 and any(SCENARIOS[name].needs_nodes for name in names):
        raise NotPossible("N1 to N4 need several nodes: --nodes 3")
    places = list(failpoints.PLACES) if failpoint == ["all"] else list(failpoint or [])
    if names:
        plan = Plan(0, messages or SCENARIO_MESSAGES[long], rate or SCENARIO_RATE[long], (), 0, 0.0)
        if long and database and len(names) > 1:
            raise NotPossible("each long form needs an empty database: name one scenario")
    else:
        plan = Plan(kills, messages or MESSAGES, rate or RATE, tuple(places), rounds, longest_life)
    runs = [[name] for name in names] if long and names else [names]
    verdicts = [_run(plan, played, seed, folder, database, nodes, is_long=long, json=json) for played in runs]
    return FAILED if any(verdict.faults for verdict in verdicts) else DONE


def _can_be_played(scenario: Scenario, database: str, nodes: int) -> bool:
    """By `--all`."""
    return not (database and scenario.needs_file) and (nodes > 1 or not scenario.needs_nodes)


def _run(
    plan: Plan,
    names: list[str],
    seed: int,
    folder: Path | None,
    database: str,
    nodes: int,
    *,
    is_long: bool,
    json: bool,
) -> Verdict:
    """One drill, told."""
    if not json:
        out.print(f"seed {seed}: {', '.join(names) or plan.words}")
    with tempfile.TemporaryDirectory(prefix="heliograph-drill-") as temporary:
        place = (folder / "-".join(names) if is_long else folder) if folder else Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        drilled = Drill(
            plan,
            place,
            random.Random(seed),  # noqa: S311 - repeatable, no secret
            (lambda line: None) if json else (lambda line: out.print(line, markup=False)),
            database,
            nodes,
            acts={name: act for name in names if (act := SCENARIOS[name].act) is not None},
            weather={name: WEATHER[name] for name in names if name in WEATHER},
            is_long=is_long,
        )
        verdict = asyncio.run(drilled.run())
    _tell(verdict, seed, json)
    return verdict


def _tell(verdict: Verdict, seed: int, json: bool) -> None:
    if json:
        scenarios = {name: asdict(figures) for name, figures in verdict.scenarios.items()}
        counted = {"seed": seed, **verdict.counts, "money_difference": verdict.money, "scenarios": scenarios}
        print_json({**counted, "faults": verdict.faults})
        return
    for name, count in verdict.counts.items():
        out.print(f"{name.replace('_', ' '):24} {count:>9,}")
    print_table(
        "By scenario",
        ("", "messages", "lost", "twice, in the window", "twice, outside", "receipts unmatched"),
        [(name, *asdict(figures).values()) for name, figures in verdict.scenarios.items()],
    )
    for fault in verdict.faults[:MOST_FAULTS]:
        err.print(f"FAULT {fault}", style="red", markup=False)
    out.print(f"money differs by {verdict.money}")
    out.print(
        f"{len(verdict.faults)} faults" if verdict.faults else "every message, receipt, callback and coin is there"
    )
