"""The examples of docs/doors, run as they are printed, against a started gateway: shell, PHP and Python."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from heliograph.backoffice import verbs
from heliograph.doors.smpp_limits import SmppDoorSettings, SmppListenerSettings
from heliograph.doors.smsc_limits import SmscSettings
from heliograph.doors.smsclub import SmsClubSettings
from heliograph.doors.smtp_settings import SmtpDoorSettings, SmtpListenerSettings
from peers.conftest import gone, run
from walks.world import SENDER, eventually, running

PAGES = Path(__file__).parents[2] / "docs" / "doors"
WITH_ZEEP = Path(__file__).parents[2] / ".venv" / "peers" / "python" / "bin" / "python"
BLOCK = re.compile(r"^```(sh|php|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CLIENTS = ("curl ", "swaks ", "smpp-client ")
EXTENSIONS = {"curl": "curl_init", "soap": "SoapClient"}
ENDLESS = "/v1/events"
SENDS = re.compile(
    r"/sms/send|/token/\?|/xml/\"|individual|send\.php|ask\(\"send|send_sms|<n:send>|DeliverXms|SMTP"
    r"|/v1/messages\" -H|client\.send|send_message|smpp-client"
)
REFUSALS = (
    *("ERROR", "Not sent", "Ошибка", "<error>", '"error_code"', "Traceback", "invalidUser", "Warning"),
    "/v1/docs#",
)


def examples(page):
    """Language and program of each example below "Try it"; of shell those that call a door."""
    text = (PAGES / f"{page}.md").read_text("utf-8").partition("\n## Try it\n")[2]
    return [
        (language, program)
        for language, program in BLOCK.findall(text)
        if language != "sh" or (any(one in program for one in CLIENTS) and ENDLESS not in program)
    ]


DOORS = ("smsclub", "gateway_http", "gateway_xml", "smsc", "soap", "oms", "smtp", "v1", "smpp")
WITHOUT_PHP = {"smpp"}
"""No client of PHP's own."""


SMSC = SmscSettings(duplicate_window_s=0, same_costs=0, balances=0, same_statuses=0, mass_statuses=0)
SETTINGS = {
    "smsc": SMSC,
    "smsclub": SmsClubSettings(duplicate_window_s=0, requests_per_second=10_000),
    "smtp": SmtpDoorSettings(listeners=(SmtpListenerSettings(0),)),
    "smpp": SmppDoorSettings(listeners=(SmppListenerSettings(0),)),
}


@pytest.fixture
async def customer(tmp_path):
    """A gateway whose first account has sent one message already, and the environment that the pages name."""
    async with running(tmp_path / "data", account=False, **SETTINGS) as world:
        made = await world.add_account("demo")
        await world.do(verbs.AccountSet("demo", default_sender=SENDER))
        await world.send("380671234567")
        system_id = await world.do(verbs.AccountSmpp("demo", "demo"))
        host, port = world.gateway.smtp.addresses[0]
        smpp = "{}:{}".format(*world.gateway.smpp.addresses[0])
        url = world.gateway.http_url
        yield world, {
            "BASE": url, "URL": url, "LOGIN": made.login, "PASSWORD": made.password, "PSW": made.password,
            "TOKEN": made.token, "APIKEY": made.apikey, "SENDER": SENDER, "SMTP": f"{host}:{port}",
            "SMPP": smpp, "SYSTEM_ID": "demo", "SMPP_PASSWORD": system_id["password"],
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }  # fmt: skip


@pytest.mark.parametrize("page", DOORS)
async def test_the_examples_of_a_page_work_as_they_are_printed(customer, tmp_path, page):
    world, environment = customer
    found = examples(page)
    assert {language for language, _ in found} == {"sh", "php", "python"} - ({"php"} if page in WITHOUT_PHP else set())
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
        client = "curl" if "curl " in program else "swaks" if "swaks " in program else sys.executable
        return ["sh", "-eu"] if shutil.which(client) else None
    if "import zeep" not in program:
        return [sys.executable]
    return [str(WITH_ZEEP)] if WITH_ZEEP.exists() else None


async def more_than(world, least):
    return await accepted(world) > least


async def accepted(world):
    return sum((await world.do(verbs.Census())).values())


async def test_the_live_stream_of_the_page_shows_what_happens(customer):
    world, environment = customer
    text = (PAGES / "v1.md").read_text("utf-8")
    (program,) = [program for language, program in BLOCK.findall(text) if language == "sh" and ENDLESS in program]
    if shutil.which("curl") is None:
        gone("curl")
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", f"exec {program}", stdout=asyncio.subprocess.PIPE, env={**os.environ, **environment}
    )
    try:
        async with asyncio.timeout(60):
            await process.stdout.readline()
            await world.send("380671234568")
            while not (await process.stdout.readline()).startswith(b"event: message"):
                pass
    finally:
        process.kill()
        await process.wait()
