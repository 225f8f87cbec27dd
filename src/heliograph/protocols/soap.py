"""SOAP 1.1 and 1.2: envelopes read and written, faults (SOAP 1.1 §4, SOAP 1.2 part 1 §5).

Headers are not looked at. What an operation means, and what is in a body, is its dialect's.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from heliograph.protocols.xml import BadXml, Element, escaped, read_xml


class Version(enum.StrEnum):
    """The version of an envelope, by its namespace."""

    SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"
    SOAP_1_2 = "http://www.w3.org/2003/05/soap-envelope"


CONTENT_TYPES: Final = {
    Version.SOAP_1_1: "text/xml; charset=utf-8",
    Version.SOAP_1_2: "application/soap+xml; charset=utf-8",
}
_ENVELOPES: Final = {f"{{{version}}}Envelope": version for version in Version}


class BadEnvelope(ValueError):
    """The octets are no envelope with one element in its body; `version` is how the fault is told."""

    def __init__(self, text: str, version: Version = Version.SOAP_1_1) -> None:
        super().__init__(text)
        self.version = version


class Request(NamedTuple):
    """What was asked: the one element in the body."""

    version: Version
    element: Element


def read_request(octets: bytes) -> Request:
    """Read an envelope. Raises `BadEnvelope`."""
    try:
        root = read_xml(octets)
    except BadXml as error:
        raise BadEnvelope(str(error)) from None
    version = _ENVELOPES.get(root.name)
    if version is None:
        raise BadEnvelope("not a SOAP envelope")
    body = root.child("Body")
    if body is None or len(body.children) != 1:
        raise BadEnvelope("the body must hold one element", version)
    return Request(version, body.children[0])


def write_envelope(version: Version, inside: str) -> bytes:
    """An envelope around what is already XML."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="{version}">'
        f"<soap:Body>{inside}</soap:Body></soap:Envelope>"
    ).encode()


def write_fault(version: Version, text: str, *, is_ours: bool = False) -> bytes:
    """A fault of the caller, or of ours."""
    if version is Version.SOAP_1_1:
        code = "Server" if is_ours else "Client"
        inside = f"<faultcode>soap:{code}</faultcode><faultstring>{escaped(text)}</faultstring>"
    else:
        code = "Receiver" if is_ours else "Sender"
        inside = (
            f"<soap:Code><soap:Value>soap:{code}</soap:Value></soap:Code>"
            f'<soap:Reason><soap:Text xml:lang="en">{escaped(text)}</soap:Text></soap:Reason>'
        )
    return write_envelope(version, f"<soap:Fault>{inside}</soap:Fault>")
