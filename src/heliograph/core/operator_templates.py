"""Which texts are templates of operators, in memory: intake asks without reading the store.

A text is a template of its sender where an operator admitted one that it fits. In a template `%d` stands for digits and
`%w` for a word; `%d{1,4}`, `%w{1,4}` for so many digits, or words. An account without templates costs one look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from heliograph.model.templates import FLAGS, OperatorTemplate, TemplateKind, TemplateStatus

_PLACE: Final = re.compile(r"%([dw])(?:\{(\d{1,3}),(\d{1,3})\})?", re.ASCII)


LONGEST: Final = 20
"""Digits of a place that does not say how many."""


class _Admitted(NamedTuple):
    id: int
    pattern: Pattern
    networks: frozenset[str]
    kind: TemplateKind


class OperatorTemplates:
    """Those that were admitted, by account and sender. `required` are operators (`mts`) at whose networks a text
    without a template is not taken."""

    def __init__(self, templates: Iterable[OperatorTemplate] = (), required: Iterable[str] = ()) -> None:
        self._admitted: dict[tuple[int, str], list[_Admitted]] = {}
        wanted = [networks for flag, (networks, _) in FLAGS.items() if flag.partition("_")[0] in required]
        self.required = frozenset[str]().union(*wanted)
        """Networks (MCC and MNC) that take texts by template alone."""
        for template in templates:
            self.put(template)

    def put(self, template: OperatorTemplate) -> None:
        """Take one as it stands now: it counts if it was admitted anywhere, and no more if it is not any longer."""
        networks, kind = FLAGS[template.flag]
        key = (template.account_id, template.sender)
        known = [one for one in self._admitted.pop(key, ()) if one.id != template.id]
        if template.status is TemplateStatus.ADMITTED and networks:
            known.append(_Admitted(template.id, Pattern(template.text), networks, kind))
        if known:
            self._admitted[key] = known

    def kind(self, account_id: int, sender: str, text: str, network: str) -> int:
        """The kind of the template that this text is at a network, 0 if it is none."""
        if not self._admitted:
            return 0
        for one in self._admitted.get((account_id, sender), ()):
            if network in one.networks and one.pattern.fits(text):
                return one.kind
        return 0


class Pattern:
    """The text of a template, cut at its places. Matching looks at each character a bounded number of times (B17)."""

    __slots__ = ("_begins", "_places")

    def __init__(self, text: str) -> None:
        found = list(_PLACE.finditer(text))
        starts = [place.start() for place in found] + [len(text)]
        self._begins = text[: starts[0]]
        self._places: list[tuple[str, int, int, str]] = []
        for place, start in zip(found, starts[1:], strict=True):
            sort, least, most = place.groups()
            usual = LONGEST if sort == "d" else 1
            self._places.append((sort, int(least or 1), int(most or usual), text[place.end() : start]))

    def fits(self, text: str) -> bool:
        """Whether a text is the template with something in its places: each takes as little as it can."""
        if not text.startswith(self._begins):
            return False
        at = len(self._begins)
        for number, (sort, least, most, behind) in enumerate(self._places, 1):
            if number == len(self._places):
                end = len(text) - len(behind)
                if not text.endswith(behind):
                    return False
            else:
                end = text.find(behind, at + 1) if behind else -1
            if end <= at or not _may_hold(sort, least, most, text[at:end]):
                return False
            at = end + len(behind)
        return at == len(text)


def _may_hold(sort: str, least: int, most: int, given: str) -> bool:
    if sort == "d":
        return given.isascii() and given.isdigit() and least <= len(given) <= most
    return least <= len(given.split(None, most)) <= most and given == given.strip()
