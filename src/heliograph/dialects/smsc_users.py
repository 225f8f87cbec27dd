"""SMSC's `users.php`: what its parameters say of a sub-client, and its answers (smsc-directory.md 3).

Each parameter and flag of 3.2 is one line in a table here: its name on the wire, our word for it, and how its value is
read. A request only says what it names; the rest stays as it was. A text is emptied by a blank, a number lifted by 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS
from heliograph.dialects.smsc_answer import Answer, Record, Style, Value, listing
from heliograph.dialects.smsc_balance import shown_currency
from heliograph.dialects.smsc_callback import BadAddress, split_address
from heliograph.dialects.smsc_command import MOST_TEXT, is_mail, msisdn_of, number_of
from heliograph.dialects.smsc_commands import targets
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_time import read_day
from heliograph.dialects.smsc_words import show_money, show_time
from heliograph.model.money import Micro, NotMoney, parse_amount, show_balance
from heliograph.model.subclient import Flag, Kind, Said

COMMANDS: Final = ("add", "chg", "pay", "get_stat", "get_stat_all", "get", "del")
"""The last two are ours: the original prints no command to list or to delete."""

READING: Final = frozenset({"get_stat", "get_stat_all", "get"})

NO_USER, SHARED, NOT_SAVED, NOT_ENOUGH = 6, 7, 8, 10
TEXTS: Final[Mapping[int, str]] = {
    NO_USER: "user not found",
    SHARED: "the user shares the main balance",
    NOT_SAVED: "record not saved",
    NOT_ENOUGH: "not enough money",
}
"""The words of this script's own errors (3.4)."""

CURRENCIES: Final = {"1": "RUB", "2": "USD", "3": "EUR", "4": "UAH", "5": "KZT"}

FLAGS: Final[dict[str, Flag]] = {
    "fl[1]": Flag.INCOMING_BY_SMPP,
    "fl[2]": Flag.SMPP,
    "fl[5]": Flag.SUPERVISED,
    "fl[6]": Flag.NO_MAILINGS,
    "fl[8]": Flag.INCOMING_TO_PHONE,
    "fl[9]": Flag.INCOMING_TO_MAIL,
    "fl[10]": Flag.PUSH_STATUSES,
    "fl[11]": Flag.PUSH_INCOMING,
    "fl[16]": Flag.DETECT_MACHINES,
    "fl[23]": Flag.TRACK_PARTS,
    "fl[26]": Flag.OWNERS_CONTACTS,
    "fl[27]": Flag.SETTINGS_FIXED,
    "fl[28]": Flag.MAY_NOT_PAY,
    "fl[29]": Flag.OWNERS_SENDERS,
    "fl[30]": Flag.API_LOG,
    "fl2[1]": Flag.MESSAGES_HIDDEN,
    "fl2[4]": Flag.CALLS_NOT_FORWARDED,
    "fl2[8]": Flag.EXTENDED_CABINET,
    "fl2[9]": Flag.SURE_ROUTES,
    "fl2[10]": Flag.BLOCKED,
    "fl2[12]": Flag.SENDER_NEVER_REPLACED,
    "fl2[13]": Flag.SENDER_NOT_IN_TEXT,
    "fl2[15]": Flag.REFUSED_OUTSIDE_HOURS,
    "fl2[16]": Flag.SUBSCRIBERS_HOURS,
    "fl2[23]": Flag.NO_MASS_MAILINGS,
    "fl2[24]": Flag.CHEAP_ROUTE_FIRST,
    "fl2[27]": Flag.TEST_MODE,
    "fl3[20]": Flag.NEW_ADDRESSES_UNCONFIRMED,
    "mfl[0]": Flag.MAIL_OFF,
    "mfl[1]": Flag.MAIL_WITHOUT_SUBJECT,
    "mfl[2]": Flag.MAIL_WITHOUT_TEXT,
    "mfl[3]": Flag.MAIL_WITHOUT_ADDRESS,
    "mfl[4]": Flag.MAIL_TRANSLITERATED,
    "mfl[5]": Flag.MAIL_NUMBERS_IN_BODY,
    "mfl[6]": Flag.MAIL_NUMBERS_IN_ADDRESS,
}
"""Every flag of 3.2."""

_TEXTS: Final[dict[str, tuple[str, int]]] = {
    "email": ("email", MOST_TEXT),
    "email2": ("second_email", MOST_TEXT),
    "phone": ("phone", 32),
    "phone2": ("second_phone", 32),
    "fio": ("person", MOST_TEXT),
    "props": ("requisites", 2_000),
    "cntr": ("contract", MOST_TEXT),
    "notes": ("notes", 2_000),
    "site_id": ("site", 32),
    "sender": ("sender", 16),
    "sender2": ("second_sender", 16),
    "ph": ("command_phones", 1_000),
    "answ": ("answer", 1_000),
    "answ_call": ("call_answer", 1_000),
    "mph": ("mail_numbers", 1_000),
}
"""Parameter → the profile's field and how many characters it may have."""

