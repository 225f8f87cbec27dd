"""The counters of statistics (decisions.md 6): what a message adds to them, in SQL that both databases read.

They are added up in the transaction that changes a message, so they are never behind; a message that retention removes
is noted in `removed_figure` in the transaction that removes it, so that `store check` can still prove them.
"""

# ruff: noqa: S608 - the statements are put together from names written here

from __future__ import annotations

from typing import Final

from heliograph.model.figures import SLOT_MS, By, Counted, Counts, Question

KEY: Final = ", ".join(Counted._fields)
SUMS: Final = ", ".join(Counts._fields)
OF_MESSAGE: Final = f"account_id, CAST(accepted_at / {SLOT_MS} AS bigint), purse, sender, operator"
"""`KEY` of a message's row."""

_ONE: Final = {
    "messages": "CASE refusal WHEN '' THEN 1 ELSE 0 END",
    "parts": "CASE refusal WHEN '' THEN parts ELSE 0 END",
    "delivered": "CASE WHEN state IN (8, 9, 10) THEN 1 ELSE 0 END",
    "failed": "CASE WHEN refusal = '' AND state IN (11, 12, 13) THEN 1 ELSE 0 END",
    "refused": "CASE refusal WHEN '' THEN 0 ELSE 1 END",
    "price": "price",
    "refunded": "refunded",
}
"""What one message counts; states 8 to 10 are delivered, 11 to 13 are not (`model.message.State`)."""

ADDED: Final = ", ".join(f"CAST(sum({_ONE[name]}) AS bigint)" for name in Counts._fields)
TAKEN: Final = ", ".join(f"CAST(-sum({_ONE[name]}) AS bigint)" for name in Counts._fields)
"""What many messages add to the counters, and what is taken back of it."""

ON_CONFLICT: Final = "DO UPDATE SET " + ", ".join(
    f"{name} = figure.{name} + excluded.{name}" for name in Counts._fields
)


def on_removal(which: str) -> str:
    """Note in `removed_figure` the messages that a condition on their rows names, before they are deleted: for whoever
    removes messages, in the same transaction."""
    together = ", ".join(f"{name} = removed_figure.{name} + excluded.{name}" for name in Counts._fields)
    return f"""
        INSERT INTO removed_figure (account_id, purse, {SUMS})
        SELECT account_id, purse, {ADDED} FROM message WHERE {which} GROUP BY account_id, purse
        ON CONFLICT (account_id, purse) DO UPDATE SET {together}
    """


_LESS: Final = ", ".join(f"-{name}" for name in Counts._fields)
_SPLIT: Final = f"""
    SELECT {KEY}, {SUMS} FROM figure
    UNION ALL SELECT account_id, 0, purse, '', '', {_LESS} FROM removed_figure
    UNION ALL SELECT {OF_MESSAGE}, {TAKEN} FROM message GROUP BY 1, 2, 3, 4, 5
"""
_WHOLE: Final = "removed.purse IS NULL"
DISAGREEING: Final = f"""
    SELECT count(*), min(account_id) FROM (
        SELECT counted.account_id FROM ({_SPLIT}) AS counted LEFT JOIN removed_figure AS removed
        ON removed.account_id = counted.account_id AND removed.purse = counted.purse
        GROUP BY counted.account_id, counted.purse, CASE WHEN {_WHOLE} THEN counted.slot ELSE 0 END,
            CASE WHEN {_WHOLE} THEN counted.sender ELSE '' END, CASE WHEN {_WHOLE} THEN counted.operator ELSE '' END
        HAVING {" OR ".join(f"sum(counted.{name}) <> 0" for name in Counts._fields)}
    ) AS disagreeing
"""
"""How many counters are not what their messages say, and the first account that has one. Where messages of an account
and purse were removed, its counters are proved together."""


def question(asked: Question) -> str:
    """`figure` put together as asked. `{}` are the places of the first slot, the one after the last, and the account,
    which is only there where one is named."""
    by = asked.by
    columns = (
        f"(slot * {SLOT_MS // 1000} + {int(asked.offset_s)}) / 86400" if By.DAY in by else "-1",
        "account_id" if By.ACCOUNT in by else "-1",
        "sender" if By.SENDER in by else "''",
        "operator" if By.OPERATOR in by else "''",
    )
    return f"""
        SELECT {", ".join(columns)}, CAST(sum(messages) AS bigint), CAST(sum(parts) AS bigint),
            CAST(sum(delivered) AS bigint), CAST(sum(failed) AS bigint), CAST(sum(refused) AS bigint),
            CAST(sum(price - refunded) AS bigint)
        FROM figure WHERE slot >= {{}} AND slot < {{}} {"AND account_id = {}" if asked.account_id else ""}
        GROUP BY 1, 2, 3, 4 HAVING sum(messages + refused) > 0 ORDER BY 1, 2, 3, 4
    """


SPENT: Final = f"""
    SELECT account_id, (slot * {SLOT_MS // 1000} + {{offset}}) / 86400 AS day, CAST(sum(messages) AS bigint),
        CAST(sum(price - refunded) AS bigint)
    FROM figure WHERE account_id {{accounts}} AND purse {{purses}} AND slot >= {{first}} AND slot < {{end}}
    GROUP BY account_id, day HAVING sum(messages) > 0 ORDER BY account_id, day
"""
"""What accounts sent and spent, by day."""


def slots(since: int, until: int) -> tuple[int, int]:
    """The quarter of an hour a time (ms) begins in, and the one after that in which it ends."""
    return since // SLOT_MS, -(-until // SLOT_MS)
