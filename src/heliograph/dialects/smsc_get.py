"""SMSC's `get.php`: histories, answers, sums and prices, in four formats (smsc-directory.md 6).

Which members a record has, and where, is said by the orders below. The line of an answer is cut by clients at literals
that the text may hold as well: its order and spelling never change, and nothing is ever added to it (6.2).
"""

from __future__ import annotations

import csv as table
import io
import zlib
from collections.abc import Iterable, Sequence
from typing import Final

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS, Correction, normalise_smsc
from heliograph.dialects.smsc_answer import (
    Answer,
    Format,
    Record,
    Style,
    Value,
    block,
    csv,
    elements,
    finish,
    json_list,
    json_object,
    listing,
)
from heliograph.dialects.smsc_balance import shown_currency
from heliograph.dialects.smsc_command import number_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_status import View, facts_of
from heliograph.dialects.smsc_time import OffsetS, read_day
from heliograph.dialects.smsc_words import DELIVERED, READ, json_id, show_money, show_time, shown_id
from heliograph.model.history import IncomingSearch, SentSearch
from heliograph.model.message import Message
from heliograph.model.money import Micro
from heliograph.model.receipt import Incoming

COMMANDS: Final = ("get_messages", "get_answers", "get_stat", "get_price", "get_mega_accounts")
"""In the order in which they count if a request has several."""

EFFECTIVE: Final = frozenset({
    *COMMANDS, "start", "end", "phone", "email", "format", "cnt", "prev_id", "hour", "after_id", "to_phone", "mycur",
    "mycurr", "balance2", "account",
})  # fmt: skip
"""Parameters that make a difference: two requests with the same are identical (1.9)."""

MOST_SENT: Final = 1_000
MOST_RECEIVED: Final = 10_000
MOST_HOURS: Final = 168
USUAL_HOURS: Final = 24
MOST_DAYS: Final = 185
"""Six months of the longest and the day that ends them: from 21.05 to 21.11."""
MOST_NUMBERS: Final = 1_000

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MAIL: Final = 8
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
_WITHOUT_ERROR: Final = frozenset({DELIVERED, READ, 4})

_SENT: Final = (
    "status", "last_date", "last_timestamp", "flag", "err", "send_date", "send_timestamp", "phone", "cost", "sender_id",
    "status_name", "message", "mccmnc", "country", "operator", "region", "type", "id", "int_id", "sms_cnt", "format",
    "crc",
)  # fmt: skip


# -- reading -----------------------------------------------------------------------------------------------------------


def read_period(request: Request, now: int, offset_s: OffsetS) -> tuple[int, int]:
    """From the beginning of `start` to the end of `end`, or to now, in ms. Raises `WrongRequest`."""
    start, end = request.get("start"), request.get("end")
    since = read_day(start, offset_s)
    until = read_day(end, offset_s, 1) if end else max(now + 1, since + _DAY_MS)
    if until <= since:
        raise WrongRequest
    return since, until


def read_sent(
    request: Request, account_id: int, now: int, offset_s: OffsetS, corrections: Sequence[Correction] = SMSC_CORRECTIONS
) -> SentSearch:
    """Which messages `get_messages` asks for; a day of summer time's end has an hour more. Raises `WrongRequest`."""
    since, until = read_period(request, now, offset_s)
    kind = request.choice("format", _MAIL)
    if kind not in (0, _MAIL) or until - since > MOST_DAYS * _DAY_MS + _HOUR_MS:
        raise WrongRequest
    recipients = (
        *[normalise_smsc(one, corrections) or one for one in _items(request.get("phone"))],
        *[one.lower() for one in _items(request.get("email"))],
    )
    most = number_of(request, "cnt") or MOST_SENT
    if most > MOST_SENT:
        raise WrongRequest
    channel = "mail" if kind == _MAIL else "sms"
    return SentSearch(account_id, since, until, recipients, number_of(request, "prev_id"), most, channel)


def read_received(
    request: Request, account_id: int, now: int, corrections: Sequence[Correction] = SMSC_CORRECTIONS
) -> IncomingSearch:
    """Which answers `get_answers` asks for; `after_id` stands in place of `hour`. Raises `WrongRequest`."""
    most, hours, after = number_of(request, "cnt"), number_of(request, "hour"), number_of(request, "after_id")
    if most > MOST_RECEIVED or hours > MOST_HOURS:
        raise WrongRequest
    since = now - (hours or USUAL_HOURS) * _HOUR_MS if hours or not request.get("after_id") else 0
    to = request.get("to_phone").strip()
    return IncomingSearch(account_id, since, after, normalise_smsc(to, corrections) or to, most or MOST_RECEIVED)


