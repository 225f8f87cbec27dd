"""What the load of a drill asks of each door over HTTP, and what the answers say was accepted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import urlencode

from heliograph.cli.drill.ledgers import ClientLedger
from heliograph.dialects.smsc_oms import NAMESPACE
from heliograph.protocols.http import HttpResponse
from heliograph.protocols.xml import escaped

_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
_GATE_ID: Final = re.compile(rb"=IDS START=<br/>(\d+)<br/>")
_XML_ID: Final = re.compile(rb'<mess tel="(\d+)">(\d+)</mess>')

_SOAP_ID: Final = re.compile(rb"<sendresult><id>(\d+)</id>")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the drill's account proves itself with."""

    login: str
    password: str
    token: str
    apikey: str
    sender: str


class Asked(NamedTuple):
    """One request."""

    path: str
    headers: list[tuple[str, str]]
    body: bytes


class Door(NamedTuple):
    """`most`: so many recipients at once as the answer still names an id for each. `note` writes an answer down."""

    most: int
    ask: Callable[[Secrets, list[str], str], Asked]
    note: Callable[[ClientLedger, list[str], str, HttpResponse], None]


def _smsclub(secrets: Secrets, recipients: list[str], text: str) -> Asked:
    body = json.dumps({"src_addr": secrets.sender, "phone": recipients, "message": text}).encode()
    return Asked("/sms/send", [("Authorization", f"Bearer {secrets.token}")], body)


def _smsclub_said(client: ClientLedger, recipients: list[str], text: str, response: HttpResponse) -> None:
    client.answered(text, response.status, response.body)


def _smsc(secrets: Secrets, recipients: list[str], text: str) -> Asked:
    fields = {"apikey": secrets.apikey, "sender": secrets.sender, "phones": recipients[0], "mes": text}
    return Asked("/sys/send.php", [_FORM], urlencode(fields | {"charset": "utf-8", "fmt": "1"}).encode())


def _smsc_said(client: ClientLedger, recipients: list[str], text: str, response: HttpResponse) -> None:
    client.answered_by_smsc(recipients[0], text, response.status, response.body)


def _gateway_http(secrets: Secrets, recipients: list[str], text: str) -> Asked:
    fields = {"username": secrets.login, "token": secrets.token, "from": secrets.sender, "to": recipients[0]}
    return Asked("/token/", [_FORM], urlencode({**fields, "text": text.encode("cp1251")}).encode())


def _gateway_http_said(client: ClientLedger, recipients: list[str], text: str, response: HttpResponse) -> None:
    """A line for each part; the first is the message's id."""
    found = _GATE_ID.match(response.body)
    client.told({recipients[0]: int(found[1])} if found is not None else {}, recipients, text)


def _gateway_xml(secrets: Secrets, recipients: list[str], text: str) -> Asked:
    body = (
        f"<request_sendsms><username>{secrets.login}</username><password>{secrets.password}</password>"
        f"<from>{secrets.sender}</from><to>{';'.join(recipients)}</to><text>{text}</text></request_sendsms>"
    )
    return Asked("/xml/", [("Content-Type", "text/xml; charset=utf-8")], body.encode())


def _gateway_xml_said(client: ClientLedger, recipients: list[str], text: str, response: HttpResponse) -> None:
    client.told({to.decode(): int(id_) for to, id_ in _XML_ID.findall(response.body)}, recipients, text)


def _soap(secrets: Secrets, recipients: list[str], text: str) -> Asked:
    inside = f"<apikey>{secrets.apikey}</apikey><phones>{recipients[0]}</phones><mes>{text}</mes>"
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f"<send><sender>{secrets.sender}</sender>{inside}</send></e:Body></e:Envelope>"
    )
    return Asked("/sys/soap.php", [("Content-Type", "text/xml; charset=utf-8")], body.encode())


def _soap_said(client: ClientLedger, recipients: list[str], text: str, response: HttpResponse) -> None:
    found = _SOAP_ID.search(response.body)
    client.told({recipients[0]: int(found[1])} if found is not None else {}, recipients, text)


def _oms(secrets: Secrets, recipients: list[str], text: str) -> Asked:
    document = (
        f"<xmsData><user><userId>{secrets.login}</userId><password>{secrets.password}</password></user><xmsHead>"
        f"<requiredService>SMS_SENDER</requiredService><to><recipient>{recipients[0]}</recipient></to></xmsHead>"
        f'<xmsBody format="SMS"><content>{text}</content></xmsBody></xmsData>'
    )
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><DeliverXms '
        f'xmlns="{NAMESPACE}"><xmsData>{escaped(document)}</xmsData></DeliverXms></e:Body></e:Envelope>'
    )
    return Asked("/sys/oms.asmx", [("Content-Type", "text/xml; charset=utf-8")], body.encode())


def _oms_said(client: ClientLedger, recipients: list[str], text: str, response: HttpResponse) -> None:
    """An answer without an id."""
    if b"code=&quot;ok&quot;" in response.body:
        client.taken.add((recipients[0], text))
    else:
        client.refused[0] += 1


def _v1(secrets: Secrets, recipients: list[str], text: str) -> Asked:
    """With a key, whose row belongs to the group of the messages."""
    body = json.dumps({"from": secrets.sender, "to": recipients, "text": text}).encode()
    key = hashlib.sha256(body).hexdigest()
    return Asked("/v1/messages", [("Authorization", f"Bearer {secrets.token}"), ("Idempotency-Key", key)], body)


def _v1_said(client: ClientLedger, recipients: list[str], text: str, response: HttpResponse) -> None:
    if response.status != 202:
        client.refused[response.status] += 1
        return
    sent = json.loads(response.body)["messages"]
    client.told({one["to"]: int(one["id"]) for one in sent if "id" in one}, recipients, text)


HTTP_DOORS: Final = {
    "v1": Door(4, _v1, _v1_said),
    "smsclub": Door(4, _smsclub, _smsclub_said),
    "smsc": Door(1, _smsc, _smsc_said),
    "gateway_http": Door(1, _gateway_http, _gateway_http_said),
    "gateway_xml": Door(4, _gateway_xml, _gateway_xml_said),
    "soap": Door(1, _soap, _soap_said),
    "oms": Door(1, _oms, _oms_said),
}
