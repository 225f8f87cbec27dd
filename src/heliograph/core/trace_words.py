"""The sentences of a trace: one function per event, each a whole sentence or two that a customer understands.

Pure: values in, text out. Money is shown exactly, times in UTC to the millisecond.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from heliograph.channels.sms import Language
from heliograph.channels.sms.lens import Way, Writing
from heliograph.channels.sms.numbering import Operator
from heliograph.core.errors import sentence as error_words
from heliograph.core.pricing import ConsideredLine
from heliograph.core.routing import TEST_MODE, VIRTUAL, Considered
from heliograph.model.message import Attempt, AttemptState, Content, Kind, Message, OwnPart, State
from heliograph.model.money import UNIT, Micro
from heliograph.model.receipt import KeptReceipt, Notice, NoticeState, ReceiptFate

_CODINGS: Final = {0: "GSM 7-bit", 4: "8-bit data", 8: "UCS-2"}

_WAYS: Final = {
    Way.SUBSTITUTED: "with plain quotes, dashes and blanks",
    Way.TRANSLITERATED: "in Latin letters",
    Way.LOOK_ALIKE: "in Latin letters that look alike",
}

_OUTCOMES: Final = {
    AttemptState.OPEN: "open",
    AttemptState.FAILED: "failed",
    AttemptState.IN_DOUBT: "in_doubt",
}

_REFUSALS: Final = {
    "bad_sender": "the sender name is not one of the account's",
    "bad_recipient": "the number is wrong",
    "stop_listed": "the number is on a stop list",
    "forbidden": "a rule forbids it",
    "mass_forbidden": "the account may not send to so many at once",
    "outside_hours": "the account may not send at this hour",
    "number_not_allowed": "the account may not send to numbers that begin so",
    "message_limit": "the account has sent its messages of the day",
    "number_limit": "the number has got its messages of the day",
    "duplicate": "the same message was accepted a moment before",
    "no_money": "there was not enough money",
    "no_route": "no route leads to the number",
    "no_tariff": "the tariff has no price for the number",
    "text_too_long": "the text is too long",
}

_STATES: Final = {
    State.HELD: "Held",
    State.SCHEDULED: "Scheduled",
    State.QUEUED: "Queued",
    State.SENDING: "Being sent",
    State.IN_DOUBT: "In doubt",
    State.PAUSED: "Paused",
    State.SENT: "Sent",
    State.DELIVERED: "Delivered",
    State.READ: "Read",
    State.CLICKED: "Clicked",
    State.UNDELIVERABLE: "Undeliverable",
    State.EXPIRED: "Expired",
    State.REJECTED: "Rejected",
    State.CANCELLED: "Cancelled",
    State.UNKNOWN: "Unknown",
}


def moment(at: int) -> str:
    """A time in UTC, as `2026-11-21 04:05:06.789`; `unknown` for 0."""
    if not at:
        return "unknown"
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y-%m-%d %H:%M:%S}.{at % 1000:03d}"


def money(amount: Micro, currency: str) -> str:
    """An amount exactly, at least two decimals: `0.85 UAH`, `0.000001 UAH`."""
    whole, rest = divmod(abs(amount), UNIT)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}{whole}.{decimals} {currency}".rstrip()


# -- how it came in --------------------------------------------------------------------------------------------------


def came(message: Message, login: str) -> str:
    """Who sent it, as whom, by which door, from where, in which request and mailing."""
    who = f"Account {login} ({message.account_id})" if login else f"Account {message.account_id}, which is gone,"
    peer = f" from {message.peer}" if message.peer else ""
    ids = ""
    if message.own_parts:
        ids = f" with the ids {', '.join(str(part_id) for part_id in message.part_ids)}"
    elif message.parts > 1:
        ids = f" with the ids {message.id} to {message.id + message.parts - 1}"
    sender = f"as {message.sender}" if message.sender else "without a sender name"
    mailing = f" of the mailing {message.campaign}" if message.campaign else ""
    said = (
        f"{who} sent it {sender} by the door {message.door} ({message.dialect}){peer}, in the request "
        f"{message.request_id}{mailing}; it is message {message.id}{ids}."
    )
    if message.sender_asked:
        said += f" The name {message.sender_asked} was asked for, which the network shows so."
    return said


def part_of(message: Message) -> str:
    """Which part of a longer message it is."""
    assert message.part is not None
    reference, total, number, _ = message.part
    width, _, value = reference.partition(":")
    return f"It is part {number} of {total} that its customer cut himself, under the {width}-bit reference {value}."


def own_part(message: Message, number: int, part: OwnPart) -> str:
    """A part that came alone."""
    asked = f"a receipt of it was asked for by {part.target}" if part.target else "no receipt of it was asked for"
    return f"Part {number} of {message.parts} came as message {part.id}; {asked}."


def normalised(message: Message, operator: Operator | None) -> str:
    """What was made of the number."""
    given, number = message.recipient_given, message.recipient
    if not number:
        return f"The number was given as {given!r}, which is no number."
    if given == number:
        said = f"The number {number} was taken as it was given"
    else:
        said = f"The number was given as {given!r} and became {number}"
    if operator is None:
        return f"{said}; the numbering plan does not know whose it is."
    names = ", ".join(name for name in (operator.operator, operator.region, operator.country) if name)
    network = f"{operator.mcc} {operator.mnc}".strip()
    return f"{said}; it belongs to {names or 'an unnamed network'}{f' (network {network})' if network else ''}."


def language(number: int) -> str:
    """The name of a national language."""
    return Language(number).name.capitalize()


def measured(
    message: Message, languages: Sequence[int], character: str, place: int, cheaper: Sequence[Writing] = ()
) -> str:
    """Parts, coding, what forced it, and how it would be cheaper."""
    content = message.content
    if content.kind is Kind.HLR:
        return "It is a query (hlr): nothing goes out to a handset."
    coding = _CODINGS.get(message.coding & 0xFF, f"data_coding {message.coding & 0xFF}")
    if languages:
        names = " and ".join(sorted({language(number) for number in languages}))
        coding += f" with the {names} {'table' if len(languages) == 1 else 'tables'}"
    parts = _count(message.parts, "part")
    if content.kind not in (Kind.TEXT, Kind.FLASH):
        return f"The content ({content.kind.name.lower()}{_size(content)}) goes out as {coding} in {parts}."
    form = ", shown at once and not kept (flash)," if content.kind is Kind.FLASH else ""
    said = f"The text of {_count(len(content.text), 'character')}{form} goes out as {coding} in {parts}"
    if content.segments:
        return f"{said}, as the customer cut it."
    if content.coding is not None:
        return f"{said}; the customer fixed the coding."
    if not character:
        return f"{said}."
    name = unicodedata.name(character, "")
    shown = character if character.isprintable() else ""
    what = " ".join(part for part in (shown, f"U+{ord(character):04X}", name) if part)
    said = f"{said}: character {place} ({what}) is not in the GSM alphabet and forced Unicode."
    if not cheaper:
        return said
    ways = ", ".join(f"{_count(way.measured.parts, 'part')} {in_words(way)}" for way in cheaper)
    return f"{said} It would take {ways}."


def in_words(writing: Writing) -> str:
    """A way of writing a text, to follow what it takes."""
    if writing.way is Way.NATIONAL:
        return f"with {' and '.join(language(number) for number in sorted(writing.languages))} tables"
    return _WAYS[writing.way]


def _size(content: Content) -> str:
    """How much there is of what is no text, and which fields of it the customer set."""
    size = f", {_count(len(content.text), 'character')}" if content.text else ""
    if content.segments:
        size = f", {_count(sum(len(one) for one in content.segments), 'octet')} as the customer cut them"
    if content.data:
        size = f", {_count(len(content.data), 'octet')} of data"
    if content.udh:
        size += f" behind a header of {_count(len(content.udh), 'octet')}"
    if content.pid is not None:
        size += f", protocol_id {content.pid}"
    return size if content.coding is None else f"{size}, data_coding {content.coding}"


def refused(message: Message) -> str:
    """Why a refusal was kept."""
    why = _REFUSALS.get(message.refusal, message.refusal.replace("_", " "))
    error = f" (error {message.error}: {error_words(message.error)})" if message.error else ""
    return f"It was refused at once, because {why}{error}; it keeps its id and costs nothing."


def routed(message: Message, considered: Sequence[Considered], *, is_kept: bool) -> str:
    """The routes looked at, the winner last."""
    said = " ".join(route.sentence for route in considered) or "No route could be considered."
    winner = next((route.rule_id for route in considered if route.matched), "")
    if not is_kept:
        said += f" These are the rules of today; those of revision {message.revision} are not kept."
    if message.route_id == TEST_MODE.id:
        return f"{said} It was sent in test mode: it goes to {VIRTUAL} instead, and nothing leaves the gateway."
    if winner != message.route_id:
        said += f" The message was given the route {message.route_id} when it came in."
    return said


def priced(message: Message, considered: Sequence[ConsideredLine], currency: str, *, is_kept: bool) -> str:
    """The price line, the price of a part, the sum and the purse."""
    said = " ".join(line.sentence for line in considered) or "No price line could be considered."
    if not is_kept:
        said += f" These are the tariffs of today; those of revision {message.revision} are not kept."
    winner = next((line.line_id for line in considered if line.matched), "")
    if winner != message.tariff_line:
        said += f" The message was priced by the line {message.tariff_line} when it came in."
    if message.route_id == TEST_MODE.id:
        return f"{said} It is free of charge, as everything in test mode is."
    if not message.price:
        return f"{said} It is free of charge."
    if message.parts == 1:
        return f"{said} {money(message.price, currency)} were charged to purse {message.purse}."
    return (
        f"{said} {message.parts} parts at {money(message.price // message.parts, currency)} are "
        f"{money(message.price, currency)}, charged to purse {message.purse}."
    )


# -- what became of it -----------------------------------------------------------------------------------------------


def outcome(state: AttemptState) -> str:
    """What the carrier answered to the hand-over, whatever its receipt said later."""
    return _OUTCOMES.get(state, "taken")


def tried(message: Message, attempt: Attempt) -> str:
    """One hand-over and its answer."""
    were = "were" if attempt.part_last > attempt.part_first else "was"
    it = "they" if attempt.part_last > attempt.part_first else "it"
    said = f"{_part(message, attempt)} {were} handed to {attempt.connector} (try {attempt.try_no})"
    took = attempt.answered_at - attempt.sent_at
    after = f" after {took} ms" if attempt.sent_at and took >= 0 else ""
    if attempt.state is AttemptState.OPEN:
        return f"{said}; {attempt.connector} has not answered yet."
    if attempt.state is AttemptState.FAILED:
        return f"{said}; {it} {were} refused{after}: {_trouble(attempt.error, attempt.detail)}."
    if attempt.state is AttemptState.IN_DOUBT:
        why = f": {attempt.detail}" if attempt.detail else ""
        return f"{said}; whether {it} got there is in doubt{why}."
    named = f" under the id {attempt.upstream_id}" if attempt.upstream_id else " without an id, so no receipt can match"
    silent = f", and {attempt.detail}" if attempt.state is AttemptState.SILENT else ""
    return f"{said}; {it} {were} taken{after}{named}{silent}."


def receipt_applied(message: Message, attempt: Attempt) -> str:
    """The receipt that decided an attempt."""
    state = attempt.state.name.lower()
    trouble = "" if attempt.state is AttemptState.DELIVERED else _trouble(attempt.error, attempt.detail)
    return f"{attempt.connector} reported {_part(message, attempt, small=True)} {state}{_after_colon(trouble)}."


def receipt_state(state: State | None) -> str:
    """The word of a receipt or notice: the state's name, `on its way` for none."""
    return "on its way" if state is None else state.name.lower()


