"""The row of a receipt that has one of its own."""

from __future__ import annotations

from typing import Any

from heliograph.model.message import State
from heliograph.model.receipt import KeptReceipt, Receipt, ReceiptFate
from heliograph.model.rows import ReceiptMove
from heliograph.store.held import network_of, network_text

COLUMNS = (
    "id, fate, message_id, part, connector, upstream_id, state, error, received_at, done_at, recipient, detail, network"
)

_STATE = {state.value: state for state in State}
_FATE = {fate.value: fate for fate in ReceiptFate}


def insert_values(kept: KeptReceipt) -> tuple[Any, ...]:
    """The values of `COLUMNS`."""
    receipt = kept.receipt
    return (
        kept.id,
        +kept.fate,
        kept.message_id,
        kept.part,
        receipt.connector,
        receipt.upstream_id,
        None if receipt.state is None else +receipt.state,
        +receipt.error,
        receipt.received_at,
        receipt.done_at,
        receipt.recipient,
        receipt.detail,
        network_text(receipt.network),
    )


def move_values(move: ReceiptMove) -> tuple[Any, ...]:
    """fate, message_id, part, id."""
    return (+move.fate, move.message_id, move.part, move.id)


def kept_of(row: tuple[Any, ...]) -> KeptReceipt:
    """The receipt that stands in a row of `COLUMNS`."""
    state = None if row[6] is None else _STATE[row[6]]
    receipt = Receipt(row[4], row[5], state, row[7], row[8], row[9], row[10], row[11])
    if row[12] is not None:
        receipt.network = network_of(row[12])
    return KeptReceipt(row[0], receipt, _FATE[row[1]], row[2], row[3])
