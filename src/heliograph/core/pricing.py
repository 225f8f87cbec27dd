"""What a message costs: the tariff line that fits its number, network and kind most exactly.

Of the lines of an account's tariff that fit, the one with the longest prefix wins; among those, one that names an
operator before one that names a country before one that names neither; among those, one that names the kind; then
the earlier one. Like routes, prices are made once per revision, and decisions are remembered by prefix and network.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from heliograph.channels.sms.numbering import Operator
from heliograph.core import destination
from heliograph.core.prefixes import Prefixes
from heliograph.model.message import Kind
from heliograph.model.money import Micro, NotMoney, parse_amount

TARIFFS_DOCUMENT: Final = "tariffs"
"""The name under which the store keeps the text of the tariff lines, revision by revision."""

MOST_REMEMBERED = 65_536


@dataclass(frozen=True)
class TariffLine:
    """A price for some destinations. All conditions must hold; an empty one always does."""

    id: Annotated[str, "Name of the line, unique; messages and traces refer to it."]
    tariff: Annotated[str, "Name of the tariff it belongs to; accounts refer to it."]
    price: Annotated[str, "Price of one part in the purse's currency, decimal text with at most six decimals."]
    prefixes: Annotated[
        tuple[str, ...], "Numbers that begin with one of these digits, international form without +."
    ] = ()
    mcc: Annotated[tuple[str, ...], "Mobile country codes of the recipient's network, three digits."] = ()
    mnc: Annotated[tuple[str, ...], "Mobile network codes, two or three digits; only together with mcc."] = ()
    countries: Annotated[tuple[str, ...], "Countries as the numbering plan names them."] = ()
    kinds: Annotated[
        tuple[str, ...], "Kinds of message: text, flash, binary, wap_push (these if none is named), hlr, ping."
    ] = ()
    purse: Annotated[Literal["main", "second"], "Which purse of the account pays."] = "main"
    charge: Annotated[
        Literal["accepted", "delivered"],
        "What is paid for: what a carrier accepted, or only what was delivered (else the money comes back).",
    ] = "accepted"

    @cached_property
    def per_part(self) -> Micro:
        """The price of one part in 10⁻⁶ of the currency."""
        return parse_amount(self.price)


@dataclass(frozen=True, slots=True)
class ConsideredLine:
    """A line that fits, whether it is the one that counts, and why, in a sentence."""

    line_id: str
    matched: bool
    sentence: str


class BadTariffs(ValueError):
    """The tariff lines cannot work; `complaints` are sentences that name line and value."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


class _Compiled(NamedTuple):
    """The lines of one tariff by prefix ("" = they name none), each list most exact first."""

    prefixes: Prefixes
    lines: dict[str, list[TariffLine]]


