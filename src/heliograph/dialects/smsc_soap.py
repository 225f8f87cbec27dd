"""SMSC over SOAP: body elements into parameters of its scripts, their JSON answers into elements (smsc-protocols.md 3).

The seven operations are the HTTP calls in an envelope, so nothing is decided twice: an element becomes a `Request`, the
script of that name answers it, and the answer's members are told by the names of the contract. Errors are numbers,
never faults. The WSDL is written from the same tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from heliograph.dialects.smsc_answer import PARAMETERS, Charset, Format, Style
from heliograph.dialects.smsc_request import Request
from heliograph.protocols.form import BrokenForm, read_urlencoded
from heliograph.protocols.xml import Element, escaped

PATH: Final = "/sys/soap.php"

_STYLE: Final = Style(Format.JSON, Charset.UTF_8)
_LOGIN: Final = ("login", "psw")
_SENT: Final = ("id", "balance", "cost", "cnt", "error")
_COST: Final = ("cost", "cnt", "error")
_STATUS: Final = (
    "status", "last_date", "last_timestamp", "err", "error", "send_date", "send_timestamp", "phone", "cost",
    "sender_id", "status_name", "message", "operator", "region", "sms_cnt",
)  # fmt: skip
_OURS: Final = frozenset({"fmt", "charset", "cost", "err", "op"})
"""Parameters that say how to answer: the operation says that."""


class Operation(NamedTuple):
    """`needed` and `optional` are children of the request, `told` those of its result, in the order of the contract;
    `fixed` are parameters the script gets besides."""

    name: str
    element: str
    response: str
    result: str
    script: str
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    told: tuple[str, ...]
    fixed: Mapping[str, str]
    has_query: bool = False
    lists_errors: bool = False


_SEND: Final = ("id", "sender", "time")
_TO: Final = (*_LOGIN, "phones", "mes")
_ASKED: Final = (*_LOGIN, "phone", "id")
_ALL_COSTS, _ONLY_COST = {"cost": "3"}, {"cost": "1"}

OPERATIONS: Final = (
    Operation("get_balance", "balance", "BalanceResponse", "balanceresult", "balance",
              _LOGIN, (), ("balance", "error"), {}),
    Operation("send_sms", "send", "SendResponse", "sendresult", "send", _TO, _SEND, _SENT, _ALL_COSTS),
    Operation("send_sms2", "send2", "Send2Response", "sendresult", "send", _TO, _SEND, _SENT,
              {**_ALL_COSTS, "err": "1"}, has_query=True, lists_errors=True),
    Operation("get_sms_cost", "cost", "CostResponse", "costresult", "send", _TO, (), _COST, _ONLY_COST),
    Operation("get_sms_cost2", "cost2", "Cost2Response", "costresult", "send", _TO, (), _COST, _ONLY_COST,
              has_query=True),
    Operation("get_status", "status", "StatusResponse", "statusresult", "status", _ASKED, ("all",), _STATUS, {}),
    Operation("get_status2", "status2", "Status2Response", "statusresult", "status", _ASKED, ("all",), _STATUS, {},
              has_query=True),
)  # fmt: skip

_CHILDREN: Final = {one.name: frozenset((*one.needed, *one.optional, "apikey")) for one in OPERATIONS}
_BY_ELEMENT: Final = {operation.element: operation for operation in OPERATIONS}


def operation_of(element: Element) -> Operation | None:
    """The operation of a body element, in whatever namespace; SOAPAction says nothing."""
    return _BY_ELEMENT.get(element.local)


def request_of(operation: Operation, element: Element) -> Request | None:
    """The parameters of the script; None if they cannot be read."""
    given = _query(element.value("query")) if operation.has_query else {}
    if given is None:
        return None
    names = _CHILDREN[operation.name]
    for child in element.children:
        if child.local in names and (text := child.text.strip()):
            given[child.local] = child.text if child.local == "mes" else text
    if operation.script == "status" and "," in given.get("id", ""):
        return None
    given.update(operation.fixed)
    return Request(given, _STYLE)


def _query(query: str) -> dict[str, str] | None:
    """Further parameters, in the form of a query; None if they cannot be read."""
    fields: dict[bytes, bytes] = {}
    try:
        read_urlencoded(query.encode(), fields)
        given = {name.decode(): value.decode() for name, value in fields.items() if value}
    except (BrokenForm, UnicodeError):
        return None
    if any("\0" in text for text in given.values()):
        return None
    return {name: text for name, text in given.items() if name not in _OURS}


def response_of(operation: Operation, element: Element, answer: bytes | None) -> str:
    """The response element to a script's answer in JSON; None: the request could not be read."""
    members = _members(answer)
    told = [(name, members[name]) for name in operation.told if name in members]
    if operation.script == "balance" and "error" not in members:
        told.append(("error", "0"))
    inside = "".join([_element(name, value) for name, value in told])
    if operation.lists_errors:
        inside += _failed(members.get("phones"))
    namespace = element.namespace
    prefix, declared = ("ns1:", f' xmlns:ns1="{escaped(namespace)}"') if namespace else ("", "")
    result = f"<{operation.result}>{inside}</{operation.result}>"
    return f"<{prefix}{operation.response}{declared}>{result}</{prefix}{operation.response}>"


