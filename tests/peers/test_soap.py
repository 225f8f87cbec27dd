"""SOAP clients nobody here wrote, generated from the WSDL that is served: zeep, and PHP's SoapClient."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from peers.conftest import need, need_file, run
from walks.world import SENDER

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv" / "peers" / "python" / "bin" / "python"
PHONE = "380671234567"
TEXT = "Привіт & <тест>"


async def _asked(world, *words, env=None):
    made = await world.add_account("client")
    wsdl = f"{world.gateway.http_url}/sys/soap.php?wsdl"
    code, printed, complained = await run(*words, wsdl, "client", made.password, PHONE, SENDER, TEXT, env=env)
    assert code == 0, complained
    return json.loads(printed)


def _check(told):
    assert told["balance"] == {"balance": "99.55", "error": "0"}
    assert (told["cost"]["cost"], told["cost"]["cnt"]) == ("0.45", "1")
    status = told["status"]
    assert (status["phone"], status["message"], status["sender_id"]) == (PHONE, TEXT, SENDER)
    assert status["status"] in ("-1", "0", "1")
    assert told["wrong"]["error"] == "2"


@pytest.mark.covers(43)
async def test_zeep_sends_asks_and_gets_an_error_number_without_a_fault(world):
    python = need_file(PYTHON, "zeep")
    need(python, "-c", "import zeep")
    told = await _asked(world, python, str(HERE / "soap_client.py"))
    _check(told)
    assert told["sent"]["id"] == "77"
    assert told["sent"]["errors"] == [{"phone": "12", "status": "22"}]
    assert told["sent"]["error"] is None


@pytest.mark.covers_part(43)
@pytest.mark.parametrize("version", ["", "1"], ids=["1.1", "1.2"])
async def test_PHPs_client_sends_asks_and_gets_an_error_number_without_a_fault(world, version):
    php = need("php", "-r", "exit(extension_loaded('soap') ? 0 : 1);")
    told = await _asked(world, php, str(HERE / "soap_client.php"), env={"SOAP_1_2": version})
    _check(told)
    assert told["sent"].keys() == {"id", "balance", "cost", "cnt"}
    assert (await world.stored(int(told["sent"]["id"]))).door == "soap"
