"""Rows 30 to 32: the main job through SMS Club's two older gateways, on a started gateway."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import pytest

from heliograph.backoffice import verbs
from walks.world import SENDER, eventually, running

LOGIN = "380671112233"


class Customer:
    """An account known by its telephone number."""

    def __init__(self, world, made):
        self.world, self.token, self.password = world, made.token, made.password

    async def token_call(self, script="", *, method="GET", **fields):
        """The text of an answer of `/token/`."""
        asked = urlencode({"username": LOGIN, "token": self.token, **fields}, safe=";")
        path, body = (f"/token/{script}", asked.encode()) if method == "POST" else (f"/token/{script}?{asked}", b"")
        status, _, answer = await self.world.post(path, body, method=method, token="")
        assert status == 200
        return answer.decode()

    async def xml_call(self, path, inside, root="request_sendsms"):
        """The text of an answer to a document."""
        document = (
            f"<?xml version='1.0' encoding='utf-8'?><{root}><username>{LOGIN}</username>"
            f"<password>{self.password}</password>{inside}</{root}>"
        )
        status, _, answer = await self.world.post(path, document.encode(), token="")
        assert status == 200
        return answer.decode()


@pytest.fixture
async def customer(tmp_path):
    async with running(tmp_path) as world:
        yield Customer(world, await world.add_account(LOGIN))


@pytest.mark.covers(30)
async def test_the_http_gateway_sends_by_get_and_by_post_and_tells_states_and_balance(customer):
    assert await customer.token_call("getbalance.php") == "100.0000<br/>0.0000"
    sent = await customer.token_call(**{"from": SENDER, "to": "380671234567;0671234568", "text": "Hello"})
    ids = re.fullmatch(r"=IDS START=<br/>(\d+)<br/>(\d+)<br/>=IDS END=<br/>", sent).groups()
    long = await customer.token_call(method="POST", **{"from": SENDER, "to": "380671234567", "text": "Привіт! " * 12})
    parts = re.findall(r"(\d+)<br/>", long)
    assert len(parts) == 2

    async def delivered():
        told = await customer.token_call("state.php", smscid=";".join([*ids, *parts]))
        return told.count(": DELIVRD<br/>") == 4

    assert await eventually(delivered)
    assert await customer.token_call("getbalance.php") == "98.2000<br/>0.0000"


@pytest.mark.covers_part(30)
async def test_the_first_id_of_a_message_is_the_one_the_json_interface_knows(customer):
    answer = await customer.token_call(**{"from": SENDER, "to": "380671234567", "text": "Hello"})
    await customer.world.until(int(re.search(r"\d{9}", answer)[0]), "DELIVRD")


@pytest.mark.covers_part(30)
async def test_windows_1251_in_an_address_arrives_as_text_and_its_base64_at_the_old_script(customer):
    raw = quote("Привіт".encode("cp1251"))
    world = customer.world
    asked = f"username={LOGIN}&from={SENDER}&to=380671234567"
    _, _, first = await world.post(f"/token/?{asked}&token={customer.token}&text={raw}", method="GET", token="")
    path = f"/hfw_smpp_addon/httpsendsms.php?{asked}&password={customer.password}&text=z/Do4uLzIQ=="
    _, _, second = await world.post(path, method="GET", token="")
    texts = [(await world.stored(re.search(rb"\d{9}", answer)[0])).content.text for answer in (first, second)]
    assert texts == ["Привіт", "Привву!"]


@pytest.mark.covers(31)
async def test_the_xml_gateway_sends_one_text_and_many_and_tells_states(customer):
    one = await customer.xml_call("/xml/", f"<from>{SENDER}</from><to>380671234567;380671234568</to><text>Так</text>")
    assert re.fullmatch(
        r'<\?xml version="1.0" encoding="utf-8"\?><response><status>OK</status><text>OK</text><ids>'
        r'<mess tel="380671234567">\d+</mess><mess tel="380671234568">\d+</mess></ids></response>',
        one,
    )
    many = await customer.xml_call(
        "/xml/individual.php",
        f"<from>{SENDER}</from><to>0671234567</to><text>a</text><to>0671234568</to><text>b</text>",
    )
    ids = re.findall(r"(\d{9})<", one + many)
    assert [(await customer.world.stored(id_)).content.text for id_ in ids] == ["Так", "Так", "a", "b"]

    async def delivered():
        told = await customer.xml_call("/xml/state.php", f"<smscid>{';'.join(ids)}</smscid>", "request_getstate")
        return told.count("<state>DELIVRD</state>") == 4

    assert await eventually(delivered)


@pytest.mark.covers_part(30, 31)
async def test_a_refused_recipient_of_a_list_keeps_an_id_costs_nothing_and_a_single_one_leaves_nothing(customer):
    answer = await customer.token_call(**{"from": SENDER, "to": "380671234567;12", "text": "Hello"})
    ids = re.findall(r"\d{9}", answer)
    assert await customer.world.until(ids[0], "DELIVRD")
    assert (await customer.world.status(ids[1]))[ids[1]] == "REJECTD"
    before = await customer.world.do(verbs.Census())
    assert await customer.token_call(**{"from": SENDER, "to": "12", "text": "Hello"}) == "Некорректный номер получателя"
    assert await customer.token_call("getbalance.php") == "99.5500<br/>0.0000"
    assert await customer.world.do(verbs.Census()) == before


@pytest.mark.covers(32)
async def test_a_gateway_that_the_operator_closed_answers_an_authorisation_error(customer):
    world = customer.world
    await world.do(verbs.AccountSet(LOGIN, closed_doors=["gateway_http", "gateway_xml"]))
    assert await customer.token_call("getbalance.php") == "Ошибка авторизации"
    assert "<text>Ошибка авторизации</text>" in await customer.xml_call("/xml/", "<from>a</from>")
    await world.do(verbs.AccountSet(LOGIN, closed_doors=[]))
    assert await customer.token_call("getbalance.php") == "100.0000<br/>0.0000"


async def test_the_same_text_may_not_come_twice_within_two_minutes(customer):
    asked = {"from": SENDER, "to": "380671234567", "text": "Hello"}
    assert "=IDS START=" in await customer.token_call(**asked)
    assert await customer.token_call(**asked) == "Повторная отправка сообщения"
    customer.world.clock.shift(121)
    assert "=IDS START=" in await customer.token_call(**asked)


async def test_R25_what_one_interface_of_the_provider_took_is_a_duplicate_on_the_others(customer):
    world, said = customer.world, {"src_addr": SENDER, "phone": ["380671234567"], "message": "Hello"}
    assert "=IDS START=" in await customer.token_call(**{"from": SENDER, "to": "380671234567", "text": "Hello"})
    status, _, _ = await world.post("/sms/send", said, token=customer.token)
    assert status == 453
    in_xml = await customer.xml_call("/xml/", f"<from>{SENDER}</from><to>380671234567</to><text>Hello</text>")
    assert "<text>Повторная отправка сообщения</text>" in in_xml
    world.clock.shift(121)
    status, _, _ = await world.post("/sms/send", said, token=customer.token)
    assert status == 200
