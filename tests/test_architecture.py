"""Who may import whom (docs/ARCHITECTURE). When this is red, move the code, not the rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "heliograph"
EVERYTHING = {
    "__main__",
    "app",
    "cli",
    "listeners",
    "measures",
    "carrier_profiles",
    "numbering",
    "reload",
    "settings",
    "wiring",
}
"""The composition root and what belongs to it: may import everything, is imported by nobody else."""

CELLAR = ("model", "channels", "protocols", "dialects")
MAY_IMPORT = {
    "model": set(),
    "channels": {"model"},
    "protocols": set(),
    "dialects": {"model", "channels", "protocols"},
    "ports": {"model"},
    "config": set(),
    "installation": set(),
    "core": {"model", "channels", "ports"},
    "backoffice": {"model", "channels", "ports", "core"},
    "store": {"model", "ports"},
    "net": {"protocols"},
    "doors": {"model", "channels", "ports", "core", "backoffice", "protocols", "dialects", "net"},
    "connectors": {"model", "channels", "ports", "core", "protocols", "dialects", "net"},
    "simulator": {"model", "channels", "protocols", "net"},
    "ops": set(),
    "client": set(),
    "examples": set(),
}
SIMULATED = "connectors/simulated.py"
"""The one connector that may import the simulator."""

NOT_PURE = {
    "asyncio", "datetime", "http", "logging", "os", "random", "secrets", "select", "selectors", "signal", "socket",
    "sqlite3", "ssl", "structlog", "subprocess", "threading", "time", "uuid",
}  # fmt: skip
MOST_LINES = 500
MOST_LINES_OF_A_FUNCTION = 60
FORBIDDEN_NAMES = ("util", "helpers", "manager", "common", "misc")

MODULES = sorted(ROOT.rglob("*.py"))


def _name(path):
    return str(path.relative_to(ROOT))


def _room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _imports(path):
    """Full names of modules imported, `from a import b` as both `a` and `a.b`; not those for type checking only."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in _runtime_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)} imports relatively"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _runtime_nodes(tree):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _runtime_nodes(node)


def _rooms_imported(path):
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "heliograph" and len(parts) > 1 and _is_room(parts[1]):
            yield parts[1]


def _is_room(name):
    return name in MAY_IMPORT or name in EVERYTHING


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_imports_only_what_its_room_may(path):
    room = _room(path)
    if room in EVERYTHING or room == "__init__":
        return
    assert room in MAY_IMPORT, f"{room} is a room the table does not know"
    allowed = MAY_IMPORT[room] | {room} | ({"ops"} if room not in CELLAR else set())
    if _name(path) == SIMULATED:
        allowed = allowed | {"simulator"}
    assert not set(_rooms_imported(path)) - allowed


@pytest.mark.parametrize("path", [path for path in MODULES if _room(path) in CELLAR], ids=_name)
def test_the_cellar_has_no_io_no_clock_and_no_chance(path):
    assert not {name.split(".")[0] for name in _imports(path)} & NOT_PURE


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nobody_imports_the_composition_root(path):
    if _room(path) in EVERYTHING:
        return
    assert not set(_rooms_imported(path)) & EVERYTHING


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_modules_and_functions_stay_small(path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            assert lines <= MOST_LINES_OF_A_FUNCTION, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_says_in_its_name_and_first_lines_what_it_is_for(path):
    assert not any(word in path.stem for word in FORBIDDEN_NAMES)
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), "it has no docstring"


def test_doors_connectors_and_stores_never_import_each_other():
    walls = {"doors", "connectors", "store", "simulator"}
    for path in MODULES:
        room = _room(path)
        if room in walls:
            others = set(_rooms_imported(path)) & (walls - {room})
            assert not others or (_name(path) == SIMULATED and others == {"simulator"}), _name(path)
