"""TLS towards a carrier: its name is checked, and ours is shown where it asks."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme

from connectors.smpp_world import Clock, FakeCarrier, Lift, attempt, connector, polite, until
from heliograph.connectors.smpp import SmppConnector
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.model.outcome import Taken


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
async def secure(authority, tmp_path):
    """A carrier that speaks TLS as 127.0.0.1 and wants to see a certificate; the authorities' file is beside it."""
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    fake = FakeCarrier(polite)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, ssl=context)
    fake.port = server.sockets[0].getsockname()[1]
    yield fake
    server.close()
    for writer in fake.writers:
        writer.close()
    await asyncio.sleep(0)


async def test_a_message_goes_over_tls_with_our_own_certificate(secure, authority, tmp_path):
    authority.issue_cert("gateway.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "ours.pem")
    how = {"tls": True, "authorities": str(tmp_path / "ca.pem"), "certificate": str(tmp_path / "ours.pem")}
    async with connector(secure.port, **how) as (ours, lift):
        one = attempt()
        ours.send([one])
        await until(lambda: isinstance(lift.of(one), Taken))


async def test_a_carrier_whose_certificate_nobody_vouches_for_is_told_nothing(secure, tmp_path):
    trustme.CA().cert_pem.write_to_path(tmp_path / "others.pem")
    how = {"tls": True, "authorities": str(tmp_path / "others.pem")}
    async with connector(secure.port, bound=0, **how) as (ours, _):
        await asyncio.sleep(0.2)
        assert not ours.connected
    assert secure.heard == []


async def test_a_file_that_is_not_there_is_found_at_the_start(tmp_path):
    settings = SmppSettings("127.0.0.1", 2775, "gateway", tls=True, certificate="missing.pem")
    with pytest.raises(OSError, match="No such file"):
        await SmppConnector("carrier", settings, Clock(), folder=tmp_path).start(Lift())
