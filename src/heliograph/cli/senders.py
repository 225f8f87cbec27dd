"""`heliograph senders …`: sender names that customers register, and how operators stand to them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.link import ask, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, out, print_fields, print_rows

senders = App(name="senders")


def _show(verb: verbs.Verb, folder: Dir, config: Config, as_json: bool) -> None:
    print_fields(fields_of(ask(installation_of(folder), verb, config=config)), as_json=as_json)


@senders.command(name="list")
def list_(
    *,
    login: Annotated[str, Parameter(help="Only those of one account.")] = "",
    waiting: Annotated[bool, Parameter(negative="", help="Only those that wait for your word.")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Sender names with their ids."""
    rows = rows_of(ask(installation_of(folder), verbs.SenderList(login, waiting), config=config))
    columns = ("id", "login", "name", "state", "comment")
    print_rows("Sender names", columns, rows, as_json=json)


@senders.command
def show(id: int, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """One name with its operators, requisites and documents."""
    _show(verbs.SenderShow(id), folder, config, json)


@senders.command
def approve(id: int, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Let the account send as this name."""
    _show(verbs.SenderModerate(id, True), folder, config, json)


@senders.command
def refuse(id: int, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Shut the name out: the account may not send as it, nor prove its way in."""
    _show(verbs.SenderModerate(id, False), folder, config, json)


@senders.command
def operator(
    id: int,
    operator: Annotated[str, Parameter(help="Such as mts_step or ua_reg.")],
    *,
    state: Annotated[
        int | None,
        Parameter(
            help="0 waiting, 1 sent, 2 admitted, 3 refused, 4 suspended, 5 no money, 8 documents needed, "
            "9 from next month, 255 marked for removal."
        ),
    ] = None,
    substitute: Annotated[str | None, Parameter(help="What this operator shows instead; '' = the name itself.")] = None,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """How an operator stands to a name."""
    _show(verbs.SenderOperator(id, operator, state, substitute), folder, config, json)


@senders.command
def document(
    id: int,
    *,
    out_file: Annotated[Path, Parameter(name="--out", help="Where to write it; an existing file is not touched.")],
    folder: Dir = None,
    config: Config = None,
) -> None:
    """Write a document that came with a name (`senders show` has the ids) into a file."""
    answer = fields_of(ask(installation_of(folder), verbs.SenderPaper(id), config=config))
    try:
        with out_file.open("xb") as file:
            file.write(base64.b64decode(str(answer["data"])))
    except OSError as error:
        raise NotPossible(f"{out_file} cannot be written: {error.strerror}") from None
    out.print(f"{answer['name']} is in {out_file}", markup=False)
