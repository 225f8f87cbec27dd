"""What can be told of one message: a closed set of events, each with its facts and one sentence.

Times are ms since the epoch, UTC. The names of the classes, in lower case, are the `event` of the JSON form.
"""

from __future__ import annotations

from dataclasses import dataclass

from heliograph.core.pricing import ConsideredLine
from heliograph.core.routing import Considered
from heliograph.model.message import MessageId
from heliograph.model.money import Micro


@dataclass(frozen=True, slots=True)
class Came:
    """Who sent it, by which door and request. `sender_asked` is the name asked for, `campaign` the mailing, 0 for
    none."""

    at: int
    sentence: str
    account_id: int
    login: str
    door: str
    dialect: str
    peer: str
    request_id: MessageId
    sender: str
    sender_asked: str
    campaign: int


@dataclass(frozen=True, slots=True)
class Normalised:
    """What was made of the number, and whose it is."""

    at: int
    sentence: str
    given: str
    number: str
    operator: str


@dataclass(frozen=True, slots=True)
class Cheaper:
    """Another way of writing a text (`lens.Way`), the fewer parts it takes, the national tables it needs."""

    way: str
    parts: int
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Parts, coding, national tables. `forced_by` is the character that forced Unicode, at `place` (from 1; 0: none).
    `cheaper` are ways in which the text would take fewer parts."""

    at: int
    sentence: str
    coding: int
    parts: int
    forced_by: str
    place: int
    tables: tuple[str, ...] = ()
    cheaper: tuple[Cheaper, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message that its customer cut himself, and the id it was answered with. `target` asked for a
    receipt of it ("" = nobody did)."""

    at: int
    sentence: str
    number: int
    total: int
    id: MessageId
    target: str


@dataclass(frozen=True, slots=True)
class Routed:
    """The routes considered, and the one it got ("" = none)."""

    at: int
    sentence: str
    route_id: str
    revision: int
    considered: tuple[Considered, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """The price line and what was charged: `per_part` and `total` in 10⁻⁶ of `currency`."""

    at: int
    sentence: str
    line_id: str
    per_part: Micro
    total: Micro
    purse: int
    currency: str
    considered: tuple[ConsideredLine, ...]


@dataclass(frozen=True, slots=True)
class Replaced:
    """Its customer gave it another text; text, parts, route and price are those of the new one."""

    at: int
    sentence: str
    parts: int
    price: Micro


@dataclass(frozen=True, slots=True)
class Refusal:
    """It was refused and keeps an id (decisions.md 4)."""

    at: int
    sentence: str
    reason: str
    error: int


@dataclass(frozen=True, slots=True)
class Tried:
    """One hand-over to a connector and what was answered."""

    at: int
    sentence: str
    connector: str
    part_first: int
    part_last: int
    try_no: int
    outcome: str
    upstream_id: str
    answered_at: int
    error: int
    detail: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One receipt; `fate` is `applied`, or why it changed nothing."""

    at: int
    sentence: str
    connector: str
    upstream_id: str
    part: int
    said: str
    fate: str
    error: int
    detail: str
    done_at: int = 0


@dataclass(frozen=True, slots=True)
class Refunded:
    """What came back of the price, in 10⁻⁶ of `currency`."""

    at: int
    sentence: str
    amount: Micro
    purse: int
    currency: str


@dataclass(frozen=True, slots=True)
class Told:
    """One notice on its way home."""

    at: int
    sentence: str
    event_id: str
    target: str
    state: str
    progress: str
    tries: int
    next_try_at: int
    answer: str
    settled_at: int


@dataclass(frozen=True, slots=True)
class Stands:
    """Where it is now and what it waits for ("" = nothing)."""

    at: int
    sentence: str
    state: str
    is_final: bool
    error: int
    waits_for: str


TraceEvent = (
    Came
    | Normalised
    | Part
    | Measured
    | Routed
    | Priced
    | Replaced
    | Refusal
    | Tried
    | Heard
    | Refunded
    | Told
    | Stands
)
