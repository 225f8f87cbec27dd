"""Parts of longer texts from handsets wait for each other, over restarts, and become one text (decisions.md 22)."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from itertools import permutations

import pytest

from core.house import home
from heliograph.backoffice import verbs
from heliograph.channels.sms import udh
from heliograph.channels.sms.alphabet import encode_gsm7
from heliograph.core import joining
from heliograph.core.joining import joined
from heliograph.model.receipt import IncomingPart, NoticeResult
from walks.world import ShiftedClock, eventually

HANDSET, NUMBER = "380671234567", "4433"


def part(number, total, text, *, reference="8:17", sender=HANDSET, recipient=NUMBER, data_coding=0, header=b""):
    octets = text if isinstance(text, bytes) else encode_gsm7(text)
    return IncomingPart(
        0, "carrier", sender, recipient, reference, total, number, 0, data_coding, header, octets
    )  # fmt: skip


class Customer:
    """Notices come here."""

    def __init__(self):
        self.texts = []

    def window(self, target):
        return 1_000

    def notify(self, notices, settled):
        self.texts += [notice.incoming for notice in notices]
        settled([(notice, NoticeResult(True, True, "taken")) for notice in notices])


@asynccontextmanager
async def shop(folder, *, fresh=True, clock=None):
    """A house whose account has one endpoint, and texted a handset; what the endpoint is told."""
    async with home(folder, fresh=fresh, clock=clock) as place:
        customer = Customer()
        place.house.notify.add("endpoint", customer)
        if fresh:
            await place.house.verbs.do(verbs.AccountCallback("shop", "http://127.0.0.1:9/"), "test")
            await place.accept(number=HANDSET)
            await place.settled()
        yield place, customer


async def hears(place, *parts):
    """The carrier delivers these, one list; True once it may be acknowledged."""
    kept = []
    place.carrier.lift.received(list(parts), kept.append)
    await eventually(lambda: _have(kept))
    return kept == [True]


async def _have(seen):
    return seen


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))), ids=str)
async def test_b11_three_parts_in_any_order_are_one_text(tmp_path, order):
    words = {1: "one ", 2: "two ", 3: "three"}
    async with shop(tmp_path) as (place, customer):
        for number in order:
            assert not customer.texts
            assert await hears(place, part(number, 3, words[number]))
        (text,) = await eventually(lambda: _have(customer.texts))
        assert (text.text, text.sender, text.recipient, text.missing) == ("one two three", HANDSET, NUMBER, 0)
        assert text.account_id == place.account.id
        assert text.answers
        assert place.house.inbound.incoming == 1


async def test_b11_two_handsets_with_one_reference_to_one_number_do_not_mix(tmp_path):
    async with shop(tmp_path) as (place, customer):
        await place.accept(number="380671234568")
        await hears(place, part(1, 2, "mine "), part(2, 2, "her end", sender="380671234568"))
        await hears(place, part(1, 2, "hers ", sender="380671234568"), part(2, 2, "my end"))
        await eventually(lambda: _is(len(customer.texts) == 2))
        assert {text.sender: text.text for text in customer.texts} == {
            HANDSET: "mine my end",
            "380671234568": "hers her end",
        }


async def _is(seen):
    return seen


async def test_the_kind_of_a_reference_and_the_number_texted_tell_messages_apart(tmp_path):
    async with shop(tmp_path) as (place, customer):
        await hears(
            place,
            part(1, 2, "a1 ", reference="8:5"),
            part(1, 2, "b1 ", reference="16:5"),
            part(1, 2, "c1 ", reference="sar:5"),
            part(1, 2, "d1 ", reference="8:5", recipient="4434"),
            part(2, 2, "d2", reference="8:5", recipient="4434"),
            part(2, 2, "c2", reference="sar:5"),
            part(2, 2, "b2", reference="16:5"),
            part(2, 2, "a2", reference="8:5"),
        )
        await eventually(lambda: _is(len(customer.texts) == 4))
        assert sorted(text.text for text in customer.texts) == ["a1 a2", "b1 b2", "c1 c2", "d1 d2"]


async def test_a_part_that_comes_again_changes_nothing_before_and_after_the_text_is_whole(tmp_path):
    async with shop(tmp_path) as (place, customer):
        assert await hears(place, part(1, 2, "one "), part(1, 2, "one "))
        assert await hears(place, part(1, 2, "one "))
        assert await hears(place, part(2, 2, "two"))
        await eventually(lambda: _have(customer.texts))
        assert await hears(place, part(2, 2, "two"))
        assert await hears(place, part(1, 2, "one "))
        await place.settled()
        assert [text.text for text in customer.texts] == ["one two"]
        assert place.house.inbound.joining.waiting == 0
        assert place.house.inbound.joining.repeated == 4


async def test_b10_what_is_not_whole_in_time_goes_on_and_says_what_is_missing(tmp_path):
    async with shop(tmp_path) as (place, customer):
        await hears(place, part(2, 4, "two "), part(4, 4, "four"))
        await place.house.inbound.joining.sweep()
        await place.settled()
        assert not customer.texts
        place.clock.shift(601)
        (text,) = await eventually(lambda: _have(customer.texts))
        assert (text.text, text.missing) == ("[…]two […]four", 2)
        assert place.house.inbound.joining.partial == 1


async def test_a_reference_that_is_used_anew_ends_the_text_before(tmp_path):
    async with shop(tmp_path) as (place, customer):
        await hears(place, part(1, 2, "old "))
        await hears(place, part(1, 2, "new "))
        await hears(place, part(2, 2, "end"))
        await eventually(lambda: _is(len(customer.texts) == 2))
        assert [(text.text, text.missing) for text in customer.texts] == [("old […]", 1), ("new end", 0)]


async def test_parts_wait_through_a_restart_and_repetitions_are_known_after_it(tmp_path):
    clock = ShiftedClock()
    async with shop(tmp_path, clock=clock) as (place, _):
        await hears(
            place, part(1, 2, "one "), part(1, 2, "whole ", reference="8:9"), part(2, 2, "text", reference="8:9")
        )
        await place.settled()
    async with shop(tmp_path, fresh=False, clock=clock) as (place, customer):
        assert place.house.inbound.joining.waiting == 1
        await hears(place, part(2, 2, "text", reference="8:9"))
        await hears(place, part(2, 2, "two"))
        await eventually(lambda: _is("one two" in [text.text for text in customer.texts]))
        assert place.house.inbound.joining.repeated == 1
    clock.shift(3_600)
    async with shop(tmp_path, fresh=False, clock=clock) as (place, customer):
        await place.house.inbound.joining.sweep()
        await place.settled()
        assert await place.house.store.incoming_parts(0, 10) == []
        assert not customer.texts


async def test_parts_that_were_whole_when_the_gateway_ended_are_joined_at_the_next_start(tmp_path):
    async with home(tmp_path) as place:
        for number, words in ((1, "one "), (2, "two")):
            row = part(number, 2, words)
            row.id, row.received_at = place.house.store.take_event_ids(1), place.clock.now()
            place.house.journal.add([row])
        await place.settled()
    async with shop(tmp_path, fresh=False) as (place, _):
        await eventually(lambda: _is(place.house.inbound.incoming == 1))


async def test_b11_ten_thousand_open_texts_wait_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(joining, "MOST_WAITING", 10)
    async with shop(tmp_path) as (place, customer):
        await hears(place, *[part(1, 2, f"{number} ", reference=f"16:{number}") for number in range(12)])
        await eventually(lambda: _is(len(customer.texts) == 2))
        assert [text.text for text in customer.texts] == ["0 […]", "1 […]"]
        assert place.house.inbound.joining.waiting == 10


async def test_what_cannot_be_given_home_now_is_tried_again(tmp_path):
    async with shop(tmp_path) as (place, customer):
        store, fails = place.house.store, [True]
        real = store.newest_to

        async def newest_to(*about):
            if fails:
                fails.pop()
                raise RuntimeError("not now")
            return await real(*about)

        store.newest_to = newest_to
        assert await hears(place, part(1, 2, "one "), part(2, 2, "two"))
        (text,) = await eventually(lambda: _have(customer.texts))
        assert text.text == "one two"
        assert place.house.faults == 1


def test_b11_every_order_of_up_to_six_parts_reads_the_same():
    chance = random.Random(7)
    for total in range(2, 7):
        parts = [part(number, total, f"<{number}>") for number in range(1, total + 1)]
        for _ in range(20):
            chance.shuffle(parts)
            assert joined(parts).text == "".join(f"<{number}>" for number in range(1, total + 1))


def test_a_character_cut_in_two_by_another_gateway_comes_out_whole():
    octets = "Добре 👍".encode("utf-16-be")
    parts = [part(1, 2, octets[:-2], data_coding=8), part(2, 2, octets[-2:], data_coding=8)]
    assert joined(parts).text == "Добре 👍"


def test_each_part_is_read_with_the_national_table_it_names():
    turkish = udh.build([udh.Element(udh.SINGLE_SHIFT, b"\x01")])
    parts = [part(1, 2, b"\x1bs", header=turkish), part(2, 2, b"\x1be")]
    assert joined(parts).text == "ş€"


def test_data_in_parts_is_data():
    both = joined([part(2, 2, b"\x03\x04", data_coding=4), part(1, 2, b"\x01\x02", data_coding=4)])
    assert (both.text, both.data) == ("", b"\x01\x02\x03\x04")


async def look(place, meanwhile=None):
    """The node that has all parts asks the store for its own; `meanwhile` happens while the page is on its way."""

    async def ask():
        found = await place.house.store.incoming_parts(0, 10)
        if meanwhile is not None:
            await meanwhile()
        return found

    return await place.house.inbound.joining.take_in_ours(ask)


async def test_a_row_that_is_known_is_neither_a_repetition_nor_a_new_part(tmp_path):
    async with shop(tmp_path) as (place, customer):
        await hears(place, part(1, 2, "one "))
        assert len(await look(place)) == 1
        assert place.house.inbound.joining.waiting == 1
        await hears(place, part(2, 2, "two"))
        await eventually(lambda: _have(customer.texts))
        assert len(await look(place)) == 2
        await place.house.inbound.joining.sweep()
        await place.settled()
        assert [(text.text, text.missing) for text in customer.texts] == [("one two", 0)]
        assert len(await place.house.store.incoming_parts(0, 10)) == 2


async def test_rows_that_went_while_a_page_was_on_its_way_wait_for_nothing(tmp_path):
    async with shop(tmp_path) as (place, customer):
        await hears(place, part(1, 2, "one "))

        async def meanwhile():
            await hears(place, part(2, 2, "two"))
            await eventually(lambda: _have(customer.texts))
            place.clock.shift(601)
            await eventually(lambda: _is_gone(place))

        assert len(await look(place, meanwhile)) == 1
        assert place.house.inbound.joining.waiting == 0


async def _is_gone(place):
    return not await place.house.store.incoming_parts(0, 10)
