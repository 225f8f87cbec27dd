"""The page to try our own interface on: whole by itself, and shut against everything that is not ours."""

from __future__ import annotations

import json
import re

import pytest
from smsclub_world import ManualClock

from heliograph.channels.sms.numbering import NumberingPlan
from heliograph.core.directory import Directory
from heliograph.dialects.native import WORDINGS, problem_of
from heliograph.doors.v1 import V1Door, V1Settings
from heliograph.model.account import DirectoryRows
from heliograph.protocols.http import HttpRequest

DOOR = V1Door(
    works=[],
    directory=Directory(DirectoryRows(1), [], [], NumberingPlan(), b"key"),
    clock=ManualClock(),
    settings=V1Settings(),
    version="1.2.3",
)
PAGES = ("/v1/docs", "/v1/docs.js", "/v1/docs.css")


def ask(path, method="GET"):
    return DOOR.routes()[path](HttpRequest(method, path, b"", [], b"", "192.0.2.1"))


@pytest.mark.parametrize("path", PAGES)
def test_it_is_shown_without_a_token_and_takes_nothing_from_elsewhere(path):
    response = ask(path)
    headers = dict(response.headers)
    assert response.status == 200
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    text = response.body.decode()
    assert not re.search(
        r"https?://|//[a-z]|@import|url\(|innerHTML|eval\(|localStorage|cookie", text.replace("// ", "")
    )
    assert "style=" not in text
    assert not re.search(r"\bon[a-z]+=", text)


def test_everything_it_loads_is_there():
    named = re.findall(r'(?:src|href)="([^"]+)"', ask("/v1/docs").body.decode())
    assert set(named) == {"/v1/docs.css", "/v1/docs.js", "/v1/openapi.json"}
    assert json.loads(ask("/v1/openapi.json").body)["info"]["version"] == "1.2.3"


def test_the_type_of_every_problem_is_a_place_on_it():
    page = ask("/v1/docs").body.decode()
    for code in WORDINGS:
        path, _, place = problem_of(code).type.partition("#")
        assert (path, place) == ("/v1/docs", code)
        assert page.count(f'id="{place}"') == 1


@pytest.mark.parametrize("path", [*PAGES, "/v1/openapi.json"])
def test_it_is_only_read(path):
    response = ask(path, "POST")
    assert (response.status, dict(response.headers)["Allow"]) == (405, "GET, HEAD")
