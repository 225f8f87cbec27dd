"""The OpenAPI 3.1 document of `/v1`, made of the table of calls and of the structs the door reads and writes.

It says nothing the door does not do: a field, a limit or a call that is not in code is not here, and none that is in
code is missing.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec

from heliograph.dialects.native import NOT_READABLE, READ_ONLY, TOO_LARGE, WORDINGS, Problem
from heliograph.dialects.native_call import AnyCall, NoAnswer, NoBody, Scope
from heliograph.dialects.native_calls import CALLS
from heliograph.dialects.native_events import LAST_EVENT
from heliograph.dialects.native_messages import AllRefused
from heliograph.model.refusal import Reason

Json = dict[str, object]

KEY_HEADER: Final = "Idempotency-Key"
LONGEST_KEY: Final = 255

_REF: Final = "#/components/schemas/{name}"
_PROBLEM: Final = "application/problem+json"
_ANY: Final = (Reason.BAD_CREDENTIALS, Reason.BAD_REQUEST, Reason.TOO_MANY_REQUESTS, Reason.INTERNAL, Reason.BUSY)
"""Problems every call may have."""
_TAGS: Final = {
    "events": "What happens, as it happens.",
    "webhooks": "Where the account is called.",
    "contacts": "Whom it writes to.",
    "mailings": "One text to many.",
    "senders": "Names it sends under.",
    "tokens": "Who may act for it.",
    "accounts": "Its sub-clients.",
    "messages": "Sending, and what became of it.",
    "incoming": "What people wrote to numbers of the account.",
    "money": "What there is, and where it went.",
}
_ABOUT: Final = (
    "Ids are strings, times are milliseconds since 1970-01-01 UTC, amounts are decimal texts. Every error is a problem "
    "(RFC 9457) with a `code` that never changes its meaning. Lists are pages: `next` of one is the `cursor` of the "
    "next. `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` tell how many requests are left within the "
    "second."
)
_RATE: Final[Json] = {
    name: {"description": text, "schema": {"type": "integer"}}
    for name, text in (
        ("RateLimit-Limit", "Requests of the account within any second."),
        ("RateLimit-Remaining", "How many are left right now."),
        ("RateLimit-Reset", "Seconds until there is room again."),
    )
}


@cache
def document(version: str) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(_document(version))


def _document(version: str) -> Json:
    kinds = {kind for call in CALLS for kind in (call.body, call.answer) if kind not in (NoBody, NoAnswer)}
    ordered = sorted(kinds | {Problem, AllRefused}, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REF)
    schemas["Problem"]["properties"]["code"]["enum"] = sorted(WORDINGS)
    paths: dict[str, Json] = {}
    for call in CALLS:
        paths.setdefault(call.whole_path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Heliograph",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of the account."}
            },
        },
    }


def _operation(call: AnyCall) -> Json:
    made: Json = {"operationId": call.name, "tags": [call.tag], "summary": call.summary}
    who = {
        Scope.READ: "Any token may ask.",
        Scope.SEND: "Needs a token with the scope `live` or `test`.",
        Scope.MANAGE: "Needs a token with the scope `live`.",
    }[call.scope]
    made["description"] = f"{call.tells} {who}".strip()
    parameters = _parameters(call)
    if parameters:
        made["parameters"] = parameters
    if call.body is not NoBody:
        content = {"application/json": {"schema": _ref(call.body)}}
        made["requestBody"] = {"required": not call.may_be_empty, "content": content}
    made["responses"] = {str(call.status): _answer(call), **_problems(call)}
    return made


def _answer(call: AnyCall) -> Json:
    if call.answer is NoAnswer:
        return {"description": "Done.", "headers": _RATE}
    if call.is_stream:
        content: Json = {"text/event-stream": {"schema": {"type": "string"}}}
        return {"description": "Events, as they happen.", "headers": _RATE, "content": content}
    return {
        "description": "Kept." if call.status == 202 else "Done.",
        "headers": _RATE,
        "content": {"application/json": {"schema": _ref(call.answer)}},
    }


def _problems(call: AnyCall) -> Json:
    codes = [str(code) for code in (*_ANY, *call.errors)]
    if call.body is not NoBody:
        codes += [NOT_READABLE, TOO_LARGE]
    elif "{id}" not in call.path:
        codes.append(NOT_READABLE)
    if call.scope is not Scope.READ:
        codes.append(READ_ONLY)
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(WORDINGS[code].status, []).append(code)
    schema: Json = {"$ref": _REF.format(name="Problem")}
    if call.by_message:
        schema = {"anyOf": [schema, {"$ref": _REF.format(name="AllRefused")}]}
    return {
        str(status): {
            "description": " ".join(f"`{code}`: {WORDINGS[code].title}" for code in sorted(set(found))),
            "content": {_PROBLEM: {"schema": schema}},
        }
        for status, found in sorted(by_status.items())
    }


def _parameters(call: AnyCall) -> list[Json]:
    found: list[Json] = []
    if "{id}" in call.path:
        schema: Json = {"type": "string", "pattern": "^[0-9]{1,16}$"}
        found.append({"name": "id", "in": "path", "required": True, "schema": schema})
    if call.keyed:
        found.append(
            {
                "name": KEY_HEADER,
                "in": "header",
                "description": "The same key with the same body has the same answer for 24 hours; another body is 409.",
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
            }
        )
    if call.is_stream:
        last: Json = {"type": "string", "maxLength": 40}
        found.append({"name": LAST_EVENT, "in": "header", "description": "The last event you saw.", "schema": last})
    schemas = msgspec.json.schema_components([call.query])[1]
    described = schemas[call.query.__name__]
    needed = described.get("required", ())
    for name, schema in described.get("properties", {}).items():
        description = schema.pop("description", "")
        shown = _without_null(schema)
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in needed,
                "description": description or shown.pop("description", ""),
                "schema": shown,
            }
        )
    return found


def _without_null(schema: Json) -> Json:
    """A parameter that is left out is not there; none is ever null."""
    options = schema.pop("anyOf", None)
    schema.pop("default", None) if schema.get("default", "") is None else None
    if isinstance(options, list):
        (only,) = [option for option in options if option != {"type": "null"}]
        schema |= only
    return schema


def _ref(kind: type[msgspec.Struct]) -> Json:
    return {"$ref": _REF.format(name=kind.__name__)}
