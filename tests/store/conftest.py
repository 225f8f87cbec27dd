"""`store` is an opened store of each backend in turn; `house` is one with two accounts and money in the first purse."""

from __future__ import annotations

import pytest

from store.backends import BACKENDS, RefusingStore
from store.postgres.schemas import give_back
from store.samples import furnished


@pytest.fixture(autouse=True)
def _schemas_go_back():
    yield
    give_back()


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
