"""npm's `smpp`: its server as a carrier of ours, its client against our simulated carrier."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.smpp_world import attempt, centre, connector, message, until
from heliograph.model.message import Attempt, State
from heliograph.model.outcome import Taken
from heliograph.model.receipt import Incoming, Receipt
from peers.conftest import need, need_file, run
from peers.tape import recorded

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / ".venv" / "peers" / "node" / "node_modules"


def node(program):
    """Words that start a program of ours over npm's `smpp`, and its environment."""
    need_file(MODULES / "smpp" / "package.json", "npm smpp")
    words = [need("node"), "--require", str(HERE / "only_here.js"), str(HERE / program)]
    return words, {**os.environ, "NODE_PATH": str(MODULES)}


class Server:
    """The running message centre."""

    def __init__(self, process):
        self.process = process
        self.said = []

    async def says(self):
        self.said.append(json.loads(await asyncio.wait_for(self.process.stdout.readline(), 20)))
        return self.said[-1]


@asynccontextmanager
async def message_centre():
    words, environ = node("node_smpp_server.js")
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, env=environ)
    try:
        yield Server(process)
    finally:
        process.kill()
        await process.wait()


async def test_our_connector_binds_submits_and_hears_from_a_server_made_by_others(tmp_path):
    async with message_centre() as server, recorded(tmp_path, (await server.says())["port"]) as tape:
        async with connector(tape.port) as (ours, lift):
            assert await server.says() == {
                "bind": "bind_transceiver",
                "system_id": "gateway",
                "password": "secret",
                "version": 0x34,
            }
            latin, cyrillic = attempt(text="Hi [€]"), attempt("380671234568", "Їжак", message_id=2)
            long = message("380671234569", "x" * 200, parts=2, message_id=3)
            ours.send([latin, cyrillic, *[Attempt(long, part, part, 1, "carrier") for part in (1, 2)]])
            heard = [await server.says() for _ in range(4)]
            assert [(one["text"], one["to"], one["coding"], one["parts"]) for one in heard] == [
                ("Hi [€]", "380671234567", 0, 0),
                ("Їжак", "380671234568", 8, 0),
                ("x" * 153, "380671234569", 0, 1),
                ("x" * 47, "380671234569", 0, 1),
            ]
            assert {(one["from"], one["ton"]) for one in heard} == {("Shop", 5)}
            await until(lambda: len(lift.events) == 8 and len(lift.outcomes) == 4)
            assert [lift.of(latin), lift.of(cyrillic)] == [Taken("node-1"), Taken("node-2")]
            receipts = [event for event in lift.events if isinstance(event, Receipt)]
            assert {(event.upstream_id, event.state) for event in receipts} == {
                (f"node-{number}", State.DELIVERED) for number in (1, 2, 3, 4)
            }
            texts = [event for event in lift.events if isinstance(event, Incoming)]
            assert {(event.text, event.recipient) for event in texts} == {("Дякую", "4040")}
        assert await server.says() == {"unbind": True}
        said = await tape.decoded()
        assert (said["submit_sm_resp"], said["deliver_sm_resp"], said["unbind"]) == (4, 8, 1)


async def test_a_client_made_by_others_is_served_by_our_simulated_carrier(tmp_path):
    words, environ = node("node_smpp_client.js")
    async with centre() as (made, port), recorded(tmp_path, port) as tape:
        code, printed, complained = await run(
            *words, str(tape.port), "4", "380671234567=Hello", "380671230001=Bye", "380671230014=Привіт", env=environ
        )
        assert (code, complained) == (0, "")
        lines = [json.loads(line) for line in printed.splitlines()]
        assert lines[0] == {"bound": 0}
        answers = {line["number"]: line for line in lines if "answer" in line}
        assert {line["answer"] for line in answers.values()} == {0}
        receipts = [line for line in lines if line.get("esm_class") == 4]
        assert {(line["from"], line["state"]) for line in receipts} == {
            ("380671234567", 2),
            ("380671230001", 5),
            ("380671230014", 2),
        }
        assert {line["delivered"].split()[0] for line in receipts} == {f"id:{line['id']}" for line in answers.values()}
        [reply] = [line for line in lines if line.get("esm_class") == 0]
        assert (reply["from"], reply["delivered"]) == ("380671230014", "Yes")
        assert lines[-1] == {"unbound": True}
        assert (made.status.owed, made.status.taken) == (0, 3)
        said = await tape.decoded()
        assert (said["submit_sm"], said["deliver_sm"]) == (3, 4)
