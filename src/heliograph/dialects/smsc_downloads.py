"""SMSC's `downloads.php`: files of sent messages, their list and each of them (smsc-directory.md 11).

`add` is ours: the original's tasks are made on its web pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from heliograph.dialects.smsc_answer import Answer, Record, Style, listing
from heliograph.dialects.smsc_command import number_of, text_of
from heliograph.dialects.smsc_request import Request, WrongRequest
from heliograph.dialects.smsc_time import OffsetS
from heliograph.dialects.smsc_words import show_time
from heliograph.model.exports import Export

COMMANDS: Final = ("get_list", "get_file", "add")
READING: Final = frozenset({"get_list", "get_file"})
EFFECTIVE: Final = frozenset({*COMMANDS, "cnt", "after_id", "id", "name", "start", "end"})
"""Parameters that make a difference: two requests with the same are identical (smsc-messages.md 1.9)."""

MOST: Final = 1_000
_MOST_NAME: Final = 100


class Page(NamedTuple):
    """Which exports `get_list` asks for."""

    after: int
    most: int


def read_page(request: Request) -> Page:
    """`after_id` and `cnt`. Raises `WrongRequest`."""
    most = number_of(request, "cnt") or MOST
    if most > MOST:
        raise WrongRequest
    return Page(number_of(request, "after_id"), most)


def read_file(request: Request) -> tuple[int, str]:
    """`id`, else `name`. Raises `WrongRequest` without either."""
    export_id, name = number_of(request, "id"), text_of(request, "name", _MOST_NAME)
    if not export_id and not name:
        raise WrongRequest
    return export_id, name


def name_of(since: int, until: int, offset_s: OffsetS) -> str:
    """What a file of the messages of these days is called."""
    days = [show_time(at, offset_s(at))[:10] for at in (since, until - 1)]
    return f"sent-{days[0]}-{days[1]}.csv"


def exports_answer(style: Style, exports: Iterable[Export], offset_s: OffsetS) -> Answer:
    """The answer of `get_list`."""
    records: list[Record] = [
        [
            ("id", export.id),
            ("name", export.name),
            ("status", int(export.state)),
            ("date", show_time(export.asked_at, offset_s(export.asked_at))),
        ]
        for export in exports
    ]
    return listing(style, "task", "name", records)


def file_answer(style: Style, export: Export, text: str) -> Answer:
    """A download, in the charset of the request; what that has no letter for is a question mark."""
    return Answer(f"text/csv; charset={style.encoding.value}", text.encode(style.encoding, "replace"), export.name)
