"""Every door that takes a document or a secret, attacked in one way: nothing is fetched, believed, sent or written down
(B14, B26, B27, B28)."""

from __future__ import annotations

import asyncio
import html
import socket
from contextlib import contextmanager

import pytest

from heliograph.backoffice import verbs
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smsclub import SmsClubSettings
from walks.smsc_customer import SENDER, customer
from walks.world import running

PHONE = "380671234567"
OMS = "http://schemas.microsoft.com/office/Outlook/2006/OMS"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class Target:
    """A customer, and one sound request of his by each door that reads a document. `%s` is where a text stands."""

    def __init__(self, world, client):
        self.world, self.client = world, client
        who = f"<login>{client.login}</login><psw>{client.password}</psw>"
        gate = f"<username>{client.login}</username><password>{client.password}</password><from>{SENDER}</from>"
        xms = (
            f'<xmsData xmlns="{OMS}"><user><userId>{client.login}</userId><password>{client.password}</password></user>'
            f"<xmsHead><requiredService>SMS_SENDER</requiredService><to><recipient>{PHONE}</recipient></to></xmsHead>"
            '<xmsBody format="SMS"><content contentType="text/plain">%s</content></xmsBody></xmsData>'
        )
        self.xms = xms
        self.documents = {
            "/xml/": f"<request_sendsms>{gate}<to>{PHONE}</to><text>%s</text></request_sendsms>",
            "/xml/individual.php": f"<request_sendsms>{gate}<to>{PHONE}</to><text>%s</text></request_sendsms>",
            "/sys/soap.php": (
                f'<e:Envelope xmlns:e="{SOAP}"><e:Body><s:send xmlns:s="http://any/sys/soap.php">{who}'
                f"<phones>{PHONE}</phones><mes>%s</mes><sender>{SENDER}</sender></s:send></e:Body></e:Envelope>"
            ),
            "/sys/oms.php": self.oms(xms),
        }

    @staticmethod
    def oms(inner):
        """An OMS request around the document of its own that it carries."""
        return (
            f'<e:Envelope xmlns:e="{SOAP}"><e:Body><DeliverXms xmlns="{OMS}"><xmsData>{html.escape(inner)}</xmsData>'
            "</DeliverXms></e:Body></e:Envelope>"
        )

    async def post(self, path, body, **headers):
        body = body if isinstance(body, bytes) else body.encode()
        given = {"Content-Type": "text/xml; charset=utf-8", **headers}
        status, _, answer = await self.world.post(path, body, token="", headers=given)
        return status, answer.decode()

    async def count(self):
        return sum((await self.world.do(verbs.Census())).values())


