"""Configuration: what is right is read, what is wrong is named, all of it at once."""

from __future__ import annotations

import pytest

from heliograph.config import BadConfig, explain, read
from heliograph.settings import GatewaySettings, complaints

GOOD = """
[http]
port = 9000
[smsclub]
requests_per_second = 20
[[connectors]]
name = "carrier"
kind = "simulated"
[[routes]]
id = "all"
connectors = ["carrier"]
[[tariffs]]
id = "all"
tariff = "default"
price = "0.45"
prefixes = ["380"]
"""


def written(tmp_path, text):
    path = tmp_path / "heliograph.toml"
    path.write_text(text, "utf-8")
    return path


def complaints_of(tmp_path, text, environ=None):
    with pytest.raises(BadConfig) as caught:
        read(GatewaySettings, written(tmp_path, text), environ or {})
    return caught.value.complaints


def test_a_file_becomes_settings_and_the_rest_are_defaults(tmp_path):
    settings = read(GatewaySettings, written(tmp_path, GOOD), {})
    assert (settings.http.port, settings.http.host) == (9000, "127.0.0.1")
    assert settings.smsclub.requests_per_second == 20
    assert settings.routes[0].connectors == ("carrier",)
    assert settings.tariffs[0].prefixes == ("380",)
    assert complaints(settings) == []


def test_without_a_file_everything_has_its_default():
    settings = read(GatewaySettings, None, {})
    assert settings == GatewaySettings()
    assert complaints(settings) == ["there is no connector: add [[connectors]], or nothing can be sent"]


def test_the_environment_wins_over_the_file(tmp_path):
    environ = {"HELIOGRAPH_HTTP_PORT": "0", "HELIOGRAPH_LOG_MASK": "false", "PATH": "/bin",
               "HELIOGRAPH_CALLBACKS_ALLOW_NETWORKS": "10.0.0.0/8, 192.168.0.0/16"}  # fmt: skip
    settings = read(GatewaySettings, written(tmp_path, GOOD), environ)
    assert settings.http.port == 0
    assert settings.log.mask is False
    assert settings.callbacks.allow_networks == ("10.0.0.0/8", "192.168.0.0/16")


def test_a_text_may_be_read_from_a_file_of_its_own(tmp_path):
    (tmp_path / "host").write_text("0.0.0.0\n")
    settings = read(GatewaySettings, written(tmp_path, '[http]\nhost_file = "host"\n'), {})
    assert settings.http.host == "0.0.0.0"
    assert complaints_of(tmp_path, '[http]\nhost_file = "gone"\n') == [
        "http.host_file: gone cannot be read: No such file or directory"
    ]


def test_everything_wrong_is_said_at_once(tmp_path):
    text = """
    [http]
    port = "many"
    hots = "x"
    [queue]
    validity_s = 0
    [log]
    level = "loud"
    [smsklub]
    [[connectors]]
    name = "carrier"
    [[routes]]
    connectors = ["carrier"]
    """
    assert complaints_of(tmp_path, text, {"HELIOGRAPH_HTPP_PORT": "1"}) == [
        "the environment has HELIOGRAPH_HTPP_PORT, which is no setting; did you mean HELIOGRAPH_HTTP_PORT?",
        "http.port is 'many': expected `int`, got `str`",
        "http.hots is no setting; did you mean host?",
        "queue.validity_s is 0: expected `int` >= 1",
        "log.level is 'loud': invalid enum value 'loud'",
        "smsklub is no setting; did you mean smsclub?",
        "connectors[0] lacks kind",
        "routes[0] lacks id",
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("port = [", "is not TOML"),
        ("http = 5", "http must be a table, not 5"),
        ('connectors = "x"', "connectors must be written as [[connectors]]"),
    ],
)
def test_what_is_no_configuration_at_all_is_named(tmp_path, text, complaint):
    assert complaint in complaints_of(tmp_path, text)[0]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadConfig, match="there is no file"):
        read(GatewaySettings, tmp_path / "gone.toml", {})


