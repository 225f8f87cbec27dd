"""`heliograph examples`: the sample programs, written where they can be read and run."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree, ignore_patterns

from heliograph.cli.shell import FAILED, err, out
from heliograph.wiring.samples import description


def examples(folder: Path = Path("heliograph-examples")) -> int:
    """Write sample programs for each interface, in Python, PHP, JavaScript and shell, into a new folder."""
    if folder.exists():
        err.print(f"{folder} is there already; name a new folder", style="red", markup=False)
        return FAILED
    with as_file(files("heliograph") / "examples") as source:
        copytree(source, folder, ignore=ignore_patterns("__pycache__"))
    (folder / "smsclub-json" / "description.pdf").write_bytes(description())
    for program in sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()):
        out.print(program.as_posix(), markup=False)
    out.print(f"\nBegin with {folder / 'README.md'}", markup=False)
    return 0
