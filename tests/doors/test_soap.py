"""SMSC over SOAP: every operation to the letter, faults, the contract, what strangers post (smsc-protocols.md 3)."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest
from smsc_world import Plain
from smsc_world import World as SmscWorld

from heliograph.dialects.smsc_answer import json_object
from heliograph.dialects.smsc_soap import OPERATIONS, request_of, response_of
from heliograph.dialects.smsc_status import read_question
from heliograph.doors.soap import SoapDoor
from heliograph.model.account import Settings
from heliograph.protocols.http import HttpRequest
from heliograph.protocols.xml import read_xml

CASES = tomllib.loads((Path(__file__).parents[1] / "vectors" / "soap" / "exchanges.toml").read_text("utf-8"))[
    "exchange"
]
SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"
BALANCE = '<n:balance xmlns:n="urn:x"><login>shop</login><psw>secret</psw></n:balance>'


class World(SmscWorld):
    """The SOAP door before SMSC's."""

    def _scripts(self):
        return {**super()._scripts(), "status": Plain(_no_status)}

    def __init__(self, **how):
        super().__init__(**how)
        self.soap = SoapDoor(self.door.ask)

    async def post(
        self, body, *, query=b"", method="POST", scheme="https", peer="192.0.2.1", too_large=False, host="h"
    ):
        """Status, content type and body of an answer."""
        octets = body if isinstance(body, bytes) else body.encode()
        request = HttpRequest(method, "/sys/soap.php", query, [("Host", host)], octets, peer, too_large, scheme)
        response = self.soap.routes()["/sys/soap.php"](request)
        response = await response if inspect.isawaitable(response) else response
        return response.status, dict(response.headers)["Content-Type"], response.body.decode()


def _no_status(call):
    read_question(call.request, 500)
    raise AssertionError("no message is asked for here")


def envelope(inside, namespace=SOAP_1_1):
    return f'<e:Envelope xmlns:e="{namespace}"><e:Header><a/></e:Header><e:Body>{inside}</e:Body></e:Envelope>'


@pytest.mark.covers_part(43)
@pytest.mark.parametrize("version", [SOAP_1_1, SOAP_1_2])
@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
async def test_an_operation_is_answered_to_the_letter(case, version):
    world = World()
    status, content_type, body = await world.post(envelope(case["request"], version))
    assert body == (
        f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{version}"><soap:Body>{case["answer"]}'
        "</soap:Body></soap:Envelope>"
    )
    expected = "text/xml" if version == SOAP_1_1 else "application/soap+xml"
    assert (status, content_type) == (200, f"{expected}; charset=utf-8")
    if "sent" in case:
        assert len(world.intake.submitted) == case["sent"]


async def test_a_status_tells_its_members_in_the_order_of_the_contract():
    members = {"status": 1, "last_date": "d", "last_timestamp": 2, "flag": 0, "err": 0, "send_date": "e", "phone": "7",
               "send_timestamp": 3, "cost": "1.40", "sender_id": "S", "status_name": "N", "message": "<&", "type": 0,
               "sms_cnt": 1, "country": "C", "operator": "O", "region": "R"}  # fmt: skip
    operation = next(one for one in OPERATIONS if one.name == "get_status2")
    answer = response_of(operation, read_xml(b"<status2/>"), json_object(members.items()).encode())
    assert answer == (
        "<Status2Response><statusresult><status>1</status><last_date>d</last_date><last_timestamp>2</last_timestamp>"
        "<err>0</err><send_date>e</send_date><send_timestamp>3</send_timestamp><phone>7</phone><cost>1.40</cost>"
        "<sender_id>S</sender_id><status_name>N</status_name><message>&lt;&amp;</message><operator>O</operator>"
        "<region>R</region><sms_cnt>1</sms_cnt></statusresult></Status2Response>"
    )


async def test_a_message_keeps_the_door_it_came_by_and_its_blanks():
    world = World()
    await world.post(envelope("<send><apikey>shops-key</apikey><phones>79999999999</phones><mes> a  b </mes></send>"))
    assert world.intake.submitted[0].door == "soap"
    operation = next(one for one in OPERATIONS if one.name == "send_sms")
    assert request_of(operation, read_xml(b"<send><mes> a  b </mes></send>")).get("mes") == " a  b "


