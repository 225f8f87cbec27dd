"""How often and how many at once: the limits that all of SMSC's scripts share (smsc-messages.md 1.3, 1.9).

A script asks in one line: `Windows` for "so many of these within a minute", `AtOnce` for what is under way, `same` for
what counts as the identical request. Every limit is a setting, 0 switches it off. Nothing here answers anybody.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta

from heliograph.channels.sms.numbering import SMSC_CORRECTIONS, Correction
from heliograph.core.limits import SlidingWindows
from heliograph.dialects.smsc_request import Request

MINUTE_S: Final = 60.0

Limit = Annotated[int, Meta(ge=0, le=1_000_000)]

_NEUTRAL: Final = ("", "0")
_TEXTS: Final = frozenset({"mes", "list", "phones", "subj", "sender", "tz", "phone"})
"""Parameters of which 0 is a value, not the same as none."""


@dataclass(frozen=True, slots=True)
class SmscSettings:
    """What an operator may set for SMSC's interfaces (smsc-messages.md 11). A limit of 0 is none."""

    zone: Annotated[str, "Time zone of accounts without their own: UTC+3, or a name such as Europe/Kyiv."] = "UTC+3"
    language: Annotated[Literal["ru", "uk", "en"], "Language of status names for accounts without their own."] = "ru"
    duplicate_window_s: Annotated[
        int, Meta(ge=0, le=3600), "Seconds for which an identical send request is refused with error 9; 0 = never."
    ] = 60
    same_costs: Annotated[Limit, "Identical price requests within a minute."] = 5
    balances: Annotated[Limit, "Balance requests of one account within a minute."] = 10
    same_statuses: Annotated[Limit, "Status requests for the same message within a minute."] = 5
    mass_statuses: Annotated[Limit, "Status requests of one account for several messages within a minute."] = 1
    statuses_at_once: Annotated[
        Limit, "Status requests of one account under way at once, the last of which is refused."
    ] = 5
    confirmation_numbers: Annotated[
        tuple[Annotated[str, Meta(pattern="^[1-9][0-9]{6,14}$")], ...],
        "Numbers of yours, digits only, that people call to confirm theirs (wait_call.php). None: no such service.",
    ] = ()
    confirmations: Annotated[Limit, "Requests for confirmation of one account within a minute."] = 60
    confirmations_a_day: Annotated[Limit, "Requests of one account to confirm the same number within 24 hours."] = 10
    max_statuses: Annotated[int, Meta(ge=1, le=500), "Messages in one status request."] = 500
    same_users: Annotated[
        Limit, "Requests of one account to add sub-clients, and to change the same one, within a minute."
    ] = 3
    plans: Annotated[
        tuple[str, ...], "Tariffs that stand for the plans 1 to 9 of sub-clients (tariff=0 to 8), in their order."
    ] = ("default",)
    least_password: Annotated[int, Meta(ge=1, le=64), "Characters of a sub-client's password, at least."] = 8
    password_kinds: Annotated[
        int, Meta(ge=1, le=4), "How many of small letters, capitals, digits and other signs such a password has."
    ] = 1
    same_contacts: Annotated[Limit, "Identical requests for contacts, groups or the stop list within a minute."] = 3
    same_jobs: Annotated[Limit, "Identical requests for mailings within a minute."] = 1
    same_templates: Annotated[Limit, "Identical requests for templates within a minute."] = 3
    max_contacts: Annotated[int, Meta(ge=1, le=10_000), "Contacts in one answer; after_id asks for the next."] = 1_000
    same_data: Annotated[Limit, "Identical requests for data (get.php, info.php and the like) within a minute."] = 3
    infos: Annotated[Limit, "Requests of one account for operators of numbers (info.php) within a minute."] = 100
    same_senders: Annotated[Limit, "Identical requests for the list of sender names within a minute."] = 3
    new_senders: Annotated[Limit, "Sender names one account may register within a minute."] = 5
    at_once: Annotated[Limit, "Requests of one account under way at once, the last of which is refused."] = 15
    failed_logins: Annotated[
        int, Meta(ge=1), "Failed logins of one address within failed_logins_window_s that block it."
    ] = 30
    failed_logins_window_s: Annotated[int, Meta(ge=1), "Seconds in which failed logins are counted."] = 600
    block_s: Annotated[int, Meta(ge=1), "Seconds for which such an address is answered error 4."] = 600
    max_phones: Annotated[int, Meta(ge=1, le=10_000), "Entries of phones in one request."] = 10_000
    magic_numbers: Annotated[
        bool, "In test mode a number that ends in 99SS ends with status SS; 9900 stays under way."
    ] = False
    corrections: tuple[Correction, ...] = SMSC_CORRECTIONS
    max_list: Annotated[int, Meta(ge=1, le=10_000), "Lines of list in one request."] = 10_000


class Windows:
    """At most `limit` hits of a key within a minute; everything is allowed if it is 0."""

    def __init__(self, limit: int, seconds: float = MINUTE_S) -> None:
        self.counted: SlidingWindows[str] | None = SlidingWindows(limit, seconds) if limit else None

    def hit(self, key: str, now: float) -> bool:
        """Count one and tell whether it is allowed; `now` is monotonic seconds. What is refused is not counted."""
        return self.counted is None or self.counted.hit(key, now)


class AtOnce:
    """Fewer than `limit` things of a key under way at once; everything is allowed if it is 0."""

    def __init__(self, limit: int) -> None:
        self.limit = self._whole = limit
        self._under_way: dict[int, int] = {}

    def share(self, nodes: int) -> None:
        """Let so many nodes' share of them be under way from now on, at least one where any may be."""
        if self._whole:
            self.limit = 1 - (1 - self._whole) // nodes

    def enter(self, key: int) -> bool:
        """Begin one; False if there are too many, and then nothing has begun."""
        count = self._under_way.get(key, 0) + 1
        if self.limit and count >= self.limit:
            return False
        self._under_way[key] = count
        return True

    def leave(self, key: int) -> None:
        """One that had begun is over."""
        left = self._under_way[key] - 1
        if left:
            self._under_way[key] = left
        else:
            del self._under_way[key]


def same(account_id: int, script: str, request: Request, effective: frozenset[str]) -> str:
    """Names what a request asks for: two with the same name are identical (1.9). It is short, and so on every node."""
    return name_of(words_of(account_id, script, request, effective))


def name_of(words: str) -> str:
    """The name of a request of these words."""
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def words_of(account_id: int, script: str, request: Request, effective: frozenset[str]) -> str:
    """All that a request asks for, in one text.

    `effective` are the parameters that make a difference to the script: without credentials, `fmt` and `charset`.
    A flag of 0 is the same as none.
    """
    words = [f"{account_id}\0{script}"]
    fields = request.fields
    for name in sorted(effective.intersection(fields)):
        value = fields[name]
        if name in _TEXTS or value not in _NEUTRAL:
            words.append(f"{name}\0{len(value)}\0{value}")
    for phone, text in request.listed or ():
        words.append(f"\0{len(phone)}\0{phone}\0{len(text)}\0{text}")
    if request.octets or request.uploads:
        files = (request.octets, *[upload.data for upload in request.uploads])
        words += [f"\0{len(octets)}\0{octets.decode('latin-1')}" for octets in files if octets]
    return "\0".join(words)
