"""SMSC's `send.php`: parameters into submissions, and what became of them into its answers (smsc-messages.md 2).

Reading finds every fault of the request as a whole before anything is kept; faults of single numbers are intake's to
find, so that they keep an id (2.10). Whom the answer speaks of comes in as `Line`s. Nothing here knows who calls, what
anything costs, or how often somebody may ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import normalise_smsc
from heliograph.dialects.smsc_answer import (
    BLOCKED,
    CREDENTIALS,
    LIMIT,
    PARAMETERS,
    Answer,
    Format,
    Style,
    Value,
    block,
    csv,
    element,
    elements,
    error,
    finish,
    json_line,
    json_object,
    pairs,
)
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_text import Writer, Written
from heliograph.dialects.smsc_time import OffsetS, When, is_absolute, read_time, read_valid, read_when, read_zone
from heliograph.dialects.smsc_words import STATES as STATES
from heliograph.dialects.smsc_words import json_id, show_money
from heliograph.model.message import Content, Kind, Submission
from heliograph.model.money import Micro, show_balance
from heliograph.model.refusal import Reason

NAME: Final = "smsc_send"
"""`Submission.dialect` of everything that comes in by this tongue."""

EFFECTIVE: Final = frozenset(
    {
        *("phones", "mes", "list", "nl", "tpl", "id", "sender", "subj", "translit", "tinyurl", "maxsms"),
        *("flash", "bin", "push", "hlr", "ping", "mms", "mail", "soc", "viber", "bot", "tg", "whatsapp", "call"),
        *("voice", "param", "fileurl", "smsreq", "time", "tz", "period", "freq", "valid"),
        *("cost", "err", "op", "imgcode", "userip"),
    }
)
"""Parameters that make two requests different (1.9)."""

HLR_SENDER: Final = "HLR"
"""Official libraries know look-ups by it (2.16)."""

MOST_SHOWN: Final = 64
"""Characters kept of what stands where a number or a sender should; neither is ever so long."""

NO_MONEY, BAD_DATE, DENIED, BAD_NUMBER, UNDELIVERABLE = 3, 5, 6, 7, 8
TEXTS: Final = {NO_MONEY: "no money", BAD_DATE: "invalid date format"}
"""The words of this script where they differ from the others' (1.8)."""

REASONS: Final[dict[Reason, int]] = {
    Reason.BAD_CREDENTIALS: CREDENTIALS,
    Reason.ADDRESS_NOT_ALLOWED: CREDENTIALS,
    Reason.ADDRESS_BLOCKED: BLOCKED,
    Reason.DOOR_CLOSED: CREDENTIALS,
    Reason.TOO_MANY_REQUESTS: LIMIT,
    Reason.BAD_REQUEST: PARAMETERS,
    Reason.BAD_SENDER: DENIED,
    Reason.BAD_RECIPIENT: BAD_NUMBER,
    Reason.BAD_TEXT: PARAMETERS,
    Reason.BAD_TIME: BAD_DATE,
    Reason.TEXT_TOO_LONG: DENIED,
    Reason.TOO_MANY_ITEMS: PARAMETERS,
    Reason.STOP_LISTED: DENIED,
    Reason.FORBIDDEN: DENIED,
    Reason.DUPLICATE: LIMIT,
    Reason.KEY_REUSED: LIMIT,
    Reason.NO_MONEY: NO_MONEY,
    Reason.NO_ROUTE: UNDELIVERABLE,
    Reason.NO_TARIFF: UNDELIVERABLE,
    Reason.UNSUPPORTED: UNDELIVERABLE,
    Reason.NOT_FOUND: UNDELIVERABLE,
    Reason.QUEUE_FULL: LIMIT,
    Reason.BUSY: LIMIT,
    Reason.INTERNAL: LIMIT,
}
"""Why a number was refused → error number (2.10). A test walks them all."""

PRICE_ONLY, WITH_COST, WITH_BALANCE = 1, 2, 3
"""Values of `cost` (2.6)."""

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")
_GROUP: Final = re.compile(r"[Gg]\d+", re.ASCII)
_SPLIT: Final = re.compile(r"[,;]")
_LINE: Final = re.compile(r"(?:([^|:;]*)\|)?([^:;|]*)[:;](.*)", re.DOTALL)
_NUMBERS: Final = re.compile(r"(?:[^|:;]*\|)?([\d\s+(),-]*)[:;]", re.ASCII)
_LEAST_DIGITS: Final = 7


class Caller(NamedTuple):
    """Who asks and when, as the door found out. `senders` are his names, the one for requests without a sender first;
    `offset_s` his zone."""

    account_id: int
    door: str
    peer: str
    senders: Sequence[str]
    now: int
    offset_s: OffsetS
    most_phones: int = 10_000
    most_lines: int = 10_000


