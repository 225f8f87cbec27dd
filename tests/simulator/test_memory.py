"""The carrier's own ledger: what a kill leaves behind, what is owed after a restart, what a checker reads."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from heliograph.model.message import State
from heliograph.simulator.lines import DueReceipt, OwedText, TakenPart
from heliograph.simulator.memory import CarrierMemory, OwedReceipts, read_ledger
from simulator.full_disk import files_no_longer_than

DELIVERED = (DueReceipt(1_763_700_000_100, State.DELIVERED, 0),)
TWICE = (DueReceipt(1_763_700_000_100, None, 0), DueReceipt(1_763_700_000_400, State.UNDELIVERABLE, 6))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "carrier-x.log"


@pytest.fixture
def opened():
    """Opens memories and closes them in the end."""
    memories = []

    def open_memory(path, **how):
        memory = CarrierMemory(path, **how)
        memories.append((memory, memory.open()))
        return memories[-1]

    yield open_memory
    for memory, _ in memories:
        memory.close()


def part(serial, message_id=100_000_001, *, number=1, try_no=1, receipts=DELIVERED, **fields):
    known = {"upstream_id": serial, "sender": "Shop", "recipient": "380671234567", "checksum": 7} | fields
    return TakenPart(
        serial, known["upstream_id"], message_id, number, try_no, known["sender"], known["recipient"],
        known["checksum"], receipts, *([True] if known.get("is_query") else []),
    )  # fmt: skip


def test_a_line_is_what_the_docstring_says(path, opened):
    memory, _ = opened(path)
    memory.take([part("1", receipts=TWICE), part("2", receipts=(), upstream_id="4711", sender="Мій магазин")])
    memory.owe([OwedText("3", 1_763_700_000_200, "380671234567", "380440000000", "Так, дякую!")])
    memory.acknowledge([OwedReceipts([part("1", receipts=TWICE)], 0), OwedReceipts([part("1", receipts=TWICE)], 1)])
    assert path.read_text("ascii").splitlines() == [
        "T 1 = 100000001 1 1 380671234567 7 1763700000100:0:0,1763700000400:11:6 Shop",
        "T 2 4711 100000001 1 1 380671234567 7 - %D0%9C%D1%96%D0%B9%20%D0%BC%D0%B0%D0%B3%D0%B0%D0%B7%D0%B8%D0%BD",
        "I 3 1763700000200 380671234567 380440000000 %D0%A2%D0%B0%D0%BA%2C%20%D0%B4%D1%8F%D0%BA%D1%83%D1%8E%21",
        "A 1 1.1",
    ]


def test_a_query_is_marked_in_its_line(path, opened):
    memory, _ = opened(path)
    memory.take([part("1", is_query=True, sender="HLR"), part("2")])
    assert [line.split(" ")[9:] for line in path.read_text("ascii").splitlines()] == [["HLR", "hlr"], ["Shop"]]


def test_what_was_written_is_read_back_whole(path, opened):
    memory, _ = opened(path)
    checksum = zlib.crc32("Привіт".encode())
    parts = [
        part("1", receipts=TWICE, checksum=checksum),
        part("2", number=2, try_no=3, sender="a b\nc", receipts=()),
        part("3", upstream_id="4711", sender=""),
    ]
    text = OwedText("4", 5, "380671234567", "380440000000", "two\nlines & a % sign")
    assert memory.take(parts)
    assert memory.owe([text])
    ledger = read_ledger(path)
    assert ledger.taken == parts
    assert ledger.texts == [text]
    assert ledger.unread == 0


def test_what_is_no_proper_unicode_does_not_break_the_file(path, opened):
    memory, _ = opened(path)
    assert memory.take([part("1", sender="\ud800")])
    assert memory.owe([OwedText("2", 5, "a", "b", "\udfff")])
    ledger = read_ledger(path)
    assert (ledger.taken[0].sender, ledger.texts[0].text) == ("?", "?")


def test_a_start_keeps_only_what_is_owed_and_a_checker_sees_everything(path, opened):
    memory, _ = opened(path)
    parts = [part(serial, receipts=receipts) for serial, receipts in (("1", TWICE), ("2", DELIVERED), ("3", ()))]
    texts = [OwedText("4", 5, "380671234567", "380440000000", "Yes")]
    memory.take(parts)
    memory.owe(texts)
    memory.acknowledge([OwedReceipts(parts[:1], 1), OwedReceipts(parts[:1], 1), OwedReceipts(parts[1:2], 0)], texts)
    memory.close()
    memory, ledger = opened(path)
    assert ledger.taken == parts[:1]
    assert ledger.owed() == [OwedReceipts(parts[:1], 0)]
    assert ledger.texts == []
    memory.acknowledge([OwedReceipts(parts[:1], 0)])
    memory.close()
    assert opened(path)[1].taken == []
    assert read_ledger(path).taken == parts
    assert read_ledger(path).owed() == []


def test_texts_of_messages_are_not_kept(path, opened):
    memory, _ = opened(path)
    memory.take([part("1", checksum=zlib.crc32(b"Your code is 1234"))])
    assert b"1234 " not in path.read_bytes().replace(b"380671234567", b"")
    assert b"code" not in path.read_bytes()


def test_R1_receipts_are_owed_after_a_restart_until_they_are_acknowledged(path, opened):
    first, _ = opened(path)
    parts = [part("1", receipts=TWICE), part("2"), part("3", receipts=())]
    first.take(parts)
    first.acknowledge([OwedReceipts([parts[0]], 0)])
    first.close()
    second, ledger = opened(path)
    assert ledger.owed() == [OwedReceipts([parts[0]], 1), OwedReceipts([parts[1]], 0)]
    second.acknowledge(ledger.owed())
    second.close()
    assert read_ledger(path).owed() == []


def test_R1_texts_are_owed_after_a_restart_until_they_are_acknowledged(path, opened):
    first, _ = opened(path)
    texts = [OwedText(str(serial), 5, "380671234567", "380440000000", "Yes") for serial in (1, 2)]
    first.owe(texts)
    first.acknowledge((), texts[:1])
    first.close()
    _, ledger = opened(path)
    assert ledger.owed_texts() == texts[1:]


def test_serials_never_repeat_across_restarts(path, opened):
    memory, _ = opened(path)
    given = memory.next_serials(3)
    memory.take([part(serial) for serial in given])
    given += (text := memory.next_serials(1))
    memory.owe([OwedText(text[0], 5, "a", "b", "c")])
    memory.close()
    memory, _ = opened(path)
    given += memory.next_serials(2)
    assert given == ["1", "2", "3", "4", "5", "6"]


def test_without_a_file_nothing_is_remembered_and_serials_start_where_they_are_told(opened):
    memory, ledger = opened(None, first_serial=1_763_700_000_000_000)
    assert ledger.taken == []
    assert memory.next_serials(2) == ["1763700000000000", "1763700000000001"]
    assert memory.take([part("1")])
    assert memory.owe([OwedText("2", 5, "a", "b", "c")])
    memory.acknowledge([OwedReceipts([part("1")], 0)])


def test_a_file_that_does_not_exist_is_an_empty_ledger(path):
    ledger = read_ledger(path)
    assert (ledger.taken, ledger.texts, ledger.owed(), ledger.unread) == ([], [], [], 0)
    assert not path.exists()


@pytest.mark.parametrize("cut", range(1, 60, 6))
def test_R6_a_line_cut_off_by_a_kill_counts_as_not_written_and_spoils_nothing(path, opened, cut):
    memory, _ = opened(path)
    memory.take([part("1"), part("2")])
    memory.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert [taken.serial for taken in read_ledger(path).taken] == ["1"]
    memory, ledger = opened(path)
    assert [taken.serial for taken in ledger.taken] == ["1"]
    memory.take([part("9")])
    ledger = read_ledger(path)
    assert [taken.serial for taken in ledger.taken] == ["1", "9"]
    assert ledger.unread == 0


@pytest.mark.parametrize("octets", [b"T 1 = 1000", b"x" * 10_000, b"\n"])
def test_R6_a_file_with_nothing_but_a_torn_line_starts_anew(path, opened, octets):
    path.write_bytes(octets)
    memory, ledger = opened(path)
    assert ledger.taken == []
    memory.take([part("1")])
    assert [taken.serial for taken in read_ledger(path).taken] == ["1"]


def test_lines_of_somebody_else_are_counted_and_passed_over(path, opened):
    memory, _ = opened(path)
    memory.take([part("1")])
    memory.close()
    foreign = "hello\nT 5 = x 1 1 38067 7 - Shop\nT 1 2\nI x 1 a b c\n\nT 6 = 1 1 1 38067 7 1:99:0 Shop\nпривіт\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(foreign)
    ledger = read_ledger(path)
    assert ledger.unread == 7
    assert [taken.serial for taken in ledger.taken] == ["1"]


def test_a_big_file_most_of_which_is_done_is_rewritten_at_the_start(path, opened):
    memory, _ = opened(path, compact_above=2_000)
    parts = [part(serial, receipts=TWICE, upstream_id="4711") for serial in memory.next_serials(100)]
    texts = [OwedText(serial, 5, "380671234567", "380440000000", "Yes") for serial in memory.next_serials(2)]
    memory.take(parts)
    memory.owe(texts)
    memory.acknowledge([OwedReceipts(parts[:98], 1), OwedReceipts(parts[:99], 0)], texts[:1])
    size = path.stat().st_size
    owed = read_ledger(path).owed()
    memory.close()

    memory, ledger = opened(path, compact_above=2_000)
    assert ledger.owed() == owed
    assert path.stat().st_size < size / 10
    assert (path.stat().st_mode & 0o777) == 0o600
    again = read_ledger(path)
    assert (
        again.owed()
        == owed
        == [OwedReceipts(parts[98:99], 1), OwedReceipts(parts[99:], 0), OwedReceipts(parts[99:], 1)]
    )
    assert again.owed_texts() == texts[1:]
    assert memory.next_serials(1) == ["103"]
    memory.take([part("103")])
    assert read_ledger(path).taken[-1].serial == "103"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_big_file_most_of_which_is_owed_is_left_as_it_is(path, opened):
    memory, _ = opened(path, compact_above=2_000)
    parts = [part(serial) for serial in memory.next_serials(100)]
    memory.take(parts)
    memory.acknowledge([OwedReceipts(parts[:30], 0)])
    memory.close()
    before = path.read_bytes()
    opened(path, compact_above=2_000)
    assert path.read_bytes() == before


def test_a_checker_sees_how_often_each_part_was_taken(path, opened):
    memory, _ = opened(path)
    memory.take([part("1", 100_000_001), part("2", 100_000_002, number=2), part("3", 100_000_001, try_no=2)])
    assert read_ledger(path).times == {(100_000_001, 1): 2, (100_000_002, 2): 1}


def test_R4_a_write_that_fails_leaves_no_half_line_and_acknowledgements_come_later(path, opened):
    memory, _ = opened(path)
    memory.take([part("1")])
    size = path.stat().st_size
    with files_no_longer_than(size + 20):
        assert not memory.take([part("2"), part("3")])
        assert not memory.owe([OwedText("4", 5, "380671234567", "380440000000", "Yes")])
    assert path.stat().st_size == size
    with files_no_longer_than(size + 1):
        memory.acknowledge([OwedReceipts([part("1")], 0)])
    assert path.stat().st_size == size
    assert memory.take([part("5")])
    ledger = read_ledger(path)
    assert [taken.serial for taken in ledger.taken] == ["1", "5"]
    assert (ledger.acknowledged, ledger.unread) == ({"1"}, 0)


def test_R4_a_rewrite_that_fails_leaves_the_old_file(path, opened):
    memory, _ = opened(path, compact_above=2_000)
    parts = [part(serial) for serial in memory.next_serials(100)]
    memory.take(parts)
    memory.acknowledge([OwedReceipts(parts[:90], 0)])
    memory.close()
    before = path.read_bytes()
    with files_no_longer_than(100):
        memory, _ = opened(path, compact_above=2_000)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert memory.take([part("101")])
    assert read_ledger(path).taken[-1].serial == "101"


def test_the_file_is_its_owners_alone(path, opened):
    opened(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_opened_is_an_error_at_the_start(tmp_path):
    with pytest.raises(OSError, match="carrier"):
        CarrierMemory(tmp_path / "missing" / "carrier.log").open()


def test_closing_twice_is_allowed(path):
    memory = CarrierMemory(path)
    memory.open()
    descriptors = _open_files()
    memory.close()
    memory.close()
    assert _open_files() == descriptors - 1


def _open_files():
    return len(list(Path("/proc/self/fd").iterdir()))
