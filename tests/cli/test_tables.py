"""Tables in and out, and what an operator sees of others' work, command by command in this process: the store of a
folder that no gateway runs in."""

from __future__ import annotations

import csv
import json
import os

import pytest

from heliograph.cli import run


class Desk:
    """Command lines about one folder."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys

    def run(self, *words, code=0):
        """What a command printed: on standard output, or where it failed on standard error."""
        self.capsys.readouterr()
        assert run([*map(str, words), "--dir", str(self.folder)]) == code
        printed = self.capsys.readouterr()
        return printed.out if code == 0 else printed.err

    def answer(self, *words):
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    for name in [name for name in os.environ if name.startswith("HELIOGRAPH_")]:
        monkeypatch.delenv(name)
    desk = Desk(tmp_path / "folder", capsys)
    desk.run("migrate")
    desk.answer("account", "create", "shop")
    return desk


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_B21_addresses_and_stop_lists_are_taken_from_tables_and_given_back(desk, tmp_path):
    table, rejected, given = tmp_path / "in.csv", tmp_path / "rejected.csv", tmp_path / "out.csv"
    table.write_text("mail,name\nAnna@Shop.Example,Anna\nnobody,Nobody\n=1+1@shop.example,Formula\n", "utf-8")
    words = ("--mails", "--group", "Letters", "--rejected", rejected)
    assert desk.answer("contacts", "import", "shop", table, *words) == {"kept": 1, "refused": 2, "preview": False}
    assert [(row["mail"], row["reason"]) for row in rows_of(rejected)] == [
        ("nobody", "mail is no address, or too many of them"),
        ("'=1+1@shop.example", "mail is no address, or too many of them"),
    ]
    assert desk.answer("contacts", "list", "shop") == []
    desk.run("contacts", "export", "shop", given, "--mails")
    assert [(row["mail"], row["name"]) for row in rows_of(given)] == [("anna@shop.example", "Anna")]
    table.write_text("phone,blocks\n+380671234567,\n380671234568,mailings\n12,\n380671234569,9\n", "utf-8")
    words = ("--login", "shop")
    looked = desk.answer("stop-list", "import", table, "--preview", *words)
    assert (looked, desk.answer("stop-list", "list", *words)) == ({"kept": 2, "refused": 2, "preview": True}, [])
    desk.answer("stop-list", "import", table, "--rejected", rejected, *words)
    assert [(row["phone"], row["reason"]) for row in rows_of(rejected)] == [
        ("12", "phone is no international number"),
        ("380671234569", "blocks is none of 0 everything, 1 mailings, 2 single"),
    ]
    given = tmp_path / "stops.csv"
    desk.run("stop-list", "export", given, *words)
    assert [(row["phone"], row["blocks"]) for row in rows_of(given)] == [
        ("380671234567", "everything"),
        ("380671234568", "mailings"),
    ]


def test_statistics_and_templates_are_asked_for_without_a_gateway(desk):
    assert desk.answer("stats", "2020-01-01", "--by", "sender", "--by", "operator") == []
    assert "is no day" in desk.run("stats", "yesterday", code=1)
    assert desk.answer("templates", "list", "--waiting") == []
    assert "there is no template 7" in desk.run("templates", "set", "7", "2", code=1)


def test_B23_what_a_customer_wrote_is_shown_as_it_stands_and_steers_no_terminal(desk):
    made = desk.answer("account", "callback", "shop", "https://example.com/[/b]")
    desk.run("alarm", "add", "shop", "[/b]", "\x1b[2J{NAME} [red]down", "--to", "380671234567")
    shown = desk.run("alarm", "list", "shop")
    assert "[/b]" in shown
    assert "\N{REPLACEMENT CHARACTER}[2J{NAME}" in shown
    assert "[red]down" in shown
    assert "\x1b" not in shown
    assert "https://example.com/[/b]" in desk.run("account", "show", "shop")
    assert made["url"] == "https://example.com/[/b]"


def test_a_price_line_is_added_and_one_that_cannot_be_leaves_the_configuration_as_it_was(desk):
    config = desk.folder / "heliograph.toml"
    config.write_text('[[tariffs]]\nid = "rest"\ntariff = "default"\nprice = "1.20"\n')
    config.chmod(0o600)
    desk.answer("tariffs", "add", "poland", "default", "0.30", "--prefix", "48", "--prefix", "4860")
    lines = desk.answer("tariffs", "list")
    assert [(one["id"], one["price"], one["prefixes"]) for one in lines] == [
        ("rest", "1.20", []),
        ("poland", "0.30", ["48", "4860"]),
    ]
    assert config.stat().st_mode & 0o777 == 0o600
    before = config.read_text()
    for words in (("poland", "default", "0.10"), ("two", "default", "many"), ("three", "default", "1", "--mcc", "x")):
        desk.run("tariffs", "add", *words, code=78)
        assert (config.read_text(), list(desk.folder.glob("*.new"))) == (before, [])


def test_a_table_of_prefixes_takes_the_place_of_the_plan_unless_a_line_of_it_is_wrong(desk, tmp_path):
    table = tmp_path / "plan.csv"
    table.write_text("prefix,mcc,mnc,country,operator\n38067,255,99,Ukraine,Mine\n", "utf-8")
    assert "names no file" in desk.run("prefixes", "import", table, code=1)
    (desk.folder / "heliograph.toml").write_text('[numbering]\nplan = "prefixes.csv"\n')
    assert desk.answer("prefixes", "import", table, "--preview") == {"prefixes": 1, "preview": True}
    assert not (desk.folder / "prefixes.csv").exists()
    assert desk.answer("prefixes", "import", table) == {"prefixes": 1, "preview": False}
    assert desk.answer("prefixes", "look", "+380671234567")["operator"] == "Mine"
    table.write_text("prefix,mcc,mnc,country,operator\n38067,2,99,Ukraine,Mine\n", "utf-8")
    desk.run("prefixes", "import", table, code=78)
    assert desk.answer("prefixes", "look", "380671234567")["mnc"] == "99"
    assert "does not know" in desk.run("prefixes", "look", "000", code=1)
