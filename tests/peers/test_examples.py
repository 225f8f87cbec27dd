"""The sample programs as a customer runs them, each against a started gateway (smsclub.md 8, smsc-protocols.md 6)."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfReader

from heliograph.backoffice import verbs
from heliograph.doors.smpp_limits import SmppDoorSettings, SmppListenerSettings
from heliograph.doors.smtp_settings import SmtpDoorSettings, SmtpListenerSettings
from peers.conftest import need, need_file, run
from walks.world import SENDER, eventually, running

PEERS = Path(__file__).parents[2] / ".venv" / "peers"
PHONES = "380989361131", "380989361132"
TEXT = 'Привіт "вам" \\ & 100%'


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The folder that `heliograph examples` writes."""
    folder = tmp_path_factory.mktemp("customer") / "samples"
    heliograph = Path(sys.executable).parent / "heliograph"
    subprocess.run([heliograph, "examples", folder], check=True, capture_output=True)
    return folder


def words(programs, name, language):
    """How a program is run."""
    folder = programs / name
    return {
        "python": lambda: [sys.executable, f"{folder}.py"],
        "php": lambda: [
            need("php", "-r", f'exit(extension_loaded("{_extension(name)}") ? 0 : 1);'),
            f"{folder}.php",
        ],
        "javascript": lambda: [need("node"), f"{folder}.mjs"],
        "shell": lambda: [need("curl") and "sh", f"{folder}.sh"],
    }[language]()


def _extension(name):
    """What a program in PHP needs."""
    return {"smsc-soap": "soap", "smsc-oms": "soap", "smpp": "iconv"}.get(name.partition("/")[0], "curl")


LANGUAGES = ("python", "php", "javascript", "shell")


@pytest.fixture
async def world(tmp_path):
    smtp = SmtpDoorSettings(listeners=(SmtpListenerSettings(0),))
    smpp = SmppDoorSettings(listeners=(SmppListenerSettings(0),))
    async with running(tmp_path / "data", smtp=smtp, smpp=smpp) as world:
        yield world


class Customer:
    """Runs the programs of one language."""

    def __init__(self, world, made, programs, language):
        self.world = world
        self.programs = programs
        self.language = language
        self.environment = {
            "BASE": world.gateway.http_url,
            "TOKEN": world.token,
            "SENDER": SENDER,
            "LOGIN": "",
            "APIKEY": made.apikey,
            "PASSWORD": made.password,
        }

    async def run(self, name, *given, **environment):
        """Exit code, what was printed, what was complained of."""
        program = words(self.programs, name, self.language)
        return await run(*program, *given, env=self.environment | environment)

    async def sent(self, message_id):
        """The message of an id, None while there is none."""
        found = await self.world.gateway.store.messages([int(message_id)], None)
        return found[0] if found else None

    async def printed(self, name, *given):
        code, printed, complained = await self.run(name, *given)
        assert code == 0, complained
        return printed.strip()


@pytest.fixture(params=LANGUAGES)
async def customer(request, world, programs):
    made = await world.add_account("customer")
    return Customer(world, made, programs, request.param)


@pytest.mark.covers(34, 36, 37, 38, 39)
async def test_every_sample_of_sms_clubs_json_interface_does_its_task(customer):
    one = await customer.printed("smsclub-json/single", PHONES[0], TEXT)
    (message_id,) = re.findall(r"\d{9}", one.replace(PHONES[0], ""))
    message = await customer.world.stored(message_id)
    assert (message.recipient, message.content.text) == (PHONES[0], TEXT)
    several = await customer.printed("smsclub-json/mass", "to both", *PHONES)
    ids = sorted(re.findall(r"\b1000\d{5}\b", several))
    assert len(ids) == 2
    for each in ids:
        await customer.world.until(each, "DELIVRD")
    states = await customer.printed("smsclub-json/statuses", *ids)
    assert states.count("DELIVRD") == 2
    assert all(each in states for each in ids)
    balance = await customer.printed("smsclub-json/balance")
    assert "97." in balance or "98." in balance, balance
    assert "UAH" in balance
    assert SENDER in await customer.printed("smsclub-json/senders")


