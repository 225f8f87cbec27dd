"""Who may bind to the SMPP door, with a client nobody here wrote."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace

import pytest
import trustme
from smpplib.exceptions import PDUError

from heliograph.backoffice import verbs
from heliograph.doors.smpp_limits import SmppDoorSettings, SmppListenerSettings
from heliograph.net.certificates import self_signed
from heliograph.reload import reload
from walks.smpp_customer import SYSTEM_ID, Customer, door, system_id
from walks.world import SETTINGS, eventually


async def refused(customer, how="transceiver"):
    """The command_status of a refused bind."""
    with pytest.raises(PDUError) as caught:
        await customer.bind(how)
    return caught.value.args[1]


@pytest.mark.covers_part(28, 42)
@pytest.mark.parametrize("how", ["transmitter", "receiver", "transceiver"])
async def test_all_three_binds_are_taken_and_unbind_ends_them_cleanly(tmp_path, how):
    async with door(tmp_path) as world:
        customer = await Customer(world, await system_id(world)).bind(how)
        assert world.gateway.smpp.connections == 1
        await customer.unbind()
        await eventually(lambda: asyncio.sleep(0, world.gateway.smpp.connections == 0))


@pytest.mark.parametrize(
    ("flavour", "wrong", "unknown"), [("smsc", 0x0E, 0x0F), ("smsclub", 0x0D, 0x0D), ("plain", 0x0D, 0x0D)]
)
async def test_a_wrong_password_and_an_unknown_login_are_refused_in_the_words_of_the_flavour(
    tmp_path, flavour, wrong, unknown
):
    async with door(tmp_path, flavour) as world:
        await system_id(world)
        assert await refused(Customer(world, "no")) == wrong
        assert await refused(Customer(world, "no", "nobody")) == unknown
        assert world.gateway.smpp.refused_binds == 2


async def test_the_login_and_the_password_of_the_account_bind_as_well(tmp_path):
    async with door(tmp_path, "smsc") as world:
        await world.do(verbs.AccountPassword("shop", "12345678"))
        await Customer(world, "12345678", "shop").bind()
        assert world.gateway.smpp.binds == 1


async def test_guessing_is_blocked_for_the_right_password_too(tmp_path):
    async with door(tmp_path, failed_logins=2, block_s=60) as world:
        password = await system_id(world)
        await refused(Customer(world, "1"))
        await refused(Customer(world, "2"))
        assert await refused(Customer(world, password)) == 0x0D
        world.clock.shift(61)
        await Customer(world, password).bind()


async def test_an_answer_to_a_guess_is_held_back(tmp_path):
    async with door(tmp_path, failed_login_pause_s=0.3) as world:
        started = asyncio.get_running_loop().time()
        await refused(Customer(world, "no", "nobody"))
        assert asyncio.get_running_loop().time() - started >= 0.3


@pytest.mark.parametrize("allowed", [["192.0.2.0/24"], ["2001:db8::/32"]])
async def test_B26_only_listed_addresses_bind(tmp_path, allowed):
    async with door(tmp_path) as world:
        password = await system_id(world)
        await world.do(verbs.AccountSet("shop", allowed_peers=allowed))
        assert await refused(Customer(world, password)) == 0x0D
        await world.do(verbs.AccountSet("shop", allowed_peers=[*allowed, "127.0.0.0/8"]))
        await Customer(world, password).bind()


@pytest.mark.covers_part(32)
async def test_an_account_that_may_not_use_the_door_does_not_bind(tmp_path):
    async with door(tmp_path) as world:
        password = await system_id(world)
        await world.do(verbs.AccountSet("shop", closed_doors=["smpp"]))
        assert await refused(Customer(world, password)) == 0x0D


async def test_more_binds_than_allowed_are_refused_until_one_has_gone(tmp_path):
    async with door(tmp_path, max_binds=2) as world:
        password = await system_id(world)
        first = await Customer(world, password).bind()
        await Customer(world, password).bind("receiver")
        assert await refused(Customer(world, password)) == 0x05
        await first.unbind()
        await eventually(lambda: asyncio.sleep(0, world.gateway.smpp.connections == 1))
        await Customer(world, password).bind("transmitter")


async def test_who_loses_his_password_is_shown_out(tmp_path):
    async with door(tmp_path) as world:
        customer = await Customer(world, await system_id(world)).bind()
        shown = await world.do(verbs.AccountShow("shop"))
        (row,) = [row for row in shown["credentials"] if row["kind"] == "smpp"]
        await world.do(verbs.AccountRevoke("shop", row["id"]))
        said = await asyncio.to_thread(customer.client.read_pdu)
        assert said.command == "unbind"


async def test_a_system_id_of_somebody_else_is_not_given_away(tmp_path):
    async with door(tmp_path) as world:
        await system_id(world)
        await world.do(verbs.AccountCreate("other"))
        for taken in (SYSTEM_ID, "shop"):
            with pytest.raises(ValueError, match="is taken"):
                await system_id(world, taken, login="other")


async def test_binds_over_tls(tmp_path):
    (tmp_path / "smpp.pem").write_bytes(self_signed(["localhost"], ["127.0.0.1"], 1_700_000_000_000, 30_000))
    async with door(tmp_path, listeners=(SmppListenerSettings(0, certificate="smpp.pem"),)) as world:
        password = await system_id(world)
        host, port = world.gateway.smpp.addresses[0]
        context = ssl.create_default_context(cafile=tmp_path / "smpp.pem")
        reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname="localhost")
        body = SYSTEM_ID.encode() + b"\0" + password.encode() + b"\0\0\x34\0\0\0"
        writer.write((16 + len(body)).to_bytes(4, "big") + b"\0\0\0\x09" + b"\0\0\0\0" + b"\0\0\0\x01" + body)
        head = await reader.readexactly(16)
        assert head[4:] == b"\x80\0\0\x09" + b"\0\0\0\0" + b"\0\0\0\x01"
        writer.close()


async def bind_with(world, authority, shown):
    """The status a caller is answered who shows this certificate (None: none); None if TLS ends before."""
    password = await system_id(world)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    if shown is not None:
        shown.configure_cert(context)
    try:
        reader, writer = await asyncio.open_connection(*world.gateway.smpp.addresses[0], ssl=context)
        body = SYSTEM_ID.encode() + b"\0" + password.encode() + b"\0\0\x34\0\0\0"
        writer.write((16 + len(body)).to_bytes(4, "big") + b"\0\0\0\x09" + b"\0\0\0\0" + b"\0\0\0\x01" + body)
        head = await reader.readexactly(16)
    except (OSError, asyncio.IncompleteReadError):
        return None
    writer.close()
    return int.from_bytes(head[8:12], "big")


async def test_a_listener_that_asks_for_certificates_hears_nobody_who_shows_none_of_its_authorities(tmp_path):
    authority, other = trustme.CA(), trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "smpp.pem")
    authority.cert_pem.write_to_path(tmp_path / "customers.pem")
    listener = SmppListenerSettings(0, certificate="smpp.pem", client_authorities="customers.pem")
    async with door(tmp_path, listeners=(listener,)) as world:
        assert await bind_with(world, authority, None) is None
        assert await bind_with(world, authority, other.issue_cert("customer.example")) is None
        assert await bind_with(world, authority, authority.issue_cert("customer.example")) == 0


async def shown_certificate(world):
    """What the door shows to a new connection."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(*world.gateway.smpp.addresses[0], ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return ssl.DER_cert_to_PEM_cert(der)


