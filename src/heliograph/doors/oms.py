"""The door for Outlook and SharePoint: OMS over SOAP 1.1 and 1.2 (smsc-protocols.md 4).

It reads the envelope and the document in it, asks the scripts of SMSC's door, and writes the document that answers: who
calls, limits and prices are that door's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from heliograph.dialects.smsc_answer import Answer
from heliograph.dialects.smsc_oms import (
    ARGUMENTS,
    OTHER,
    PATHS,
    WELL,
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
from heliograph.doors.smsc_asking import Ask
from heliograph.protocols.http import Handler, HttpRequest, HttpResponse
from heliograph.protocols.soap import CONTENT_TYPES, BadEnvelope, Version, read_request, write_envelope, write_fault

NAME: Final = "oms"
"""The door's name: what `closed_doors` of an account and `Submission.door` say."""

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

    def _handle(self, http: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if http.method in ("GET", "HEAD"):
            if http.query.lower().startswith(b"wsdl"):
                return HttpResponse(200, [_XML], wsdl(_origin(http) + http.path))
            return _fault(Version.SOAP_1_1, "post an envelope, or ask for ?wsdl")
        try:
            version, element = read_request(b"" if http.body_too_large else http.body)
        except BadEnvelope as bad:
            return _fault(bad.version, str(bad))
        method = element.local
        if method not in ARGUMENTS:
            return _fault(version, "unknown method")
        if method == "GetServiceInfo":
            return _told(version, method, service_info(_origin(http), _SERVICE))
        child = element.child(ARGUMENTS[method])
        text = child.text if child is not None else ""
        if method == "GetUserInfo":
            return self._look_up_user(version, method, text, http.peer)
        messages = read_messages(text, ARGUMENTS[method])
        if messages is None:
            return _told(version, method, response(Outcome(OTHER, "the document cannot be read")))
        if method != "DeliverXmsBatch" and len(messages[0].requests) == 1:

            def tell(answer: Answer) -> HttpResponse:
                outcome = outcome_of(answer.body)
                return _well(version, method) if outcome == WELL else _told(version, method, response(outcome))

            return self._ask(NAME, http.peer, messages[0].requests[0], "send", tell)
        return self._send_all(version, method, messages, http.peer)

    def _look_up_user(
        self, version: Version, method: str, text: str, peer: str
    ) -> HttpResponse | Awaitable[HttpResponse]:
        request = read_user(text)
        if request is None:
            return _told(version, method, user_info(Outcome(OTHER)))

        def tell(answer: Answer) -> HttpResponse:
            return _told(version, method, user_info(outcome_of(answer.body)))

        return self._ask(NAME, peer, request, "balance", tell)

    async def _send_all(self, version: Version, method: str, messages: Sequence[Xms], peer: str) -> HttpResponse:
        """A batch, or a message of several contents, one after the other."""
        outcomes = [(xms.id, await self._send(xms, peer)) for xms in messages]
        is_batch = method == "DeliverXmsBatch"
        return _told(version, method, responses(outcomes) if is_batch else response(outcomes[0][1]))

    async def _send(self, xms: Xms, peer: str) -> Outcome:
        """Content by content; what is refused keeps back what would follow it."""
        if xms.fault:
            return Outcome(xms.fault)
        outcomes: list[Outcome] = []
        for request in xms.requests:
            asked = self._ask(NAME, peer, request, "send")
            outcomes.append(outcome_of((asked if isinstance(asked, HttpResponse) else await asked).body))
            if outcomes[-1].code not in ("ok", "invalidRecipient"):
                break
        return worst_of(outcomes)


def _origin(http: HttpRequest) -> str:
    return http.origin or "http://localhost"


@lru_cache(maxsize=len(Version) * len(ARGUMENTS))
def _well_body(version: Version, method: str) -> bytes:
    """Most answers say this and nothing else."""
    return write_envelope(version, result(method, response(WELL)))


def _well(version: Version, method: str) -> HttpResponse:
    return HttpResponse(200, [("Content-Type", CONTENT_TYPES[version])], _well_body(version, method))


def _told(version: Version, method: str, document: str) -> HttpResponse:
    body = write_envelope(version, result(method, document))
    return HttpResponse(200, [("Content-Type", CONTENT_TYPES[version])], body)


def _fault(version: Version, text: str) -> HttpResponse:
    status = 500 if version is Version.SOAP_1_1 else 400
    return HttpResponse(status, [("Content-Type", CONTENT_TYPES[version])], write_fault(version, text))
