"""Numbers: how what a customer wrote becomes an MSISDN, and whose network it is by its beginning.

The plan knows ranges as they were allotted; a number carried to another network (MNP) is still shown with its first
one. Networks of other countries are known by country only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_NOT_DIGITS: Final = re.compile(r"[^0-9]+")


class Operator(NamedTuple):
    """A mobile network. `mcc` has three digits, `mnc` two or three; both "" where only the country is known."""

    mcc: str
    mnc: str
    country: str
    operator: str
    region: str


def normalise_smsclub(given: str) -> str:
    """The MSISDN of a number as SMS Club's customers write it; "" if it is none (smsclub.md 2.4)."""
    digits = given if given.isascii() and given.isdigit() else _NOT_DIGITS.sub("", given)
    length = len(digits)
    if digits.startswith("380"):
        return digits if length == 12 else ""
    if digits.startswith("0"):
        return f"38{digits}" if length == 10 else ""
    return digits if 11 <= length <= 15 else ""


class NumberingPlan:
    """Prefix → network, the longest prefix wins."""

    def __init__(self, ranges: Iterable[tuple[str, Operator]] = ()) -> None:
        self._networks = dict(ranges)
        self._lengths = sorted({len(prefix) for prefix in self._networks}, reverse=True)

    @classmethod
    def builtin(cls) -> NumberingPlan:
        """The mobile ranges of the countries most of this traffic goes to, and the countries around."""
        ranges: list[tuple[str, Operator]] = [
            (prefix, Operator("", "", country, "", "")) for prefix, country in _COUNTRIES.items()
        ]
        for operator, codes in _UKRAINE:
            ranges += [(f"380{code}", operator) for code in codes.split()]
        for operator, codes in _KAZAKHSTAN:
            ranges += [(f"7{code}", operator) for code in codes.split()]
        return cls(ranges)

    def lookup(self, msisdn: str) -> Operator | None:
        """The network of a number; None if the plan has none."""
        networks = self._networks
        for length in self._lengths:
            found = networks.get(msisdn[:length])
            if found is not None:
                return found
        return None


def _ukraine(mnc: str, name: str) -> Operator:
    return Operator("255", mnc, "Ukraine", name, "")


def _kazakhstan(mnc: str, name: str) -> Operator:
    return Operator("401", mnc, "Kazakhstan", name, "")


# Destination codes of the national numbering plans as published by the regulators with ITU (national numbering plan
# notifications under E.129), network codes from ITU's list of E.212 codes.
_UKRAINE: Final = (
    (_ukraine("03", "Kyivstar"), "39 67 68 77 96 97 98"),
    (_ukraine("01", "Vodafone"), "50 66 75 95 99"),
    (_ukraine("06", "lifecell"), "63 73 93"),
    (_ukraine("07", "3Mob"), "91"),
    (_ukraine("21", "PEOPLEnet"), "92"),
    (_ukraine("04", "Intertelecom"), "89 94"),
)
_KAZAKHSTAN: Final = (
    (_kazakhstan("01", "Beeline"), "705 771 776 777"),
    (_kazakhstan("02", "Kcell"), "701 702 775 778"),
    (_kazakhstan("77", "Tele2/Altel"), "700 707 708 747"),
)
_COUNTRIES: Final = {
    "1": "North America",
    "30": "Greece",
    "31": "Netherlands",
    "32": "Belgium",
    "33": "France",
    "34": "Spain",
    "351": "Portugal",
    "353": "Ireland",
    "358": "Finland",
    "359": "Bulgaria",
    "36": "Hungary",
    "370": "Lithuania",
    "371": "Latvia",
    "372": "Estonia",
    "373": "Moldova",
    "374": "Armenia",
    "375": "Belarus",
    "380": "Ukraine",
    "385": "Croatia",
    "386": "Slovenia",
    "39": "Italy",
    "40": "Romania",
    "41": "Switzerland",
    "420": "Czechia",
    "421": "Slovakia",
    "43": "Austria",
    "44": "United Kingdom",
    "45": "Denmark",
    "46": "Sweden",
    "47": "Norway",
    "48": "Poland",
    "49": "Germany",
    "7": "Russia",
    "76": "Kazakhstan",
    "77": "Kazakhstan",
    "90": "Türkiye",
    "972": "Israel",
    "992": "Tajikistan",
    "993": "Turkmenistan",
    "994": "Azerbaijan",
    "995": "Georgia",
    "996": "Kyrgyzstan",
    "998": "Uzbekistan",
}
