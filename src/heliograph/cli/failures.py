"""What a command says when it cannot be carried out, and its exit code: one place for the failures of every room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.shell import BAD_CONFIG, FAILED
from heliograph.config import BadConfig
from heliograph.core.pricing import BadTariffs
from heliograph.core.routing import BadRules
from heliograph.installation import BadInstallation
from heliograph.ports import StoreFailure
from heliograph.store import StoreInUse


class Failure(NamedTuple):
    """A headline, what is wrong in particular, and the exit code."""

    headline: str
    lines: Sequence[str]
    code: int


def told(error: Exception) -> Failure | None:
    """The failure in words; None for what nobody foresaw, which is a fault of ours."""
    if isinstance(error, BadConfig | BadRules | BadTariffs):
        return Failure("The configuration cannot be used:", error.complaints, BAD_CONFIG)
    if isinstance(error, StoreInUse | BadInstallation):
        return Failure(str(error), (), BAD_CONFIG)
    if isinstance(error, NotPossible | StoreFailure):
        return Failure(str(error), (), FAILED)
    return None
