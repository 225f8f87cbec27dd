"""SMS Club's JSON interface, the side that asks: for a provider of that kind as our upstream (decisions.md 24).

Requests as bytes, answers as values. Everything an answer may be is a value too: a provider that answers nonsense has
left us in doubt, it has not broken anything. It never opens a connection and knows no URL but the paths.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.dialects.smsclub_words import BAD_NUMBER, BLACK_LISTED, KEYWORDS, NO_MONEY, REPEATED
from heliograph.model.message import State
from heliograph.model.money import Micro, NotMoney, parse_amount
from heliograph.model.outcome import Failed, InDoubt, Outcome, Taken

SEND_PATH: Final = "/sms/send"
STATUS_PATH: Final = "/sms/status"
BALANCE_PATH: Final = "/sms/balance"

WRONG_NUMBER: Final = 249
FORBIDDEN_NUMBER: Final = 252
REJECTED: Final = 255
"""Error codes of smsc-messages.md 3.6, the house's one list."""

DUPLICATE_WAIT_MS: Final = 120_000
RATE_WAIT_MS: Final = 1_000

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Inner(msgspec.Struct):
    info: dict[str, str] = {}
    add_info: dict[str, str] | str = ""


class _Answer(msgspec.Struct):
    success_request: _Inner


class _Balance(msgspec.Struct):
    money: str
    currency: str


class _BalanceInner(msgspec.Struct):
    info: _Balance


class _BalanceAnswer(msgspec.Struct):
    success_request: _BalanceInner


_ANSWER: Final = msgspec.json.Decoder(_Answer)
_BALANCE: Final = msgspec.json.Decoder(_BalanceAnswer)


@dataclass(frozen=True, slots=True)
class Funds:
    """What a provider says we have with it."""

    balance: Micro
    currency: str


def headers(token: str) -> list[tuple[str, str]]:
    """What every request carries (smsclub.md 3.1)."""
    return [("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")]


def send_request(sender: str, numbers: Sequence[str], text: str, lifetime_min: int = 0) -> bytes:
    """The body for `/sms/send`: one text for 1 to 100 different numbers; `lifetime_min` 0 leaves it to them."""
    fields: dict[str, object] = {"src_addr": sender, "phone": list(numbers), "message": text}
    if lifetime_min:
        fields["lifetime"] = lifetime_min
    return _encode(fields).encode()


def status_request(ids: Sequence[str]) -> bytes:
    """The body for `/sms/status`: 1 to 100 ids."""
    return _encode({"id_sms": list(ids)}).encode()


def balance_request() -> bytes:
    """The body for `/sms/balance`; an empty object, because some servers want a body with a POST."""
    return b"{}"


def read_send_answer(status: int, body: bytes, numbers: Sequence[str]) -> list[Outcome]:
    """What became of each number, in order: its id, why not, or in doubt where the answer does not say."""
    if status != 200:
        return [_refused_whole(status)] * len(numbers)
    try:
        answer = _ANSWER.decode(body).success_request
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [InDoubt("an answer that cannot be read")] * len(numbers)
    add_info = answer.add_info if isinstance(answer.add_info, dict) else {}
    ids = {number: upstream_id for upstream_id, number in answer.info.items()}
    wrong = [field for field in ("phone", "message", "src_addr") if field in add_info]
    if wrong and not ids:
        return [Failed(REJECTED, permanent=True, detail=f"{wrong[0]}: {add_info[wrong[0]]}")] * len(numbers)
    return [_one(number, ids, add_info) for number in numbers]


def _one(number: str, ids: Mapping[str, str], add_info: Mapping[str, str]) -> Outcome:
    upstream_id = ids.get(number) or ids.get(normalise_smsclub(number) or "")
    if upstream_id:
        return Taken(upstream_id)
    reason = add_info.get(number)
    if reason is None:
        return InDoubt("the answer does not name the number")
    if reason == REPEATED:
        return Failed(REJECTED, permanent=False, retry_after_ms=DUPLICATE_WAIT_MS, detail=reason)
    if reason == NO_MONEY:
        return Failed(REJECTED, permanent=False, detail=reason)
    error = {BAD_NUMBER: WRONG_NUMBER, BLACK_LISTED: FORBIDDEN_NUMBER}.get(reason, REJECTED)
    return Failed(error, permanent=True, detail=reason)


def _refused_whole(status: int) -> Outcome:
    """A status other than 200 (smsclub.md 3.2). After 500 nobody knows; 401 is our set-up and may be mended."""
    detail = f"HTTP {status}"
    if status == 400:
        return Failed(REJECTED, permanent=True, detail=detail)
    if status == 429:
        return Failed(REJECTED, permanent=False, retry_after_ms=RATE_WAIT_MS, throttled=True, detail=detail)
    if status == 453:
        return Failed(REJECTED, permanent=False, retry_after_ms=DUPLICATE_WAIT_MS, detail=detail)
    if status in (401, 403, 404, 405, 503):
        return Failed(REJECTED, permanent=False, detail=detail)
    return InDoubt(detail)


def read_status_answer(status: int, body: bytes) -> dict[str, State | None] | None:
    """State by id, a state of None meaning still on its way; None if there was no answer that can be read.

    An id that is not in it is unknown there; a keyword outside the five is left out, too.
    """
    if status != 200:
        return None
    try:
        answer = _ANSWER.decode(body).success_request
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return {key: KEYWORDS[word] for key, word in answer.info.items() if word in KEYWORDS}


def read_balance_answer(status: int, body: bytes) -> Funds | None:
    """What is left there; None if there was no answer that can be read."""
    if status != 200:
        return None
    try:
        info = _BALANCE.decode(body).success_request.info
        return Funds(parse_amount(info.money), info.currency)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, NotMoney):
        return None
