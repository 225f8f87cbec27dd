"""What a tariff's price list says is what `pricing` charges."""

from __future__ import annotations

from heliograph.core.price_list import Zone, zones
from heliograph.core.pricing import TariffLine

LINES = (
    TariffLine("ukraine", "cheap", "0.45", prefixes=("380",)),
    TariffLine("kyivstar-queries", "cheap", "0.20", prefixes=("38067", "38068"), kinds=("hlr",)),
    TariffLine("rest", "cheap", "1.20"),
    TariffLine("queries", "cheap", "0.10", kinds=("hlr", "ping")),
    TariffLine("floor", "least", "0.80"),
    TariffLine("floor-poland", "least", "3", prefixes=("48",)),
    TariffLine("only-here", "narrow", "5", prefixes=("380",)),
)


def test_a_zone_costs_what_its_lines_say_or_those_around_it():
    assert zones(LINES, "cheap") == [
        Zone("ukraine", "+380", 450_000, 100_000),
        Zone("kyivstar-queries", "+38067/+38068", 450_000, 200_000),
        Zone("rest", "rest", 1_200_000, 100_000),
    ]


def test_no_price_is_below_the_least_tariff_and_its_own_zones_are_shown_as_well():
    assert zones(LINES, "cheap", "least") == [
        Zone("ukraine", "+380", 800_000, 100_000),
        Zone("kyivstar-queries", "+38067/+38068", 800_000, 200_000),
        Zone("rest", "rest", 1_200_000, 100_000),
        Zone("floor-poland", "+48", 3_000_000, 100_000),
    ]


def test_where_a_tariff_has_no_price_the_least_one_makes_none():
    assert zones(LINES, "narrow", "least") == [Zone("only-here", "+380", 5_000_000, None)]
    assert zones(LINES, "unknown", "least") == []