def receipt_kept(message: Message, kept: KeptReceipt) -> str:
    """A receipt that has a row of its own, and why it changed nothing."""
    receipt = kept.receipt
    part = f"part {kept.part}" if message.parts > 1 and kept.part else "it"
    trouble = "" if not receipt.error else _trouble(receipt.error, receipt.detail)
    said = f"{receipt.connector} reported {part} {receipt_state(receipt.state)}{_after_colon(trouble)}"
    if kept.fate is ReceiptFate.MATCHED:
        return f"{said}; the receipt came before the answer it belongs to, was kept and then matched."
    if kept.fate is ReceiptFate.REPEATED:
        return f"{said} once more; that was known and changed nothing."
    if kept.fate is ReceiptFate.CONTRADICTED:
        return f"{said}; that contradicts what was known and was ignored, a final state stays."
    if kept.fate is ReceiptFate.INTERMEDIATE:
        return f"{said}; that is not final and changed nothing."
    return f"{said}; it matches no hand-over yet and is kept."


def told(notice: Notice, address: str) -> str:
    """One notice: what it says, to whom, how often tried, what was answered."""
    target = f"{notice.target} ({address})" if address else notice.target
    what = f"Notice {notice.event_id} ({receipt_state(notice.state)}) to {target}"
    answer = f", the last answer was {notice.answer!r}" if notice.answer else ""
    tries = _count(notice.tries, "try", "tries")
    if notice.progress is NoticeState.DELIVERED:
        return f"{what} was delivered at {moment(notice.settled_at)} after {tries}{answer}."
    if notice.progress is NoticeState.GIVEN_UP:
        return f"{what} was given up at {moment(notice.settled_at)} after {tries}{answer}."
    if not notice.tries:
        return f"{what} waits for its first try."
    return f"{what} waits for its next try at {moment(notice.next_try_at)}; {tries} failed{answer}."


