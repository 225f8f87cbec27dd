"""The text of a delivery receipt, as carriers really write it (SMPP 3.4, appendix B; reliability.md R15).

The appendix is only a suggestion: carriers leave fields out, change their order and case, write dates in their own way,
cut the text off, or append something in another alphabet. Whatever names an id or a state as a receipt does is read as
one; a person's text never is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FIELD: Final = re.compile(r"(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text)\s*[:=]\s*", re.IGNORECASE)
_STATE: Final = re.compile(r"[A-Za-z_]{3,20}")
_DATE: Final = re.compile(r"\d[\d\-/ :T.]*")

STATES: Final = {
    "ENROUTE": "ENROUTE",
    "ENROUTED": "ENROUTE",
    "SCHEDULED": "ENROUTE",
    "BUFFERED": "ENROUTE",
    "BUFFRED": "ENROUTE",
    "ACCEPTD": "ACCEPTD",
    "ACCEPTED": "ACCEPTD",
    "ACKED": "ACCEPTD",
    "DELIVRD": "DELIVRD",
    "DELIVERD": "DELIVRD",
    "DELIVERED": "DELIVRD",
    "DELIVERY": "DELIVRD",
    "EXPIRED": "EXPIRED",
    "EXPIRD": "EXPIRED",
    "DELETED": "DELETED",
    "UNDELIV": "UNDELIV",
    "UNDELIVERED": "UNDELIV",
    "UNDELIVERABLE": "UNDELIV",
    "UNDELIVRD": "UNDELIV",
    "FAILED": "UNDELIV",
    "FAIL": "UNDELIV",
    "REJECTD": "REJECTD",
    "REJECTED": "REJECTD",
    "UNKNOWN": "UNKNOWN",
    "UNKNOWN_STATE": "UNKNOWN",
}
"""Words met in the field → the seven of the appendix and ENROUTE."""


@dataclass(frozen=True, slots=True)
class ReceiptText:
    """What a receipt's text says; "" for what it leaves out. `stat` is one of the values of `STATES`, or "" if the
    word is none of its keys (`word` has it as written)."""

    id: str
    stat: str
    word: str
    err: str
    submit_date: str
    done_date: str
    text: str


def parse(text: str) -> ReceiptText | None:
    """Read a receipt; None for what is not one: it must name a state, and an id or a date."""
    fields: dict[str, str] = {}
    found = list(_FIELD.finditer(text))
    for number, field in enumerate(found):
        name = re.sub(r"[ _]", "", field.group(1).lower())
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        if name == "text":
            fields.setdefault(name, text[field.end() :])
            break
        fields.setdefault(name, text[field.end() : end].strip(" \t\r\n\0,;"))
    if "stat" not in fields or not ({"id", "donedate", "submitdate"} & fields.keys()):
        return None
    word = _first(_STATE, fields["stat"])
    return ReceiptText(
        id=fields.get("id", "").split()[0] if fields.get("id", "").split() else "",
        stat=STATES.get(word.upper(), ""),
        word=word,
        err=(fields.get("err", "").split() or [""])[0],
        submit_date=_first(_DATE, fields.get("submitdate", "")).strip(),
        done_date=_first(_DATE, fields.get("donedate", "")).strip(),
        text=fields.get("text", ""),
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return match.group() if match is not None else ""
