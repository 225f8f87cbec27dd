"""The document of our own interface says what the door does, no more and no less."""

from __future__ import annotations

import json
import re

from heliograph.dialects.native import FROM_CODE, REASONS, TO_CODE, WORDINGS
from heliograph.dialects.native_call import NoAnswer
from heliograph.dialects.native_calls import CALLS
from heliograph.dialects.native_openapi import document

DOCUMENT = json.loads(document("1.2.3"))


def test_every_call_stands_in_the_document_once_with_its_answer_and_its_problems():
    operations = {
        (method.upper(), path): operation
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == {(call.method, call.whole_path) for call in CALLS}
    assert len({operation["operationId"] for operation in operations.values()}) == len(CALLS)
    for call in CALLS:
        operation = operations[call.method, call.whole_path]
        assert {"401", "422", "429", "500", "503", str(call.status)} <= set(operation["responses"])
        assert ("content" in operation["responses"][str(call.status)]) is (call.answer is not NoAnswer)
        for status, response in operation["responses"].items():
            assert int(status) < 400 or list(response["content"]) == ["application/problem+json"]


def test_every_reference_leads_somewhere():
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert named
    assert named <= set(DOCUMENT["components"]["schemas"])


def test_it_is_3_1_and_names_its_version_and_every_code():
    assert (DOCUMENT["openapi"], DOCUMENT["info"]["version"]) == ("3.1.0", "1.2.3")
    assert DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] == sorted(WORDINGS)


def test_a_refusal_kept_beside_a_key_is_told_again_as_it_was():
    assert {FROM_CODE[number] for number in TO_CODE.values()} == set(FROM_CODE.values())
    assert set(FROM_CODE.values()) <= set(REASONS)
    stored = {2: "bad_recipient", 6: "stop_listed", 13: "duplicate", 14: "no_money", 24: "bad_credentials"}
    assert {number: FROM_CODE[number].value for number in stored} == stored
