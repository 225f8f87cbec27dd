"""Personalities as files: TOML that says how a simulated carrier behaves, which anybody may edit.

A file says what differs from `polite`; each field is explained in docs/simulator.md. The files beside this module are
the ones that come with the gateway. Reading one raises `BadPortrait`, which says what is wrong with it.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from heliograph.model.message import State
from heliograph.simulator.personality import PERSONALITIES, POLITE, Answer, Fate, Personality, PlannedReceipt
from heliograph.simulator.wire import Ids, ReceiptForm, Wire

_STATES: Final[dict[str, State | None]] = {
    "delivered": State.DELIVERED,
    "expired": State.EXPIRED,
    "undeliverable": State.UNDELIVERABLE,
    "rejected": State.REJECTED,
    "on its way": None,
}
_Ms = Annotated[int, Meta(ge=0, le=3_600_000)]
_Status = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]


class BadPortrait(ValueError):
    """The file is no personality; says why."""


class Portrait(NamedTuple):
    """A carrier: what it does, and how it says it by SMPP."""

    personality: Personality
    wire: Wire


class _Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    after_ms: _Ms = 50
    spread_ms: _Ms = 0
    state: Literal["delivered", "expired", "undeliverable", "rejected", "on its way"] = "delivered"
    error: Annotated[int, Meta(ge=0, le=999)] = 0


class _Fate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: Literal["taken", "refused", "later", "throttled", "silent"] = "taken"
    answer_after_ms: _Ms = 0
    error: Annotated[int, Meta(ge=0, le=999)] = 0
    once: bool = False
    reply: str = ""
    known_as: str | None = None
    receipts: tuple[_Receipt, ...] | None = None


class _Smpp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ids: Ids = "decimal"
    receipt_ids: Ids = "decimal"
    receipts: ReceiptForm = "both"
    unicode_only: bool = False
    own_tlvs: bool = False
    refused_status: _Status = 0
    later_status: _Status = 0
    throttled_status: _Status = 0
    deaf_after_ms: _Ms = 0
    backwards: bool = False


class _File(_Fate, frozen=True, forbid_unknown_fields=True):
    meaning: str = ""
    per_second: Annotated[int, Meta(ge=0)] = 0
    throttled_percent: Annotated[int, Meta(ge=0, le=99)] = 0
    up_ms: _Ms = 0
    down_ms: _Ms = 0
    numbers: dict[str, _Fate] = {}
    smpp: _Smpp = _Smpp()


def shipped() -> list[str]:
    """The names of the files that come with the gateway."""
    folder = files("heliograph.simulator") / "personalities"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def names() -> list[str]:
    """Every name `portrait` knows."""
    return sorted({*PERSONALITIES, *shipped()})


def text_of(name: str) -> str:
    """The file of a personality that comes with the gateway. Raises `BadPortrait` for a name without one."""
    if name not in shipped():
        raise BadPortrait(f"there is no file of the name {name!r}; there are {', '.join(shipped())}")
    return (files("heliograph.simulator") / "personalities" / f"{name}.toml").read_text("utf-8")


def portrait(given: str) -> Portrait:
    """A carrier by the path of a file, or by a name."""
    if given.endswith(".toml"):
        try:
            return read(Path(given).stem, Path(given).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadPortrait(f"{given} cannot be read: {error}") from None
    if given in shipped():
        return read(given, text_of(given))
    if given in PERSONALITIES:
        return Portrait(PERSONALITIES[given], Wire())
    raise BadPortrait(f"there is no personality {given!r}; there are {', '.join(names())}, and files ending in .toml")


def read(name: str, text: str) -> Portrait:
    """The carrier a file describes."""
    try:
        said = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        raise BadPortrait(f"{name} is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise BadPortrait(f"{name}: {error}") from None
    bad = [digits for digits in said.numbers if not (digits.isascii() and digits.isdigit() and len(digits) == 1)]
    if bad:
        raise BadPortrait(f"{name}: numbers has {bad[0]!r}, which is no last digit")
    if bool(said.up_ms) != bool(said.down_ms):
        raise BadPortrait(f"{name}: up_ms and down_ms go together")
    numbers = {digits: _fate(fate) for digits, fate in said.numbers.items()}
    made = Personality(name, _fate(said), said.meaning, said.per_second, said.up_ms, said.down_ms, numbers)
    wire = Wire(**{field: getattr(said.smpp, field) for field in said.smpp.__struct_fields__})
    return Portrait(replace(made, throttled_percent=said.throttled_percent), wire)


def _fate(said: _Fate) -> Fate:
    receipts = POLITE.receipts
    if said.receipts is not None:
        receipts = tuple(
            PlannedReceipt(one.after_ms, _STATES[one.state], one.error, one.spread_ms) for one in said.receipts
        )
    return Fate(
        Answer(said.answer),
        said.answer_after_ms,
        said.error,
        receipts,
        said.reply,
        500 if said.answer in ("later", "throttled") else None,
        said.once,
        said.known_as,
    )