async def test_every_sample_of_our_own_interface_does_its_task(customer):
    one = await customer.printed("v1/send", PHONES[0], TEXT, "order-17")
    (message_id,) = re.findall(r"\b1000\d{5}\b", one)
    message = await customer.world.stored(message_id)
    assert (message.recipient, message.content.text) == (PHONES[0], TEXT)
    assert await customer.printed("v1/send", PHONES[0], TEXT, "order-17") == one
    ids = re.findall(r"\b1000\d{5}\b", await customer.printed("v1/mass", "to both", *PHONES))
    assert len(ids) == 2
    for each in ids:
        await customer.world.until(each, "DELIVRD")
    states = await customer.printed("v1/status", *ids)
    assert states.count("delivered") == 2
    assert all(each in states for each in ids)
    balance = await customer.printed("v1/balance")
    assert "98.65" in balance
    assert "UAH" in balance


@pytest.mark.parametrize("program", ["smsclub-json/balance", "v1/balance"])
async def test_a_wrong_token_is_told_and_the_program_fails(customer, program):
    code, printed, complained = await customer.run(program, TOKEN="wrong")
    assert code != 0
    assert "401" in printed + complained


@pytest.mark.covers_part(33)
async def test_every_sample_of_the_two_gateways_does_its_task(customer):
    told = {"LOGIN": "customer"}
    for gateway, text in (("http", TEXT), ("xml", f"{TEXT} <xml>")):
        customer.environment |= told
        one = await customer.printed(f"smsclub-{gateway}/single", PHONES[0], text)
        message_id = re.findall(r"1000\d{5}", one.replace(PHONES[0], ""))[0]
        assert (await customer.world.stored(message_id)).content.text == text
        several = await customer.printed(f"smsclub-{gateway}/mass", f"both by {gateway}", *PHONES)
        ids = re.findall(r"\b1000\d{5}\b", several)
        assert len(ids) == 2
        for each in ids:
            await customer.world.until(each, "DELIVRD")
        states = await customer.printed(f"smsclub-{gateway}/statuses", *ids)
        assert sorted(states.splitlines()) == [f"{each}: DELIVRD" for each in sorted(ids)]
        code, printed, complained = await customer.run(f"smsclub-{gateway}/statuses", "1")
        assert code != 0
        assert "Некорректный id сообщения" in printed + complained
    assert re.fullmatch(r"9\d\.\d{4} left, credit 0\.0000", await customer.printed("smsclub-http/balance"))


@pytest.mark.covers(33, 35)
async def test_samples_and_the_description_of_the_json_method_can_be_downloaded(world, tmp_path):
    status, _, listed = await world.post("/samples/", method="GET")
    names = re.findall(r'href="/samples/([^"]+)"', listed.decode())
    assert (status, names) == (
        200,
        [
            "smpp.zip",
            "smsc.zip",
            "smsc-oms.zip",
            "smsc-soap.zip",
            "smsclub-http.zip",
            "smsclub-json.zip",
            "smsclub-xml.zip",
            "v1.zip",
            "smsclub-json.pdf",
        ],
    )
    status, headers, pdf = await world.post("/samples/smsclub-json.pdf", method="GET")
    assert (status, headers["Content-Type"], pdf[:5]) == (200, "application/pdf", b"%PDF-")
    reader = PdfReader(io.BytesIO(pdf))
    text = "\n".join(page.extract_text() for page in reader.pages)
    for word in ("/sms/send", "src_addr", "Некорректный номер получателя", "8111.1700", "DELIVRD", "453"):
        assert word in text
    _, headers, packed = await world.post("/samples/smsclub-http.zip", method="GET")
    assert headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {"README.md", "smsclub-http/single.py", "smsclub-http/mass.sh"} <= set(archive.namelist())
    for path in ("/samples/../heliograph.db", "/samples/nothing.zip", "/samples/smsc.zip/"):
        assert (await world.post(path, method="GET"))[0] == 404


@pytest.mark.covers(46)
@pytest.mark.covers_part(47)
async def test_every_task_of_smscs_interface_is_one_call(customer):
    await customer.world.do(verbs.AccountSet("customer", default_sender=SENDER))
    sent = await customer.printed("smsc/example", "send", PHONES[0], TEXT)
    (message_id,) = re.findall(r"\b1000\d{5}\b", sent)
    assert (await customer.world.stored(message_id)).content.text == TEXT
    assert "0.45" in await customer.printed("smsc/example", "cost", PHONES[0], "other")
    await customer.world.until(message_id, "DELIVRD")
    status = await customer.printed("smsc/example", "status", message_id, PHONES[0])
    assert re.search(r"\b1\b", status), status
    assert await customer.printed("smsc/example", "balance") == "99.55"
    host, port = customer.world.gateway.smtp.addresses[0]
    customer.environment |= {"SMTP_HOST": host, "SMTP_PORT": str(port)}
    await customer.printed("smsc/example", "mail", PHONES[1], "by mail")
    by_mail = await eventually(lambda: customer.sent(f"{int(message_id) + 1}"))
    assert (by_mail.recipient, by_mail.content.text) == (PHONES[1], "by mail")