def replaced(message: Message, currency: str) -> str:
    """That it was given another text."""
    costs = f"costs {money(message.price, currency)}" if message.price else "is free of charge"
    return (
        f"Its customer replaced it before it left. All that is told of it here is of the new text, which takes "
        f"{_count(message.parts, 'part')} and {costs}; what it cost before went back."
    )


def refunded(message: Message, currency: str) -> str:
    """What came back."""
    if message.refunded == message.price:
        return f"The whole price, {money(message.refunded, currency)}, was refunded to purse {message.purse}."
    return (
        f"{money(message.refunded, currency)} of {money(message.price, currency)} were refunded to purse "
        f"{message.purse}: what no carrier took is not paid."
    )


# -- where it stands -------------------------------------------------------------------------------------------------


def stands(message: Message, state: State, waits_for: str) -> str:
    """The state in words, and what it waits for."""
    said = f"{_STATES[state]} now"
    if message.is_final:
        said = f"{_STATES[state]} since {moment(message.final_at)}"
    if message.error:
        said += f", error {message.error}: {error_words(message.error)}"
    if message.maybe_twice:
        said += "; it was resent out of doubt and may have arrived twice"
    return f"{said}; it waits for {waits_for}." if waits_for else f"{said}."


def waits_for(message: Message, state: State, attempts: Sequence[Attempt], notices: Sequence[Notice]) -> str:
    """What must happen next; "" if nothing."""
    if message.is_final:
        waiting = [notice for notice in notices if notice.progress is NoticeState.WAITING]
        return f"{_count(len(waiting), 'notice')} to be delivered" if waiting else ""
    until = f"until {moment(message.expires_at)}"
    if state is State.HELD:
        return "the other parts of the message"
    if state is State.SCHEDULED:
        return f"its time, {moment(message.due_at)}"
    if state is State.PAUSED:
        return "somebody to let it go on"
    if state is State.SENT:
        return f"the carrier's receipt, {until} and a day more"
    if state is State.IN_DOUBT:
        return f"a receipt that says whether {message.connector} has it, {until} and a day more"
    if state is State.SENDING:
        return f"the answer of {message.connector}"
    if attempts and message.next_try_at:
        return f"its next try on {message.connector} at {moment(message.next_try_at)}, {until}"
    return f"its turn on {message.connector}, {until}"


def _part(message: Message, attempt: Attempt, *, small: bool = False) -> str:
    if message.parts == 1:
        return "it" if small else "It"
    if attempt.part_first == attempt.part_last:
        text = f"part {attempt.part_first} of {message.parts}"
    else:
        text = f"parts {attempt.part_first} to {attempt.part_last} of {message.parts}"
    return text if small else text.capitalize()


def _trouble(error: int, detail: str) -> str:
    said = f"error {error}, {error_words(error)}" if error else ""
    if detail:
        said += f" (the carrier said {detail!r})" if said else f"the carrier said {detail!r}"
    return said or "no reason was given"


def _after_colon(text: str) -> str:
    return f": {text}" if text else ""


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
