"""The door for Outlook and SharePoint: OMS over SOAP 1.1 and 1.2 (smsc-protocols.md 4).

It reads the envelope and the document in it, asks the scripts of SMSC's door, and writes the document that answers: who
calls, limits and prices are that door's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from heliograph.dialects.smsc_oms import (
    ARGUMENTS,
    OTHER,
    PATHS,
    Outcome,
    Xms,
    outcome_of,
    read_messages,
    read_user,
    response,
    responses,
    result,
    service_info,
    user_info,
    worst_of,
    wsdl,
)
from heliograph.dialects.smsc_request import Request
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse
from heliograph.protocols.soap import CONTENT_TYPES, BadEnvelope, Version, read_request, write_envelope, write_fault

NAME: Final = "oms"
"""The door's name: what `closed_doors` of an account and `Submission.door` say."""

Ask = Callable[[str, str, Request, str], HttpResponse | Awaitable[HttpResponse]]
"""SMSC's door: door, caller's address, request, name of the script."""

_XML: Final = ("Content-Type", "text/xml; charset=utf-8")
_SERVICE: Final = "Heliograph"


class OmsDoor:
    """The two paths as handlers for the HTTP shell."""

    name = NAME

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def routes(self) -> Mapping[str, Handler]:
        """Both paths."""
        return dict.fromkeys(PATHS, self._handle)

    def on_error(self) -> HttpResponse:
        """What a caller hears of a fault of ours."""
        return HttpResponse(500, [_XML], write_fault(Version.SOAP_1_1, "internal error", is_ours=True))

    async def _handle(self, http: HttpRequest) -> HttpResponse:
        origin = http.origin or "http://localhost"
        if http.method in ("GET", "HEAD"):
            if http.query.lower().startswith(b"wsdl"):
                return HttpResponse(200, [_XML], wsdl(origin + http.path))
            return _fault(Version.SOAP_1_1, "post an envelope, or ask for ?wsdl")
        try:
            version, element = read_request(b"" if http.body_too_large else http.body)
        except BadEnvelope as bad:
            return _fault(bad.version, str(bad))
        method = element.local
        if method not in ARGUMENTS:
            return _fault(version, "unknown method")
        child = element.child(ARGUMENTS[method])
        document = await self._answer(method, child.text if child is not None else "", http.peer, origin)
        body = write_envelope(version, result(method, document))
        return HttpResponse(200, [("Content-Type", CONTENT_TYPES[version])], body)

    async def _answer(self, method: str, text: str, peer: str, origin: str) -> str:
        if method == "GetServiceInfo":
            return service_info(origin, _SERVICE)
        if method == "GetUserInfo":
            asked = read_user(text)
            return user_info(Outcome(OTHER) if asked is None else await self._ask_script(asked, "balance", peer))
        messages = read_messages(text, ARGUMENTS[method])
        if messages is None:
            return response(Outcome(OTHER, "the document cannot be read"))
        outcomes = [(xms.id, await self._send(xms, peer)) for xms in messages]
        return responses(outcomes) if method == "DeliverXmsBatch" else response(outcomes[0][1])

    async def _send(self, xms: Xms, peer: str) -> Outcome:
        """Content by content; what is refused keeps back what would follow it."""
        if xms.fault:
            return Outcome(xms.fault)
        outcomes: list[Outcome] = []
        for request in xms.requests:
            outcomes.append(await self._ask_script(request, "send", peer))
            if outcomes[-1].code not in ("ok", "invalidRecipient"):
                break
        return worst_of(outcomes)

    async def _ask_script(self, request: Request, script: str, peer: str) -> Outcome:
        asked = self._ask(NAME, peer, request, script)
        answer = asked if isinstance(asked, HttpResponse) else await asked
        return outcome_of(answer.body)


def _fault(version: Version, text: str) -> HttpResponse:
    status = 500 if version is Version.SOAP_1_1 else 400
    return HttpResponse(status, [("Content-Type", CONTENT_TYPES[version])], write_fault(version, text))