_NUMBERS: Final[dict[str, tuple[str, int]]] = {
    "tariff": ("plan", 8),
    "mintrf": ("least_plan", 8),
    "ktm": ("keep_days", 3_650),
    "mh1": ("mail_from_hour", 24),
    "mh2": ("mail_to_hour", 24),
    "mlen": ("mail_length", 1_000),
}
"""Parameter → the profile's field and its greatest value."""

_LIMITS: Final = {"dlim": "per_day", "plim": "per_number", "tlim": "per_text", "ilim": "per_address"}
MOST_A_DAY: Final = 1_000_000_000
LONGEST_MINUTES: Final = 43_200
"""`vld`: thirty days."""

PERSONAL: Final = frozenset(
    {
        *("email", "email2", "phone", "phone2", "fio", "tz", "sender", "sender2", "nb", "url", "answ", "answ_call"),
        *("mph", "mh1", "mh2", "mlen", "fl[8]", "fl[9]", "fl[10]", "fl[11]", *(f"mfl[{n}]" for n in range(7))),
    }
)
"""What a sub-client may change itself, unless it may not."""

SETTINGS: Final = frozenset(
    {*_TEXTS, *_NUMBERS, *_LIMITS, *FLAGS, "type", "tz", "nb", "fmts", "tmlim", "vld", "url", "curr"}
)
"""All that says something of a sub-client; not its login, nor its password."""

_PREFIX: Final = re.compile(r"-?\d{1,15}", re.ASCII)
_SPLIT: Final = re.compile(r"[,;\s]+")
_GROUP: Final = re.compile(r"[Gg]\d{1,18}", re.ASCII)
_HOURS: Final = re.compile(r"(\d{1,2})-(\d{1,2})", re.ASCII)


# -- reading -----------------------------------------------------------------------------------------------------------


def read_settings(request: Request) -> Callable[[Said], Said]:
    """What a request makes of what was said before. Raises `WrongRequest`."""
    profile = _texts(request) | _numbers(request)
    if "type" in request.fields:
        profile["kind"] = Kind(request.choice("type", max(Kind)))
    if "nb" in request.fields:
        profile["low_balance"] = read_amount(request.get("nb"))
    flags = {flag: request.choice(name, 1) == 1 for name, flag in FLAGS.items() if name in request.fields}
    limits, zone, handler = _limits(request), _zone(request), _handler(request)

    def changed(said: Said) -> Said:
        kept = [flag for flag in Flag if flags.get(flag, flag in said.profile.flags)]
        return Said(
            replace(said.profile, flags=tuple(kept), **profile),  # type: ignore[arg-type]
            replace(said.limits, **limits),  # type: ignore[arg-type]
            zone or said.zone,
            said.handler if handler is None else handler,
        )

    return changed


def read_amount(text: str) -> Micro:
    """An amount with at most six decimals. Raises `WrongRequest`."""
    try:
        return parse_amount(text.strip().removeprefix("+"))
    except NotMoney:
        raise WrongRequest from None


def read_currency(request: Request) -> str:
    """The ISO 4217 code of `curr`, "" if it is absent. Raises `WrongRequest`."""
    given = request.get("curr").strip()
    if given and given not in CURRENCIES:
        raise WrongRequest
    return CURRENCIES.get(given, "")


def _texts(request: Request) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, (field, most) in _TEXTS.items():
        if name in request.fields:
            value = request.get(name).strip()
            if len(value) > most or (value and not _SHAPES.get(name, bool)(value)):
                raise WrongRequest
            found[field] = value
    return found


def _is_number(text: str) -> bool:
    return bool(msisdn_of(text, SMSC_CORRECTIONS))


def _are_numbers(text: str) -> bool:
    return all(_is_number(one) for one in _SPLIT.split(text) if one)


def _are_targets(text: str) -> bool:
    return all(_is_number(one) or _GROUP.fullmatch(one) is not None for one in targets(text))


_SHAPES: Final[dict[str, Callable[[str], bool]]] = {
    "email": is_mail,
    "email2": is_mail,
    "phone": _is_number,
    "phone2": _is_number,
    "mph": _are_numbers,
    "ph": _are_targets,
}
"""What a text must be, if it is no blank: an address that cannot be one is told at once, not when it is needed."""


def _numbers(request: Request) -> dict[str, object]:
    return {field: request.choice(name, most) for name, (field, most) in _NUMBERS.items() if name in request.fields}


