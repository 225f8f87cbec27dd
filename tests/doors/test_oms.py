"""OMS: every document to the letter over both versions of SOAP, and what strangers post (smsc-protocols.md 4)."""

from __future__ import annotations

import inspect
import tomllib
from pathlib import Path

import pytest
from smsc_world import World as SmscWorld

from heliograph.dialects.smsc_oms import NAMESPACE, read_messages
from heliograph.doors.oms import OmsDoor
from heliograph.protocols.http import HttpRequest
from heliograph.protocols.xml import escaped, read_xml

CASES = tomllib.loads((Path(__file__).parents[1] / "vectors" / "oms" / "documents.toml").read_text("utf-8"))["exchange"]
SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"
ARGUMENTS = {"GetUserInfo": "xmsUser", "DeliverXmsBatch": "packageXml"}


class World(SmscWorld):
    """The OMS door before SMSC's."""

    async def post(self, body, *, query=b"", method="POST", path="/sys/oms.asmx", too_large=False):
        """Status and body of an answer."""
        headers = [("Host", "sms.example")]
        request = HttpRequest(method, path, query, headers, body, "192.0.2.1", too_large, "https")
        response = OmsDoor(self.door.ask).routes()[path](request)
        response = await response if inspect.isawaitable(response) else response
        return response.status, response.body.decode()

    async def call(self, method, document, version=SOAP_1_1):
        """The document that answers a method."""
        argument = ARGUMENTS.get(method, "xmsData")
        inside = f'<{method} xmlns="{NAMESPACE}"><{argument}>{escaped(document)}</{argument}></{method}>'
        envelope = f'<e:Envelope xmlns:e="{version}"><e:Body>{inside}</e:Body></e:Envelope>'
        status, body = await self.post(envelope.encode())
        assert status == 200
        root = read_xml(body.encode())
        assert root.namespace == version
        response = root.children[0].children[0]
        assert response.name == f"{{{NAMESPACE}}}{method}Response"
        assert response.children[0].name == f"{{{NAMESPACE}}}{method}Result"
        return response.children[0].text


@pytest.mark.covers_part(44)
@pytest.mark.parametrize("version", [SOAP_1_1, SOAP_1_2])
@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
async def test_a_document_is_answered_to_the_letter(case, version):
    world = World(senders=("Shop",))
    assert await world.call(case["method"], case["document"], version) == case["answer"]
    if "sent" in case:
        assert [f"{one.recipient} {one.content.text}" for one in world.intake.submitted] == case["sent"]
        assert {one.door for one in world.intake.submitted} <= {"oms"}


@pytest.mark.covers_part(44)
async def test_the_service_tells_what_it_can():
    document = read_xml((await World().call("GetServiceInfo", "")).encode())
    assert document.name == f"{{{NAMESPACE}/serviceInfo}}serviceInfo"
    assert document.value("serviceUri") == "https://sms.example/sys/oms.asmx"
    assert document.value("authenticationType") == "Other"
    service = document.child("supportedService").children[0]
    assert (service.local, service.attributes["maxRecipientsPerMessage"]) == ("SMS_SENDER", "50")


@pytest.mark.parametrize(
    ("moment", "time"),
    [
        ("2014-05-01T10:00:00Z", "01398938400"),
        ("2014-05-01T10:00:00", "01398938400"),
        ("2014-05-01T12:00:00.5+02:00", "01398938400"),
        ("2016-02-29T00:00:00Z", "01456704000"),
    ],
)
def test_a_moment_becomes_unix_time(moment, time):
    head = f"<scheduled>{moment}</scheduled><to><recipient>7</recipient></to>"
    document = f"<xmsData><xmsHead>{head}</xmsHead><xmsBody><content>x</content></xmsBody></xmsData>"
    [message] = read_messages(document, "xmsData")
    assert message.requests[0].get("time") == time


async def test_the_contract_names_the_five_methods():
    status, body = await World().post(b"", query=b"WSDL", method="GET", path="/sys/oms.php")
    root = read_xml(body.encode())
    names = [e.attributes["name"] for e in root.walk() if e.local == "operation" and "name" in e.attributes]
    assert (status, names) == (
        200,
        2 * ["GetServiceInfo", "GetUserInfo", "DeliverXms", "DeliverXmsBatch", "SendXms"],
    )
    address = [element.attributes["location"] for element in root.walk() if element.local == "address"]
    assert address == ["https://sms.example/sys/oms.php"]


@pytest.mark.parametrize("body", [b"", b"<a/>", b"\xff", b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/"><a/>'])
async def test_B24_what_is_no_envelope_is_a_fault(body):
    status, answer = await World().post(body)
    assert (status, "<faultcode>soap:Client</faultcode>" in answer) == (500, True)


async def test_B13_a_body_over_the_limit_and_too_many_recipients_send_nothing():
    world = World()
    assert (await world.post(b"", too_large=True))[0] == 500
    to = "<recipient>79991112233</recipient>" * 51
    user = "<user><userId>shop</userId><password>secret</password></user>"
    document = f"<xmsData>{user}<xmsHead><to>{to}</to></xmsHead><xmsBody><content>x</content></xmsBody></xmsData>"
    assert 'code="other"' in await world.call("DeliverXms", document)
    assert world.intake.submitted == []
