"""A closed connection is no ring: rings would wait for the collector, which runs seldom (ops/garbage)."""

from __future__ import annotations

import asyncio
import gc

import httptools
import pytest

from doors.http_world import listening
from heliograph.doors.http_connection import HttpConnection

ENDS = {
    "asked to close": b"GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    "an old client": b"GET /later HTTP/1.0\r\n\r\n",
    "not HTTP": b"\0\r\n\r\n",
}


def rings():
    """The connections that hold on to themselves through their parsers."""
    return [
        found
        for found in gc.get_objects()
        if type(found) is HttpConnection
        and any(isinstance(known, httptools.HttpRequestParser) for known in gc.get_referents(found))
    ]


@pytest.mark.parametrize("request_sent", ENDS.values(), ids=ENDS.keys())
async def test_a_closed_connection_is_no_ring(request_sent):
    async with listening() as world:
        caller = await world.connect()
        caller.send(request_sent)
        await caller.rest()
        caller.close()
        async with asyncio.timeout(10):
            while rings():
                await asyncio.sleep(0.01)
