"""Contacts and mailings from the command line: real processes, a real folder."""

from __future__ import annotations

import csv

import msgspec
import pytest

from cli.test_commands import answer, folder, run
from heliograph.backoffice import verbs
from heliograph.backoffice.table_columns import OF_CONTACTS
from heliograph.backoffice.verbs import NotPossible
from heliograph.cli.tables import bring, portions

__all__ = ["folder"]

TABLE = """phone,name,last_name,birthday,comments
380671234567,Олена,Лис,29.02.1996,"a, b
c"
+38 067 123-45-68,=1+1,,,
12,Nobody,,,
380671234569,,,,
380671234567,Twin,,,
380671234570,Борис,,1996-02-29,
"""


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_B21_a_table_is_looked_at_taken_and_given_back(folder, tmp_path):
    run("migrate", "--dir", folder)
    answer("account", "create", "shop", "--dir", folder)
    table, rejected, given = tmp_path / "in.csv", tmp_path / "rejected.csv", tmp_path / "out.csv"
    table.write_text(TABLE, "utf-8")
    looked = answer("contacts", "import", "shop", table, "--preview", "--dir", folder)
    assert looked == {"kept": 3, "refused": 3, "preview": True}
    assert answer("contacts", "list", "shop", "--dir", folder) == []
    words = ("--group", "Spring", "--rejected", rejected, "--dir", folder)
    assert answer("contacts", "import", "shop", table, *words) == {"kept": 2, "refused": 4, "preview": False}
    assert [(row["phone"], row["reason"]) for row in rows_of(rejected)] == [
        ("12", "phone is no international number, or too many of them"),
        ("380671234569", "there is no name"),
        ("380671234567", "a number of it belongs to another contact"),
        ("380671234570", "birthday is dd.mm.yyyy"),
    ]
    first, second = answer("contacts", "list", "shop", "--dir", folder)
    assert (first["phone"], first["name"], first["comments"], first["groups"]) == (
        "380671234567", "Олена", "a, b\nc", [second["groups"][0]],
    )  # fmt: skip
    run("contacts", "export", "shop", given, "--dir", folder)
    assert [(row["phone"], row["name"]) for row in rows_of(given)] == [
        ("380671234567", "Олена"),
        ("380671234568", "'=1+1"),
    ]
    run("contacts", "export", "shop", given, "--dir", folder, code=1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name\nAnna\n",
        b"phone,phone\n1,2\n",
        b"phone,card\n380671234567,4\n",
        b"phone,name\n380671234567,\xff\xfe\n",
        b"phone,name\n380671234567," + b"a" * 100_000 + b"\n",
        b'phone,name\n380671234567,"' + b"a\n" * 50_000,
        "phone,name\n380671234567,Олена\n".encode("cp1251"),
        b"PK\x03\x04" + b"\x00" * 100,
    ],
)
def test_B21_a_table_that_is_none_or_a_bomb_is_refused(tmp_path, content):
    table = tmp_path / "in.csv"
    table.write_bytes(content)
    with pytest.raises(NotPossible):
        list(portions(table, OF_CONTACTS, "phone"))


def test_B21_a_cell_that_is_too_long_is_cut_so_that_it_is_refused(tmp_path):
    table = tmp_path / "in.csv"
    table.write_text("phone,comments\n380671234567," + "a" * 5_000 + "\n" + "380671234568,b\n" * 520)
    first, second = portions(table, OF_CONTACTS, "phone")
    assert (len(first), len(second), len(first[0]["comments"])) == (500, 21, 1_001)


def test_B21_a_portion_of_the_worst_rows_fits_into_one_line_of_the_control_socket(tmp_path):
    table = tmp_path / "in.csv"
    worst = "\x01" * 1_000
    table.write_text("phone,comments,tags,other_phones\n" + f"380671234567,{worst},{worst},{worst}\n" * 600)
    found = list(portions(table, OF_CONTACTS, "phone"))
    assert sum(len(rows) for rows in found) == 600
    assert max(len(msgspec.json.encode(verbs.ContactAdd("shop", rows, "group"))) for rows in found) < 1 << 20


def test_a_chunk_goes_in_order_of_its_numbers_and_what_is_refused_is_told_in_the_order_of_the_table(tmp_path, capsys):
    table, rejected = tmp_path / "in.csv", tmp_path / "rejected.csv"
    table.write_text("phone,name\n380671234569,c\n0671234568,b1\n12,x\n+380 67 123-45-68,b2\n380671234567,a\n", "utf-8")
    brought = []

    def hand_over(found):
        for portion in found:
            brought.extend(row["name"] for row in portion)
            yield ["" if row["name"] in "ac" else f"no {row['name']}" for row in portion]

    bring(portions(table, OF_CONTACTS, "phone"), OF_CONTACTS, hand_over, rejected=rejected, preview=False, as_json=True)
    assert brought == ["x", "a", "b1", "b2", "c"]
    assert [row["reason"] for row in rows_of(rejected)] == ["no b1", "no x", "no b2"]
    assert msgspec.json.decode(capsys.readouterr().out) == {"kept": 2, "refused": 3, "preview": False}


def test_mailings_are_listed_and_changed_only_by_a_running_gateway(folder):
    run("migrate", "--dir", folder)
    answer("account", "create", "shop", "--dir", folder)
    assert answer("jobs", "list", "shop", "--dir", folder) == []
    assert "no gateway is running" in run("jobs", "change", "shop", "1000001", "pause", "--dir", folder, code=1)
