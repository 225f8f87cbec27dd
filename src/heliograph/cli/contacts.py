"""`heliograph contacts …`, `heliograph jobs …`: contacts from and to tables, and mailings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, cast

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.backoffice.table_columns import OF_CONTACTS, OF_MAILS
from heliograph.cli.link import ask, ask_each, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, out, print_json, print_rows
from heliograph.cli.tables import Portion, bring, give, portions

contacts = App(name="contacts")
jobs = App(name="jobs")

PAGE: Final = 100
EXPORT_PAGE: Final = 250
"""Contacts of an export asked for at once: 1.3 ms of the gateway, a third less for each than by hundreds."""
Mails = Annotated[bool, Parameter(name="--mails", negative="", help="Contacts with e-mail addresses, not numbers.")]


@contacts.command(name="import")
def import_(
    login: str,
    table: Annotated[
        Path,
        Parameter(help=f"CSV in UTF-8; its first line names columns: {', '.join(OF_CONTACTS)}; with --mails mail."),
    ],
    *,
    mails: Mails = False,
    group: Annotated[str, Parameter(help="The name of the group they belong to; it is made if there is none.")] = "",
    preview: Annotated[bool, Parameter(help="Only look: what would be kept, what refused.")] = False,
    rejected: Annotated[Path | None, Parameter(help="Where rows go that are refused, with the reason.")] = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Take contacts from a table; rows that cannot be kept are counted and written down, the others are kept."""
    installation, columns = installation_of(folder), OF_MAILS if mails else OF_CONTACTS

    def hand_over(found: Iterator[Portion]) -> Iterator[list[str]]:
        asked = (verbs.ContactAdd(login, portion, group, preview, _kind(mails)) for portion in found)
        for answer in ask_each(installation, asked, config=config):
            yield cast("list[str]", fields_of(answer)["refused"])

    found = portions(table, columns, columns[0])
    bring(found, columns, hand_over, rejected=rejected, preview=preview, as_json=json)


@contacts.command
def export(
    login: str,
    table: Annotated[Path, Parameter(help="The CSV file to write; it must not exist.")],
    *,
    mails: Mails = False,
    search: Annotated[str, Parameter(help="Only contacts in which this stands.")] = "",
    folder: Dir = None,
    config: Config = None,
) -> None:
    """Write contacts to a table, in UTF-8. What a spreadsheet would take for a formula begins with an apostrophe."""

    def pages() -> Iterator[list[dict[str, object]]]:
        after = 0
        while page := _page(login, after, search, mails, folder, config, EXPORT_PAGE):
            yield page
            after = cast(int, page[-1]["id"])

    give(table, OF_MAILS if mails else OF_CONTACTS, pages())


@contacts.command(name="list")
def list_(
    login: str,
    *,
    mails: Mails = False,
    search: Annotated[str, Parameter(help="Only contacts in which this stands.")] = "",
    after: Annotated[int, Parameter(help="Only those with a higher id.")] = 0,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """A page of contacts."""
    rows = _page(login, after, search, mails, folder, config)
    columns = ("id", "mail" if mails else "phone", "name", "groups")
    print_rows("Contacts", columns, rows, as_json=json)


def _page(
    login: str, after: int, search: str, mails: bool, folder: Dir, config: Config, most: int = PAGE
) -> list[dict[str, object]]:
    verb = verbs.ContactList(login, after, most, search, _kind(mails))
    return rows_of(ask(installation_of(folder), verb, config=config))


def _kind(mails: bool) -> Literal["phone", "mail"]:
    return "mail" if mails else "phone"


@jobs.command(name="list")
def list_jobs(login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """The mailings of an account and how far they have come."""
    rows = rows_of(ask(installation_of(folder), verbs.JobList(login), config=config))
    columns = ("id", "name", "state", "stopped_by", "recipients", "done", "refused", "parts", "cost")
    print_rows("Mailings", columns, rows, as_json=json)


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