class Tariffs:
    """The compiled tariff lines of all tariffs."""

    def __init__(self, lines: Iterable[TariffLine] = ()) -> None:
        self.lines = tuple(lines)
        complaints = list(_complaints(self.lines))
        if complaints:
            raise BadTariffs(complaints)
        self._by_id = {line.id: line for line in self.lines}
        by_tariff: defaultdict[str, list[TariffLine]] = defaultdict(list)
        for line in self.lines:
            by_tariff[line.tariff].append(line)
        self._tariffs = {tariff: _compiled(its_lines) for tariff, its_lines in by_tariff.items()}
        self._decided: dict[tuple[str, str, Kind, tuple[str, str, str]], TariffLine | None] = {}

    def __contains__(self, tariff: str) -> bool:
        return tariff in self._tariffs

    def line(self, line_id: str) -> TariffLine | None:
        """The line of this name, if there still is one."""
        return self._by_id.get(line_id)

    def price(self, tariff: str, recipient: str, operator: Operator | None, kind: Kind) -> TariffLine | None:
        """The line that counts for a number; None if the tariff has none that fits."""
        compiled = self._tariffs.get(tariff)
        if compiled is None:
            return None
        prefix = compiled.prefixes.longest(recipient)
        network = ("", "", "") if operator is None else (operator.mcc, operator.mnc, operator.country)
        key = (tariff, prefix, kind, network)
        try:
            return self._decided[key]
        except KeyError:
            pass
        chosen = next(_fitting(compiled, recipient, operator, kind), (None, ""))[0]
        if len(self._decided) >= MOST_REMEMBERED:
            self._decided.clear()
        self._decided[key] = chosen
        return chosen

    def explain(self, tariff: str, recipient: str, operator: Operator | None, kind: Kind) -> list[ConsideredLine]:
        """The lines that fit, the one that counts first; one sentence without a line if none does."""
        compiled = self._tariffs.get(tariff)
        if compiled is None:
            return [ConsideredLine("", False, f"There is no tariff {tariff}.")]
        considered = [
            ConsideredLine(
                line.id, False, f"Price line {line.id} fits less exactly: {_exactness(line, prefix, operator)}."
            )
            for line, prefix in _fitting(compiled, recipient, operator, kind)
        ]
        if not considered:
            return [ConsideredLine("", False, f"No line of the tariff {tariff} fits the number.")]
        line, prefix = next(_fitting(compiled, recipient, operator, kind))
        why = _exactness(line, prefix, operator)
        considered[0] = ConsideredLine(line.id, True, f"Price line {line.id} of the tariff {tariff} counts: {why}.")
        return considered


def _compiled(lines: list[TariffLine]) -> _Compiled:
    buckets: dict[str, list[TariffLine]] = {}
    for line in sorted(lines, key=lambda line: (not line.mnc, not line.mcc, not line.countries, not line.kinds)):
        for prefix in line.prefixes or ("",):
            buckets.setdefault(prefix, []).append(line)
    return _Compiled(Prefixes(buckets), buckets)


def _fitting(
    compiled: _Compiled, recipient: str, operator: Operator | None, kind: Kind
) -> Iterator[tuple[TariffLine, str]]:
    """The lines that fit with the prefix each fits by, most exact first."""
    seen: set[str] = set()
    longest = compiled.prefixes.longest(recipient)
    for length in range(len(longest), -1, -1):
        for line in compiled.lines.get(longest[:length], ()):
            if line.id in seen or destination.kind_misfit(line.kinds, kind):
                continue
            if not destination.network_misfit(line.mcc, line.mnc, line.countries, operator):
                seen.add(line.id)
                yield line, longest[:length]


def _exactness(line: TariffLine, prefix: str, operator: Operator | None) -> str:
    by = []
    if prefix:
        by.append(f"the number begins with {prefix}")
    if operator is not None and line.mcc:
        by.append(f"the network is {operator.mcc} {operator.mnc if line.mnc else ''}".rstrip())
    if operator is not None and line.countries:
        by.append(f"the country is {operator.country}")
    return " and ".join(by) or "it is for every number"


def _complaints(lines: tuple[TariffLine, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for line in lines:
        name = f"tariff line {line.id!r}"
        if not line.id:
            yield "a tariff line has no id"
        if not line.tariff:
            yield f"{name} belongs to no tariff"
        if line.id in seen:
            yield f"{name} exists twice"
        seen.add(line.id)
        try:
            if line.per_part < 0:
                yield f"{name}: the price {line.price!r} is negative"
        except NotMoney:
            yield f"{name}: the price {line.price!r} is not a decimal with at most six decimals"
        for complaint in destination.complaints(line.prefixes, line.mcc, line.mnc, line.kinds):
            yield f"{name}: {complaint}"


def dump_tariffs(lines: Iterable[TariffLine]) -> str:
    """Write tariff lines as the text that is kept with their revision."""
    return msgspec.json.encode(list(lines)).decode()


def load_tariffs(text: str) -> tuple[TariffLine, ...]:
    """Read what `dump_tariffs` wrote. Raises `BadTariffs`."""
    try:
        return tuple(msgspec.json.decode(text, type=list[TariffLine]))
    except msgspec.DecodeError as error:
        raise BadTariffs([f"the kept tariff lines cannot be read: {error}"]) from error
