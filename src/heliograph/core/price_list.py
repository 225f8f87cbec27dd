"""The price list of a tariff: one zone for each set of destinations that its lines name.

A zone without a line of its own for a kind of message costs what the line for all numbers says. Which line counts for a
number is decided by `pricing` alone; this is for people who want to see the prices beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from heliograph.core.destination import kinds_of
from heliograph.core.pricing import TariffLine
from heliograph.model.message import Kind
from heliograph.model.money import Micro


class Zone(NamedTuple):
    """`code` is the id of the zone's first line; None is a kind that has no price there."""

    code: str
    name: str
    message: Micro | None
    query: Micro | None


_Where = tuple[tuple[str, ...], ...]


def zones(lines: Iterable[TariffLine], tariff: str) -> list[Zone]:
    """The zones of a tariff in the order of its lines; [] for one that does not exist."""
    places: dict[_Where, list[TariffLine]] = {}
    for line in lines:
        if line.tariff == tariff:
            places.setdefault((line.prefixes, line.mcc, line.mnc, line.countries), []).append(line)
    everywhere = places.get(((), (), (), ()), [])
    return [_zone(found, everywhere) for found in places.values()]


def _zone(own: list[TariffLine], everywhere: list[TariffLine]) -> Zone:
    lines = [*own, *everywhere]
    return Zone(own[0].id, _name(own[0]), _price(lines, Kind.TEXT), _price(lines, Kind.HLR))


def _price(lines: Iterable[TariffLine], kind: Kind) -> Micro | None:
    return next((line.per_part for line in lines if kind in kinds_of(line.kinds)), None)


def _name(line: TariffLine) -> str:
    """In words that stand in a comma list."""
    if line.countries:
        return "/".join(line.countries)
    if line.mcc:
        return "/".join([f"{mcc}{mnc}" for mcc in line.mcc for mnc in line.mnc or ("",)])
    return "/".join([f"+{prefix}" for prefix in line.prefixes]) or line.id
