"""OMS, by which Outlook and SharePoint send through a provider: documents in, documents out (smsc-protocols.md 4).

[MS-OMS] puts an XML document as text into a SOAP element. A message becomes a `Request` for SMSC's `send` for each of
its contents, because Outlook has split long texts itself; the script's answer becomes one of OMS's error codes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from heliograph.dialects.smsc_answer import Charset, Format, Style
from heliograph.dialects.smsc_request import Request
from heliograph.protocols.xml import BadXml, Element, escaped, read_xml

NAMESPACE: Final = "http://schemas.microsoft.com/office/Outlook/2006/OMS"
INFO: Final = f"{NAMESPACE}/serviceInfo"
PATHS: Final = ("/sys/oms.php", "/sys/oms.asmx")
MOST_RECIPIENTS: Final = 50
MOST_CONTENTS: Final = 20
MOST_IN_BATCH: Final = 100

ARGUMENTS: Final = {
    "GetServiceInfo": "",
    "GetUserInfo": "xmsUser",
    "DeliverXms": "xmsData",
    "DeliverXmsBatch": "packageXml",
    "SendXms": "xmsData",
}
"""Method → its argument."""

OK: Final = "ok"
OTHER: Final = "other"
_CODES: Final = {
    2: "invalidUser",
    3: "lowBalance",
    4: "serviceNetwork",
    5: "noScheduled",
    6: "invalidChar",
    7: "invalidRecipient",
    8: "invalidRecipient",
    9: "serviceNetwork",
}
"""Error of the script → OMS's (4.3)."""

_CREDENTIALS: Final = {"userId": "login", "password": "psw"}
_STYLE: Final = Style(Format.JSON, Charset.UTF_8)
_PROLOG: Final = re.compile(r"\s*<\?xml[^>]*\?>")
_MOMENT: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))?", re.ASCII)


class Outcome(NamedTuple):
    """What became of a message: OMS's code, words for people, and whom it did not reach."""

    code: str
    content: str = ""
    recipients: tuple[str, ...] = ()


WELL: Final = Outcome(OK)


class Xms(NamedTuple):
    """One message: whose it is, and a request for each content; or why there is none."""

    id: str
    requests: tuple[Request, ...]
    fault: str = ""


def read_user(text: str) -> Request | None:
    """The document `xmsUser` as a request for the balance; None if it cannot be read."""
    user = _document(text, "xmsUser")
    return None if user is None else Request(_credentials(user), _STYLE)


def read_messages(text: str, root: str) -> list[Xms] | None:
    """The messages of `xmsData`, or of a batch; None if the document cannot be read."""
    document = _document(text, "" if root == "packageXml" else root)
    if document is None:
        return None
    if root != "packageXml":
        return [_message(document, None)]
    found = [element for element in document.walk() if element.local == "xmsData"]
    if not 1 <= len(found) <= MOST_IN_BATCH:
        return None
    return [_message(element, document.child("user")) for element in found]


def outcome_of(answer: bytes) -> Outcome:
    """What the script's answer in JSON says; mostly that all is well, which is what neither member is there for."""
    if b'"error' not in answer and b'"phones"' not in answer:
        return WELL
    members = msgspec.json.decode(answer)
    number = members.get("error_code")
    failed = tuple(str(phone["phone"]) for phone in members.get("phones", ()))
    if number is not None:
        return Outcome(_CODES.get(number, OTHER), str(members.get("error", "")), failed)
    return Outcome("invalidRecipient", "", failed) if failed else WELL


def worst_of(outcomes: Sequence[Outcome]) -> Outcome:
    """The first that is not well."""
    return next((outcome for outcome in outcomes if outcome.code != OK), WELL)


def service_info(origin: str, name: str) -> str:
    """The document `serviceInfo`."""
    return (
        f'<serviceInfo xmlns="{INFO}"><serviceProvider>{escaped(name)}</serviceProvider>'
        f"<serviceUri>{escaped(origin + PATHS[1])}</serviceUri><signUpPage>{escaped(origin)}/</signUpPage>"
        f"<targetLocale>1049</targetLocale><localName>{escaped(name)}</localName>"
        f"<englishName>{escaped(name)}</englishName><authenticationType>Other</authenticationType><supportedService>"
        f'<SMS_SENDER maxRecipientsPerMessage="{MOST_RECIPIENTS}" maxMessagesPerSend="{MOST_CONTENTS}" '
        'maxSbcsPerMessage="160" maxDbcsPerMessage="70"/></supportedService></serviceInfo>'
    )


def user_info(outcome: Outcome) -> str:
    """The document `userInfo`."""
    inside = "<replyPhone></replyPhone><smtpAddress></smtpAddress>" if outcome.code == OK else ""
    return f'<userInfo xmlns="{NAMESPACE}">{inside}{_error(outcome)}</userInfo>'


def response(outcome: Outcome) -> str:
    """The document `xmsResponse`."""
    return f'<xmsResponse xmlns="{NAMESPACE}">{_error(outcome)}</xmsResponse>'


def responses(outcomes: Sequence[tuple[str, Outcome]]) -> str:
    """The document `xmsResponses`, by the ids of the batch."""
    told = [f'<xmsResponse id="{escaped(id_)}">{_error(outcome)}</xmsResponse>' for id_, outcome in outcomes]
    return f'<xmsResponses xmlns="{NAMESPACE}">{"".join(told)}</xmsResponses>'


