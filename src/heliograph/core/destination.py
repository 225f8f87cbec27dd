"""Which destinations a route or a price speaks of: number prefixes, networks, countries and kinds of message.

Routing and pricing ask the same questions, so they are asked here once, each with its answer in words for the trace.
An empty condition is true for all, but for one: a rule that names no kind speaks of what is delivered as a message,
never of look-ups (HLR, ping), or a query would be sent and paid as a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from heliograph.channels.sms.numbering import Operator
from heliograph.model.message import Kind

KINDS: Final[dict[str, Kind]] = {kind.name.lower(): kind for kind in Kind}
"""How kinds are written in a configuration."""

DELIVERED_KINDS: Final = frozenset({Kind.TEXT, Kind.FLASH, Kind.BINARY, Kind.WAP_PUSH})

_MANY = 5


def kinds_of(names: Iterable[str]) -> frozenset[Kind]:
    """The kinds of these names; what is delivered as a message if there is none. Unknown names are left out."""
    return frozenset(KINDS[name] for name in names if name in KINDS) or DELIVERED_KINDS


def complaints(prefixes: Sequence[str], mcc: Sequence[str], mnc: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """What is wrong with the conditions of a rule, in words that name the value; [] is sound."""
    wrong = [f"the prefix {prefix!r} is not made of digits" for prefix in prefixes if not _is_number(prefix)]
    wrong += [f"the mcc {code!r} is not made of three digits" for code in mcc if not _is_number(code, 3, 3)]
    wrong += [f"the mnc {code!r} is not made of two or three digits" for code in mnc if not _is_number(code, 2, 3)]
    if mnc and not mcc:
        wrong.append("an mnc means nothing without an mcc")
    wrong += [f"the kind {kind!r} is none of {', '.join(KINDS)}" for kind in kinds if kind not in KINDS]
    return wrong


def prefix_misfit(prefixes: Sequence[str], recipient: str) -> str:
    """Why a number is not meant by these prefixes; "" if it is."""
    if not prefixes or recipient.startswith(tuple(prefixes)):
        return ""
    return f"the number does not begin with {either(prefixes)}"


def network_misfit(mcc: Sequence[str], mnc: Sequence[str], countries: Sequence[str], operator: Operator | None) -> str:
    """Why a number's network is not meant; "" if it is. An unknown network is meant only where none is named."""
    if not (mcc or mnc or countries):
        return ""
    if operator is None:
        return "the network of the number is unknown"
    if mcc and operator.mcc not in mcc:
        return f"the network's mcc is {operator.mcc}, not {either(mcc)}"
    if mnc and operator.mnc not in mnc:
        return f"the network's mnc is {operator.mnc}, not {either(mnc)}"
    if countries and operator.country not in countries:
        return f"the number's country is {operator.country}, not {either(countries)}"
    return ""


def kind_misfit(names: Sequence[str], kind: Kind) -> str:
    """Why a kind is not meant; "" if it is."""
    if kind in kinds_of(names):
        return ""
    word = kind.name.lower()
    return f"the message is of the kind {word}, not {either(names)}" if names else f"it does not speak of {word}"


def either(values: Sequence[str]) -> str:
    """Name a few alternatives, count many: `a`, `a or b`, `a, b or c`, `any of 214`."""
    if len(values) > _MANY:
        return f"any of {len(values)}"
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def _is_number(text: str, shortest: int = 1, longest: int = 15) -> bool:
    return text.isascii() and text.isdigit() and shortest <= len(text) <= longest
