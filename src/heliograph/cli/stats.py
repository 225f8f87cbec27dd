"""`heliograph stats`: what was sent, delivered and paid."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from heliograph.backoffice import verbs
from heliograph.cli.link import ask, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, print_rows


def stats(
    first: Annotated[str, Parameter(help="From this day on, such as 2026-11-01.")],
    last: Annotated[str, Parameter(help="To the end of this day; empty = until now.")] = "",
    *,
    login: Annotated[str, Parameter(help="Of one account; empty = of all.")] = "",
    by: Annotated[
        tuple[Literal["day", "account", "sender", "operator"], ...],
        Parameter(help="What the figures are told apart by; may be given several times."),
    ] = ("day",),
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """What was sent, delivered, refused and paid, by day, account, sender name or operator (MCC and MNC)."""
    rows = rows_of(ask(installation_of(folder), verbs.StatsGet(first, last, login, by), config=config))
    columns = (*by, "messages", "parts", "delivered", "failed", "refused", "cost")
    print_rows("Statistics", columns, rows, as_json=json)
