"""The script of the page to try our own interface on, run by Node: what it suggests to send is what the door reads."""

from __future__ import annotations

import json
from pathlib import Path

import heliograph.doors
from heliograph.dialects.native_body import read_body
from heliograph.dialects.native_call import NoBody
from heliograph.dialects.native_calls import CALLS
from heliograph.dialects.native_openapi import document
from peers.conftest import need, run

SCRIPT = Path(heliograph.doors.__file__).parent / "pages" / "v1.js"
SUGGEST = """
const script = require("fs").readFileSync(process.argv[1], "utf-8").split("start().catch")[0];
const given = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const suggest = new Function("given", script + `
openapi = given;
const found = {};
for (const methods of Object.values(given.paths))
  for (const operation of Object.values(methods)) {
    const body = operation.requestBody?.content["application/json"];
    if (body) found[operation.operationId] = sample(body.schema);
  }
return found;`);
console.log(JSON.stringify(suggest(given)));
"""


async def test_what_the_page_suggests_to_send_is_read_by_the_door():
    code, printed, complained = await run(need("node"), "-e", SUGGEST, str(SCRIPT), data=document("1"))
    assert code == 0, complained
    suggested = json.loads(printed)
    assert suggested["sendMessages"] == {"to": "+380671112233", "text": "Hello from Heliograph"}
    for call in CALLS:
        if call.body is NoBody:
            assert call.name not in suggested
        else:
            read_body(json.dumps(suggested[call.name]).encode(), call.body)
