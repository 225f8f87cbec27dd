"""SMSC's `send.php`: parameters into submissions (smsc-messages.md 2); the answers are `smsc_sent`'s.

Reading finds every fault of the request as a whole before anything is kept; faults of single numbers are intake's to
find, so that they keep an id (2.10). Nothing here knows who calls, what anything costs, or how often somebody may ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS, Correction
from heliograph.dialects.smsc_answer import BLOCKED, CREDENTIALS, LIMIT, PARAMETERS, Style
from heliograph.dialects.smsc_command import msisdn_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_text import Writer, Written
from heliograph.dialects.smsc_time import OffsetS, When, is_absolute, read_time, read_valid, read_when, read_zone
from heliograph.dialects.smsc_words import STATES as STATES
from heliograph.model.message import Content, Kind, Submission
from heliograph.model.refusal import Reason

NAME: Final = "smsc_send"
"""`Submission.dialect` of everything that comes in by this tongue."""

EFFECTIVE: Final = frozenset(
    {
        *("phones", "mes", "list", "nl", "tpl", "id", "sender", "subj", "translit", "tinyurl", "maxsms"),
        *("flash", "bin", "push", "hlr", "ping", "mms", "mail", "soc", "viber", "bot", "tg", "whatsapp", "call"),
        *("voice", "param", "fileurl", "smsreq", "time", "tz", "period", "freq", "valid"),
        *("cost", "err", "op", "imgcode", "userip"),
    }
)
"""Parameters that make two requests different (1.9)."""

_ANSWERED: Final = frozenset({"cost", "err", "op"})
"""How a request wants its answer."""

_UNUSUAL: Final = EFFECTIVE - {"phones", "mes", "sender"} - _ANSWERED
"""Most requests have none of these."""

HLR_SENDER: Final = "HLR"
"""Official libraries know look-ups by it (2.16)."""

MOST_SHOWN: Final = 64
"""Characters kept of what stands where a number or a sender should; neither is ever so long."""

NO_MONEY, BAD_DATE, DENIED, BAD_NUMBER, UNDELIVERABLE = 3, 5, 6, 7, 8
TEXTS: Final = {NO_MONEY: "no money", BAD_DATE: "invalid date format"}
"""The words of this script where they differ from the others' (1.8)."""

REASONS: Final[dict[Reason, int]] = {
    Reason.BAD_CREDENTIALS: CREDENTIALS,
    Reason.ADDRESS_NOT_ALLOWED: CREDENTIALS,
    Reason.ADDRESS_BLOCKED: BLOCKED,
    Reason.DOOR_CLOSED: CREDENTIALS,
    Reason.TOO_MANY_REQUESTS: LIMIT,
    Reason.BAD_REQUEST: PARAMETERS,
    Reason.BAD_SENDER: DENIED,
    Reason.BAD_RECIPIENT: BAD_NUMBER,
    Reason.BAD_TEXT: PARAMETERS,
    Reason.BAD_TIME: BAD_DATE,
    Reason.TEXT_TOO_LONG: DENIED,
    Reason.TOO_MANY_ITEMS: PARAMETERS,
    Reason.STOP_LISTED: DENIED,
    Reason.FORBIDDEN: DENIED,
    Reason.MASS_FORBIDDEN: DENIED,
    Reason.OUTSIDE_HOURS: DENIED,
    Reason.NO_TEMPLATE: DENIED,
    Reason.NUMBER_NOT_ALLOWED: DENIED,
    Reason.MESSAGE_LIMIT: DENIED,
    Reason.NUMBER_LIMIT: DENIED,
    Reason.DUPLICATE: LIMIT,
    Reason.KEY_REUSED: LIMIT,
    Reason.NO_MONEY: NO_MONEY,
    Reason.NO_ROUTE: UNDELIVERABLE,
    Reason.NO_TARIFF: UNDELIVERABLE,
    Reason.UNSUPPORTED: UNDELIVERABLE,
    Reason.NOT_FOUND: UNDELIVERABLE,
    Reason.QUEUE_FULL: LIMIT,
    Reason.BUSY: LIMIT,
    Reason.INTERNAL: LIMIT,
}
"""Why a number was refused → error number (2.10). A test walks them all."""

