"""The numbering plan of a configuration: the built-in one and, before it, an operator's own from a CSV file.

Part of the composition root: `channels` knows what a plan is and reads its text; here is the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from heliograph.channels.sms.numbering import BadPlan, NumberingPlan, read_ranges
from heliograph.config import BadConfig
from heliograph.settings import NumberingSettings

PLAN_DOCUMENT: Final = "numbering"
"""The name under which the store notes, revision by revision, which plan was in force."""


class PlanFile(NamedTuple):
    """Which state of which file a plan came from; all empty for the built-in plan alone."""

    path: str = ""
    changed_ns: int = 0
    size: int = 0

    @property
    def document(self) -> str:
        """What is noted of it."""
        return f"{self.path} of {self.size} octets, changed at {self.changed_ns} ns" if self.path else "built in"


def plan_file(settings: NumberingSettings, folder: Path) -> PlanFile:
    """The file as it is now. Raises `BadConfig` if it is not there."""
    if not settings.plan:
        return PlanFile()
    path = folder / settings.plan
    try:
        found = path.stat()
    except OSError as error:
        raise BadConfig([f"numbering.plan: {path} cannot be read: {error.strerror}"]) from None
    return PlanFile(str(path), found.st_mtime_ns, found.st_size)


def plan_of(settings: NumberingSettings, folder: Path) -> NumberingPlan:
    """The plan that looks operators up. Raises `BadConfig` with what is wrong with the file, line by line."""
    builtin = NumberingPlan.builtin()
    if not settings.plan:
        return builtin
    path = folder / settings.plan
    try:
        return builtin.with_ranges(read_ranges(path.read_text("utf-8")))
    except OSError as error:
        raise BadConfig([f"numbering.plan: {path} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise BadConfig([f"numbering.plan: {path} is not UTF-8"]) from None
    except BadPlan as error:
        raise BadConfig([f"numbering.plan: {path}: {complaint}" for complaint in error.complaints]) from None
