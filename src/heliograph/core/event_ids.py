"""The next number of what happened: a notice, a kept receipt, an incoming message, a call that is awaited."""

from __future__ import annotations

from heliograph.ports import Store, StoreFailure


def next_event_id(store: Store) -> int:
    """An id of its own. Raises `StoreFailure` while the store has none at hand."""
    event_id = store.take_event_ids(1)
    if event_id is None:
        raise StoreFailure("the store has no event ids at hand")
    return event_id
