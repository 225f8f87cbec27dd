"""Messages by the id their customer knows them by (decisions.md 3): his own, or that of the request's first message.

The index `message_shown` has them from the moment they are committed, on whatever node; what it holds is cut to a
bounded length, so what it finds is compared whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from heliograph.model.message import UPSTREAM, Message, MessageId
from heliograph.store.postgres import attempts, messages
from heliograph.store.postgres.database import Reader
from heliograph.store.shown import Key, our_ids, pick

NEWEST = """
    SELECT asked.number, (
        SELECT id FROM message
        WHERE account_id = $1 AND shown_id IS NOT NULL
        AND "left"(shown_id, 100) = "left"(asked.shown_id, 100)
        AND "left"(CASE recipient WHEN '' THEN recipient_given ELSE recipient END, 40) = "left"(asked.recipient, 40)
        AND shown_id = asked.shown_id
        AND CASE recipient WHEN '' THEN recipient_given ELSE recipient END = asked.recipient
        ORDER BY id DESC LIMIT 1
    )
    FROM unnest($2::bigint[], $3::text[], $4::text[]) AS asked (number, recipient, shown_id)
"""


async def find(reader: Reader, account_id: int, keys: Sequence[Key]) -> dict[Key, Message]:
    """The newest message of an account under each key; our own id counts where no shown id does."""
    asked = list(dict.fromkeys(keys))
    if not asked:
        return {}
    ids = await _newest(reader, account_id, asked)
    shown = await messages.by_ids(reader, sorted(set(ids.values())))
    found = pick(asked, ids, shown, await messages.owning(reader, our_ids(asked), account_id))
    await attempts.load(reader, [message for message in found.values() if message.state in UPSTREAM])
    return found


async def _newest(reader: Reader, account_id: int, asked: list[Key]) -> dict[Key, MessageId]:
    rows = await reader.rows(
        NEWEST, account_id, list(range(len(asked))), [key[0] for key in asked], [key[1] for key in asked]
    )
    return {asked[number]: message_id for number, message_id in rows if message_id is not None}