async def test_every_task_of_smscs_service_by_soap_is_one_call(customer):
    customer.environment["LOGIN"] = "customer"
    sent = await customer.printed("smsc-soap/example", "send", PHONES[0], f"{TEXT} <&>")
    (message_id,) = re.findall(r"\b1000\d{5}\b", sent)
    assert sent == f"accepted as {message_id}: 1 parts for 0.45, 99.55 left"
    assert (await customer.world.stored(message_id)).content.text == f"{TEXT} <&>"
    assert await customer.printed("smsc-soap/example", "cost", PHONES[0], "other") == "1 parts for 0.45"
    await customer.world.until(message_id, "DELIVRD")
    assert await customer.printed("smsc-soap/example", "status", message_id, PHONES[0]) == "status 1: Доставлено"
    assert await customer.printed("smsc-soap/example", "balance") == "99.55"


@pytest.mark.covers_part(44)
async def test_the_sample_of_the_service_of_outlook_sends_to_one_and_to_several(customer):
    customer.environment["LOGIN"] = "customer"
    address = customer.world.gateway.http_url.removeprefix("http://")
    assert address in await customer.printed("smsc-oms/example", "info")
    assert await customer.printed("smsc-oms/example", "check") == "login and password are right"
    text = f"{TEXT} <&>"
    assert await customer.printed("smsc-oms/example", "send", text, PHONES[0]) == "accepted for 1 numbers"
    assert await customer.printed("smsc-oms/example", "send", "to both", *PHONES) == "accepted for 2 numbers"
    stored = await customer.world.gateway.store.messages([100_000_001, 100_000_002, 100_000_003], None)
    assert [(one.recipient, one.content.text) for one in stored] == [
        (PHONES[0], text),
        (PHONES[0], "to both"),
        (PHONES[1], "to both"),
    ]


@pytest.mark.covers_part(28)
async def test_the_sample_of_smpp_sends_to_one_and_to_several_and_prints_their_receipts(customer):
    made = await customer.world.do(verbs.AccountSmpp("customer", "customer"))
    host, port = customer.world.gateway.smpp.addresses[0]
    customer.environment |= {
        "SMPP": f"{host}:{port}",
        "SYSTEM_ID": "customer",
        "SMPP_PASSWORD": made["password"],
        "NODE_PATH": str(PEERS / "node" / "node_modules"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    if customer.language == "javascript":
        need_file(PEERS / "node" / "node_modules" / "smpp", "node:smpp")
    long = " ".join([TEXT] * 6)
    one = await customer.printed("smpp/example", "send", long, PHONES[0])
    assert "DELIVRD" in one
    (message,) = await customer.world.gateway.store.messages([100_000_001], None)
    assert (message.recipient, message.content.text, message.parts) == (PHONES[0], long, 2)
    several = await customer.printed("smpp/example", "send", "to both", *PHONES)
    ids = sorted({*re.findall(r"\b1000\d{5}\b", several)})
    assert (len(ids), several.count("DELIVRD")) == (2, 2)
    for each, phone in zip(ids, PHONES, strict=True):
        stored = await customer.world.stored(each)
        assert (stored.recipient, stored.content.text, stored.parts) == (phone, "to both", 1)
    if customer.language != "shell":
        assert await customer.printed("smpp/example", "status", ids[0]) == "DELIVRD"
    code, printed, complained = await customer.run("smpp/example", "send", "x", PHONES[0], SMPP_PASSWORD="wrong")
    assert code != 0
    assert re.search("0x0?[dD]|ESME_RINVPASWD|bind", printed + complained)


@pytest.mark.parametrize("library", ["smsc", "smsc-soap"])
async def test_an_error_of_the_service_is_named_by_its_number(customer, library):
    wrong = {"APIKEY": "wrong"} if library == "smsc" else {"LOGIN": "customer", "PASSWORD": "wrong"}
    code, printed, complained = await customer.run(f"{library}/example", "balance", **wrong)
    assert code != 0
    assert re.search(r"error 2\b|0,-2", printed + complained)


def test_the_samples_are_not_written_over_what_is_there(programs):
    heliograph = Path(sys.executable).parent / "heliograph"
    again = subprocess.run([heliograph, "examples", programs], capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "is there already" in again.stderr + again.stdout
