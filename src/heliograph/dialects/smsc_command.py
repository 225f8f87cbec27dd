"""What the scripts of SMSC's directory have in common: a command is a parameter with the value 1 (directory, preface).

Texts of things that are kept, lists of ids, numbers: read here once, for contacts, templates, sender names and all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from heliograph.channels.sms.numbering import Correction, normalise_smsc
from heliograph.dialects.smsc_request import MAX_INT_DIGITS, Request, WrongRequest

MOST_TEXT: Final = 255
"""Characters of a name or another short text that is kept."""

MOST_NUMBER: Final = 40
"""Characters that stand where a number should: no number is ever written so long."""

_ONLY_ONE: Final[Mapping[str, int]] = {}
_MAIL: Final = re.compile(r"[^@,;|\"<>()\s]{1,64}@[^@,;|\"<>()\s]{1,253}")
_SPLIT: Final = re.compile(r"[,;|\s]+")


def command_of(request: Request, commands: Sequence[str], most: Mapping[str, int] = _ONLY_ONE) -> str:
    """The first of `commands` that is asked for, with the value 1, or up to what `most` says of it.

    Raises `WrongRequest` if there is none.
    """
    for name in commands:
        value = request.get(name).strip()
        if len(value) == 1 and "1" <= value <= str(most.get(name, 1)):
            return name
    raise WrongRequest


def number_of(request: Request, name: str) -> int:
    """A parameter that is an id, 0 if it is absent. Raises `WrongRequest`."""
    value = request.get(name).strip()
    if not value:
        return 0
    if value.isascii() and value.isdigit() and len(value) <= MAX_INT_DIGITS:
        return int(value)
    raise WrongRequest


def numbers_of(request: Request, name: str, most: int = 100) -> tuple[int, ...]:
    """A parameter that is a list of ids, each of them once; `0` says none. Raises `WrongRequest`."""
    found: dict[int, None] = {}
    for value in _SPLIT.split(request.get(name).strip()):
        if value:
            if not (value.isascii() and value.isdigit() and len(value) <= MAX_INT_DIGITS):
                raise WrongRequest
            found[int(value)] = None
    found.pop(0, None)
    if len(found) > most:
        raise WrongRequest
    return tuple(found)


def text_of(request: Request, name: str, most: int = MOST_TEXT) -> str:
    """A parameter that is a text to keep, "" if it is absent. Raises `WrongRequest` if it is longer than `most`."""
    value = request.get(name).strip()
    if len(value) > most:
        raise WrongRequest
    return value


def msisdn_of(given: str, corrections: Sequence[Correction], most: int = MOST_NUMBER) -> str:
    """The MSISDN of a number as it was written, "" if it is none; what is longer than `most` is not looked at."""
    return normalise_smsc(given, corrections) if len(given) <= most else ""


def is_mail(text: str) -> bool:
    """Whether this can be an e-mail address."""
    return _MAIL.fullmatch(text) is not None
