"""What is old goes, exactly that and nothing that lives, and the money of what went still adds up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heliograph.model.history import SentSearch
from heliograph.model.links import Days, NewLink
from heliograph.model.message import AttemptState, Content, OwnPart, PartOf, State
from heliograph.model.receipt import NoticeState, ReceiptFate
from heliograph.model.retention import Kept, Standing
from heliograph.model.rows import Whole
from store.samples import DAY, NOW, PRICE, attempt_moved, moved, settled, taken

BEFORE = NOW + 20 * DAY
"""What was accepted before goes; old messages are accepted at NOW and valid for a day."""
THEN = NOW + 40 * DAY


async def removed(store, what, before=BEFORE, now=THEN, most=3):
    """One walk."""
    count, after = 0, 0
    while True:
        slice_ = await store.retention.remove(what, before, now, after, most)
        count += slice_.removed
        if not slice_.after:
            return count
        after = slice_.after


async def delivered(house, **changes):
    """A message with its attempt, its receipt and a settled notice."""
    message = house.upstream(price=PRICE, **changes)
    attempt, notice = taken(message, f"u{message.id}"), house.notice(message)
    await house.keep(message)
    await house.keep(
        attempt, attempt_moved(attempt, AttemptState.DELIVERED), moved(message, State.DELIVERED, final_at=NOW), notice
    )
    await house.keep(settled(notice))
    return message


async def there(house, *messages):
    """The ids of those that are still there."""
    found = await house.store.messages([message.id for message in messages], None)
    return {message.id for message in found}


async def test_messages_that_ended_long_ago_go_with_all_that_hangs_on_them(exact):
    old = [await delivered(exact, shown_id=f"mine-{number}") for number in range(7)]
    young = await delivered(exact, accepted_at=BEFORE, expires_at=BEFORE + DAY, shown_id="mine")
    while await exact.store.file_shown():
        pass
    assert await exact.store.retention.standing(Kept.MESSAGES, BEFORE, THEN) == Standing(8, NOW, 7)
    assert await removed(exact.store, Kept.MESSAGES) == 7
    assert await there(exact, *old, young) == {young.id}
    assert await exact.store.story(old[0].id) is None
    assert await exact.store.attempts_awaiting([("carrier", f"u{old[0].id}")]) == []
    key = ("380671234567", "mine-3")
    assert await exact.store.shown(1, [key]) == {}
    assert (await exact.store.story(young.id)).notices[0].progress is NoticeState.DELIVERED
    assert await exact.store.retention.standing(Kept.MESSAGES, BEFORE, THEN) == Standing(1, BEFORE, 0)
    await exact.sound()


@pytest.mark.parametrize("state", [State.SCHEDULED, State.QUEUED, State.PAUSED, State.SENDING, State.SENT])
async def test_what_lives_stays_however_old_it_is(exact, state):
    living = exact.message(state=state, tries=1)
    gone = exact.message(state=State.REJECTED)
    await exact.keep(living, gone)
    assert await removed(exact.store, Kept.MESSAGES) == 1
    assert await removed(exact.store, Kept.TEXTS) == 0
    assert await there(exact, living, gone) == {living.id}
    assert (await exact.stored(living.id)).content.text == "Hello"


async def test_a_message_stays_while_somebody_is_to_be_told_of_it_and_while_a_receipt_may_come(exact):
    told, awaited = exact.message(state=State.DELIVERED), exact.message(state=State.UNKNOWN, expires_at=THEN - 6 * DAY)
    notice = exact.notice(told)
    await exact.keep(told, awaited, notice)
    assert await removed(exact.store, Kept.MESSAGES) == 0
    assert await there(exact, told, awaited) == {told.id, awaited.id}
    await exact.keep(settled(notice))
    assert await removed(exact.store, Kept.MESSAGES, now=THEN + 2 * DAY) == 2
    await exact.sound()


async def test_R_money_adds_up_without_the_messages_and_with_those_that_come_after(exact):
    cheap, dear = await delivered(exact), await delivered(exact, parts=3)
    back = exact.message(state=State.QUEUED, price=2 * PRICE)
    await exact.keep(back)
    await exact.keep(moved(back, State.EXPIRED, final_at=NOW, refund=2 * PRICE))
    balance = await exact.balance()
    for most in (1, 2):
        await exact.store.retention.remove(Kept.MESSAGES, BEFORE, THEN, 0, most)
        await exact.sound()
    assert await there(exact, cheap, dear, back) == set()
    assert await exact.balance() == balance
    await delivered(exact)
    await exact.sound()
    assert await removed(exact.store, Kept.MESSAGES) == 1
    await exact.sound()


async def test_the_ids_of_parts_that_came_one_by_one_go_with_their_message(exact):
    def part(number):
        content = Content(f"{number}", segments=(bytes((5, 0, 3, 42, 2, number)) + b"x",))
        return exact.message(content=content, state=State.HELD, part=PartOf("8:42", 2, number, 60), price=PRICE)

    first, second = part(1), part(2)
    await exact.keep(first, second)
    whole = replace(
        first, parts=2, price=2 * PRICE, part=None, own_parts=(OwnPart(first.id, NOW), OwnPart(second.id, NOW))
    )
    await exact.keep(Whole(whole), moved(whole, State.QUEUED))
    await exact.keep(moved(whole, State.EXPIRED, final_at=NOW, refund=2 * PRICE))
    assert await removed(exact.store, Kept.MESSAGES) == 1
    assert await there(exact, second) == set()
    await exact.sound()


async def test_texts_are_blanked_and_the_message_stays(exact):
    old = exact.message(state=State.DELIVERED, content=Content("secret", data=b"\x01\x02", udh=b"\x05"))
    young = exact.message(state=State.DELIVERED, accepted_at=BEFORE)
    await exact.keep(old, young)
    assert await removed(exact.store, Kept.TEXTS) == 1
    stored = await exact.stored(old.id)
    assert (stored.content.text, stored.content.data, stored.content.udh) == ("", b"", b"")
    assert (stored.recipient, stored.state) == ("380671234567", State.DELIVERED)
    assert (await exact.stored(young.id)).content.text == "Hello"
    assert await removed(exact.store, Kept.TEXTS) == 0
    assert await exact.store.retention.standing(Kept.TEXTS, BEFORE, THEN) == Standing(1, BEFORE, 0)


async def test_a_text_that_had_to_stay_is_blanked_when_its_message_has_ended(exact):
    first, living, last = [exact.message(state=one) for one in (State.DELIVERED, State.QUEUED, State.DELIVERED)]
    await exact.keep(first, living, last)
    assert await removed(exact.store, Kept.TEXTS) == 2
    await exact.keep(moved(living, State.EXPIRED, final_at=THEN))
    assert await removed(exact.store, Kept.TEXTS) == 1
    assert [(await exact.stored(one.id)).content.text for one in (first, living, last)] == ["", "", ""]


async def test_numbers_are_masked_and_the_message_stays_but_is_found_by_its_number_no_more(exact):
    old = await delivered(exact, shown_id="mine", recipient_given="+380671234567")
    again = exact.parked("again")
    again.fate, again.message_id = ReceiptFate.REPEATED, old.id
    young = await delivered(exact, accepted_at=BEFORE, expires_at=BEFORE + DAY)
    await exact.keep(again)
    while await exact.store.file_shown():
        pass
    assert await exact.store.retention.standing(Kept.NUMBERS, BEFORE, THEN) == Standing(2, NOW, 1)
    assert await removed(exact.store, Kept.NUMBERS) == 1
    stored = await exact.stored(old.id)
    assert (stored.recipient, stored.recipient_given) == ("38********67", "+3*********67")
    assert (stored.content.text, stored.state) == ("Hello", State.DELIVERED)
    story = await exact.store.story(old.id)
    assert [one.receipt.recipient for one in story.receipts] == ["38********67"]
    assert (await exact.stored(young.id)).recipient == "380671234567"
    key = ("380671234567", "mine")
    assert await exact.store.shown(1, [key]) == {}
    assert (await exact.store.newest_to(None, "380671234567", None, 0)).id == young.id
    search = SentSearch(1, 0, THEN, recipients=("380671234567",))
    assert await exact.store.history.sent(search) == [young.id]
    assert await removed(exact.store, Kept.NUMBERS) == 0
    assert await exact.store.retention.standing(Kept.NUMBERS, BEFORE, THEN) == Standing(1, BEFORE, 0)
    await exact.sound()


async def test_a_number_stays_while_its_message_lives_or_somebody_is_to_be_told_or_a_receipt_may_come(exact):
    living, told = exact.message(state=State.SENT, tries=1), exact.message(state=State.DELIVERED)
    awaited = exact.message(state=State.UNKNOWN, expires_at=THEN - 6 * DAY)
    notice = exact.notice(told)
    await exact.keep(living, told, awaited, notice)
    assert await removed(exact.store, Kept.NUMBERS) == 0
    await exact.keep(settled(notice))
    assert await removed(exact.store, Kept.NUMBERS) == 1
    assert await removed(exact.store, Kept.NUMBERS, now=THEN + 2 * DAY) == 1
    assert (await exact.stored(living.id)).recipient == "380671234567"


@pytest.mark.parametrize(
    ("recipient", "masked"),
    [
        ("", ""),
        ("12", "**"),
        ("1234", "****"),
        ("12345", "12*45"),
        ("me@example.org", "me**********rg"),
        ("жїєґіъ", "жї**іъ"),
    ],
)
async def test_of_a_masked_number_the_first_and_last_two_characters_stay(exact, recipient, masked):
    message = exact.message(state=State.REJECTED, recipient="", recipient_given=recipient)
    await exact.keep(message)
    await removed(exact.store, Kept.NUMBERS)
    stored = await exact.stored(message.id)
    assert (stored.recipient, stored.recipient_given) == ("", masked)


async def test_numbers_of_handsets_are_masked_and_their_texts_stay(exact):
    old, told = exact.incoming(), exact.incoming()
    young, waiting = exact.incoming(received_at=BEFORE), exact.notice(incoming=told)
    await exact.keep(old, told, young, waiting)
    assert await exact.store.retention.standing(Kept.INCOMING_NUMBERS, BEFORE, THEN) == Standing(3, NOW, 1)
    assert await removed(exact.store, Kept.INCOMING_NUMBERS) == 1
    senders = [one.sender for one in await exact.store.history.incoming([old.id, told.id, young.id])]
    assert senders == [old.sender[:2] + "*" * (len(old.sender) - 4) + old.sender[-2:], told.sender, young.sender]
    assert await removed(exact.store, Kept.INCOMING_NUMBERS) == 0


async def test_traces_go_and_the_message_stays(exact):
    old = await delivered(exact)
    young = await delivered(exact, accepted_at=BEFORE, expires_at=BEFORE + DAY)
    assert await removed(exact.store, Kept.TRACE) == 1
    assert (await exact.store.story(old.id)).attempts == []
    assert len((await exact.store.story(young.id)).attempts) == 1
    assert await there(exact, old, young) == {old.id, young.id}
    await exact.sound()


async def test_settled_notices_go_and_those_on_their_way_stay(exact):
    message = exact.message(state=State.DELIVERED)
    done, given_up, waiting = exact.notice(message), exact.notice(message), exact.notice(message)
    young = exact.notice(message, created_at=BEFORE)
    await exact.keep(message, done, given_up, waiting, young)
    await exact.keep(settled(done), settled(given_up, NoticeState.GIVEN_UP), settled(young))
    assert await removed(exact.store, Kept.NOTICES) == 2
    assert [notice.id for notice in (await exact.store.story(message.id)).notices] == [waiting.id, young.id]


async def test_incoming_texts_go_with_their_notices_once_those_are_settled(exact):
    old, told, young = exact.incoming(), exact.incoming(), exact.incoming(received_at=BEFORE)
    done, waiting = exact.notice(incoming=old), exact.notice(incoming=told)
    await exact.keep(old, told, young, done, waiting)
    await exact.keep(settled(done))
    assert await removed(exact.store, Kept.INCOMING) == 1
    assert [one.id for one in await exact.store.history.incoming([old.id, told.id, young.id])] == [told.id, young.id]
    await exact.sound()


async def test_an_answer_outlives_the_message_it_answers(exact):
    asked = await delivered(exact)
    answer = exact.incoming(answers=asked.id, received_at=BEFORE)
    await exact.keep(answer)
    assert await removed(exact.store, Kept.MESSAGES) == 1
    assert [one.answers for one in await exact.store.history.incoming([answer.id])] == [asked.id]
    await exact.sound()


async def test_receipts_that_match_nothing_go_and_the_young_stay(exact):
    old, young = exact.parked("gone"), exact.parked("stays")
    young.receipt.received_at = BEFORE
    await exact.keep(old, young)
    assert await removed(exact.store, Kept.PARKED) == 1
    kept = await exact.store.parked([("carrier", "gone"), ("carrier", "stays")])
    assert [one.receipt.upstream_id for one in kept] == ["stays"]


async def test_visits_of_old_days_become_a_sum(store):
    await store.links.add(1, [NewLink("A1", "https://example.org/")], NOW)
    link = await store.links.find("A1")
    today = THEN // DAY
    for day in (today - 30, today - 29, today):
        await store.links.visited(link, day, False, NOW)
    clicks = await store.links.clicks(1, "https://example.org/", 0, Days(today - 10, today))
    assert await removed(store, Kept.CLICKS) == 2
    assert await store.links.clicks(1, "https://example.org/", 0, Days(today - 10, today)) == clicks
    assert await removed(store, Kept.CLICKS) == 0
    assert (await store.retention.standing(Kept.CLICKS, BEFORE, THEN)).rows == 1


async def test_old_short_links_lead_nowhere_and_their_visits_stay(house):
    store = house.store
    ended, living, clicked = house.message(state=State.DELIVERED), house.message(), house.message(state=State.DELIVERED)
    await house.keep(ended, living, clicked)
    target = "https://example.org/"
    await store.links.add(1, [NewLink(code, target) for code in ("ended", "living", "clicked", "unsent")], NOW)
    await store.links.add(1, [NewLink("young", target)], BEFORE)
    await store.links.sent([("ended", ended.id), ("living", living.id), ("clicked", clicked.id)])
    await store.links.visited(await store.links.find("clicked"), NOW // DAY, False, NOW)
    assert await store.retention.standing(Kept.LINKS, BEFORE, THEN) == Standing(5, NOW, 2)
    assert await removed(store, Kept.LINKS, most=1) == 2
    codes = ("ended", "living", "clicked", "unsent", "young")
    assert [await store.links.find(code) is not None for code in codes] == [False, True, True, False, True]
    await store.links.told(["clicked"])
    await house.keep(moved(living, State.EXPIRED, final_at=THEN))
    assert await removed(store, Kept.LINKS) == 2
    assert (await store.links.clicks(1, target, 0, Days(0, NOW // DAY))).all == 1


async def test_an_empty_store_has_nothing_to_remove(store):
    for what in Kept:
        assert await removed(store, what) == 0
        assert await store.retention.standing(what, BEFORE, THEN) == Standing(0, 0, 0)