async def test_a_renewed_certificate_is_taken_over_without_a_restart(tmp_path):
    def issue():
        octets = self_signed(["localhost"], ["127.0.0.1"], 1_700_000_000_000, 30_000)
        (tmp_path / "smpp.pem").write_bytes(octets)
        return octets.decode("ascii")

    old = issue()
    async with door(tmp_path, listeners=(SmppListenerSettings(0, certificate="smpp.pem"),)) as world:
        gateway = world.gateway
        assert (await shown_certificate(world)).strip() in old
        new = issue()
        assert await reload(gateway, lambda: gateway.settings) == ([], [])
        assert (await shown_certificate(world)).strip() in new
        (tmp_path / "smpp.pem").write_text("nothing")
        complaints, waiting = await reload(gateway, lambda: gateway.settings)
        assert len(complaints) == 1
        assert waiting == []
        assert (await shown_certificate(world)).strip() in new


async def test_a_caller_who_never_binds_is_cut_off(tmp_path):
    async with door(tmp_path, bind_s=1) as world:
        reader, writer = await asyncio.open_connection(*world.gateway.smpp.addresses[0])
        writer.write(b"\0\0\0\x10\0\0")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_stopping_gateway_says_goodbye(tmp_path):
    async with door(tmp_path) as world:
        reader, writer = await asyncio.open_connection(*world.gateway.smpp.addresses[0])
        password = await system_id(world)
        body = SYSTEM_ID.encode() + b"\0" + password.encode() + b"\0\0\x34\0\0\0"
        writer.write((16 + len(body)).to_bytes(4, "big") + b"\0\0\0\x09" + b"\0\0\0\0" + b"\0\0\0\x01" + body)
        await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big") - 4)
        stopping = asyncio.create_task(world.gateway.smpp.stop(5))
        unbind = await asyncio.wait_for(reader.readexactly(16), 5)
        assert unbind[:12] == b"\0\0\0\x10" + b"\0\0\0\x06" + b"\0\0\0\0"
        writer.write(b"\0\0\0\x10" + b"\x80\0\0\x06" + b"\0\0\0\0" + unbind[12:])
        assert await asyncio.wait_for(reader.read(), 5) == b""
        await stopping
        writer.close()


def test_the_settings_say_where_two_listeners_meet():
    from heliograph.settings import complaints

    twice = replace(SETTINGS, smpp=SmppDoorSettings((SmppListenerSettings(2775), SmppListenerSettings(2775))))
    assert complaints(twice) == ["smpp.listeners has 127.0.0.1 port 2775 2 times"]
