"""What all commands share: the program, where its folder is, how it prints, how it fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.table import Table

import heliograph
from heliograph import listeners
from heliograph.backoffice.accounts import NotPossible
from heliograph.carrier_profiles import with_profiles
from heliograph.config import BadConfig, read
from heliograph.core.pricing import BadTariffs
from heliograph.core.routing import BadRules
from heliograph.installation import BadInstallation, Installation
from heliograph.ops import failpoints
from heliograph.ports import StoreFailure
from heliograph.settings import GatewaySettings, complaints, smpp_as_http
from heliograph.store import StoreInUse

DONE: Final = 0
FAILED: Final = 1
MISUSED: Final = 2
BAD_CONFIG: Final = 78
"""EX_CONFIG of sysexits.h: also when another process has the folder."""

DIR_VARIABLE: Final = "HELIOGRAPH_DIR"
DEFAULT_DIR: Final = Path("heliograph-data")
CONFIG_NAME: Final = "heliograph.toml"
RESERVED: Final = frozenset({DIR_VARIABLE, failpoints.VARIABLE})

Dir = Annotated[Path | None, Parameter(name="--dir", help="Data folder; else $HELIOGRAPH_DIR, else ./heliograph-data.")]
Config = Annotated[Path | None, Parameter(name="--config", help="Configuration; else heliograph.toml in the folder.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON, for programs.")]

app = App(
    name="heliograph",
    version=heliograph.__version__,
    help="A self-hosted messaging gateway that speaks the APIs of SMS Club and SMSC and keeps what it accepts.",
    result_action="return_value",
)
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; returns the exit code."""
    try:
        result = app(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        err.print(f"{error}\nTry `heliograph --help`.", style="red", markup=False)
        return MISUSED
    except BadConfig as error:
        _complain("The configuration cannot be used:", error.complaints)
        return BAD_CONFIG
    except (BadRules, BadTariffs) as error:
        _complain("The configuration cannot be used:", error.complaints)
        return BAD_CONFIG
    except (StoreInUse, BadInstallation) as error:
        _complain(str(error), [])
        return BAD_CONFIG
    except (NotPossible, StoreFailure) as error:
        _complain(str(error), [])
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return result if isinstance(result, int) else DONE


def installation_of(folder: Path | None) -> Installation:
    """The data folder a command means."""
    return Installation(folder or Path(os.environ.get(DIR_VARIABLE) or DEFAULT_DIR))


def settings_of(
    installation: Installation, config: Path | None, *, to_serve: bool = False, with_certificates: bool = True
) -> GatewaySettings:
    """The configuration of a folder, from the file and the environment; complete enough `to_serve` if asked, which a
    reload that looks at each certificate itself may want without them.

    Raises `BadConfig`.
    """
    path = config
    if path is None:
        default = installation.folder / CONFIG_NAME
        path = default if default.exists() else None
    settings = with_profiles(read(GatewaySettings, path, os.environ, RESERVED), installation.folder)
    found = complaints(settings) if to_serve else []
    if to_serve and with_certificates:
        found += listeners.complaints(settings.http, installation.folder)
        found += listeners.complaints(smpp_as_http(settings.smpp), installation.folder)
    if found:
        raise BadConfig(found)
    return settings


def print_json(value: object) -> None:
    """One line of JSON."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    out.print(table)


def _complain(headline: str, lines: Sequence[str]) -> None:
    err.print(headline, style="red", markup=False)
    for line in lines:
        err.print(f"  - {line}", markup=False)
