"""Numbers of an account's own for incoming messages by `/v1`: offered, rented by the month."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, Struct

from heliograph.dialects.native import CONFLICT
from heliograph.dialects.native_call import AnyCall, Call, NoBody, Scope
from heliograph.dialects.native_messages import DECIMALS, Moment, Price
from heliograph.dialects.native_views import NoQuery
from heliograph.model.money import Micro, show_price
from heliograph.model.refusal import Reason
from heliograph.model.rents import RentedNumber

Renews = Annotated[bool, Meta(description="Whether the next month is paid when this one ends.")]
Phone = Annotated[str, Meta(pattern="^[1-9][0-9]{6,14}$", description="A number in digits.", examples=["380671112233"])]


class RentBody(Struct, forbid_unknown_fields=True, frozen=True):
    """Which of the offered numbers."""

    number: Phone
    renews: Renews = True


class RenewalBody(Struct, forbid_unknown_fields=True, frozen=True):
    """What becomes of a number at the end of the month."""

    renews: Renews


class OfferView(Struct, frozen=True):
    """A number that nobody has."""

    number: Phone
    month: Price


class OfferList(Struct, frozen=True):
    """What the operator of the gateway offers."""

    numbers: list[OfferView]


class NumberView(Struct, frozen=True):
    """A number that the account has; `until` is when it has to be paid again."""

    number: Phone
    until: Moment
    renews: bool


class NumberList(Struct, frozen=True):
    """The numbers that the account rents."""

    numbers: list[NumberView]


_HERE: Final = "numbers"
_LOST: Final = (Reason.NOT_FOUND, CONFLICT)
OFFERS = Call(
    "listOfferedNumbers",
    "GET",
    "/numbers/offered",
    _HERE,
    "Numbers that may be rented",
    NoBody,
    NoQuery,
    OfferList,
    Scope.READ,
)
NUMBERS = Call(
    "listNumbers", "GET", "/numbers", _HERE, "Numbers the account rents", NoBody, NoQuery, NumberList, Scope.READ
)
RENT = Call(
    "rentNumber",
    "POST",
    "/numbers",
    _HERE,
    "Rent a number for the rest of the month",
    RentBody,
    NoQuery,
    NumberView,
    Scope.MANAGE,
    201,
    errors=_LOST,
    tells="What is left of the month is paid at once. A number that is not offered: 404; taken, or too dear: 409.",
)
RENEW = Call(
    "renewNumber",
    "PUT",
    "/numbers/{id}",
    _HERE,
    "Whether the next month is wanted, too",
    RenewalBody,
    NoQuery,
    NumberView,
    Scope.MANAGE,
    errors=(Reason.NOT_FOUND,),
    tells="`{id}` is the number.",
)
CALLS: Final[tuple[AnyCall, ...]] = (OFFERS, NUMBERS, RENT, RENEW)


def offer_view(number: str, a_month: Micro) -> OfferView:
    """A number and what a month of it costs."""
    return OfferView(number, show_price(a_month, DECIMALS))


def number_view(rent: RentedNumber) -> NumberView:
    """A number as who rents it sees it."""
    return NumberView(rent.number, rent.until, rent.prolong)
