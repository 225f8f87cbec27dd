"""PHP with its curl extension: most programs written for these interfaces are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from peers.conftest import need, run

SCRIPT = str(Path(__file__).parent / "smsclub.php")


@pytest.fixture
def php():
    return need("php", "-r", 'exit(extension_loaded("curl") ? 0 : 1);')


async def call(php, world, way):
    code, printed, complained = await run(php, SCRIPT, world.gateway.http_url, world.token, way)
    assert code == 0, complained
    return json.loads(printed)


@pytest.mark.parametrize("way", ["send", "form"])
async def test_php_sends(php, world, way):
    status, body, _ = await call(php, world, way)
    assert status == 200
    assert sorted(json.loads(body)["success_request"]["info"].values()) == ["380989361130", "380989361131"]


async def test_php_posts_nothing(php, world):
    status, body, seconds = await call(php, world, "empty post")
    assert (status, body) == (200, '{"success_request":{"info":{"money":"100.0000","currency":"UAH"}}}')
    assert seconds < 0.9  # the extension waits a second for 100 Continue before it goes on by itself


async def test_php_posts_an_empty_chunked_body_and_is_told_to_continue_at_once(php, world):
    status, body, seconds = await call(php, world, "empty chunked post with expect")
    assert (status, body) == (200, '{"success_request":{"info":["VashZakaz"]}}')
    assert seconds < 0.9


async def test_php_sends_a_long_text(php, world):
    status, body, _ = await call(php, world, "long text with expect")
    assert status == 200
    (message_id,) = json.loads(body)["success_request"]["info"]
    assert (await world.stored(message_id)).parts == 32
