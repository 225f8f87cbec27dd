"""Numbers for incoming messages by `/v1`: offered, rented by the month."""

from __future__ import annotations

from collections.abc import Iterable

from heliograph.backoffice.refusals import NothingFound
from heliograph.backoffice.rents import Rents
from heliograph.dialects import native_numbers as calls
from heliograph.dialects.native_call import NoBody
from heliograph.dialects.native_numbers import (
    NumberList,
    NumberView,
    OfferList,
    RenewalBody,
    RentBody,
    number_view,
    offer_view,
)
from heliograph.dialects.native_views import NoQuery
from heliograph.doors.v1_work import Asked, Bound, bound
from heliograph.model.account import Account


class NumberWorks:
    """The works of the calls about numbers."""

    def __init__(self, rents: Rents) -> None:
        self._rents = rents

    def works(self) -> Iterable[Bound]:
        """Each call with its work."""
        yield bound(calls.OFFERS, self._offers)
        yield bound(calls.NUMBERS, self._numbers)
        yield bound(calls.RENT, self._rent)
        yield bound(calls.RENEW, self._renew)

    async def _offers(self, asked: Asked[NoBody, NoQuery]) -> OfferList:
        try:
            free = await self._rents.available()
        except NothingFound:
            free = []
        return OfferList([offer_view(one.number, one.a_month) for one in free])

    async def _numbers(self, asked: Asked[NoBody, NoQuery]) -> NumberList:
        return NumberList([number_view(one) for one in await self._rents.of(asked.account)])

    async def _rent(self, asked: Asked[RentBody, NoQuery]) -> NumberView:
        await self._rents.rent(asked.account, asked.body.number, prolong=asked.body.renews)
        return await self._one(asked.account, asked.body.number)

    async def _renew(self, asked: Asked[RenewalBody, NoQuery]) -> NumberView:
        await self._rents.set_prolong(asked.account, asked.id, prolong=asked.body.renews)
        return await self._one(asked.account, asked.id)

    async def _one(self, account: Account, number: str) -> NumberView:
        for one in await self._rents.of(account):
            if one.number == number:
                return number_view(one)
        raise NothingFound
