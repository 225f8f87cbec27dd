"""Habits of carriers under a name: settings that go together, so that nobody has to know them one by one. Pure.

A profile changes only settings that stand at their usual value, so what is set beside it wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Final, NamedTuple, get_type_hints

import msgspec

from heliograph.connectors.smpp_settings import SmppSettings

Value = str | int | float | tuple[int, ...]


class Profile(NamedTuple):
    """What it is, in words, and the settings it stands for."""

    meaning: str
    settings: Mapping[str, Value]


PROFILES: Final[dict[str, Profile]] = {
    "smpp-3.3": Profile(
        "an old centre: version 3.3, ids in hex in answers and in decimal in receipts, no optional parameters",
        {"interface_version": 0x33, "message_ids": "hex-decimal", "long_messages": "udh"},
    ),
    "hex-ids": Profile("ids in hex in answers, in decimal in receipts", {"message_ids": "hex-decimal"}),
    "hex-receipts": Profile("ids in decimal in answers, in hex in receipts", {"message_ids": "decimal-hex"}),
    "any-case-ids": Profile("ids of which answers and receipts write letters differently", {"message_ids": "any-case"}),
    "padded-ids": Profile("ids with zeros before them in one of the two", {"message_ids": "any-zeros"}),
    "nameless-receipts": Profile("receipts that name no message, only its number", {"receipts_by_number": True}),
    "latin-1": Profile("the default alphabet is Latin-1", {"alphabet": "latin-1", "incoming_alphabet": "latin-1"}),
    "latin-1-named": Profile(
        "wants texts in Latin-1 and says so itself (data_coding 3)", {"alphabet": "latin-1", "gsm_data_coding": 3}
    ),
    "packed": Profile(
        "the default alphabet goes packed into seven bits",
        {"alphabet": "gsm-packed", "incoming_alphabet": "gsm-packed"},
    ),
    "no-parameters": Profile("wants no optional parameters", {"long_messages": "udh"}),
    "unknown-numbers": Profile(
        "wants every number without a type", {"source_ton": 0, "source_npi": 0, "dest_ton": 0, "dest_npi": 0}
    ),
    "national-numbers": Profile("wants numbers of its own country as such", {"dest_ton": 2, "dest_npi": 1}),
}

_USUAL: Final = {field.name: field.default for field in fields(SmppSettings)}


NOT_HABITS: Final = frozenset(
    {
        "host", "port", "system_id", "password", "bind", "sessions", "tls", "authorities", "certificate", "key",
        "key_password", "profiles",
    }
)  # fmt: skip
"""Settings that say who and where a carrier is: none of them belongs in a profile."""


def read(data: Mapping[str, object]) -> Profile:
    """A profile of an operator's own, as its file has it: settings and, as `meaning`, what it is in words.

    Raises `BadProfile` with what is wrong, each thing in a sentence.
    """
    hints = get_type_hints(SmppSettings, include_extras=True)
    settings: dict[str, Value] = {}
    wrong: list[str] = []
    for name, value in data.items():
        if name == "meaning":
            continue
        if name in NOT_HABITS or name not in hints:
            wrong.append(f"{name} is no habit of a carrier; one of: {', '.join(sorted(hints.keys() - NOT_HABITS))}")
            continue
        try:
            settings[name] = msgspec.convert(value, hints[name], strict=True)
        except msgspec.ValidationError as error:
            wrong.append(f"{name} is {value!r}: {error}")
    if wrong:
        raise BadProfile(wrong)
    return Profile(str(data.get("meaning", "")), settings)


class BadProfile(ValueError):
    """`complaints` say what is wrong with a profile."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


def applied(settings: SmppSettings, known: Mapping[str, Profile] = PROFILES) -> SmppSettings:
    """The settings with those of its profiles, of those that are known."""
    changes: dict[str, Value] = {}
    for name in settings.profiles:
        named = known[name].settings
        changes |= {setting: named[setting] for setting in named if getattr(settings, setting) == _USUAL[setting]}
    return replace(settings, **changes) if changes else settings  # type: ignore[arg-type]  # each value is its field's


def complaints(settings: SmppSettings, where: str, known: Mapping[str, Profile] = PROFILES) -> Iterator[str]:
    """Names there are not, and profiles that contradict each other."""
    said: dict[str, tuple[str, Value]] = {}
    for name in settings.profiles:
        profile = known.get(name)
        if profile is None:
            yield f"{where}.profiles has {name!r}; known: {', '.join(known)}"
            continue
        for setting, value in profile.settings.items():
            other, wanted = said.setdefault(setting, (name, value))
            if wanted != value:
                yield f"{where}.profiles: {other!r} and {name!r} want different things of {setting}"
