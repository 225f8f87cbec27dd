"""The whole story of one message, in order and in plain English: computed from its rows, never stored.

A message's history *is* its message, attempt, receipt, notice and ledger rows (decisions.md 6). Why this route and
this price is asked again of the rules and tariffs that were in force at the message's revision. Each event has its
facts as typed fields and one sentence; how sentences are worded is in `trace_words`. Nothing here changes anything.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import msgspec

from heliograph.channels.sms import Language, NotText, TooLong
from heliograph.channels.sms.content import languages_kept
from heliograph.channels.sms.lens import Writing, look
from heliograph.core import trace_words as words
from heliograph.core.directory import Directory
from heliograph.core.pricing import TARIFFS_DOCUMENT, BadTariffs, ConsideredLine, Tariffs, load_tariffs
from heliograph.core.routing import ROUTES_DOCUMENT, BadRules, Considered, RoutingTable, load_rules
from heliograph.core.standing import is_taken_whole
from heliograph.core.trace_events import (
    Came,
    Cheaper,
    Heard,
    Measured,
    Normalised,
    Part,
    Priced,
    Refunded,
    Refusal,
    Replaced,
    Routed,
    Stands,
    Told,
    TraceEvent,
    Tried,
)
from heliograph.model.account import Account
from heliograph.model.message import Attempt, AttemptState, Kind, Message, MessageId, State
from heliograph.model.receipt import KeptReceipt, Notice, NoticeState, ReceiptFate
from heliograph.model.rows import Story
from heliograph.ports import Store


@dataclass(frozen=True, slots=True)
class Trace:
    """The story of a message."""

    message_id: MessageId
    events: tuple[TraceEvent, ...]

    def sentences(self) -> list[str]:
        """One line per event: the time (UTC) and the sentence."""
        return [f"{words.moment(event.at)}  {event.sentence}" for event in self.events]

    def as_json(self) -> dict[str, object]:
        """The same with all facts, made of what JSON knows; times are ms since the epoch."""
        return {
            "message_id": self.message_id,
            "events": [{"event": type(event).__name__.lower(), **msgspec.to_builtins(event)} for event in self.events],
        }


async def tell(store: Store, directory: Directory, message_id: MessageId) -> Trace | None:
    """The story of the message that owns this part id; None if there is none."""
    story = await store.story(message_id)
    if story is None:
        return None
    message = story.message
    account = directory.account(message.account_id)
    currency = next((purse.currency for purse in await store.purses() if purse.id == message.purse), "")
    events: list[TraceEvent] = [_came(message, account), _normalised(message, directory), *_parts(message)]
    events.append(_measured(message))
    if message.refusal:
        events.append(_refused(message))
    else:
        events.append(await _routed(store, directory, message, account))
        events.append(await _priced(store, directory, message, account, currency))
    later: list[TraceEvent] = [_tried(message, attempt) for attempt in story.attempts]
    later += _heard(story)
    later += [_told(notice, directory) for notice in story.notices]
    if message.replaced_at:
        said = words.replaced(message, currency)
        later.append(Replaced(message.replaced_at, said, message.parts, message.price))
    if message.refunded:
        later.append(_refunded(message, currency))
    later.sort(key=lambda event: event.at)
    return Trace(message.id, (*events, *later, _stands(story)))


# -- how it came in --------------------------------------------------------------------------------------------------


def _came(message: Message, account: Account | None) -> Came:
    login = account.login if account is not None else ""
    return Came(
        message.accepted_at,
        words.came(message, login),
        message.account_id,
        login,
        message.door,
        message.dialect,
        message.peer,
        message.request_id,
        message.sender,
        message.sender_asked or message.sender,
        message.campaign,
    )


def _normalised(message: Message, directory: Directory) -> Normalised:
    operator = directory.operator(message.recipient) if message.recipient else None
    sentence = words.normalised(message, operator)
    return Normalised(message.accepted_at, sentence, message.recipient_given, message.recipient, message.operator)


def _parts(message: Message) -> list[Part]:
    """What is known of the parts its customer cut it into."""
    if message.own_parts and not message.content.segments:
        return []  # the ids of a message that was replaced by a longer one
    if message.part is not None:
        _, total, number, _ = message.part
        said = words.part_of(message)
        target = next((target for target in message.targets if target.startswith("smpp:")), "")
        return [Part(message.accepted_at, said, number, total, message.id, target)]
    return [
        Part(part.accepted_at, words.own_part(message, number, part), number, message.parts, part.id, part.target)
        for number, part in enumerate(message.own_parts, 1)
    ]


def _measured(message: Message) -> Measured:
    content, languages = message.content, languages_kept(message.coding)
    place, character = 0, ""
    cheaper: tuple[Writing, ...] = ()
    if content.coding is None and content.kind in (Kind.TEXT, Kind.FLASH) and not languages:
        with contextlib.suppress(NotText, TooLong):
            seen = look(content.text, languages=tuple(Language))
            if seen.foreign:
                place, character = seen.foreign[0].place + 1, seen.foreign[0].character
            cheaper = seen.cheaper
    return Measured(
        message.accepted_at,
        words.measured(message, languages, character, place, cheaper),
        message.coding & 0xFF,
        message.parts,
        character,
        place,
        tuple(words.language(language) for language in languages),
        tuple(Cheaper(way.way.value, way.measured.parts, tuple(map(words.language, way.languages))) for way in cheaper),
    )


def _refused(message: Message) -> Refusal:
    return Refusal(message.accepted_at, words.refused(message), message.refusal, message.error)


async def _routed(store: Store, directory: Directory, message: Message, account: Account | None) -> Routed:
    table = directory.routing
    kept = await _document(store, ROUTES_DOCUMENT, message.revision)
    if kept is not None:
        try:
            table = RoutingTable(load_rules(kept))
        except BadRules:
            kept = None
    considered: list[Considered] = []
    if account is not None:
        operator = directory.operator(message.recipient)
        considered = table.explain(
            account, message.sender, message.recipient, operator, message.content.kind, message.channel
        )
    sentence = words.routed(message, considered, is_kept=kept is not None)
    return Routed(message.accepted_at, sentence, message.route_id, message.revision, tuple(considered))


async def _priced(
    store: Store, directory: Directory, message: Message, account: Account | None, currency: str
) -> Priced:
    tariffs = directory.tariffs
    kept = await _document(store, TARIFFS_DOCUMENT, message.revision)
    if kept is not None:
        try:
            tariffs = Tariffs(load_tariffs(kept))
        except BadTariffs:
            kept = None
    line = tariffs.line(message.tariff_line)
    considered: list[ConsideredLine] = []
    if line is not None or account is not None:
        tariff = line.tariff if line is not None else directory.tariff(account) if account is not None else ""
        operator = directory.operator(message.recipient)
        considered = tariffs.explain(tariff, message.recipient, operator, message.content.kind)
    per_part = message.price // message.parts
    return Priced(
        message.accepted_at,
        words.priced(message, considered, currency, is_kept=kept is not None),
        message.tariff_line,
        per_part,
        message.price,
        message.purse,
        currency,
        tuple(considered),
    )


async def _document(store: Store, name: str, revision: int) -> str | None:
    return await store.document(name, revision) if revision else None


# -- what became of it -----------------------------------------------------------------------------------------------


def _tried(message: Message, attempt: Attempt) -> Tried:
    return Tried(
        attempt.sent_at or attempt.answered_at,
        words.tried(message, attempt),
        attempt.connector,
        attempt.part_first,
        attempt.part_last,
        attempt.try_no,
        words.outcome(attempt.state),
        attempt.upstream_id,
        attempt.answered_at,
        0 if attempt.receipt_at else attempt.error,
        "" if attempt.receipt_at else attempt.detail,
    )


def _heard(story: Story) -> list[TraceEvent]:
    """Receipts that settled an attempt stand on the attempt; all others have rows of their own."""
    early = {
        (kept.receipt.connector, kept.receipt.upstream_id)
        for kept in story.receipts
        if kept.fate is ReceiptFate.MATCHED
    }
    heard: list[TraceEvent] = [
        _heard_by_attempt(story.message, attempt)
        for attempt in story.attempts
        if attempt.receipt_at and (attempt.connector, attempt.upstream_id) not in early
    ]
    heard += [_heard_by_row(story.message, kept) for kept in story.receipts]
    return heard


def _heard_by_attempt(message: Message, attempt: Attempt) -> Heard:
    return Heard(
        attempt.receipt_at,
        words.receipt_applied(message, attempt),
        attempt.connector,
        attempt.upstream_id,
        attempt.part_first,
        attempt.state.name.lower(),
        "applied",
        attempt.error,
        attempt.detail,
    )


def _heard_by_row(message: Message, kept: KeptReceipt) -> Heard:
    receipt = kept.receipt
    return Heard(
        receipt.received_at,
        words.receipt_kept(message, kept),
        receipt.connector,
        receipt.upstream_id,
        kept.part,
        words.receipt_state(receipt.state),
        kept.fate.name.lower(),
        receipt.error,
        receipt.detail,
        receipt.done_at,
    )


def _told(notice: Notice, directory: Directory) -> Told:
    return Told(
        notice.created_at,
        words.told(notice, _address(notice.target, directory)),
        notice.event_id,
        notice.target,
        words.receipt_state(notice.state),
        notice.progress.name.lower(),
        notice.tries,
        notice.next_try_at if notice.progress is NoticeState.WAITING else 0,
        notice.answer,
        notice.settled_at,
    )


def _address(target: str, directory: Directory) -> str:
    """The address of an endpoint without its query, which may hold a secret; "" for other targets."""
    scheme, _, number = target.partition(":")
    is_endpoint = scheme in ("endpoint", "handler") and number.isdigit()
    endpoint = directory.endpoint(int(number)) if is_endpoint else None
    return "" if endpoint is None else endpoint.url.partition("?")[0]


def _refunded(message: Message, currency: str) -> Refunded:
    at = message.final_at or message.accepted_at
    return Refunded(at, words.refunded(message, currency), message.refunded, message.purse, currency)


def _stands(story: Story) -> Stands:
    message = story.message
    state = message.state
    if state is State.SENDING and story.attempts and _is_sent(message, story.attempts):
        state = State.SENT
    waits_for = words.waits_for(message, state, story.attempts, story.notices)
    last = max(
        [message.accepted_at, message.replaced_at, message.final_at]
        + [max(attempt.sent_at, attempt.answered_at, attempt.receipt_at) for attempt in story.attempts]
        + [kept.receipt.received_at for kept in story.receipts]
        + [max(notice.created_at, notice.settled_at) for notice in story.notices]
    )
    return Stands(
        last, words.stands(message, state, waits_for), state.name.lower(), message.is_final, message.error, waits_for
    )


def _is_sent(message: Message, attempts: list[Attempt]) -> bool:
    """SENT is not written: a SENDING message of which a carrier has every part is SENT (decisions.md 6)."""
    if any(attempt.state is AttemptState.OPEN for attempt in attempts):
        return False
    message.attempts = attempts
    return is_taken_whole(message)
