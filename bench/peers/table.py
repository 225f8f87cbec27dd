"""The one table: a column a gateway, a line a measure, medians of the rounds; as text, Markdown and JSON.

What went wrong (missing, twice, lost) is summed, never averaged. A gateway that is not installed has a column that says
so. `foreign` is what other programs used meanwhile: above a tenth of a core a run says little.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.peers.measures import KILL_LOAD, RATE, WIDE, WINDOW, Figures

NONE = "–"
WAYS = {
    "http": "HTTP → SMPP",
    "http_receipts": "HTTP → SMPP, receipts called back",
    "smpp": f"SMPP → SMPP, window {WINDOW}",
    "smpp_receipts": f"SMPP → SMPP, window {WINDOW}, receipts",
    "wide_receipts": f"SMPP → SMPP, window {WIDE}, receipts",
}
SUMMED = ("_missing", "_twice", "_refused", "_untold", "_lost")
HIGHEST = ("_foreign", "_peak_mib")
OTHERS = ("database", "broker")


@dataclass
class Column:
    """What one gateway did: the figures of each round, or why there are none."""

    name: str
    about: str = ""
    skipped: str = ""
    rounds: list[Figures] = field(default_factory=list)

    def figure(self, name: str) -> float | None:
        """The median of the rounds; the sum of what went wrong; the highest of what was used."""
        found = [one[name] for one in self.rounds if name in one]
        if not found:
            return None
        if name.endswith(SUMMED):
            return sum(found)
        return max(found) if name.endswith(HIGHEST) else statistics.median(found)

    def as_json(self) -> dict:
        """Everything, for programs."""
        names = sorted({name for one in self.rounds for name in one})
        medians = {name: round(self.figure(name), 4) for name in names}
        return {"name": self.name, "about": self.about, "skipped": self.skipped, "figures": medians,
                "rounds": self.rounds}  # fmt: skip


def _rate(name: str) -> Callable[[Column], str]:
    def told(column: Column) -> str:
        seen = column.figure(name)
        return NONE if seen is None else f"{seen:,.0f}"

    return told


def _cpu(way: str) -> Callable[[Column], str]:
    return _with_others(f"{way}_gateway_cpu", f"{way}_{{}}_cpu", "{:.3f}")


def _with_others(first: str, other: str, form: str) -> Callable[[Column], str]:
    """The gateway's figure, and after a plus that of its database or brokers."""

    def told(column: Column) -> str:
        seen = [column.figure(first), *[column.figure(other.format(name)) for name in OTHERS]]
        return " + ".join(form.format(one) for one in seen if one is not None) or NONE

    return told


def _pair(first: str, second: str, form: str = "{:.1f}") -> Callable[[Column], str]:
    def told(column: Column) -> str:
        seen = [column.figure(first), column.figure(second)]
        return NONE if None in seen else " / ".join(form.format(one) for one in seen)

    return told


def _faults(column: Column) -> str:
    """Refused, missing, untold and twice of all ways together."""
    kinds = ("refused", "missing", "untold", "twice")
    sums = [sum(column.figure(f"{way}_{kind}") or 0 for way in WAYS) for kind in kinds]
    return " / ".join(f"{one:,.0f}" for one in sums) if column.figure("http_missing") is not None else NONE


def _killed(name: str) -> Callable[[Column], str]:
    def told(column: Column) -> str:
        lost = column.figure(f"{name}_lost")
        if lost is None:
            return NONE
        accepted = sum(one[f"{name}_accepted"] for one in column.rounds)
        return f"{lost:,.0f} / {column.figure(f'{name}_twice'):,.0f} of {accepted:,.0f}"

    return told


def _foreign(column: Column) -> str:
    seen = [column.figure(f"{way}_foreign") for way in WAYS]
    found = [one for one in seen if one is not None]
    return f"{max(found):.2f}" if found else NONE


def lines() -> list[tuple[str, Callable[[Column], str]]]:
    """The measures in order: what each is called, and how a column tells it."""
    found: list[tuple[str, Callable[[Column], str]]] = []
    for way, name in WAYS.items():
        found += [(f"{name}: accepted/s", _rate(f"{way}_accepted")), ("– at the carrier/s", _rate(f"{way}_through"))]
        if way.endswith("receipts"):
            found.append(("– receipts/s at the customer", _rate(f"{way}_told")))
        found.append(("– CPU s per 1,000 (+ database, brokers)", _cpu(way)))
    found.append(("refused / missing / not told / twice in all these", _faults))
    found.append(("peak memory, MiB (+ database, brokers)", _with_others("gateway_peak_mib", "{}_peak_mib", "{:.0f}")))
    for way, name in (("http", "HTTP"), ("smpp", "SMPP")):
        for what, label in (("answer", "answer"), ("upstream", "at the carrier")):
            told = _pair(f"{way}_{what}_p50_ms", f"{way}_{what}_p99_ms")
            found.append((f"{RATE}/s by {name}, {label}: p50 / p99 ms", told))
    found.append(("start until its doors answer / first message at the carrier, s",
                  _pair("start_doors_s", "start_through_s", "{:.2f}")))  # fmt: skip
    found.append((f"SIGKILL of the gateway under {KILL_LOAD:,}: lost / twice", _killed("kill")))
    found.append(("SIGKILL of database and brokers, too: lost / twice", _killed("kill_all")))
    found.append(("others' share of the machine meanwhile, cores", _foreign))
    return found


def markdown(columns: Sequence[Column]) -> str:
    """The table for a page."""
    rows = [["", *[column.name for column in columns]], ["---", *["---:"] * len(columns)]]
    rows.append(["version", *[column.about or column.skipped for column in columns]])
    for name, told in lines():
        rows.append([name, *["skipped" if column.skipped else told(column) for column in columns]])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def text(columns: Sequence[Column]) -> str:
    """The table for a terminal, with what was skipped below."""
    there = [column for column in columns if not column.skipped]
    rows = [("", [column.name for column in there]), ("version", [column.about for column in there])]
    rows += [(name, [told(column) for column in there]) for name, told in lines()]
    left = max(len(name) for name, _ in rows)
    widths = [max(len(told[place]) for _, told in rows) for place in range(len(there))]
    said = [
        f"{name:{left}}  " + "  ".join(f"{one:>{width}}" for one, width in zip(told, widths, strict=True))
        for name, told in rows
    ]
    return "\n".join([*said, *[f"skipped: {column.name}: {column.skipped}" for column in columns if column.skipped]])


def nodes(columns: Mapping[str, Column], one: str, two: str) -> str:
    """Two nodes beside one, a line a way; empty if either was not measured."""
    said = []
    for way, name in WAYS.items():
        seen = [columns[which].figure(f"{way}_through") if which in columns else None for which in (one, two)]
        if seen[0] and seen[1]:
            said.append(f"{name}: {seen[1] / seen[0]:.2f} × (budget 1.2)")
    return f"two nodes beside one, on one account: {'; '.join(said)}" if said else ""
