"""The walks of the back office are walked on both stores."""

from __future__ import annotations

import pytest

from store.postgres.schemas import give_back
from walks.world import KEPT

ON_BOTH_STORES = {
    "test_alarms",
    "test_confirmations",
    "test_contacts_way",
    "test_documents_way",
    "test_downloads",
    "test_mailing_again",
    "test_late_clicks",
    "test_mailings",
    "test_rented_numbers",
    "test_senders",
    "test_short_links",
    "test_smsc_data",
    "test_subclient_settings",
    "test_subclients_way",
}


def pytest_generate_tests(metafunc):
    if metafunc.module.__name__.rpartition(".")[2] in ON_BOTH_STORES:
        metafunc.parametrize("_kept", ["sqlite", "postgres"], indirect=True)


def pytest_collection_modifyitems(config, items):
    """On PostgreSQL one case of each walk: which words a script takes is no matter of the store."""
    seen, left, again = set(), [], []
    for item in items:
        is_again = "_kept" in getattr(item, "fixturenames", ()) and _store_of(item) == "postgres"
        place = (item.path, item.originalname) if is_again else item.nodeid
        (again if place in seen else left).append(item)
        seen.add(place)
    if again:
        config.hook.pytest_deselected(items=again)
        items[:] = left


def _store_of(item):
    return item.callspec.params.get("_kept") if hasattr(item, "callspec") else None


@pytest.fixture(autouse=True)
def _kept(request):
    KEPT.on_postgres = getattr(request, "param", "sqlite") == "postgres"
    yield
    if KEPT.on_postgres:
        KEPT.on_postgres = False
        give_back()
