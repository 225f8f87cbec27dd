"""Where a message stands, computed from its attempts: the worst over its parts of the best over their tries.

It fails only when no try is open any more (decisions.md 2). Pure functions over `Message.attempts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from heliograph.core.errors import NetworkError
from heliograph.model.message import Attempt, AttemptState, Message, State

_RANK = {
    AttemptState.DELIVERED: 6,
    AttemptState.TAKEN: 5,
    AttemptState.OPEN: 4,
    AttemptState.IN_DOUBT: 4,
    AttemptState.EXPIRED: 3,
    AttemptState.UNDELIVERABLE: 2,
    AttemptState.SILENT: 1,
    AttemptState.FAILED: 0,
}
_ENDS = {
    AttemptState.DELIVERED: State.DELIVERED,
    AttemptState.EXPIRED: State.EXPIRED,
    AttemptState.UNDELIVERABLE: State.UNDELIVERABLE,
}
_DELIVERED = AttemptState.DELIVERED
_NOT_DELIVERED = {
    State.EXPIRED: frozenset({AttemptState.EXPIRED}),
    State.UNDELIVERABLE: frozenset({AttemptState.UNDELIVERABLE, AttemptState.FAILED}),
    State.REJECTED: frozenset({AttemptState.UNDELIVERABLE, AttemptState.FAILED}),
}
"""What stands behind an end that a carrier brought about."""
_TEST_MODE = int(NetworkError.TEST_MODE)
_ENDED_WELL = (State.DELIVERED, int(NetworkError.NONE))
_TAKEN_ONCE = frozenset({AttemptState.TAKEN, AttemptState.SILENT, *_ENDS})
_TO_SEND = frozenset({AttemptState.FAILED, AttemptState.IN_DOUBT, AttemptState.SILENT})


def best_attempts(message: Message) -> list[Attempt | None]:
    """The best attempt of each part, part 1 first; None where there was no try. Of equals the newest wins.

    A try in doubt is forgotten once the part was tried again: nothing will ever be heard of it under a name we know.
    One that no receipt came for stands behind whatever another carrier reported of its own.
    """
    best: list[Attempt | None] = [None] * message.parts
    for attempt in message.attempts:
        for index in range(attempt.part_first - 1, min(attempt.part_last, message.parts)):
            known = best[index]
            if known is None or _is_better(attempt, known):
                best[index] = attempt
    return best


def part_result(message: Message, number: int) -> tuple[State, int] | None:
    """The final state and error code of one part (from 1), where a receipt spoke of it alone."""
    best = best_attempts(message)[number - 1] if message.attempts else None
    if best is None or best.state not in _ENDS or best.part_last > best.part_first:
        return None
    return _ENDED_WELL if best.state is _DELIVERED and best.error != _TEST_MODE else (_ENDS[best.state], best.error)


def carriers_word(message: Message, state: State, number: int = 0) -> str:
    """The carrier's own word for why a message, or a part of it (from 1), ended so; "" if it has said nothing."""
    ended = _NOT_DELIVERED.get(state)
    if ended is None or not message.attempts:
        return ""
    best = best_attempts(message)
    told = [one for one in (best[number - 1 : number] if number else best) if one is not None and one.state in ended]
    return min(told, key=lambda one: _RANK[one.state]).detail if told else ""


def _is_better(attempt: Attempt, known: Attempt) -> bool:
    older, newer = (known, attempt) if attempt.try_no >= known.try_no else (attempt, known)
    if older.state is AttemptState.IN_DOUBT:
        return newer is attempt
    return _RANK[attempt.state] >= _RANK[known.state]


def parts_to_send(message: Message) -> list[int]:
    """The part numbers that no carrier is known to have and no open try may bring there, or that go another way for
    want of a receipt."""
    return [
        number
        for number, attempt in enumerate(best_attempts(message), 1)
        if attempt is None or attempt.state in _TO_SEND
    ]


def parts_taken(message: Message) -> int:
    """How many parts a carrier accepted at least once: those are paid for."""
    taken = {
        number
        for attempt in message.attempts
        if attempt.state in _TAKEN_ONCE
        for number in range(attempt.part_first, attempt.part_last + 1)
    }
    return len(taken)


def waits_for_receipts(message: Message) -> bool:
    """True while a carrier has every part and has sent no receipt that ends one."""
    return all(attempt is not None and attempt.state is AttemptState.TAKEN for attempt in best_attempts(message)) and (
        not any(attempt.state in _ENDS for attempt in message.attempts)
    )


def is_taken_whole(message: Message) -> bool:
    """True once every part was accepted by a carrier, and none is to go another way: the message is SENT."""
    return not parts_to_send(message)


def result_of_shared_ids(message: Message) -> tuple[State, int] | None:
    """What follows if a receipt speaks for all parts that were given its id; None where parts are left even so.

    A carrier that gives the parts of a message one id may send one receipt for all of them. That is known only once no
    other has come for long.
    """
    told = {one.upstream_id: one for one in message.attempts if one.state in _ENDS and one.upstream_id}
    spoken = [
        told.get(best.upstream_id) if best is not None and best.state is AttemptState.TAKEN else best
        for best in best_attempts(message)
    ]
    return _worst(spoken)


def result(message: Message) -> tuple[State, int] | None:
    """The final state and error code that follow from the receipts, or None while a try is open or a part missing."""
    attempts: Sequence[Attempt | None] = message.attempts
    if len(attempts) != 1 or message.parts != 1:
        attempts = best_attempts(message)
    return _worst(attempts)


def _worst(attempts: Sequence[Attempt | None]) -> tuple[State, int] | None:
    worst: Attempt | None = None
    for attempt in attempts:
        if attempt is None or attempt.state not in _ENDS:
            return None
        if worst is None or _RANK[attempt.state] < _RANK[worst.state]:
            worst = attempt
    if worst is None:
        return None
    if worst.state is _DELIVERED and worst.error != _TEST_MODE:
        return _ENDED_WELL
    return _ENDS[worst.state], worst.error
