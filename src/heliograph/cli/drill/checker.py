"""Joins the ledgers of a drill: client, store, carriers, sink. Whatever does not fit is a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from heliograph.cli.drill.ledgers import ClientLedger, Sink
from heliograph.cli.drill.weather import WEATHER
from heliograph.model.message import FINAL, Message, State
from heliograph.model.money import Micro
from heliograph.ports import Store
from heliograph.simulator.memory import CarrierLedger

NO_ID, SAME_ID = "0016", "0017"
"""No receipt of the first can match; receipts of the second are told apart by number, and so not those of its parts."""
EXPECTED = {
    NO_ID: State.UNKNOWN,
    "0001": State.UNDELIVERABLE,
    "0002": State.EXPIRED,
    "0003": State.REJECTED,
    "0010": State.UNDELIVERABLE,
}
"""Last four digits → how such a message must end; all others are delivered."""

PAGE = 500
"""Messages."""


BY_NUMBER = {weather.prefix: name for name, weather in WEATHER.items()}
BY_TEXT = re.compile(r"Drill \d+ ([RN]\d+)\.")
USUAL = "load"
"""Messages of no scenario."""


class Taken(NamedTuple):
    """What carriers took: those that keep our ids, and those by SMPP, who know numbers alone, each a message's own."""

    by_id: list[CarrierLedger]
    by_number: list[CarrierLedger]

    def times(self, messages: dict[int, Message]) -> Counter[tuple[int, int]]:
        """How often each (message id, part) was taken."""
        times: Counter[tuple[int, int]] = Counter()
        for carrier in self.by_id:
            times.update(carrier.times)
        ids = {message.recipient: message.id for message in messages.values()}
        for carrier in self.by_number:
            times.update((ids.get(part.recipient, 0), 1) for part in carrier.taken)
        return times

    def reported(self) -> Counter[int]:
        """Receipts that were acknowledged, by message id."""
        acknowledged: Counter[int] = Counter()
        for carrier in self.by_id:
            acknowledged.update(part.message_id for part in carrier.taken if part.receipts)
            acknowledged.subtract(receipts.parts[0].message_id for receipts in carrier.owed())
        return acknowledged


@dataclass
class Figures:
    """What became of the messages of one scenario. `doubled_in_window`: taken twice and marked so; `doubled_outside`:
    taken twice without the mark, which is a fault; `unmatched`: receipts that were acknowledged and ended nothing."""

    messages: int = 0
    lost: int = 0
    doubled_in_window: int = 0
    doubled_outside: int = 0
    unmatched: int = 0


@dataclass
class Verdict:
    """The result of a drill. `money` is what the balances differ from what they should be."""

    counts: dict[str, int]
    faults: list[str] = field(default_factory=list)
    scenarios: dict[str, Figures] = field(default_factory=dict)
    money: Micro = 0


def scenario_of(recipient: str, text: str) -> str:
    """Whose a message is: by its number, else by the scenario that was on when it was sent."""
    named = BY_TEXT.match(text)
    return BY_NUMBER.get(recipient[:5]) or (named[1] if named else USUAL)


