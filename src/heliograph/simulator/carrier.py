"""A simulated carrier as a state machine: parts in, and what it answers and owes, and when.

Pure: time is an argument (ms on any clock that never goes back), chance is a `random.Random` given once. It holds what
a personality does over time (speed, a link that comes and goes) and nothing of any wire: `connectors.simulated` puts
it behind the connector's contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from heliograph.simulator.personality import THROTTLED, Fate, Personality, fate

if TYPE_CHECKING:
    from random import Random


class Share(NamedTuple):
    """Those of a submit that meet the same fate. Times in ms from the submit, one for each receipt of the fate."""

    fate: Fate
    positions: list[int]
    """Places in the submitted list."""
    receipts_after_ms: tuple[int, ...]


class Carrier:
    """One carrier of a personality; its link is up at first."""

    def __init__(self, personality: Personality, chance: Random) -> None:
        self.personality = personality
        self.is_up = True
        self._chance = chance
        self._allowed = float(personality.per_second)
        self._allowed_at = 0

    def submit(self, parts: Sequence[tuple[str, int]], now: int) -> list[Share]:
        """Parts as (recipient, number of the try), in order; says what becomes of each. Chance is asked once for a
        share: what was handed over together is reported together."""
        personality = self.personality
        room = len(parts) if not personality.per_second else self._take(len(parts), now)
        usual, magic, has_odd_ones = personality.usual, personality.magic, bool(personality.by_last_digit)
        throttled, chance = personality.throttled_percent / 100, self._chance.random
        fates: dict[Fate, list[int]] = {}
        for position, (recipient, try_no) in enumerate(parts):
            if position >= room or (throttled and chance() < throttled):
                chosen = THROTTLED
            elif has_odd_ones or recipient[-4:] in magic:
                chosen = fate(personality, recipient, try_no)
            else:
                chosen = usual
            same = fates.get(chosen)
            if same is None:
                fates[chosen] = [position]
            else:
                same.append(position)
        return [Share(chosen, positions, self._times(chosen)) for chosen, positions in fates.items()]

    @property
    def stays_ms(self) -> int:
        """How long the link stays as it is after a turn; 0 = for ever."""
        return self.personality.up_ms if self.is_up else self.personality.down_ms

    def turn(self) -> None:
        """The link goes or comes back."""
        self.is_up = not self.is_up

    def _times(self, chosen: Fate) -> tuple[int, ...]:
        return tuple(
            [
                receipt.after_ms + self._chance.randint(0, receipt.spread_ms) if receipt.spread_ms else receipt.after_ms
                for receipt in chosen.receipts
            ]
        )

    def _take(self, wanted: int, now: int) -> int:
        """How many of `wanted` parts fit in the speed: at most a second's worth is saved up."""
        speed = self.personality.per_second
        self._allowed = min(float(speed), self._allowed + (now - self._allowed_at) * speed / 1000)
        self._allowed_at = now
        taken = min(wanted, int(self._allowed))
        self._allowed -= taken
        return taken
