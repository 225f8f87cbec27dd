"""`heliograph smpp-client` and `heliograph probe` against simulated carriers and against our own door."""

from __future__ import annotations

import json
import sys
import tomllib

import pytest

from connectors.smpp_world import carrier, centre, polite
from heliograph import cli as main
from heliograph.carrier_profiles import profiles_in
from heliograph.cli.smpp import words
from heliograph.cli.smpp.findings import Burst, Findings, own_profile, profile, report
from heliograph.config import read
from heliograph.protocols.smpp.codec import encode
from heliograph.protocols.smpp.pdu import Bind, BindTransceiver, SubmitSm, answer_to
from heliograph.protocols.smpp.receipt import Receipt
from heliograph.settings import GatewaySettings
from peers.conftest import run
from walks.smpp_customer import SENDER, SYSTEM_ID, door, system_id

HELIOGRAPH = [sys.executable, "-m", "heliograph"]
NUMBER = "380671234567"


async def tool(*given, code=0, data=None, env=None):
    """The lines of JSON a command prints."""
    ended, printed, complained = await run(*HELIOGRAPH, *map(str, given), "--json", data=data, env=env)
    assert ended == code, (printed, complained)
    return complained or [json.loads(line) for line in printed.splitlines()]


async def test_the_client_sends_a_text_and_shows_its_receipt():
    async with centre() as (_, port):
        lines = await tool("smpp-client", f"127.0.0.1:{port}", "--sender", "Shop", "--to", NUMBER, "--text", "Hello")
    bound, answer, receipt, unbound = lines
    assert bound == {"bound": "trx", "version": 0x34}
    assert (answer["to"], answer["part"], answer["parts"], answer["status"]) == (NUMBER, 1, 1, "0x00 ESME_ROK")
    assert (receipt["receipt"], receipt["state"], receipt["err"]) == (answer["id"], "DELIVRD", "000")
    assert unbound == {"unbound": True}


async def test_the_client_sends_a_file_through_our_door_and_says_what_was_refused(tmp_path):
    async with door(tmp_path / "data") as world:
        port, password = world.gateway.smpp.addresses[0][1], await system_id(world)
        lines = tmp_path / "lines"
        lines.write_text(f"{NUMBER} Привіт\n\n380671230001 {'x' * 200}\n123 Nobody\n", "utf-8")
        said = await tool(
            "smpp-client", f"127.0.0.1:{port}", "--system-id", SYSTEM_ID,
            "--sender", SENDER, "--file", lines, "--long", "payload", code=1,
            env={"HELIOGRAPH_SMPP_PASSWORD": password},
        )  # fmt: skip
        answers = {line["to"]: line for line in said if "status" in line}
        assert answers["123"]["status"] == "0x0B ESME_RINVDSTADR"
        assert (answers[NUMBER]["id"], answers["380671230001"]["id"]) == ("100000001", "100000002")
        states = {line["receipt"]: line["state"] for line in said if "receipt" in line}
        assert states == {"100000001": "DELIVRD", "100000002": "UNDELIV"}
        assert (await world.stored(100000001)).content.text == "Привіт"
        assert (await world.stored(100000002)).parts == 2


async def test_a_receiver_shows_what_a_handset_says():
    async with centre() as (made, port):
        made.incoming(NUMBER, "4040", "Чи є хто?")
        lines = await tool("smpp-client", f"127.0.0.1:{port}", "--bind", "rx", "--wait", "0.7")
    assert {"incoming": "Чи є хто?", "from": NUMBER, "to": "4040"} in lines