PRICE_ONLY, WITH_COST, WITH_BALANCE = 1, 2, 3
"""Values of `cost` (2.6)."""

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,40}")
_GROUP: Final = re.compile(r"[Gg](\d{1,18})", re.ASCII)
_GROUPS: Final = re.compile(r"(?:^|[|,;])\s*[Gg](\d{1,18})\s*(?=[,;:]|$)", re.ASCII | re.MULTILINE)
_SPLIT: Final = re.compile(r"[,;]")
_LINE: Final = re.compile(r"(?:([^|:;]*)\|)?([^:;|]*)[:;](.*)", re.DOTALL)
_NUMBERS: Final = re.compile(r"(?:[^|:;]*\|)?([\d\s+(),-]*)[:;]", re.ASCII)
_LEAST_DIGITS: Final = 7
_NO_GROUPS: Final[Mapping[str, Sequence[str]]] = {}


class Caller(NamedTuple):
    """Who asks and when, as the door found out. `senders` are his names, the one for requests without a sender first;
    `offset_s` his zone; `national` the languages whose tables his texts may use; `corrections` make a number without +
    international; `groups` are the MSISDNs of the groups that a request names, by what stands behind its G."""

    account_id: int
    door: str
    peer: str
    senders: Sequence[str]
    now: int
    offset_s: OffsetS
    most_phones: int = 10_000
    most_lines: int = 10_000
    national: Sequence[int] = ()
    corrections: Sequence[Correction] = SMSC_CORRECTIONS
    groups: Mapping[str, Sequence[str]] = _NO_GROUPS


@dataclass(slots=True)
class Order:
    """A request of `send.php` that can be carried out: what shall be sent, and how it is answered.

    `cost` 0 to 3 as in 2.6; `only_failed` and `all_numbers` are `err` and `op`.
    """

    submissions: list[Submission]
    cost: int
    only_failed: bool
    all_numbers: bool


class _Entry(NamedTuple):
    """Numbers that get one text, with the sender and the due time that a line of `list` gives them; None = usual."""

    numbers: list[str]
    written: Written
    sender: str | None = None
    when: When | None = None


class _Manner(NamedTuple):
    """What a request says beside numbers, texts and senders. `peer` is "" where it names no end user."""

    writer: Writer
    when: When = When(None)
    validity_s: int | None = None
    shown_id: str = ""
    peer: str = ""


_USUAL: Final = _Manner(Writer(Request({}, Style())))


def groups_named(request: Request) -> frozenset[str]:
    """What may be groups of contacts in a request, without their G: whoever asks `read_order` finds out first."""
    texts = [request.get("phones"), request.get("list")]
    if request.listed is not None:
        texts += [phones for phones, _ in request.listed]
    named: set[str] = set()
    for text in texts:
        if "G" in text or "g" in text:
            named.update(_GROUPS.findall(text))
    return frozenset(named)


def read_order(request: Request, caller: Caller) -> Order:
    """Read a request. Raises `WrongRequest`: then nothing of it is kept (2.10)."""
    cost, only_failed, all_numbers = 0, False, False
    if not _ANSWERED.isdisjoint(request.fields):
        cost = request.choice("cost", 3)
        only_failed, all_numbers = request.flag("err"), request.flag("op")
    if request.listed is None and _UNUSUAL.isdisjoint(request.fields):
        return Order(_submissions(request, caller, _USUAL), cost, only_failed, all_numbers)
    request.choice("tinyurl", 1)
    try:
        submissions = _submissions(request, caller, _manner(request, caller))
    except WrongRequest as wrong:
        raise WrongRequest(wrong.number, wrong.text or TEXTS.get(wrong.number, "")) from None
    return Order(submissions, cost, only_failed, all_numbers)


def _manner(request: Request, caller: Caller) -> _Manner:
    return _Manner(
        Writer(request, caller.national),
        read_when(request, caller.now, caller.offset_s),
        read_valid(request.get("valid")),
        _shown_id(request.get("id")),
        _peer(request, caller),
    )


def _submissions(request: Request, caller: Caller, manner: _Manner) -> list[Submission]:
    writer, when, validity_s, shown_id, peer = manner
    usual = _sender(request, caller)
    found: list[Submission] = []
    seen: dict[Content, set[str]] = {}
    for entry in _entries(request, caller, writer):
        content, comment = entry.written
        sender = HLR_SENDER if content.kind is Kind.HLR else (usual if entry.sender is None else entry.sender)
        told = seen.setdefault(content, set())
        for given in entry.numbers:
            recipient = msisdn_of(given, caller.corrections, MOST_SHOWN)
            number = recipient or given
            if number in told:
                continue
            told.add(number)
            found.append(
                Submission(
                    account_id=caller.account_id,
                    door=caller.door,
                    dialect=NAME,
                    sender=sender[:MOST_SHOWN],
                    recipient=recipient,
                    recipient_given=given[:MOST_SHOWN],
                    content=content,
                    peer=peer or caller.peer,
                    validity_s=validity_s,
                    due_at=when.due_at if entry.when is None else entry.when.due_at,
                    shown_id=shown_id,
                    keep_refused=True,
                    comment=comment,
                )
            )
    if not found or len(found) > caller.most_phones:
        raise WrongRequest
    for place, submission in enumerate(found):
        submission.batch = len(found)
        if when.period_ms:
            submission.due_at = when._replace(due_at=submission.due_at).of(place, len(found), caller.now)
    return found


