"""Whatever is written is read back, field by field: each kind of row, each kind of move."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heliograph.model.message import FINAL, Attempt, AttemptState, Content, Kind, Network, State
from heliograph.model.money import Entry
from heliograph.model.receipt import KeptReceipt, NoticeState, ReceiptFate
from heliograph.model.rows import AttemptMove, Guard, HiddenMove, Move, NetworkMove, NoticeMove, ReceiptMove
from store.anything import MESSAGES, RECEIPTS, SMALL, TEXTS, TIMES, WORDS
from store.samples import FENCE, NOW, PURSE, attempt_moved, moved, plain, settled, taken

ANYTHING = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
"""One store serves all examples: each takes ids of its own."""


@ANYTHING
@given(many=st.lists(MESSAGES, min_size=1, max_size=4))
async def test_a_message_comes_back_with_every_field(house, many):
    written = [house.message(**one) for one in many]
    await house.keep(*written)
    for message in written:
        assert plain(await house.stored(message.id)) == plain(message)


async def test_an_ordinary_message_comes_back_with_every_field(house):
    message = house.message(targets=("endpoint:4", "smpp:shop"), operator="25503", price=450_000)
    await house.keep(message)
    assert plain(await house.stored(message.id)) == plain(message)


RARE = {
    "next_try_at": NOW + 1,
    "error": 11,
    "final_at": NOW + 2,
    "maybe_twice": True,
    "refusal": "stop_listed",
    "integration_id": 0,
    "shown_id": "",
    "comment": "for the tests",
    "network": Network(mcc="255", mnc="01"),
    "hidden": True,
    "campaign": 7,
    "template": 3,
    "content": Content("Hello", kind=Kind.FLASH),
    "content.data": Content("Hello", data=b"\x00"),
    "content.udh": Content("Hello", udh=b"\x00"),
    "content.coding": Content("Hello", coding=0),
    "content.pid": Content("Hello", pid=0),
    "content.parameters": Content("Hello", parameters=((0x1400, b"\x00"), (0x0420, b""))),
    "targets": ("handler",),
    "operator": "25503",
    "tries": 1,
    "parts": 2,
    "price": 450_000,
}
"""What an ordinary new message has not."""


@pytest.mark.parametrize("name", RARE)
async def test_a_message_with_a_single_unusual_field_comes_back_with_it(house, name):
    message = house.message(**{name.partition(".")[0]: RARE[name]})
    await house.keep(message)
    assert plain(await house.stored(message.id)) == plain(message)


@pytest.mark.parametrize(
    "content",
    [
        Content(""),
        Content("a\x00b\x00"),
        Content("Їжак 🦔 \U0010ffff"),
        Content("line\nline\r\n\u2028"),
        Content("'; DROP TABLE message; --"),
        Content("x" * 40_000),
        Content("", data=b"\x00\xff" * 70, udh=b"\x05\x00\x03\x01\x02\x01", coding=4),
    ],
    ids=["empty", "NUL", "astral", "line ends", "SQL", "long", "binary"],
)
async def test_any_content_comes_back_unchanged(house, content):
    message = house.message(content=content, sender=content.text[:11], recipient_given=content.text[:20])
    await house.keep(message)
    assert plain(await house.stored(message.id)) == plain(message)


async def test_any_content_comes_back_from_a_group_of_many(house):
    texts = ["plain", "a\x00b\x00", "\x01", "\x01\x02\x00\x03", "tab\tline\nend\\.", "\\N", "", "🦔"]
    messages = [house.message(content=Content(text), sender=text) for text in texts for _ in range(4)]
    attempts = [taken(message, f"{number}{message.sender}") for number, message in enumerate(messages)]
    await house.keep(*messages)
    await house.keep(*attempts, *[house.notice(message, answer=message.sender) for message in messages])
    found = await house.store.messages([message.id for message in messages], None)
    assert {one.id: plain(one) for one in found} == {one.id: plain(one) for one in messages}
    for message, attempt in zip(messages, attempts, strict=True):
        story = await house.store.story(message.id)
        assert [plain(one) for one in story.attempts] == [plain(attempt)]
        assert story.notices[0].answer == message.sender


async def test_a_message_is_loaded_without_attempts_and_with_its_own_list(house):
    message = house.upstream()
    await house.keep(message, taken(message))
    first, second = await house.stored(message.id), await house.stored(message.id)
    assert first.attempts == []
    assert first is not second


ENDED_BY_RECEIPT = (AttemptState.DELIVERED, AttemptState.UNDELIVERABLE, AttemptState.EXPIRED)


@pytest.mark.parametrize("state", ENDED_BY_RECEIPT)
async def test_P3_an_attempt_is_kept_as_its_answer_made_it_whatever_a_receipt_has_said_since(house, state):
    """What the receipt said is a move of its own. If the process ends between the two, the receipt comes again."""
    message = house.upstream()
    attempt = taken(message, "u1")
    attempt.state, attempt.receipt_at, attempt.error, attempt.detail = state, NOW + 2, 1, "UNDELIV"
    await house.keep(message, attempt)
    (waiting,) = await house.store.attempts_awaiting([("carrier", "u1")])
    assert (waiting.state, waiting.receipt_at, waiting.error, waiting.detail) == (AttemptState.TAKEN, 0, 0, "")
    await house.keep(attempt_moved(attempt, state, error=1, detail="UNDELIV"))
    assert [plain(one) for one in (await house.store.story(message.id)).attempts] == [plain(attempt)]


@pytest.mark.parametrize("guess", [AttemptState.TAKEN, AttemptState.SILENT])
@pytest.mark.parametrize("state", ENDED_BY_RECEIPT)
async def test_R12_what_a_receipt_said_of_an_attempt_outlasts_that_none_came(house, state, guess):
    message = house.upstream()
    attempt = taken(message)
    await house.keep(message, attempt)
    await house.keep(attempt_moved(attempt, guess, receipt_at=0, detail="no receipt came in 600 s"))
    await house.keep(attempt_moved(attempt, state, error=1, detail="said"))
    await house.keep(attempt_moved(attempt, guess, receipt_at=0, detail="no receipt came in 600 s"))
    (found,) = (await house.store.story(message.id)).attempts
    assert (found.state, found.receipt_at, found.error, found.detail) == (state, NOW + 2, 1, "said")


@ANYTHING
@given(
    part=st.integers(1, 200),
    span=st.integers(0, 55),
    state=st.sampled_from(AttemptState),
    times=st.tuples(TIMES, TIMES, TIMES),
    words=st.tuples(TEXTS, TEXTS, TEXTS),
    error=SMALL,
    try_no=SMALL,
)
async def test_an_attempt_comes_back_with_every_field(house, part, span, state, times, words, error, try_no):
    message = house.upstream(parts=255)
    connector, upstream_id, detail = words
    attempt = Attempt(
        message, part, part + span, try_no, connector, state, upstream_id, times[0], times[1], times[2], error, detail
    )
    await house.keep(message)
    await house.keep(attempt)
    if state in ENDED_BY_RECEIPT:
        await house.keep(attempt_moved(attempt, state, receipt_at=times[2], error=error, detail=detail))
    story = await house.store.story(message.id)
    assert [plain(one) for one in story.attempts] == [plain(attempt)]
    assert story.attempts[0].message is story.message
    assert story.message.attempts == story.attempts


@ANYTHING
@given(receipt=RECEIPTS, fate=st.sampled_from([fate for fate in ReceiptFate if fate is not ReceiptFate.PARKED]))
async def test_a_kept_receipt_comes_back_with_every_field(house, receipt, fate):
    message = house.upstream(parts=3)
    kept = KeptReceipt(house.event_id(), receipt, fate, message.id, 2)
    await house.keep(message)
    await house.keep(kept)
    assert (await house.store.story(message.id)).receipts == [kept]


@ANYTHING
@given(receipt=RECEIPTS)
async def test_a_parked_receipt_comes_back_with_every_field(house, receipt):
    kept = KeptReceipt(house.event_id(), receipt, ReceiptFate.PARKED)
    await house.keep(kept)
    assert kept in await house.store.parked([(receipt.connector, receipt.upstream_id)])


@ANYTHING
@given(words=st.tuples(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS), data=st.binary(max_size=40), times=st.tuples(TIMES, TIMES))
async def test_an_incoming_message_comes_back_with_every_field(house, words, data, times):
    connector, sender, recipient, text, upstream_id = words
    answered = house.message()
    incoming = house.incoming(
        connector=connector,
        sender=sender,
        recipient=recipient,
        text=text,
        upstream_id=upstream_id,
        data=data,
        received_at=times[0],
        sent_at=times[1],
        account_id=2,
        answers=answered.id,
        parameters=((0x0501, b"\x12"), (0x1383, b"\x01\x02"), (0x0204, b"")),
    )
    target = f"endpoint:{incoming.id}"
    await house.keep(answered)
    await house.keep(incoming, house.notice(incoming=incoming, account_id=2, target=target))
    (notice,) = await house.store.notices(target, 0, NOW, 10)
    assert notice.incoming == incoming
    assert notice.message is None
    assert notice.state is None


@ANYTHING
@given(
    numbers=st.tuples(SMALL, SMALL, SMALL, SMALL),
    created_at=TIMES,
    word=TEXTS,
    target=WORDS,
    state=st.sampled_from(State),
    progress=st.sampled_from(NoticeState),
)
async def test_a_notice_comes_back_with_every_field(house, numbers, created_at, word, target, state, progress):
    message = house.upstream()
    account_id, error, part, tries = numbers
    notice = house.notice(
        message,
        account_id=account_id,
        error=error,
        part=part,
        tries=tries,
        created_at=created_at,
        answer=word,
        target=target,
        state=state,
        progress=progress,
        next_try_at=created_at,
        settled_at=0 if progress is NoticeState.WAITING else created_at,
    )
    await house.keep(message)
    await house.keep(notice)
    (found,) = (await house.store.story(message.id)).notices
    assert plain(found) == plain(notice)
    assert found.event_id == f"evt_{notice.id}"


@ANYTHING
@given(key=TEXTS, body_hash=WORDS, ids=st.lists(st.integers(1, 2**53), max_size=120), until=st.integers(NOW, 2**53))
async def test_a_guard_comes_back_with_every_field_until_its_time_is_over(house, key, body_hash, ids, until):
    key = f"{house.event_id()} {key}"  # a key in use is not given to anybody else
    guard = Guard(2, key, body_hash, tuple(ids), until)
    await house.keep(guard)
    assert await house.store.guard(2, key, until - 1) == guard
    assert await house.store.guard(2, key, until) is None
    assert await house.store.guard(1, key, until - 1) is None


async def test_a_guard_whose_time_is_over_is_used_anew(house):
    await house.keep(Guard(1, "order-7", "aa", (5,), NOW))
    later = Guard(1, "order-7", "bb", (6, 7), NOW + 10)
    await house.keep(later)
    assert await house.store.guard(1, "order-7", NOW) == later


@ANYTHING
@given(amount=st.integers(1, 10**12), note=TEXTS, at=TIMES)
async def test_an_entry_comes_back_with_every_field(house, amount, note, at):
    entry = Entry(at, "correction", PURSE, "bank", f"purse:{PURSE}", amount, 3, 100, 200, note)
    await house.keep(entry)
    ((_, newest),) = await house.store.entries(PURSE, 0, 1)
    assert newest == entry


# -- moves ----------------------------------------------------------------------------------------------------------


async def test_a_move_changes_what_it_names_and_nothing_else(house):
    message = house.upstream(price=900_000, parts=2, targets=("handler",), shown_id="7")
    await house.keep(message)
    await house.keep(
        moved(
            message,
            State.REJECTED,
            connector="other",
            tries=3,
            next_try_at=NOW + 7,
            error=11,
            final_at=NOW + 9,
            maybe_twice=True,
            refund=450_000,
        )
    )
    expected = replace(
        message,
        state=State.REJECTED,
        connector="other",
        tries=3,
        next_try_at=NOW + 7,
        error=11,
        final_at=NOW + 9,
        maybe_twice=True,
        refunded=450_000,
    )
    assert plain(await house.stored(message.id)) == plain(expected)


@pytest.mark.parametrize("state", State)
async def test_a_waiting_message_may_be_moved_to_any_state(house, state):
    message = house.message()
    await house.keep(message)
    assert not await house.store.write([moved(message, state)], FENCE, NOW)
    assert (await house.stored(message.id)).state is state


LEAVING_AN_END = {
    (State.UNKNOWN, State.DELIVERED),
    (State.UNKNOWN, State.UNDELIVERABLE),
    (State.UNKNOWN, State.EXPIRED),
    (State.DELIVERED, State.READ),
    (State.DELIVERED, State.CLICKED),
    (State.READ, State.CLICKED),
}
"""decisions.md 1."""


@pytest.mark.parametrize("old", sorted(FINAL))
async def test_P5_an_end_is_left_only_forwards(house, old):
    for new in State:
        message = house.message(price=450_000)
        await house.keep(message)
        await house.keep(moved(message, old, final_at=NOW))
        verdict = await house.store.write([moved(message, new, final_at=NOW + 1, refund=450_000)], FENCE, NOW)
        stored = await house.stored(message.id)
        if (old, new) in LEAVING_AN_END:
            assert not verdict
            assert (stored.state, stored.final_at, stored.refunded) == (new, NOW + 1, 450_000)
        else:
            assert list(verdict) == [message.id]
            assert (stored.state, stored.final_at, stored.refunded) == (old, NOW, 0)
    await house.sound()


async def test_refunds_add_up(house):
    message = house.message(price=900_000, parts=3)
    await house.keep(message)
    await house.keep(moved(message, State.QUEUED, refund=300_000))
    await house.keep(moved(message, State.SENDING, refund=300_000, fenced=True))
    await house.keep(moved(message, State.EXPIRED, refund=300_000))
    assert (await house.stored(message.id)).refunded == 900_000
    await house.sound()


async def test_an_attempt_is_moved_by_message_part_and_try(house):
    message = house.upstream(parts=2)
    attempts = [taken(message, f"{part}.{try_no}", part, try_no) for part in (1, 2) for try_no in (1, 2)]
    await house.keep(message)
    await house.keep(*attempts)
    move = AttemptMove(message.id, 2, 1, AttemptState.UNDELIVERABLE, "2.1b", NOW + 4, NOW + 5, 11, "UNDELIV")
    await house.keep(move)
    expected = [plain(attempt) for attempt in attempts]
    expected[2] |= {
        "state": AttemptState.UNDELIVERABLE,
        "upstream_id": "2.1b",
        "answered_at": NOW + 4,
        "receipt_at": NOW + 5,
        "error": 11,
        "detail": "UNDELIV",
    }
    found = [plain(attempt) for attempt in (await house.store.story(message.id)).attempts]
    assert sorted(found, key=lambda one: (one["part_first"], one["try_no"])) == expected


async def test_a_parked_receipt_finds_its_message(house):
    message = house.upstream(parts=2)
    kept = house.parked("up-1")
    await house.keep(message)
    await house.keep(kept)
    await house.keep(ReceiptMove(kept.id, ReceiptFate.MATCHED, message.id, 2))
    (found,) = (await house.store.story(message.id)).receipts
    assert found == replace(kept, fate=ReceiptFate.MATCHED, message_id=message.id, part=2)
    assert await house.store.parked([("carrier", "up-1")]) == []


async def test_a_notice_is_moved(house):
    message = house.upstream()
    notice = house.notice(message, error=4, part=1)
    await house.keep(message)
    await house.keep(notice)
    await house.keep(NoticeMove(notice.id, NoticeState.GIVEN_UP, 50, NOW + 1, "timed out", NOW + 2))
    (found,) = (await house.store.story(message.id)).notices
    expected = replace(
        notice, progress=NoticeState.GIVEN_UP, tries=50, next_try_at=NOW + 1, answer="timed out", settled_at=NOW + 2
    )
    assert plain(found) == plain(expected)


async def test_a_move_of_no_message_gives_nothing_back(house):
    before = await house.balance()
    gone = Move(house.store.take_ids(1), State.EXPIRED, "carrier", 0, 0, 0, NOW, False, PURSE, 450_000)
    assert list(await house.store.write([gone], FENCE, NOW)) == [gone.message_id]
    assert await house.balance() == before
    await house.sound()


async def test_a_group_may_insert_and_move_the_same_rows(house):
    """A receipt that comes with its answer: all inserts come before all moves, each kind in its order."""
    message = house.upstream(price=450_000)
    attempt = taken(message)
    notice = house.notice(message)
    parked = house.parked("up-1")
    await house.keep(
        settled(notice),
        moved(message, State.IN_DOUBT, tries=1),
        attempt_moved(attempt, AttemptState.DELIVERED),
        ReceiptMove(parked.id, ReceiptFate.MATCHED, message.id, 1),
        moved(message, State.DELIVERED, tries=1, final_at=NOW + 2),
        message,
        attempt,
        notice,
        parked,
    )
    story = await house.store.story(message.id)
    assert story.message.state is State.DELIVERED
    assert story.attempts[0].state is AttemptState.DELIVERED
    assert story.notices[0].progress is NoticeState.DELIVERED
    assert story.receipts[0].fate is ReceiptFate.MATCHED
    await house.sound()


async def test_the_result_of_an_hlr_query_comes_back_with_its_message(house):
    message, other = house.upstream(content=Content("", kind=Kind.HLR)), house.upstream()
    await house.keep(message, other)
    network = Network("255012345678901", "380631234567", "255", "01", "Україна", "Vodafone, Ltd.\n", "", "Plus")
    await house.keep(NetworkMove(message.id, network))
    assert (await house.stored(message.id)).network == network
    assert (await house.stored(other.id)).network is None


async def test_a_message_deleted_from_sight_says_so(house):
    message, other = house.message(), house.message()
    await house.keep(message, other)
    await house.keep(HiddenMove(message.id))
    assert (await house.stored(message.id)).hidden
    assert not (await house.stored(other.id)).hidden