async def test_a_load_counts_answers_and_receipts():
    async with centre("instant", ids="hex") as (made, port):
        address = f"127.0.0.1:{port}"
        (figures,) = await tool(
            "smpp-client", address, "--to", "38067", "--load", 500, "--window", 50, "--sender", "Shop"
        )
        assert made.status.taken == 500
    assert figures["statuses"] == {"0x00 ESME_ROK": 500}
    assert (figures["receipts"], figures["receipts_repeated"], figures["receipts_missing"]) == (500, 0, 0)
    assert figures["answers_per_second"] > 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("127.0.0.1:1",), "cannot be reached"),
        (("127.0.0.1:x",), "is no HOST:PORT"),
        (("127.0.0.1:1", "--text", "x"), "needs --to and --text"),
        (("127.0.0.1:1", "--bind", "rx", "--to", "1", "--text", "x"), "a receiver sends nothing"),
        (("127.0.0.1:1", "--load", "5"), "--load needs --to"),
        (("127.0.0.1:1", "--file", "no-such-file"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(given, said, capsys):
    assert main.run(["smpp-client", *given]) == 1
    assert said in capsys.readouterr().err


async def test_a_refused_bind_names_its_status():
    async with centre(system_id="shop", password="right") as (_, port):
        complaint = await tool("smpp-client", f"127.0.0.1:{port}", "--system-id", "shop", "--password", "bad", code=1)
    assert "refused the bind: 0x0E ESME_RINVPASWD" in complaint


async def test_a_probe_of_a_carrier_with_ids_in_hex_finds_that_out(tmp_path):
    async with centre("polite", ids="hex") as (_, port):
        (found,) = await tool(
            "probe",
            f"127.0.0.1:{port}",
            "--to",
            NUMBER,
            "--sender",
            "Shop",
            "--out",
            tmp_path,
            "--burst",
            20,
            "--wait",
            5,
        )
    assert found["binds"] == {"trx": 0, "tx": 0, "rx": 0}
    assert (found["bind"], found["version"], found["sessions"]) == ("trx", 0x34, 4)
    assert found["id_rule"] == "hex answers"
    assert (found["unknown_command"], found["is_goodbye_answered"], found["window"]) == (3, True, 100)
    assert found["answers"]["a long text in message_payload"] == 0
    assert found["answers"]["data_sm"] == 8
    [section] = tomllib.loads((tmp_path / f"127-0-0-1-{port}.toml").read_text())["connectors"]
    assert section["smpp"] == {
        "host": "127.0.0.1", "port": port, "system_id": "", "password_file": "", "bind": "trx", "window": 100,
        "long_messages": "udh",
    }  # fmt: skip
    assert "spell an id in hexadecimal, receipts in decimal" in (tmp_path / f"127-0-0-1-{port}.md").read_text()


async def test_a_probe_of_our_own_door_finds_what_it_promises(tmp_path):
    async with door(tmp_path / "data", "smsclub", failed_login_pause_s=0) as world:
        port, password = world.gateway.smpp.addresses[0][1], await system_id(world)
        (found,) = await tool(
            "probe", f"127.0.0.1:{port}", "--system-id", SYSTEM_ID, "--password", password, "--to", NUMBER,
            "--sender", SENDER, "--out", tmp_path, "--wait", 5,
        )  # fmt: skip
    assert (found["bind"], found["id_rule"], found["version"]) == ("trx", "same", 0x34)
    assert found["answers"] == dict.fromkeys(found["answers"], 0)
    assert found["bursts"] == []


async def test_a_probe_of_a_carrier_without_transceivers_asks_for_pairs(tmp_path):
    def says(fake, writer, pdu):
        if isinstance(pdu, BindTransceiver):
            writer.write(encode(answer_to(pdu, 0x03)))
        else:
            polite(fake, writer, pdu)

    async with carrier(says) as fake:
        (found,) = await tool("probe", f"127.0.0.1:{fake.port}", "--out", tmp_path)
    assert (found["binds"], found["bind"]) == ({"trx": 3, "tx": 0, "rx": 0}, "tx+rx")
    assert (found["version"], found["answers"], found["id_rule"]) == (None, {}, "unknown")
    assert not fake.of(SubmitSm)
    text = (tmp_path / f"127-0-0-1-{fake.port}.toml").read_text()
    assert 'smpp.bind = "tx+rx"' in text


async def test_a_probe_that_may_not_bind_says_so(tmp_path):
    def says(fake, writer, pdu):
        if isinstance(pdu, Bind):
            writer.write(encode(answer_to(pdu, 0x0D)))

    async with carrier(says) as fake:
        (found,) = await tool("probe", f"127.0.0.1:{fake.port}", "--out", tmp_path, code=1)
    assert (found["binds"], found["bind"]) == ({"trx": 13, "tx": 13, "rx": 13}, None)


def seen(told):
    return Receipt(id=told, other_id="", stat="DELIVRD", err="", network_error=None, intermediate=False, text=None)


@pytest.mark.parametrize(
    ("ids", "told", "rule"),
    [
        (["12ab"], ["12ab"], "same"),
        (["12AB"], ["12ab"], "case"),
        (["0012"], ["12"], "zeros"),
        (["FF", "10"], ["255", "16"], "hex answers"),
        (["255", "16"], ["ff", "10"], "hex receipts"),
        (["9", "A"], ["9", "10"], "hex answers"),
        (["1"], [""], "none"),
        (["1"], ["777"], "foreign"),
        (["1"], [], "unknown"),
    ],
)
def test_how_ids_are_spelt_is_told_by_most_receipts(ids, told, rule):
    assert Findings("x", ids=ids, receipts=[seen(one) for one in told]).id_rule == rule


def test_the_window_is_the_largest_in_which_nothing_was_throttled():
    found = Findings("x", bursts=[Burst(1, 20, 20, 0, 90), Burst(10, 20, 20, 0, 700), Burst(100, 20, 12, 8, 900)])
    assert (found.window, found.per_second) == (10, 700)


def test_a_profile_is_a_section_the_configuration_takes(tmp_path):
    found = Findings("smsc.example:2775", {"trx": 3, "tx": 0, "rx": 0}, 0x33, sessions=1, sessions_tried=4)
    found.answers = {"a long text in parts with a header (UDH)": 0, "a relative validity_period": 0x62}
    text = profile(found, "smsc.example", 2775, tls=True, name="example")
    path = tmp_path / "heliograph.toml"
    (tmp_path / "password").write_text("secret\n")
    path.write_text(text.replace('password_file = ""', f'password_file = "{tmp_path / "password"}"'))
    [made] = read(GatewaySettings, path, {}).connectors
    assert (made.name, made.kind, made.smpp.host, made.smpp.bind) == ("example", "smpp", "smsc.example", "tx+rx")
    assert (made.smpp.tls, made.smpp.interface_version, made.smpp.validity) == (True, 0x33, "none")
    assert "bind as trx: 0x03 ESME_RINVCMDID" in "\n".join(report(found))


def test_what_is_a_habit_of_it_is_a_profile_of_the_operators_own(tmp_path):
    found = Findings("smsc.example:2775", {"trx": 0}, 0x33, sessions=1, sessions_tried=4)
    found.answers = {"a long text in parts with a header (UDH)": 0, "a relative validity_period": 0x62}
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "example.toml").write_text(own_profile(found))
    assert profiles_in(folder)["example"].settings == {
        "interface_version": 0x33,
        "long_messages": "udh",
        "validity": "none",
    }


def test_texts_become_submit_sm_as_the_specification_says():
    (short,) = words.submits("+380671234567", "+380671234568", "Hi")
    assert (short.source_addr_ton, short.source_addr, short.destination_addr) == (1, b"380671234567", b"380671234568")
    first, second = words.submits("Shop", NUMBER, "x" * 200, reference=7)
    assert (first.esm_class, first.short_message[:6], second.short_message[:6]) == (
        0x40, bytes.fromhex("050003070201"), bytes.fromhex("050003070202"),
    )  # fmt: skip
    (whole,) = words.submits("Shop", NUMBER, "x" * 200, long="payload")
    assert (whole.short_message, whole.tlvs) == (b"", ((0x0424, b"x" * 200),))
    with pytest.raises(words.NotSendable):
        words.submits("Shop", "не число", "x")
