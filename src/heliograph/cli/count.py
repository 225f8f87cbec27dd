"""`heliograph count`: what a text takes, why, and how it would take less."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import Parameter

from heliograph.channels.sms import Coding, Language, NotText, TooLong, split
from heliograph.channels.sms.content import alphabet_kept, languages_kept
from heliograph.channels.sms.lens import Look, look
from heliograph.channels.sms.numbering import normalise_smsclub
from heliograph.channels.sms.split import Measured
from heliograph.cli.configured import settings_of
from heliograph.cli.shell import (
    MISUSED,
    AsJson,
    Config,
    Dir,
    err,
    installation_of,
    out,
    print_json,
    print_table,
)
from heliograph.core import trace_words as words
from heliograph.core.pricing import Tariffs
from heliograph.model.message import Kind
from heliograph.model.money import Micro
from heliograph.numbering import plan_of

_CODINGS = {Coding.GSM7: "GSM 7-bit", Coding.UCS2: "UCS-2"}
_MANY = 10
_UNITS = {Coding.GSM7: "septet", Coding.UCS2: "unit"}


def count(
    text: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    national: Annotated[
        list[Language] | None, Parameter(help="Language whose national tables may be used; repeat.")
    ] = None,
    to: Annotated[str, Parameter(help="A number: what it would cost there, too.")] = "",
    tariff: Annotated[str, Parameter(help="By this tariff of the configuration.")] = "default",
    folder: Dir = None,
    config: Config = None,
    json: AsJson = False,
) -> int | None:
    """Count the parts of TEXT (`-` = of standard input) as they would be sent and charged.

    Names the characters that force Unicode, shows where the parts end, and each way of writing that takes fewer parts.
    """
    text = sys.stdin.read() if text == "-" else text
    allowed = tuple(national or ())
    try:
        seen = look(text, languages=tuple(Language), allowed=allowed)
    except (NotText, TooLong) as error:
        err.print(f"It cannot be sent: {error}.", style="red", markup=False)
        return MISUSED
    per_part = _price(to, tariff, folder, config) if to else None
    pieces = [part.text for part in split(text, languages=allowed)]
    if json:
        print_json(_as_json(text, seen, pieces, per_part))
    else:
        _show(text, seen, pieces, per_part)
    return None


def _price(to: str, tariff: str, folder: Dir, config: Config) -> Micro | None:
    """What a part to a number costs; None if the tariff has no price for it."""
    installation = installation_of(folder)
    settings = settings_of(installation, config)
    number = normalise_smsclub(to)
    operator = plan_of(settings.numbering, installation.folder).lookup(number)
    line = Tariffs(settings.tariffs).price(tariff, number, operator, Kind.TEXT)
    return None if line is None else line.per_part


def _takes(measured: Measured, per_part: Micro | None) -> dict[str, object]:
    taken: dict[str, object] = {
        "data_coding": int(measured.coding),
        "units": measured.units,
        "parts": measured.parts,
        "tables": _tables(measured),
    }
    return taken if per_part is None else {**taken, "cost": words.money(per_part * measured.parts, "")}


def _tables(measured: Measured) -> list[str]:
    return sorted({words.language(number) for number in languages_kept(alphabet_kept(measured))})


def _as_json(text: str, seen: Look, pieces: list[str], per_part: Micro | None) -> dict[str, object]:
    return {
        "characters": len(text),
        **_takes(seen.measured, per_part),
        "texts": pieces,
        "foreign": [
            {"place": place + 1, "character": character, "code_point": f"U+{ord(character):04X}", "name": name}
            for place, character, name in seen.foreign
        ],
        "cheaper": [{"way": way.way.value, "text": way.text, **_takes(way.measured, per_part)} for way in seen.cheaper],
    }


def _show(text: str, seen: Look, pieces: list[str], per_part: Micro | None) -> None:
    measured = seen.measured
    out.print(f"{_count(len(text), 'character')}: {_in_words(measured, per_part)}.", markup=False)
    if measured.coding is Coding.UCS2:
        rows = [(_shown(character), f"U+{ord(character):04X}", *rest) for character, *rest in _places(seen)]
        print_table("What forces Unicode", ("character", "code point", "name", "at"), rows)
    if len(pieces) > 1:
        print_table("Parts", ("part", "text"), list(enumerate(pieces, 1)))
    if seen.cheaper:
        rows = [(words.in_words(way), _in_words(way.measured, per_part), way.text) for way in seen.cheaper]
        print_table("Fewer parts", ("how", "takes", "text"), rows)


def _places(seen: Look) -> list[tuple[str, str, str]]:
    """Character, name and places (from 1) of each that forces Unicode, in order; of many the first."""
    found: dict[tuple[str, str], list[str]] = {}
    for place, character, name in seen.foreign:
        found.setdefault((character, name), []).append(str(place + 1))
    return [
        (character, name, ", ".join(places[:_MANY]) + (" …" if len(places) > _MANY else ""))
        for (character, name), places in list(found.items())[:_MANY]
    ]


def _shown(character: str) -> str:
    return character if character.isprintable() else ""


def _in_words(measured: Measured, per_part: Micro | None) -> str:
    tables = " and ".join(_tables(measured))
    said = f"{_CODINGS[measured.coding]}{f' ({tables})' if tables else ''}, "
    said += f"{_count(measured.units, _UNITS[measured.coding])}, {_count(measured.parts, 'part')}"
    return said if per_part is None else f"{said} for {words.money(per_part * measured.parts, '')}"


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else one + 's'}"
