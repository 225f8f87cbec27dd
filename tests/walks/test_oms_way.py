"""Row 44: OMS on a started gateway."""

from __future__ import annotations

import pytest

from heliograph.dialects.smsc_oms import NAMESPACE
from heliograph.protocols.xml import escaped, read_xml
from walks.smsc_customer import customer
from walks.world import running


@pytest.mark.covers(44)
@pytest.mark.parametrize(
    "version", ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"]
)
async def test_outlook_asks_for_the_service_and_sends(tmp_path, version):
    async with running(tmp_path) as world:
        client = await customer(world)

        async def call(method, argument="", document=""):
            child = f"<{argument}>{escaped(document)}</{argument}>" if argument else ""
            inside = f'<{method} xmlns="{NAMESPACE}">{child}</{method}>'
            body = f'<e:Envelope xmlns:e="{version}"><e:Body>{inside}</e:Body></e:Envelope>'
            status, _, answer = await world.post("/sys/oms.asmx", body.encode(), token="")
            assert status == 200
            return read_xml(answer).children[0].children[0].children[0].text

        assert "<SMS_SENDER " in await call("GetServiceInfo")
        user = f"<user><userId>{client.login}</userId><password>{client.password}</password></user>"
        to = "<to><recipient>380671234567</recipient><recipient>380671234568</recipient></to>"
        head = f"<xmsHead><requiredService>SMS_SENDER</requiredService>{to}</xmsHead>"
        document = f'<xmsData>{user}{head}<xmsBody format="SMS"><content>Hello</content></xmsBody></xmsData>'
        assert 'code="ok"' in await call("DeliverXms", "xmsData", document)
        sent = await world.gateway.store.messages([100_000_001, 100_000_002], None)
        assert [(one.recipient, one.content.text, one.door) for one in sent] == [
            ("380671234567", "Hello", "oms"),
            ("380671234568", "Hello", "oms"),
        ]
