"""PDUs spoiled at random, through all that reads them: framing, decoder, session, words, dialects (B1).

Quick here; for longer: `HELIOGRAPH_SMPP_FUZZ_S=300 pytest tests/walks/test_smpp_mutations.py -s`. The seed is printed,
and `HELIOGRAPH_SMPP_FUZZ_SEED` repeats its choices.
"""

from __future__ import annotations

import contextlib
import os
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from connectors.smpp_world import SETTINGS, message
from heliograph.channels.sms import NotText, TooLong
from heliograph.channels.sms.content import encode, weigh
from heliograph.connectors.smpp_words import Words
from heliograph.dialects.smpp import FLAVOURS
from heliograph.dialects.smpp_replace import replacement
from heliograph.dialects.smpp_submit import Bound, NotTaken, submission, submissions
from heliograph.model.message import PartOf, State
from heliograph.protocols.smpp import pdu as pdus
from heliograph.protocols.smpp.codec import Unreadable, decode
from heliograph.protocols.smpp.codec import encode as encoded
from heliograph.protocols.smpp.described import described
from heliograph.protocols.smpp.framing import Framer
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.sides import McSession
from protocols.smpp.vectors import VECTORS

SECONDS = float(os.environ.get("HELIOGRAPH_SMPP_FUZZ_S", "0"))
SEED = int(os.environ.get("HELIOGRAPH_SMPP_FUZZ_SEED", "20261121"))
ROUNDS = 1_500
NOW = 1_700_000_000_000
EDGES = (0, 1, 2, 3, 4, 5, 8, 0x10, 0x18, 0x3F, 0x40, 0x43, 0x7F, 0x80, 0xF0, 0xFE, 0xFF)
BOUNDS = [
    Bound(7, "smpp", "192.0.2.1", "smpp:shop", flavour, ("Shop",), is_iso)
    for flavour in FLAVOURS.values()
    for is_iso in (False, True)
]
WORDS = [Words("c", replace(SETTINGS, incoming_alphabet=name)) for name in ("gsm", "gsm-packed", "latin-1")]
SUBMITS = tomllib.loads((Path(__file__).parents[1] / "vectors" / "smpp" / "submit.toml").read_text("utf-8"))["submit"]
SEEDS = [wire for wire, _ in VECTORS] + [bytes.fromhex(one["pdu"]) for one in SUBMITS]
ELEMENTS = (b"\x00\x03\x2a\x02\x01", b"\x08\x04\x01\x2a\x02\x02", b"\x24\x01\x01", b"\x05\x04\x0b\x84\x23\xf0")
PARAMETERS = (0x0424, 0x020C, 0x020E, 0x020F, 0x0427, 0x001E, 0x0017, 0x0501, 0x1383, 0x2000, 0x0423)


def spoiled(chance, wire):
    """A PDU of today's: fields set, cut, stretched, doubled; parameters and headers put in; its length set right again,
    mostly."""
    octets = bytearray(wire)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(16, len(octets) + 1)
        how = chance.randrange(7)
        if how == 0 and at < len(octets):
            octets[at] = chance.choice(EDGES)
        elif how == 1:
            del octets[at : at + chance.randint(1, 9)]
        elif how == 2:
            octets[at:at] = chance.randbytes(chance.randint(1, 12))
        elif how == 3:
            octets[at:at] = octets[at : at + chance.randint(1, 40)]
        elif how == 4:
            value = chance.randbytes(chance.choice((0, 1, 2, 4, 20, 160)))
            length = len(value) if chance.random() < 0.8 else chance.randrange(0x10000)
            octets += chance.choice(PARAMETERS).to_bytes(2, "big") + length.to_bytes(2, "big") + value
        elif how == 5:
            header = b"".join(chance.sample(ELEMENTS, chance.randint(1, 3)))
            octets[at:at] = bytes((max(0, len(header) + chance.choice((0, 0, 0, -1, 1))),)) + header
        else:
            other = chance.choice(SEEDS)
            octets[at:] = other[chance.randrange(16, len(other) + 1) :]
    octets[:4] = len(octets).to_bytes(4, "big")
    if chance.random() < 0.03:
        octets[chance.randrange(4)] = chance.choice(EDGES)
    return bytes(octets)


OLD = [
    replace(message("380671234567", "Hello"), state=state, part=part)
    for state, part in (
        (State.SCHEDULED, None),
        (State.HELD, PartOf("8:42", 2, 1)),
        (State.HELD, PartOf("16:4711", 3, 2)),
    )
]


def go_through(wire, chance):
    """All that could be made of it; raises what nothing may raise."""
    described(wire)
    read = decode(wire)
    if isinstance(read, Unreadable):
        assert read.status > 0 or read.command_id & 0x80000000
        return
    assert decode(encoded(read)) == read
    if isinstance(read, pdus.DeliverSm | pdus.DataSm):
        for words in WORDS:
            words.event(read, NOW)
    for bound in BOUNDS:
        with contextlib.suppress(NotTaken):
            if isinstance(read, pdus.SubmitSm | pdus.DataSm):
                _may_be_sent(submission(read, bound, NOW), chance)
            elif isinstance(read, pdus.SubmitMulti):
                submissions(read, bound, NOW)
            elif isinstance(read, pdus.ReplaceSm):
                for old in OLD:
                    replacement(read, old, bound, NOW)


def _may_be_sent(made, chance):
    try:
        parts = weigh(made.content, languages=()).parts
    except (NotText, TooLong):
        return
    sent = encode(made.content, reference=chance.randrange(1 << 31)).parts
    assert len(sent) == parts or not sent


def all_of_it(wires, chance):
    """A customer who says all that in pieces, bound or not: every reply is a PDU, and nothing is raised."""
    session = McSession(Limits(), 0)
    if chance.random() < 0.8:
        wires = [VECTORS[0][0], *wires]
    stream = b"".join(wires)
    while stream:
        count = chance.choice((1, 3, 16, 100, 2_000))
        for event in session.receive(stream[:count], 0):
            if isinstance(event, pdus.Pdu) and event.command_id & 0x80000000 == 0 and session.owed:
                session.answer(pdus.answer_to(event))
        stream = stream[count:]
    for reply in Framer().feed(session.take_out()):
        assert isinstance(decode(reply), pdus.Pdu)


@pytest.mark.timeout(120 + SECONDS)
def test_B1_spoiled_pdus_are_read_or_refused_by_whoever_reads_them():
    chance, until, done = Random(SEED), time.monotonic() + SECONDS, 0
    print(f"HELIOGRAPH_SMPP_FUZZ_SEED={SEED}")
    while done < ROUNDS or time.monotonic() < until:
        wires = [spoiled(chance, chance.choice(SEEDS)) for _ in range(8)]
        for wire in wires:
            try:
                go_through(wire, chance)
            except Exception as error:
                raise AssertionError(wire.hex()) from error
        all_of_it(wires, chance)
        done += len(wires)
    print(f"{done} PDUs")
