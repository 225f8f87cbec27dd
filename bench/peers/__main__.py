"""Heliograph beside its peers, by one rig, on one machine, in one run: one table.

    python -m bench.peers [--only NAME …] [--rounds N] [--parts PART …] [--quick] [--json FILE] [--markdown FILE]

Each round takes every gateway in turn, so that a machine whose speed wanders treats them alike: started in an empty
folder, all ways at full speed, 50 messages a second, killed under load and started again. Nobody is pinned to a core;
gateways, their databases and brokers, and the rig share the machine. Everything stays on loopback.

`bench/peers/install` installs what is missing; a gateway that is not there is named as skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from pathlib import Path

from bench.gateway import _cpu
from bench.peers import rig, table
from bench.peers.gateway import Gateway
from bench.peers.heliograph import OnPostgres, OnSqlite, TwoNodes
from bench.peers.jasmin import Jasmin
from bench.peers.kannel import Kannel, KannelWithFile
from bench.peers.measures import Round

GATEWAYS = {
    "sqlite": OnSqlite, "postgres": OnPostgres, "nodes": TwoNodes, "kannel": Kannel, "kannel-file": KannelWithFile,
    "jasmin": Jasmin,
}  # fmt: skip
PARTS = ("speed", "latency", "kill")
ONLY_SPEED = frozenset({"nodes"})
"""Two nodes are there to be compared with one; what a kill of a node does is for `heliograph drill` and tests/nodes."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=GATEWAYS, default=list(GATEWAYS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--quick", action="store_true", help="one round of a fifth")
    parser.add_argument("--json", type=Path, help="file for all figures of all rounds")
    parser.add_argument("--markdown", type=Path, help="file for the table as docs/benchmarks.md has it")
    given = parser.parse_args()
    if why := rig.missing():
        raise SystemExit(why)
    rig.build()
    # Who is told to end leaves no gateway behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    gateways: dict[str, Gateway] = {name: GATEWAYS[name]() for name in given.only}
    columns = {name: table.Column(one.name, skipped=one.missing()) for name, one in gateways.items()}
    for number in range(1 if given.quick else given.rounds):
        for name, gateway in gateways.items():
            if not columns[name].skipped:
                parts = frozenset(given.parts) & (frozenset({"speed"}) if name in ONLY_SPEED else frozenset(PARTS))
                _say(f"round {number + 1}, {gateway.name}", began)
                one = Round(gateway, share=0.2 if given.quick else 1.0)
                columns[name].rounds.append(one.measure(parts, lambda part: _say(f"  {part}", began)))
                columns[name].about = gateway.about
    _report(columns, given, time.monotonic() - began)


def _report(columns: dict[str, table.Column], given: argparse.Namespace, took_s: float) -> None:
    machine = f"{os.cpu_count()} × {_cpu()}, {platform.system()} {platform.release()}"
    rounds = 1 if given.quick else given.rounds
    how = f"{machine}; {time.strftime('%Y-%m-%d')}; medians of {rounds} rounds, {took_s / 60:.0f} min"
    beside = table.nodes(columns, "postgres", "nodes")
    print(f"{how}\n\n{table.text(list(columns.values()))}\n\n{beside}", flush=True)
    if given.markdown:
        given.markdown.write_text(f"{how}\n\n{table.markdown(list(columns.values()))}\n\n{beside}\n")
    if given.json:
        told = {"machine": machine, "date": time.strftime("%Y-%m-%d"), "took_s": round(took_s)}
        told["gateways"] = [column.as_json() for column in columns.values()]
        given.json.write_text(json.dumps(told, indent=1) + "\n")


def _say(what: str, began: float) -> None:
    print(f"{time.monotonic() - began:6.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
