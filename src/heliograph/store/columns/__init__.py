"""Nouns as rows, the same in every store: which columns, in which order, what stands in each, what a row says.

SQL, the columns' types and all I/O are each store's own. Numbers are handed over as plain numbers, for an enum costs a
database more; texts as they are, for what a database cannot hold is its own affair; yes and no as True and False.
"""

from __future__ import annotations

from heliograph.store.columns import (
    alarms,
    attempts,
    campaigns,
    contacts,
    directory,
    figures,
    incoming,
    ledger,
    messages,
    notices,
    papers,
    receipts,
    templates,
)

__all__ = [
    "alarms",
    "attempts",
    "campaigns",
    "contacts",
    "directory",
    "figures",
    "incoming",
    "ledger",
    "messages",
    "notices",
    "papers",
    "receipts",
    "templates",
]
