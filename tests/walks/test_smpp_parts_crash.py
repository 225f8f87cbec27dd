"""`kill -9` between the parts of long messages: what was answered is held, the last part completes it (R1, P1)."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager

import pytest
import smpplib.client

from heliograph.net.free_ports import free_ports
from heliograph.simulator.memory import read_ledger
from walks.process import answer, serving
from walks.test_smpp_crash import CONFIG, WINDOW, a_carrier

SETS = 40
LISTENER = """
[[smpp.listeners]]
port = {port}
flavour = "plain"
"""


@contextmanager
def a_shop(tmp_path):
    """A carrier, and the folder of a gateway beside it with a customer who may bind: the folder, the port of its SMPP
    listener, his password."""
    folder = tmp_path / "data"
    folder.mkdir()
    (door,) = free_ports(1)
    with a_carrier(tmp_path / "carrier.log") as carrier:
        config = CONFIG.format(port=carrier, window=WINDOW) + LISTENER.format(port=door)
        (folder / "heliograph.toml").write_text(config)
        answer("migrate", "--dir", folder)
        answer("account", "create", "shop", "--dir", str(folder))
        answer("account", "sender", "shop", "Shop", "--dir", str(folder))
        answer("account", "top-up", "shop", "100", "--dir", str(folder))
        made = answer("account", "smpp", "shop", "shop-smpp", "--no-incoming", "--dir", str(folder))
        yield folder, door, made["password"]


@contextmanager
def bound(port, password, receipts):
    """A transceiver, and what it was answered: the ids by sequence number. `receipts` gets those it is told."""
    client = smpplib.client.Client("127.0.0.1", port, timeout=10, allow_unknown_opt_params=True)
    answers = {}

    def told(*, pdu):
        receipts.append(pdu.receipted_message_id.decode())
        return 0

    client.set_message_sent_handler(lambda pdu, **_: answers.__setitem__(pdu.sequence, pdu.message_id.decode()))
    client.set_message_received_handler(told)
    client.connect()
    client.bind_transceiver(system_id="shop-smpp", password=password)
    try:
        yield client, answers
    finally:
        client._socket.close()


def submit(client, number, part, total):
    return client.send_message(
        source_addr_ton=5,
        source_addr="Shop",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr=f"38067{1_000_100 + number}",
        esm_class=0x40,
        short_message=bytes((5, 0, 3, 42, total, part)) + f"part {part} ".encode(),
        registered_delivery=1,
    ).sequence


def read_until(client, done, seconds=60):
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        client.read_once(auto_send_enquire_link=False)


@pytest.mark.timeout(150)
def test_R1_parts_of_long_messages_survive_a_kill_between_any_two_of_them(tmp_path):
    with a_shop(tmp_path) as (folder, door, password):
        promised, receipts = set(), []
        for part in (2, 1, 3):
            with serving(folder), bound(door, password, receipts) as (client, answers):
                sent = [submit(client, number, part, 3) for number in range(SETS)]
                read_until(client, lambda sent=sent, answers=answers: all(one in answers for one in sent))
                promised |= {answers[one] for one in sent}
        assert len(promised) == 3 * SETS
        with serving(folder), bound(door, password, receipts) as (client, _):
            read_until(client, lambda: set(receipts) >= promised)
            answer("check", "--dir", str(folder))
            census = answer("census", "--dir", str(folder))
    assert {name: count for name, count in census.items() if count} == {"delivered": SETS}
    assert set(receipts) == promised
    parts = Counter((part.recipient, part.checksum) for part in read_ledger(tmp_path / "carrier.log").taken)
    assert len(parts) == 3 * SETS
    assert max(parts.values()) <= 2  # what was in doubt at the last kill
