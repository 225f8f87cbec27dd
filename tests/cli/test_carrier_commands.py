"""A simulated carrier from the command line: a file of one's own, and a handset that writes."""

from __future__ import annotations

import json
import subprocess
import sys

from connectors.smpp_world import connector, until

HELIOGRAPH = [sys.executable, "-m", "heliograph"]


def heliograph(*words):
    return subprocess.run([*HELIOGRAPH, *words], capture_output=True, text=True, timeout=60)


async def test_a_handset_writes_to_a_carrier_with_a_personality_of_its_own(tmp_path):
    mine, phones = tmp_path / "mine.toml", tmp_path / "phones"
    mine.write_text(heliograph("personality", "hex_ids").stdout)
    words = ["simulate-carrier", "--port", "0", "--json", "--personality", str(mine), "--handsets", str(phones)]
    process = subprocess.Popen([*HELIOGRAPH, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        told = json.loads(process.stdout.readline())
        assert told["personality"] == "mine"
        assert phones.stat().st_mode & 0o777 == 0o600
        async with connector(told["port"]) as (_, lift):
            assert heliograph("handset", str(phones), "380671234567", "4433", "Yes please").returncode == 0
            (text,) = await until(lambda: lift.events)
            assert (text.sender, text.recipient, text.text) == ("380671234567", "4433", "Yes please")
            refused = heliograph("handset", str(phones), "3" * 21, "4433", "Hi")
            assert refused.returncode == 1
            assert "at most 20 digits" in refused.stderr
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
    assert not phones.exists()
    assert heliograph("handset", str(phones), "380671234567", "4433", "Hi").returncode == 1


def test_names_are_told_and_a_wrong_one_is_named():
    assert "half_open" in heliograph("personality").stdout.split()
    assert "no file of the name 'rude'" in heliograph("personality", "rude").stderr
    assert "no personality 'rude'" in heliograph("simulate-carrier", "--personality", "rude").stderr
