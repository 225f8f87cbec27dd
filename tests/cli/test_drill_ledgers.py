"""What a drill writes down, where the order in which it came is not the order in which it happened."""

from __future__ import annotations

import base64
import hmac

from heliograph.cli.drill.ledgers import Sink
from heliograph.protocols.http import HttpRequest

KEY = b"of the drill"
SECRET = "whsec_" + base64.b64encode(KEY).decode("ascii")


def call(event_id, body):
    signed = base64.b64encode(hmac.digest(KEY, f"{event_id}.1795311235.".encode() + body, "sha256")).decode("ascii")
    headers = (
        ("webhook-id", event_id),
        ("webhook-timestamp", "1795311235"),
        ("webhook-signature", f"v1,{signed}"),
    )
    return HttpRequest("POST", "/events", b"", headers, body, "127.0.0.1")


def test_events_that_overtook_one_another_are_told_in_the_order_of_their_times():
    """The first try of the older one failed: its next comes after the newer one."""
    sink = Sink(0)
    sink.secrets.add(SECRET)
    older = b'{"type":"message.status","timestamp":1795311229528,"data":{"id":"101116992","state":"unknown"}}'
    newer = b'{"type":"message.status","timestamp":1795311233377,"data":{"id":"101116992","state":"delivered"}}'
    sink.is_down = True
    assert sink.handle(call("evt-1", older)).status == 500
    sink.is_down = False
    assert sink.handle(call("evt-2", newer)).status == 204
    assert sink.handle(call("evt-1", older)).status == 204
    assert sink.states() == {101116992: ["unknown", "delivered"]}
    assert not sink.faults
