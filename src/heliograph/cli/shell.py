"""What all commands share: the program, where its folder is, how it prints, how it fails.

Every command waits for what is imported here, so no room of the gateway is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

import heliograph
from heliograph.installation import Installation

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2
BAD_CONFIG: Final = 78
"""EX_CONFIG of sysexits.h: also when another process has the folder."""

DIR_VARIABLE: Final = "HELIOGRAPH_DIR"
DEFAULT_DIR: Final = Path("heliograph-data")
CONFIG_NAME: Final = "heliograph.toml"

Dir = Annotated[Path | None, Parameter(name="--dir", help="Data folder; else $HELIOGRAPH_DIR, else ./heliograph-data.")]
Config = Annotated[Path | None, Parameter(name="--config", help="Configuration; else heliograph.toml in the folder.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")]

app = App(
    name="heliograph",
    version=heliograph.__version__,
    help="A self-hosted messaging gateway that speaks the APIs of SMS Club and SMSC and keeps what it accepts.",
    result_action="return_value",
    version_format="plaintext",
    help_format="plaintext",
)
_STEERING: Final = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}")
"""What would move a terminal's cursor, colour it or worse."""

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; returns the exit code."""
    try:
        result = app(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        err.print(f"{error}\nTry `heliograph --help`.", style="red", markup=False)
        return MISUSED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        # The rooms name their failures themselves, and need not be there while nothing fails.
        from heliograph.cli.failures import told

        failure = told(error)
        if failure is None:
            raise
        err.print(failure.headline, style="red", markup=False)
        for line in failure.lines:
            err.print(f"  - {line}", markup=False)
        return failure.code
    return result if isinstance(result, int) else DONE


def installation_of(folder: Path | None) -> Installation:
    """The data folder a command means."""
    return Installation(folder or Path(os.environ.get(DIR_VARIABLE) or DEFAULT_DIR))


def print_json(value: object) -> None:
    """One line of JSON."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def plain(value: object) -> str:
    """What a customer may have written, as it can be shown to an operator: what would steer his terminal is a mark."""
    return str(value).translate(_STEERING)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; nothing in its cells is markup, and nothing is cut: a long word goes on in the next line."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*[Text(plain(cell)) for cell in row])
    out.print(table)


def print_fields(answer: Mapping[str, object], *, as_json: bool) -> None:
    """An answer that is one thing: one line of JSON, or a line for each of its members."""
    if as_json:
        print_json(answer)
        return
    for name, value in answer.items():
        out.print(f"{name:12} {plain(value)}", markup=False)


def print_rows(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    """An answer that is a list: one line of JSON with all that is known, or a table of some columns."""
    if as_json:
        print_json(rows)
    else:
        print_table(title, columns, [[row.get(column, "") for column in columns] for row in rows])
