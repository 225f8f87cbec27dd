"""The row of a sub-client's paper."""

from __future__ import annotations

from typing import Any

from heliograph.model.subclient import Paper, PaperKind

COLUMNS = "kind, account_id, number, at, amount, currency, service, count"


def values(paper: Paper) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    return (
        paper.kind.value,
        paper.account_id,
        paper.number,
        paper.at,
        paper.amount,
        paper.currency,
        paper.service,
        paper.count,
    )


def paper_of(row: tuple[Any, ...]) -> Paper:
    """The paper that stands in a row of id and `COLUMNS`."""
    id_, kind, *rest = row
    return Paper(id_, PaperKind(kind), *rest)