@dataclass(slots=True)
class Order:
    """A request of `send.php` that can be carried out: what shall be sent, and how it is answered.

    `cost` 0 to 3 as in 2.6; `only_failed` and `all_numbers` are `err` and `op`.
    """

    submissions: list[Submission]
    cost: int
    only_failed: bool
    all_numbers: bool


class _Entry(NamedTuple):
    """Numbers that get one text, with the sender and the due time that a line of `list` gives them; None = usual."""

    numbers: list[str]
    written: Written
    sender: str | None = None
    when: When | None = None


# -- reading -----------------------------------------------------------------------------------------------------------


def read_order(request: Request, caller: Caller) -> Order:
    """Read a request. Raises `WrongRequest`: then nothing of it is kept (2.10)."""
    cost = request.choice("cost", 3)
    only_failed, all_numbers = request.flag("err"), request.flag("op")
    request.choice("tinyurl", 1)
    try:
        submissions = _submissions(request, caller)
    except WrongRequest as wrong:
        raise WrongRequest(wrong.number, wrong.text or TEXTS.get(wrong.number, "")) from None
    return Order(submissions, cost, only_failed, all_numbers)


def _submissions(request: Request, caller: Caller) -> list[Submission]:
    if request.get("tpl") not in ("", "0"):
        raise WrongRequest(PARAMETERS, "template not found")
    writer = Writer(request)
    when = read_when(request, caller.now, caller.offset_s)
    validity_s = read_valid(request.get("valid"))
    shown_id = _shown_id(request.get("id"))
    usual = _sender(request, caller)
    found: list[Submission] = []
    seen: set[tuple[str, Content]] = set()
    for entry in _entries(request, caller, writer):
        content, comment = entry.written
        sender = HLR_SENDER if content.kind is Kind.HLR else (usual if entry.sender is None else entry.sender)
        for given in entry.numbers:
            recipient = normalise_smsc(given) if len(given) <= MOST_SHOWN else ""
            key = (recipient or given, content)
            if key in seen:
                continue
            seen.add(key)
            found.append(
                Submission(
                    account_id=caller.account_id,
                    door=caller.door,
                    dialect=NAME,
                    sender=sender[:MOST_SHOWN],
                    recipient=recipient,
                    recipient_given=given[:MOST_SHOWN],
                    content=content,
                    peer=caller.peer,
                    validity_s=validity_s,
                    due_at=when.due_at if entry.when is None else entry.when.due_at,
                    shown_id=shown_id,
                    keep_refused=True,
                    comment=comment,
                )
            )
    if not found or len(found) > caller.most_phones:
        raise WrongRequest
    for place, submission in enumerate(found):
        submission.batch = len(found)
        if when.period_ms:
            submission.due_at = when._replace(due_at=submission.due_at).of(place, len(found), caller.now)
    return found


def _entries(request: Request, caller: Caller, writer: Writer) -> Iterator[_Entry]:
    """One for all of `phones`, or one for each line of `list` (2.11), which counts if both are there."""
    if request.listed is not None:
        if len(request.listed) > caller.most_lines:
            raise WrongRequest
        for phones, text in request.listed:
            yield _Entry(_numbers(phones), writer.write(text))
        return
    lines = request.get("list")
    if lines:
        yield from _lines(request, lines, caller, writer)
        return
    mes = request.get("mes")
    if not (mes or request.octets) and writer.needs_text:
        raise WrongRequest
    numbers = _numbers(request.get("phones"))
    if len(numbers) > caller.most_phones:
        raise WrongRequest
    yield _Entry(numbers, writer.write(mes))


def _lines(request: Request, text: str, caller: Caller, writer: Writer) -> Iterator[_Entry]:
    """`[sender[,tz]|]phones:mes`; the two characters `\\n` are a line break in a text."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    if request.flag("nl"):
        lines = _joined(lines)
    if len(lines) > caller.most_lines:
        raise WrongRequest
    time = request.get("time")
    for line in lines:
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise WrongRequest
        prefix, phones, mes = found.groups()
        sender, when = None, None
        if prefix is not None:
            sender, _, tz = prefix.partition(",")
            if tz.strip() and is_absolute(time):
                when = When(read_time(time, caller.now, read_zone(tz, caller.offset_s)))
        yield _Entry(_numbers(phones), writer.write(mes.replace("\\n", "\n")), sender, when)


def _joined(lines: list[str]) -> list[str]:
    """`nl=1`: a line that does not begin with a number is more of the text before."""
    joined: list[str] = []
    for line in lines:
        found = _NUMBERS.match(line)
        if found is not None and sum(map(str.isdigit, found[1])) >= _LEAST_DIGITS:
            joined.append(line)
        elif joined:
            joined[-1] += "\n" + line
        elif line.strip():
            raise WrongRequest
    return joined


def _numbers(phones: str) -> list[str]:
    """The entries of a comma list. Groups of contacts are not known here, so every group is an unknown one (2.12)."""
    numbers = [stripped for entry in _SPLIT.split(phones) if (stripped := entry.strip())]
    if not numbers or any(_GROUP.fullmatch(number) for number in numbers if number[0] in "Gg"):
        raise WrongRequest
    return numbers


def _shown_id(given: str) -> str:
    """The client's own id; "" for that of the first message (2.1)."""
    given = given.strip()
    if given in ("", "0"):
        return ""
    if _ID.fullmatch(given) is None:
        raise WrongRequest
    return given


