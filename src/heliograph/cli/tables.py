"""Tables that come in and go out: CSV in UTF-8, read a few rows at a time, with what is refused written down."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from heliograph.backoffice.table_columns import MOST_LONG_TEXT, MOST_ROWS
from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.shell import out, print_json

PORTION: Final = MOST_ROWS
PORTION_LETTERS: Final = 1 << 17
"""Rows handed over at once, and letters in them: they fit into one line of the control socket, however escaped."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

Row = dict[str, str]


def portions(table: Path, columns: Sequence[str], needed: str) -> Iterator[list[Row]]:
    """Rows of a table, a few at a time: no table is ever in memory, and a cell that is too long is cut (B21).

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
            portion: list[Row] = []
            letters = 0
            for row in clean:
                portion.append(row)
                letters += sum(map(len, row.values()))
                if len(portion) == PORTION or letters > PORTION_LETTERS:
                    yield portion
                    portion, letters = [], 0
            if portion:
                yield portion
    except (csv.Error, UnicodeDecodeError, OSError) as error:
        raise NotPossible(f"{table} cannot be read: {error}") from None


def bring(
    found: Iterable[list[Row]],
    columns: Sequence[str],
    hand_over: Callable[[list[Row]], Sequence[str]],
    *,
    rejected: Path | None,
    preview: bool,
    as_json: bool,
) -> None:
    """Hand over all portions and say how many rows were kept. `hand_over` answers why each row was refused, "" for one
    that was kept; `rejected` gets the refused ones with the reason. On a terminal it shows how far it has come."""
    kept, refused = 0, 0
    sink = None if rejected is None else rejected.open("w", encoding="utf-8", newline="")
    writer = None if sink is None else csv.DictWriter(sink, [*columns, "reason"])
    if writer is not None:
        writer.writeheader()
    try:
        for portion in found:
            for row, reason in zip(portion, hand_over(portion), strict=True):
                kept, refused = kept + (not reason), refused + bool(reason)
                if reason and writer is not None:
                    writer.writerow({name: plain(row.get(name, "")) for name in columns} | {"reason": reason})
            if not as_json and sys.stderr.isatty():
                print(f"\r{kept + refused} rows", end="", file=sys.stderr, flush=True)
    finally:
        if sink is not None:
            sink.close()
    if as_json:
        print_json({"kept": kept, "refused": refused, "preview": preview})
    else:
        out.print(f"{'Would keep' if preview else 'Kept'} {kept}, refused {refused}.", markup=False)


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
