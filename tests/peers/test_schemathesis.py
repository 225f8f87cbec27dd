"""schemathesis makes requests of our own interface's document, and holds every answer against it."""

from __future__ import annotations

from pathlib import Path

from heliograph.doors.v1 import V1Settings
from peers.conftest import need_file, run
from walks.world import running

PROGRAM = Path(__file__).parents[2] / ".venv" / "peers" / "schemathesis" / "bin" / "schemathesis"
NOT_ASKED = {
    # No schema can say whose sender a name is, or which digits are a number: what fits it may be refused.
    "exclude-checks": "positive_data_acceptance",
    "exclude-path": "/v1/events",  # an answer without an end
    "exclude-operation-id": "createWebhook",  # it would call whatever address was thought of
}


async def test_every_answer_to_what_schemathesis_thinks_of_is_as_the_document_says(tmp_path):
    program = need_file(PROGRAM, "schemathesis")
    async with running(tmp_path, v1=V1Settings(requests_per_second=100_000, failed_logins=1_000_000)) as world:
        words = [word for name, value in NOT_ASKED.items() for word in (f"--{name}", value)]
        code, printed, complained = await run(
            program,
            "run",
            f"{world.gateway.http_url}/v1/openapi.json",
            *("--header", f"Authorization: Bearer {world.token}"),
            *("--phases", "coverage,fuzzing", "--max-examples", "2", "--max-time", "30", "--generation-deterministic"),
            *("--no-color", *words),
            timeout=90,
            cwd=tmp_path,  # it writes down what it thought of
        )
        assert code == 0, printed + complained
        assert world.gateway.http.faults == 0