def _sender(request: Request, caller: Caller) -> str:
    """The sender's name; without one the usual, and where that shall not be used, a number of the account (2.1)."""
    given = request.get("sender").strip()
    if given not in ("", "."):
        return given
    if given == "." or "sender" in request.empty:
        for name in caller.senders:
            if name.lstrip("+").isdigit():
                return name
    return caller.senders[0] if caller.senders else ""


# -- answering ---------------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """What became of one number. `reason` None: it was accepted, or can be sent; then `parts` and `price` count.

    `shown_id` is that of the message, also of one that was kept as refused, "" if there is none.
    `mccmnc` is the network's code, "" where unknown, `status` and `error` are for what failed, 0 for none.
    """

    phone: str
    mccmnc: str = ""
    parts: int = 0
    price: Micro = 0
    reason: Reason | None = None
    shown_id: str = ""
    status: int = 0
    error: int = 0


class Outcome(NamedTuple):
    """What became of a request: a line for each number, in order. `balance` is what is left; `is_test`: test mode."""

    lines: Sequence[Line]
    balance: Micro = 0
    is_test: bool = False


def send_answer(style: Style, order: Order, outcome: Outcome) -> Answer:
    """Answer a request (2.8, 2.9): success if one number was accepted, else the error of the first (2.10)."""
    good = [line for line in outcome.lines if line.reason is None]
    if not good:
        return _refused(style, order, outcome.lines[0])
    parts = sum(line.parts for line in good)
    cost = "0" if outcome.is_test else show_money(sum(line.price for line in good))
    if order.cost == PRICE_ONLY:
        members: list[tuple[str, Value]] = [("cost", cost), ("cnt", parts)]
    else:
        members = [("id", json_id(good[0].shown_id)), ("cnt", parts)]
        if order.cost >= WITH_COST:
            members.append(("cost", cost))
        if order.cost == WITH_BALANCE:
            members.append(("balance", show_balance(outcome.balance, 2)))
    told = _told(order, outcome)
    if style.fmt is Format.CSV:
        rows = [csv([value for _, value in row]) for row in told]
        return finish(style, "\n".join([csv([value for _, value in members]), *rows]))
    if style.fmt is Format.JSON:
        return finish(style, json_object(members, _json_phones(order, told)))
    if style.fmt is Format.XML:
        return finish(style, block("result", [*elements(members), *_xml_phones(told)]))
    return finish(style, "\n".join([_words(members), *map(pairs, told)]))


def _words(members: list[tuple[str, Value]]) -> str:
    """The first line of fmt 0."""
    said = dict(members)
    if "id" not in said:
        return f"{said['cost']} ({said['cnt']} SMS)"
    more = "".join([f", {name.upper()} - {said[name]}" for name in ("cost", "balance") if name in said])
    return f"OK - {said['cnt']} SMS, ID - {said['id']}{more}"


def _refused(style: Style, order: Order, line: Line) -> Answer:
    assert line.reason is not None
    number = REASONS[line.reason]
    has_id = bool(line.shown_id) and order.cost != PRICE_ONLY
    return error(style, number, TEXTS.get(number, ""), json_id(line.shown_id) if has_id else None)


def _told(order: Order, outcome: Outcome) -> list[list[tuple[str, Value]]]:
    """The numbers that `op` (all) or `err` (the failed ones) ask for."""
    if not (order.all_numbers or order.only_failed):
        return []
    return [
        [
            ("phone", line.phone),
            ("mccmnc", line.mccmnc),
            ("cost", None if outcome.is_test else show_money(line.price)),
            ("status", str(line.status) if line.reason is not None else ""),
            ("error", str(line.error) if line.reason is not None else ""),
        ]
        for line in outcome.lines
        if order.all_numbers or line.reason is not None
    ]


def _json_phones(order: Order, told: list[list[tuple[str, Value]]]) -> list[str]:
    """One entry a line; of the failed ones `err` shows less (2.9)."""
    if not told:
        return []
    shown = range(5) if order.all_numbers else (0, 3, 4)
    entries = ",\n".join([json_line([row[place] for place in shown]) for row in told])
    return [f'"phones": [\n{entries}\n]']


def _xml_phones(told: list[list[tuple[str, Value]]]) -> list[str]:
    if not told:
        return []
    return [block("phones", [element("phone", row[0][1], **dict(row[1:])) for row in told])]
