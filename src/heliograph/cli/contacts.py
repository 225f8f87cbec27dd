"""`heliograph contacts …`, `heliograph jobs …`: contacts from and to tables, and mailings."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, cast

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.backoffice.accounts import NotPossible
from heliograph.backoffice.contact_desk import COLUMNS, MOST_LONG_TEXT, MOST_ROWS
from heliograph.cli.link import ask, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, app, installation_of, out, print_json, print_table

contacts = App(name="contacts", help="Contacts of a customer: from a table, to a table.")
jobs = App(name="jobs", help="Mailings of a customer: how they stand; pause, resume, cancel.")
app.command(contacts)
app.command(jobs)

PORTION: Final = MOST_ROWS
PORTION_LETTERS: Final = 1 << 17
"""Rows handed over at once, and letters in them: they fit into one line of the control socket, however escaped."""
PAGE: Final = 100
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


@contacts.command(name="import")
def import_(
    login: str,
    table: Annotated[Path, Parameter(help=f"CSV in UTF-8; its first line names columns: {', '.join(COLUMNS)}.")],
    *,
    group: Annotated[str, Parameter(help="The name of the group they belong to; it is made if there is none.")] = "",
    preview: Annotated[bool, Parameter(help="Only look: what would be kept, what refused.")] = False,
    rejected: Annotated[Path | None, Parameter(help="Where rows go that are refused, with the reason.")] = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Take contacts from a table; rows that cannot be kept are counted and written down, the others are kept."""
    kept, refused, installation = 0, 0, installation_of(folder)
    sink = None if rejected is None else rejected.open("w", encoding="utf-8", newline="")
    writer = None if sink is None else csv.DictWriter(sink, [*COLUMNS, "reason"])
    if writer is not None:
        writer.writeheader()
    try:
        for portion in portions(table):
            answer = fields_of(ask(installation, verbs.ContactAdd(login, portion, group, preview), config=config))
            for row, reason in zip(portion, cast("list[str]", answer["refused"]), strict=True):
                kept, refused = kept + (not reason), refused + bool(reason)
                if reason and writer is not None:
                    writer.writerow({name: _plain(row.get(name, "")) for name in COLUMNS} | {"reason": reason})
            if not json and sys.stderr.isatty():
                print(f"\r{kept + refused} rows", end="", file=sys.stderr, flush=True)
    finally:
        if sink is not None:
            sink.close()
    if json:
        print_json({"kept": kept, "refused": refused, "preview": preview})
    else:
        out.print(f"{'Would keep' if preview else 'Kept'} {kept}, refused {refused}.", markup=False)


def portions(table: Path) -> Iterator[list[dict[str, str]]]:
    """Rows of a table, a few at a time: no table is ever in memory, and a cell that is too long is cut (B17).

    Raises `NotPossible` for what is no table of contacts.
    """
    csv.field_size_limit(MOST_LONG_TEXT * 8)
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restkey="")
            names = rows.fieldnames or []
            unknown = [name for name in names if name not in COLUMNS]
            if unknown or "phone" not in names or len(set(names)) < len(names):
                raise NotPossible(
                    f"the first line names columns out of: {', '.join(COLUMNS)}; phone must be among them"
                )
            clean = ({name: (row[name] or "")[: MOST_LONG_TEXT + 1] for name in names if name} for row in rows)
            portion: list[dict[str, str]] = []
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


@contacts.command
def export(
    login: str,
    table: Annotated[Path, Parameter(help="The CSV file to write; it must not exist.")],
    *,
    search: Annotated[str, Parameter(help="Only contacts in which this stands.")] = "",
    folder: Dir = None,
    config: Config = None,
) -> None:
    """Write contacts to a table, in UTF-8. What a spreadsheet would take for a formula begins with an apostrophe."""
    after, count = 0, 0
    try:
        with table.open("x", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            while page := _page(login, after, search, folder, config):
                writer.writerows({name: _plain(str(row[name])) for name in COLUMNS} for row in page)
                after, count = cast(int, page[-1]["id"]), count + len(page)
    except OSError as error:
        raise NotPossible(f"{table} cannot be written: {error}") from None
    out.print(f"Wrote {count}.")


@contacts.command(name="list")
def list_(
    login: str,
    *,
    search: Annotated[str, Parameter(help="Only contacts in which this stands.")] = "",
    after: Annotated[int, Parameter(help="Only those with a higher id.")] = 0,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """A page of contacts."""
    rows = _page(login, after, search, folder, config)
    if json:
        print_json(rows)
    else:
        columns = ("id", "phone", "name", "groups")
        print_table("Contacts", columns, [[row[column] for column in columns] for row in rows])


def _page(login: str, after: int, search: str, folder: Dir, config: Config) -> list[dict[str, object]]:
    return rows_of(ask(installation_of(folder), verbs.ContactList(login, after, PAGE, search), config=config))


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


@jobs.command(name="list")
def list_jobs(login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """The mailings of an account and how far they have come."""
    rows = rows_of(ask(installation_of(folder), verbs.JobList(login), config=config))
    if json:
        print_json(rows)
    else:
        columns = ("id", "name", "state", "recipients", "done", "refused", "parts", "cost")
        print_table("Mailings", columns, [[row[column] for column in columns] for row in rows])


@jobs.command
def change(
    login: str,
    id: int,
    what: Literal["pause", "resume", "cancel"],
    *,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Pause a mailing, let it go on, or switch it off for good."""
    answer = fields_of(ask(installation_of(folder), verbs.JobChange(login, id, what), config=config))
    if json:
        print_json(answer)
    else:
        out.print(f"Mailing {id} is {answer['state']}.", markup=False)
