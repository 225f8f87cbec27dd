"""Profiles of an operator's own for carriers by SMPP: TOML files in a folder that the configuration names.

Part of the composition root: `connectors.smpp_profiles` knows what a profile is; here are the files. `heliograph probe`
writes such files.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

from heliograph.config import BadConfig
from heliograph.connectors.smpp_profiles import PROFILES, BadProfile, Profile, applied, complaints, read
from heliograph.settings import ConnectorSettings, GatewaySettings


def with_profiles(settings: GatewaySettings, folder: Path) -> GatewaySettings:
    """The settings with each profile of a connector in its place, where there are profiles of the operator's own.

    Raises `BadConfig` for a folder or a file that cannot be used, names that are not there, and contradictions.
    """
    if not settings.carrier_profiles:
        return settings
    known = {**PROFILES, **profiles_in(folder / settings.carrier_profiles)}
    wrong = [
        complaint
        for one in settings.connectors
        for complaint in complaints(one.smpp, f"smpp of the connector {one.name!r}", known)
    ]
    if wrong:
        raise BadConfig(wrong)
    return replace(settings, connectors=tuple([_with_profiles(one, known) for one in settings.connectors]))


def profiles_in(folder: Path) -> dict[str, Profile]:
    """The profiles of a folder, each by the name of its file without `.toml`. Raises `BadConfig`."""
    if not folder.is_dir():
        raise BadConfig([f"carrier_profiles: there is no folder {folder}"])
    found: dict[str, Profile] = {}
    wrong: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found[path.stem] = read(tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            wrong.append(f"carrier_profiles: {path} cannot be read: {error}")
        except BadProfile as error:
            wrong += [f"carrier_profiles: {path}: {complaint}" for complaint in error.complaints]
        if path.stem in PROFILES:
            wrong.append(f"carrier_profiles: {path} has the name of a built-in profile")
    if wrong:
        raise BadConfig(wrong)
    return found


def _with_profiles(connector: ConnectorSettings, known: dict[str, Profile]) -> ConnectorSettings:
    smpp = connector.smpp
    return replace(connector, smpp=replace(applied(smpp, known), profiles=())) if smpp.profiles else connector
