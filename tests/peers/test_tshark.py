"""Capture files are what a packet analyser opens: tshark decodes both sides' conversations without a complaint."""

from __future__ import annotations

from dataclasses import replace

from connectors.smpp_world import centre
from peers.conftest import need, run
from walks.smpp_customer import SYSTEM_ID, Customer, door, system_id
from walks.test_smpp_way import carrier_at, ends
from walks.world import eventually, running

FIELDS = ("-Y", "smpp", "-T", "fields", "-e", "smpp.command_id", "-e", "_ws.malformed", "-e", "tcp.checksum.status")


async def decoded(tshark, path):
    """The command_id of every PDU; fails if a packet is malformed or its checksum is wrong."""
    how = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    code, told, complaint = await run(tshark, "-r", str(path), *how, *FIELDS)
    assert code == 0, complaint
    rows = [line.split("\t") for line in told.splitlines()]
    assert not any(row[1] for row in rows), told
    assert {row[2] for row in rows} == {"1"}, told
    return [int(one, 16) for row in rows for one in row[0].split(",")]


async def test_what_was_said_to_a_carrier_is_decoded_by_tshark(tmp_path):
    tshark = need("tshark")
    async with centre() as (made, port):
        settings = replace(carrier_at(port), capture=True)
        async with running(tmp_path, connectors=(settings,)) as world:
            await ends(world, await world.send("380671234567", text="Привіт " * 30))
            made.incoming("380671234567", "4433", "Hello")
            await eventually(lambda: _is(made.status.owed == 0))
    path = tmp_path / "carrier-carrier.pcap"
    assert path.stat().st_mode & 0o777 == 0o600
    seen = await decoded(tshark, path)
    assert seen[:2] == [0x00000009, 0x80000009]
    assert seen.count(0x00000004) == seen.count(0x80000004) == 4
    assert seen.count(0x00000005) == seen.count(0x80000005) == 5
    assert b"secret" not in path.read_bytes()


async def test_what_was_said_to_a_customer_is_decoded_by_tshark(tmp_path):
    tshark = need("tshark")
    async with door(tmp_path, capture=(SYSTEM_ID, "nobody")) as world:
        password = await system_id(world)
        shop = await Customer(world, password).bind()
        await shop.submit(b"Hello", registered_delivery=1)
        await shop.receipts(1)
    path = tmp_path / "smpp-shop-smpp.pcap"
    seen = await decoded(tshark, path)
    assert seen[:4] == [0x00000009, 0x80000009, 0x00000004, 0x80000004]
    assert 0x00000005 in seen
    assert password.encode() not in path.read_bytes()
    assert not (tmp_path / "smpp-nobody.pcap").exists()


async def _is(seen):
    return seen
