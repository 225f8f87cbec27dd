"""The text of a delivery receipt, as carriers really write it (SMPP 3.4, appendix B; reliability.md R15).

The appendix is only a suggestion: carriers leave fields out, change their order and case, write dates in their own way,
cut the text off, or append something in another alphabet. Whatever names an id or a state as a receipt does is read as
one; a person's text never is. Ids stay as spelt, hexadecimal, decimal or otherwise; `receipt_date` reads the dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FIELD: Final = re.compile(r"(id|sub|dlvrd|submit[ _-]?date|done[ _-]?date|stat(?:us|e)?|err(?:or)?|text)\s*[:=]\s*")
_NAMES: Final = {"status": "stat", "state": "stat", "error": "err"} | {
    f"{name}{between}date": f"{name}date" for name in ("submit", "done") for between in (" ", "_", "-", "")
}
_STATE: Final = re.compile(r"[A-Za-z_]{3,20}|\d{1,3}(?!\w)")
_DATE: Final = re.compile(r"\d[\d\-/ :T.+]*")
_PRINTED: Final = re.compile(
    r"id:([\w-]+) sub:\d+ dlvrd:\d+ submit date:(\d+) done date:(\d+) stat:([A-Z]{3,20}) err:(\w+)(?: [Tt]ext:(.*))?",
    re.DOTALL | re.ASCII,
)
"""The form most receipts have: one look instead of a search for each field."""

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
    "SKIPPED": "UNDELIV",
    "REJECTD": "REJECTD",
    "REJECTED": "REJECTD",
    "UNKNOWN": "UNKNOWN",
    "UNKNOWN_STATE": "UNKNOWN",
}
"""Words met in the field → the seven of the appendix and ENROUTE."""

MESSAGE_STATES: Final = {
    0: "ENROUTE",
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
    9: "UNDELIV",
}
"""message_state (3.4, 5.2.28) → the word; 0 and 9 are SCHEDULED and SKIPPED of SMPP 5.0 (4.7.15)."""


@dataclass(slots=True)
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
    printed = _PRINTED.fullmatch(text)
    if printed is None:
        return _search(text)
    upstream_id, submit_date, done_date, word, err, rest = printed.groups()
    return ReceiptText(upstream_id, STATES.get(word, ""), word, err, submit_date, done_date, rest or "")


def write(
    upstream_id: str,
    stat: str,
    *,
    submit_date: str,
    done_date: str,
    err: str = "000",
    text: str = "",
    sub: int = 1,
    dlvrd: int = 1,
) -> str:
    """The printed form; dates as `receipt_date.printed` writes them, of `text` the first 20 characters."""
    return (
        f"id:{upstream_id} sub:{sub:03d} dlvrd:{dlvrd:03d} submit date:{submit_date} done date:{done_date} "
        f"stat:{stat} err:{err} text:{text[:20]}"
    )


def _search(text: str) -> ReceiptText | None:
    """Read a receipt in any other form, field by field."""
    fields: dict[str, str] = {}
    # Letter for letter in lower case, whatever else is in it: a search that minds the case is several times faster.
    plain = text.encode("ascii", "replace").lower().decode("ascii")
    found = [field for field in _FIELD.finditer(plain) if not plain[field.start() - 1 : field.start()].isalpha()]
    for number, field in enumerate(found):
        name = _NAMES.get(field.group(1), field.group(1))
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        if name == "text":
            fields.setdefault(name, text[field.end() :])
            break
        fields.setdefault(name, text[field.end() : end].strip(" \t\r\n\0,;|\"'"))
    if "stat" not in fields or not ({"id", "donedate", "submitdate"} & fields.keys()):
        return None
    word = _first(_STATE, fields["stat"])
    return ReceiptText(
        id=_first_word(fields.get("id", "")),
        stat=MESSAGE_STATES.get(int(word), "") if word.isdigit() else STATES.get(word.upper(), ""),
        word=word,
        err=_first_word(fields.get("err", "")),
        submit_date=_first(_DATE, fields.get("submitdate", "")).strip(),
        done_date=_first(_DATE, fields.get("donedate", "")).strip(),
        text=fields.get("text", ""),
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return match.group() if match is not None else ""


def _first_word(text: str) -> str:
    words = text.split(None, 1)
    return words[0].strip(",;|\"'") if words else ""
