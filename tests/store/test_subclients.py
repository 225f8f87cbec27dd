"""Sums over what sub-clients sent and were paid, and their papers."""

from __future__ import annotations

from dataclasses import replace

from heliograph.model.message import Content, OwnPart, PartOf, State
from heliograph.model.money import Entry
from heliograph.model.rows import LetGo
from heliograph.model.subclient import Paper, PaperKind
from heliograph.ports.subclients import PaidIn, Spent
from store.samples import DAY, NOW, OPENING, OTHER_PURSE, PRICE, PURSE, moved, top_up

HOUR_S = 3600
QUARTER_HOUR = 900_000
TODAY = NOW // DAY


async def test_what_was_sent_and_spent_is_summed_by_account_and_day(house):
    mine = [house.message(price=PRICE) for _ in range(3)]
    later = house.message(price=PRICE, accepted_at=NOW + DAY)
    refused = house.message(state=State.REJECTED, refusal="no_money")
    other = house.message(account_id=2, purse=OTHER_PURSE, price=70_000)
    from_another_purse = house.message(purse=OTHER_PURSE, price=5)
    await house.keep(top_up(1_000_000, OTHER_PURSE))
    for message in (*mine, later, refused, other, from_another_purse):
        await house.keep(message)
    await house.keep(moved(mine[0], State.EXPIRED, refund=PRICE, final_at=NOW))
    store = house.store.subclients
    assert await store.spent([1, 2], [PURSE], NOW - DAY, NOW + 2 * DAY, 0) == [
        Spent(1, TODAY, 3, 2 * PRICE),
        Spent(1, TODAY + 1, 1, PRICE),
    ]
    assert await store.spent([2], [OTHER_PURSE], NOW, NOW + 1, 0) == [Spent(2, TODAY, 1, 70_000)]
    assert await store.spent([1], [PURSE], NOW + QUARTER_HOUR, NOW + DAY - QUARTER_HOUR, 0) == []
    assert await store.spent([], [PURSE], 0, 2 * NOW, 0) == []


async def test_a_day_is_one_of_the_wall_calendar_asked_for(house):
    before_midnight = NOW - NOW % DAY + 22 * HOUR_S * 1000
    await house.keep(house.message(accepted_at=before_midnight))
    store = house.store.subclients
    assert [row.day for row in await store.spent([1], [PURSE], 0, 2 * NOW, 0)] == [TODAY]
    assert [row.day for row in await store.spent([1], [PURSE], 0, 2 * NOW, 3 * HOUR_S)] == [TODAY + 1]


async def test_what_came_into_a_purse_is_summed_less_what_was_taken_out_but_not_what_messages_cost(house):
    await house.keep(house.message(price=PRICE))
    await house.keep(
        Entry(NOW, "transfer", PURSE, f"purse:{PURSE}", "subclients", 30, 1, 0, 0),
        Entry(NOW, "transfer", OTHER_PURSE, "subclients", f"purse:{OTHER_PURSE}", 30, 1, 0, 0),
        Entry(NOW + DAY, "top-up", OTHER_PURSE, "bank", f"purse:{OTHER_PURSE}", 12, 1, 0, 0),
    )
    paid = await house.store.subclients.paid_in([PURSE, OTHER_PURSE], NOW, NOW + 2 * DAY, 0)
    assert paid[1:] == [PaidIn(OTHER_PURSE, TODAY, 30), PaidIn(OTHER_PURSE, TODAY + 1, 12)]
    opened = await house.store.subclients.paid_in([PURSE], 0, NOW + 1, 0)
    assert sum(row.amount for row in opened) == OPENING - 30
    await house.sound()


async def test_a_rent_is_spent_and_takes_nothing_from_what_came_in(house):
    await house.keep(
        Entry(NOW, "top-up", OTHER_PURSE, "bank", f"purse:{OTHER_PURSE}", 50, 1, 0, 0),
        Entry(NOW, "rent", OTHER_PURSE, f"purse:{OTHER_PURSE}", "income", 20, 1, 0, 0, "380671234567"),
    )
    assert await house.store.subclients.paid_in([OTHER_PURSE], NOW, NOW + 1, 0) == [PaidIn(OTHER_PURSE, TODAY, 50, 20)]


