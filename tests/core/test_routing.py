"""The first rule that fits wins, every condition counts, and the table says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.channels.sms.numbering import Operator
from heliograph.core.routing import BadRules, Considered, RoutingTable, Rule, dump_rules, load_rules
from heliograph.model.account import Account
from heliograph.model.message import Kind

KYIVSTAR = Operator("255", "03", "Ukraine", "Kyivstar", "")
VODAFONE = Operator("255", "01", "Ukraine", "Vodafone", "")
PLAY = Operator("260", "06", "Poland", "Play", "")
SHOP = Account(1, "shop", 1, "standard", 1, 1)
BANK = Account(2, "bank", 2, "standard", 2, 2)


def chosen(rules, *, account=SHOP, sender="Shop", to="380671234567", operator=KYIVSTAR, kind=Kind.TEXT, channel="sms"):
    rule = RoutingTable(rules).choose(account, sender, to, operator, kind, channel)
    return rule.id if rule is not None else None


ALL = Rule("all", ("any",))


@pytest.mark.parametrize(
    ("rule", "case", "fits"),
    [
        (Rule("r", ("a",)), {}, True),
        (Rule("r", ("a",), prefixes=("38067", "38068")), {}, True),
        (Rule("r", ("a",), prefixes=("38067",)), {"to": "380501234567"}, False),
        (Rule("r", ("a",), prefixes=("38067",)), {"to": "3806"}, False),
        (Rule("r", ("a",), mcc=("255",)), {}, True),
        (Rule("r", ("a",), mcc=("260", "255")), {"operator": PLAY}, True),
        (Rule("r", ("a",), mcc=("255",)), {"operator": PLAY}, False),
        (Rule("r", ("a",), mcc=("255",)), {"operator": None}, False),
        (Rule("r", ("a",), mcc=("255",), mnc=("03",)), {}, True),
        (Rule("r", ("a",), mcc=("255",), mnc=("03",)), {"operator": VODAFONE}, False),
        (Rule("r", ("a",), countries=("Ukraine",)), {}, True),
        (Rule("r", ("a",), countries=("Ukraine",)), {"operator": PLAY}, False),
        (Rule("r", ("a",), senders=("Shop",)), {}, True),
        (Rule("r", ("a",), senders=("Shop",)), {"sender": "shop"}, False),
        (Rule("r", ("a",), accounts=("shop",)), {}, True),
        (Rule("r", ("a",), accounts=("shop",)), {"account": BANK}, False),
        (Rule("r", ("a",), kinds=("flash",)), {"kind": Kind.FLASH}, True),
        (Rule("r", ("a",), kinds=("flash",)), {}, False),
        (Rule("r", ("a",)), {"kind": Kind.WAP_PUSH}, True),
        (Rule("r", ("a",)), {"kind": Kind.HLR}, False),
        (Rule("r", ("a",), kinds=("hlr", "ping")), {"kind": Kind.PING}, True),
        (Rule("r", ("a",)), {"channel": "viber"}, False),
        (Rule("r", ("a",), channel="viber"), {"channel": "viber"}, True),
        (Rule("r", ("a",), prefixes=("380",), senders=("Shop",), accounts=("bank",)), {}, False),
    ],
)
def test_a_rule_fits_when_all_its_conditions_hold(rule, case, fits):
    assert chosen([rule], **case) == ("r" if fits else None)


def test_the_first_rule_that_fits_wins_even_if_a_later_one_is_more_exact():
    assert chosen([ALL, Rule("exact", ("b",), prefixes=("38067",))]) == "all"
    assert chosen([Rule("exact", ("b",), prefixes=("38067",)), ALL]) == "exact"


def test_without_a_rule_that_fits_there_is_no_route():
    assert chosen([]) is None
    assert chosen([Rule("poland", ("a",), prefixes=("48",))]) is None


def test_a_blocking_rule_needs_no_connector():
    table = RoutingTable([Rule("no-premium", block=True, prefixes=("380900",)), ALL])
    blocked = table.choose(SHOP, "Shop", "380900123456", None, Kind.TEXT)
    assert blocked is not None
    assert (blocked.id, blocked.block) == ("no-premium", True)
    assert chosen([Rule("no-premium", block=True, prefixes=("380900",)), ALL]) == "all"


def test_a_rule_can_be_found_by_its_name():
    table = RoutingTable([ALL])
    assert table.rule("all") is ALL
    assert table.rule("gone") is None


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ([Rule("", ("a",))], "a route has no id"),
        ([Rule("r", ("a",)), Rule("r", ("a",))], "route 'r' exists twice"),
        ([Rule("r")], "route 'r' leads to no connector and does not block"),
        ([Rule("r", ("a", "zz"))], "route 'r' leads to the connector 'zz', which does not exist"),
        ([Rule("r", ("a",), prefixes=("+380",))], "route 'r': the prefix '+380' is not made of digits"),
        ([Rule("r", ("a",), prefixes=("",))], "route 'r': the prefix '' is not made of digits"),
        ([Rule("r", ("a",), prefixes=("٣",))], "route 'r': the prefix '٣' is not made of digits"),
        ([Rule("r", ("a",), mcc=("25",))], "route 'r': the mcc '25' is not made of three digits"),
        ([Rule("r", ("a",), mcc=("255",), mnc=("3",))], "route 'r': the mnc '3' is not made of two or three digits"),
        ([Rule("r", ("a",), mnc=("03",))], "route 'r': an mnc means nothing without an mcc"),
        (
            [Rule("r", ("a",), kinds=("sms",))],
            "route 'r': the kind 'sms' is none of text, flash, binary, wap_push, hlr, ping",
        ),
        ([Rule("r", ("a",), max_validity_s=-1)], "route 'r': max_validity_s is negative"),
    ],
)
def test_rules_that_cannot_work_are_refused_with_a_precise_complaint(rules, complaint):
    with pytest.raises(BadRules) as refused:
        RoutingTable(rules, known_connectors={"a", "b"})
    assert refused.value.complaints == [complaint]


def test_all_complaints_come_at_once():
    with pytest.raises(BadRules) as refused:
        RoutingTable([Rule("r"), Rule("s", ("a",), prefixes=("x",))])
    assert len(refused.value.complaints) == 2


def test_the_table_explains_every_rule_up_to_the_winner():
    table = RoutingTable(
        [
            Rule("bank-only", ("a",), accounts=("bank",)),
            Rule("vodafone", ("a",), mcc=("255",), mnc=("01",)),
            Rule("poland", ("a",), prefixes=("48",)),
            Rule("kyivstar", ("kyivstar", "lifecell"), prefixes=("38067", "38068")),
            ALL,
        ]
    )
    assert table.explain(SHOP, "Shop", "380671234567", KYIVSTAR, Kind.TEXT) == [
        Considered("bank-only", False, "Route bank-only does not fit: it is for the account bank, not for shop."),
        Considered("vodafone", False, "Route vodafone does not fit: the network's mnc is 03, not 01."),
        Considered("poland", False, "Route poland does not fit: the number does not begin with 48."),
        Considered(
            "kyivstar",
            True,
            "Route kyivstar fits: the number begins with 38067; it leads to kyivstar, then to lifecell.",
        ),
    ]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (ALL, "Route all fits: it is for everything; it leads to any."),
        (Rule("r", block=True, senders=("Shop",)), "Route r fits: the sender is Shop; it blocks."),
        (
            Rule("r", ("a",), mcc=("255",), mnc=("03",), countries=("Ukraine",), kinds=("text",)),
            "Route r fits: the message is of the kind text and the network is 255 03 and the country is Ukraine; "
            "it leads to a.",
        ),
        (Rule("r", ("a",), kinds=("hlr",)), "Route r does not fit: the message is of the kind text, not hlr."),
        (Rule("r", ("a",), channel="viber"), "Route r does not fit: it carries viber, not sms."),
        (
            Rule("r", ("a",), senders=("Bank", "Info")),
            "Route r does not fit: it is for the sender Bank or Info, not for Shop.",
        ),
        (Rule("r", ("a",), mcc=("260",)), "Route r does not fit: the network's mcc is 255, not 260."),
        (
            Rule("r", ("a",), countries=("Poland",)),
            "Route r does not fit: the number's country is Ukraine, not Poland.",
        ),
        (
            Rule("r", ("a",), prefixes=tuple(str(code) for code in range(41, 49))),
            "Route r does not fit: the number does not begin with any of 8.",
        ),
    ],
)
def test_each_sentence_says_the_condition_that_decided(rule, sentence):
    [considered] = RoutingTable([rule]).explain(SHOP, "Shop", "380671234567", KYIVSTAR, Kind.TEXT)
    assert considered.sentence == sentence


def test_an_unknown_network_is_said_to_be_unknown():
    [considered] = RoutingTable([Rule("r", ("a",), mcc=("255",))]).explain(SHOP, "Shop", "99912345678", None, Kind.TEXT)
    assert considered.sentence == "Route r does not fit: the network of the number is unknown."


def test_rules_survive_being_written_and_read():
    rules = (
        Rule(
            "everything",
            ("a", "b"),
            ("380",),
            ("255",),
            ("03",),
            ("Ukraine",),
            ("Крамниця",),
            ("shop",),
            ("text", "flash"),
            "sms",
            False,
            "hold",
            False,
            True,
            False,
            3600,
        ),
        Rule("blocked", block=True),
    )
    assert load_rules(dump_rules(rules)) == rules


@pytest.mark.parametrize("text", ["", "{", "{}", '[{"id": 5}]', '[{"id": "r", "in_doubt": "perhaps"}]'])
def test_a_kept_text_that_is_no_rules_is_refused(text):
    with pytest.raises(BadRules):
        load_rules(text)


rules = st.builds(
    Rule,
    id=st.uuids().map(str),
    connectors=st.just(("a",)),
    prefixes=st.lists(st.sampled_from(["3", "38", "380", "38067", "48", "4860"]), max_size=2).map(tuple),
    mcc=st.sampled_from([(), ("255",), ("260",)]),
    senders=st.sampled_from([(), ("Shop",), ("Bank",)]),
    accounts=st.sampled_from([(), ("shop",), ("bank",)]),
    kinds=st.sampled_from([(), ("text",), ("flash", "hlr")]),
)
cases = st.tuples(
    st.sampled_from([SHOP, BANK]),
    st.sampled_from(["Shop", "Bank", "Other"]),
    st.sampled_from(["380671234567", "380501234567", "48601234567", "31612345678"]),
    st.sampled_from([KYIVSTAR, PLAY, None]),
    st.sampled_from([Kind.TEXT, Kind.FLASH, Kind.HLR]),
)


@given(st.lists(rules, max_size=6), st.lists(cases, max_size=12))
def test_what_is_remembered_is_what_a_walk_through_the_rules_finds(rules, cases):
    table = RoutingTable(rules)
    for case in cases * 2:
        winner = next((considered.rule_id for considered in table.explain(*case) if considered.matched), None)
        rule = table.choose(*case)
        assert (rule.id if rule is not None else None) == winner
