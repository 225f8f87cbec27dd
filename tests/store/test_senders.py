"""Sender names with their papers, and codes sent to numbers: kept, replaced, forgotten."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.account import Sender, SenderState
from heliograph.model.senders import AtOperator, CodeSent, Document, OperatorState
from store.samples import NOW

NUMBER = "79261234567"


def paper(sender_id, account_id=1, **changes):
    given = {"name": "mark.png", "kind": "png", "remark": "trade mark", "size": 4, "added_at": NOW, **changes}
    return Document(0, sender_id, account_id, **given)


async def test_a_name_gets_an_id_and_comes_back_with_every_field(store):
    sender = Sender(
        0,
        7,
        "MyShop",
        SenderState.WAITING,
        comment="online shop",
        operators=(AtOperator("mts_step", OperatorState.DOCUMENTS_NEEDED, "COMMON", NOW),),
        requisites=(("inn", "123"),),
        created_at=NOW,
    )
    sender_id, revision = await store.senders.save(sender, "customer", NOW)
    rows = await store.directory()
    assert rows.senders == [replace(sender, id=sender_id)]
    assert rows.revision == revision


async def test_a_name_saved_again_keeps_its_id_and_makes_a_new_revision(store):
    sender = Sender(0, 7, "MyShop", SenderState.WAITING)
    sender_id, first = await store.senders.save(sender, "customer", NOW)
    changed = replace(sender, id=sender_id, state=SenderState.ACTIVE)
    again, second = await store.senders.save(changed, "operator", NOW)
    assert (again, second > first) == (sender_id, True)
    assert (await store.directory()).senders == [changed]


async def test_a_removed_name_takes_its_papers_along_and_leaves_those_of_others(store):
    kept_id, _ = await store.senders.save(Sender(0, 7, "Kept"), "customer", NOW)
    gone_id, _ = await store.senders.save(Sender(0, 7, "Gone"), "customer", NOW)
    ids = await store.senders.add_documents([(paper(gone_id, 7), b"abcd"), (paper(kept_id, 7), b"efgh")])
    await store.senders.remove(Sender(gone_id, 7, "Gone"), "customer", NOW)
    assert await store.senders.document(ids[0]) is None
    assert await store.senders.documents(7) == [replace(paper(kept_id, 7), id=ids[1])]
    assert [sender.name for sender in (await store.directory()).senders] == ["Kept"]


async def test_papers_are_an_accounts_own_and_keep_every_octet(store):
    data = bytes(range(256)) * 12_000
    (own,) = await store.senders.add_documents([(paper(1, 1, size=len(data)), data)])
    await store.senders.add_documents([(paper(2, 2), b"abcd")])
    assert [one.id for one in await store.senders.documents(1)] == [own]
    assert await store.senders.document(own) == (replace(paper(1, 1, size=len(data)), id=own), data)


async def test_a_number_has_one_code_the_newest(store):
    assert await store.senders.code(NUMBER) is None
    first = CodeSent(NUMBER, 1, "digest", NOW)
    await store.senders.save_code(first, 0)
    assert await store.senders.code(NUMBER) == first
    second = CodeSent(NUMBER, 2, "other", NOW + 5, 3)
    await store.senders.save_code(second, 0)
    assert await store.senders.code(NUMBER) == second
    await store.senders.remove_code(NUMBER)
    assert await store.senders.code(NUMBER) is None


async def test_old_codes_are_forgotten_when_a_new_one_comes(store):
    await store.senders.save_code(CodeSent(NUMBER, 1, "digest", NOW), 0)
    await store.senders.save_code(CodeSent("79261234568", 1, "digest", NOW + 10), NOW + 5)
    assert await store.senders.code(NUMBER) is None
