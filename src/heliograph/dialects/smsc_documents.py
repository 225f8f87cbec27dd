"""SMSC's `documents.php`: invoices and acts of sub-clients (smsc-directory.md 4)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from heliograph.dialects.smsc_answer import Answer
from heliograph.dialects.smsc_command import number_of, text_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_users import read_amount
from heliograph.model.money import Micro
from heliograph.model.subclient import Paper

COMMANDS: Final = ("add_account", "get_account", "get_act")
READING: Final = frozenset({"get_account", "get_act"})

_NAMES: Final = {"invoice": "account", "act": "act"}
"""What this provider calls them."""
_MONTH: Final = re.compile(r"(20\d\d)-?(0[1-9]|1[0-2])", re.ASCII)
_MONTH_FIRST: Final = re.compile(r"(0?[1-9]|1[0-2])\.(20\d\d)", re.ASCII)


class Month(NamedTuple):
    """Which act is asked for by `num`."""

    year: int
    month: int


def read_invoice(request: Request, most_service: int) -> tuple[Micro, str]:
    """Sum and service of `add_account`. Raises `WrongRequest`."""
    amount = read_amount(request.get("sum"))
    if amount <= 0:
        raise WrongRequest
    return amount, text_of(request, "service", most_service)


def read_paper_id(request: Request) -> int:
    """The `id` of a document. Raises `WrongRequest` without one."""
    paper_id = number_of(request, "id")
    if not paper_id:
        raise WrongRequest
    return paper_id


def read_month(request: Request) -> Month | None:
    """The month of `num`: `2026-10`, `202610` or `10.2026`; None if it is absent. Raises `WrongRequest`."""
    given = request.get("num").strip()
    if not given:
        return None
    if found := _MONTH.fullmatch(given):
        return Month(int(found[1]), int(found[2]))
    if found := _MONTH_FIRST.fullmatch(given):
        return Month(int(found[2]), int(found[1]))
    raise WrongRequest


def paper_answer(paper: Paper, pdf: bytes) -> Answer:
    """A download."""
    return Answer("application/pdf", pdf, f"{_NAMES[paper.kind.value]}-{paper.id}.pdf")
