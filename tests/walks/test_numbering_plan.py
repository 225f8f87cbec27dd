"""An operator's own numbering plan: read at the start, again on a reload, and complained of line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heliograph.backoffice import verbs
from heliograph.channels.sms.numbering import Correction
from heliograph.config import BadConfig, read
from heliograph.core.pricing import TariffLine
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.numbering import plan_of
from heliograph.reload import reload
from heliograph.settings import GatewaySettings, NumberingSettings, complaints
from walks.smsc_customer import customer
from walks.world import running

HEADER = "prefix,mcc,mnc,country,operator,region\n"
PHONE = "380507771234"  # Vodafone's by the built-in plan
TARIFFS = (
    TariffLine("small", "default", "0.20", mcc=("255",), mnc=("99",)),
    TariffLine("all", "default", "0.45"),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plan.csv").write_text(HEADER + "38050777,255,99,Ukraine,Small,Lviv\n")
    return tmp_path


async def operator_and_price(world):
    (message_id,) = (await world.send(PHONE, text=f"Hello {world.clock.now()}")).values()
    message = await world.stored(message_id)
    return message.operator, message.price, "\n".join((await world.do(verbs.Trace(message.id)))["sentences"])


async def test_the_plan_of_the_configuration_decides_operator_and_price(folder):
    async with running(folder, tariffs=TARIFFS, numbering=NumberingSettings("plan.csv")) as world:
        operator, price, told = await operator_and_price(world)
        assert (operator, price) == ("25599", 200_000)
        assert "Small, Lviv, Ukraine (network 255 99)" in told
    async with running(folder, tariffs=TARIFFS, account=False) as world:
        assert world.gateway.directory.operator(PHONE).operator == "Vodafone"


async def test_a_changed_plan_is_taken_over_a_broken_one_is_not(folder):
    async with running(folder, tariffs=TARIFFS, numbering=NumberingSettings("plan.csv")) as world:
        gateway, before = world.gateway, world.gateway.directory.revision
        assert await reload(gateway, lambda: gateway.settings) == ([], [])
        assert gateway.directory.revision == before

        (folder / "plan.csv").write_text(HEADER + "380507,255,98,Ukraine,Another,\n")
        assert await reload(gateway, lambda: gateway.settings) == ([], [])
        assert gateway.directory.revision > before
        assert (await operator_and_price(world))[:2] == ("25598", 450_000)

        (folder / "plan.csv").write_text(HEADER + "0507,255,98,Ukraine,Broken,\n")
        complained, _ = await reload(gateway, lambda: gateway.settings)
        assert complained == [
            f"numbering.plan: {folder / 'plan.csv'}: line 2: the prefix '0507' is not 1 to 15 digits of an "
            "international number"
        ]
        assert gateway.directory.operator(PHONE).operator == "Another"

        without = replace(gateway.settings, numbering=NumberingSettings())
        assert await reload(gateway, lambda: without) == ([], [])
        assert gateway.directory.operator(PHONE).operator == "Vodafone"


@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        (None, " cannot be read: No such file or directory"),
        (b"\xff\xfe", " is not UTF-8"),
        (b"prefix,mcc\n", ": the first line does not name the column mnc"),
        (HEADER.encode() + b"38050,25,1,,,\n", ": line 2: the mcc '25' is not three digits"),
    ],
)
def test_a_plan_that_cannot_be_used_is_complained_of(tmp_path, octets, complaint):
    if octets is not None:
        (tmp_path / "plan.csv").write_bytes(octets)
    with pytest.raises(BadConfig) as raised:
        plan_of(NumberingSettings("plan.csv"), tmp_path)
    assert raised.value.complaints[0] == f"numbering.plan: {tmp_path / 'plan.csv'}{complaint}"


def test_check_config_says_so_too(tmp_path, capsys, monkeypatch):
    import heliograph.cli  # noqa: F401 - its modules add the commands
    from heliograph.cli.shell import BAD_CONFIG, DONE, run

    monkeypatch.setenv("COLUMNS", "200")
    config = tmp_path / "heliograph.toml"
    config.write_text('[numbering]\nplan = "plan.csv"\n[[connectors]]\nname = "a"\nkind = "simulated"\n')
    assert run(["check-config", "--dir", str(tmp_path)]) == BAD_CONFIG
    assert "numbering.plan" in capsys.readouterr().err
    (tmp_path / "plan.csv").write_text(HEADER)
    assert run(["check-config", "--dir", str(tmp_path)]) == DONE
    assert "number ranges" in capsys.readouterr().out


async def test_national_numbers_on_smscs_interface_are_those_of_the_operators_country(tmp_path):
    polish = SmscSettings(corrections=(Correction(9, "", 0, "48"),), same_statuses=0)
    async with running(tmp_path, account=False, smsc=polish) as world:
        client = await customer(world)
        message = await client.sent("test", "512-345-678")
        assert (message.recipient, message.operator) == ("48512345678", "")
        assert (await client.sent("next", "9261234567")).recipient == "9261234567"
        for phone in ("512345678", "48512345678", "+48512345678"):
            assert (await client.ask("status", phone=phone, id=message.id, fmt=1)).split(",")[0] != "-3"


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ('length = 9\nbegins = "a"\ndrop = 0\nput = "48"', "begins and put are digits"),
        ('length = 9\nbegins = ""\ndrop = 10\nput = "48"', "it drops or names more digits than the number has"),
        ('length = 5\nbegins = ""\ndrop = 0\nput = "4"', "what it makes is no international number of 7 to 15 digits"),
        (
            'length = 9\nbegins = ""\ndrop = 0\nput = "048"',
            "what it makes is no international number of 7 to 15 digits",
        ),
    ],
)
def test_a_correction_that_cannot_work_is_complained_of(tmp_path, rule, complaint):
    config = tmp_path / "heliograph.toml"
    config.write_text(f'[[connectors]]\nname = "a"\nkind = "simulated"\n[[smsc.corrections]]\n{rule}\n')
    found = complaints(read(GatewaySettings, config, {}))
    assert found == [f"smsc.corrections[0]: {complaint}"]