async def check(
    store: Store, client: ClientLedger, taken: Taken, sink: Sink, paid_in: Micro, deaths: int, *, is_disturbed: bool
) -> Verdict:
    """The verdict over a gateway that has been stopped after its last message ended. `is_disturbed`: it was kept from
    its work for so long that a message may have grown too old, which is an end in sight and paid back."""
    faults = list(sink.faults)
    messages = {message.id: message async for message in _all_messages(store)}
    times = taken.times(messages)
    faults += _accepted_is_kept(client, messages)
    faults += _taken_is_kept(client, messages)
    faults += _nothing_else_is_kept(client, messages)
    faults += _mailed_is_kept(client, messages)
    too_old = {message.id for message in messages.values() if is_disturbed and _grew_too_old(message, times)}
    faults += _ends([message for message in messages.values() if message.id not in too_old], deaths)
    faults += _taken_by_carriers(messages, times, too_old)
    owed = sum(len(carrier.owed()) for carrier in taken.by_id)
    if owed:
        faults.append(f"{owed} receipts were never acknowledged")
    faults += _told(messages, sink, is_disturbed=is_disturbed)
    faults += [f"store check: {sentence}" for sentence in await store.check()]
    spent = sum(message.price - message.refunded for message in messages.values())
    balance = sum(purse.balance for purse in await store.purses())
    if paid_in - spent != balance:
        faults.append(f"the balance is {balance}, but {paid_in} paid in less {spent} spent is {paid_in - spent}")
    counts = {
        "deaths": deaths,
        "answered_accepted": len(client.accepted) + len(client.taken),
        "requests_without_answer": len(client.unanswered),
        "refused_busy": sum(client.refused.values()),
        "messages_stored": len(messages),
        "parts_stored": sum(message.parts for message in messages.values()),
        "parts_taken_by_carriers": times.total(),
        "doubles_marked": sum(count > 1 for count in times.values()),
        "in_doubt_twice": sum(map(_was_in_doubt_twice, messages.values())),
        "grown_too_old": len(too_old),
        "events_received": len(sink.bodies),
        "events_repeated": sink.repeats,
        **{state.name.lower(): count for state, count in Counter(m.state for m in messages.values()).items()},
    }
    return Verdict(counts, faults, _figures(client, messages, times, taken.reported()), balance - (paid_in - spent))


def _figures(
    client: ClientLedger, messages: dict[int, Message], times: Counter[tuple[int, int]], reported: Counter[int]
) -> dict[str, Figures]:
    """By scenario, whatever came of it."""
    found: dict[str, Figures] = {}
    kept = {(message.recipient, message.content.text) for message in messages.values()}
    for message in messages.values():
        figures = found.setdefault(scenario_of(message.recipient, message.content.text), Figures())
        figures.messages += 1
        figures.lost += message.state not in FINAL
        figures.unmatched += message.state is State.UNKNOWN and reported[message.id] > 0 and not _has_odd_ids(message)
    answered = {*client.accepted.values(), *client.taken}
    for recipient, text in answered - kept:
        found.setdefault(scenario_of(recipient, text), Figures()).lost += 1
    for (message_id, _), count in times.items():
        known = messages.get(message_id)
        if known is not None and count > 1:
            figures = found[scenario_of(known.recipient, known.content.text)]
            figures.doubled_in_window += known.maybe_twice
            figures.doubled_outside += not known.maybe_twice
    return dict(sorted(found.items(), key=lambda one: (len(one[0]), one[0])))


def _has_odd_ids(message: Message) -> bool:
    """R11: which receipt is whose can be known by nobody."""
    ending = message.recipient[-4:]
    return ending == NO_ID or (ending == SAME_ID and message.parts > 1)


async def _all_messages(store: Store) -> AsyncIterator[Message]:
    after = 0
    while found := await store.all_messages(after, PAGE):
        for message in found:
            yield message
        after = found[-1].id


def _accepted_is_kept(client: ClientLedger, messages: dict[int, Message]) -> Iterator[str]:
    for message_id, (recipient, text) in client.accepted.items():
        message = messages.get(message_id)
        if message is None:
            yield f"message {message_id} was accepted and is not in the store"
        elif message.recipient != recipient or message.content.text != text:
            yield f"message {message_id} is not what was accepted under its id"


def _taken_is_kept(client: ClientLedger, messages: dict[int, Message]) -> Iterator[str]:
    kept = {(message.recipient, message.content.text) for message in messages.values()}
    for recipient, _ in client.taken - kept:
        yield f"a message to …{recipient[-4:]} was accepted without an id and is not in the store"


