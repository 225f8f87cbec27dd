"""Numbers: how what a customer wrote becomes an MSISDN, and whose network it is by its beginning.

The plan knows ranges as they were allotted; a number carried to another network (MNP) is still shown with its first
one. An operator brings a finer plan of his own as CSV. Reading a file is the caller's: text comes in as an argument.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

from heliograph.channels.sms.country_codes import CANADA, COUNTRY_CODES
from heliograph.channels.sms.mobile_ranges import MOBILE_RANGES

SHORTEST: Final = 7
LONGEST: Final = 15
"""Digits of an international number: the shortest in use, and E.164's limit."""

_NOT_DIGITS: Final = re.compile(r"[^0-9]+")


class Operator(NamedTuple):
    """A mobile network. `mcc` has three digits, `mnc` two or three; both "" where only the country is known. `tz` is
    the zone of the region, in hours east of UTC, "" where the plan does not say."""

    mcc: str
    mnc: str
    country: str
    operator: str
    region: str
    tz: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """Numbers of `length` digits that begin with `begins` are national: `drop` digits go, `put` comes before them."""

    length: Annotated[int, "How many digits such a number has."]
    begins: Annotated[str, "The digits it begins with; empty = any."]
    drop: Annotated[int, "How many digits at its beginning go."]
    put: Annotated[str, "The digits that come before the rest."]

    @property
    def complaint(self) -> str:
        """Why the rule cannot work; "" if it can."""
        if any(text and not _is_number(text, 1, LONGEST) for text in (self.begins, self.put)):
            return "begins and put are digits"
        if not 0 <= self.drop <= self.length or len(self.begins) > self.length:
            return "it drops or names more digits than the number has"
        if not SHORTEST <= self.length - self.drop + len(self.put) <= LONGEST or self.put.startswith("0"):
            return f"what it makes is no international number of {SHORTEST} to {LONGEST} digits"
        return ""


SMSC_CORRECTIONS: Final = (
    Correction(11, "8", 1, "7"),
    Correction(10, "9", 0, "7"),
    Correction(10, "0", 0, "38"),
)
"""Russia, Kazakhstan and Ukraine (smsc-messages.md 2.1, 11)."""


def normalise_smsclub(given: str) -> str:
    """The MSISDN of a number as SMS Club's customers write it; "" if it is none (smsclub.md 2.4)."""
    digits = given if given.isascii() and given.isdigit() else _NOT_DIGITS.sub("", given)
    length = len(digits)
    if digits.startswith("380"):
        return digits if length == 12 else ""
    if digits.startswith("0"):
        return f"38{digits}" if length == 10 else ""
    return digits if 11 <= length <= LONGEST else ""


def normalise_smsc(given: str, corrections: Sequence[Correction] = SMSC_CORRECTIONS) -> str:
    """The MSISDN of a number as SMSC's customers write it; "" if it is none (smsc-messages.md 2.1).

    A number with `+` is taken as it is. One without is corrected by the first rule that fits, else taken as
    international. Country codes never begin with 0.
    """
    digits = given if given.isascii() and given.isdigit() else _NOT_DIGITS.sub("", given)
    length = len(digits)
    if not given.lstrip().startswith("+"):
        for rule in corrections:
            if length == rule.length and digits.startswith(rule.begins):
                return rule.put + digits[rule.drop :]
    return digits if SHORTEST <= length <= LONGEST and digits[0] != "0" else ""


class BadPlan(ValueError):
    """The text is no numbering plan; `complaints` are sentences that name line and value."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


class NumberingPlan:
    """Prefix → network, the longest prefix wins."""

    def __init__(self, ranges: Iterable[tuple[str, Operator]] = ()) -> None:
        self._networks = dict(ranges)
        self._lengths = sorted({len(prefix) for prefix in self._networks}, reverse=True)

    def __len__(self) -> int:
        return len(self._networks)

    @classmethod
    def builtin(cls) -> NumberingPlan:
        """The countries of the world, and the mobile networks of those most of this traffic goes to."""
        return cls(_builtin())

    def with_ranges(self, ranges: Iterable[tuple[str, Operator]]) -> NumberingPlan:
        """A plan of these ranges and, where they say nothing, of this one's."""
        return NumberingPlan([*self._networks.items(), *ranges])

    def lookup(self, msisdn: str) -> Operator | None:
        """The network of a number; None if the plan has none."""
        networks = self._networks
        for length in self._lengths:
            found = networks.get(msisdn[:length])
            if found is not None:
                return found
        return None


COLUMNS: Final = ("prefix", "mcc", "mnc", "country", "operator", "region", "tz")
_MUST_BE: Final = COLUMNS[:-2]
_ZONE: Final = re.compile(r"[+-]?\d{1,2}(?:\.\d{1,2})?", re.ASCII)
_MOST_COMPLAINTS: Final = 20


def read_ranges(text: str) -> list[tuple[str, Operator]]:
    """Ranges from CSV with a first line of the names in `COLUMNS`, in any order; `region` and `tz` may be missing.

    Raises `BadPlan` with what is wrong, line by line. Of two lines with one prefix the later one counts.
    """
    rows = csv.DictReader(text.removeprefix("\ufeff").splitlines(), restval="", restkey="")
    ranges: list[tuple[str, Operator]] = []
    complaints: list[str] = []
    try:
        names = rows.fieldnames or ()
        complaints += [f"the first line does not name the column {name}" for name in _MUST_BE if name not in names]
        for row in rows if not complaints else ():
            prefix, *told = (str(row.get(name) or "").strip() for name in COLUMNS)
            mcc, mnc, country, operator, region, tz = told
            complaints += [f"line {rows.line_num}: {what}" for what in _complaints(prefix, mcc, mnc, country)]
            if tz and _ZONE.fullmatch(tz) is None:
                complaints.append(f"line {rows.line_num}: the tz {tz!r} is not hours east of UTC, such as 3 or -5")
            ranges.append((prefix, Operator(mcc, mnc, country, operator, region, tz)))
    except csv.Error as error:
        complaints.append(f"line {rows.line_num}: {error}")
    if complaints:
        raise BadPlan(complaints[:_MOST_COMPLAINTS])
    return ranges


def _complaints(prefix: str, mcc: str, mnc: str, country: str) -> Iterable[str]:
    if not (_is_number(prefix, 1, LONGEST) and prefix[0] != "0"):
        yield f"the prefix {prefix!r} is not 1 to {LONGEST} digits of an international number"
    if mcc and not _is_number(mcc, 3, 3):
        yield f"the mcc {mcc!r} is not three digits"
    if mnc and not (mcc and _is_number(mnc, 2, 3)):
        yield f"the mnc {mnc!r} is not two or three digits after an mcc"
    if not country:
        yield "there is no country"


def _is_number(text: str, shortest: int, longest: int) -> bool:
    return text.isascii() and text.isdigit() and shortest <= len(text) <= longest


def _builtin() -> Iterable[tuple[str, Operator]]:
    for line in COUNTRY_CODES.split("\n"):
        prefix, _, country = line.partition(" ")
        if prefix:
            yield prefix, Operator("", "", country, "", "")
    for area in CANADA.split():
        yield f"1{area}", Operator("", "", "Canada", "", "")
    for line in MOBILE_RANGES.split("\n"):
        codes, _, rest = line.partition(" ")
        if codes:
            mnc, _, names = rest.partition(" ")
            country, name, ranges = names.split("|")
            code, _, beginnings = ranges.partition(":")
            network = Operator(codes, mnc, country, name, "")
            for beginning in beginnings.split():
                yield code + beginning, network
