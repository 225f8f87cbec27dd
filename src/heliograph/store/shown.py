"""Which message a customer means by an id he knows it by: his own, or ours where ours was shown (decisions.md 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from heliograph.model.message import Message, MessageId

Key = tuple[str, str]
"""Recipient and shown id, within an account."""


def our_ids(keys: Iterable[Key]) -> list[MessageId]:
    """The ids of ours that these may be."""
    return [number for number in map(_number, keys) if number]


def pick(
    keys: Sequence[Key],
    ids: Mapping[Key, MessageId],
    shown: Mapping[MessageId, Message],
    ours: Iterable[Message],
) -> dict[Key, Message]:
    """The message under each key. `ids` are the newest that were shown under it, `shown` the messages with those ids,
    `ours` the ones that own `our_ids`: our own id counts where no shown id does, and the newer of both wins."""
    by_part = {part_id: message for message in ours for part_id in message.part_ids}
    found: dict[Key, Message] = {}
    known: dict[MessageId, Message] = {}
    for key in keys:
        mine = by_part.get(_number(key))
        theirs = shown.get(ids.get(key, 0))
        if mine is not None and key[0] not in (mine.recipient, mine.recipient_given):
            mine = None
        if theirs is None or (mine is not None and mine.shown_id is None and mine.id > theirs.id):
            theirs = mine
        if theirs is not None:
            found[key] = known.setdefault(theirs.id, theirs)
    return found


def _number(key: Key) -> MessageId:
    """The id of ours that a shown one may be, 0 if it can be none."""
    shown_id = key[1]
    return int(shown_id) if shown_id.isascii() and shown_id.isdigit() and len(shown_id) <= 16 else 0
