"""SMSC's `status.php`: how messages stand, one or many, in four formats and three depths (smsc-messages.md 3).

`read_question` understands the request, `status_answer` writes every shape of 3.2 to 3.4. Which fields an answer has,
and where, is said by the orders below and nowhere else: clients cut the CSV by position and take the rest for text.
It looks nothing up, counts no requests and deletes nothing: that is the door's and core's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS, Correction, Operator, normalise_smsc
from heliograph.dialects.smsc_answer import (
    Answer,
    Format,
    Style,
    Value,
    block,
    csv,
    elements,
    finish,
    json_list,
    json_object,
    pairs,
)
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_words import (
    NOT_FOUND,
    QUERY_FIELDS,
    error_of,
    flag_of,
    json_id,
    query_result,
    show_money,
    show_time,
    status_name,
    status_of,
    type_of,
)
from heliograph.model.message import FINAL, Kind, Message

MOST_DETAIL: Final = 2
"""`all`: 0 short, 1 full, 2 full with country, operator and region."""

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")
_MOST_PHONE: Final = 128
_LINE_END: Final = re.compile(r"\r\n|\r|\n")

_PLACE: Final = ("country", "operator", "region")
_WHOLE_PLACE: Final = ("country", "operator", "operator_orig", "region", "mccmnc")

_CSV: Final = ("status", "last_timestamp", "err")
_CSV_MORE: Final = ("send_timestamp", "phone", *_PLACE, "cost", "sender_id", "status_name", "message")
_CSV_END: Final = ("comment", "type")
"""Behind the message, and not for HLR queries: no field may ever move before it (3.2, 3.3)."""

_LINE: Final = ("status", "last_date", "err")
_LINE_MORE: Final = ("send_date", "phone", *_PLACE, "cost", "sender_id", "status_name", "message")
_LINE_NAMES: Final = {"status": "Status", "last_date": "check_time"}
"""Fields that lines (`fmt=0`) call otherwise."""

_MEMBERS: Final = ("status", "last_date", "last_timestamp", "flag", "err")
_MEMBERS_MORE: Final = (
    "send_date", "send_timestamp", "phone", *_WHOLE_PLACE, "cost", "sender_id", "status_name", "message", "comment",
    "type", "sms_cnt",
)  # fmt: skip


class Asked(NamedTuple):
    """One message asked for: as the caller named it, and the recipients that may mean, the likeliest first."""

    phone: str
    shown_id: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A request. `is_list` asks for the form of several messages, which one may have, too; `detail` is `all`."""

    asked: tuple[Asked, ...]
    is_list: bool
    detail: int = 0
    delete: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """How an account sees its messages: its clock (ms → seconds east of UTC), its language, its second purse, and whose
    number is whose."""

    offset_s: Callable[[int], int]
    language: str
    second_purse: int
    operator: Callable[[str], Operator | None]


# -- reading -----------------------------------------------------------------------------------------------------------


def read_question(request: Request, most: int, corrections: Sequence[Correction] = SMSC_CORRECTIONS) -> Question:
    """Read a request for at most `most` messages (3.1). Raises `WrongRequest`."""
    ids, numbers = request.get("id").strip(), request.get("phone").strip()
    if max(ids.count(","), numbers.count(",")) > most:
        raise WrongRequest
    is_list = "," in ids
    known_as, phones = _items(ids), _items(numbers)
    if len(known_as) != len(phones) or not 1 <= len(known_as) <= most:
        raise WrongRequest
    as_written = request.flag("bot")
    return Question(
        tuple([_asked(*one, as_written, corrections) for one in zip(phones, known_as, strict=True)]),
        is_list,
        request.choice("all", MOST_DETAIL),
        request.flag("del"),
    )


def _items(text: str) -> list[str]:
    """A comma list; what ends with a comma has no item after it."""
    items = [item.strip() for item in text.split(",")]
    return items[:-1] if items[-1] == "" else items


def _asked(phone: str, shown_id: str, as_written: bool, corrections: Sequence[Correction]) -> Asked:
    if not phone or len(phone) > _MOST_PHONE or _ID.fullmatch(shown_id) is None:
        raise WrongRequest
    if as_written or "@" in phone or phone.startswith("#"):
        return Asked(phone, shown_id, (phone,))
    spellings = (normalise_smsc(phone, corrections), normalise_smsc(f"+{phone}"), phone)
    return Asked(phone, shown_id, tuple(dict.fromkeys([one for one in spellings if one])))


# -- answering ---------------------------------------------------------------------------------------------------------


def status_answer(style: Style, question: Question, found: Sequence[Message | None], view: View) -> Answer:
    """How the messages asked for stand; `found` has one entry for each, None where there is none."""
    facts = [_facts(message, asked, view) for message, asked in zip(found, question.asked, strict=True)]
    if question.is_list:
        return finish(style, _list(style.fmt, facts, question.detail))
    fact, is_known = facts[0], found[0] is not None
    return finish(style, _written(style.fmt, fact, question.detail if is_known else 0))


