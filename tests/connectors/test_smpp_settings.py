"""What an operator can get wrong about a carrier by SMPP, said before anything starts."""

from __future__ import annotations

import pytest

from heliograph.config import BadConfig, read
from heliograph.settings import GatewaySettings, complaints

GOOD = """
[[connectors]]
name = "carrier"
kind = "smpp"
smpp.host = "smsc.example.com"
smpp.system_id = "gateway"
smpp.password_file = "password"
smpp.bind = "tx+rx"
smpp.temporary_statuses = [0x400]
[[routes]]
id = "all"
connectors = ["carrier"]
"""


def settings_of(tmp_path, text):
    (tmp_path / "password").write_text("secret\n")
    path = tmp_path / "heliograph.toml"
    path.write_text(text)
    return read(GatewaySettings, path, {})


def test_settings_come_from_the_file_and_the_password_from_its_own(tmp_path):
    settings = settings_of(tmp_path, GOOD)
    [connector] = settings.connectors
    assert (connector.smpp.host, connector.smpp.port, connector.smpp.bind) == ("smsc.example.com", 2775, "tx+rx")
    assert (connector.smpp.password, connector.smpp.temporary_statuses) == ("secret", (0x400,))
    assert complaints(settings) == []
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ("smpp.system_type = 'абв'", "smpp of the connector 'carrier'.system_type must be at most 32 ASCII letters"),
        ("smpp.tls = true\nsmpp.key = 'k.pem'", "smpp of the connector 'carrier' has a key but no certificate"),
        ("smpp.authorities = 'ca.pem'", "smpp of the connector 'carrier' has certificates but tls is off"),
        (
            "smpp.authorities = '-----BEGIN CERTIFICATE-----'\nsmpp.tls = true",
            "smpp of the connector 'carrier'.authorities must be the name of a file, not what is in it",
        ),
        (
            "smpp.reconnect_least_s = 90",
            "smpp of the connector 'carrier'.reconnect_least_s is longer than reconnect_most_s",
        ),
        (
            "smpp.throttled_statuses = [0x400]",
            "smpp of the connector 'carrier' says two things of the command_status 0x400",
        ),
    ],
)
def test_what_cannot_be_is_said(tmp_path, more, complaint):
    text = GOOD.replace("smpp.bind", f"{more}\nsmpp.bind")
    assert complaints(settings_of(tmp_path, text)) == [complaint]


def test_host_and_login_must_be_there(tmp_path):
    text = GOOD.replace('smpp.host = "smsc.example.com"\nsmpp.system_id = "gateway"\n', "")
    assert complaints(settings_of(tmp_path, text)) == [
        "smpp of the connector 'carrier'.host is missing: name the carrier's message centre",
        "smpp of the connector 'carrier'.system_id is missing: it is the login the carrier gave",
    ]


def test_settings_of_smpp_on_another_kind_are_a_mistake(tmp_path):
    text = GOOD.replace('kind = "smpp"', 'kind = "simulated"')
    assert complaints(settings_of(tmp_path, text)) == [
        "the connector 'carrier' has settings of SMPP but is of the kind 'simulated'"
    ]


def test_a_number_out_of_range_and_a_misspelt_name_are_found_at_reading(tmp_path):
    with pytest.raises(BadConfig) as caught:
        settings_of(tmp_path, GOOD + "\n[connectors.smpp]\n")
    assert caught.value.complaints
    with pytest.raises(BadConfig) as caught:
        settings_of(tmp_path, GOOD.replace("smpp.bind", "smpp.sessions = 0\nsmpp.windw = 5\nsmpp.bind"))
    first, second = sorted(caught.value.complaints)
    assert first.startswith("connectors[0].smpp.sessions is 0: ")
    assert second == "connectors[0].smpp.windw is no setting; did you mean window?"
