"""Three gateways on one database: killed, stopped, cut off, restarted in turn; nothing promised is lost.

The drill is the same as `heliograph drill --nodes 3`: the ledgers of clients, nodes, carriers and sink are joined.
"""

from __future__ import annotations

import asyncio

import pytest

from store.postgres.server import empty_schema, server
from walks.test_crash_walk import drill

SCENARIOS = ("R28", "N1", "N2", "N3", "N4", "R35")


@pytest.mark.timeout(400)
def test_R34_R28_R35_three_nodes_killed_paused_cut_off_and_restarted_lose_nothing(tmp_path):
    database = asyncio.run(empty_schema(server(18), tmp_path))
    words = [word for name in SCENARIOS for word in ("--scenario", name)]
    result = drill("--nodes", "3", "--database", database, *words, "--messages", "200", "--rate", "20", timeout=380)
    assert result["deaths"] == 3
    assert result["answered_accepted"] > 200
    assert result["events_received"] == result["messages_stored"]
    assert {"N1", "N2", "N4"} <= result["scenarios"].keys()
    for figures in result["scenarios"].values():
        assert (figures["lost"], figures["doubled_outside"]) == (0, 0)
    assert result["money_difference"] == 0