@contextmanager
def nobody_calls():
    """An address where a document points to; at the end nobody has called."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        yield f"http://127.0.0.1:{canary.getsockname()[1]}/x"
        canary.settimeout(0.2)
        with pytest.raises(TimeoutError):
            canary.accept()


@pytest.fixture
async def target(tmp_path):
    settings = SmscSettings(failed_logins=1000, duplicate_window_s=0, same_costs=0, balances=0)
    clubs = SmsClubSettings(failed_logins=1000, duplicate_window_s=0)
    async with running(tmp_path, account=False, smsc=settings, smsclub=clubs) as world:
        client = await customer(world)
        await world.do(verbs.AccountSet("client", default_sender=SENDER))
        yield Target(world, client)


def attacks(document, url):
    """The document, attacked in every way that would matter."""
    inside = document % "&a;"
    yield f'<!DOCTYPE r [<!ENTITY a SYSTEM "{url}">]>{inside}'
    yield f'<!DOCTYPE r [<!ENTITY % p SYSTEM "{url}">%p;]>{document % "x"}'
    yield f'<!DOCTYPE r SYSTEM "{url}">{document % "x"}'
    yield f'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>{inside}'
    laughs = "".join(f'<!ENTITY {x} "{f"&{y};" * 10}">' for x, y in zip("abcdefgh", "bcdefghi", strict=True))
    yield f'<!DOCTYPE r [<!ENTITY i "ha">{laughs}]>{inside}'
    yield f'<!DOCTYPE r [<!ENTITY a "{"x" * 50_000}">]>{document % ("&a;" * 1_000)}'
    yield document.replace("%s", "&undeclared;")
    yield "<a>" * 50_000
    yield document % "x" + "<more/>"
    yield ("<?xml version='1.0' encoding='utf-16'?>" + document % "x").encode("utf-8")
    yield ("<?xml version='1.0' encoding='no-such-thing'?>" + document % "x").encode("utf-8")
    yield (document % "\xe9").encode("latin-1")
    attributes = "".join(f' a{number}=""' for number in range(100_000))
    yield document.replace("<text>", f"<text{attributes}>").replace("<mes>", f"<mes{attributes}>") % "x" + " " + "<"


@pytest.mark.parametrize("path", ["/xml/", "/xml/individual.php", "/sys/soap.php", "/sys/oms.php"])
async def test_B14_no_document_is_expanded_or_fetched_and_nothing_of_it_is_sent(target, path):
    document = target.documents[path]
    with nobody_calls() as url:
        for attack in attacks(document, url):
            status, answer = await target.post(path, attack)
            assert status in ((200, 500) if path.startswith("/sys/") else (200,))
            assert "root:" not in answer
            assert "<id>" not in answer
        included = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{url}"/>'
        await target.post(path, document.replace("%s", included))
    assert await target.count() == 0
    _, answer = await target.post(path, document % "sound")
    assert await target.count() == 1, answer


async def test_B14_the_document_within_an_OMS_request_is_read_as_carefully(target):
    with nobody_calls() as url:
        for attack in attacks(target.xms, url):
            if isinstance(attack, str) and "\x00" not in attack:
                _, answer = await target.post("/sys/oms.php", target.oms(attack))
                assert "code=&quot;ok" not in answer
                assert 'code="ok' not in answer
    assert await target.count() == 0


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
async def test_B26_nobody_gets_past_the_list_of_addresses_by_naming_another(target, header):
    world, client = target.world, target.client
    value = "for=203.0.113.9" if header == "Forwarded" else "203.0.113.9"
    await world.do(verbs.AccountSet("client", allowed_peers=["203.0.113.0/24"]))
    token = (await world.do(verbs.AccountToken("client")))["token"]
    spoofed = {header: value}
    asked = f"username={client.login}&token={token}".encode()
    for path, body, wanted in (
        ("/token/getbalance.php", asked, "Ошибка авторизации"),
        ("/xml/", target.documents["/xml/"] % "x", "Ошибка авторизации"),
        ("/sys/balance.php", f"apikey={client.apikey}&fmt=1".encode(), "0,-2"),
        ("/sys/soap.php", target.documents["/sys/soap.php"] % "x", "<error>2</error>"),
        ("/sys/oms.php", target.documents["/sys/oms.php"] % "x", "invalidUser"),
    ):
        kind = "application/x-www-form-urlencoded" if isinstance(body, bytes) else "text/xml"
        _, answer = await target.post(path, body, **{**spoofed, "Content-Type": kind})
        assert wanted in answer, path
    status, _, _ = await world.post("/sms/balance", token=token, headers=spoofed)
    assert status == 401
    assert await target.count() == 0


async def test_B27_guessing_within_documents_counts_like_guessing_anywhere(tmp_path):
    settings = SmscSettings(failed_logins=4, same_costs=0, balances=0)
    async with running(tmp_path, account=False, smsc=settings, smsclub=SmsClubSettings(failed_logins=4)) as world:
        target = Target(world, await customer(world))
        for path in ("/sys/soap.php", "/sys/oms.php", "/sys/soap.php", "/sys/oms.php"):
            await target.post(path, target.documents[path].replace(target.client.password, "guess") % "x")
        assert await target.client.ask("balance", fmt=1) == "0,-4"
        for _ in range(4):
            await target.post("/xml/", target.documents["/xml/"].replace(target.client.password, "guess") % "x")
        _, answer = await target.post("/xml/", target.documents["/xml/"] % "x")
        assert "Доступ временно заблокирован" in answer
        world.clock.shift(601)
        assert await target.client.ask("balance", fmt=1) == "100.00"


async def test_B28_no_secret_of_an_address_or_a_body_reaches_the_log(target, capfd):
    world, client = target.world, target.client
    token = (await world.do(verbs.AccountToken("client")))["token"]
    secrets = [client.password, client.apikey, token, "guessed-secret"]
    for secret in secrets:
        for path in (
            f"/sys/balance.php?login={client.login}&psw={secret}",
            f"/sys/balance.php?apikey={secret}&charset=nonsense",
            f"/token/getbalance.php?username={client.login}&token={secret}",
            f"/http/getbalance.php?username={client.login}&password={secret}",
            f"/xml/?xmlrequest=%3Crequest_sendsms%3E{secret}",
            f"/rest/balance/?psw={secret}",
            f"/nowhere?token={secret}",
        ):
            await world.post(path, method="GET", token=secret)
    world.gateway.on_fault("test", ValueError("something"))
    await asyncio.sleep(0)
    written = "".join(capfd.readouterr())
    assert "something" in written or "ValueError" in written
    assert [secret for secret in secrets if secret in written] == []
