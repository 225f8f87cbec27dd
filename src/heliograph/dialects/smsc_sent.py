"""SMSC's `send.php`: what became of a request, as its answer (smsc-messages.md 2.8-2.10).

Whom the answer speaks of comes in as `Line`s, one for each number; what may be asked for is `smsc_send`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from heliograph.dialects.smsc_answer import (
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
from heliograph.dialects.smsc_send import PRICE_ONLY, REASONS, TEXTS, WITH_BALANCE, WITH_COST, Order
from heliograph.dialects.smsc_words import json_id, show_money
from heliograph.model.money import Micro, show_balance
from heliograph.model.refusal import Reason


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
    members = _members(order, outcome, good)
    told = _told(order, outcome)
    if style.fmt is Format.CSV:
        rows = [csv([value for _, value in row]) for row in told]
        return finish(style, "\n".join([csv([value for _, value in members]), *rows]))
    if style.fmt is Format.JSON:
        return finish(style, json_object(members, _json_phones(order, told)))
    if style.fmt is Format.XML:
        return finish(style, block("result", [*elements(members), *_xml_phones(told)]))
    return finish(style, "\n".join([_words(members), *map(pairs, told)]))


def _members(order: Order, outcome: Outcome, good: list[Line]) -> list[tuple[str, Value]]:
    """What is said of all that were accepted together: as much as `cost` asks for (2.6)."""
    parts = sum([line.parts for line in good])
    if order.cost == PRICE_ONLY:
        return [("cost", _cost(outcome, good)), ("cnt", parts)]
    members: list[tuple[str, Value]] = [("id", json_id(good[0].shown_id)), ("cnt", parts)]
    if order.cost >= WITH_COST:
        members.append(("cost", _cost(outcome, good)))
    if order.cost == WITH_BALANCE:
        members.append(("balance", show_balance(outcome.balance, 2)))
    return members


def _cost(outcome: Outcome, good: list[Line]) -> str:
    return "0" if outcome.is_test else show_money(sum([line.price for line in good]))


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
