"""The price list of a tariff: one zone for each set of destinations that its lines name.

A zone without a line of its own for a kind of message costs what the lines around it say, or that for all numbers.
Which line counts for a number is decided by `pricing` alone; this is for people who want to see the prices beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

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


_Where = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Prefixes, MCC, MNC, countries that a line names."""
_Places = dict[_Where, list[TariffLine]]
_EVERYWHERE: Final[_Where] = ((), (), (), ())


def zones(lines: Sequence[TariffLine], tariff: str, least: str = "") -> list[Zone]:
    """The zones of a tariff in the order of its lines; [] for one that does not exist.

    With a tariff `least` no price is below the one there, and what only that one tells apart are zones of their own.
    """
    places, floor = _places(lines, tariff), _places(lines, least) if least else {}
    if not places:
        return []
    found = [_zone(where, own, places, floor) for where, own in places.items()]
    finer = [_zone(where, own, places, floor) for where, own in floor.items() if where not in places]
    return found + [zone for zone in finer if zone.message is not None or zone.query is not None]


def _places(lines: Iterable[TariffLine], tariff: str) -> _Places:
    places: _Places = {}
    for line in lines:
        if line.tariff == tariff:
            places.setdefault((line.prefixes, line.mcc, line.mnc, line.countries), []).append(line)
    return places


def _zone(where: _Where, own: list[TariffLine], places: _Places, floor: _Places) -> Zone:
    message, query = (_price(where, kind, places, floor) for kind in (Kind.TEXT, Kind.HLR))
    return Zone(own[0].id, _name(own[0]), message, query)


def _price(where: _Where, kind: Kind, places: _Places, floor: _Places) -> Micro | None:
    """None if the tariff has no price there, whatever the least one says."""
    price, least = _in(places, where, kind), _in(floor, where, kind)
    return price if price is None or least is None else max(price, least)


def _in(places: _Places, where: _Where, kind: Kind) -> Micro | None:
    """By the lines for the very place, else for the nearest around it, else for all numbers."""
    around = [place for place in places if place[0] and place != where and _lies_in(where[0], place[0])]
    around.sort(key=lambda place: max(map(len, place[0])), reverse=True)
    for place in (where, *around, _EVERYWHERE):
        for line in places.get(place, ()):
            if kind in kinds_of(line.kinds):
                return line.per_part
    return None


def _lies_in(inner: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    return bool(inner) and all(prefix.startswith(outer) for prefix in inner)


def _name(line: TariffLine) -> str:
    """In words that stand in a comma list."""
    if line.countries:
        return "/".join(line.countries)
    if line.mcc:
        return "/".join([f"{mcc}{mnc}" for mcc in line.mcc for mnc in line.mnc or ("",)])
    return "/".join([f"+{prefix}" for prefix in line.prefixes]) or line.id