def test_an_unknown_personality_is_named(tmp_path):
    text = GOOD.replace('kind = "simulated"', 'kind = "simulated"\npersonality = "plite"')
    (complaint,) = complaints(read(GatewaySettings, written(tmp_path, text), {}))
    assert complaint.startswith("the connector 'carrier' has the personality 'plite'; known: polite, ")


LISTENER = "[[http.listeners]]\nport = 8443\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (LISTENER + LISTENER, "http.listeners has 127.0.0.1 port 8443 2 times"),
        (LISTENER + 'key = "key.pem"', "http.listeners[0] has a key but no certificate"),
        (
            LISTENER + 'certificate = """-----BEGIN CERTIFICATE-----"""',
            "http.listeners[0].certificate must be the name of a file, not what is in it",
        ),
        (
            LISTENER + 'names = ["https://sms.example"]',
            "http.listeners[0].names has 'https://sms.example', which is no host name; "
            "write it without scheme and port",
        ),
        (
            "[http]\nport = 9000\n" + LISTENER,
            "http.host and http.port are for a single listener: leave them out beside [[http.listeners]]",
        ),
    ],
)
def test_a_listener_that_cannot_be_meant_so_is_complained_of(tmp_path, text, complaint):
    rest = GOOD[GOOD.index("[[connectors]]") :]
    assert complaints(read(GatewaySettings, written(tmp_path, text + "\n" + rest), {})) == [complaint]


def test_a_list_of_listeners_takes_the_place_of_host_and_port(tmp_path):
    (tmp_path / "password").write_text("open sesame\n")
    text = """
        [[http.listeners]]
        port = 8443
        host = "::"
        certificate = "cert.pem"
        key = "key.pem"
        key_password_file = "password"
        names = ["sms.example"]
        doors = ["smsclub", "monitors"]
        """
    http = read(GatewaySettings, written(tmp_path, text), {}).http
    assert http.every_listener == http.listeners
    (listener,) = http.listeners
    assert (listener.host, listener.port, listener.key_password) == ("::", 8443, "open sesame")
    assert (listener.names, listener.doors) == (("sms.example",), ("smsclub", "monitors"))
    (short,) = read(GatewaySettings, written(tmp_path, '[http]\nhost = "::1"\nport = 0'), {}).http.every_listener
    assert (short.host, short.port, short.certificate) == ("::1", 0, "")


def test_a_door_that_a_listener_cannot_carry_is_named(tmp_path):
    (complaint,) = complaints_of(tmp_path, LISTENER + 'doors = ["smsclob"]')
    assert complaint.startswith("http.listeners[0].doors is a list")


def test_every_field_has_its_one_line():
    rows = explain(GatewaySettings)
    assert {row.name for row in rows} >= {"http.port", "connectors[].name", "routes[].in_doubt", "tariffs[].price"}
    assert [row.name for row in rows if len(row.meaning) < 10 or not row.meaning.endswith((".", '."'))] == []
    port = next(row for row in rows if row.name == "http.port")
    assert port[1:] == ("integer from 0 to 65535", "8080", "Port to listen on; 0 = any free one.")


def test_the_printed_configuration_is_sound():
    from pathlib import Path

    path = Path(__file__).parents[1] / "docs" / "heliograph.toml"
    assert complaints(read(GatewaySettings, path, {})) == []


def test_a_time_zone_that_is_none_and_the_name_of_the_test_modes_connector_are_named(tmp_path):
    text = GOOD.replace('name = "carrier"', 'name = "virtual"') + '[smsc]\nzone = "Mars/Olympus"\n'
    found = complaints(read(GatewaySettings, written(tmp_path, text), {}))
    assert [line.partition(":")[0] for line in found] == [
        "the connector name 'virtual' is taken by the one of accounts in test mode",
        "smsc.zone",
    ]
