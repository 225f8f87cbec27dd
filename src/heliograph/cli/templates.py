"""`heliograph templates …`: texts that customers register at operators, and how they stand there."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.cli.link import ask, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, out, print_json, print_rows

templates = App(name="templates")


@templates.command(name="list")
def list_(
    *,
    login: Annotated[str, Parameter(help="Only those of one account.")] = "",
    waiting: Annotated[bool, Parameter(negative="", help="Only those that wait for your word.")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Registered texts with their ids."""
    rows = rows_of(ask(installation_of(folder), verbs.TemplateList(login, waiting), config=config))
    columns = ("id", "login", "sender", "operator", "means", "text")
    print_rows("Templates at operators", columns, rows, as_json=json)


@templates.command(name="set")
def set_(
    id: int,
    status: Annotated[Literal[0, 1, 2, 3], Parameter(help="0 waiting, 1 sent, 2 admitted, 3 refused.")],
    *,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """How a text stands at its operator; once it is admitted, messages say so."""
    answer = fields_of(ask(installation_of(folder), verbs.TemplateModerate(id, status), config=config))
    if json:
        print_json(answer)
    else:
        out.print(f"Template {id} is {answer['means']}.", markup=False)
