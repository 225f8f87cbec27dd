"""What the SMPP codec costs by itself, beside those of smpplib and aiosmpplib where they are installed.

    python -m bench.smpp_codec [--cycles N] [--runs N]

A cycle is one message: submit_sm with 100 characters, its response, and a receipt by deliver_sm, each written and read.
"encode + decode" writes PDUs that are there, which is what the budget of 130,000 cycles a second on one core is about;
"both sessions" is a message's whole way through an ESME's and a message centre's session, every PDU of it, in memory;
"make, encode, decode" also makes them anew from plain values, as the others' interfaces demand. aiosmpplib reads texts
into strings on the way; ours and smpplib leave that to whoever wants the text. Figures are medians of the runs, by CPU
time of this one thread, so that a busy neighbour counts little; garbage collection is set as `serve` sets it.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import platform
import statistics
import time
from collections.abc import Callable, Iterator

from heliograph.protocols.smpp import pdu, tlv
from heliograph.protocols.smpp.codec import decode, encode
from heliograph.protocols.smpp.session import Limits
from heliograph.protocols.smpp.sides import EsmeSession, McSession

BUDGET = 130_000
BATCH = 100
TEXT = b"Your code is 123456. Do not tell it to anybody, whoever asks for it. It is valid for ten minutes only."[:100]
RECEIPT = (
    b"id:100000001 sub:001 dlvrd:001 submit date:2611211000 done date:2611211001 stat:DELIVRD err:000 "
    b"text:Your code is 123456."
)
Cycle = Callable[[], object]


def make_ours() -> list[pdu.Pdu]:
    """The three PDUs of a message."""
    return [
        pdu.SubmitSm(
            sequence_number=7, source_addr_ton=5, source_addr=b"Heliograph", dest_addr_ton=1, dest_addr_npi=1,
            destination_addr=b"380671234567", registered_delivery=1, short_message=TEXT,
        ),
        pdu.SubmitSmResp(sequence_number=7, message_id=b"100000001"),
        pdu.DeliverSm(
            sequence_number=8, source_addr_ton=1, source_addr_npi=1, source_addr=b"380671234567", dest_addr_ton=5,
            destination_addr=b"Heliograph", esm_class=4, short_message=RECEIPT,
        ),
    ]  # fmt: skip


def ours(with_parameters: bool) -> Cycle:
    """Write and read the PDUs that are there."""
    made = make_ours()
    if with_parameters:
        made[2].tlvs = (tlv.RECEIPTED_MESSAGE_ID(b"100000001"), tlv.MESSAGE_STATE(2))

    def cycle() -> None:
        for one in made:
            decode(encode(one))

    check(decode(encode(one)) == one for one in made)
    return cycle


def ours_anew() -> None:
    """Make, write and read them."""
    for one in make_ours():
        decode(encode(one))


def sessions() -> Cycle:
    """A batch of messages between our two sides, in memory: submitted, answered, receipts delivered and answered."""
    window = Limits(window=BATCH)
    esme: EsmeSession[int] = EsmeSession(window, 0)
    centre: McSession[int] = McSession(window, 0)
    esme.bind(pdu.BindTransceiver(system_id=b"bench"))
    [bind] = centre.receive(esme.take_out(), 0)
    centre.accept(bind, b"bench", 0)
    esme.receive(centre.take_out(), 0)
    submit, _, receipt = make_ours()

    def cycle() -> None:
        for number in range(BATCH):
            esme.send(submit, number, 0)
        for asked in centre.receive(esme.take_out(), 0):
            centre.answer(pdu.SubmitSmResp(sequence_number=asked.sequence_number, message_id=b"100000001"))
            centre.send(receipt, 0, 0)
        for event in esme.receive(centre.take_out(), 0):
            if event.__class__ is pdu.DeliverSm:
                esme.answer(pdu.DeliverSmResp(sequence_number=event.sequence_number))
        if len(centre.receive(esme.take_out(), 0)) != BATCH or esme.free != BATCH:
            raise SystemExit("the sessions lost something")

    return cycle


def smpplib() -> Cycle:
    """The same with smpplib."""
    from smpplib import smpp

    class Numbers:
        sequence = 7

        def next_sequence(self) -> int:
            return 7

    client = Numbers()
    message = {"dest_addr_ton": 1, "dest_addr_npi": 1, "source_addr_npi": 1}
    submit = {"source_addr_ton": 5, "source_addr": "Heliograph", "destination_addr": "380671234567",
              "registered_delivery": 1, "short_message": TEXT, **message}  # fmt: skip
    receipt = {"source_addr_ton": 1, "source_addr": "380671234567", "destination_addr": "Heliograph", "esm_class": 4,
               "short_message": RECEIPT, **message}  # fmt: skip
    kinds = (("submit_sm", submit), ("submit_sm_resp", {"message_id": "100000001"}), ("deliver_sm", receipt))

    def cycle() -> list[object]:
        return [
            smpp.parse_pdu(smpp.make_pdu(name, client=client, **fields).generate(), client=client)
            for name, fields in kinds
        ]

    submitted, answered, delivered = cycle()
    check([submitted.short_message == TEXT, answered.message_id == b"100000001", delivered.short_message == RECEIPT])
    return cycle


def aiosmpplib() -> Cycle:
    """The same with aiosmpplib."""
    from aiosmpplib import protocol
    from aiosmpplib.state import NPI, TON, PhoneNumber

    text, receipt = TEXT.decode(), RECEIPT.decode()
    sender = PhoneNumber("Heliograph", TON.ALPHANUMERIC, NPI.UNKNOWN)
    handset = PhoneNumber("380671234567", TON.INTERNATIONAL, NPI.ISDN)

    def read(kind: type, octets: bytes) -> object:
        return kind.from_pdu(octets, protocol.SmppMessage.parse_header(octets), "gsm0338")

    def cycle() -> list[object]:
        submit = protocol.SubmitSm(
            sequence_num=7, short_message=text, source=sender, destination=handset, encoding="gsm0338"
        )
        answer = protocol.SubmitSmResp(sequence_num=7, message_id="100000001")
        deliver = protocol.DeliverSm(
            sequence_num=8, short_message=receipt, source=handset, destination=sender, esm_class=4, encoding="gsm0338"
        )
        return [read(type(one), one.pdu()) for one in (submit, answer, deliver)]

    submitted, answered, delivered = cycle()
    check([submitted.short_message == text, answered.message_id == "100000001", delivered.short_message == receipt])
    return cycle


def check(facts: Iterator[bool] | list[bool]) -> None:
    """A codec that loses something is not measured."""
    if not all(facts):
        raise SystemExit("what was read is not what was written")


def measure(rows: list[tuple[str, Cycle, int]], cycles: int, runs: int) -> dict[str, list[float]]:
    """Messages a second of each run, by row. The rows take turns, so that a neighbour's load meets them all alike."""
    found: dict[str, list[float]] = {name: [] for name, _, _ in rows}
    for _ in range(runs):
        for name, cycle, messages in rows:
            count = max(1, cycles // messages)
            began = time.thread_time()
            for _ in range(count):
                cycle()
            found[name].append(count * messages / (time.thread_time() - began))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cycles", type=int, default=3_000)
    parser.add_argument("--runs", type=int, default=25)
    options = parser.parse_args()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    print(f"Python {platform.python_version()}, {options.runs} runs of {options.cycles} cycles")
    rows: list[tuple[str, Cycle, int]] = [
        ("heliograph, encode + decode", ours(with_parameters=False), 1),
        ("  receipt with two parameters", ours(with_parameters=True), 1),
        ("heliograph, make, encode, decode", ours_anew, 1),
        ("heliograph, both sessions", sessions(), BATCH),
    ]
    for name, peer in (("smpplib", smpplib), ("aiosmpplib", aiosmpplib)):
        if importlib.util.find_spec(name) is None:
            print(f"{name}: not installed (pip install 'heliograph[bench]')")
        else:
            rows.append((f"{name}, make, encode, decode", peer(), 1))
    print(f"{'':34}{'messages/s':>10} {'slowest':>10} {'fastest':>10}")
    for name, rates in measure(rows, options.cycles, options.runs).items():
        print(f"{name:34}{statistics.median(rates):>10,.0f} {min(rates):>10,.0f} {max(rates):>10,.0f}")
    print(f"budget: {BUDGET:,} messages/s, encode + decode")


if __name__ == "__main__":
    main()
