"""The page of PDUs and parameters says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from heliograph.doors.smpp_table import READ, page
from heliograph.protocols.smpp import pdu

PAGE = Path(__file__).parents[2] / "docs" / "doors" / "smpp-pdus.md"


def test_the_page_is_current():
    assert PAGE.read_text("utf-8") == page(), "run: python -m heliograph.doors.smpp_table > docs/doors/smpp-pdus.md"


@pytest.mark.parametrize(
    "line",
    [
        "| submit_sm | 0x00000004 | customer | bound as transceiver, bound as transmitter |",
        "| deliver_sm | 0x00000005 | gateway | bound as receiver, bound as transceiver |",
        "| submit_sm_resp | 0x80000004 | who is asked | as an answer |",
        "| ussd_service_op | 0x0501 | 1 | passed on |  |",
        "| message_payload | 0x0424 | 0 to 65535 | read | yes |",
        "| set_dpf | 0x0421 | 1 | passed over |  |",
    ],
)
def test_the_page_says_of_each_who_sends_it_and_what_becomes_of_it(line):
    assert line in page().splitlines()


def test_every_pdu_and_every_parameter_that_is_read_is_on_it():
    lines = page().splitlines()
    assert sum(line.startswith(f"| {kind.name} |") for kind in pdu.ALL for line in lines) == len(pdu.ALL)
    assert all(any(line.startswith(f"| {one.name} |") and "| read |" in line for line in lines) for one in READ)
