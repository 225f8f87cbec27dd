"""`heliograph check-config · explain-config`."""

from __future__ import annotations

from pathlib import Path

from heliograph import listeners
from heliograph.cli.configured import settings_of, wrong_with
from heliograph.cli.shell import (
    AsJson,
    Config,
    Dir,
    err,
    installation_of,
    out,
    print_json,
    print_table,
)
from heliograph.config import BadConfig, explain
from heliograph.core.pricing import BadTariffs, Tariffs
from heliograph.core.routing import BadRules, RoutingTable
from heliograph.numbering import plan_of
from heliograph.ops.clock import SystemClock
from heliograph.settings import GatewaySettings, every_door


def check_config(*, folder: Dir = None, config: Config = None, json: AsJson = False) -> None:
    """Say whether `serve` could start with this configuration, and if not, everything that is wrong with it.

    A certificate that customers would refuse today is wrong too; one that expires soon is warned of, and so are
    secrets that travel in the clear.
    """
    installation = installation_of(folder)
    settings = settings_of(installation, config)
    faults = wrong_with(settings, installation)
    warnings = listeners.in_the_clear(settings.http)
    if not faults:
        now = SystemClock().now()
        concerns = [one for http in every_door(settings) for one in listeners.concerns(http, installation.folder, now)]
        faults = [concern.text for concern in concerns if concern.is_fault]
        warnings = [concern.text for concern in concerns] + warnings
    ranges = _compile(settings, installation.folder, faults)
    if faults:
        raise BadConfig(faults)
    counts = {
        "connectors": len(settings.connectors),
        "routes": len(settings.routes),
        "tariff_lines": len(settings.tariffs),
        "listeners": sum(len(http.every_listener) for http in every_door(settings)),
        "number_ranges": ranges,
    }
    if json:
        print_json({"ok": True, **counts, "warnings": warnings})
    else:
        for warning in warnings:
            err.print(f"Warning: {warning}", style="yellow", markup=False)
        out.print(
            "The configuration is sound: " + ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items())
        )


def _compile(settings: GatewaySettings, folder: Path, faults: list[str]) -> int:
    """Look at routes, tariffs and the numbering plan, all of them; how many ranges of numbers that has."""
    try:
        RoutingTable(settings.routes, [connector.name for connector in settings.connectors])
    except BadRules as error:
        faults += error.complaints
    try:
        Tariffs(settings.tariffs)
    except BadTariffs as error:
        faults += error.complaints
    try:
        return len(plan_of(settings.numbering, folder))
    except BadConfig as error:
        faults += error.complaints
        return 0


def explain_config(field: str = "", *, json: AsJson = False) -> None:
    """Every setting with its type, default and meaning; with FIELD only those whose name begins so."""
    rows = [row for row in explain(GatewaySettings) if row.name.startswith(field)]
    if json:
        print_json([row._asdict() for row in rows])
    else:
        print_table("heliograph.toml", ("setting", "type", "default", "meaning"), rows)
