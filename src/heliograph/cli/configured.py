"""The configuration of a folder, for commands that need one; what can be set is known by every room of the house."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from heliograph import listeners
from heliograph.carrier_profiles import with_profiles
from heliograph.cli.shell import CONFIG_NAME, DIR_VARIABLE
from heliograph.config import BadConfig, read
from heliograph.installation import Installation
from heliograph.ops import failpoints
from heliograph.settings import GatewaySettings, complaints, every_door

RESERVED: Final = frozenset({DIR_VARIABLE, failpoints.VARIABLE})
"""Variables of the environment that are no settings."""


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
    if to_serve and (found := wrong_with(settings, installation, with_certificates=with_certificates)):
        raise BadConfig(found)
    return settings


def wrong_with(settings: GatewaySettings, installation: Installation, *, with_certificates: bool = True) -> list[str]:
    """What stands against serving with these settings, but for routes, tariffs and the numbering plan."""
    found = complaints(settings)
    if with_certificates:
        for http in every_door(settings):
            found += listeners.complaints(http, installation.folder)
    return found
