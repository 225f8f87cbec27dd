"""Numbers as customers write them, and whose network they are."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType, carrier, geocoder

from heliograph.channels.sms.mobile_ranges import MOBILE_RANGES
from heliograph.channels.sms.numbering import (
    BadPlan,
    Correction,
    NumberingPlan,
    Operator,
    normalise_smsc,
    normalise_smsclub,
    read_ranges,
)

BUILTIN = NumberingPlan.builtin()
KYIVSTAR = Operator("255", "03", "Ukraine", "Kyivstar", "")


# -- SMS Club ----------------------------------------------------------------------------------------------------------


@pytest.mark.covers_part(5)
@pytest.mark.parametrize(
    ("given_number", "msisdn"),
    [
        # smsclub.md 2.4, rules 1 to 3 in order.
        ("380989361131", "380989361131"),
        ("+380989361131", "380989361131"),
        ("+38 (098) 936-11-31", "380989361131"),
        ("38098 936 11 31\n", "380989361131"),
        ("0980000001", "380980000001"),
        ("098-000-00-01", "380980000001"),
        ("380XXXXXXXX", ""),
        ("38098936113", ""),
        ("3809893611310", ""),
        ("098000000", ""),
        ("09800000011", ""),
        ("00380989361131", ""),
        ("48512345678", "48512345678"),
        ("+1 201 555 0123", "12015550123"),
        ("1234567890", ""),
        ("12345678901", "12345678901"),
        ("123456789012345", "123456789012345"),
        ("1234567890123456", ""),
        ("", ""),
        ("+", ""),
        ("number", ""),
        ("٣٨٠٩٨٩٣٦١١٣١", ""),
        ("380 98 936 11 31 ext", "380989361131"),
    ],
)
def test_a_number_of_sms_club_becomes_an_msisdn_or_nothing(given_number, msisdn):
    assert normalise_smsclub(given_number) == msisdn


@given(st.text(max_size=40))
def test_what_is_an_msisdn_stays_the_same_when_read_again(text):
    for normalise in (normalise_smsclub, normalise_smsc):
        msisdn = normalise(text)
        assert msisdn == "" or (msisdn.isascii() and msisdn.isdigit() and 7 <= len(msisdn) <= 15 and msisdn[0] != "0")
        assert normalise("+" + msisdn) == msisdn


# -- SMSC --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_number", "msisdn"),
    [
        # smsc-messages.md 2.1, number correction.
        ("79999999999", "79999999999"),
        ("89999999999", "79999999999"),
        ("+89999999999", "89999999999"),
        (" 79999999999", "79999999999"),  # an unescaped + arrives as a blank
        ("8 (999) 999-99-99", "79999999999"),
        ("9999999999", "79999999999"),
        ("+9999999999", "9999999999"),
        ("0671234567", "380671234567"),
        ("+0671234567", ""),
        ("7012345678", "7012345678"),
        ("380671234567", "380671234567"),
        ("+380 67 123-45-67", "380671234567"),
        (" +380671234567 ", "380671234567"),
        ("48512345678", "48512345678"),
        ("6907290", "6907290"),
        ("12", ""),
        ("123456", ""),
        ("1234567890123456", ""),
        ("0380671234567", ""),
        ("", ""),
        ("+", ""),
    ],
)
def test_a_number_of_smsc_becomes_an_msisdn_or_nothing(given_number, msisdn):
    assert normalise_smsc(given_number) == msisdn


def test_the_corrections_are_the_operators_to_choose():
    poland = (Correction(9, "", 0, "48"),)
    assert normalise_smsc("512 345 678", poland) == "48512345678"
    assert normalise_smsc("89999999999", poland) == "89999999999"
    assert normalise_smsc("89999999999", ()) == "89999999999"


# -- the plan ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("msisdn", "operator"),
    [
        ("380671234567", KYIVSTAR),
        ("380501234567", Operator("255", "01", "Ukraine", "Vodafone", "")),
        ("380631234567", Operator("255", "06", "Ukraine", "lifecell", "")),
        ("380441234567", Operator("", "", "Ukraine", "", "")),
        ("79161234567", Operator("250", "01", "Russia", "MTS", "")),
        ("79261234567", Operator("250", "02", "Russia", "MegaFon", "")),
        ("79051234567", Operator("250", "99", "Russia", "Beeline", "")),
        ("79511234567", Operator("250", "20", "Russia", "T2", "")),
        ("79502012345", Operator("250", "35", "Russia", "Motiv", "")),
        ("79991234567", Operator("", "", "Russia", "", "")),
        ("77011234567", Operator("401", "02", "Kazakhstan", "Kcell", "")),
        ("77271234567", Operator("", "", "Kazakhstan", "", "")),
        ("375291234567", Operator("257", "01", "Belarus", "A1", "")),
        ("48512345678", Operator("", "", "Poland", "", "")),
        ("14165550123", Operator("", "", "Canada", "", "")),
        ("12125550123", Operator("", "", "United States", "", "")),
        ("9991234567", None),
        ("", None),
        ("0", None),
    ],
)
def test_the_built_in_plan_knows_whose_a_number_is(msisdn, operator):
    assert BUILTIN.lookup(msisdn) == operator


def test_the_longest_prefix_wins():
    whole, part = Operator("", "", "A", "", ""), Operator("001", "01", "A", "B", "")
    plan = NumberingPlan([("99", whole), ("9912", part)])
    assert plan.lookup("991212345") is part
    assert plan.lookup("99123") is part
    assert plan.lookup("9911") is whole
    assert plan.lookup("9") is None


def test_an_empty_plan_knows_nobody():
    assert NumberingPlan().lookup("380671234567") is None
    assert len(NumberingPlan()) == 0


def test_a_plan_can_be_refined():
    mine = Operator("255", "03", "Ukraine", "Kyivstar", "Kyiv")
    plan = BUILTIN.with_ranges([("3806712", mine)])
    assert plan.lookup("380671234567") == mine
    assert plan.lookup("380672234567") == KYIVSTAR
    assert len(plan) == len(BUILTIN) + 1
    assert BUILTIN.lookup("380671234567") == KYIVSTAR


# Countries that the peer tells apart by the number of the subscriber, and we do not.
WITHIN = {
    "AX": "Finland", "BL": "Guadeloupe", "MF": "Guadeloupe", "CC": "Australia", "CX": "Australia", "EH": "Morocco",
    "GG": "United Kingdom", "IM": "United Kingdom", "JE": "United Kingdom", "SJ": "Norway", "VA": "Italy",
    "TA": "Saint Helena",
}  # fmt: skip
# Names of the same country in use beside ours.
ALIASES = {
    "BQ": "Caribbean Netherlands", "CD": "Democratic Republic of the Congo", "CZ": "Czechia", "MK": "North Macedonia",
    "PM": "Saint Pierre and Miquelon", "RE": "Réunion", "ST": "São Tomé and Príncipe", "SX": "Sint Maarten",
    "SZ": "Eswatini", "TR": "Türkiye", "AC": "Ascension Island", "XK": "Kosovo", "AU": "Australia", "FI": "Finland",
    "GP": "Guadeloupe", "IT": "Italy", "MA": "Morocco", "NO": "Norway", "GB": "United Kingdom",
    "KN": "Saint Kitts and Nevis",
    "TC": "Turks and Caicos Islands", "VC": "Saint Vincent and the Grenadines", "WF": "Wallis and Futuna",
}  # fmt: skip


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_country_of_an_independent_library_has_its_code_and_name(region):
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(region)
    name = WITHIN.get(region) or ALIASES.get(region) or geocoder.country_name_for_number(number, "en")
    found = BUILTIN.lookup(f"{number.country_code}{phonenumbers.national_significant_number(number)}")
    assert found is not None
    assert found.country == name


SAME = {
    "A1": "Velcom", "Viva": "VivaCell-MTS", "Team": "Team Telecom Armenia", "3Mob": "TriMob", "Nar": "Nar Mobile",
    "Kcell": "Kcell/Activ", "Tele2/Altel": "T2", "Mobiuz": "MobiUZ", "Magti": "MagtiCom", "MEGA": "ALFA Telecom",
    "O!": "Nur Telecom", "Moldtelecom": "Moldtelecom",
}  # fmt: skip
SILENT_ON = ("38089", "791", "7981", "7984", "7985", "7988", "7989")
"""Ranges the peer does not know."""


def _beginnings():
    for line in filter(None, MOBILE_RANGES.splitlines()):
        _, operator, ranges = line.split("|")
        code, beginnings = ranges.split(": ")
        yield from ((operator, code + beginning) for beginning in beginnings.split())


@pytest.mark.parametrize(("operator", "prefix"), list(_beginnings()))
def test_an_independent_library_names_the_same_network_for_nearly_all_numbers(operator, prefix):
    """Where it speaks, nine numbers in ten are of the network we name; small blocks were given to others."""
    said = []
    for block in range(0, 1000, 7):
        digits = 11 if prefix.startswith(("7", "373", "374")) else 12
        number = phonenumbers.parse("+" + f"{prefix}{block:03d}5550000"[:digits])
        said.append(carrier.name_for_number(number, "en"))
    heard = [name for name in said if name]
    agreed = [name for name in heard if name in (operator, SAME.get(operator), "Sky mobile")]
    assert bool(heard) is not prefix.startswith(SILENT_ON)
    assert len(agreed) >= 0.9 * len(heard)


# -- a plan of the operator's own -----------------------------------------------------------------------------------


def test_ranges_are_read_from_csv():
    text = (
        "prefix,mcc,mnc,country,operator,region\n"
        "7916123,250,01,Russia,MTS,Moscow\n"
        '44,,,United Kingdom,"A, B",\n'
        "44,234,10,United Kingdom,O2,\n"
    )
    assert read_ranges(text) == [
        ("7916123", Operator("250", "01", "Russia", "MTS", "Moscow")),
        ("44", Operator("", "", "United Kingdom", "A, B", "")),
        ("44", Operator("234", "10", "United Kingdom", "O2", "")),
    ]
    assert BUILTIN.with_ranges(read_ranges(text)).lookup("44770").operator == "O2"


def test_columns_may_stand_in_any_order_and_the_region_be_missing():
    text = "\ufeffcountry,operator,prefix,mnc,mcc,note\r\nUkraine, Kyivstar ,38067,03,255,x\r\n"
    assert read_ranges(text) == [("38067", KYIVSTAR)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "does not name the column prefix"),
        ("prefix;mcc;mnc;country;operator\n", "does not name the column mcc"),
        ("prefix,mcc,mnc,country,operator\n+380,,,Ukraine,\n", "line 2: the prefix '+380'"),
        ("prefix,mcc,mnc,country,operator\n\n0380,,,Ukraine,\n", "line 3: the prefix '0380'"),
        ("prefix,mcc,mnc,country,operator\n1234567890123456,,,Ukraine,\n", "line 2: the prefix"),
        ("prefix,mcc,mnc,country,operator\n38067,25,03,Ukraine,\n", "line 2: the mcc '25' is not three digits"),
        ("prefix,mcc,mnc,country,operator\n38067,255,3,Ukraine,\n", "line 2: the mnc '3'"),
        ("prefix,mcc,mnc,country,operator\n38067,,03,Ukraine,\n", "line 2: the mnc '03'"),
        ("prefix,mcc,mnc,country,operator\n38067,255,03,,\n", "line 2: there is no country"),
        ("prefix,mcc,mnc,country,operator\n38067\n", "line 2: there is no country"),
        ("prefix,mcc,mnc,country,operator\n" + "x" * 140_000, "field larger than field limit"),
    ],
)
def test_a_wrong_plan_is_refused_with_line_and_value(text, complaint):
    with pytest.raises(BadPlan) as caught:
        read_ranges(text)
    assert complaint in str(caught.value)


def test_a_wrong_plan_complains_twenty_times_at_most():
    with pytest.raises(BadPlan) as caught:
        read_ranges("prefix,mcc,mnc,country,operator\n" + "x,,,Ukraine,\n" * 1000)
    assert len(caught.value.complaints) == 20
