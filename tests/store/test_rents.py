"""Rented numbers: one row a number, replaced and removed."""

from __future__ import annotations

from heliograph.model.rents import RentedNumber
from store.samples import NOW


async def test_numbers_come_back_in_order_with_every_field(store):
    second, first = RentedNumber("380440000002", 1, NOW, False), RentedNumber("380440000001", 2, 0, True)
    for rent in (second, first):
        await store.rents.save(rent)
    assert await store.rents.all() == [first, second]


async def test_a_number_has_one_row(store):
    await store.rents.save(RentedNumber("380440000001", 2, 0, True))
    await store.rents.save(RentedNumber("380440000001", 2, NOW, False))
    assert await store.rents.all() == [RentedNumber("380440000001", 2, NOW, False)]
    await store.rents.remove("380440000001")
    await store.rents.remove("380440000001")
    assert await store.rents.all() == []
