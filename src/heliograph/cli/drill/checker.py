"""Joins the ledgers of a drill: client, store, carriers, sink. Whatever does not fit is a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field

from heliograph.cli.drill.ledgers import ClientLedger, Sink
from heliograph.model.message import Message, State
from heliograph.model.money import Micro
from heliograph.ports import Store
from heliograph.simulator.memory import CarrierLedger

EXPECTED = {"0001": State.UNDELIVERABLE, "0002": State.EXPIRED, "0003": State.REJECTED, "0010": State.UNDELIVERABLE}
"""Last four digits → how such a message must end; all others are delivered."""

PAGE = 500
"""Messages."""


@dataclass
class Verdict:
    """The result of a drill."""

    counts: dict[str, int]
    faults: list[str] = field(default_factory=list)


async def check(
    store: Store, client: ClientLedger, carriers: Iterable[CarrierLedger], sink: Sink, paid_in: Micro, deaths: int
) -> Verdict:
    """The verdict over a gateway that has been stopped after its last message ended."""
    faults = list(sink.faults)
    messages = {message.id: message async for message in _all_messages(store)}
    carriers = list(carriers)
    faults += _accepted_is_kept(client, messages)
    faults += _taken_is_kept(client, messages)
    faults += _nothing_else_is_kept(client, messages)
    faults += _ends(messages)
    doubles = _taken_by_carriers(messages, carriers, faults)
    faults += _told(messages, sink)
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
        "parts_taken_by_carriers": sum(sum(carrier.times.values()) for carrier in carriers),
        "doubles_marked": doubles,
        "in_doubt_twice": sum(map(_was_in_doubt_twice, messages.values())),
        "events_received": len(sink.bodies),
        "events_repeated": sink.repeats,
        **{state.name.lower(): count for state, count in Counter(m.state for m in messages.values()).items()},
    }
    return Verdict(counts, faults)


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
        if not is_told and text not in client.unanswered:
            yield f"message {message.id} is in the store though its request was answered without it"
        if message.recipient not in client.requests.get(text, ()):
            yield f"message {message.id} was never asked for"
        if key in seen:
            yield f"message {message.id} is a second one for the same recipient and text"
        seen.add(key)


def _ends(messages: dict[int, Message]) -> Iterator[str]:
    for message in messages.values():
        expected = EXPECTED.get(message.recipient[-4:], State.DELIVERED)
        if _was_in_doubt_twice(message):
            continue
        if message.state is not expected:
            yield f"message {message.id} to …{message.recipient[-4:]} is {message.state.name}, not {expected.name}"
        refund = message.price if expected is State.REJECTED else 0
        if message.state is expected and message.refunded != refund:
            yield f"message {message.id} was refunded {message.refunded}, not {refund}"


def _was_in_doubt_twice(message: Message) -> bool:
    """The gateway died twice between the mark and the answer: a visible end, never a third try (decisions.md 1)."""
    return message.state is State.UNKNOWN and message.maybe_twice


def _taken_by_carriers(messages: dict[int, Message], carriers: list[CarrierLedger], faults: list[str]) -> int:
    """Every part of a message that ended well was taken; what was taken twice is marked. Returns how many were."""
    times: Counter[tuple[int, int]] = Counter()
    for carrier in carriers:
        times.update(carrier.times)
    doubles = 0
    for (message_id, part), count in times.items():
        message = messages.get(message_id)
        if message is None:
            faults.append(f"a carrier took message {message_id}, which is not in the store")
        elif count > 1:
            doubles += 1
            if not message.maybe_twice:
                faults.append(f"part {part} of message {message_id} went out {count} times and is not marked")
    for message in messages.values():
        if message.state is not State.REJECTED and not _was_in_doubt_twice(message):
            missing = [part for part in range(1, message.parts + 1) if not times[message.id, part]]
            if missing:
                faults.append(f"no carrier took parts {missing} of message {message.id}, {message.state.name}")
    owed = sum(len(carrier.owed()) for carrier in carriers)
    if owed:
        faults.append(f"{owed} receipts were never acknowledged")
    return doubles


def _told(messages: dict[int, Message], sink: Sink) -> Iterator[str]:
    """One event for each message, with the state it ended in."""
    told = sink.states()
    for message in messages.values():
        states = told.get(message.id, [])
        if states != [message.state.name.lower()]:
            yield f"message {message.id} is {message.state.name}, its events told {states}"
    for message_id in told.keys() - messages.keys():
        yield f"an event speaks of message {message_id}, which is not in the store"
