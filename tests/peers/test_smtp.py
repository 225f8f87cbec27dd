"""swaks, the Swiss army knife of SMTP, against the door; Python's smtplib is in walks/test_smtp_way.py."""

from __future__ import annotations

import pytest

from heliograph.doors.smtp_settings import SmtpDoorSettings, SmtpListenerSettings
from peers.conftest import need, run
from walks.smsc_customer import SENDER, customer
from walks.world import running


@pytest.mark.covers_part(41)
async def test_swaks_sends_a_command_and_is_refused_elsewhere(tmp_path):
    swaks = need("swaks", "--version")
    async with running(tmp_path, smtp=SmtpDoorSettings(listeners=(SmtpListenerSettings(0),))) as world:
        client = await customer(world)
        host, port = world.gateway.smtp.addresses[0]
        words = [swaks, "--server", host, "--port", str(port), "--from", "a@b.example", "--helo", "shop"]
        body = f"{client.login}:{client.password}:77:0:0,0,{SENDER}:380671234567:By swaks: yes"
        code, printed, complained = await run(*words, "--to", "send@send.example", "--body", body)
        assert code == 0, printed + complained
        [message] = await world.gateway.store.messages([100_000_001], None)
        assert (message.content.text, message.shown_id) == ("By swaks: yes", "77")
        code, printed, _ = await run(*words, "--to", "someone@else.example", "--body", body)
        assert code != 0
        assert "550 5.1.1" in printed
