"""The sample programs as downloads: an archive for each interface, and the description of one of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable

from heliograph.doors.http_listener import Mounted
from heliograph.doors.samples import SampleDoor

_SINCE = (2026, 1, 1, 0, 0, 0)
"""The time of everything in an archive, so that the same programs are the same octets."""


def samples_door() -> Mounted:
    """The door; what it gives is made when it is first asked for."""
    door = SampleDoor(downloads())
    return Mounted(door.routes(), door.on_error, door.name)


def downloads() -> Mapping[str, Callable[[], bytes]]:
    """Name → what makes it."""
    folders = sorted(folder.name for folder in _examples().iterdir() if folder.is_dir() and folder.name[0] != "_")
    made: dict[str, Callable[[], bytes]] = {f"{name}.zip": partial(archive, name) for name in folders}
    return {**made, "smsclub-json.pdf": description}


def archive(folder: str) -> bytes:
    """The programs of one folder, with the words that explain them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, octets in _within(folder):
            entry = zipfile.ZipInfo(name, _SINCE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            target.writestr(entry, octets)
    return packed.getvalue()


def description() -> bytes:
    """What SMS Club's JSON method is, as PDF."""
    from heliograph.backoffice.sheet_pdf import sheet  # what it draws with is read by who needs it, not at start

    return sheet((_examples() / "smsclub-json" / "description.md").read_text("utf-8"))


def _within(folder: str) -> Iterator[tuple[str, bytes]]:
    yield "README.md", (_examples() / "README.md").read_bytes()
    for one in sorted((_examples() / folder).iterdir(), key=lambda one: one.name):
        if one.is_file():
            yield f"{folder}/{one.name}", one.read_bytes()
    if folder == "smsclub-json":
        yield f"{folder}/description.pdf", description()


def _examples() -> Traversable:
    return files("heliograph") / "examples"
