"""Contacts and groups: whose they are, what they share, how they are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heliograph.model.contacts import AddressKind, Contact, Group, Search

PHONE, MAIL = AddressKind.PHONE, AddressKind.MAIL


def contact(number, **changes):
    values = {"account_id": 1, "kind": PHONE, "name": f"Contact {number}"} | changes
    return Contact(0, addresses=(f"38067000000{number}",), **values)


async def search(store, **asked):
    return await store.contacts.search(Search(**{"account_id": 1, "kind": PHONE, "limit": 10} | asked))


async def test_what_was_added_is_found_as_it_was(store):
    group = await store.contacts.add_group(Group(0, 1, PHONE, "Friends"))
    whole = Contact(
        0, 1, PHONE, ("380670000001", "79161234567"), (group,), "Ірина", "Лис", "Ірина", "Олегівна", "29.02.1996",
        "line\nbreak, comma", "a,b", "044 123-45-67", "c-17", "5",
    )  # fmt: skip
    (contact_id,) = await store.contacts.add([whole])
    assert await search(store) == [replace(whole, id=contact_id)]
    for address in whole.addresses:
        assert await store.contacts.by_address(1, PHONE, address) == replace(whole, id=contact_id)


async def test_ids_go_up_and_are_never_used_twice(store):
    first, second = await store.contacts.add([contact(1), contact(2)])
    assert second == first + 1
    await store.contacts.remove(await search(store))
    (third,) = await store.contacts.add([contact(1)])
    assert third == second + 1


async def test_an_address_belongs_to_one_contact_of_an_account_and_kind(store):
    ids = await store.contacts.add([contact(1), contact(1), contact(2)])
    assert [bool(id_) for id_ in ids] == [True, False, True]
    assert await store.contacts.add([contact(1)]) == [0]
    assert all(await store.contacts.add([contact(1, account_id=2)]))
    assert all(await store.contacts.add([contact(1, kind=MAIL)]))


async def test_of_contacts_alike_but_for_one_whose_address_is_taken_the_others_are_kept_with_their_groups(store):
    group = await store.contacts.add_group(Group(0, 1, PHONE, "All"))
    assert await store.contacts.add([contact(5, groups=(group,))])
    ids = await store.contacts.add([contact(number, groups=(group,)) for number in (9, 5, 7)])
    assert [bool(id_) for id_ in ids] == [True, False, True]
    members = await store.contacts.members(group, 0, 10)
    assert [one.addresses[0][-1] for one in members] == ["5", "9", "7"]
    assert [one.id for one in await search(store)] == [one.id for one in members]
    assert (await store.contacts.by_address(1, PHONE, "380670000007")).id == ids[2]


async def test_saving_replaces_addresses_and_groups(store):
    groups = [await store.contacts.add_group(Group(0, 1, PHONE, name)) for name in ("a", "b")]
    first, second = await store.contacts.add([contact(1, groups=(groups[0],)), contact(2)])
    changed = replace(contact(3), id=first, groups=(groups[1],), name="Other")
    assert await store.contacts.save(changed)
    assert await store.contacts.by_address(1, PHONE, "380670000001") is None
    assert await store.contacts.by_address(1, PHONE, "380670000003") == changed
    assert await store.contacts.members(groups[0], 0, 10) == []
    assert not await store.contacts.save(replace(changed, addresses=("380670000002",)))
    assert not await store.contacts.save(replace(changed, id=second + 1))
    assert not await store.contacts.save(replace(changed, account_id=2))
    assert await store.contacts.by_address(1, PHONE, "380670000003") == changed


async def test_what_is_removed_leaves_nothing_and_another_accounts_stays(store):
    group = await store.contacts.add_group(Group(0, 1, PHONE, "a"))
    (id_,) = await store.contacts.add([contact(1, groups=(group,))])
    kept = replace(contact(1), id=id_)
    await store.contacts.remove([replace(kept, account_id=2)])
    assert len(await search(store)) == 1
    await store.contacts.remove([kept])
    assert await search(store) == []
    assert (await store.contacts.sizes(1, PHONE))[group] == 0
    assert await store.contacts.by_address(1, PHONE, "380670000001") is None


async def test_a_page_is_in_order_of_id_and_goes_on_behind_one(store):
    ids = await store.contacts.add([contact(number) for number in range(5)])
    assert [one.id for one in await search(store, limit=3)] == ids[:3]
    assert [one.id for one in await search(store, after=ids[2])] == ids[3:]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"name": "ІВАН"}, [1]),
        ({"name": "сірко іван"}, [1]),
        ({"words": "vip"}, [2]),
        ({"words": "0000003"}, [3]),
        ({"words": "100%"}, [3]),
        ({"words": "_"}, []),
        ({"name": "vip"}, []),
        ({"address": "380670000002"}, [2]),
        ({"address": "380670000002", "name": "іван"}, []),
        ({"account_id": 2, "words": "0670"}, []),
        ({"kind": MAIL}, []),
    ],
)
async def test_a_search_finds_names_and_words_whatever_their_case(store, asked, found):
    rows = [contact(1, last_name="Сірко", first_name="Іван"), contact(2, tags="Vip"), contact(3, comments="100% sure")]
    ids = await store.contacts.add(rows)
    assert [ids.index(one.id) + 1 for one in await search(store, **asked)] == found


async def test_a_group_is_searched_and_read_in_order(store):
    first, second = [await store.contacts.add_group(Group(0, 1, PHONE, name)) for name in ("a", "b")]
    rows = [contact(1, groups=(first,)), contact(2, groups=(first, second)), contact(3), contact(4, groups=(second,))]
    ids = await store.contacts.add(rows)
    assert [one.id for one in await search(store, groups=(first,))] == ids[:2]
    assert [one.id for one in await search(store, groups=(first, second))] == [ids[0], ids[1], ids[3]]
    assert [one.groups for one in await search(store, groups=(first, second))] == [(first,), (first, second), (second,)]
    assert [one.id for one in await store.contacts.members(second, 0, 10)] == [ids[1], ids[3]]
    assert [one.id for one in await store.contacts.members(second, ids[1], 10)] == [ids[3]]
    assert [one.id for one in await store.contacts.members(second, 0, 1)] == [ids[1]]
    assert {key: size for key, size in (await store.contacts.sizes(1, PHONE)).items() if size} == {first: 2, second: 2}


async def test_an_account_has_a_first_group_once_for_each_kind(store):
    (phones,) = await store.contacts.groups(1, PHONE)
    (mails,) = await store.contacts.groups(1, MAIL)
    assert (phones.name, phones.number, mails.kind) == ("Contacts", "", MAIL)
    assert await store.contacts.groups(1, PHONE) == [phones]
    await store.contacts.remove_group(phones)
    assert await store.contacts.groups(1, PHONE) == []


async def test_a_group_number_is_given_once_in_an_account(store):
    id_ = await store.contacts.add_group(Group(0, 1, PHONE, "a", "17"))
    other = await store.contacts.add_group(Group(0, 1, PHONE, "b"))
    assert not await store.contacts.add_group(Group(0, 1, MAIL, "c", "17"))
    assert await store.contacts.add_group(Group(0, 2, PHONE, "c", "17"))
    assert not await store.contacts.save_group(Group(other, 1, PHONE, "b", "17"))
    assert not await store.contacts.save_group(Group(id_, 2, PHONE, "x"))
    assert await store.contacts.save_group(Group(id_, 1, PHONE, "A", "17"))
    found = {group.id: group for group in await store.contacts.groups(1, PHONE)}
    assert (found[id_].name, found[other].name, found[other].number) == ("A", "b", "")


async def test_a_removed_group_leaves_its_contacts(store):
    id_ = await store.contacts.add_group(Group(0, 1, PHONE, "a"))
    await store.contacts.add([contact(1, groups=(id_,))])
    await store.contacts.remove_group(Group(id_, 2, PHONE, "a"))
    assert [one.groups for one in await search(store)] == [(id_,)]
    await store.contacts.remove_group(Group(id_, 1, PHONE, "a"))
    assert [one.groups for one in await search(store)] == [()]
