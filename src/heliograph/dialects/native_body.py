"""Bodies and parameters of `/v1`, read strictly into the structs that its document is made of.

A body is one JSON object in UTF-8: a key given twice, NaN, a lone surrogate, a field nobody knows or a type that is
another one are all refused, with the field named (B13). What is read is bounded by the structs before it is looked at
a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Final, TypeVar
from urllib.parse import parse_qsl

import msgspec

from heliograph.dialects.native import NOT_READABLE, TOO_LARGE, FieldProblem, Problem, Wrong, problem_of, wrong
from heliograph.model.refusal import Reason

S = TypeVar("S", bound=msgspec.Struct)

MAX_BODY: Final = 1 << 20
"""Octets. A thousand texts of two parts each are 300 KiB."""
MAX_PARAMETERS: Final = 50

_AT: Final = re.compile(r" - at (?:`key` in )?`([^`]*)`$")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")


class _Repeated(ValueError):
    """A key stands twice in one object."""


def read_body(body: bytes, kind: type[S]) -> S:
    """Read a body. Raises `Wrong`."""
    if len(body) > MAX_BODY:
        raise wrong(TOO_LARGE, f"The body may have {MAX_BODY} octets.")
    try:
        read = msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Wrong(_not_valid(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise wrong(NOT_READABLE, "The body must be a JSON object in UTF-8.") from None
    if not _is_plain(body, kind):
        _look_again(body)
    return read


def read_query(query: bytes, kind: type[S]) -> S:
    """Read the parameters of a query, each at most once. Raises `Wrong`."""
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(query),
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except (ValueError, UnicodeDecodeError):
        raise wrong(NOT_READABLE, "The query cannot be read.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise wrong(Reason.BAD_REQUEST, "A parameter is given twice.")
    for name, value in pairs:
        if "\0" in value:
            raise wrong(Reason.BAD_REQUEST, "It holds a NUL.", name)
    try:
        read = msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        found = _not_valid(str(error))
        if isinstance(found.errors, tuple):
            errors = tuple(FieldProblem(one.field.lstrip("/"), one.detail) for one in found.errors)
            found = msgspec.structs.replace(found, errors=errors)
        raise Wrong(found) from None
    for name, value in pairs:
        if value.casefold() == "null" and getattr(read, name) is None:
            raise wrong(Reason.BAD_REQUEST, "Leave it out instead.", name)
    return read


def _is_plain(body: bytes, kind: type[msgspec.Struct]) -> bool:
    """Whether it is one flat object that names each of its fields once at most, and escapes nothing: most are."""
    if body.count(b"{") != 1 or b"\\u" in body:
        return False
    return all(body.count(name) < 2 for name in _names(kind))


@cache
def _names(kind: type[msgspec.Struct]) -> tuple[bytes, ...]:
    return tuple(f'"{field.encode_name}"'.encode() for field in msgspec.structs.fields(kind))


def _look_again(body: bytes) -> None:
    """The typed reader keeps the last of two keys, and lets a NUL through: neither is guessed at."""
    if not body:
        return
    try:
        value = json.loads(body, object_pairs_hook=_pairs)
    except _Repeated as error:
        raise wrong(NOT_READABLE, f"The key {str(error)!r} is given twice.") from None
    except (ValueError, RecursionError):
        raise wrong(NOT_READABLE, "The body must be a JSON object in UTF-8.") from None
    if b"\\u0000" in body:
        for text in _texts(value):
            if "\0" in text:
                raise wrong(Reason.BAD_TEXT, "A text holds a NUL.")


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Repeated(name)
            seen.add(name)
    return fields


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _not_valid(said: str) -> Problem:
    """What the typed reader found, with the place as a JSON pointer."""
    found = _AT.search(said)
    place = "".join(f"/{name or index}" for name, index in _STEP.findall(found[1])) if found is not None else ""
    detail = said[: found.start()] if found is not None else said
    for pattern, words in ((_UNKNOWN, "There is no such field."), (_MISSING, "The field is missing.")):
        named = pattern.fullmatch(detail)
        if named is not None:
            place, detail = f"{place}/{named[1]}", words
    return problem_of(Reason.BAD_REQUEST, "", FieldProblem(place or "/", detail))
