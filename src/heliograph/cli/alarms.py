"""`heliograph alarm …`: event notifications, which a customer's watchman sets off by `ping.php`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.cli.link import ask, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, out, print_json, print_rows

alarm = App(name="alarm")


@alarm.command
def add(
    login: str,
    name: str,
    failure: Annotated[str, Parameter(help="What is told; {NAME}, {HOST} and {INFO} stand for what the call brings.")],
    *,
    recovery: Annotated[str, Parameter(help="What is told when it works again; empty = nothing.")] = "",
    to: Annotated[list[str] | None, Parameter(help="A number; may be given several times.")] = None,
    group: Annotated[list[int] | None, Parameter(help="The id of a group of contacts; several times.")] = None,
    sender: Annotated[str, Parameter(help="A name of the account; empty = its usual one.")] = "",
    flash: bool = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Make an event notification; its id is what ping.php is called with."""
    verb = verbs.AlarmAdd(login, name, failure, recovery, to or [], group or [], sender, flash)
    answer = fields_of(ask(installation_of(folder), verb, config=config))
    if json:
        print_json(answer)
    else:
        out.print(f"Made. Call ping.php?id={answer['id']}", markup=False)


@alarm.command(name="list")
def list_(login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """The event notifications of an account."""
    rows = rows_of(ask(installation_of(folder), verbs.AlarmList(login), config=config))
    columns = ("id", "name", "failure", "recovery", "to", "groups", "sender")
    print_rows("Notifications", columns, rows, as_json=json)


@alarm.command
def remove(login: str, id: int, *, folder: Dir = None, config: Config = None) -> None:
    """Remove one."""
    ask(installation_of(folder), verbs.AlarmRemove(login, id), config=config)
    out.print("Removed.")
