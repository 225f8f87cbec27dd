"""Tables that come in and go out: CSV in UTF-8, read a few rows at a time, with what is refused written down."""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Final

from heliograph.backoffice.table_columns import MOST_LONG_TEXT, MOST_ROWS
from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.shell import out, print_json

PORTION: Final = MOST_ROWS
PORTION_LETTERS: Final = 1 << 17
"""Rows handed over at once, and letters in them: they fit into one line of the control socket, however escaped."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

CHUNK: Final = 50_000
CHUNK_LETTERS: Final = 1 << 23
"""Rows sorted before they are handed over, and letters in them: a store that gets numbers in order touches a few pages
of their index for a portion, not one for every number."""
SIGNIFICANT: Final = 9
"""The last digits of a number say where it is sorted, so that one number, however it is written, keeps its order."""
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")

Row = dict[str, str]
HandOver = Callable[[Iterator["Portion"]], Iterator[Sequence[str]]]


class Portion(list[Row]):
    """Rows that are handed over at once: those at `places` of a chunk, of which they are the last or not."""

    def __init__(self, rows: Iterable[Row], places: list[int], *, is_last: bool) -> None:
        super().__init__(rows)
        self.places = places
        self.is_last = is_last


def portions(table: Path, columns: Sequence[str], needed: str) -> Iterator[Portion]:
    """Rows of a table, a few at a time, a chunk of it in the order of the column `needed`: no table is ever in memory
    as a whole, and a cell that is too long is cut (B21).

    Raises `NotPossible` for a table that names other columns, or not the one that is needed.
    """
    csv.field_size_limit(MOST_LONG_TEXT * 8)
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restkey="")
            names = rows.fieldnames or []
            unknown = [name for name in names if name not in columns]
            if unknown or needed not in names or len(set(names)) < len(names):
                raise NotPossible(
                    f"the first line names columns out of: {', '.join(columns)}; {needed} must be among them"
                )
            clean = ({name: (row[name] or "")[: MOST_LONG_TEXT + 1] for name in names if name} for row in rows)
            for chunk in _bounded(clean, CHUNK, CHUNK_LETTERS):
                yield from _in_order(chunk, needed)
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise NotPossible(f"{table} cannot be read: {error}") from None


def _bounded(rows: Iterable[Row], most: int, most_letters: int) -> Iterator[list[Row]]:
    """The rows in lists of so many rows and about so many letters at most."""
    found: list[Row] = []
    letters = 0
    for row in rows:
        found.append(row)
        letters += sum(map(len, row.values()))
        if len(found) == most or letters > most_letters:
            yield found
            found, letters = [], 0
    if found:
        yield found


def _in_order(chunk: list[Row], column: str) -> Iterator[Portion]:
    """The portions of a chunk, sorted by a column."""
    keys = [_sorted_by(row[column]) for row in chunk]
    places = sorted(range(len(chunk)), key=keys.__getitem__)
    start = 0
    for rows in _bounded((chunk[place] for place in places), PORTION, PORTION_LETTERS):
        end = start + len(rows)
        yield Portion(rows, places[start:end], is_last=end == len(chunk))
        start = end


def _sorted_by(cell: str) -> str:
    if cell.isdigit():
        return cell[-SIGNIFICANT:]
    if "@" in cell:
        return cell.strip().lower()
    return _NOT_DIGITS.sub("", cell.replace(";", ",").partition(",")[0])[-SIGNIFICANT:]


def bring(
    found: Iterable[Portion],
    columns: Sequence[str],
    hand_over: HandOver,
    *,
    rejected: Path | None,
    preview: bool,
    as_json: bool,
) -> None:
    """Hand over all portions and say how many rows were kept. `hand_over` answers for each portion why its rows were
    refused, "" for one that was kept; `rejected` gets the refused ones in the order of the table, with the reason. On
    a terminal it shows how far it has come."""
    kept, refused = 0, 0
    sink = None if rejected is None else rejected.open("w", encoding="utf-8", newline="")
    writer = None if sink is None else csv.DictWriter(sink, [*columns, "reason"])
    if writer is not None:
        writer.writeheader()
    under_way: deque[Portion] = deque()
    wrong: list[tuple[int, Row, str]] = []
    try:
        for reasons in hand_over(_noted(_read_ahead(found), under_way)):
            portion = under_way.popleft()
            failed = [one for one in zip(portion.places, portion, reasons, strict=True) if one[2]]
            kept, refused = kept + len(portion) - len(failed), refused + len(failed)
            if writer is not None:
                wrong += failed
                if portion.is_last:
                    writer.writerows(_refused(wrong, columns))
                    wrong.clear()
            if not as_json and sys.stderr.isatty():
                print(f"\r{kept + refused} rows", end="", file=sys.stderr, flush=True)
    finally:
        if sink is not None:
            if writer is not None:
                writer.writerows(_refused(wrong, columns))
            sink.close()
    if as_json:
        print_json({"kept": kept, "refused": refused, "preview": preview})
    else:
        out.print(f"{'Would keep' if preview else 'Kept'} {kept}, refused {refused}.", markup=False)


def _noted(found: Iterable[Portion], under_way: deque[Portion]) -> Iterator[Portion]:
    for portion in found:
        under_way.append(portion)
        yield portion


def _refused(wrong: list[tuple[int, Row, str]], columns: Sequence[str]) -> Iterator[Row]:
    for _, row, reason in sorted(wrong, key=lambda one: one[0]):
        yield {name: plain(row.get(name, "")) for name in columns} | {"reason": reason}


def _read_ahead(found: Iterable[Portion]) -> Iterator[Portion]:
    """The same portions; the next chunk is read and sorted while this one is handed over."""
    read: Queue[Portion | BaseException | None] = Queue(CHUNK // PORTION)

    def work() -> None:
        try:
            for portion in found:
                read.put(portion)
            read.put(None)
        except BaseException as error:  # is raised where the portions are wanted
            read.put(error)

    Thread(target=work, name="read-ahead", daemon=True).start()
    while (portion := read.get()) is not None:
        if isinstance(portion, BaseException):
            raise portion
        yield portion


def give(table: Path, columns: Sequence[str], pages: Iterable[Sequence[dict[str, object]]]) -> None:
    """Write all pages to a new file. Raises `NotPossible` if it exists or cannot be written."""
    count = 0
    try:
        with table.open("x", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            for page in pages:
                writer.writerows({name: plain(str(row[name])) for name in columns} for row in page)
                count += len(page)
    except OSError as error:
        raise NotPossible(f"{table} cannot be written: {error}") from None
    out.print(f"Wrote {count}.")


def plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
