"""`heliograph count`: what an operator or a script is told of a text."""

from __future__ import annotations

import json

import pytest

from heliograph.cli.shell import DONE, MISUSED
from heliograph.cli.shell import run as carry_out

CURLY = "Your order is ready, it’s waiting for you in the shop at the corner of [High] Street"
TURKISH = "Kargonuz dağıtıma çıktı. " * 4


@pytest.fixture
def count(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("HELIOGRAPH_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words, code=DONE):
        import heliograph.cli  # noqa: F401 - its modules add the commands

        assert carry_out(["count", *words]) == code
        captured = capsys.readouterr()
        return captured.out if code == DONE else captured.err

    return call


def test_it_says_what_a_text_takes_what_makes_it_dear_and_how_it_would_be_cheaper(count):
    told = " ".join(count(CURLY).replace("│", " ").split())
    assert told.startswith("84 characters: UCS-2, 84 units, 2 parts.")
    assert "’ U+2019 RIGHT SINGLE QUOTATION MARK 24" in told
    assert "2 of [High] Street" in told
    for words in ("with plain quotes,", "dashes and blanks", "GSM 7-bit, 86 septets,", "1 part", "it's waiting"):
        assert words in told.partition("Fewer parts")[2]


def test_a_program_is_told_the_same_as_json(count):
    told = json.loads(count(CURLY, "--json"))
    assert told == {
        "characters": 84,
        "data_coding": 8,
        "units": 84,
        "parts": 2,
        "tables": [],
        "texts": [CURLY[:67], CURLY[67:]],
        "foreign": [
            {"place": 24, "character": "’", "code_point": "U+2019", "name": "RIGHT SINGLE QUOTATION MARK"},
        ],
        "cheaper": [
            {
                "way": "substituted", "text": CURLY.replace("’", "'"), "data_coding": 0, "units": 86, "parts": 1,
                "tables": [],
            }
        ],
    }  # fmt: skip


def test_national_tables_are_offered_or_used_if_allowed(count):
    told = json.loads(count(TURKISH, "--json"))
    (only,) = told["cheaper"]
    assert (told["parts"], only["way"], only["parts"], only["tables"]) == (2, "national", 1, ["Turkish"])
    told = json.loads(count(TURKISH, "--national", "turkish", "--json"))
    assert (told["data_coding"], told["parts"], told["tables"], told["cheaper"]) == (0, 1, ["Turkish"], [])
    assert "GSM 7-bit (Turkish), 100 septets, 1 part." in count(TURKISH, "--national", "turkish")


def test_what_it_would_cost_comes_from_the_tariff(count, tmp_path):
    (tmp_path / "plan.csv").write_text("prefix,mcc,mnc,country,operator\n38050777,255,99,Ukraine,Small\n")
    (tmp_path / "heliograph.toml").write_text(
        '[numbering]\nplan = "plan.csv"\n'
        '[[tariffs]]\nid = "small"\ntariff = "default"\nprice = "0.455"\nmcc = ["255"]\nmnc = ["99"]\n'
        '[[tariffs]]\nid = "all"\ntariff = "default"\nprice = "1.10"\n'
    )
    told = json.loads(count(CURLY, "--to", "0507771234", "--json"))
    assert (told["cost"], told["cheaper"][0]["cost"]) == ("0.91", "0.455")
    assert "2 parts for 2.20." in count(CURLY, "--to", "+380501234567")
    assert "cost" not in json.loads(count(CURLY, "--to", "0501234567", "--tariff", "none", "--json"))


@pytest.mark.parametrize("text", ["-", "--not an option", "[bold]", ""])
def test_any_text_is_taken_as_it_is(count, text, monkeypatch):
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("Привіт"))
    told = json.loads(count(text, "--json"))
    assert told["texts"] == ["Привіт" if text == "-" else text]


def test_a_text_that_cannot_be_sent_is_refused(count):
    assert count("a\0", code=MISUSED) == "It cannot be sent: the text has a NUL character.\n"
    assert count("я" * 20_000, code=MISUSED) == "It cannot be sent: the text needs more than 255 parts.\n"
