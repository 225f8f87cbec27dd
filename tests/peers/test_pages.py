"""The examples of docs/doors, run as they are printed, against a started gateway: shell, PHP and Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from heliograph.backoffice import verbs
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smsclub import SmsClubSettings
from heliograph.doors.smtp_settings import SmtpDoorSettings, SmtpListenerSettings
from peers.conftest import gone, run
from walks.world import SENDER, eventually, running

PAGES = Path(__file__).parents[2] / "docs" / "doors"
WITH_ZEEP = Path(__file__).parents[2] / ".venv" / "peers" / "python" / "bin" / "python"
BLOCK = re.compile(r"^```(sh|php|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXTENSIONS = {"curl": "curl_init", "soap": "SoapClient"}
SENDS = re.compile(r"/sms/send|/token/\?|/xml/\"|individual|send\.php|ask\(\"send|send_sms|<n:send>|DeliverXms|SMTP")
REFUSALS = ("ERROR", "Not sent", "Ошибка", "<error>", '"error_code"', "Traceback", "invalidUser", "Warning")


def examples(page):
    """Language and program of each example below "Try it"; of shell those that call a door."""
    text = (PAGES / f"{page}.md").read_text("utf-8").partition("\n## Try it\n")[2]
    return [
        (language, program)
        for language, program in BLOCK.findall(text)
        if language != "sh" or "curl " in program or "swaks " in program
    ]


DOORS = ("smsclub", "gateway_http", "gateway_xml", "smsc", "soap", "oms", "smtp")


SMSC = SmscSettings(duplicate_window_s=0, same_costs=0, balances=0, same_statuses=0, mass_statuses=0)
SETTINGS = {
    "smsc": SMSC,
    "smsclub": SmsClubSettings(duplicate_window_s=0, requests_per_second=10_000),
    "smtp": SmtpDoorSettings(listeners=(SmtpListenerSettings(0),)),
}


@pytest.fixture
async def customer(tmp_path):
    """A gateway whose first account has sent one message already, and the environment that the pages name."""
    async with running(tmp_path / "data", account=False, **SETTINGS) as world:
        made = await world.add_account("demo")
        await world.do(verbs.AccountSet("demo", default_sender=SENDER))
        await world.send("380671234567")
        host, port = world.gateway.smtp.addresses[0]
        url = world.gateway.http_url
        yield world, {
            "BASE": url, "URL": url, "LOGIN": made.login, "PASSWORD": made.password, "PSW": made.password,
            "TOKEN": made.token, "APIKEY": made.apikey, "SENDER": SENDER, "SMTP": f"{host}:{port}",
        }  # fmt: skip


@pytest.mark.parametrize("page", DOORS)
async def test_the_examples_of_a_page_work_as_they_are_printed(customer, tmp_path, page):
    world, environment = customer
    found = examples(page)
    assert {language for language, _ in found} == {"sh", "php", "python"}
    missing = []
    for number, (language, program) in enumerate(found):
        words = how(language, program)
        if words is None:
            missing.append(language)
            continue
        file = tmp_path / f"example{number}.{language}"
        file.write_text(program, "utf-8")
        before = await accepted(world)
        code, printed, complained = await run(*words, str(file), env=environment)
        assert code == 0, complained
        assert [word for word in REFUSALS if word in printed + complained] == []
        if SENDS.search(program):
            await eventually(lambda least=before: more_than(world, least))
    if missing:
        gone(f"{', '.join(missing)} with all that {page}.md uses")


def how(language, program):
    """How an example is run; None where what it needs is missing."""
    if language == "php":
        wanted = [name for name, word in EXTENSIONS.items() if word in program]
        test = f'exit(array_product(array_map("extension_loaded", {json.dumps(wanted)})) ? 0 : 1);'
        return ["php"] if shutil.which("php") and subprocess.call(["php", "-r", test]) == 0 else None
    if language == "sh":
        return ["sh", "-eu"] if shutil.which("curl" if "curl " in program else "swaks") else None
    if "import zeep" not in program:
        return [sys.executable]
    return [str(WITH_ZEEP)] if WITH_ZEEP.exists() else None


async def more_than(world, least):
    return await accepted(world) > least


async def accepted(world):
    return sum((await world.do(verbs.Census())).values())
