"""How the doors beside SMSC's own ask its scripts: by request and name, with what they make of the answer.

Mostly it comes later, once the message is durable; what a door makes of it costs no task and no future of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from heliograph.dialects.smsc_request import Request
from heliograph.doors.smsc import Tell
from heliograph.protocols.http import HttpResponse


class Ask(Protocol):
    """SMSC's door, as the others see it."""

    def __call__(
        self, door: str, peer: str, request: Request, script: str, tell: Tell | None = None
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """What `tell` makes of the script's answer; without it the answer as SMSC's own door gives it."""
