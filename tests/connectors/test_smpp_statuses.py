"""The page about SMPP and the table of what follows from a command_status say the same."""

from __future__ import annotations

import re
from pathlib import Path

from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.connectors.smpp_statuses import PERMANENT, TEMPORARY, THROTTLED, Statuses
from heliograph.protocols.smpp.status import Status

PAGE = (Path(__file__).parents[2] / "docs" / "connectors" / "smpp.md").read_text("utf-8")
ROW = re.compile(r"^\| `(0x[0-9A-F]+)` \| (\w+) \| (over|again[a-z, ]*) \| (\d+|–) \|$", re.MULTILINE)


def test_the_page_has_the_table_row_by_row():
    rows = {}
    for number, name, follows, error in ROW.findall(PAGE):
        status = Status(int(number, 16))
        assert status.name == name
        rows[status] = (follows == "over", "slower" in follows, 0 if error == "–" else int(error))
    failed = {status: Statuses(SmppSettings()).failed(status) for status in {*TEMPORARY, *THROTTLED, *PERMANENT}}
    assert rows == {status: (outcome.permanent, outcome.throttled, outcome.error) for status, outcome in failed.items()}


def test_every_other_status_is_the_end_with_error_255():
    statuses = Statuses(SmppSettings())
    for status in set(Status) - {Status.ESME_ROK, *TEMPORARY, *THROTTLED, *PERMANENT}:
        outcome = statuses.failed(status)
        assert (outcome.permanent, outcome.throttled, outcome.error) == (True, False, 255)


def test_a_flood_of_strange_statuses_is_not_remembered_for_ever():
    statuses = Statuses(SmppSettings())
    for status in range(0x400, 0x400 + 5_000):
        assert statuses.failed(status).detail == f"0x{status:02X}"
    assert len(statuses._made) <= 1_000
