"""SMSC's `info.php`: whose a number is, in four formats (smsc-directory.md 7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS, Correction, Operator, normalise_smsc
from heliograph.dialects.smsc_answer import (
    Answer,
    Format,
    Record,
    Style,
    block,
    csv,
    elements,
    finish,
    json_list,
    json_object,
    pairs,
)
from heliograph.dialects.smsc_command import MOST_NUMBER
from heliograph.dialects.smsc_request import Request, WrongRequest

COMMANDS: Final = ("get_operator",)
EFFECTIVE: Final = frozenset({*COMMANDS, "phone"})
MOST_NUMBERS: Final = 1_000


def read_numbers(request: Request, corrections: Sequence[Correction] = SMSC_CORRECTIONS) -> tuple[str, ...]:
    """The numbers asked about, as MSISDNs. Raises `WrongRequest` for none, too many, or one that is no number."""
    given = [item.strip() for item in request.get("phone").split(",") if item.strip()]
    if not 1 <= len(given) <= MOST_NUMBERS or max(map(len, given)) > MOST_NUMBER:
        raise WrongRequest
    numbers = tuple([normalise_smsc(one, corrections) for one in given])
    if "" in numbers:
        raise WrongRequest
    return numbers


def info_answer(style: Style, found: Iterable[tuple[str, Operator | None]]) -> Answer:
    """Each number with its operator; one number has no list around it in XML and JSON."""
    records = [_record(phone, operator) for phone, operator in found]
    if style.fmt is Format.LINES:
        return finish(style, "\n".join([pairs(record) for record in records]))
    if style.fmt is Format.CSV:
        return finish(style, "\n".join([csv([value for _, value in record]) for record in records]))
    if style.fmt is Format.XML:
        infos = [block("info", elements(record)) for record in records]
        return finish(style, infos[0] if len(infos) == 1 else block("list", infos))
    objects = [json_object(record) for record in records]
    return finish(style, objects[0] if len(objects) == 1 else json_list(objects))


def _record(phone: str, operator: Operator | None) -> Record:
    """A number nobody knows has empty members; a comma in a name would shift the fields of CSV."""
    known = operator or Operator("", "", "", "", "")
    return [
        ("phone", phone),
        ("country", known.country.replace(",", "")),
        ("operator", known.operator.replace(",", "")),
        ("region", known.region.replace(",", "")),
        ("mcc", known.mcc),
        ("mnc", known.mnc),
        ("tz", known.tz),
    ]
