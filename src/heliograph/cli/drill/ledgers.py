"""What the client and the callback sink of a drill write down."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from heliograph.doors.webhook import signature
from heliograph.protocols.http import HttpRequest, HttpResponse


@dataclass
class ClientLedger:
    """Every request, and every id that was answered."""

    requests: dict[str, list[str]] = field(default_factory=dict)
    """Text (unique) → recipients."""
    accepted: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Id answered → (recipient, text)."""
    taken: set[tuple[str, str]] = field(default_factory=set)
    """(recipient, text) that was accepted by a door whose answer names no id."""
    unanswered: set[str] = field(default_factory=set)
    """Texts of requests whose answer never came."""
    mailed: dict[str, list[str]] = field(default_factory=dict)
    """Text → recipients of a mailing: each of them gets it, once."""
    refused: Counter[int] = field(default_factory=Counter)
    """HTTP status, or SMSC's error as a negative number, 0 without one → how often something was refused."""

    def answered(self, text: str, status: int, body: bytes) -> None:
        """Note the answer of the gateway."""
        if status != 200:
            self.refused[status] += 1
            return
        answer = json.loads(body)["success_request"]
        for message_id, recipient in answer.get("info", {}).items():
            self.accepted[int(message_id)] = (recipient, text)
        self.refused[status] += len(answer.get("add_info", {}))

    def answered_by_smsc(self, recipient: str, text: str, status: int, body: bytes) -> None:
        """Note `<id>,<parts>`, or an error by its negative number."""
        message_id, _, said = body.partition(b",")
        if status != 200 or said.startswith(b"-"):
            self.refused[status if status != 200 else int(said)] += 1
            return
        self.accepted[int(message_id)] = (recipient, text)

    def told(self, ids: dict[str, int], recipients: list[str], text: str) -> None:
        """Note the ids that an answer gave by recipient; whoever has none was refused."""
        for recipient in recipients:
            if recipient in ids:
                self.accepted[ids[recipient]] = (recipient, text)
            else:
                self.refused[0] += 1

    def answered_by_smpp(self, recipient: str, text: str, command_status: int, message_id: bytes) -> None:
        """Note the answer to one submit_sm, a refusal by its command_status."""
        if command_status:
            self.refused[command_status] += 1
        else:
            self.accepted[int(message_id)] = (recipient, text)


class Sink:
    """The customer's callback address. Answers 500 now and then, so that retries are seen."""

    def __init__(self, fail_every: int) -> None:
        self._fail_every = fail_every
        self.secrets: set[str] = set()
        """Of every account that is told here."""
        self.is_down = False
        self.calls = 0
        self.bodies: dict[str, bytes] = {}
        self.repeats = 0
        self.faults: list[str] = []

    def handle(self, request: HttpRequest) -> HttpResponse:
        """One call."""
        self.calls += 1
        event_id = request.header("webhook-id")
        seconds = int(request.header("webhook-timestamp") or 0)
        signed = {signature(secret, event_id, seconds, request.body) for secret in self.secrets}
        if request.header("webhook-signature") not in signed:
            self.faults.append(f"call {event_id} is not signed as it should be")
        if self.is_down or (self._fail_every and self.calls % self._fail_every == 0):
            return HttpResponse(500)
        known = self.bodies.setdefault(event_id, request.body)
        if known is not request.body:
            self.repeats += 1
            if known != request.body:
                self.faults.append(f"event {event_id} came with two different bodies")
        return HttpResponse(204)

    def states(self) -> dict[int, list[str]]:
        """Message id → the states its events told, in the order of their times: calls overtake one another."""
        told: dict[int, list[str]] = {}
        for event in sorted(map(json.loads, self.bodies.values()), key=lambda event: int(event["timestamp"])):
            told.setdefault(int(event["data"]["id"]), []).append(event["data"]["state"])
        return told
