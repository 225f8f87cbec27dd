"""`store` is an opened store of each backend in turn; `house` is one with two accounts and money in the first purse."""

from __future__ import annotations

import pytest

from heliograph.model.account import Account
from heliograph.model.money import Purse
from store.backends import BACKENDS, RefusingStore
from store.samples import NOW, OTHER_PURSE, PURSE, House, top_up

OPENING = 100_000_000


@pytest.fixture(params=BACKENDS, ids=lambda backend: backend.name)
def backend(request):
    return request.param


@pytest.fixture(params=[backend for backend in BACKENDS if backend.keeps], ids=lambda backend: backend.name)
def keeping_backend(request):
    return request.param


@pytest.fixture
async def store(backend, tmp_path):
    store = backend.make(tmp_path)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def house(store):
    return await furnished(store)


@pytest.fixture
def exact(house):
    """For stories about groups that raise: nothing is refused by chance."""
    if isinstance(house.store, RefusingStore):
        house.store.share = 0
    return house


async def furnished(store):
    """Give an empty store its accounts and the first purse its money."""
    await store.change_directory(
        [
            Purse(PURSE, 1, "UAH", 0),
            Purse(OTHER_PURSE, 2, "EUR", 0, credit=5_000_000),
            Account(1, "first", PURSE, "default", 1, 1),
            Account(2, "second", OTHER_PURSE, "default", 2, 2),
        ],
        "test",
        NOW,
    )
    await store.write([top_up(OPENING)], (1, 1), NOW)
    return House(store)
