"""PostgreSQL names the columns' types, and so says their order once more: it is the one both stores read rows in."""

from __future__ import annotations

import pytest

from heliograph.store import columns
from heliograph.store.postgres import attempts, incoming, messages, money, notices, receipts


@pytest.mark.parametrize(
    ("typed", "shared"),
    [
        (messages.COLUMNS, columns.messages.COLUMNS),
        (attempts.COLUMNS, columns.attempts.COLUMNS),
        (notices.COLUMNS, columns.notices.COLUMNS),
        (receipts.COLUMNS, columns.receipts.COLUMNS),
        (incoming.COLUMNS, columns.incoming.COLUMNS),
        (incoming.PART_COLUMNS, columns.incoming.PART_COLUMNS),
        (money.ENTRY_COLUMNS, columns.ledger.COLUMNS),
    ],
)
def test_columns_stand_in_one_order_in_both_stores(typed, shared):
    assert typed == shared
