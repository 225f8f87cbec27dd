"""`heliograph subclients …`: accounts that belong to another one, as their owners have them over `users.php`."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter

from heliograph.backoffice import verbs
from heliograph.cli.link import ask, fields_of, rows_of
from heliograph.cli.shell import AsJson, Config, Dir, installation_of, print_fields, print_rows

subclients = App(name="subclients")


def _show(verb: verbs.Verb, folder: Dir, config: Config, as_json: bool) -> None:
    print_fields(fields_of(ask(installation_of(folder), verb, config=config)), as_json=as_json)


def _table(title: str, verb: verbs.Verb, folder: Dir, config: Config, as_json: bool) -> None:
    rows = rows_of(ask(installation_of(folder), verb, config=config))
    print_rows(title, list(rows[0]) if rows else ["login"], rows, as_json=as_json)


@subclients.command(name="list")
def list_(owner: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """The sub-clients of an account, deleted ones, too."""
    _table("Sub-clients", verbs.SubclientList(owner), folder, config, json)


@subclients.command
def show(owner: str, login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """One with its flags and limits."""
    _show(verbs.SubclientShow(owner, login), folder, config, json)


@subclients.command
def add(
    owner: str,
    login: str,
    *,
    password: str,
    kind: Annotated[
        Literal[0, 1, 2, 3, 4],
        Parameter(name="--type", help="0 own tariff and balance, 1 owner's tariff, 2 both, 3 balance, 4 a login."),
    ] = 0,
    currency: Annotated[str, Parameter(help="Of its own balance; empty = the owner's.")] = "",
    owners_senders: Annotated[bool, Parameter(negative="", help="It may use the owner's sender names.")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Make one. `users.php?chg=1` sets the rest."""
    _show(verbs.SubclientAdd(owner, login, password, kind, currency, owners_senders), folder, config, json)


@subclients.command
def pay(
    owner: str,
    login: str,
    amount: Annotated[str, Parameter(help="Such as 100 or 12.50; negative = back.", allow_leading_hyphen=True)],
    *,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Move money from the owner's balance to the sub-client's, or back."""
    _show(verbs.SubclientPay(owner, login, amount), folder, config, json)


@subclients.command
def block(owner: str, login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Let it do nothing any more."""
    _show(verbs.SubclientBlock(owner, login, True), folder, config, json)


@subclients.command
def unblock(owner: str, login: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Let it in again."""
    _show(verbs.SubclientBlock(owner, login, False), folder, config, json)


@subclients.command
def stats(
    owner: str,
    first: Annotated[str, Parameter(help="From this day on, such as 2026-11-01.")],
    last: Annotated[str, Parameter(help="To the end of this day; empty = until now.")] = "",
    *,
    daily: Annotated[bool, Parameter(negative="", help="A line for each day.")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """What they sent, got and spent."""
    _table("Statistics", verbs.SubclientStats(owner, first, last, daily), folder, config, json)
