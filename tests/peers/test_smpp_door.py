"""Programs nobody here wrote bind to our SMPP door: PyPI's smpplib and aiosmpplib, npm's `smpp`, Debian's Net::SMPP.

Each conversation goes over a tape, and Debian's tshark finds nothing malformed in it.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from peers.conftest import need, need_file, run
from peers.tape import recorded
from peers.test_smpp import node
from walks.smpp_customer import SENDER, SYSTEM_ID, Customer, door, system_id

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv" / "peers" / "python" / "bin" / "python"
NUMBERS = ["380671234567", "380671230001"]


async def test_smpplib_binds_submits_asks_and_is_told(tmp_path):
    async with door(tmp_path) as world, recorded(tmp_path, world.gateway.smpp.addresses[0][1]) as tape:
        password = await system_id(world)
        customer = Customer(world, password)
        customer.port = tape.port
        await customer.bind()
        receiver = Customer(world, password)
        receiver.port = tape.port
        await receiver.bind("receiver")
        message_id = await customer.submit(b"Hello", NUMBERS[0], registered_delivery=1)
        assert message_id == "100000001"
        long_id = await customer.submit(b"", NUMBERS[1], registered_delivery=1, message_payload=b"x" * 400)
        assert long_id == "100000002"
        told = []
        for one in (customer, receiver):
            await one.receipts(1)
            told += [pdu.short_message.decode() for pdu in one.delivered]
        assert {text.partition(" ")[0] for text in told} == {f"id:{message_id}", f"id:{long_id}"}
        answer = await customer.exchange("query_sm", message_id=message_id, source_addr=SENDER)
        assert (answer.status, answer.message_state) == (0, 2)
        await receiver.unbind()
        await customer.unbind()
        await asyncio.sleep(0.05)
        said = await tape.decoded()
        assert said["submit_sm"] == said["submit_sm_resp"] == said["deliver_sm"] == said["deliver_sm_resp"] == 2
        assert said["bind_transceiver"] == said["bind_receiver"] == said["query_sm_resp"] == 1


async def test_aiosmpplib_submits_texts_long_and_short_and_reads_our_receipts(tmp_path):
    need_file(PYTHON.parent.parent / "requirements.txt", "PyPI aiosmpplib")
    async with door(tmp_path) as world, recorded(tmp_path, world.gateway.smpp.addresses[0][1]) as tape:
        password = await system_id(world)
        messages = [f"{NUMBERS[0]}=Hello", f"{NUMBERS[1]}=Привіт", "380671234568=" + "Довгий лист " * 20]
        code, printed, complained = await run(
            str(PYTHON), str(HERE / "aiosmpplib_client.py"), str(tape.port), SYSTEM_ID, password, SENDER, "3", *messages
        )
        assert (code, complained) == (0, ""), printed
        lines = [json.loads(line) for line in printed.splitlines()]
        answers = {line["about"]: line["id"] for line in lines if "answer" in line}
        assert answers == {NUMBERS[0]: "100000001", NUMBERS[1]: "100000002", "380671234568": "100000003"}
        receipts = {line["about"]: (line["receipt"], line["stat"], line["err"]) for line in lines if "receipt" in line}
        assert receipts == {
            NUMBERS[0]: ("100000001", "DELIVRD", 0),
            NUMBERS[1]: ("100000002", "UNDELIV", 6),
            "380671234568": ("100000003", "DELIVRD", 0),
        }
        assert (await world.stored(100000003)).content.text == "Довгий лист " * 20
        said = await tape.decoded()
        assert (said["submit_sm"], said["submit_sm_resp"], said["deliver_sm_resp"]) == (3, 3, 3)


async def test_the_client_of_npm_smpp_is_served_by_our_door(tmp_path):
    words, environ = node("node_smpp_client.js")
    async with door(tmp_path) as world, recorded(tmp_path, world.gateway.smpp.addresses[0][1]) as tape:
        environ |= {"SYSTEM_ID": SYSTEM_ID, "PASSWORD": await system_id(world), "SENDER": SENDER}
        code, printed, complained = await run(
            *words,
            str(tape.port),
            "3",
            f"{NUMBERS[0]}=Hello [€]",
            f"{NUMBERS[1]}=Bye",
            "380671234568=Їжак",
            env=environ,
        )
        assert (code, complained) == (0, ""), printed
        lines = [json.loads(line) for line in printed.splitlines()]
        assert lines[0] == {"bound": 0}
        assert lines[-1] == {"unbound": True}
        answers = {line["id"]: line["number"] for line in lines if "answer" in line}
        assert answers == {"100000001": NUMBERS[0], "100000002": NUMBERS[1], "100000003": "380671234568"}
        receipts = {line["delivered"].split()[0]: line["state"] for line in lines if "delivered" in line}
        assert receipts == {"id:100000001": 2, "id:100000002": 5, "id:100000003": 2}
        assert (await world.stored(100000001)).content.text == "Hello [€]"
        assert (await world.stored(100000003)).content.text == "Їжак"
        said = await tape.decoded()
        assert (said["submit_sm"], said["deliver_sm"], said["deliver_sm_resp"]) == (3, 3, 3)


async def test_net_smpp_of_perl_submits_asks_and_is_told(tmp_path):
    perl = need("perl", "-MNet::SMPP", "-e1")
    async with door(tmp_path) as world, recorded(tmp_path, world.gateway.smpp.addresses[0][1]) as tape:
        password = await system_id(world)
        code, printed, complained = await run(
            perl, str(HERE / "net_smpp.pl"), str(tape.port), SYSTEM_ID, password, SENDER, "2",
            f"{NUMBERS[0]}=Hello", f"{NUMBERS[1]}=Bye",
        )  # fmt: skip
        assert (code, complained) == (0, ""), printed
        lines = printed.splitlines()
        assert lines[0] == "bound 0"
        assert sorted(line for line in lines if line.startswith("answer")) == [
            f"answer 0 100000001 {NUMBERS[0]}",
            f"answer 0 100000002 {NUMBERS[1]}",
        ]
        told = sorted(line for line in lines if line.startswith("delivered"))
        assert [line.split()[:4] for line in told] == [
            ["delivered", "4", NUMBERS[1], "id:100000002"],
            ["delivered", "4", NUMBERS[0], "id:100000001"],
        ]
        assert [" stat:UNDELIV err:006 " in told[0], " stat:DELIVRD err:000 " in told[1]] == [True, True]
        assert lines[-4:] == ["query 0 100000001 2", "replaced 0 19 100000003", "enquired 0", "unbound 0"]
        assert (await world.stored(100000003)).content.text == "new words"
        said = await tape.decoded()
        assert (said["submit_sm"], said["query_sm_resp"], said["unbind_resp"]) == (3, 1, 1)
        assert (said["replace_sm"], said["replace_sm_resp"]) == (2, 2)
