"""Files that customers download, in both databases: pieces in order, nobody else's, gone after a while."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.exports import Export, ExportState
from heliograph.model.retention import Kept

ASKED = Export(0, 7, "sent.csv", 1_000, 2_000, 500)


async def test_an_export_goes_on_piece_by_piece_and_is_next_until_it_is_ready(store):
    first = await store.exports.add(ASKED)
    second = await store.exports.add(replace(ASKED, name="later.csv"))
    assert (await store.exports.next()) == replace(ASKED, id=first)
    on = replace(ASKED, id=first, state=ExportState.RUNNING, before=90, rows=2)
    await store.exports.go_on(on, b"one")
    assert (await store.exports.next()) == on
    done = replace(on, state=ExportState.READY, before=80, rows=3)
    await store.exports.go_on(done, b"two", replace(done, state=ExportState.WAITING, rows=0, name="rest.csv"))
    assert (await store.exports.next()).id == second
    assert list(await store.exports.pieces(first, 0, 10)) == [(1, b"one"), (2, b"two")]
    assert list(await store.exports.pieces(first, 1, 10)) == [(2, b"two")]
    known = await store.exports.of_account(7, 0, 10)
    assert [(one.name, one.state, one.before, one.rows) for one in known] == [
        ("sent.csv", ExportState.READY, 80, 3),
        ("later.csv", ExportState.WAITING, 0, 0),
        ("rest.csv", ExportState.WAITING, 80, 0),
    ]
    assert [one.id for one in await store.exports.of_account(7, first, 1)] == [second]


async def test_anothers_export_is_not_there(store):
    mine = await store.exports.add(ASKED)
    assert await store.exports.find(8, mine) is None
    assert await store.exports.find(7, 2**40) is None
    assert await store.exports.of_account(8, 0, 10) == []
    assert (await store.exports.find(7, mine)).name == "sent.csv"


async def test_old_exports_go_with_their_files(store):
    old = await store.exports.add(ASKED)
    new = await store.exports.add(replace(ASKED, asked_at=900))
    for number in (old, new):
        await store.exports.go_on(replace(ASKED, id=number, state=ExportState.READY), b"file")
    assert await store.retention.remove(Kept.DOWNLOADS, 900, 1_000, 0, 10) == (1, old)
    assert await store.retention.remove(Kept.DOWNLOADS, 900, 1_000, old, 10) == (0, 0)
    assert list(await store.exports.pieces(old, 0, 10)) == []
    assert list(await store.exports.pieces(new, 0, 10)) == [(1, b"file")]
    assert [one.id for one in await store.exports.of_account(7, 0, 10)] == [new]
