"""Writing a group: keys first, moves of what is there, inserts, moves of what is new, a statement a kind; money last.

The caller has begun a transaction and commits it, or rolls it back whole when this raises. What single items a group
does not take is said at the end: a key somebody else has, a purse that is empty, a move that came too late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from heliograph.model.refusal import Reason
from heliograph.model.rows import Fence, Move, Replaced, counted, ledger_lines, must_look
from heliograph.store import columns
from heliograph.store.group import OPT_OUT, Group, Verdict, all_parts, joined_parts
from heliograph.store.held import network_text
from heliograph.store.postgres import (
    attempts,
    campaigns,
    confirmations,
    day_counts,
    directory,
    figures,
    guards,
    incoming,
    messages,
    money,
    notices,
    receipts,
    subclients,
)
from heliograph.store.postgres.statements import Connection, run, run_telling

Moved = TypeVar("Moved")


async def write(database: Connection, group: Group, fence: Fence, at: int) -> Verdict:
    """Write it all at once and return what was not taken; `money.NoMoney` if a purse is too empty for all of it."""
    verdict, group = await _claim(database, group, at)
    return await _write(database, group, fence, at, verdict)


async def write_while_there_is_money(database: Connection, group: Group, fence: Fence, at: int) -> Verdict:
    """Lock the purses, then admit the messages in order until their purse is empty (decisions.md 7)."""
    verdict, group = await _claim(database, group, at)
    others = ledger_lines((), group.moves, at, group.replaced) + group.entries
    purses = {message.purse for message in group.messages if message.price} | set(columns.ledger.changes(others))
    spendable = await money.spendable(database, purses)
    for purse, amount in columns.ledger.changes(group.entries).items():
        spendable[purse] += amount
    claims, counted = group.guards, group.day_counts
    dearer = money.too_dear_anew(group.replaced, spendable)
    group, refused = group.without_mailings(money.too_dear(group.messages, spendable) | dearer)
    await guards.free(database, claims, refused)
    await day_counts.give_back(database, [one for one in counted if one.message_id in refused])
    verdict.update(dict.fromkeys(refused, Reason.NO_MONEY))
    return await _write(database, group, fence, at, verdict, is_counted=True)


async def _claim(database: Connection, group: Group, at: int) -> tuple[Verdict, Group]:
    verdict: Verdict = {}
    claims = group.guards
    if taken := await guards.put(database, claims, at):
        ours = {message.id for message in group.messages}
        known = {message_id for guard in taken for message_id in guard.message_ids if message_id in ours}
        await guards.free(database, [guard for guard in claims if guard not in taken], known)
        verdict, group = dict.fromkeys(known, Reason.DUPLICATE), group.without(known)
    if group.day_counts and (too_many := await day_counts.claim(database, group.day_counts)):
        await guards.free(database, group.guards, too_many.keys())
        group = group.without_single(set(too_many))
        verdict |= too_many
    return verdict, group


async def _write(
    database: Connection, group: Group, fence: Fence, at: int, verdict: Verdict, *, is_counted: bool = False
) -> Verdict:
    replaced = await _replaced(database, group.replaced, fence, verdict)
    new = {message.id for message in group.messages} | {whole.message.id for whole in group.wholes}
    known = [move for move in group.moves if move.message_id not in new] if new else group.moves
    kept = await _moved(database, known, fence, verdict)
    if verdict and (group.notices or group.undelivered):
        group = group.without_ends(known, kept)
    plain, rest = columns.messages.insert_values(group.messages)
    await run(database, messages.INSERT_PLAIN, plain)
    await run(database, messages.INSERT, rest)
    later = joined_parts(group.wholes)
    async with figures.looking(database, all_parts(group.wholes), fence):
        await run(database, messages.WHOLE, [columns.messages.whole_values(whole) for whole in group.wholes])
        await run(database, messages.JOINED_PART, [(part_id,) for part_id, _ in later])
    await run(database, messages.PART_OF, later)
    await run(database, attempts.INSERT, [columns.attempts.insert_values(attempt) for attempt in group.attempts])
    await run(database, receipts.INSERT, [columns.receipts.insert_values(kept) for kept in group.receipts])
    await run(database, incoming.INSERT, [columns.incoming.insert_values(one) for one in group.incoming])
    await run(database, incoming.INSERT_PART, [columns.incoming.part_values(part) for part in group.parts])
    await run(database, notices.INSERT, [columns.notices.insert_values(notice) for notice in group.notices])
    if new:
        kept += await _moved(database, [move for move in group.moves if move.message_id in new], fence, verdict)
    await _move_the_rest(database, group)
    if group.stops:
        await directory.change(database, group.stops, OPT_OUT, at)
    await figures.add(database, counted(group.messages, kept), fence)
    charged = set()
    if not is_counted:
        charged = {one.purse for one in (*group.messages, *[row.message for row in replaced]) if one.price}
    await money.write_entries(database, ledger_lines(group.messages, kept, at, replaced) + group.entries, charged)
    return verdict


async def _replaced(database: Connection, rows: Sequence[Replaced], fence: Fence, verdict: Verdict) -> list[Replaced]:
    """Replace what still stands as it did and return that; the rest is BUSY in the verdict."""
    done: list[Replaced] = []
    for together in _rounds(rows, lambda row: row.message.id):
        async with figures.looking(database, [row.message.id for row in together], fence):
            told = await run_telling(
                database, messages.REPLACE, [columns.messages.replaced_values(row) for row in together]
            )
        found = {row[0] for row in told}
        done += [row for row in together if row.message.id in found]
        verdict.update({row.message.id: Reason.BUSY for row in together if row.message.id not in found})
    await run(database, messages.PART_OF, [(part, row.message.id) for row in done for part in row.part_ids])
    return done


async def _moved(database: Connection, moves: Sequence[Move], fence: Fence, verdict: Verdict) -> list[Move]:
    """Move what may move and return that; the rest is BUSY in the verdict."""
    kept: list[Move] = []
    async with figures.looking(database, must_look(moves), fence):
        for together in _rounds(moves, lambda move: move.message_id):
            rows = await run_telling(database, messages.MOVE, [messages.move_values(move, fence) for move in together])
            found = {row[0] for row in rows}
            kept += [move for move in together if move.message_id in found]
            verdict.update({move.message_id: Reason.BUSY for move in together if move.message_id not in found})
    return kept


async def _move_the_rest(database: Connection, group: Group) -> None:
    for attempt_moves in _rounds(group.attempt_moves, lambda move: (move.message_id, move.part_first, move.try_no)):
        await run(database, attempts.MOVE, [columns.attempts.move_values(move) for move in attempt_moves])
    for receipt_moves in _rounds(group.receipt_moves, lambda move: move.id):
        await run(database, receipts.MOVE, [columns.receipts.move_values(move) for move in receipt_moves])
    for notice_moves in _rounds(group.notice_moves, lambda move: move.id):
        await run(database, notices.MOVE, [columns.notices.move_values(move) for move in notice_moves])
    for network_moves in _rounds(group.network_moves, lambda move: move.message_id):
        rows = [(move.message_id, network_text(move.network)) for move in network_moves]
        await run(database, messages.SET_NETWORK, rows)
    for batches in _rounds(group.campaign_moves, lambda move: move.campaign_id):
        await run(database, campaigns.ADVANCE, [columns.campaigns.advance_values(move) for move in batches])
    await campaigns.send_again(database, group.undelivered)
    await run(database, subclients.LET_GO, list(group.let_go))
    hidden = {move.message_id for move in group.hidden_moves}
    await run(database, messages.HIDE, [(message_id,) for message_id in hidden])
    calls = {move.id: confirmations.move_values(move) for move in reversed(group.confirmation_moves)}
    await run(database, confirmations.MOVE, list(calls.values()))
    for joined in _rounds(group.parts_joined, lambda move: move.id):
        await run(database, incoming.PART_JOINED, [columns.incoming.joined_values(move) for move in joined])
    await run(database, incoming.PART_GONE, [columns.incoming.gone_values(move) for move in group.parts_gone])


def _rounds(moves: Iterable[Moved], key: Callable[[Moved], object]) -> Iterator[list[Moved]]:
    """The moves in order, cut before any that moves again what is in its round: one statement changes a row once."""
    now: list[Moved] = []
    seen: set[object] = set()
    for move in moves:
        if key(move) in seen:
            yield now
            now, seen = [], set()
        now.append(move)
        seen.add(key(move))
    if now:
        yield now
