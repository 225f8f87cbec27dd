"""The directory: rows replaced one by one, a revision for every change, documents as they were (decisions.md 20)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heliograph.model.account import (
    Account,
    Blocks,
    Credential,
    CredentialKind,
    DirectoryRows,
    Endpoint,
    Sender,
    SenderState,
    Settings,
    StopListed,
)
from heliograph.model.money import Purse
from heliograph.ports import StoreFailure
from store.anything import SMALL, TEXTS, WORDS
from store.samples import NOW

ANYTHING = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SETTINGS = st.builds(
    Settings,
    active=st.booleans(),
    transactional=st.booleans(),
    test_mode=st.booleans(),
    speed=SMALL,
    max_waiting=SMALL,
    zone=WORDS,
    language=st.sampled_from(["", "ru", "uk", "en"]),
    closed_doors=st.lists(WORDS, max_size=3).map(tuple),
    allowed_peers=st.lists(WORDS, max_size=3).map(tuple),
    parameter_errors_as_add_info=st.booleans(),
    hashed_passwords=st.booleans(),
    secrets_in_url=st.booleans(),
    default_sender=WORDS,
)


async def only(store, table):
    (row,) = getattr(await store.directory(), table)
    return row


async def test_an_empty_store_has_an_empty_directory(store):
    assert await store.directory() == DirectoryRows(0)


@ANYTHING
@given(
    numbers=st.tuples(SMALL, SMALL, SMALL, SMALL, SMALL, st.integers(0, 2**53)),
    words=st.tuples(TEXTS, TEXTS),
    settings=SETTINGS,
)
async def test_an_account_comes_back_with_every_field(store, numbers, words, settings):
    purse, senders_of, limits_of, second, parent, created_at = numbers
    login, tariff = words
    account = Account(7, login, purse, tariff, senders_of, limits_of, settings, second, parent, created_at)
    await store.change_directory([account], "test", NOW)
    assert await only(store, "accounts") == account


@ANYTHING
@given(kind=st.sampled_from(CredentialKind), words=st.tuples(TEXTS, TEXTS, WORDS), created_at=SMALL)
async def test_a_credential_comes_back_with_every_field(store, kind, words, created_at):
    credential = Credential(3, 1, kind, *words, created_at=created_at)
    await store.change_directory([credential], "test", NOW)
    assert await only(store, "credentials") == credential


@ANYTHING
@given(name=TEXTS, state=st.sampled_from(SenderState))
async def test_a_sender_comes_back_with_every_field(store, name, state):
    sender = Sender(5, 1, name, state)
    await store.change_directory([sender], "test", NOW)
    assert await only(store, "senders") == sender


@ANYTHING
@given(words=st.tuples(TEXTS, TEXTS, WORDS), events=st.lists(WORDS, max_size=3), window=SMALL, active=st.booleans())
async def test_an_endpoint_comes_back_with_every_field(store, words, events, window, active):
    url, secret, kind = words
    endpoint = Endpoint(9, 1, url, secret, kind, tuple(events), window, active)
    await store.change_directory([endpoint], "test", NOW)
    assert await only(store, "endpoints") == endpoint


async def test_new_rows_get_ids_that_are_never_used_twice(store):
    """Notices of old messages name endpoints by their ids."""
    await store.change_directory([Endpoint(0, 1, "https://a/", "s"), Endpoint(0, 1, "https://b/", "s")], "test", NOW)
    first, second = (await store.directory()).endpoints
    assert 0 < first.id < second.id
    await store.remove_from_directory(second, "test", NOW)
    await store.change_directory([Endpoint(0, 1, "https://c/", "s")], "test", NOW)
    endpoints = (await store.directory()).endpoints
    assert [one.url for one in endpoints] == ["https://a/", "https://c/"]
    assert endpoints[1].id > second.id


async def test_a_row_is_replaced_by_its_id(store):
    await store.change_directory([Sender(0, 1, "Shop"), Sender(0, 1, "News")], "test", NOW)
    shop, news = (await store.directory()).senders
    await store.change_directory([Sender(shop.id, 1, "Store", SenderState.DISABLED)], "test", NOW)
    assert (await store.directory()).senders == [Sender(shop.id, 1, "Store", SenderState.DISABLED), news]


async def test_every_change_gives_a_newer_revision_and_no_change_none(store):
    revisions = [
        await store.change_directory([Account(0, "shop", 1, "t", 1, 1)], "anna", NOW),
        await store.change_directory([Sender(0, 1, "Shop"), Sender(0, 1, "News")], "anna", NOW),
        await store.change_directory([StopListed(1, "380671234567")], "anna", NOW),
        await store.remove_from_directory(StopListed(1, "380671234567"), "anna", NOW),
        await store.keep_document("routes", "one", "anna", NOW),
    ]
    assert revisions == sorted(set(revisions))
    assert revisions[0] >= 1
    assert (await store.directory()).revision == revisions[-1]
    assert await store.change_directory([], "anna", NOW) == revisions[-1]
    assert await store.remove_from_directory(StopListed(1, "380671234567"), "anna", NOW) == revisions[-1]
    assert await store.keep_document("routes", "one", "anna", NOW) == revisions[-1]


async def test_an_entry_of_a_stop_list_has_an_id_and_says_what_it_blocks(store):
    rows = [StopListed(1, "380671234567", Blocks.MAILINGS), StopListed(1, "380671234568"), StopListed(2, "1")]
    revision = await store.change_directory(rows, "anna", NOW)
    first, second = await store.stop_list(1, 0, 10)
    assert (first, second) == (rows[0], rows[1])
    assert 0 < first.id < second.id
    changed = StopListed(1, "380671234567", Blocks.SINGLE)
    assert await store.change_directory([changed], "anna", NOW) == revision + 1
    kept = await store.stop_listed(1, "380671234567")
    assert (kept, kept.id) == (changed, first.id)
    assert await store.stop_list(1, first.id, 10) == [second]
    assert await store.stop_list(1, 0, 1) == [changed]
    assert await store.stop_listed(2, "380671234567") is None


async def test_an_entry_comes_with_a_group_and_is_noted(house):
    before = (await house.store.directory()).revision
    await house.keep(StopListed(1, "380671234567"), StopListed(1, "380671234567"))
    rows = await house.store.directory()
    assert (rows.stop_list, rows.revision) == ([StopListed(1, "380671234567")], before + 1)


async def test_a_number_is_stop_listed_once_per_account(store):
    rows = [StopListed(0, "1"), StopListed(1, "1"), StopListed(1, "1")]
    revision = await store.change_directory(rows, "test", NOW)
    assert sorted((await store.directory()).stop_list, key=lambda one: one.account_id) == rows[:2]
    assert await store.change_directory([StopListed(1, "1")], "test", NOW) == revision
    await store.remove_from_directory(StopListed(0, "1"), "test", NOW)
    assert (await store.directory()).stop_list == [StopListed(1, "1")]


CLASHES = {
    "two accounts of one login": [Account(0, "shop", 1, "t", 1, 1), Account(0, "shop", 2, "t", 2, 2)],
    "one token of two accounts": [
        Credential(0, 1, CredentialKind.TOKEN, "digest"),
        Credential(0, 2, CredentialKind.TOKEN, "digest"),
    ],
    "one system_id of two accounts": [
        Credential(0, 1, CredentialKind.SMPP, "a", "shop"),
        Credential(0, 2, CredentialKind.SMPP, "b", "shop"),
    ],
    "one sender name twice": [Sender(0, 1, "Shop"), Sender(0, 1, "Shop")],
}


@pytest.mark.parametrize("rows", CLASHES.values(), ids=CLASHES)
async def test_rows_that_stand_against_each_other_change_nothing(store, rows):
    await store.change_directory([Sender(0, 9, "Before")], "test", NOW)
    before = await store.directory()
    with pytest.raises(StoreFailure):
        await store.change_directory(rows, "test", NOW)
    assert await store.directory() == before
    await store.change_directory(rows[:1], "test", NOW)
    assert await store.directory() != before


async def test_what_need_not_be_unique_may_be_the_same(store):
    await store.change_directory(
        [
            Credential(0, 1, CredentialKind.PASSWORD, "same", "label"),
            Credential(0, 2, CredentialKind.PASSWORD, "same", "label"),
            Sender(0, 1, "Shop"),
            Sender(0, 2, "Shop"),
        ],
        "test",
        NOW,
    )
    directory = await store.directory()
    assert (len(directory.credentials), len(directory.senders)) == (2, 2)


@pytest.mark.parametrize("row", [Account(1, "shop", 1, "t", 1, 1), Purse(1, 1, "UAH", 0)], ids=["account", "purse"])
async def test_accounts_and_purses_are_never_removed(store, row):
    await store.change_directory([row], "test", NOW)
    with pytest.raises(StoreFailure, match="closed"):
        await store.remove_from_directory(row, "test", NOW)
    assert len((await store.directory()).accounts) + len(await store.purses()) == 1


async def test_removing_what_is_not_there_is_allowed(store):
    revision = await store.change_directory([Sender(0, 1, "Shop")], "test", NOW)
    assert await store.remove_from_directory(Sender(99, 1, "Other"), "test", NOW) == revision


async def test_a_document_is_read_as_it_was_at_a_revision(store):
    first = await store.keep_document("routes", "one", "anna", NOW)
    other = await store.keep_document("tariffs", "prices", "anna", NOW)
    second = await store.keep_document("routes", "two\n\x00ї", "boris", NOW + 1)
    assert first < other < second
    assert await store.document("routes", first - 1) is None
    assert await store.document("routes", first) == "one"
    assert await store.document("routes", other) == "one"
    assert await store.document("routes", second) == "two\n\x00ї"
    assert await store.document("routes", second + 1_000) == "two\n\x00ї"
    assert await store.document("tariffs", second) == "prices"
    assert await store.document("plan", second) is None


async def test_a_document_that_was_there_before_is_kept_again(store):
    """Going back is a change, too."""
    first = await store.keep_document("routes", "one", "anna", NOW)
    await store.keep_document("routes", "two", "anna", NOW)
    third = await store.keep_document("routes", "one", "anna", NOW)
    assert third == first + 2
    assert await store.document("routes", third) == "one"


async def test_the_directory_is_there_when_the_store_is_opened_again(keeping_backend, tmp_path):
    store = keeping_backend.make(tmp_path)
    await store.open()
    await store.change_directory(
        [Account(0, "shop", 1, "t", 1, 1), Purse(0, 1, "UAH", 0, 5), StopListed(0, "7")], "test", NOW
    )
    revision = await store.keep_document("routes", "one", "test", NOW)
    before = await store.directory()
    await store.close()
    store = keeping_backend.make(tmp_path)
    await store.open()
    assert await store.directory() == before
    assert await store.document("routes", revision) == "one"
    assert [purse.credit for purse in await store.purses()] == [5]
    await store.close()
