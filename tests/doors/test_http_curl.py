"""The HTTP listener and curl, where curl is installed: what a client does that nobody here wrote."""

from __future__ import annotations

import asyncio
import shutil

import pytest
from http_world import listening

CURL = shutil.which("curl")
pytestmark = pytest.mark.skipif(CURL is None, reason="missing peer: curl")


async def curl(world, path, *words, data=b""):
    """What curl printed; it must have succeeded."""
    host, port = world.shell.addresses[0]
    process = await asyncio.create_subprocess_exec(
        CURL, "-sS", "--max-time", "8", f"http://{host}:{port}{path}", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, complained = await asyncio.wait_for(process.communicate(data), 20)
    assert process.returncode == 0, complained
    return printed


async def test_curl_is_told_to_go_on_with_an_empty_chunked_body():
    words = ["-X", "POST", "-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"]
    async with listening() as world:
        printed = await curl(world, "/echo", *words, "--expect100-timeout", "60", "-T", "-")
        assert printed == b"1:"
        assert world.asked[0].method == "POST"


async def test_curl_that_would_rather_speak_HTTP_2_keeps_its_body():
    async with listening() as world:
        assert await curl(world, "/later", "--http2", "-d", "phone=380989361131") == b"1:phone=380989361131"


async def test_curl_asks_twice_on_one_connection():
    async with listening() as world:
        host, port = world.shell.addresses[0]
        again = ["-d", "a", "-w", "[%{num_connects}]", f"http://{host}:{port}/later"]
        assert await curl(world, "/echo", *again) == b"1:a[1]2:a[0]"


async def test_curl_hears_the_refusal_of_a_body_that_is_too_large():
    async with listening() as world:
        words = ["-H", "Expect:", "--data-binary", "@-", "-o", "/dev/null", "-w", "%{http_code}"]
        assert await curl(world, "/bad", *words, data=b"x" * 3_000_000) == b"500"


async def test_curl_sends_a_HEAD():
    async with listening() as world:
        assert b"Content-Length: 2\r\n" in await curl(world, "/echo", "--head")
