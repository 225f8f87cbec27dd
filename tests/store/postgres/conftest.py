"""What the stories of PostgreSQL alone share."""

from __future__ import annotations

import pytest

from store.postgres.schemas import store_in
from store.samples import furnished


@pytest.fixture
async def house(tmp_path):
    store = store_in(18, tmp_path)
    await store.open()
    yield await furnished(store)
    await store.close()