async def test_the_door_can_be_closed_for_an_account():
    world = World(settings=Settings(closed_doors=("soap",)))
    _, _, body = await world.post(envelope(BALANCE))
    assert "<error>2</error>" in body
    assert await world.ask("balance") == "250.80"


async def test_the_eleventh_balance_within_a_minute_is_error_9():
    world = World()
    for _ in range(10):
        assert "<error>0</error>" in (await world.post(envelope(BALANCE)))[2]
    assert "<error>9</error>" in (await world.post(envelope(BALANCE)))[2]


@pytest.mark.covers_part(43)
@pytest.mark.parametrize(("scheme", "host"), [("http", "smsc.example"), ("https", "sms.example:8443")])
async def test_the_contract_speaks_of_the_host_that_was_asked(scheme, host):
    status, content_type, body = await World().post(b"", query=b"WSDL", method="GET", scheme=scheme, host=host)
    assert (status, content_type) == (200, "text/xml; charset=utf-8")
    root = read_xml(body.encode())
    address = f"{scheme}://{host}/sys/soap.php"
    assert root.attributes["targetNamespace"] == address
    named = [element.attributes for element in root.walk() if element.local == "address"]
    assert named == [{"location": address}]
    operations = [e.attributes["name"] for e in root.walk() if e.local == "operation" and "name" in e.attributes]
    assert operations == 2 * [
        "get_balance", "send_sms", "send_sms2", "get_sms_cost", "get_sms_cost2", "get_status", "get_status2",
    ]  # fmt: skip
    schema = next(element for element in root.walk() if element.local == "schema")
    assert "elementFormDefault" not in schema.attributes
    types = {element.attributes["name"] for element in schema.children if element.local == "complexType"}
    assert types == {"BalanceResponseType", "SendResponseType", "Send2ResponseType", "CostResponseType",
                     "Cost2ResponseType", "StatusResponseType", "Status2ResponseType", "Error"}  # fmt: skip


async def test_B16_a_host_cannot_write_into_the_contract():
    _, _, body = await World().post(b"", query=b"wsdl", method="GET", host='x"><evil/><a b="')
    assert not [element for element in read_xml(body.encode()).walk() if element.local == "evil"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<a/>",
        b"\xff\xfe<",
        envelope("").encode(),
        envelope("<unknown/>").encode(),
        envelope(BALANCE * 2).encode(),
        envelope(BALANCE, "urn:no-soap").encode(),
        b'<!DOCTYPE a [<!ENTITY b "bb">]>' + envelope(BALANCE).encode(),
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x">' + envelope(BALANCE).encode(),
    ],
)
async def test_B24_what_is_no_request_is_a_fault_of_the_client(body):
    status, content_type, answer = await World().post(body)
    assert (status, content_type) == (500, "text/xml; charset=utf-8")
    assert "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>" in answer


async def test_a_fault_in_SOAP_1_2_has_its_own_form():
    status, content_type, answer = await World().post(envelope("<unknown/>", SOAP_1_2))
    assert (status, content_type) == (400, "application/soap+xml; charset=utf-8")
    assert answer == (
        f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{SOAP_1_2}"><soap:Body><soap:Fault>'
        "<soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason>"
        '<soap:Text xml:lang="en">unknown operation</soap:Text></soap:Reason></soap:Fault></soap:Body></soap:Envelope>'
    )


async def test_B13_an_envelope_over_the_limit_is_a_fault():
    status, _, answer = await World().post(b"", too_large=True)
    assert (status, "too large" in answer) == (500, True)


@pytest.mark.parametrize("query", ["a=%00", "&" * 1_001, "mes=%ff"])
async def test_B14_a_query_that_cannot_be_read_is_error_1(query):
    query = query.replace("&", "&amp;")
    asked = f"<apikey>shops-key</apikey><phones>79999999999</phones><mes>x</mes><query>{query}</query>"
    world = World()
    assert "<error>1</error>" in (await world.post(envelope(f"<send2>{asked}</send2>")))[2]
    assert world.intake.submitted == []


async def test_B27_who_guesses_is_blocked_as_at_the_scripts():
    world = World(failed_logins=3)
    for _ in range(3):
        await world.post(envelope("<balance><login>shop</login><psw>guess</psw></balance>"))
    assert "<error>4</error>" in (await world.post(envelope(BALANCE)))[2]
    assert (await world.ask("balance")).startswith("ERROR = 4")
