"""Profiles of an operator's own: files in a folder, read before anything starts, and complained of by name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heliograph.carrier_profiles import profiles_in, with_profiles
from heliograph.config import BadConfig
from heliograph.connectors.smpp_settings import SmppSettings
from heliograph.settings import ConnectorSettings, GatewaySettings

CONFIG = """
carrier_profiles = "profiles"

[[connectors]]
name = "carrier"
kind = "smpp"
smpp.host = "127.0.0.1"
smpp.system_id = "we"
smpp.profiles = ["kyivstar", "no-parameters"]
smpp.window = 20

[[routes]]
id = "all"
connectors = ["carrier"]
"""
KYIVSTAR = """
meaning = "ids in hex, receipts without one"
message_ids = "hex-decimal"
receipts_by_number = true
window = 500
response_s = 30
temporary_statuses = [0x400]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "kyivstar.toml").write_text(KYIVSTAR)
    return tmp_path


def of(smpp, folder="profiles"):
    return GatewaySettings(carrier_profiles=folder, connectors=(ConnectorSettings("carrier", "smpp", smpp=smpp),))


def complaints(*given):
    with pytest.raises(BadConfig) as caught:
        with_profiles(*given)
    return caught.value.complaints


def test_a_profile_of_ones_own_counts_beside_the_built_in_ones_and_what_is_set_wins(folder):
    smpp = SmppSettings(profiles=("kyivstar", "latin-1"), window=20)
    [made] = with_profiles(of(smpp), folder).connectors
    assert (made.smpp.message_ids, made.smpp.receipts_by_number, made.smpp.temporary_statuses) == (
        "hex-decimal",
        True,
        (0x400,),
    )
    assert (made.smpp.window, made.smpp.alphabet, made.smpp.response_s, made.smpp.profiles) == (20, "latin-1", 30.0, ())


def test_names_that_are_not_there_and_contradictions_are_told(folder):
    [unknown] = complaints(of(SmppSettings(profiles=("lifecell",))), folder)
    assert unknown.startswith("smpp of the connector 'carrier'.profiles has 'lifecell'; known: smpp-3.3")
    assert unknown.endswith(", kyivstar")
    [both] = complaints(of(SmppSettings(profiles=("kyivstar", "padded-ids"))), folder)
    assert both.endswith("profiles: 'kyivstar' and 'padded-ids' want different things of message_ids")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("password = 'x'", "password is no habit of a carrier; one of: address_range, alphabet"),
        ("windows = 3", "windows is no habit of a carrier"),
        ("window = 0", "window is 0: Expected `int` >= 1"),
        ("alphabet = 'ebcdic'", "alphabet is 'ebcdic': Invalid enum value 'ebcdic'"),
        ("window =", "cannot be read: Invalid value"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(folder, text, complaint):
    path = folder / "profiles" / "lifecell.toml"
    path.write_text(text)
    with pytest.raises(BadConfig) as caught:
        profiles_in(folder / "profiles")
    [said] = caught.value.complaints
    assert str(path) in said
    assert complaint in said


def test_a_folder_that_is_not_there_and_a_name_that_is_taken_are_told(folder):
    [missing] = complaints(of(SmppSettings(), "nowhere"), folder)
    assert missing == f"carrier_profiles: there is no folder {folder / 'nowhere'}"
    (folder / "profiles" / "latin-1.toml").write_text("")
    [taken] = complaints(of(SmppSettings()), folder)
    assert taken.endswith("latin-1.toml has the name of a built-in profile")


def test_check_config_reads_them(folder):
    (folder / "heliograph.toml").write_text(CONFIG)

    def check():
        heliograph = str(Path(sys.executable).parent / "heliograph")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
        done = subprocess.run(
            [heliograph, "check-config", "--dir", str(folder)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environ,
        )
        return done.returncode, done.stdout + done.stderr

    assert check()[0] == 0
    (folder / "profiles" / "kyivstar.toml").write_text("windows = 3")
    code, said = check()
    assert code == 78
    assert "windows is no habit of a carrier" in said.replace("\n", " ")
