"""`heliograph tariffs …`, `heliograph prefixes …`: price lines and the numbering plan, put into the files of a folder.

A change is looked at as a whole before it takes the place of what was there, so a file is never half written and never
one that a gateway could not use. A running gateway takes it over on SIGHUP.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cyclopts import App, Parameter

from heliograph.backoffice.verbs import NotPossible
from heliograph.channels.sms.numbering import BadPlan, read_ranges
from heliograph.cli.configured import settings_of
from heliograph.cli.shell import (
    CONFIG_NAME,
    AsJson,
    Config,
    Dir,
    installation_of,
    out,
    print_json,
    print_table,
)
from heliograph.config import BadConfig
from heliograph.core.pricing import Tariffs
from heliograph.numbering import plan_of

tariffs = App(name="tariffs")
prefixes = App(name="prefixes")

_TAKE_OVER: Final = "A running gateway takes it over on SIGHUP."
Many = Annotated[tuple[str, ...], Parameter(help="May be given several times.")]


@tariffs.command(name="list")
def list_(*, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """All price lines, in their order."""
    lines = settings_of(installation_of(folder), config).tariffs
    if json:
        print_json(msgspec.to_builtins(lines))
        return
    rows = [(one.tariff, one.id, one.price, " ".join((*one.prefixes, *one.countries, *one.mcc))) for one in lines]
    print_table("Price lines", ("tariff", "line", "price", "destinations"), rows)


@tariffs.command
def add(
    line: Annotated[str, Parameter(help="Name of the line, unique.")],
    tariff: Annotated[str, Parameter(help="Name of the tariff it belongs to.")],
    price: Annotated[str, Parameter(help="Price of one part, such as 0.45.")],
    *,
    prefix: Many = (),
    country: Many = (),
    mcc: Many = (),
    kind: Many = (),
    charge: Annotated[Literal["accepted", "delivered"], Parameter(help="What is paid for.")] = "accepted",
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """One more price line, at the end of the configuration."""
    installation = installation_of(folder)
    path = config or installation.folder / CONFIG_NAME
    said = {"id": line, "tariff": tariff, "price": price, "charge": charge}
    lists = {"prefixes": prefix, "countries": country, "mcc": mcc, "kinds": kind}
    fields = said | {name: list(values) for name, values in lists.items() if values}
    block = "".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in fields.items())
    before = path.read_text("utf-8") if path.exists() else ""
    fresh = _beside(path, f"{before.rstrip()}\n\n[[tariffs]]\n{block}".lstrip())
    try:
        Tariffs(settings_of(installation, fresh).tariffs)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    if json:
        print_json({"added": line, "file": str(path)})
    else:
        out.print(f"The line {line} is in {path}. {_TAKE_OVER}", markup=False)


@prefixes.command(name="import")
def import_(
    table: Annotated[Path, Parameter(help="CSV in UTF-8: prefix, mcc, mnc, country, operator, region, and tz.")],
    *,
    preview: Annotated[bool, Parameter(help="Only look whether it can be used.")] = False,
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> None:
    """Put a table in the place of the plan that `numbering.plan` names; what is wrong with it is told line by line."""
    installation = installation_of(folder)
    plan = settings_of(installation, config).numbering.plan
    if not plan:
        raise NotPossible('the configuration names no file for it; write: [numbering] plan = "prefixes.csv"')
    try:
        text = table.read_text("utf-8")
        count = len(list(read_ranges(text)))
        if not preview:
            path = installation.folder / plan
            _beside(path, text).replace(path)
    except UnicodeDecodeError:
        raise BadConfig([f"{table} is not UTF-8"]) from None
    except OSError as error:
        raise NotPossible(f"{table} cannot be taken: {error.strerror}") from None
    except BadPlan as error:
        raise BadConfig([f"{table}: {complaint}" for complaint in error.complaints]) from None
    if json:
        print_json({"prefixes": count, "preview": preview})
    else:
        out.print(f"{count} prefixes{' could be taken' if preview else f' taken. {_TAKE_OVER}'}", markup=False)


@prefixes.command
def look(number: str, *, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Whose number it is, by the plan as it is on disk."""
    installation = installation_of(folder)
    found = plan_of(settings_of(installation, config).numbering, installation.folder).lookup(number.lstrip("+"))
    if found is None:
        raise NotPossible(f"the plan does not know {number}")
    fields = {"mcc": found.mcc, "mnc": found.mnc, "country": found.country, "operator": found.operator}
    fields |= {"region": found.region, "tz": found.tz}
    if json:
        print_json(fields)
        return
    for name, value in fields.items():
        out.print(f"{name:10} {value}", markup=False)


def _beside(path: Path, text: str) -> Path:
    """A new file in the same folder, for the same eyes as the one it will replace."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(0o600)
    fresh.write_text(text, "utf-8")
    if path.exists():
        shutil.copymode(path, fresh)
    return fresh
