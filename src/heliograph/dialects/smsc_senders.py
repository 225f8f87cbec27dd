"""SMSC's `senders.php`: sender names, how operators stand to them, and what their owners ask (smsc-directory.md 5).

The three shapes of the list are told apart here and nowhere else: JSON has another order of the operators than lines,
and with them every value in quotes. Reading gives nouns; whether a name exists is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS, Correction, normalise_smsc
from heliograph.dialects.smsc_answer import Answer, Format, Record, Style, created, finish, json_object, listing
from heliograph.dialects.smsc_command import msisdn_of, number_of, text_of
from heliograph.dialects.smsc_papers import read_papers
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_time import OffsetS, read_day
from heliograph.model.account import Sender
from heliograph.model.senders import FLAGS, AtOperator, SenderSearch, Wishes

COMMANDS: Final = ("get", "add", "chg", "send_code", "check_code", "del")
"""In the order in which they count if a request has several."""
READING: Final = frozenset({"get"})

WRONG_NUMBER: Final = 7
NOT_DELIVERED: Final = 8
SENT_ALREADY: Final = 10
WRONG_CODE: Final = 11
WORDS: Final = {
    WRONG_NUMBER: "wrong number format",
    NOT_DELIVERED: "the code cannot be delivered to the number",
    SENT_ALREADY: "code already sent to this number, next try after 8 hours",
    WRONG_CODE: "wrong confirmation code",
}
"""What the errors of this script say (5.5)."""

MOST_COMMENT: Final = 1_000
MOST_SHOWN: Final = 1_000

IN_JSON: Final = (
    "mega_step", "mega_int", "bee_step", "motiv", "motiv_step", "motiv_int", "sber_step", "sber_int", "winmob_step",
    "volnamob_step", "mts_step", "mts_int", "tele2_step", "tele2", "tele2_int", "ua_reg", "ua_int", "by_reg", "by_int",
)  # fmt: skip
"""The operators in JSON's order; that of lines and XML is the order of `FLAGS`."""

_OLD_FLAGS: Final = {"mega": "mega_step", "mts": "mts_step"}
_ABOUT: Final = ("fio", "inn", "site", "email", "address", "desc", "subj", "by_fio", "by_inn", "by_address", "by_ocup")
_BELARUSIAN: Final = re.compile(r"by_[a-z0-9_]{1,30}", re.ASCII)
EFFECTIVE: Final = frozenset({
    *COMMANDS, *FLAGS, *_OLD_FLAGS, *_ABOUT, "all", "operators", "from_date", "prev_id", "cnt", "user", "sender", "id",
    "cmt", "mail", "name", "code", "site_name", "doc_info",
})  # fmt: skip
"""Parameters that make a difference: two requests with the same are identical (5.5)."""


class Named(NamedTuple):
    """Which name a request means: by its id, else by its letters."""

    name: str
    sender_id: int


# -- reading -----------------------------------------------------------------------------------------------------------


def read_search(request: Request, offset_s: OffsetS) -> SenderSearch:
    """Which names `get` asks for. Raises `WrongRequest`."""
    since = request.get("from_date")
    return SenderSearch(
        every=request.flag("all"),
        mail=request.flag("mail"),
        before=number_of(request, "prev_id"),
        most=min(number_of(request, "cnt") or MOST_SHOWN, MOST_SHOWN),
        changed_since=read_day(since, offset_s) if since else 0,
    )


def read_name(request: Request, corrections: Sequence[Correction] = SMSC_CORRECTIONS) -> str:
    """The name to register: a number as an MSISDN, anything else as it was given. Raises `WrongRequest`."""
    name = text_of(request, "sender")
    if not name:
        raise WrongRequest
    if request.flag("mail"):
        return name.lower()
    digits = name.removeprefix("+")
    is_number = digits.isascii() and digits.isdigit()
    return (normalise_smsc(name, corrections) or digits) if is_number else name


def read_named(request: Request, corrections: Sequence[Correction] = SMSC_CORRECTIONS) -> Named:
    """Which name `chg` and `del` mean. Raises `WrongRequest`."""
    sender_id = number_of(request, "id")
    return Named("" if sender_id else read_name(request, corrections), sender_id)


def read_number(request: Request, corrections: Sequence[Correction] = SMSC_CORRECTIONS) -> str:
    """The number to be proved. Raises `WrongRequest`: error 1 if there is none, 7 if it is no number."""
    given = request.get("sender").strip()
    if not given:
        raise WrongRequest
    number = msisdn_of(given, corrections) if _is_written_as_number(given) else ""
    if not number:
        raise WrongRequest(WRONG_NUMBER, WORDS[WRONG_NUMBER])
    return number


def _is_written_as_number(given: str) -> bool:
    return not set(given) - set("+-() .0123456789")


def read_wishes(request: Request) -> Wishes:
    """Comment, operators, requisites and papers. Raises `WrongRequest`."""
    named = [flag for flag in (*FLAGS, *_OLD_FLAGS) if request.flag(flag)]
    comment = text_of(request, "cmt", MOST_COMMENT) if "cmt" in request.fields else None
    if comment is None and request.flag("mail") and request.get("name"):
        comment = text_of(request, "name", MOST_COMMENT)
    about = [name for name in request.fields if name in _ABOUT or _is_belarusian(name)]
    return Wishes(
        comment=comment,
        flags=tuple(dict.fromkeys([_OLD_FLAGS.get(flag, flag) for flag in named])),
        requisites=tuple([(name, text_of(request, name, MOST_COMMENT)) for name in sorted(about)]),
        papers=read_papers(request.uploads, text_of(request, "doc_info")),
    )


def _is_belarusian(name: str) -> bool:
    return name not in FLAGS and _BELARUSIAN.fullmatch(name) is not None


# -- answering ---------------------------------------------------------------------------------------------------------


def added_answer(style: Style, sender_id: int) -> Answer:
    """The answer of `add`; JSON calls the id `sender` (5.3)."""
    if style.fmt is Format.JSON:
        return finish(style, json_object([("sender", sender_id)]))
    return created(style, "sender", sender_id)


def senders_answer(style: Style, senders: Iterable[Sender], *, with_state: bool, with_operators: bool) -> Answer:
    """The answer of `get`, in one of its three shapes; with operators wins (5.3)."""
    inner = "sender" if style.fmt is Format.JSON else "name"
    if with_operators:
        return listing(style, "sender", inner, [_at_operators(sender, style.fmt, inner) for sender in senders])
    records: list[Record] = [
        [(inner, sender.name), *([("status", int(sender.state))] if with_state else []), ("id", sender.id)]
        for sender in senders
    ]
    return listing(style, "sender", inner, records)


def _at_operators(sender: Sender, fmt: Format, inner: str) -> Record:
    """Every operator's state, then the substitutes (in CSV there are none: it is read by position), then the id."""
    states = [(flag, sender.at(flag) or AtOperator(flag)) for flag in (IN_JSON if fmt is Format.JSON else FLAGS)]
    shown = [(flag, str(int(at.state))) for flag, at in states]
    if fmt is not Format.CSV:
        shown += [(f"{flag}_name", at.substitute) for flag, at in states if at.substitute]
    return [(inner, sender.name), *shown, ("id", str(sender.id))]
