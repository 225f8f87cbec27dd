"""`heliograph stop-list …`: numbers that get nothing, from and to tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, cast

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.backoffice.table_columns import OF_STOP_LISTS
from heliograph.cli.link import ask, ask_each, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, print_rows
from heliograph.cli.tables import Portion, bring, give, portions

stop_list = App(name="stop-list")

PAGE: Final = 500
Login = Annotated[str, Parameter(help="The list of one account; empty = the one that counts for everybody.")]


@stop_list.command(name="import")
def import_(
    table: Annotated[
        Path,
        Parameter(
            help="CSV in UTF-8; the first line names phone and, if you like, blocks: everything, mailings, single."
        ),
    ],
    *,
    login: Login = "",
    preview: Annotated[bool, Parameter(help="Only look: what would be kept, what refused.")] = False,
    rejected: Annotated[Path | None, Parameter(help="Where rows go that are refused, with the reason.")] = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Put the numbers of a table on a list; those it has already are changed."""
    installation = installation_of(folder)

    def hand_over(found: Iterator[Portion]) -> Iterator[list[str]]:
        asked = (verbs.StopListAdd(portion, login, preview) for portion in found)
        for answer in ask_each(installation, asked, config=config):
            yield cast("list[str]", fields_of(answer)["refused"])

    found = portions(table, OF_STOP_LISTS, "phone")
    bring(found, OF_STOP_LISTS, hand_over, rejected=rejected, preview=preview, as_json=json)


@stop_list.command
def export(
    table: Annotated[Path, Parameter(help="The CSV file to write; it must not exist.")],
    *,
    login: Login = "",
    folder: Dir = None,
    config: Config = None,
) -> None:
    """Write a list to a table, in UTF-8."""

    def pages() -> Iterator[list[dict[str, object]]]:
        after = 0
        while page := _page(login, after, folder, config):
            yield page
            after = cast(int, page[-1]["id"])

    give(table, OF_STOP_LISTS, pages())


@stop_list.command(name="list")
def list_(
    *,
    login: Login = "",
    after: Annotated[int, Parameter(help="Only those with a higher id.")] = 0,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """A page of a list."""
    rows = _page(login, after, folder, config)
    columns = ("id", "phone", "blocks")
    print_rows("Stop list", columns, rows, as_json=json)


def _page(login: str, after: int, folder: Dir, config: Config) -> list[dict[str, object]]:
    return rows_of(ask(installation_of(folder), verbs.StopListGet(login, after, PAGE), config=config))
