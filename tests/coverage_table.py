"""Which row of the mission is proved by which test (`make coverage-table`).

A pytest plugin: tests carry `covers(N, …)` when they prove all that a row's "works means" says, `covers_part(N, …)`
when they prove some of it. With `--coverage-table` the session ends with all rows, their tests and results, and the
count. A row passes when it has a full test and none of its tests fails.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

ROWS = Path(__file__).parent / "coverage_rows.tsv"
MARKERS = ("covers", "covers_part")


def rows() -> dict[int, tuple[str, str]]:
    """Row number → item and what "works" means."""
    lines = ROWS.read_text("utf-8").splitlines()[1:]
    return {int(number): (item, means) for number, item, means in (line.split("\t") for line in lines)}


def pytest_addoption(parser):
    parser.addoption("--coverage-table", action="store_true", help="end with the table of rows and their tests")


def pytest_configure(config):
    config.addinivalue_line("markers", "covers(*rows): proves these rows of the coverage table")
    config.addinivalue_line("markers", "covers_part(*rows): proves a part of these rows")
    if config.getoption("--coverage-table") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Table(), "coverage-table")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    known = rows()
    for item in items:
        for marker in item.iter_markers():
            if marker.name in MARKERS:
                unknown = [row for row in marker.args if row not in known]
                if unknown or not marker.args:
                    raise pytest.UsageError(f"{item.nodeid}: {marker.name}{marker.args} names no row")
                item.user_properties.append((marker.name, list(marker.args)))


class _Table:
    def __init__(self):
        self.results = {name: defaultdict(dict) for name in MARKERS}

    def pytest_runtest_logreport(self, report):
        for name, numbers in report.user_properties:
            if name not in MARKERS:
                continue
            for number in numbers:
                seen = self.results[name][number]
                counts = report.when == "call" or report.outcome != "passed"
                if counts and seen.get(report.nodeid) != "failed":
                    seen[report.nodeid] = report.outcome

    def pytest_terminal_summary(self, terminalreporter):
        write = terminalreporter.write_line
        counts = defaultdict(int)
        terminalreporter.section("coverage of the mission")
        for number, (item, _) in rows().items():
            full, part = self.results["covers"][number], self.results["covers_part"][number]
            verdict = _verdict(full, part)
            counts[verdict] += 1
            write(f"{number:>4}  {verdict:<8}  {item}")
            for kind, tests in (("", full), ("part: ", part)):
                for nodeid, outcome in sorted(tests.items()):
                    write(f"                  {kind}{nodeid} {outcome}")
        write("")
        write(
            f"{counts['passes']} of {len(rows())} rows pass, {counts['partial']} are partial, "
            f"{counts['fails']} fail, {counts['open']} have no test."
        )


def _verdict(full, part):
    outcomes = {*full.values(), *part.values()}
    if "failed" in outcomes:
        return "fails"
    if "passed" in full.values():
        return "passes"
    return "partial" if "passed" in part.values() else "open"
