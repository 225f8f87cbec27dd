"""SMSC's `balance.php`: the balance in four formats (smsc-messages.md 4)."""

from __future__ import annotations

from heliograph.dialects.smsc_answer import Answer, Format, Style, block, csv, element, elements, finish, json_object
from heliograph.model.money import Micro, show_balance

_SHOWN_CURRENCIES = {"RUB": "RUR"}
"""ISO 4217 → what clients of this provider know (1.10)."""


def shown_currency(code: str) -> str:
    """A currency as this provider names it."""
    return _SHOWN_CURRENCIES.get(code, code)


def balance_answer(style: Style, balance: Micro, credit: Micro, currency: str, *, with_currency: bool) -> Answer:
    """The balance, rounded down to two decimals. `with_currency` (`cur=1`) adds the currency and a credit that is not
    zero; without it CSV holds no comma, because clients take a second field for an error."""
    members: list[tuple[str, int | str | None]] = [("balance", show_balance(balance, 2))]
    if with_currency:
        if credit:
            members.append(("credit", show_balance(credit, 2)))
        members.append(("currency", shown_currency(currency)))
    if style.fmt is Format.JSON:
        return finish(style, json_object(members))
    values = [value for _, value in members]
    if style.fmt is Format.XML:
        return finish(style, block("result", elements(members)) if with_currency else element("balance", values[0]))
    return finish(style, csv(values) if style.fmt is Format.CSV else " ".join(map(str, values)))
