"""What to do with a message whose try failed: another connector, another time, or the end.

Pure: everything arrives as an argument. A message of which a carrier has a part stays with that connector, because its
other parts mean nothing elsewhere (decisions.md 2). Tries are not counted out: a message that may still go through is
tried until its validity ends, and that is a visible EXPIRED (P2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from heliograph.core.errors import NetworkError
from heliograph.core.standing import parts_taken
from heliograph.model.message import AttemptState, Message
from heliograph.model.outcome import Failed

FIRST_PAUSE_MS = 5_000
LONGEST_PAUSE_MS = 10 * 60_000
THROTTLED_PAUSE_MS = 1_000
QUEUE_FULL_PAUSE_MS = 30_000


@dataclass(frozen=True, slots=True)
class Again:
    """Try again on `connector`, not before `at` (ms; 0 = at once)."""

    connector: str
    at: int


@dataclass(frozen=True, slots=True)
class Over:
    """No further try: the message ends REJECTED with this error."""

    error: int


def after_failure(
    message: Message,
    failed: Failed,
    connectors: Sequence[str],
    is_connected: Callable[[str], bool],
    now: int,
) -> Again | Over:
    """Decide after `failed` on `message.connector`; `connectors` are the route's, in order of preference."""
    if parts_taken(message):
        if failed.permanent:
            return Over(failed.error or NetworkError.REJECTED_BY_OPERATOR)
        return Again(message.connector, now + pause_ms(message, failed))
    other = _other(message, failed, connectors, is_connected)
    if other is not None:
        return Again(other, 0)
    if failed.permanent:
        return Over(failed.error or NetworkError.REJECTED_BY_OPERATOR)
    return Again(message.connector, now + pause_ms(message, failed))


def pause_ms(message: Message, failed: Failed) -> int:
    """How long to wait before the next try on the same connector; the carrier's own word comes first."""
    if failed.retry_after_ms is not None:
        return max(1, failed.retry_after_ms)
    if failed.throttled:
        return THROTTLED_PAUSE_MS
    if failed.error == NetworkError.OPERATOR_QUEUE_FULL:
        return QUEUE_FULL_PAUSE_MS
    return int(min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(max(message.tries - 1, 0), 10)))


def _other(
    message: Message, failed: Failed, connectors: Sequence[str], is_connected: Callable[[str], bool]
) -> str | None:
    """The next connector that has not yet refused this message for good and is connected; None if there is none."""
    if failed.throttled:
        return None
    refused = {attempt.connector for attempt in message.attempts if attempt.state is AttemptState.FAILED}
    refused.add(message.connector)
    for connector in connectors:
        if connector not in refused and is_connected(connector):
            return connector
    return None