_Facts = Mapping[str, Value]


def _list(fmt: Format, facts: Sequence[_Facts], detail: int) -> str:
    """Several messages, each with its id, and with its phone where that does not stand there anyway (3.4)."""
    tail = ("id",) if detail else ("id", "phone")
    if fmt is Format.JSON:
        return json_list([_written(fmt, fact, detail, tail) for fact in facts])
    if fmt is Format.XML:
        return block("list", [_written(fmt, fact, detail, tail) for fact in facts])
    on_one_line = [
        {name: _LINE_END.sub(r"\\n", value) if isinstance(value, str) else value for name, value in fact.items()}
        for fact in facts
    ]
    return "\n".join([_written(fmt, fact, detail, tail) for fact in on_one_line])


def _written(fmt: Format, fact: _Facts, detail: int, tail: tuple[str, ...] = ()) -> str:
    """One message, with `tail` at its end."""
    is_query = "imsi" in fact
    result = QUERY_FIELDS if is_query else ()
    if fmt is Format.CSV:
        more = _CSV_MORE + (() if is_query else _CSV_END)
        return csv([fact[name] for name in (*_CSV, *result, *_deep(more, detail), *tail)])
    if fmt is Format.LINES:
        more = _LINE_MORE + (() if is_query else _CSV_END)
        names = (*_LINE, *result, *_deep(more, detail), *tail)
        return pairs([(_LINE_NAMES.get(name, name), fact[name]) for name in names])
    members = [(name, fact[name]) for name in (*_MEMBERS, *_deep(_MEMBERS_MORE, detail), *result, *tail)]
    if fmt is Format.XML:
        return block("sms", elements(members))
    return json_object([(name, json_id(str(value)) if name == "id" else value) for name, value in members])


def _deep(names: tuple[str, ...], detail: int) -> tuple[str, ...]:
    if not detail:
        return ()
    return names if detail == MOST_DETAIL else tuple([name for name in names if name not in _WHOLE_PLACE])


def _facts(message: Message | None, asked: Asked, view: View) -> _Facts:
    return _unknown(asked, view) if message is None else facts_of(message, asked.shown_id, view)


def facts_of(message: Message, known_as: str, view: View) -> dict[str, Value]:
    """All that any answer may say of a message, by the names of the JSON form; `known_as` is its shown id."""
    status = status_of(message)
    last, sent = last_change(message), message.due_at
    place = view.operator(message.recipient)
    facts: dict[str, Value] = {
        "status": status,
        "last_date": show_time(last, view.offset_s(last)),
        "last_timestamp": last // 1000,
        "flag": flag_of(message, second_balance=message.purse == view.second_purse),
        "err": error_of(message),
        "send_date": show_time(sent, view.offset_s(sent)),
        "send_timestamp": sent // 1000,
        "phone": message.recipient or message.recipient_given,
        **_place(place),
        "cost": show_money(message.price - message.refunded),
        "sender_id": message.sender,
        "status_name": status_name(status, view.language),
        "message": _text(message),
        "comment": message.comment,
        "type": type_of(message),
        "sms_cnt": message.parts,
        "id": known_as,
    }
    if message.content.kind is Kind.HLR:
        facts.update(zip(QUERY_FIELDS, astuple(query_result(message, place)), strict=True))
    return facts


def _unknown(asked: Asked, view: View) -> _Facts:
    """An entry for a message that does not exist (3.5)."""
    return {
        "status": NOT_FOUND,
        "last_date": "",
        "last_timestamp": 0,
        "flag": 0,
        "err": 0,
        "send_date": "",
        "send_timestamp": 0,
        "phone": asked.phone,
        **_place(None),
        "cost": show_money(0),
        "sender_id": "",
        "status_name": status_name(NOT_FOUND, view.language),
        "message": "",
        "comment": "",
        "type": 0,
        "sms_cnt": 0,
        "id": asked.shown_id,
    }


def last_change(message: Message) -> int:
    """When a message's status changed last (ms); of one that a carrier has, by its attempts."""
    if message.state in FINAL:
        return message.final_at or message.accepted_at
    times = [max(one.sent_at, one.answered_at, one.receipt_at) for one in message.attempts]
    return max(times, default=0) or message.accepted_at


def _place(place: Operator | None) -> dict[str, Value]:
    if place is None:
        return dict.fromkeys(_WHOLE_PLACE, "")
    return {
        "country": place.country,
        "operator": place.operator,
        "operator_orig": place.operator,
        "region": place.region,
        "mccmnc": f"{place.mcc}{place.mnc}",
    }


def _text(message: Message) -> str:
    content = message.content
    return content.text or (b"".join(content.segments) or content.udh + content.data).hex().upper()