def _nothing_else_is_kept(client: ClientLedger, messages: dict[int, Message]) -> Iterator[str]:
    """What the store holds beyond the answered came from a request whose answer was lost, and only once."""
    seen: set[tuple[str, str]] = set()
    for message in messages.values():
        text, key = message.content.text, (message.content.text, message.recipient)
        is_told = message.id in client.accepted or (message.recipient, text) in client.taken
        if not is_told and text not in client.unanswered and text not in client.mailed:
            yield f"message {message.id} is in the store though its request was answered without it"
        if message.recipient not in client.requests.get(text, ()):
            yield f"message {message.id} was never asked for"
        if key in seen:
            yield f"message {message.id} is a second one for the same recipient and text"
        seen.add(key)


def _mailed_is_kept(client: ClientLedger, messages: dict[int, Message]) -> Iterator[str]:
    kept = {(message.recipient, message.content.text) for message in messages.values()}
    for text, recipients in client.mailed.items():
        missing = [recipient for recipient in recipients if (recipient, text) not in kept]
        if missing:
            yield f"a mailing never came to {len(missing)} of its {len(recipients)} recipients"


def _grew_too_old(message: Message, times: Counter[tuple[int, int]]) -> bool:
    is_paid_back = message.state is State.EXPIRED and message.refunded == message.price
    return is_paid_back and not any(times[message.id, part] for part in range(1, message.parts + 1))


def _ends(messages: list[Message], deaths: int) -> Iterator[str]:
    for message in messages:
        expected = EXPECTED.get(message.recipient[-4:], State.DELIVERED)
        is_held = deaths > 0 and message.recipient.startswith(WEATHER["R9"].prefix)  # its route never resends
        may_be_unknown = _has_odd_ids(message) or is_held
        if _was_in_doubt_twice(message) or (may_be_unknown and message.state is State.UNKNOWN):
            continue
        if message.state is not expected:
            yield f"message {message.id} to …{message.recipient[-4:]} is {message.state.name}, not {expected.name}"
        refund = message.price if expected is State.REJECTED else 0
        if message.state is expected and message.refunded != refund:
            yield f"message {message.id} was refunded {message.refunded}, not {refund}"


def _was_in_doubt_twice(message: Message) -> bool:
    """The gateway died twice between the mark and the answer: a visible end, never a third try (decisions.md 1)."""
    return message.state is State.UNKNOWN and message.maybe_twice


def _taken_by_carriers(
    messages: dict[int, Message], times: Counter[tuple[int, int]], too_old: set[int]
) -> Iterator[str]:
    """Every part of a message that ended well was taken; what was taken twice is marked."""
    for (message_id, part), count in times.items():
        message = messages.get(message_id)
        if message is None:
            yield f"a carrier took message {message_id}, which is not in the store"
        elif count > 1 and not message.maybe_twice:
            yield f"part {part} of message {message_id} went out {count} times and is not marked"
    for message in messages.values():
        if message.state is State.UNKNOWN and message.recipient.startswith(WEATHER["R9"].prefix):
            continue
        if message.state is not State.REJECTED and message.id not in too_old and not _was_in_doubt_twice(message):
            missing = [part for part in range(1, message.parts + 1) if not times[message.id, part]]
            if missing:
                yield f"no carrier took parts {missing} of message {message.id}, {message.state.name}"


def _told(messages: dict[int, Message], sink: Sink, *, is_disturbed: bool) -> Iterator[str]:
    """One event for each message, with the state it ended in; a late receipt beats our own guess (decisions.md 1)."""
    told = sink.states()
    for message in messages.values():
        states = told.get(message.id, [])
        guessed = ["unknown"] if is_disturbed and states[:1] == ["unknown"] and len(states) > 1 else []
        if states != [*guessed, message.state.name.lower()]:
            yield f"message {message.id} is {message.state.name}, its events told {states}"
    for message_id in told.keys() - messages.keys():
        yield f"an event speaks of message {message_id}, which is not in the store"
