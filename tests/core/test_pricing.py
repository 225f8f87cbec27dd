"""The most exact line counts, money is exact, and the tariff says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.channels.sms.numbering import Operator
from heliograph.core.pricing import BadTariffs, ConsideredLine, TariffLine, Tariffs, dump_tariffs, load_tariffs
from heliograph.model.message import Kind

KYIVSTAR = Operator("255", "03", "Ukraine", "Kyivstar", "")
PLAY = Operator("260", "06", "Poland", "Play", "")


def line(name: str, price: str = "1", **conditions) -> TariffLine:
    return TariffLine(name, "standard", price, **conditions)


def priced(lines, to="380671234567", operator=KYIVSTAR, kind=Kind.TEXT, tariff="standard"):
    found = Tariffs(lines).price(tariff, to, operator, kind)
    return found.id if found is not None else None


def test_the_price_of_a_part_is_exact_to_the_millionth():
    assert line("a", "0.85").per_part == 850_000
    assert line("a", "0.000001").per_part == 1
    assert line("a", "12").per_part == 12_000_000


@pytest.mark.parametrize(
    ("lines", "winner"),
    [
        ([line("any"), line("ua", prefixes=("380",)), line("ks", prefixes=("38067",))], "ks"),
        ([line("ks", prefixes=("38067",)), line("any")], "ks"),
        ([line("vf", prefixes=("38050",)), line("ua", prefixes=("380",))], "ua"),
        ([line("any"), line("mcc", mcc=("255",)), line("mnc", mcc=("255",), mnc=("03",))], "mnc"),
        ([line("any"), line("country", countries=("Ukraine",)), line("mcc", mcc=("255",))], "mcc"),
        ([line("any"), line("country", countries=("Ukraine",))], "country"),
        ([line("mnc", mcc=("255",), mnc=("03",)), line("ua", prefixes=("380",))], "ua"),
        ([line("ua", prefixes=("380",)), line("ua-ks", prefixes=("380",), mcc=("255",), mnc=("03",))], "ua-ks"),
        ([line("any"), line("text", kinds=("text",))], "text"),
        ([line("flash", kinds=("flash",)), line("any")], "any"),
        ([line("first"), line("second")], "first"),
        ([line("poland", mcc=("260",))], None),
        ([line("hlr", kinds=("hlr",))], None),
        ([], None),
    ],
)
def test_the_most_exact_line_counts(lines, winner):
    assert priced(lines) == winner


def test_an_unknown_network_is_priced_by_lines_that_name_none():
    lines = [line("mcc", mcc=("255",)), line("any")]
    assert priced(lines, operator=None) == "any"


def test_looking_up_a_number_is_never_priced_as_a_message():
    lines = [line("ua", "0.85", prefixes=("380",)), line("look-up", "0.01", kinds=("hlr",))]
    assert priced(lines, kind=Kind.HLR) == "look-up"
    assert priced(lines, kind=Kind.TEXT) == "ua"
    assert priced([line("ua")], kind=Kind.PING) is None


def test_a_tariff_knows_only_its_own_lines():
    lines = [TariffLine("a", "standard", "1"), TariffLine("b", "gold", "2", prefixes=("380",))]
    assert priced(lines) == "a"
    assert priced(lines, tariff="gold") == "b"
    assert priced(lines, tariff="silver") is None
    assert "gold" in Tariffs(lines)
    assert "silver" not in Tariffs(lines)


def test_a_line_can_be_found_by_its_name():
    tariffs = Tariffs([line("a", charge="delivered")])
    found = tariffs.line("a")
    assert found is not None
    assert found.charge == "delivered"
    assert tariffs.line("b") is None


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([line("")], "a tariff line has no id"),
        ([TariffLine("a", "", "1")], "tariff line 'a' belongs to no tariff"),
        ([line("a"), line("a")], "tariff line 'a' exists twice"),
        ([line("a", "-1")], "tariff line 'a': the price '-1' is negative"),
        (
            [line("a", "0.0000001")],
            "tariff line 'a': the price '0.0000001' is not a decimal with at most six decimals",
        ),
        ([line("a", "1,5")], "tariff line 'a': the price '1,5' is not a decimal with at most six decimals"),
        ([line("a", prefixes=("+380",))], "tariff line 'a': the prefix '+380' is not made of digits"),
        ([line("a", mnc=("03",))], "tariff line 'a': an mnc means nothing without an mcc"),
    ],
)
def test_lines_that_cannot_work_are_refused_with_a_precise_complaint(lines, complaint):
    with pytest.raises(BadTariffs) as refused:
        Tariffs(lines)
    assert refused.value.complaints == [complaint]


def test_the_tariff_explains_which_line_counts_and_which_are_less_exact():
    tariffs = Tariffs(
        [
            line("any"),
            line("poland", prefixes=("48",)),
            line("ua", prefixes=("380",), countries=("Ukraine",)),
            line("ks", prefixes=("38067",), mcc=("255",), mnc=("03",)),
        ]
    )
    assert tariffs.explain("standard", "380671234567", KYIVSTAR, Kind.TEXT) == [
        ConsideredLine(
            "ks",
            True,
            "Price line ks of the tariff standard counts: the number begins with 38067 and the network is 255 03.",
        ),
        ConsideredLine(
            "ua",
            False,
            "Price line ua fits less exactly: the number begins with 380 and the country is Ukraine.",
        ),
        ConsideredLine("any", False, "Price line any fits less exactly: it is for every number."),
    ]


def test_the_tariff_says_when_nothing_fits():
    tariffs = Tariffs([line("poland", prefixes=("48",))])
    assert tariffs.explain("standard", "380671234567", KYIVSTAR, Kind.TEXT) == [
        ConsideredLine("", False, "No line of the tariff standard fits the number.")
    ]
    assert tariffs.explain("gold", "380671234567", KYIVSTAR, Kind.TEXT) == [
        ConsideredLine("", False, "There is no tariff gold.")
    ]


def test_lines_survive_being_written_and_read():
    lines = (
        TariffLine(
            "a", "standard", "0.85", ("380",), ("255",), ("03",), ("Ukraine",), ("text",), "second", "delivered"
        ),
        line("b"),
    )
    read = load_tariffs(dump_tariffs(lines))
    assert read == lines
    assert read[0].per_part == 850_000


@pytest.mark.parametrize("text", ["", "[1]", '[{"id": "a", "tariff": "t", "price": 0.85}]'])
def test_a_kept_text_that_is_no_lines_is_refused(text):
    with pytest.raises(BadTariffs):
        load_tariffs(text)


lines = st.builds(
    TariffLine,
    id=st.uuids().map(str),
    tariff=st.just("standard"),
    price=st.just("1"),
    prefixes=st.lists(st.sampled_from(["3", "38", "380", "38067", "48", "4860"]), max_size=2, unique=True).map(tuple),
    mcc=st.sampled_from([(), ("255",), ("260",)]),
    countries=st.sampled_from([(), ("Ukraine",), ("Poland",)]),
    kinds=st.sampled_from([(), ("text",), ("flash", "hlr")]),
)


def fits(line: TariffLine, to: str, operator: Operator | None, kind: str) -> bool:
    return (
        (not line.prefixes or to.startswith(line.prefixes))
        and (not line.mcc or (operator is not None and operator.mcc in line.mcc))
        and (not line.countries or (operator is not None and operator.country in line.countries))
        and kind in (line.kinds or ("text", "flash", "binary", "wap_push"))
    )


@given(
    st.lists(lines, max_size=8),
    st.lists(
        st.tuples(
            st.sampled_from(["380671234567", "380501234567", "48601234567", "31612345678"]),
            st.sampled_from([KYIVSTAR, PLAY, None]),
            st.sampled_from([Kind.TEXT, Kind.FLASH, Kind.HLR]),
        ),
        max_size=8,
    ),
)
def test_the_line_found_fits_and_no_other_that_fits_has_a_longer_prefix(lines, cases):
    tariffs = Tariffs(lines)
    for to, operator, kind in cases * 2:
        fitting = [line for line in lines if fits(line, to, operator, kind.name.lower())]
        found = tariffs.price("standard", to, operator, kind)
        assert (found is None) == (not fitting)
        if found is not None:
            longest = max(len(prefix) for line in fitting for prefix in ("", *line.prefixes) if to.startswith(prefix))
            assert found in fitting
            assert max(len(prefix) for prefix in ("", *found.prefixes) if to.startswith(prefix)) == longest
