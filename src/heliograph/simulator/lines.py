"""The file of a simulated carrier, a line at a time: what its records are and how each is written.

    T <serial> <id or => <message> <part> <try> <recipient> <checksum> <due>:<state>:<error>[,…] <sender> [hlr]
                                                            a part was taken; `=` the id it was told is its serial;
                                                            `hlr`: it is a query, no message
    I <serial> <due> <sender> <recipient> <text>            a handset's text is due
    A <serial>[.<receipt>] …                                receipts and texts the gateway has acknowledged
    N <serial>                                              serials below were given before

Everything is ASCII; senders and texts are percent-encoded. Pure.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from heliograph.model.message import State

QUERY: Final = "hlr"


class DueReceipt(NamedTuple):
    """A receipt a carrier will send, at `due_at` (ms since the epoch). `state` None: still on its way."""

    due_at: int
    state: State | None
    error: int


class TakenPart(NamedTuple):
    """A part the carrier took. `serial` is the carrier's own number for it, decimal, never given twice; `upstream_id`
    is what the gateway was told, nearly always the same."""

    serial: str
    upstream_id: str
    message_id: int
    part: int
    try_no: int
    sender: str
    recipient: str
    checksum: int
    """CRC-32 of the whole message's text in UTF-8."""
    receipts: tuple[DueReceipt, ...]
    is_query: bool = False
    """It asks for the subscriber's network (HLR); nothing reaches a handset."""


class OwedText(NamedTuple):
    """A text from a handset (MO)."""

    serial: str
    due_at: int
    sender: str
    recipient: str
    text: str


class Acknowledged(NamedTuple):
    """What the gateway has, as `word` names it."""

    words: list[str]


class Given(NamedTuple):
    """Serials below were given in a part of the file that is gone."""

    below: int


Record = TakenPart | OwedText | Acknowledged | Given


def word(serial: str, number: int) -> str:
    """The name of receipt `number` (from 0) of a part; a text is named by its serial alone."""
    return f"{serial}.{number}" if number else serial


def read(line: str) -> Record:
    """The record of a line without its end. Raises `ValueError` if it is none."""
    kind, *words = line.split(" ")
    match kind:
        case "A":
            return Acknowledged(words)
        case "T":
            serial, known_as, message_id, part, try_no, recipient, checksum, planned, sender, *query = words
            return TakenPart(
                _number(serial),
                serial if known_as == "=" else known_as,
                int(message_id),
                int(part),
                int(try_no),
                _plain(sender),
                recipient,
                int(checksum),
                _receipts(planned),
                _is_query(query),
            )
        case "I":
            serial, due_at, sender, recipient, text = words
            return OwedText(_number(serial), int(due_at), _plain(sender), _plain(recipient), unquote(text))
        case "N":
            (below,) = words
            return Given(int(below))
    raise ValueError(f"a line begins with {kind!r}")


def of_part(part: TakenPart, planned: str) -> str:
    """The line of a part; `planned` are its receipts as written by `of_receipts`, the same for many parts."""
    serial, upstream_id, message_id, number, try_no, sender, recipient, checksum, _, is_query = part
    known_as = "=" if upstream_id == serial else upstream_id
    end = f" {QUERY}\n" if is_query else "\n"
    return (
        f"T {serial} {known_as} {message_id} {number} {try_no} {recipient} {checksum} {planned} {_quoted(sender)}{end}"
    )


def of_receipts(receipts: tuple[DueReceipt, ...]) -> str:
    """The receipts of a part as a word of its line."""
    if not receipts:
        return "-"
    return ",".join([f"{due_at}:{0 if state is None else int(state)}:{error}" for due_at, state, error in receipts])


def of_text(text: OwedText) -> str:
    """The line of a text."""
    serial, due_at, sender, recipient, words = text
    return f"I {serial} {due_at} {_quoted(sender)} {_quoted(recipient)} {quote(words, '', errors='replace')}\n"


def of_acknowledged(words: list[str]) -> str:
    """The line of acknowledgements, "" for none."""
    return f"A {' '.join(words)}\n" if words else ""


def of_given(below: int) -> str:
    """The line that keeps serials from being given again."""
    return f"N {below}\n"


def _is_query(rest: list[str]) -> bool:
    if rest not in ([], [QUERY]):
        raise ValueError(f"a part ends with {rest!r}")
    return bool(rest)


def _number(serial: str) -> str:
    if not serial.isdecimal():
        raise ValueError(f"{serial!r} is no serial")
    return serial


@lru_cache(maxsize=256)
def _receipts(planned: str) -> tuple[DueReceipt, ...]:
    if planned == "-":
        return ()
    return tuple([_receipt(text) for text in planned.split(",")])


def _receipt(text: str) -> DueReceipt:
    due_at, state, error = text.split(":")
    return DueReceipt(int(due_at), State(int(state)) if state != "0" else None, int(error))


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    """As one ASCII word without spaces."""
    return quote(text, "", errors="replace")


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    return unquote(text)
