"""The trace answers everything one may ask of a message, in sentences, for each thing that can happen to it."""

from __future__ import annotations

import json

import pytest

from heliograph.backoffice import verbs
from heliograph.core.routing import Rule
from heliograph.settings import ConnectorSettings
from walks.sink import listening
from walks.world import eventually, running

ROUTES = (
    Rule("poland", ("second",), prefixes=("48",)),
    Rule("ours", ("carrier", "second"), prefixes=("380",)),
    Rule("rest", ("second",)),
)
CARRIERS = (ConnectorSettings("carrier", "simulated", late_answer_wait_s=0.3), ConnectorSettings("second", "simulated"))


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path, routes=ROUTES, connectors=CARRIERS) as world:
        yield world


async def story(world, message_id):
    return (await world.do(verbs.Trace(int(message_id))))["sentences"]


def says(sentences, *words):
    """True if one sentence has all the words."""
    return any(all(word in sentence for word in words) for sentence in sentences)


async def test_who_what_where_and_how_much(world):
    answer = await world.json(
        "/sms/send", {"src_addr": "VashZakaz", "phone": ["0671234567"], "message": "Hello. " * 20 + "ї" + " end" * 8}
    )
    (message_id,) = answer["success_request"]["info"]
    await world.until(message_id, "DELIVRD")
    told = await story(world, message_id)
    assert says(told, "Account shop (1)", "as VashZakaz", "the door smsclub", "from 127.0.0.1", f"request {message_id}")
    assert says(told, "given as '0671234567' and became 380671234567", "Kyivstar, Ukraine", "255 03")
    assert says(told, "173 characters", "UCS-2 in 3 parts", "character 141", "U+0457", "forced Unicode")
    assert says(told, "Route poland does not fit: the number does not begin with 48",
                "Route ours fits: the number begins with 380; it leads to carrier, then to second")  # fmt: skip
    assert says(
        told, "Price line ukraine of the tariff default counts", "3 parts at 0.45 UAH are 1.35 UAH, charged to purse 1"
    )
    for part in (1, 2, 3):
        assert says(told, f"Part {part} of 3", "handed to carrier (try 1)", "was taken", "under the id")
        assert says(told, f"art {part}", "delivered")
    assert "Delivered since" in told[-1]


async def test_receipts_that_changed_nothing_are_told_too(world):
    ids = await world.send("380671230012")
    message_id = ids["380671230012"]
    await world.until(message_id, "DELIVRD")

    async def contradicted():
        told = await story(world, message_id)
        return told if says(told, "undeliverable", "contradicts what was known and was ignored") else None

    told = await eventually(contradicted)
    assert "Delivered since" in told[-1]


async def test_a_refusal_a_failover_and_the_money_back(world):
    ids = await world.send("380671230003")
    await world.until(ids["380671230003"], "REJECTD")
    told = await story(world, ids["380671230003"])
    assert says(told, "carrier", "try 1", "refused")
    assert says(told, "second", "try 2", "refused")
    assert says(told, "The whole price, 0.45 UAH, was refunded to purse 1")
    assert "ejected" in told[-1]


async def test_doubt_and_the_second_try(world):
    ids = await world.send("380671230005")
    await world.until(ids["380671230005"], "DELIVRD")
    told = await story(world, ids["380671230005"])
    assert says(told, "try 1", "doubt")
    assert says(told, "try 2", "was taken")
    assert any("twice" in sentence for sentence in told)


async def test_who_was_told_how_often_and_what_he_answered(world):
    with listening() as sink:
        sink.answers = [500]
        made = await world.do(verbs.AccountCallback("shop", f"{sink.url}?key=hidden"))
        ids = await world.send("380671234567")
        message_id = ids["380671234567"]

        async def tried():
            told = await story(world, message_id)
            return told if says(told, "HTTP 500") else None

        told = await eventually(tried)
        assert says(told, sink.url, "evt_", "HTTP 500")
        world.clock.shift(60)

        async def taken():
            told = await story(world, message_id)
            return told if says(told, "HTTP 204") else None

        told = await eventually(taken)
        assert says(told, sink.url, "2 tries", "HTTP 204")
        assert "hidden" not in "".join(told)
        assert made["secret"] not in "".join(told)


async def test_a_part_id_leads_to_its_message_and_programs_get_the_facts(world):
    ids = await world.send("380671234567", text="Привіт! " * 20)
    message_id = int(ids["380671234567"])
    await world.until(message_id, "DELIVRD")
    facts = await world.do(verbs.Trace(message_id + 2))
    assert facts["message_id"] == message_id
    assert [event["event"] for event in facts["events"]][:5] == ["came", "normalised", "measured", "routed", "priced"]
    assert all(event["at"] and event["sentence"] for event in facts["events"])
    json.dumps(facts)
