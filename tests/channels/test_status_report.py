"""TP-Status of status reports."""

from __future__ import annotations

import pytest

from heliograph.channels.sms.status_report import reported
from heliograph.model.message import State


@pytest.mark.parametrize(
    ("tp_status", "state", "text"),
    [
        # TS 23.040, 9.2.3.15, group by group.
        (0x00, State.DELIVERED, "received by the handset"),
        (0x01, None, "cannot confirm"),
        (0x02, State.UNDELIVERABLE, "replaced"),
        (0x03, None, "0x03"),
        (0x1F, None, "0x1F"),
        (0x20, None, "congested; the service centre still tries"),
        (0x25, None, "an error in the handset; the service centre still tries"),
        (0x3F, None, "0x3F; the service centre still tries"),
        (0x41, State.UNDELIVERABLE, "incompatible destination"),
        (0x43, State.UNDELIVERABLE, "not obtainable"),
        (0x46, State.EXPIRED, "validity period expired"),
        (0x49, State.UNDELIVERABLE, "does not exist"),
        (0x4A, State.UNDELIVERABLE, "0x4A"),
        (0x60, State.UNDELIVERABLE, "congested; the service centre no longer tries"),
        (0x62, State.UNDELIVERABLE, "the handset does not respond; the service centre no longer tries"),
        (0x7F, State.UNDELIVERABLE, "0x7F"),
        (0x80, None, "keeps for later"),
        (0xFF, None, "0xFF"),
    ],
)
def test_a_status_means_what_the_standard_says(tp_status, state, text):
    found = reported(tp_status)
    assert found.state is state
    assert text in found.text


@pytest.mark.parametrize("tp_status", range(256))
def test_every_status_has_a_meaning_and_only_ends_that_a_receipt_may_bring(tp_status):
    found = reported(tp_status)
    assert found.state in (None, State.DELIVERED, State.UNDELIVERABLE, State.EXPIRED)
    assert found.text
    assert not found.text.endswith(".")
