"""The same PDUs by a library nobody here wrote (smpplib): byte for byte, and its client against our message centre."""

from __future__ import annotations

import pytest
import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.smpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heliograph.protocols.smpp import pdu
from heliograph.protocols.smpp.codec import decode, encode
from protocols.smpp.pair import PASSWORD, Centre

TEXTS = st.text("0123456789ABCxyz+", max_size=12)
OCTET = st.integers(0, 255)


class Numbers:
    """What smpplib asks a client for."""

    sequence = 0

    def next_sequence(self):
        self.sequence += 1
        return self.sequence


def theirs(name, number, **fields):
    made = smpplib.smpp.make_pdu(name, client=Numbers(), allow_unknown_opt_params=True, **fields)
    made.sequence = number
    return made.generate()


def ours(kind, number, fields):
    known = {name: value.encode() if isinstance(value, str) else value for name, value in fields.items()}
    return kind(sequence_number=number, **known)


MESSAGE = {
    "service_type": st.sampled_from(["", "CMT", "WAP"]),
    "source_addr_ton": OCTET, "source_addr_npi": OCTET, "source_addr": TEXTS,
    "dest_addr_ton": OCTET, "dest_addr_npi": OCTET, "destination_addr": TEXTS,
    "esm_class": OCTET, "registered_delivery": OCTET, "data_coding": OCTET,
}  # fmt: skip
SHORT = MESSAGE | {
    "protocol_id": OCTET, "priority_flag": OCTET, "replace_if_present_flag": OCTET, "sm_default_msg_id": OCTET,
    "schedule_delivery_time": st.sampled_from(["", "261121100000008+"]),
    "validity_period": st.sampled_from(["", "000001000000000R"]),
    "short_message": st.binary(max_size=254),
}  # fmt: skip
BIND = {
    "system_id": TEXTS, "password": st.text("abc", max_size=8), "system_type": TEXTS,
    "interface_version": st.just(0x34), "addr_ton": OCTET, "addr_npi": OCTET,
    "address_range": TEXTS,
}  # fmt: skip
ID = {"message_id": st.text("0123456789abcdef", min_size=1, max_size=64)}
SOURCE = {name: MESSAGE[name] for name in ("source_addr_ton", "source_addr_npi", "source_addr")}
KINDS = [
    (pdu.BindTransmitter, BIND), (pdu.BindReceiver, BIND), (pdu.BindTransceiver, BIND),
    (pdu.BindTransceiverResp, {"system_id": TEXTS}), (pdu.SubmitSm, SHORT), (pdu.SubmitSmResp, ID),
    (pdu.DeliverSm, SHORT), (pdu.DeliverSmResp, {}), (pdu.DataSm, MESSAGE), (pdu.QuerySm, ID | SOURCE),
    (pdu.QuerySmResp, ID | {"final_date": st.just("261121100000000+"), "message_state": OCTET, "error_code": OCTET}),
    (pdu.Unbind, {}), (pdu.UnbindResp, {}), (pdu.EnquireLink, {}), (pdu.EnquireLinkResp, {}),
    (pdu.GenericNack, {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fields"), KINDS, ids=[kind.name for kind, _ in KINDS])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), number=st.integers(1, 0x7FFFFFFF))
def test_B12_an_independent_library_writes_the_same_octets_and_reads_ours(kind, fields, data, number):
    drawn = data.draw(st.fixed_dictionaries(fields))
    made = ours(kind, number, drawn)
    wire = theirs(kind.name, number, **drawn)
    assert encode(made) == wire
    assert decode(wire) == made
    read = smpplib.smpp.parse_pdu(encode(made), client=Numbers(), allow_unknown_opt_params=True)
    assert (read.command, read.sequence, read.status) == (kind.name, number, 0)
    for name, value in drawn.items():
        found = getattr(read, name)
        assert (found or b"") == (value.encode() if isinstance(value, str) else value) or found == value


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 0xFFFF), st.integers(0, 255), st.binary(min_size=1, max_size=300), st.booleans())
def test_B12_optional_parameters_are_the_same_octets(reference, state, payload, is_submit):
    fields = {"sar_msg_ref_num": reference, "sar_total_segments": 2, "message_payload": payload}
    tlvs = ((0x020C, reference.to_bytes(2, "big")), (0x020E, b"\x02"), (0x0424, payload))
    wire = theirs("submit_sm", 1, **fields) if is_submit else theirs("deliver_sm", 1, **fields)
    read = decode(wire)
    assert sorted(read.tlvs) == sorted(tlvs)
    assert encode(read) == wire


class Wire:
    """A socket whose other end is a message centre in memory."""

    def __init__(self, centre):
        self.centre = centre
        self.coming = bytearray()

    def connect(self, _):
        pass

    def settimeout(self, _):
        pass

    def sendall(self, data):
        # Half of it first: a read never ends where a PDU does.
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            self.coming += self.centre.receive(part)

    def recv(self, size):
        assert self.coming, "the client waits for what never comes"
        part = bytes(self.coming[: min(size, 7)])
        del self.coming[: len(part)]
        return part

    def close(self):
        pass


class Client(smpplib.client.Client):
    """smpplib's client on such a socket."""

    def __init__(self, centre):
        super().__init__("nowhere", 0, allow_unknown_opt_params=True)
        self.wire = Wire(centre)
        self.answers, self.delivered = [], []
        self.set_message_sent_handler(lambda pdu: self.answers.append(pdu))
        self.set_message_received_handler(lambda pdu: self.delivered.append(pdu))

    def _create_socket(self):
        return self.wire

    def drain(self):
        while self.wire.coming:
            self.read_once()


@pytest.fixture
def client():
    made = Client(Centre())
    made.connect()
    yield made
    made._socket = None


def test_a_client_nobody_here_wrote_binds_submits_gets_its_receipt_queries_and_unbinds(client):
    answer = client.bind_transceiver(system_id="alex", password=PASSWORD.decode())
    assert (answer.status, answer.system_id, answer.sc_interface_version) == (0, b"Heliograph", 0x34)
    client.send_message(
        source_addr_ton=5, source_addr="Heliograph", dest_addr_ton=1, dest_addr_npi=1, destination_addr="380671234567",
        short_message=b"Hi", registered_delivery=True,
    )  # fmt: skip
    client.drain()
    [submitted] = client.answers
    assert submitted.message_id == b"100000001"
    [receipt] = client.delivered
    assert receipt.receipted_message_id == b"100000001"
    assert receipt.short_message.startswith(b"id:100000001 ")
    assert client.wire.centre.taken[0].destination_addr == b"380671234567"
    centre = client.wire.centre
    [answered] = centre.answers
    assert (answered.tag, answered.pdu.command_status) == (100_000_001, 0)

    client.query_message(message_id="100000001", source_addr="Heliograph")
    queried = client.read_pdu()
    assert (queried.message_id, queried.message_state) == (b"100000001", 2)
    client.unbind()
    assert centre.ended.clean
    assert centre.odd == []


@pytest.mark.parametrize("bind", ["bind_transmitter", "bind_receiver"])
def test_the_other_binds_of_that_client_work_too(client, bind):
    assert getattr(client, bind)(system_id="alex", password=PASSWORD.decode()).status == 0
    client.unbind()
    assert client.wire.centre.ended.clean


def test_that_client_understands_our_refusal(client):
    with pytest.raises(smpplib.exceptions.PDUError, match="14"):
        client.bind_transceiver(system_id="alex", password="wrong")