def _limits(request: Request) -> dict[str, object]:
    found: dict[str, object] = {
        field: request.choice(name, MOST_A_DAY) for name, field in _LIMITS.items() if name in request.fields
    }
    if "fmts" in request.fields:
        found["prefixes"] = _prefixes(request.get("fmts").strip())
    if "tmlim" in request.fields:
        found["hours"] = _hours(request.get("tmlim").strip())
    if "vld" in request.fields:
        found["longest_s"] = request.choice("vld", LONGEST_MINUTES) * 60
    return found


def _prefixes(text: str) -> tuple[str, ...]:
    if text in ("", "0"):
        return ()
    prefixes = tuple(dict.fromkeys(_SPLIT.split(text)))
    if len(prefixes) > 200 or not all(_PREFIX.fullmatch(prefix) for prefix in prefixes):
        raise WrongRequest
    return prefixes


def _hours(text: str) -> tuple[int, int] | None:
    """`h1-h2`; `0-24` and 0 lift the limit."""
    if text in ("", "0", "0-24"):
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise WrongRequest
    start, end = int(found[1]), int(found[2])
    if start > 23 or end > 24 or start == end:
        raise WrongRequest
    return start, end


def _zone(request: Request) -> str:
    """0 to 24 are GMT-12 to GMT+12."""
    if "tz" not in request.fields:
        return ""
    hours = request.choice("tz", 24) - 12
    return f"UTC{hours:+d}" if hours else "UTC"


def _handler(request: Request) -> tuple[str, str] | None:
    if "url" not in request.fields:
        return None
    given = request.get("url").strip()
    if given in ("", "0"):
        return "", ""
    try:
        url, signing = split_address(given)
    except BadAddress:
        raise WrongRequest from None
    return url, signing


class Asked(NamedTuple):
    """What `get_stat` asks for. `first` and `last` are days since the epoch in the account's zone, `last` None = until
    now; `login` and `user_id` name one sub-client, "" and 0 = all; `own_balance` which of them."""

    first: int
    last: int | None
    login: str
    user_id: int
    own_balance: bool
    hides_deleted: bool
    second: bool


def read_asked(request: Request) -> Asked:
    """Read a request for statistics. `mycur` and `mycurr` are understood. Raises `WrongRequest`."""
    request.flag("mycur" if request.get("mycur") else "mycurr")
    first, last = _day(request.get("start")), _day(request.get("end"))
    if first is None or (last is not None and last < first):
        raise WrongRequest
    return Asked(
        first,
        last,
        request.get("user").strip(),
        number_of(request, "user_id"),
        request.flag("reseller"),
        request.flag("hide_deleted"),
        request.flag("balance2"),
    )


_DAY_MS: Final = 86_400_000


def _day(text: str) -> int | None:
    """`dd.mm.yyyy` as days since the epoch, None if there is none. Raises `WrongRequest`."""
    return read_day(text, lambda _: 0) // _DAY_MS if text.strip() else None


# -- answering ---------------------------------------------------------------------------------------------------------


class Stat(NamedTuple):
    """What a sub-client sent (`messages`), got (`credit`) and spent (`debit`), `day` None = in all the time."""

    login: str
    messages: int
    credit: Micro
    debit: Micro
    currency: str
    day: int | None = None


def stats_answer(style: Style, stats: Iterable[Stat]) -> Answer:
    """The answer of `get_stat`, and with days of `get_stat_all` (3.3, 6.3)."""
    return listing(style, "stat", "", [_stat(stat) for stat in stats])


def _stat(stat: Stat) -> Record:
    members: list[tuple[str, Value]] = [] if stat.day is None else [("date", _shown_day(stat.day))]
    return [
        *members,
        ("login", stat.login),
        ("cnt", stat.messages),
        ("credit", show_money(stat.credit)),
        ("debit", show_money(stat.debit)),
        ("currency", shown_currency(stat.currency)),
    ]


def _shown_day(day: int) -> str:
    return show_time(day * _DAY_MS, 0)[:10]


class Shown(NamedTuple):
    """A sub-client in a list."""

    id: int
    login: str
    kind: Kind
    person: str
    balance: Micro
    credit: Micro
    currency: str
    is_blocked: bool
    is_deleted: bool


def users_answer(style: Style, users: Iterable[Shown]) -> Answer:
    """The list of sub-clients; it is ours, so its form is that of all lists."""
    return listing(
        style,
        "user",
        "login",
        [
            [
                ("id", user.id),
                ("login", user.login),
                ("type", int(user.kind)),
                ("fio", user.person),
                ("balance", show_balance(user.balance, 2)),
                ("credit", show_money(user.credit)),
                ("currency", shown_currency(user.currency)),
                ("blocked", int(user.is_blocked)),
                ("deleted", int(user.is_deleted)),
            ]
            for user in users
        ],
    )
