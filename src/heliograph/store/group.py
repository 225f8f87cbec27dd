"""The rows of a group, sorted by kind: what any store is given to write in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from heliograph.model.account import StopListed
from heliograph.model.campaign import CampaignMove, Undelivered
from heliograph.model.message import Attempt, Message, MessageId
from heliograph.model.money import Entry
from heliograph.model.receipt import Incoming, IncomingPart, KeptReceipt, Notice
from heliograph.model.refusal import Reason
from heliograph.model.rows import (
    AttemptMove,
    ConfirmationMove,
    DayCount,
    Guard,
    HiddenMove,
    LetGo,
    Move,
    NetworkMove,
    NoticeMove,
    PartGone,
    PartJoined,
    ReceiptMove,
    Replaced,
    Row,
    Whole,
)

Verdict = dict[MessageId, Reason]
"""Messages that were not taken, or whose move came too late, each with the reason."""
OPT_OUT = "opt-out"
"""The author of stop-list entries that come with a group."""


@dataclass(slots=True)
class Group:
    """The rows of a group by kind."""

    messages: list[Message] = field(default_factory=list)
    wholes: list[Whole] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    receipts: list[KeptReceipt] = field(default_factory=list)
    incoming: list[Incoming] = field(default_factory=list)
    parts: list[IncomingPart] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    day_counts: list[DayCount] = field(default_factory=list)
    let_go: list[LetGo] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    attempt_moves: list[AttemptMove] = field(default_factory=list)
    receipt_moves: list[ReceiptMove] = field(default_factory=list)
    confirmation_moves: list[ConfirmationMove] = field(default_factory=list)
    notice_moves: list[NoticeMove] = field(default_factory=list)
    network_moves: list[NetworkMove] = field(default_factory=list)
    hidden_moves: list[HiddenMove] = field(default_factory=list)
    parts_joined: list[PartJoined] = field(default_factory=list)
    parts_gone: list[PartGone] = field(default_factory=list)
    stops: list[StopListed] = field(default_factory=list)
    campaign_moves: list[CampaignMove] = field(default_factory=list)
    undelivered: list[Undelivered] = field(default_factory=list)

    def without(self, refused: set[MessageId]) -> Group:
        """What is left when these new messages are not taken, nor what hangs on them."""
        return replace(
            self,
            messages=[message for message in self.messages if message.id not in refused],
            attempts=[attempt for attempt in self.attempts if attempt.message.id not in refused],
            receipts=[kept for kept in self.receipts if kept.message_id not in refused],
            notices=[one for one in self.notices if one.message is None or one.message.id not in refused],
            replaced=[row for row in self.replaced if row.message.id not in refused],
            guards=[
                guard._replace(message_ids=guard.without(refused))
                for guard in self.guards
                if any(one > 0 for one in guard.without(refused))
            ],
            day_counts=[one for one in self.day_counts if one.message_id not in refused],
            moves=[move for move in self.moves if move.message_id not in refused],
            attempt_moves=[move for move in self.attempt_moves if move.message_id not in refused],
            receipt_moves=[move for move in self.receipt_moves if move.message_id not in refused],
            network_moves=[move for move in self.network_moves if move.message_id not in refused],
            hidden_moves=[move for move in self.hidden_moves if move.message_id not in refused],
        )

    def without_ends(self, moves: Sequence[Move], kept: Sequence[Move]) -> Group:
        """Nobody is told of an end that was not one: another was first. A message may have ended though another move of
        it came too late: that of a copy which was to go out, or to end, as well."""
        ended = {move.message_id: move.message for move in kept if move.final_at}
        late = {move.message_id for move in moves if move.final_at} - ended.keys()
        notices = [
            one
            for one in self.notices
            if one.message is None or (one.message.id not in late and ended.get(one.message.id) in (None, one.message))
        ]
        undelivered = [one for one in self.undelivered if one.message_id not in late]
        return replace(self, notices=notices, undelivered=undelivered)

    def without_single(self, refused: set[MessageId]) -> Group:
        """What is left when these new messages are refused for good: their mailings go on without them."""
        moves = list(self.campaign_moves)
        for message in self.messages:
            if message.campaign and message.id in refused:
                at = next(at for at, move in enumerate(moves) if move.campaign_id == message.campaign)
                moves[at] = moves[at]._replace(
                    refused=moves[at].refused + 1,
                    parts=moves[at].parts - message.parts,
                    cost=moves[at].cost - message.price,
                )
        return replace(self.without(refused), campaign_moves=moves)

    def without_mailings(self, refused: set[MessageId]) -> tuple[Group, set[MessageId]]:
        """The group, and all that is not taken, when purses are too empty for `refused`: of a mailing a batch is taken
        whole or not at all, and its cursor stays where it is."""
        stopped = {message.campaign for message in self.messages if message.id in refused} - {0}
        refused = refused | {message.id for message in self.messages if message.campaign in stopped}
        moves = [move for move in self.campaign_moves if move.campaign_id not in stopped]
        return replace(self.without(refused), campaign_moves=moves), refused


def sort(rows: Sequence[Row]) -> Group:
    """Sort the rows by kind, keeping the order within each; `KeyError` for what is no row."""
    group = Group()
    place: dict[type, Callable[[Any], None]] = {
        Message: group.messages.append,
        Whole: group.wholes.append,
        Replaced: group.replaced.append,
        Attempt: group.attempts.append,
        KeptReceipt: group.receipts.append,
        Incoming: group.incoming.append,
        IncomingPart: group.parts.append,
        Notice: group.notices.append,
        Guard: group.guards.append,
        DayCount: group.day_counts.append,
        LetGo: group.let_go.append,
        Entry: group.entries.append,
        Move: group.moves.append,
        AttemptMove: group.attempt_moves.append,
        ReceiptMove: group.receipt_moves.append,
        NoticeMove: group.notice_moves.append,
        ConfirmationMove: group.confirmation_moves.append,
        NetworkMove: group.network_moves.append,
        HiddenMove: group.hidden_moves.append,
        PartJoined: group.parts_joined.append,
        PartGone: group.parts_gone.append,
        StopListed: group.stops.append,
        CampaignMove: group.campaign_moves.append,
        Undelivered: group.undelivered.append,
    }
    for row in rows:
        place[type(row)](row)
    return group


def joined_parts(wholes: Sequence[Whole]) -> list[tuple[MessageId, MessageId]]:
    """The parts that go into each whole but its first, which becomes the whole: each with the whole's id."""
    return [(part.id, whole.message.id) for whole in wholes for part in whole.message.own_parts[1:]]


def all_parts(wholes: Sequence[Whole]) -> list[MessageId]:
    """The rows that become wholes, or part of one."""
    return [part.id for whole in wholes for part in whole.message.own_parts]