def result(method: str, document: str) -> str:
    """The element that answers a method."""
    inside = f"<{method}Result>{escaped(document)}</{method}Result>"
    return f'<{method}Response xmlns="{NAMESPACE}">{inside}</{method}Response>'


def wsdl(address: str) -> bytes:
    """The contract, for SOAP 1.1."""
    text, body = '<xs:element name="{}" type="xs:string" minOccurs="0"/>', '<soap:body use="literal"/>'
    types, messages, abstract, bound = [], [], [], []
    for method, argument in ARGUMENTS.items():
        for name, inside in ((method, argument), (f"{method}Response", f"{method}Result")):
            sequence = f"<xs:sequence>{text.format(inside) if inside else ''}</xs:sequence>"
            types.append(f'<xs:element name="{name}"><xs:complexType>{sequence}</xs:complexType></xs:element>')
        for side, name in (("In", method), ("Out", f"{method}Response")):
            part = f'<wsdl:part name="parameters" element="tns:{name}"/>'
            messages.append(f'<wsdl:message name="{method}{side}">{part}</wsdl:message>')
        abstract.append(
            f'<wsdl:operation name="{method}"><wsdl:input message="tns:{method}In"/>'
            f'<wsdl:output message="tns:{method}Out"/></wsdl:operation>'
        )
        bound.append(
            f'<wsdl:operation name="{method}"><soap:operation soapAction="{NAMESPACE}/{method}" style="document"/>'
            f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" '
        'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}" name="OMS"><wsdl:types>'
        f'<xs:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">{"".join(types)}'
        f'</xs:schema></wsdl:types>{"".join(messages)}<wsdl:portType name="OMSSoap">{"".join(abstract)}</wsdl:portType>'
        '<wsdl:binding name="OMSSoap" type="tns:OMSSoap"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>'
        f'{"".join(bound)}</wsdl:binding><wsdl:service name="OMS"><wsdl:port name="OMSSoap" binding="tns:OMSSoap">'
        f'<soap:address location="{escaped(address)}"/></wsdl:port></wsdl:service></wsdl:definitions>\n'
    ).encode()


# -- reading -----------------------------------------------------------------------------------------------------------


def _document(text: str, root: str) -> Element | None:
    """The document in a SOAP element, whose prolog speaks of an encoding it no longer has."""
    try:
        prolog = _PROLOG.match(text)
        document = read_xml((text[prolog.end() :] if prolog is not None else text).strip())
    except (BadXml, UnicodeError):
        return None
    return document if not root or document.local == root else None


def _credentials(user: Element | None) -> dict[str, str]:
    given: dict[str, str] = {}
    for child in user.children if user is not None else ():
        name, value = _CREDENTIALS.get(child.local, ""), child.text.strip()
        if name and value:
            given.setdefault(name, value)
    return given


def _message(data: Element, shared: Element | None) -> Xms:
    id_ = data.attributes.get("id", "")
    head, body = data.child("xmsHead"), data.child("xmsBody")
    if head is None or body is None:
        return Xms(id_, (), OTHER)
    if head.value("requiredService") not in ("", "SMS_SENDER"):
        return Xms(id_, (), "unregisteredService")
    to = head.child("to")
    phones = [child.text.strip() for child in to.children if child.local == "recipient"] if to is not None else []
    texts = [child.text for child in body.children if child.local == "content" and child.text.strip()]
    to_all = ",".join(phones)
    if not phones or ";" in to_all or to_all.count(",") >= len(phones):
        return Xms(id_, (), "invalidRecipient")
    if not texts or len(phones) > MOST_RECIPIENTS or len(texts) > MOST_CONTENTS:
        return Xms(id_, (), OTHER)
    fields = {**_credentials(data.child("user") or shared), "phones": to_all, "err": "1"}
    when = head.value("scheduled")
    if when:
        seconds = _seconds(when)
        if seconds is None:
            return Xms(id_, (), "noScheduled")
        fields["time"] = f"0{seconds}"
    return Xms(id_, tuple([Request({**fields, "mes": text}, _STYLE) for text in texts]))


def _seconds(moment: str) -> int | None:
    """Seconds since the epoch of an ISO 8601 moment; UTC without a zone."""
    found = _MOMENT.fullmatch(moment)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    if not (year >= 1970 and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    shifted = year - (month < 3)
    day_of_year = (153 * (month + (9 if month < 3 else -3)) + 2) // 5 + day - 1
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + day_of_year - 719_468
    sign, hours, minutes = found.groups()[6:]
    zone = 0 if sign is None else (int(hours) * 60 + int(minutes)) * (60 if sign == "+" else -60)
    return days * 86_400 + hour * 3_600 + minute * 60 + second - zone


def _error(outcome: Outcome) -> str:
    severity = "neutral" if outcome.code == OK else "failure"
    inside = f"<content>{escaped(outcome.content)}</content>" if outcome.content else ""
    if outcome.recipients:
        inside += f"<recipientList>{escaped(';'.join(outcome.recipients))}</recipientList>"
    head = f'<error code="{outcome.code}" severity="{severity}"'
    return f"{head}>{inside}</error>" if inside else f"{head}/>"
