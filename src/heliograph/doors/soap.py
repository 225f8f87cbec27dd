"""The door for programs written for SMSC's SOAP service (smsc-protocols.md 3): `/sys/soap.php`, and its WSDL.

It reads the envelope, asks the script of SMSC's door that the body's element names, and writes the answer: who calls,
limits and everything else are that door's.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from typing import Final

from heliograph.dialects.smsc_answer import Answer
from heliograph.dialects.smsc_soap import PATH, Operation, operation_of, request_of, response_of, wsdl
from heliograph.doors.smsc_asking import Ask
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse
from heliograph.protocols.soap import CONTENT_TYPES, BadEnvelope, Version, read_request, write_envelope, write_fault
from heliograph.protocols.xml import Element

NAME: Final = "soap"
"""The door's name: what `closed_doors` of an account and `Submission.door` say."""

_WSDL: Final = re.compile(rb"wsdl\b", re.IGNORECASE)
_XML: Final = ("Content-Type", "text/xml; charset=utf-8")


class SoapDoor:
    """`/sys/soap.php` as a handler for the HTTP shell."""

    name = NAME

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def routes(self) -> Mapping[str, Handler]:
        """The one path."""
        return {PATH: self._handle}

    def on_error(self) -> HttpResponse:
        """What a caller hears of a fault of ours."""
        return HttpResponse(500, [_XML], write_fault(Version.SOAP_1_1, "internal error", is_ours=True))

    def _handle(self, http: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if http.method in ("GET", "HEAD"):
            if _WSDL.match(http.query):
                return HttpResponse(200, [_XML], wsdl(http.origin or "http://localhost"))
            return _fault(Version.SOAP_1_1, "post an envelope, or ask for ?wsdl")
        if http.body_too_large:
            return _fault(Version.SOAP_1_1, "the envelope is too large")
        try:
            version, element = read_request(http.body)
        except BadEnvelope as bad:
            return _fault(bad.version, str(bad))
        operation = operation_of(element)
        if operation is None:
            return _fault(version, "unknown operation")
        return self._answer(version, operation, element, http.peer)

    def _answer(
        self, version: Version, operation: Operation, element: Element, peer: str
    ) -> HttpResponse | Awaitable[HttpResponse]:
        def tell(answer: Answer | None) -> HttpResponse:
            said = response_of(operation, element, None if answer is None else answer.body)
            return HttpResponse(200, [("Content-Type", CONTENT_TYPES[version])], write_envelope(version, said))

        request = request_of(operation, element)
        return tell(None) if request is None else self._ask(NAME, peer, request, operation.script, tell)


def _fault(version: Version, text: str) -> HttpResponse:
    """SOAP 1.1 has 500 for every fault, SOAP 1.2 has 400 for the caller's."""
    status = 500 if version is Version.SOAP_1_1 else 400
    return HttpResponse(status, [("Content-Type", CONTENT_TYPES[version])], write_fault(version, text))
