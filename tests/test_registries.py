"""Completeness: what an addition must bring with it (architecture.md 6). A red test here names what is missing."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import heliograph.dialects
import heliograph.doors
from heliograph.cli.drill.run import DOORS as CRASH_WALKED
from heliograph.model.message import State
from heliograph.model.refusal import Reason

ROOT = Path(__file__).parents[1]

SHELLS = {
    "calls",
    "control",
    "handler",
    "health",
    "http",
    "later",
    "links",
    "portions",
    "reception",
    "samples",
    "visitors",
    "webhook",
}
"""Modules of doors/ that carry doors, serve several of them, bring notices home, or are the operator's own: nobody
sends by them."""


def _modules(package):
    return [name for _, name, _ in pkgutil.iter_modules(package.__path__)]


def _tongues():
    """Dialects that customers speak to us: the modules with a `NAME`, which submissions carry."""
    modules = {name: importlib.import_module(f"heliograph.dialects.{name}") for name in _modules(heliograph.dialects)}
    return {name: module for name, module in modules.items() if hasattr(module, "NAME")}


TONGUES = _tongues()
PARTS = {
    name for name in _modules(heliograph.doors) if name.partition("_")[0] in _modules(heliograph.doors) and "_" in name
}
"""`smsc_send` is a part of the door `smsc`."""
DOORS = [name for name in _modules(heliograph.doors) if name not in SHELLS | PARTS]


def test_there_are_tongues_and_doors_to_look_at():
    assert "smsclub_json" in TONGUES
    assert "smsclub" in DOORS


@pytest.mark.parametrize("name", sorted(_modules(heliograph.dialects)))
def test_every_module_of_the_dialects_is_a_tongue_or_belongs_to_one(name):
    families = {tongue.partition("_")[0] for tongue in TONGUES}
    assert name in TONGUES or name.partition("_")[0] in families


@pytest.mark.parametrize("name", sorted(TONGUES))
def test_a_tongue_is_named_as_its_module(name):
    assert name == TONGUES[name].NAME


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("name", sorted(TONGUES))
def test_every_tongue_has_words_for_every_reason(name, reason):
    assert reason in TONGUES[name].REASONS


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("name", sorted(TONGUES))
def test_every_tongue_has_a_word_for_every_state(name, state):
    assert state in TONGUES[name].STATES


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_door_has_vectors(name):
    folder = ROOT / "tests" / "vectors" / name
    assert [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size]


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_door_that_can_accept_is_in_the_crash_walk(name):
    assert name in CRASH_WALKED


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_door_has_a_page(name):
    assert (ROOT / "docs" / "doors" / f"{name}.md").is_file()


def test_every_setting_of_a_sub_client_is_on_its_page():
    """done.md, D.4: with its effect and test, or with why it is only stored."""
    from heliograph.dialects.smsc_users import SETTINGS

    page = (ROOT / "docs" / "doors" / "smsc-users.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith(("| `", "`fl[16]`"))]
    named = {name for row in rows for name in row.split("|")[1 if row[0] == "|" else 0].split("`")[1::2]}
    assert set(SETTINGS) - named == set()