def _peer(request: Request, caller: Caller) -> str:
    """Who calls and for whose end user, where `userip` is an address (2.7): limits count that one."""
    given = request.get("userip").strip()
    try:
        return f"{caller.peer} for {ip_address(given)}" if given else ""
    except ValueError:
        return ""


def _entries(request: Request, caller: Caller, writer: Writer) -> Iterator[_Entry]:
    """One for all of `phones`, or one for each line of `list` (2.11), which counts if both are there."""
    if request.listed is not None:
        if len(request.listed) > caller.most_lines:
            raise WrongRequest
        for phones, text in request.listed:
            yield _Entry(_numbers(phones, caller), writer.write(text))
        return
    lines = request.get("list")
    if lines:
        yield from _lines(request, lines, caller, writer)
        return
    mes = request.get("mes")
    if not (mes or request.octets) and writer.needs_text:
        raise WrongRequest
    numbers = _numbers(request.get("phones"), caller)
    if len(numbers) > caller.most_phones:
        raise WrongRequest
    yield _Entry(numbers, writer.write(mes))


def _lines(request: Request, text: str, caller: Caller, writer: Writer) -> Iterator[_Entry]:
    """`[sender[,tz]|]phones:mes`; the two characters `\\n` are a line break in a text."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    if request.flag("nl"):
        lines = _joined(lines)
    if len(lines) > caller.most_lines:
        raise WrongRequest
    time = request.get("time")
    for line in lines:
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise WrongRequest
        prefix, phones, mes = found.groups()
        sender, when = None, None
        if prefix is not None:
            named, _, tz = prefix.partition(",")
            sender = _known(named, caller)
            if tz.strip() and is_absolute(time):
                when = When(read_time(time, caller.now, read_zone(tz, caller.offset_s)))
        yield _Entry(_numbers(phones, caller), writer.write(mes.replace("\\n", "\n")), sender, when)


def _joined(lines: list[str]) -> list[str]:
    """`nl=1`: a line that does not begin with a number is more of the text before."""
    joined: list[str] = []
    for line in lines:
        found = _NUMBERS.match(line)
        if found is not None and sum(map(str.isdigit, found[1])) >= _LEAST_DIGITS:
            joined.append(line)
        elif joined:
            joined[-1] += "\n" + line
        elif line.strip():
            raise WrongRequest
    return joined


def _numbers(phones: str, caller: Caller) -> list[str]:
    """The entries of a comma list, a group's contacts in its place. An unknown or empty group is error 1 (2.12)."""
    numbers: list[str] = []
    for entry in _SPLIT.split(phones):
        number = entry.strip()
        group = _GROUP.fullmatch(number) if number[:1] in ("G", "g") else None
        if group is not None:
            members = caller.groups.get(group[1])
            if not members:
                raise WrongRequest(PARAMETERS, "unknown group")
            numbers += [f"+{member}" for member in members]
        elif number:
            numbers.append(number)
    if not numbers:
        raise WrongRequest
    return numbers


def _shown_id(given: str) -> str:
    """The client's own id; "" for that of the first message (2.1)."""
    given = given.strip()
    if given in ("", "0"):
        return ""
    if _ID.fullmatch(given) is None:
        raise WrongRequest
    return given


def _sender(request: Request, caller: Caller) -> str:
    """The sender's name; without one the usual, and where that shall not be used, a number of the account (2.1)."""
    given = request.get("sender").strip()
    if given not in ("", "."):
        return _known(given, caller)
    if given == "." or "sender" in request.empty:
        for name in caller.senders:
            if name.lstrip("+").isdigit():
                return name
    return caller.senders[0] if caller.senders else ""


def _known(given: str, caller: Caller) -> str:
    """A number that is a name of the account is so with a plus before it, too: that is how it may be registered."""
    bare = given.removeprefix("+")
    is_ours = bare != given and bare.isdigit() and given not in caller.senders and bare in caller.senders
    return bare if is_ours else given
