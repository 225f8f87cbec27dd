"""`heliograph check · census · status`: the store and how a running gateway stands."""

from __future__ import annotations

from typing import Annotated

import msgspec
from cyclopts import Parameter

from heliograph.backoffice import verbs
from heliograph.cli.link import ask, fields_of
from heliograph.cli.shell import (
    DONE,
    FAILED,
    AsJson,
    Config,
    Dir,
    err,
    installation_of,
    out,
    print_json,
    print_table,
)


class _Carrier(msgspec.Struct, frozen=True):
    """How a connector stands, for people."""

    name: str
    connected: bool
    free: int
    under_way: int
    waiting_parts: int
    more_in_store: list[str] = []
    habits: list[str] = []


class _NodeRow(msgspec.Struct, frozen=True):
    """One of the processes that share the store, for people."""

    name: str
    host: str
    pid: int
    epoch: int
    alive: bool
    this: bool
    id: int = 0
    answered: bool | None = None
    ready: bool = False
    accepted: int = 0
    connected: list[str] = []


def check(*, folder: Dir = None, config: Config = None, json: AsJson = False) -> int:
    """Recompute every balance from ledger and messages and compare; ends with 1 if anything differs."""
    faults = fields_of(ask(installation_of(folder), verbs.Check(), config=config))["faults"]
    assert isinstance(faults, list)
    if json:
        print_json({"faults": faults})
    elif faults:
        for fault in faults:
            err.print(str(fault), markup=False)
    else:
        out.print("Ledger, balances and messages agree.")
    return FAILED if faults else DONE


def census(*, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """How many messages there are in each state."""
    answer = fields_of(ask(installation_of(folder), verbs.Census(), config=config))
    if json:
        print_json(answer)
    else:
        for name, value in answer.items():
            out.print(f"{name:14} {value:>10}", markup=False)


def status(
    *,
    this_node: Annotated[bool, Parameter(help="Only the node of this folder.", negative="")] = False,
    folder: Dir = None,
    json: AsJson = False,
) -> int:
    """How a running gateway stands, with all its nodes; ends with 1 if it takes no messages."""
    answer = fields_of(ask(installation_of(folder), verbs.Status(everywhere=not this_node), offline=False))
    if json:
        print_json(answer)
    else:
        _show_standing(answer)
    return DONE if answer["ready"] else FAILED


def _show_standing(answer: dict[str, object]) -> None:
    """What is one value, a line; connectors and nodes as tables, and what was learnt of carriers below."""
    carriers = msgspec.convert(answer["connectors"], list[_Carrier])
    nodes = msgspec.convert(answer["nodes"], list[_NodeRow])
    for name, value in answer.items():
        if name not in ("connectors", "nodes") and value not in ([], {}):
            out.print(f"{name:18} {_in_words(value)}", markup=False)
    columns = ("connector", "connected", "room for", "under way", "waiting", "more in the store")
    print_table(
        "",
        columns,
        [
            (
                carrier.name,
                _in_words(carrier.connected),
                f"{carrier.free:,}",
                f"{carrier.under_way:,}",
                f"{carrier.waiting_parts:,}",
                ", ".join(carrier.more_in_store),
            )
            for carrier in carriers
        ],
    )
    if nodes:
        rows = [
            (
                node.id,
                node.name,
                node.host,
                node.pid,
                node.epoch,
                _in_words(node.alive),
                *_of_itself(node),
                "this one" if node.this else "",
            )
            for node in nodes
        ]
        heads = ("node", "name", "host", "pid", "epoch", "alive", "ready", "accepted", "carriers", "")
        print_table("", heads, rows)
    for carrier in carriers:
        if carrier.habits:
            out.print(f"{carrier.name}: {'; '.join(carrier.habits)}", markup=False)


def _of_itself(node: _NodeRow) -> tuple[str, str, str]:
    """What a node said; nothing where only one was asked."""
    if node.answered is None:
        return "", "", ""
    if not node.answered:
        return "no answer" if node.alive else "", "", ""
    return _in_words(node.ready), f"{node.accepted:,}", ", ".join(node.connected)


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join([f"{name} {count}" for name, count in value.items()])
    return f"{value:,}" if isinstance(value, int) else str(value)
