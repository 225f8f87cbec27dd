"""What the first receipts of a carrier tell of its habits, and the setting that would fit them. Pure.

It proposes and never applies: core matches by guessing meanwhile (core.upstream_ids). After `ENOUGH` receipts it has
said what it has to say and wants to hear no more, so it costs nothing from then on.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from heliograph.connectors.smpp_ids import CHANGES, MessageIds, spellings

ENOUGH: Final = 20
"""Receipts that are looked at."""
LEAST: Final = 3
"""Receipts of which a spelling has to be told apart before it is proposed."""
REMEMBERED: Final = 2_000
"""Ids of answers a receipt may name."""


class Learner:
    """Hears of answers and of receipts."""

    def __init__(self) -> None:
        self._answered: deque[str] = deque(maxlen=REMEMBERED)
        self._without_id = 0
        self._waiting: deque[str] = deque(maxlen=ENOUGH)
        """Ids of receipts that fit no answer yet: they may be here before it."""
        self._fits: Counter[MessageIds] = Counter()
        self._plain = 0
        self._nameless = 0
        self._forms: Counter[str] = Counter()
        self.heard = 0
        """Receipts that were looked at."""

    @property
    def is_done(self) -> bool:
        """True once it has heard enough."""
        return self.heard >= ENOUGH

    def answered(self, upstream_id: str) -> None:
        """A submit was answered with this id."""
        if upstream_id:
            self._answered.append(upstream_id)
        else:
            self._without_id += 1

    def reported(self, upstream_id: str, *, in_text: bool, in_parameter: bool) -> None:
        """A receipt named this id, and where."""
        self.heard += 1
        self._forms["both" if in_text and in_parameter else "text" if in_text else "parameters"] += 1
        if not upstream_id:
            self._nameless += 1
            return
        self._waiting.append(upstream_id)
        if self.heard % LEAST == 0 or self.is_done:
            self._compare()

    def _compare(self) -> None:
        """Whose id is it? One that fits as it is decides for nothing else."""
        known = set(self._answered)
        spelled = {ids: {answer(one) for one in self._answered} for ids in CHANGES for answer, _ in (spellings(ids),)}
        for _ in range(len(self._waiting)):
            given = self._waiting.popleft()
            if given in known:
                self._plain += 1
                continue
            fitting = [ids for ids in CHANGES if spellings(ids)[1](given) in spelled[ids]]
            if not fitting:
                self._waiting.append(given)
            self._fits.update(fitting)

    @property
    def proposal(self) -> MessageIds | None:
        """The value of `message_ids` that fits every receipt that names an answer otherwise; None for nothing to
        propose."""
        most = max(self._fits.values(), default=0)
        if most < max(LEAST, self._plain):
            return None
        return next(ids for ids in CHANGES if self._fits[ids] == most)

    @property
    def habits(self) -> list[str]:
        """What was seen, in sentences; [] before enough was."""
        if not self.is_done and self.proposal is None:
            return []
        said = [f"of {self.heard} receipts {self._plain} name an id as its answer did"]
        if self.proposal is not None:
            said.append(f'{self._fits[self.proposal]} name one otherwise: message_ids = "{self.proposal}" fits them')
        if self._waiting:
            said.append(f"{len(self._waiting)} name no id we were told: another system may share this account")
        if self._nameless:
            said.append(
                f"{self._nameless} name no message at all: receipts_by_number = true matches them by their number"
            )
        if self._without_id:
            said.append(f"{self._without_id} answers had no id: nothing can be known of their messages")
        (form, times), *_ = self._forms.most_common(1) or [("", 0)]
        if form and times == self.heard and form != "both":
            said.append(f"receipts say it in their {form} alone")
        return said