async def test_the_newest_messages_of_an_account_come_page_by_page(house):
    texts = [house.message(content=Content(text), peer=f"192.0.2.{n}") for n, text in enumerate(("a", "b", "c"))]
    data = house.message(content=Content(data=b"\x00\xab"))
    refused = house.message(state=State.REJECTED, refusal="no_money")
    for message in (*texts, data, refused, house.message(account_id=2, purse=OTHER_PURSE)):
        await house.keep(message)
    store = house.store.subclients
    first = await store.sent(1, 0, 2)
    assert [(one.id, one.text, one.recipient, one.accepted_at) for one in first] == [
        (data.id, "00ab", data.recipient, NOW),
        (texts[2].id, "c", texts[2].recipient, NOW),
    ]
    rest = await store.sent(1, first[-1].id, 10)
    assert [(one.text, one.peer) for one in rest] == [("b", "192.0.2.1"), ("a", "192.0.2.0")]


async def test_papers_are_kept_as_they_were_made(store):
    papers = store.subclients
    invoice = Paper(0, PaperKind.INVOICE, 1, "", NOW, 12_345_678, "RUB", "Услуги связи")
    act = Paper(0, PaperKind.ACT, 1, "2026-10", NOW, 1, "EUR", "", 7)
    first, second = await papers.add_paper(invoice), await papers.add_paper(act)
    assert await papers.paper(first) == replace(invoice, id=first, number=str(first))
    assert await papers.act(1, "2026-10") == replace(act, id=second)
    assert await papers.act(2, "2026-10") is None
    assert await papers.act(1, str(first)) is None
    assert await papers.paper(second + 1) is None


async def test_what_was_let_go_since_is_found_in_that_order_whenever_it_was_due(exact):
    earlier = {"accepted_at": NOW - 2 * DAY, "due_at": NOW - DAY, "state": State.SCHEDULED}
    late, soon, before, waits = [exact.message(**earlier) for _ in range(4)]
    others = exact.message(account_id=2, **earlier)
    await exact.keep(late, soon, before, waits, others)
    for message, at in ((late, NOW + 9), (soon, NOW + 5), (before, NOW - 1), (others, NOW + 5)):
        await exact.keep(moved(message, State.QUEUED), LetGo(message.account_id, at, message.id))
    store = exact.store.subclients
    found = await store.released(1, NOW, (0, 0), 9)
    assert [(one.id, one.let_go_at, one.whole_at, one.recipient) for one in found] == [
        (soon.id, NOW + 5, NOW - 2 * DAY, soon.recipient),
        (late.id, NOW + 9, NOW - 2 * DAY, late.recipient),
    ]
    assert await store.released(1, NOW, (NOW + 5, soon.id), 9) == found[1:]
    assert await store.released(1, NOW, (0, 0), 1) == found[:1]
    await store.forget_released(NOW + 6)
    assert await store.released(1, 0, (0, 0), 9) == found[1:]
    assert await store.released(2, 0, (0, 0), 9) == []


async def test_parts_that_wait_for_others_are_not_sent_yet(exact):
    held = exact.message(state=State.HELD, part=PartOf("8:3", 2, 1, 0))
    sent = exact.message()
    await exact.keep(held, sent)
    assert [one.id for one in await exact.store.subclients.sent(1, 0, 9)] == [sent.id]


async def test_a_message_is_whole_when_its_last_part_has_come(exact):
    parts = (OwnPart(7, NOW), OwnPart(8, NOW + 5))
    await exact.keep(exact.message(own_parts=parts, parts=2))
    (found,) = await exact.store.subclients.sent(1, 0, 1)
    assert (found.accepted_at, found.whole_at) == (NOW, NOW + 5)