def _items(text: str) -> list[str]:
    items = [item.strip() for item in text.split(",") if item.strip()]
    if len(items) > MOST_NUMBERS:
        raise WrongRequest
    return items


# -- answering ---------------------------------------------------------------------------------------------------------


SENT_HEAD: Final = ",".join(_SENT) + "\n"
"""The first line of a file of sent messages (11)."""


def sent_lines(messages: Iterable[Message], view: View) -> str:
    """Sent messages as lines of a file, quoted as CSV is; what a spreadsheet would take for a formula begins with an
    apostrophe."""
    file = io.StringIO()
    writer = table.writer(file, lineterminator="\n")
    for message in messages:
        writer.writerow(["" if value is None else _in_a_cell(value) for _, value in _sent(message, view)])
    return file.getvalue()


def sent_answer(style: Style, messages: Iterable[Message], view: View) -> Answer:
    """The history of sent messages (6.1)."""
    records = [_sent(message, view) for message in messages]
    if style.fmt is Format.CSV:
        lines = [[value for _, value in record] for record in records]
        return finish(style, "\n".join([csv([_on_a_line(value) for value in line]) for line in lines]))
    told = [[(name, value) for name, value in record if value is not None] for record in records]
    if style.fmt is Format.XML:
        return finish(style, block("list", [block("sms", elements(record)) for record in told]))
    return listing(style, "sms", "id", told)


def _sent(message: Message, view: View) -> Record:
    """`err` is None where it is left out: of what was delivered."""
    facts = facts_of(message, shown_id(message), view)
    text = str(facts["message"])
    facts |= {
        "err": None if facts["status"] in _WITHOUT_ERROR else facts["err"],
        "id": json_id(shown_id(message)),
        "int_id": message.id,
        "format": _MAIL if message.channel == "mail" else 0,
        "crc": zlib.crc32(text.encode("utf-8", "surrogatepass")),
    }
    return [(name, facts[name]) for name in _SENT]


def received_answer(style: Style, answers: Iterable[Incoming], offset_s: OffsetS) -> Answer:
    """Incoming messages (6.2)."""
    records = [_received(answer, offset_s) for answer in answers]
    if style.fmt is Format.XML:
        return finish(style, block("list", [block("answer", elements(record)) for record in records]))
    return listing(style, "answer", "id", records)


def _received(answer: Incoming, offset_s: OffsetS) -> Record:
    received, sent = answer.received_at, answer.sent_at or answer.received_at
    return [
        ("id", answer.id),
        ("received", show_time(received, offset_s(received))),
        ("phone", answer.sender),
        ("message", answer.text or answer.data.hex().upper()),
        ("to_phone", answer.recipient),
        ("sent", show_time(sent, offset_s(sent))),
    ]


def stat_answer(style: Style, sums: Iterable[tuple[str, int, Micro, Micro, str]]) -> Answer:
    """Sums (6.3): login, messages, money paid in, money spent, currency (ISO 4217)."""
    records: list[Record] = [
        [
            ("login", login),
            ("cnt", count),
            ("credit", show_money(credit)),
            ("debit", show_money(debit)),
            ("currency", shown_currency(currency)),
        ]
        for login, count, credit, debit, currency in sums
    ]
    if style.fmt is Format.XML:
        return finish(style, block("list", [block("stat", elements(record)) for record in records]))
    if style.fmt is Format.JSON:
        return finish(style, json_list([json_object(record) for record in records]))
    return listing(style, "stat", "login", records)


def price_answer(style: Style, zones: Iterable[tuple[str, str, Micro | None, Micro | None]]) -> Answer:
    """Prices (6.4): zone, name, price of a message, price of an HLR query; None is a kind that cannot be had there."""
    records: list[Record] = [
        [
            ("zone", zone),
            ("name", name),
            ("api", _price(message)),
            ("mass", _price(message)),
            ("mms", ""),
            ("hlr", _price(query)),
            ("call", ""),
        ]
        for zone, name, message, query in zones
    ]
    return listing(style, "price", "name", records)


def _price(price: Micro | None) -> str:
    return "" if price is None else show_money(price)


def _in_a_cell(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _on_a_line(value: Value) -> Value:
    return value.replace("\r\n", "\\n").replace("\r", "\\n").replace("\n", "\\n") if isinstance(value, str) else value