def _members(answer: bytes | None) -> dict[str, object]:
    """What a script answered, `error` being its number."""
    if answer is None:
        return {"error": PARAMETERS}
    members = msgspec.json.decode(answer)
    assert isinstance(members, dict)
    if "error_code" in members:
        members["error"] = members.pop("error_code")
    return members


def _failed(phones: object) -> str:
    """Numbers that were refused, each with its status (`send2`)."""
    if not isinstance(phones, list):
        return ""
    told = [_element("phone", phone["phone"]) + _element("status", phone["status"]) for phone in phones]
    return "".join([f"<errors>{inside}</errors>" for inside in told])


def _element(name: str, value: object) -> str:
    return f"<{name}>{escaped(value) if isinstance(value, str) else value}</{name}>"


# -- the contract ------------------------------------------------------------------------------------------------------


def wsdl(origin: str) -> bytes:
    """The WSDL for whoever found us at `origin` (scheme and host): document/literal bare, locals unqualified."""
    address = escaped(origin + PATH)
    types: dict[str, str] = {}
    for operation in OPERATIONS:
        asked = [_local(name) for name in operation.needed]
        optional = (*operation.optional, "apikey") + (("query",) if operation.has_query else ())
        asked += [_local(name, least=0) for name in optional]
        types[operation.element] = _complex("".join(asked), element=operation.element)
        told = [_local(name, least=0) for name in operation.told]
        if operation.lists_errors:
            told.append(_local("errors", "tns:Error", least=0, most="unbounded"))
        kind = f"{operation.response}Type"
        types[kind] = _complex("".join(told), name=kind)
        result = _local(operation.result, f"tns:{kind}")
        types[operation.response] = _complex(result, element=operation.response)
    types["Error"] = _complex(_local("phone") + _local("status"), name="Error")
    return "".join(
        [
            '<?xml version="1.0" encoding="utf-8"?>\n',
            '<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" ',
            'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" ',
            f'xmlns:tns="{address}" targetNamespace="{address}" name="Service">\n',
            f'<wsdl:types><xs:schema targetNamespace="{address}">\n',
            "\n".join(types.values()),
            "\n</xs:schema></wsdl:types>\n",
            *_ports(address),
            "</wsdl:definitions>\n",
        ]
    ).encode()


def _ports(address: str) -> Sequence[str]:
    """Messages, port type, binding and service."""
    messages = [
        f'<wsdl:message name="{o.name}In"><wsdl:part name="parameters" element="tns:{o.element}"/></wsdl:message>\n'
        f'<wsdl:message name="{o.name}Out"><wsdl:part name="parameters" element="tns:{o.response}"/></wsdl:message>\n'
        for o in OPERATIONS
    ]
    abstract = [
        f'<wsdl:operation name="{o.name}"><wsdl:input message="tns:{o.name}In"/>'
        f'<wsdl:output message="tns:{o.name}Out"/></wsdl:operation>\n'
        for o in OPERATIONS
    ]
    body = '<soap:body use="literal"/>'
    bound = [
        f'<wsdl:operation name="{o.name}"><soap:operation soapAction="{address}" style="document"/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>\n"
        for o in OPERATIONS
    ]
    return [
        *messages,
        '<wsdl:portType name="ServiceSoap">\n', *abstract, "</wsdl:portType>\n",
        '<wsdl:binding name="ServiceSoap" type="tns:ServiceSoap">',
        '<soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>\n', *bound, "</wsdl:binding>\n",
        '<wsdl:service name="Service"><wsdl:port name="ServiceSoap" binding="tns:ServiceSoap">',
        f'<soap:address location="{address}"/></wsdl:port></wsdl:service>\n',
    ]  # fmt: skip


def _local(name: str, kind: str = "xs:string", *, least: int = 1, most: str = "") -> str:
    occurs = ("" if least else ' minOccurs="0"') + (f' maxOccurs="{most}"' if most else "")
    return f'<xs:element name="{name}" type="{kind}"{occurs}/>'


def _complex(inside: str, *, name: str = "", element: str = "") -> str:
    sequence = f"<xs:sequence>{inside}</xs:sequence>"
    if element:
        return f'<xs:element name="{element}"><xs:complexType>{sequence}</xs:complexType></xs:element>'
    return f'<xs:complexType name="{name}">{sequence}</xs:complexType>'
